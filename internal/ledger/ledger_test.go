package ledger

import (
	"testing"
	"time"

	"juma/internal/money"
)

// TestPostingRules states for each rule who is debited and who is credited, as a
// banker would write it.
func TestPostingRules(t *testing.T) {
	now := time.Unix(0, 0)
	const m, w = "999290058120001", "wechat"
	for name, c := range map[string]struct {
		entry         Entry
		debit, credit Account
		amount        money.Fen
	}{
		"paid":            {PostPaid("P1", m, w, 20260310, now, 1000), ChannelReceivable(w), MerchantPayable(m), 1000},
		"refunded":        {PostRefunded("R1", m, w, 20260310, now, 400), MerchantPayable(m), ChannelReceivable(w), 400},
		"fee":             {PostFee("P1", m, 20260310, now, 4), MerchantPayable(m), FeeIncome, 4},
		"fee given back":  {PostFeeBack("R1", m, 20260310, now, 2), FeeIncome, MerchantPayable(m), 2},
		"cost":            {PostCost("P1", m, w, 20260310, now, 2), ChannelCost(w), ChannelReceivable(w), 2},
		"cost given back": {PostCost("R1", m, w, 20260310, now, -1), ChannelReceivable(w), ChannelCost(w), 1},
		"long":            {PostLong("x", w, 20260310, now, 880), ChannelReceivable(w), Suspense(w), 880},
		"settled":         {PostSettlement("d", m, 20260310, now, 594), MerchantPayable(m), PayoutInTransit, 594},
	} {
		if err := c.entry.Prove(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		l := c.entry.Lines
		if l[0].Account != c.debit || l[0].Debit != c.amount || l[1].Account != c.credit || l[1].Credit != c.amount {
			t.Errorf("%s: got %+v, want debit %s, credit %s of %d", name, l, c.debit, c.credit, c.amount)
		}
	}
}

func TestProveRefuses(t *testing.T) {
	for name, lines := range map[string][]Line{
		"nothing":        nil,
		"one side":       {{Account: "a", Debit: 1}},
		"unequal":        {{Account: "a", Debit: 2}, {Account: "b", Credit: 1}},
		"negative":       {{Account: "a", Debit: -1}, {Account: "b", Credit: -1}},
		"both in a line": {{Account: "a", Debit: 1, Credit: 1}},
		"zero line":      {{Account: "a", Debit: 1}, {Account: "b", Credit: 1}, {Account: "c"}},
	} {
		if (Entry{Lines: lines}).Prove() == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
	if PostFee("P", "m", 0, time.Time{}, 0).Lines != nil {
		t.Error("a zero amount must give an entry without lines")
	}
}
