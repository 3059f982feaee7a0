// Package money holds the two numbers that everything else is built on: an
// amount in fen and a rate in parts per million. There is no float anywhere and
// there is exactly one rounding function, RatePPM.Of.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"
)

// Fen is an amount of renminbi in fen (1 yuan = 100 fen). It is signed because
// nets and balances can be negative; an order amount is always positive.
type Fen int64

// ErrOverflow is returned when a sum or a product does not fit in int64.
var ErrOverflow = errors.New("amount out of range")

// Add returns f+g, or ErrOverflow.
func (f Fen) Add(g Fen) (Fen, error) {
	s := f + g
	if (g > 0 && s < f) || (g < 0 && s > f) {
		return 0, fmt.Errorf("%d + %d fen: %w", int64(f), int64(g), ErrOverflow)
	}
	return s, nil
}

// Sum adds up all amounts, or returns ErrOverflow.
func Sum(amounts ...Fen) (Fen, error) {
	var total Fen
	for _, a := range amounts {
		var err error
		if total, err = total.Add(a); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Abs returns the amount without its sign.
func (f Fen) Abs() Fen {
	if f < 0 {
		return -f
	}
	return f
}

// Yuan prints the amount in yuan with two decimals and no separators, "-12.05",
// as the wallets' interfaces write it.
func (f Fen) Yuan() string {
	sign, u := "", uint64(f)
	if f < 0 {
		sign, u = "-", uint64(-f)
	}
	return fmt.Sprintf("%s%d.%02d", sign, u/100, u%100)
}

// String prints the amount for people: "¥1,234.50".
func (f Fen) String() string {
	y := f.Yuan()
	sign := ""
	if y[0] == '-' {
		sign, y = "-", y[1:]
	}
	whole, frac := y[:len(y)-3], y[len(y)-3:]
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return sign + "¥" + b.String() + frac
}

// ParseYuan reads a yuan amount as the wallets write it ("12", "12.3", "-12.30",
// also "0.38000" when every digit past the second is zero). It refuses anything
// that is not a whole number of fen.
func ParseYuan(s string) (Fen, error) {
	bad := func(why string) (Fen, error) {
		return 0, fmt.Errorf("amount %q: %s, want yuan with at most two decimals such as 12.30", s, why)
	}
	t, neg := s, false
	if strings.HasPrefix(t, "-") {
		neg, t = true, t[1:]
	}
	whole, frac, hasPoint := strings.Cut(t, ".")
	if whole == "" || (hasPoint && frac == "") {
		return bad("a digit is missing")
	}
	if len(frac) > 2 {
		if strings.Trim(frac[2:], "0") != "" {
			return bad("smaller than one fen")
		}
		frac = frac[:2]
	}
	digits := whole + (frac + "00")[:2]
	if len(strings.TrimLeft(digits, "0")) > 17 {
		return bad("too large")
	}
	var n int64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return bad("not a number")
		}
		n = n*10 + int64(c-'0')
	}
	if neg {
		n = -n
	}
	return Fen(n), nil
}

// RatePPM is a rate in parts per million: 0.38 % is 3800.
type RatePPM int64

// Million is the rate that takes the whole amount.
const Million RatePPM = 1_000_000

// Of returns rate × amount rounded half up to the fen: 0.5 fen becomes 1 fen.
// It is the only place where Juma rounds (fees are rounded per transaction,
// sums never; domain rule "fees and clearing" §4). Amount and rate must not be
// negative: a fee given back is a difference of two fees, not a fee of a
// negative amount.
func (r RatePPM) Of(amount Fen) (Fen, error) {
	if r < 0 || amount < 0 {
		return 0, fmt.Errorf("rate %d ppm of %d fen: neither may be negative", int64(r), int64(amount))
	}
	hi, lo := bits.Mul64(uint64(r), uint64(amount))
	lo, carry := bits.Add64(lo, uint64(Million)/2, 0)
	hi += carry
	if hi >= uint64(Million) {
		return 0, fmt.Errorf("rate %d ppm of %d fen: %w", int64(r), int64(amount), ErrOverflow)
	}
	q, _ := bits.Div64(hi, lo, uint64(Million))
	if q > math.MaxInt64 {
		return 0, fmt.Errorf("rate %d ppm of %d fen: %w", int64(r), int64(amount), ErrOverflow)
	}
	return Fen(q), nil
}

// Percent prints the rate as a percentage, "0.38%".
func (r RatePPM) Percent() string {
	s := fmt.Sprintf("%d.%04d", r/10000, r%10000)
	s = strings.TrimRight(s, "0")
	if strings.HasSuffix(s, ".") {
		s += "00"
	} else if i := strings.IndexByte(s, '.'); len(s)-i == 2 {
		s += "0"
	}
	return s + "%"
}
