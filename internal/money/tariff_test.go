package money

import (
	"testing"

	"pgregory.net/rapid"
)

// TestTariff: the worked examples of the fee rules, as a banker writes them.
func TestTariff(t *testing.T) {
	for _, c := range []struct {
		name   string
		tariff Tariff
		amount Fen
		want   Fen
		exact  string
	}{
		{"interchange of 50 yuan, debit", Tariff{Rate: 3500, Cap: 1300}, 5_000, 18, "17.5"},
		{"network fee of 50 yuan", Tariff{Rate: 325, Cap: 325}, 5_000, 2, "1.625"},
		{"merchant's fee of 50 yuan at 0.38 %", Tariff{Rate: 3800}, 5_000, 19, "19"},
		{"interchange of 1,288 yuan, credit", Tariff{Rate: 4500}, 128_800, 580, "579.6"},
		{"network fee of 1,288 yuan", Tariff{Rate: 325, Cap: 325}, 128_800, 42, "41.86"},
		{"at the cap", Tariff{Rate: 325, Cap: 325}, 1_000_000, 325, "325"},
		{"above the cap", Tariff{Rate: 325, Cap: 325}, 1_010_000, 325, "328.25"},
		{"half a fen rounds up", Tariff{Rate: 5000}, 100, 1, "0.5"},
		{"below half a fen", Tariff{Rate: 4999}, 100, 0, "0.4999"},
		{"lifted to the minimum", Tariff{Rate: 3800, Min: 1}, 10, 1, "0.038"},
		{"a minimum above the cap", Tariff{Rate: 3800, Min: 9, Cap: 5}, 10, 5, "0.038"},
		{"never more than the amount", Tariff{Rate: 3800, Min: 9}, 3, 3, "0.0114"},
		{"nothing of nothing", Tariff{Rate: 3800, Min: 9}, 0, 0, "0"},
	} {
		w, err := c.tariff.Explain(c.amount)
		if fee, feeErr := c.tariff.Fee(c.amount); err != nil || feeErr != nil || w.Fee != c.want || fee != c.want || w.Exact != c.exact {
			t.Errorf("%s: %+v, %v, %v; want %d of exactly %s", c.name, w, err, feeErr, c.want, c.exact)
		}
	}
	for _, bad := range []Tariff{{Rate: -1}, {Min: -1}, {Cap: -1}} {
		if _, err := bad.Fee(100); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
}

// TestRefundsGiveTheWholeFeeBack: however a payment is refunded, the shares are
// never negative and add up to the fee.
func TestRefundsGiveTheWholeFeeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tariff := Tariff{
			Rate: RatePPM(rapid.Int64Range(0, 100_000).Draw(t, "rate")),
			Min:  Fen(rapid.Int64Range(0, 50).Draw(t, "min")), Cap: Fen(rapid.Int64Range(0, 3000).Draw(t, "cap")),
		}
		amount := Fen(rapid.Int64Range(1, 5_000_000).Draw(t, "amount"))
		fee, err := tariff.Fee(amount)
		if err != nil {
			t.Fatal(err)
		}
		var back Fen
		for left := amount; left > 0; {
			refund := Fen(rapid.Int64Range(1, int64(left)).Draw(t, "refund"))
			share, err := tariff.Back(left, refund)
			if err != nil || share < 0 {
				t.Fatalf("refund of %d of %d left: share %d, %v", refund, left, share, err)
			}
			back, left = back+share, left-refund
		}
		if back != fee {
			t.Fatalf("%+v of %d: fee %d, given back %d", tariff, amount, fee, back)
		}
	})
}

// feeByHand is the fee of an amount at a rate in hundredths of a percent, as it is
// done on paper: whole fen and the rest of ten thousand, of which a half rounds up.
func feeByHand(amount, bp int64) int64 {
	whole, rest := amount/10_000*bp, amount%10_000*bp
	whole += rest / 10_000
	if rest%10_000 >= 5_000 {
		whole++
	}
	return whole
}

// TestFeesByHand compares with the formula on paper; the proof tag does it for
// every amount and rate.
func TestFeesByHand(t *testing.T) { compareByHand(t, 997) }

// compareByHand goes through every step-th amount from 1 fen to 10,000 yuan, and
// every rate from 0 to 1 %.
func compareByHand(t *testing.T, step int64) {
	t.Helper()
	for bp := range int64(101) {
		rate := Tariff{Rate: RatePPM(bp * 100)}
		for amount := int64(1); amount <= 1_000_000; amount += step {
			if got, err := rate.Fee(Fen(amount)); err != nil || int64(got) != feeByHand(amount, bp) {
				t.Fatalf("%d bp of %d fen: %d, %v; by hand %d", bp, amount, got, err, feeByHand(amount, bp))
			}
		}
	}
}
