package qrcode_test

import (
	"encoding/hex"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"juma/internal/fault"
	"juma/internal/id"
	"juma/qrcode"
	"juma/qrcode/emv"
	"juma/qrcode/ndef"
)

// ring proves the keys of all tests.
var ring = func() *id.PlateRing {
	r, err := id.NewPlateRing(id.Seeded(1, "ring"))
	if err != nil {
		panic(err) // a seeded source does not fail
	}
	return r
}()

// keyOf draws a genuine key.
func keyOf(seed uint64) string { return ring.New(id.Seeded(seed, "payload test")) }

var issuer = qrcode.Issuer{Name: "SHILI CHAOSHI", City: "GUANGZHOU"}

func TestPayloadsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := keyOf(rapid.Uint64().Draw(t, "seed"))
		institution := rapid.StringMatching(`[0-9]{8}`).Draw(t, "institution")
		host := rapid.StringMatching(`[a-z0-9]{1,20}(\.[a-z0-9-]{1,20}){0,1}`).Draw(t, "host")
		opaque := rapid.StringMatching(`[A-Za-z0-9_./?=&%-]{1,60}`).Draw(t, "opaque")
		for want, p := range map[string]qrcode.Payload{
			"https://" + host + "/q/" + key:                            {Grammar: qrcode.Own, Host: host, Key: key},
			"https://" + host + "/q/" + key + "?t=n":                   {Grammar: qrcode.Own, Host: host, Key: key, Tap: true},
			"https://qr.95516.com/" + institution + "/" + key:          {Grammar: qrcode.UnionPay, Institution: institution, Key: key},
			"https://qr.95516.com/" + institution + "/x" + opaque:      {Grammar: qrcode.UnionPay, Institution: institution, Key: "x" + opaque},
			"https://qr.95516.com/" + institution + "/" + key + "?t=n": {Grammar: qrcode.UnionPay, Institution: institution, Key: key, Tap: true},
		} {
			if strings.HasSuffix(p.Key, "?t=n") {
				continue // that is how a tap is written
			}
			printed, err := p.Print()
			if err != nil || printed != want {
				t.Fatalf("%+v printed %q, %v; want %q", p, printed, err, want)
			}
			if back, err := qrcode.ParsePayload(printed); err != nil || back != p {
				t.Errorf("%s gave %+v, %v", printed, back, err)
			}
		}
	})
}

// TestBlankEMVPlate: the fields that a blank plate carries, and nothing else.
func TestBlankEMVPlate(t *testing.T) {
	p := qrcode.Payload{Grammar: qrcode.EMV, Key: keyOf(1), Issuer: issuer}
	printed, err := p.Print()
	if err != nil {
		t.Fatal(err)
	}
	c, err := emv.Parse(printed)
	if err != nil {
		t.Fatal(err)
	}
	want := emv.Code{{Tag: "00", Value: "01"}, {Tag: "26", Value: "0008com.juma0132" + p.Key}, {Tag: "52", Value: "0000"}, {Tag: "53", Value: "156"},
		{Tag: "58", Value: "CN"}, {Tag: "59", Value: "SHILI CHAOSHI"}, {Tag: "60", Value: "GUANGZHOU"}}
	if c.Value() != want.Value() {
		t.Errorf("fields %v, want %v", c, want)
	}
	if back, err := qrcode.ParsePayload(printed); err != nil || back != p {
		t.Errorf("%s gave %+v, %v", printed, back, err)
	}
	longest := qrcode.Payload{Grammar: qrcode.EMV, Key: keyOf(1), Issuer: qrcode.Issuer{Name: strings.Repeat("N", 25), City: strings.Repeat("C", 15)}}
	if s, err := longest.Print(); err != nil || len(s) > 152 {
		t.Errorf("the longest has %d bytes, %v; version 8 at level M holds 152", len(s), err)
	}
}

// TestPayloadsOfOthers: what is in the public domain (QR payloads §2.2) is read
// for what it is, letter by letter; none of it is a key of ours.
func TestPayloadsOfOthers(t *testing.T) {
	for _, payload := range []string{
		"https://qr.95516.com/00010000/62112233445566778899001122334455",
		"https://qr.95516.com/00010000/01112233445566778899001122334455",
		"https://qr.95516.com/00010002/012345678901",
		"https://qr.95516.com/03080000/1004/ABCDEF",
		"https://qr.95516.com/01020001/wcqr?id=1",
		"https://qr.95516.com/48020000/ABCDEFGHJK0123456789ABCDEF",
		"https://qr.95516.com/99982900/0123456789",
	} {
		p, err := qrcode.ParsePayload(payload)
		if err != nil || p.Grammar != qrcode.UnionPay {
			t.Errorf("%s: %+v, %v", payload, p, err)
			continue
		}
		if back, err := p.Print(); err != nil || back != payload {
			t.Errorf("%s comes back as %s, %v", payload, back, err)
		}
		if ring.Check(p.Key) == nil {
			t.Errorf("%s is taken for a key of ours", p.Key)
		}
	}
}

