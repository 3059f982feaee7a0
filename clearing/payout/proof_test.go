package payout_test

import (
	"slices"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/payout"
	"juma/internal/bizdate"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
	"juma/internal/store"
)

// line is a statement's line as reconciliation left it.
func line(kind channel.LineKind, no string, class clearing.Class, state clearing.ItemState, ours, theirs, fee money.Fen) clearing.Item {
	return clearing.Item{ID: "I" + no, Channel: channel.WeChat, Date: day, Kind: kind, OrderNo: no, Class: class, State: state, MerchantNo: diner,
		Ours: ours > 0, Theirs: true, OursAmount: ours, TheirsAmount: theirs, TheirsFee: fee, File: "a.csv", LineNo: len(no)}
}

// TestThreeWayProof names what each side's difference is.
func TestThreeWayProof(t *testing.T) {
	sum := func(class clearing.Class, state clearing.ItemState, ours, theirs, fee money.Fen) payout.LineSum {
		return payout.LineSum{Channel: channel.WeChat, Kind: channel.PaymentLine, Class: class, State: state, Count: 1, Ours: ours, Theirs: theirs, Fee: fee}
	}
	at := func(s payout.LineSum, account channel.Name) payout.LineSum {
		s.Channel = account
		return s
	}
	matched := sum(clearing.Matched, clearing.Settled, 10_000, 10_000, 20)
	back := payout.LineSum{Channel: channel.WeChat, Kind: channel.RefundLine, Class: clearing.Matched, State: clearing.Ready, Count: 1, Ours: 4_000, Theirs: 4_000, Fee: -8}
	credit := func(amount money.Fen) []payout.Credit {
		return []payout.Credit{{Channel: channel.WeChat, Date: day, Amount: amount}}
	}
	for name, c := range map[string]struct {
		sums    []payout.LineSum
		credits []payout.Credit
		want    payout.Proof
	}{
		"balanced":            {[]payout.LineSum{matched, back}, credit(5_988), payout.Proof{Ours: 5_988, Statement: 5_988, Bank: 5_988, State: payout.Balanced}},
		"nothing yet":         {[]payout.LineSum{matched}, nil, payout.Proof{Ours: 9_980, Statement: 9_980, State: payout.Missing}},
		"less":                {[]payout.LineSum{matched}, credit(9_979), payout.Proof{Ours: 9_980, Statement: 9_980, Bank: 9_979, State: payout.Short}},
		"more":                {[]payout.LineSum{matched}, credit(9_981), payout.Proof{Ours: 9_980, Statement: 9_980, Bank: 9_981, State: payout.Over}},
		"in two credits":      {[]payout.LineSum{matched}, append(credit(9_000), credit(980)...), payout.Proof{Ours: 9_980, Statement: 9_980, Bank: 9_980, State: payout.Balanced}},
		"a line waits":        {[]payout.LineSum{matched, sum(clearing.MissingOurs, clearing.Waiting, 0, 880, 2)}, credit(10_858), payout.Proof{Ours: 9_980, Statement: 10_858, Bank: 10_858, Waiting: 1, State: payout.Open}},
		"it was explained":    {[]payout.LineSum{matched, sum(clearing.MissingOurs, clearing.Cleared, 0, 880, 2)}, credit(10_858), payout.Proof{Ours: 10_858, Statement: 10_858, Bank: 10_858, State: payout.Balanced}},
		"it did not happen":   {[]payout.LineSum{matched, sum(clearing.StateDiffers, clearing.Waiting, 500, 500, 1)}, credit(9_980), payout.Proof{Ours: 9_980, Statement: 9_980, Bank: 9_980, State: payout.Balanced}},
		"two accounts":        {[]payout.LineSum{matched, at(matched, "wechat_east")}, append(credit(9_980), payout.Credit{Channel: "wechat_east", Date: day, Amount: 9_980}), payout.Proof{Ours: 19_960, Statement: 19_960, Bank: 19_960, State: payout.Balanced}},
		"paid in one":         {[]payout.LineSum{matched, at(matched, "wechat_east")}, credit(19_960), payout.Proof{Ours: 19_960, Statement: 19_960, Bank: 19_960, State: payout.Balanced}},
		"money without a day": {nil, credit(5), payout.Proof{Bank: 5, State: payout.Over}},
	} {
		c.want.Date, c.want.Channel = day, channel.WeChat
		got := payout.Prove(day, c.sums, c.credits, c.want.ProvedAt)
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

const advice = "credit_date,account,amount_fen,reference,payer\n" +
	"2026-03-11,999900000000000001,9000,wechat/2026-03-10,财付通支付科技有限公司\n" +
	"2026-03-11,999900000000000001,980,2026-03-10,财付通支付科技有限公司\n" +
	"2026-03-11,999900000000000001,77,rent,somebody\n" +
	"total,3,10057\n"

// TestCreditsAreBookedAndProved: an advice comes once, names what it pays or is shown
// as what it is, and the day's proof follows. A line that an earlier statement showed
// counts there.
func TestCreditsAreBookedAndProved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		o := newOffice(t, open())
		shown := line(channel.PaymentLine, "P22", clearing.Spill, clearing.Cleared, 0, 500, 1)
		shown.Date = day.AddDays(-1)
		later := line(channel.PaymentLine, "P22", clearing.Matched, clearing.Settled, 500, 500, 1)
		later.ID, later.SettledOn = "I2", day
		paid := line(channel.PaymentLine, "P1", clearing.Matched, clearing.Settled, 10_000, 10_000, 20)
		paid.SettledOn = day
		must(t, o.store.Clearing().Update(ctx, func(tx clearing.Tx) error { return tx.InsertItems([]clearing.Item{paid, shown, later}) }))

		if got := get[[]payout.Proof](t)(o.ProveDay(ctx, day)); len(got) != 1 || got[0].State != payout.Missing || got[0].Statement != 9_980 {
			t.Errorf("before: %+v", got)
		}
		got := get[payout.Imported](t)(o.ImportCredits(ctx, signed("advice.csv", advice), "clear1"))
		if got.Again || got.Count != 3 || !slices.Equal(got.Dates, []bizdate.Date{day}) {
			t.Errorf("imported: %+v", got)
		}
		if got := get[payout.Imported](t)(o.ImportCredits(ctx, signed("advice.csv", advice), "clear1")); !got.Again {
			t.Errorf("again: %+v", got)
		}
		other := "credit_date,account,amount_fen,reference,payer\n2026-03-11,999900000000000001,1,wechat/2026-03-10,x\ntotal,1,1\n"
		wantFault(t, second(o.ImportCredits(ctx, signed("other.csv", other), "clear1")), fault.Conflict, "sha256")
		proofs := get[[]payout.Proof](t)(o.Store.Proofs(ctx, day))
		if len(proofs) != 1 || proofs[0].State != payout.Balanced || proofs[0].Bank != 9_980 {
			t.Errorf("proofs: %+v", proofs)
		}
		if stray := get[[]payout.Credit](t)(o.Store.StrayCredits(ctx, 5)); len(stray) != 1 || stray[0].Amount != 77 {
			t.Errorf("stray: %+v", stray)
		}
		if totals := get[clearing.Totals](t)(o.store.Clearing().Totals(ctx)); totals.Debit != totals.Credit || totals.Debit != 62_761+9_980 {
			t.Errorf("the book: %+v", totals)
		}
	})
	if ledger.Post(ledger.Funded, ledger.Fact{Ref: "x", Channel: "wechat", Amount: 1}).Lines[0].Account != ledger.Reserve {
		t.Error("a credit comes into the reserve")
	}
}
