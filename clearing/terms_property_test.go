package clearing

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"juma/clearing/terms"
	"juma/internal/money"
)

// TestNothingIsLostByTerms: over any run of days with any terms, holds, payments and
// refunds, what was credited and what is still carried comes to the sum of the nets, to
// the fen; nobody is ever credited a negative amount, what is held, or less than the
// minimum.
func TestNothingIsLostByTerms(t *testing.T) {
	shops := []string{"999290058120001", "999581054110002"}
	rapid.Check(t, func(t *rapid.T) {
		carried, net, credited := map[string]money.Fen{}, map[string]money.Fen{}, map[string]money.Fen{}
		settled := map[string]bool{}
		waiting := []ReadyRecord{} // for a payment that is held
		n := 0
		for range rapid.IntRange(1, 8).Draw(t, "days") {
			in := SettleInput{Date: day, Carried: carried, PaymentSettled: settled, Ready: waiting,
				Terms: terms.InForce{Terms: map[string]terms.Terms{}, Merchants: map[string]bool{}, Payments: map[string]bool{}}}
			for _, no := range shops {
				in.Terms.Terms[no] = terms.Terms{Cycle: "D+2", Minimum: money.Fen(rapid.IntRange(0, 3000).Draw(t, "minimum"))}
				in.Terms.Merchants[no] = rapid.Bool().Draw(t, "held")
				for range rapid.IntRange(0, 3).Draw(t, "payments") {
					n++
					p := paid(fmt.Sprintf("P%d", n), money.Fen(rapid.IntRange(1, 2000).Draw(t, "amount")))
					p.MerchantNo = no
					in.Terms.Payments[p.OrderNo] = rapid.IntRange(0, 4).Draw(t, "payment held") == 0
					in.Ready = append(in.Ready, ready(p))
					if rapid.Bool().Draw(t, "refunded") {
						r := refunded("R"+p.OrderNo, p.OrderNo, money.Fen(rapid.IntRange(1, int(p.Amount)).Draw(t, "back")), p.Amount, 0)
						r.MerchantNo = no
						in.Ready = append(in.Ready, ready(r))
					}
				}
				in.Adjustments = append(in.Adjustments, Adjustment{ID: fmt.Sprint(n), MerchantNo: no, Kind: AmountAdjusted, Amount: money.Fen(rapid.IntRange(-900, 900).Draw(t, "adjusted"))})
			}
			out, err := Settle(in)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range out.Settlements {
				before := carried[s.MerchantNo]
				carried[s.MerchantNo] += s.Suspended - s.Replenished - s.Released
				net[s.MerchantNo] += s.Net()
				credited[s.MerchantNo] += s.Credited
				minimum := in.Terms.Of(s.MerchantNo).Minimum
				if s.Credited < 0 || (s.Credited > 0 && (in.Terms.Merchants[s.MerchantNo] || s.Credited < minimum)) {
					t.Fatalf("%+v with minimum %s, held %v", s, minimum, in.Terms.Merchants[s.MerchantNo])
				}
				if s.Net()+s.Released+s.Replenished-s.Suspended != s.Credited || (s.Suspended > 0) != (s.Withheld != "") {
					t.Fatalf("%+v does not add up", s)
				}
				if s.Released > max(before, 0) || s.Replenished < min(before, 0) {
					t.Fatalf("%+v uses more than the %s that was carried", s, before)
				}
			}
			for _, no := range shops {
				if credited[no]+carried[no] != net[no] {
					t.Fatalf("credited %s + carried %s ≠ net %s", credited[no], carried[no], net[no])
				}
			}
			waiting = waitingOf(t, in, out, settled)
		}
	})
}

// waitingOf is what a batch left: held payments, and refunds of these.
func waitingOf(t *rapid.T, in SettleInput, out SettleOutput, settled map[string]bool) (left []ReadyRecord) {
	done := map[string]bool{}
	for _, r := range out.Records {
		if in.Terms.Payments[r.Record.OrderNo] || in.Terms.Payments[r.Record.OrigOrderNo] && !settled[r.Record.OrigOrderNo] {
			t.Fatalf("%s settles and is held", r.Record.OrderNo)
		}
		done[r.Record.OrderNo] = true
	}
	for _, r := range in.Ready {
		if !done[r.Record.OrderNo] {
			left = append(left, r)
		}
	}
	for no := range done {
		settled[no] = true
	}
	return left
}
