package qrcode_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"juma/internal/fault"
	"juma/internal/id"
	"juma/qrcode"
)

// keyOf draws a genuine key.
func keyOf(seed uint64) string { return id.NewPlateKey(id.Seeded(seed, "payload test")) }

func TestPayloadsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := keyOf(rapid.Uint64().Draw(t, "seed"))
		institution := rapid.StringMatching(`[0-9]{8}`).Draw(t, "institution")
		host := rapid.StringMatching(`[a-z0-9]{1,20}(\.[a-z0-9-]{1,20}){0,2}`).Draw(t, "host")
		up, err := qrcode.UnionPayPayload(institution, key)
		if err != nil || up != "https://qr.95516.com/"+institution+"/"+key {
			t.Fatalf("%q, %v", up, err)
		}
		if g, i, k, err := qrcode.ParsePayload(up); g != qrcode.UnionPay || i != institution || k != key || err != nil {
			t.Errorf("%s gave %s %s %s, %v", up, g, i, k, err)
		}
		own, err := qrcode.OwnPayload(host, key)
		if err != nil || own != "https://"+host+"/q/"+key {
			t.Fatalf("%q, %v", own, err)
		}
		if g, i, k, err := qrcode.ParsePayload(own); g != qrcode.Own || i != "" || k != key || err != nil {
			t.Errorf("%s gave %s %q %s, %v", own, g, i, k, err)
		}
	})
}

func TestPayloadsThatAreRefused(t *testing.T) {
	key := keyOf(1)
	for _, payload := range []string{
		"", "https://", "juma", key,
		"http://q.example.com/q/" + key,
		"HTTPS://q.example.com/q/" + key,
		"https://q.example.com/Q/" + key,
		"https://q.example.com/q/" + key + "/",
		"https://q.example.com/q/" + key + "?x=1",
		"https://q.example.com/q/" + key + "?",
		"https://q.example.com/q/" + key + "#",
		"https://q.example.com:8443/q/" + key,
		"https://q.example.com:/q/" + key,
		"https://user@q.example.com/q/" + key,
		"https:///q/" + key,
		"https://q.example.com//q/" + key,
		"https://q.example.com/%71/" + key,
		"https://q.example.com/q/" + strings.ToLower(key),
		"https://q.example.com/q/" + key[1:],
		"https://q.example.com/q/" + key + "0",
		"https://qr.95516.com/q/" + key,
		"https://qr.95516.com/9998290/" + key,
		"https://qr.95516.com/999829000/" + key,
		"https://qr.95516.com/9998290O/" + key,
		"https://QR.95516.com/99982900/" + key,
		"https://qr.95516.com.example.com/99982900/" + key,
		// Codes seen in the public domain (QR payloads §2.2): another institution's
		// key is never one of ours.
		"https://qr.95516.com/00010000/62112233445566778899001122334455",
		"https://qr.95516.com/00010000/01112233445566778899001122334455",
		"https://qr.95516.com/03080000/1004/ABCDEF",
		"https://qr.95516.com/01020001/wcqr?id=1",
		"https://qr.95516.com/48020000/ABCDEFGHJK0123456789ABCDEF",
	} {
		if g, i, k, err := qrcode.ParsePayload(payload); !fault.Is(err, fault.Invalid) || g != "" || i != "" || k != "" {
			t.Errorf("%q gave %s %q %q, %v; want it refused", payload, g, i, k, err)
		}
	}
	for _, host := range []string{"", "a b", "a/b", "a?b", "a#b", "u@a", "a:80", "Ａ.com", "Q.example.com", qrcode.UnionPayHost, "javascript:", strings.Repeat("a", 120)} {
		if p, err := qrcode.OwnPayload(host, key); !fault.Is(err, fault.Invalid) {
			t.Errorf("host %q gave %q, %v", host, p, err)
		}
	}
	if _, err := qrcode.UnionPayPayload("99982900", key[:21]); !fault.Is(err, fault.Invalid) {
		t.Errorf("a key without its check character was printed: %v", err)
	}
}

// FuzzParsePayload: whatever is scanned, either it is refused or it is exactly
// what would be printed for the key.
func FuzzParsePayload(f *testing.F) {
	key := keyOf(1)
	for _, seed := range []string{"https://q.example.com/q/" + key, "https://qr.95516.com/99982900/" + key, "https://qr.95516.com/00010000/62112233445566778899001122334455", "https://[::1]/q/" + key} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		g, institution, key, err := qrcode.ParsePayload(payload)
		if err != nil {
			return
		}
		printed := payload
		if g == qrcode.UnionPay {
			printed, err = qrcode.UnionPayPayload(institution, key)
		} else {
			printed, err = qrcode.OwnPayload(strings.Split(payload, "/")[2], key)
		}
		if err != nil || printed != payload {
			t.Errorf("%q was read as %q, %v", payload, printed, err)
		}
	})
}
