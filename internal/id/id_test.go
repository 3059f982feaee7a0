package id

import (
	"bytes"
	"testing"
	"time"
)

func TestSeededRepeats(t *testing.T) {
	var a, b, c [64]byte
	_, _ = Seeded(1, "x").Read(a[:])
	_, _ = Seeded(1, "x").Read(b[:])
	_, _ = Seeded(1, "y").Read(c[:])
	if a != b || a == c {
		t.Error("same seed and label must repeat, another label must not")
	}
}

func TestNumbers(t *testing.T) {
	no, err := MerchantNo("999", "2900", "5812", 1)
	if err != nil || no != "999290058120001" {
		t.Errorf("got %s, %v", no, err)
	}
	for _, bad := range []string{"", "99929005812000", "9992900581200011", "99929005812000a", "999290058120-01"} {
		if CheckMerchantNo(bad) == nil {
			t.Errorf("merchant number %q was accepted", bad)
		}
	}
	for seq, want := range map[int]string{9_999: "9999", 10_000: "A000", 10_001: "A001", 10_036: "A010", MaxMerchantSeq: "ZZZZ"} {
		if no, err := MerchantNo("999", "2900", "5812", seq); err != nil || no[11:] != want {
			t.Errorf("sequence %d: %s, %v; want %s", seq, no, err, want)
		}
	}
	for _, seq := range []int{0, MaxMerchantSeq + 1} {
		if _, err := MerchantNo("999", "2900", "5812", seq); err == nil {
			t.Errorf("sequence %d was accepted", seq)
		}
	}
	if CheckTerminalNo("T0000001") != nil || CheckTerminalNo("t0000001") == nil {
		t.Error("terminal numbers are digits and capitals")
	}
	if NextTrace(999_999) != 1 || NextTrace(1) != 2 || Trace(7) != "000007" {
		t.Error("the trace counter runs 1 to 999999 and rolls over")
	}
	if o := OrderNo('P', 20260310, "10000001", 42); o != "P2026031010000001000042" || len(o) != 23 {
		t.Errorf("order number %s", o)
	}
	r := RRN(20260310, "P2026031010000001000042", 0)
	if len(r) != 12 || r[:4] != "6069" || r == RRN(20260310, "P2026031010000001000042", 1) {
		t.Errorf("RRN %s: want 6 (year), 069 (day), 8 digits that change with the attempt", r)
	}
	if tok := Token(bytes.NewReader(make([]byte, 16))); len(tok) != 26 {
		t.Errorf("token %q", tok)
	}
	u := NewULIDs(Seeded(1, "u"))
	if a, b := u.At(time.UnixMilli(1)), u.At(time.UnixMilli(2)); a >= b || len(a) != 26 {
		t.Errorf("ULIDs %s, %s must sort by time", a, b)
	}
}

func TestCheckCNAPS(t *testing.T) {
	for _, good := range []string{"999290000012", "999584000026", "999100000038", "999331000049"} {
		if err := CheckCNAPS(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "999290000013", "99929000001", "9992900000120", "99929000001X", "999920000012"} {
		if CheckCNAPS(bad) == nil {
			t.Errorf("%q passes", bad)
		}
	}
}
