package payout_test

import (
	"testing"
	"time"

	"juma/clearing/payout"
	"juma/internal/ledger"
	"juma/internal/money"
)

// TestPostingsOfEveryMove: what is on its way, what is owed and what the reserve has
// after each way that a payout can go.
func TestPostingsOfEveryMove(t *testing.T) {
	for name, c := range map[string]struct {
		moves                  []payout.State
		transit, owed, reserve money.Fen
	}{
		"paid":                {[]payout.State{payout.Paid}, -100, 0, -100},
		"failed":              {[]payout.State{payout.Failed}, -100, 100, 0},
		"returned":            {[]payout.State{payout.Returned}, -100, 100, 0},
		"paid, then returned": {[]payout.State{payout.Paid, payout.Returned}, -100, 100, 0},
	} {
		p := payout.Payout{No: "O1", MerchantNo: diner, State: payout.Sent, Amount: 100}
		sums, seen := map[ledger.Account]money.Fen{}, map[ledger.Kind]bool{}
		for _, to := range c.moves {
			for _, e := range payout.Postings(p, to, day, time.Time{}) {
				must(t, e.Prove())
				if seen[e.Kind] {
					t.Errorf("%s: %s is posted twice", name, e.Kind)
				}
				seen[e.Kind] = true
				for _, l := range e.Lines {
					sums[l.Account] += l.Credit - l.Debit
				}
			}
			p.State = to
		}
		if got := [3]money.Fen{sums[ledger.PayoutInTransit], sums[ledger.MerchantPayable(diner)], -sums[ledger.Reserve]}; got != [3]money.Fen{c.transit, c.owed, c.reserve} {
			t.Errorf("%s: in transit %d, owed %d, reserve %d", name, got[0], got[1], got[2])
		}
	}
	again := payout.Postings(payout.Payout{No: "O2", MerchantNo: diner, Replaces: "O1", State: payout.Proposed, Amount: 100}, payout.Instructed, day, time.Time{})
	if len(again) != 1 || again[0].Lines[0].Account != ledger.MerchantPayable(diner) || again[0].Lines[1].Account != ledger.PayoutInTransit {
		t.Errorf("paid again: %+v", again)
	}
}
