package ndef_test

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"juma/internal/fault"
	"juma/qrcode/ndef"
)

func TestVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/nfc-ndef.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		URL     string
		Message string `json:"ndef_message_hex"`
		TLV     string `json:"tlv_hex"`
	}
	if err := json.Unmarshal(text, &vectors); err != nil || len(vectors) == 0 {
		t.Fatal(err)
	}
	for _, v := range vectors {
		m, err := ndef.Message(v.URL)
		if err != nil || fmt.Sprintf("%X", m) != v.Message {
			t.Errorf("%s: %X, %v; want %s", v.URL, m, err, v.Message)
		}
		if back, err := ndef.Parse(m); err != nil || back != v.URL {
			t.Errorf("%s comes back as %q, %v", v.URL, back, err)
		}
		if tlv, err := ndef.TLV(m, ndef.NTAG213); err != nil || fmt.Sprintf("%X", tlv) != v.TLV {
			t.Errorf("%s: TLV %X, %v; want %s", v.URL, tlv, err, v.TLV)
		}
	}
}

// TestCapacity: 136 characters after "https://" fill an NTAG213 to the last byte.
func TestCapacity(t *testing.T) {
	for _, row := range []struct {
		rest, capacity int
		fits           bool
	}{
		{136, ndef.NTAG213, true}, {137, ndef.NTAG213, false},
		{247, ndef.NTAG215, true}, {254, ndef.NTAG215, true}, {255, ndef.NTAG215, true}, {600, ndef.NTAG215, false}, {600, ndef.NTAG216, true},
	} {
		url := "https://" + strings.Repeat("a", row.rest)
		m, err := ndef.Message(url)
		if err != nil {
			t.Fatal(err)
		}
		if tlv, err := ndef.TLV(m, row.capacity); (err == nil) != row.fits || (err != nil && !fault.Is(err, fault.Invalid)) {
			t.Errorf("%d characters in %d bytes: %d bytes, %v", row.rest, row.capacity, len(tlv), err)
		}
		if back, err := ndef.Parse(m); err != nil || back != url {
			t.Errorf("%d characters come back as %d, %v", len(url), len(back), err)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, url := range []string{"", "https://a b", "https://a\x00", "\xff"} {
		if m, err := ndef.Message(url); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q became %X, %v", url, m, err)
		}
	}
	for _, m := range []string{"", "\xd1\x01", "\xd1\x01\x01U", "\xd1\x01\x02U\x05a", "\xd1\x01\x02U\x04ab", "\xd1\x01\x01U\x00", "\xd1\x01\x0aU\x00https://a", "\x91\x01\x02U\x04a", "\xd1\x02\x02U\x04a", "\xc1\x01\x00\x00\x00\x02U\x04a", "\xc1\x01\xff\xff\xff\xffU\x04a"} {
		if url, err := ndef.Parse([]byte(m)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%X was read as %q, %v", m, url, err)
		}
	}
}

// FuzzParse: any bytes are refused or written again as they were, in less than a
// megabyte.
func FuzzParse(f *testing.F) {
	for _, url := range []string{"https://q.example.com/q/KEY", "http://www.example.com", "tel:+861", "https://" + strings.Repeat("a", 300)} {
		m, err := ndef.Message(url)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, m []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		url, err := ndef.Parse(m)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%d bytes allocated", n)
		}
		if err != nil {
			return
		}
		if again, err := ndef.Message(url); err != nil || string(again) != string(m) {
			t.Errorf("%X comes back as %X, %v", m, again, err)
		}
	})
}
