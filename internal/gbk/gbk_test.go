package gbk

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestEncode(t *testing.T) {
	for in, want := range map[string]string{"": "", "A b": "A b", "收单": "\xca\xd5\xb5\xa5", "（元）": "\xa3\xa8\xd4\xaa\xa3\xa9"} {
		if got, err := Encode(in); err != nil || string(got) != want {
			t.Errorf("Encode(%q) = %x, %v", in, got, err)
		}
	}
	for _, bad := range []string{"😀", "€", "a\tb", "a\nb", "\xff", "𠮷"} {
		if got, err := Encode(bad); err == nil {
			t.Errorf("Encode(%q) = %x, want an error", bad, got)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, bad := range []string{"\xca", "a\xca", "\x80", "\xff\xff", "a\x00", "\xca\x20"} {
		if got, err := Decode([]byte(bad)); err == nil {
			t.Errorf("Decode(%x) = %q, want an error", bad, got)
		}
	}
}

func TestRoundTripAndCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, err := Encode(rapid.StringOf(rapid.SampledFrom([]rune("AZ09 ()收单机构码牌（）·"))).Draw(t, "text"))
		if err != nil {
			t.Fatal(err)
		}
		cut := Cut(b, rapid.IntRange(0, len(b)).Draw(t, "n"))
		text, err := Decode(cut)
		if err != nil {
			t.Fatalf("cut to %x: %v", cut, err)
		}
		if again, err := Encode(text); err != nil || !bytes.Equal(again, cut) {
			t.Fatalf("%x became %x, %v", cut, again, err)
		}
	})
}