func TestPayloadsThatAreRefused(t *testing.T) {
	key := keyOf(1)
	blank, err := qrcode.Payload{Grammar: qrcode.EMV, Key: key, Issuer: issuer}.Print()
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range []string{
		"", "https://", "juma", key,
		"http://q.example.com/q/" + key,
		"HTTPS://q.example.com/q/" + key,
		"https://q.example.com/Q/" + key,
		"https://q.example.com/q/" + key + "/",
		"https://q.example.com/q/" + key + "?x=1",
		"https://q.example.com/q/" + key + "?",
		"https://q.example.com/q/" + key + "?t=n?t=n",
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
		"https://qr.95516.com/99982900/",
		"https://qr.95516.com/99982900",
		"https://qr.95516.com/99982900/a b",
		"https://qr.95516.com/99982900/" + key + "#",
		"https://qr.95516.com/99982900/示例",
		"https://qr.95516.com/99982900/" + strings.Repeat("a", 99),
		"https://QR.95516.com/99982900/" + key,
		"https://qr.95516.com.example.com/99982900/" + key,
		blank[:len(blank)-1], blank + "0", strings.ToLower(blank),
		"000201010211153199982900000100009992900581200015204581253031565802CN5920SHILI CANTING YIDIAN6008SHANGHAI62200304S0010708T000000164220002ZH0106示例餐厅一店0202上海630489A5",
		strings.Repeat("0002", 1000),
	} {
		if p, err := qrcode.ParsePayload(payload); !fault.Is(err, fault.Invalid) || p != (qrcode.Payload{}) {
			t.Errorf("%q gave %+v, %v; want it refused", payload, p, err)
		}
	}
	for _, host := range []string{"", "a b", "a/b", "a?b", "a#b", "u@a", "a:80", "Ａ.com", "Q.example.com", qrcode.UnionPayHost, "javascript:", strings.Repeat("a", 120)} {
		if s, err := (qrcode.Payload{Grammar: qrcode.Own, Host: host, Key: key}).Print(); !fault.Is(err, fault.Invalid) {
			t.Errorf("host %q gave %q, %v", host, s, err)
		}
	}
	for _, bad := range []qrcode.Issuer{{}, {Name: "示例", City: "X"}, {Name: "X"}, {Name: strings.Repeat("X", 26), City: "X"}, {Name: "X", City: strings.Repeat("X", 16)}, {Name: "X\n", City: "X"}} {
		if s, err := (qrcode.Payload{Grammar: qrcode.EMV, Key: key, Issuer: bad}).Print(); !fault.Is(err, fault.Invalid) {
			t.Errorf("issuer %+v gave %q, %v", bad, s, err)
		}
	}
	if _, err := (qrcode.Payload{Grammar: qrcode.EMV, Key: key, Issuer: issuer, Tap: true}).Print(); !fault.Is(err, fault.Invalid) {
		t.Errorf("an EMVCo code is no address for a tag: %v", err)
	}
}

// TestTags: a tap opens the page of the scan and says that it was one, and every
// plate's message fits an NTAG213.
func TestTags(t *testing.T) {
	key := keyOf(1)
	for want, p := range map[string]qrcode.Payload{
		"https://q.example.com/q/" + key + "?t=n":         {Grammar: qrcode.Own, Host: "q.example.com", Key: key},
		"https://qr.95516.com/99982900/" + key + "?t=n":   {Grammar: qrcode.UnionPay, Institution: "99982900", Key: key},
		"https://tap.example.com/q/" + key + "?t=n":       {Grammar: qrcode.EMV, Key: key, Issuer: issuer},
		"https://qr.95516.com/00010000/0112233445566?t=n": {Grammar: qrcode.UnionPay, Institution: "00010000", Key: "0112233445566"},
	} {
		m, err := p.NDEF("tap.example.com")
		if err != nil {
			t.Errorf("%+v: %v", p, err)
			continue
		}
		url, err := ndef.Parse(m)
		if err != nil || url != want {
			t.Errorf("%s holds %q, %v; want %q", hex.EncodeToString(m), url, err, want)
		}
		if back, err := qrcode.ParsePayload(url); err != nil || !back.Tap || back.Key != p.Key {
			t.Errorf("%s is read as %+v, %v", url, back, err)
		}
	}
}

// FuzzParsePayload: whatever is scanned, either it is refused or it is exactly
// what would be printed for it, in less than a megabyte.
func FuzzParsePayload(f *testing.F) {
	key := keyOf(1)
	blank, err := qrcode.Payload{Grammar: qrcode.EMV, Key: key, Issuer: issuer}.Print()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"https://q.example.com/q/" + key, "https://qr.95516.com/99982900/" + key + "?t=n", "https://qr.95516.com/00010000/62112233445566778899001122334455", "https://[::1]/q/" + key, blank} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := qrcode.ParsePayload(payload)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%d bytes allocated", n)
		}
		if err != nil {
			return
		}
		if printed, err := p.Print(); err != nil || printed != payload {
			t.Errorf("%q was read as %q, %v", payload, printed, err)
		}
		if url, err := p.TapURL("q.example.com"); err == nil {
			if tap, err := qrcode.ParsePayload(url); err != nil || !tap.Tap || tap.Key != p.Key {
				t.Errorf("%q is tapped as %q, %+v, %v", payload, url, tap, err)
			}
		}
	})
}
