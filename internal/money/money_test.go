package money

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestRateRoundsHalfUp(t *testing.T) {
	for _, c := range []struct {
		rate   RatePPM
		amount Fen
		want   Fen
	}{
		{3800, 5000, 19},    // the worked example: 0.38 % of 50.00
		{3500, 5000, 18},    // 17.5 → 18: half goes up
		{325, 5000, 2},      // 1.625 → 2
		{4500, 128800, 580}, // 579.6
		{325, 128800, 42},   // 41.86
		{3800, 2550, 10},    // 9.69
		{9000, 1, 0},        // documented by a bill: 0.01 yuan at 0.90 % is nothing
		{500_000, 1, 1},     // exactly half a fen
		{499_999, 1, 0},     // just below half
		{0, 1 << 60, 0},     // no rate
		{Million, 1 << 62, 1 << 62},
	} {
		got, err := c.rate.Of(c.amount)
		if err != nil || got != c.want {
			t.Errorf("%d ppm of %d fen = %d, %v; want %d", c.rate, c.amount, got, err, c.want)
		}
	}
}

func TestRateRefusesNegativeAndOverflow(t *testing.T) {
	if _, err := RatePPM(-1).Of(1); err == nil {
		t.Error("a negative rate was accepted")
	}
	if _, err := RatePPM(1).Of(-1); err == nil {
		t.Error("a negative amount was accepted")
	}
	if _, err := (3 * Million).Of(math.MaxInt64); !errors.Is(err, ErrOverflow) {
		t.Errorf("overflow gave %v", err)
	}
}

// TestFeesOfParts: a fee and what is left of it after any split of refunds add
// up, because each part is a difference of two roundings of the same function.
func TestFeesOfParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := RatePPM(rapid.Int64Range(0, 10_000).Draw(t, "rate"))
		total := Fen(rapid.Int64Range(1, 1_000_000).Draw(t, "total"))
		fee, err := rate.Of(total)
		if err != nil {
			t.Fatal(err)
		}
		if twice := 2 * int64(fee) * int64(Million); twice < 2*int64(rate)*int64(total)-int64(Million) || twice > 2*int64(rate)*int64(total)+int64(Million) {
			t.Fatalf("%d is more than half a fen away from %d ppm of %d", fee, rate, total)
		}
		left, returned := total, Fen(0)
		for left > 0 {
			part := Fen(rapid.Int64Range(1, int64(left)).Draw(t, "part"))
			was, _ := rate.Of(left)
			is, _ := rate.Of(left - part)
			if is > was {
				t.Fatalf("the fee of less (%d) is more than the fee of more (%d)", is, was)
			}
			returned += was - is
			left -= part
		}
		if returned != fee {
			t.Fatalf("parts give back %d of a fee of %d", returned, fee)
		}
	})
}

func TestYuan(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Fen
		ok   bool
	}{
		{"12", 1200, true}, {"12.3", 1230, true}, {"12.30", 1230, true}, {"-0.05", -5, true}, {"0.38000", 38, true},
		{"0.00", 0, true}, {"100000000.00", 10_000_000_000, true},
		{"", 0, false}, {".5", 0, false}, {"5.", 0, false}, {"1e2", 0, false}, {"0.385", 0, false}, {"1,000.00", 0, false},
		{"--1", 0, false}, {"１２", 0, false}, {"999999999999999999", 0, false},
	} {
		got, err := ParseYuan(c.in)
		if (err == nil) != c.ok || got != c.want {
			t.Errorf("ParseYuan(%q) = %d, %v", c.in, got, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f := Fen(rapid.Int64Range(-1e15, 1e15).Draw(t, "fen"))
		if got, err := ParseYuan(f.Yuan()); err != nil || got != f {
			t.Fatalf("%d prints as %q and reads as %d, %v", f, f.Yuan(), got, err)
		}
	})
	if s := Fen(-123456789).String(); s != "-¥1,234,567.89" {
		t.Errorf("String = %q", s)
	}
	for rate, want := range map[RatePPM]string{3800: "0.38%", 6000: "0.60%", 325: "0.0325%", 0: "0.00%", Million: "100.00%"} {
		if got := rate.Percent(); got != want {
			t.Errorf("Percent(%d) = %q, want %q", rate, got, want)
		}
	}
}

func TestSumOverflows(t *testing.T) {
	if _, err := Sum(math.MaxInt64, 1); !errors.Is(err, ErrOverflow) {
		t.Errorf("got %v", err)
	}
	if _, err := Sum(math.MinInt64, -1); !errors.Is(err, ErrOverflow) {
		t.Errorf("got %v", err)
	}
	if s, err := Sum(1, 2, -3); s != 0 || err != nil {
		t.Errorf("got %d, %v", s, err)
	}
}
