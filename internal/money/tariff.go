package money

import (
	"fmt"
	"math/big"
	"strings"
)

// Tariff is how a fee is taken of an amount: at a rate, at least Min and at most
// Cap (0: none), and never more than the amount itself.
type Tariff struct {
	Rate     RatePPM
	Min, Cap Fen
}

// Working is how a tariff came to a fee, step by step.
type Working struct {
	Tariff
	Amount  Fen
	Exact   string // rate × amount in fen before it is rounded, "17.5"
	Rounded Fen    // half up
	Lifted  bool   // to Min
	Capped  bool   // at Cap
	Fee     Fen
}

// Fee is the fee of an amount: the rate, rounded half up, then the minimum, then
// the cap. An amount of 0 has none, so that what refunds give back adds up to the
// whole. Errors are those of RatePPM.Of.
func (t Tariff) Fee(amount Fen) (Fen, error) {
	w, err := t.work(amount)
	return w.Fee, err
}

// Explain is Fee with its steps.
func (t Tariff) Explain(amount Fen) (Working, error) {
	w, err := t.work(amount)
	if err != nil {
		return w, err
	}
	exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(int64(t.Rate)), big.NewInt(int64(amount))), big.NewInt(int64(Million)))
	w.Exact = exact.FloatString(6)
	w.Exact = strings.TrimSuffix(strings.TrimRight(w.Exact, "0"), ".")
	return w, nil
}

func (t Tariff) work(amount Fen) (Working, error) {
	w := Working{Tariff: t, Amount: amount}
	if t.Min < 0 || t.Cap < 0 {
		return w, fmt.Errorf("tariff with a minimum of %d and a cap of %d fen: neither may be negative", int64(t.Min), int64(t.Cap))
	}
	var err error
	if w.Rounded, err = t.Rate.Of(amount); err != nil || amount == 0 {
		return w, err
	}
	w.Fee = w.Rounded
	if w.Fee < t.Min {
		w.Fee, w.Lifted = t.Min, true
	}
	if t.Cap > 0 && w.Fee > t.Cap {
		w.Fee, w.Capped = t.Cap, true
	}
	w.Fee = min(w.Fee, amount)
	return w, nil
}

// Back is the share of a fee that a refund gives back: the fee of what was left
// before it less the fee of what is left after it. The last refund takes the
// remainder, so the shares always add up to the fee.
func (t Tariff) Back(left, refund Fen) (Fen, error) {
	was, err := t.Fee(left)
	if err != nil {
		return 0, err
	}
	is, err := t.Fee(left - refund)
	return was - is, err
}
