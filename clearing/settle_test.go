package clearing

import (
	"testing"

	"juma/clearing/terms"
	"juma/internal/money"
)

func ready(r Record) ReadyRecord {
	return ReadyRecord{Item: Item{Kind: r.Kind, OrderNo: r.OrderNo, MerchantNo: r.MerchantNo, OursAmount: r.Amount, State: Ready}, Record: r}
}

// TestSettleWorkedExamples are days of one merchant, as a clearing operator
// would check them by hand. Rate 0.38 %, half up.
func TestSettleWorkedExamples(t *testing.T) {
	for name, c := range map[string]struct {
		ready   []Record
		settled map[string]bool
		owed    money.Fen // or what is kept, positive
		terms   terms.Terms
		held    bool
		want    Settlement
	}{
		"two payments": {ready: []Record{paid("P1", 5000), paid("P2", 4600)},
			want: Settlement{Rows: 2, Gross: 9600, Fee: 36, Credited: 9564}}, // 19 + 17, rounded one by one
		"payment and part refund": {ready: []Record{paid("P1", 6800), refunded("R1", "P1", 1800, 6800, 0)},
			want: Settlement{Rows: 2, Gross: 6800, Refund: 1800, Fee: 19, Credited: 4981}}, // 26 − 7
		"a refund waits while its payment is held": {ready: []Record{paid("P2", 5000), refunded("R1", "P1", 100, 5000, 0)},
			want: Settlement{Rows: 1, Gross: 5000, Fee: 19, Credited: 4981}},
		"refund of a payment settled earlier, a negative day": {ready: []Record{refunded("R1", "P1", 5000, 5000, 0)}, settled: map[string]bool{"P1": true},
			want: Settlement{Rows: 1, Refund: 5000, Fee: -19, Suspended: -4981, Credited: 0}},
		"a negative day is taken back": {ready: []Record{paid("P1", 10_000)}, owed: -4981,
			want: Settlement{Rows: 1, Gross: 10_000, Fee: 38, Replenished: -4981, Credited: 4981}},
		"as far as the day goes": {ready: []Record{paid("P1", 1000)}, owed: -4981,
			want: Settlement{Rows: 1, Gross: 1000, Fee: 4, Replenished: -996, Credited: 0}},
		"negative again: what is owed is not touched": {ready: []Record{refunded("R1", "P1", 100, 5000, 0)}, settled: map[string]bool{"P1": true}, owed: -500,
			want: Settlement{Rows: 1, Refund: 100, Fee: 0, Suspended: -100, Credited: 0}},
		"less than the minimum is kept": {ready: []Record{paid("P1", 1000)}, terms: terms.Terms{Minimum: 1000},
			want: Settlement{Rows: 1, Gross: 1000, Fee: 4, Suspended: 996, Withheld: BelowMinimum}},
		"until the sum is large enough": {ready: []Record{paid("P1", 1000)}, owed: 4, terms: terms.Terms{Minimum: 1000},
			want: Settlement{Rows: 1, Gross: 1000, Fee: 4, Released: 4, Credited: 1000}},
		"what is kept covers a negative day": {ready: []Record{refunded("R1", "P1", 100, 5000, 0)}, settled: map[string]bool{"P1": true}, owed: 150, terms: terms.Terms{Minimum: 1000},
			want: Settlement{Rows: 1, Refund: 100, Released: 100}},
		"as far as it goes": {ready: []Record{refunded("R1", "P1", 100, 5000, 0)}, settled: map[string]bool{"P1": true}, owed: 30,
			want: Settlement{Rows: 1, Refund: 100, Released: 30, Suspended: -70}},
		"a held merchant keeps the day": {ready: []Record{paid("P1", 5000)}, owed: 100, held: true,
			want: Settlement{Rows: 1, Gross: 5000, Fee: 19, Suspended: 4981, Withheld: OnHold}},
		"and still pays back what it owes": {ready: []Record{paid("P1", 5000)}, owed: -4000, held: true,
			want: Settlement{Rows: 1, Gross: 5000, Fee: 19, Replenished: -4000, Suspended: 981, Withheld: OnHold}},
	} {
		t.Run(name, func(t *testing.T) {
			in := SettleInput{Date: day, PaymentSettled: c.settled, Carried: map[string]money.Fen{"999290058120001": c.owed},
				Terms: terms.InForce{Terms: map[string]terms.Terms{}, Merchants: map[string]bool{"999290058120001": c.held}}}
			c.terms.Cycle = terms.Next
			in.Terms.Terms["999290058120001"] = c.terms
			for _, r := range c.ready {
				in.Ready = append(in.Ready, ready(r))
			}
			out, err := Settle(in)
			if err != nil || len(out.Settlements) != 1 {
				t.Fatalf("%+v, %v", out, err)
			}
			c.want.Date, c.want.MerchantNo, c.want.Cycle = day, "999290058120001", terms.Next
			if got := out.Settlements[0]; got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestSettledByWalletIsNotPaidOut(t *testing.T) {
	out, err := Settle(SettleInput{Date: day, Ready: []ReadyRecord{ready(paid("P1", 5000))}, SettledByWallet: map[string]bool{"999290058120001": true}})
	if err != nil || out.Settlements[0].Credited != 0 || out.Settlements[0].Gross != 5000 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestCappedFeeAndItsRefund(t *testing.T) {
	p := paid("P1", 100_000)
	p.FeeCap = 150
	r := refunded("R1", "P1", 50_000, 100_000, 0)
	r.FeeCap = 150
	out, err := Settle(SettleInput{Date: day, Ready: []ReadyRecord{ready(p), ready(r)}})
	if err != nil {
		t.Fatal(err)
	}
	// 0.38 % of 1000.00 is 380, capped at 150; of the 500.00 that are left it is
	// 190, capped at 150 as well: nothing is given back.
	if s := out.Settlements[0]; s.Fee != 150 || s.Credited != 50_000-150 {
		t.Errorf("%+v", s)
	}
}

// TestFeeBackWhenRefundsSettleOutOfOrder: of three refunds the last made settles
// first, in an earlier batch; the parts still add up to the whole fee.
func TestFeeBackWhenRefundsSettleOutOfOrder(t *testing.T) {
	p := paid("P1", 400) // fee 2 at 0.38 %
	back := money.Fen(0)
	run := func(settled money.Fen, ready ...ReadyRecord) {
		t.Helper()
		out, err := Settle(SettleInput{Date: day, Ready: ready, PaymentSettled: map[string]bool{"P1": true}, RefundSettled: map[string]money.Fen{"P1": settled}})
		if err != nil {
			t.Fatal(err)
		}
		back -= out.Settlements[0].Fee
	}
	run(0, ready(refunded("R3", "P1", 133, 400, 267)))
	run(133, ready(refunded("R1", "P1", 134, 400, 0)), ready(refunded("R2", "P1", 133, 400, 134)))
	fee, err := p.FeeRate.Of(p.Amount)
	if err != nil || back != fee {
		t.Errorf("%d fen of a fee of %d were given back (%v)", back, fee, err)
	}
}
