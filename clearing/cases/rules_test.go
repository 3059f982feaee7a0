package cases

import (
	"slices"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/fee"
	"juma/clearing/file"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
)

const (
	day  = bizdate.Date(20260310) // a Tuesday
	shop = "999290058120001"
)

// differing is a waiting item; zero of either side is a side that is not there.
func differing(class clearing.Class, kind channel.LineKind, ours, theirs money.Fen) clearing.Item {
	return clearing.Item{ID: "I1", Channel: channel.WeChat, Date: day, Kind: kind, OrderNo: "P1", Class: class, State: clearing.Waiting, MerchantNo: shop,
		Ours: ours != 0, Theirs: theirs != 0, OursAmount: ours, TheirsAmount: theirs, OursDate: day, TheirsFee: 2, File: "bill.csv", LineNo: 7, ChannelNo: "W1"}
}

// TestLongAndShortAreTheSignOfMoney: seen from the money, whatever the class and
// the kind of line.
func TestLongAndShortAreTheSignOfMoney(t *testing.T) {
	const pay, back = channel.PaymentLine, channel.RefundLine
	for name, c := range map[string]struct {
		it   clearing.Item
		sign Sign
		by   money.Fen
	}{
		"a payment that we do not have":   {differing(clearing.MissingOurs, pay, 0, 880), Long, 880},
		"a refund that we do not have":    {differing(clearing.MissingOurs, back, 0, 880), Short, -880},
		"a payment that they do not have": {differing(clearing.MissingTheirs, pay, 500, 0), Short, -500},
		"a refund that they do not have":  {differing(clearing.MissingTheirs, back, 500, 0), Long, 500},
		"they have less":                  {differing(clearing.AmountDiffers, pay, 1000, 900), Short, -100},
		"they have more":                  {differing(clearing.AmountDiffers, pay, 1000, 1100), Long, 100},
		"they gave back less":             {differing(clearing.AmountDiffers, back, 1000, 900), Long, 100},
		"ours succeeded, theirs did not":  {differing(clearing.StateDiffers, pay, 1000, 1000), Short, -1000},
		"neither succeeded":               {differing(clearing.StateDiffers, back, 0, 300), Even, 0},
		"only the fee differs":            {differing(clearing.FeeDiffers, pay, 1000, 1000), Even, 0},
		"only the payer differs":          {differing(clearing.PayerDiffers, pay, 1000, 1000), Even, 0},
		"another date":                    {differing(clearing.Spill, pay, 1000, 1000), Even, 0},
		"another date and amount":         {differing(clearing.Spill, pay, 1000, 1200), Long, 200},
		"the statement repeats a payment": {differing(clearing.Duplicate, pay, 0, 1000), Long, 1000},
		"the statement repeats a refund":  {differing(clearing.Duplicate, back, 0, 1000), Short, -1000},
	} {
		if SignOf(c.it) != c.sign || Difference(c.it) != c.by {
			t.Errorf("%s: %s by %d, want %s by %d", name, SignOf(c.it), Difference(c.it), c.sign, c.by)
		}
		words := Explain(c.it)
		for _, s := range []string{words.Chinese, words.English} {
			if c.it.Theirs && !strings.Contains(s, "bill.csv") || c.by != 0 && !strings.Contains(s, c.by.Abs().String()) {
				t.Errorf("%s: %q names neither the line nor the money", name, s)
			}
		}
	}
}

// TestEveryClassCanBeEnded: the table has every class, each with an action that
// ends it, for either kind of line and whichever side is there.
func TestEveryClassCanBeEnded(t *testing.T) {
	for _, class := range clearing.Kinds {
		if !slices.ContainsFunc(Fitting[class], Action.Ends) {
			t.Errorf("nothing ends a difference of class %s", class)
		}
	}
	for _, it := range everyDifference() {
		c := Case{Item: it}
		if !slices.ContainsFunc(c.Offers(), Action.Ends) {
			t.Errorf("nothing ends %s %s with ours %d, theirs %d: %v", it.Class, it.Kind, it.OursAmount, it.TheirsAmount, c.Offers())
		}
		for _, a := range Actions {
			if slices.Contains(c.Offers(), a) {
				continue
			}
			_, err := Decide(c, Proposal{Action: a}, Facts{})
			if !fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), string(c.Offers()[0])) {
				t.Errorf("%s of %s: %v, want a refusal that names what fits", a, it.Class, err)
			}
		}
	}
}

// everyDifference is one of each kind that the reconciliation can leave waiting.
func everyDifference() []clearing.Item {
	var all []clearing.Item
	for _, kind := range []channel.LineKind{channel.PaymentLine, channel.RefundLine} {
		all = append(all,
			differing(clearing.MissingOurs, kind, 0, 880), differing(clearing.MissingTheirs, kind, 500, 0),
			differing(clearing.AmountDiffers, kind, 1000, 900), differing(clearing.AmountDiffers, kind, 900, 1000),
			differing(clearing.StateDiffers, kind, 1000, 1000), differing(clearing.StateDiffers, kind, 0, 300),
			differing(clearing.Spill, kind, 1000, 1000), differing(clearing.Spill, kind, 1000, 1200),
			differing(clearing.Duplicate, kind, 0, 1000))
	}
	return all
}

// record is our side of an item.
func record(it clearing.Item) *clearing.Record {
	r := clearing.Record{Kind: it.Kind, OrderNo: it.OrderNo, Channel: it.Channel, MerchantNo: it.MerchantNo, Amount: it.OursAmount, Date: day, FeeRate: 3800, TerminalNo: "00000001"}
	if !it.Ours {
		r.Amount = it.TheirsAmount
	}
	if it.Kind == channel.RefundLine {
		r.OrigAmount, r.OrigOrderNo = 5000, "P0"
	}
	return &r
}

// book adds entries up by account, credit above zero.
func book(entries ...ledger.Entry) map[ledger.Account]money.Fen {
	sums := map[ledger.Account]money.Fen{}
	for _, e := range entries {
		for _, l := range e.Lines {
			sums[l.Account] += l.Credit - l.Debit
		}
	}
	return sums
}

// TestTheBookEndsWithWhatTheChannelShows: whatever ends a difference, the channel's
// account then has what the statement shows for the line less its charge, and of
// suspense nothing is left; the merchant has what settles.
func TestTheBookEndsWithWhatTheChannelShows(t *testing.T) {
	for _, it := range everyDifference() {
		c := Case{Item: it}
		for _, a := range c.Offers() {
			if !a.Ends() {
				continue
			}
			for _, byHand := range []bool{false, true} {
				if byHand && a != Refund || !byHand && a == Refund && it.Class == clearing.Duplicate { // acquiring books that
					continue
				}
				e, err := Decide(c, Proposal{Action: a, Amount: 950 % (max(it.OursAmount, it.TheirsAmount) + 1)}, Facts{Record: record(it), ByHand: byHand, Date: day, Now: day.Start(), Costs: fee.Default()})
				if err != nil {
					t.Errorf("%s of %s: %v", a, it.Class, err)
					continue
				}
				checkBook(t, it, a, e)
			}
		}
	}
}

func checkBook(t *testing.T, it clearing.Item, a Action, e Effect) {
	t.Helper()
	entries := slices.Clone(e.Entries)
	if it.Ours {
		entries = append(entries, ledger.Post(ledger.Paid, ledger.Fact{MerchantNo: shop, Channel: "wechat", Amount: OursMoney(it)}))
	} else if it.Class == clearing.MissingOurs {
		entries = append(entries, ledger.Post(ledger.Long, ledger.Fact{Channel: "wechat", Amount: TheirsMoney(it)}))
	}
	if len(e.Items) > 0 { // our record has become final, and was posted by acquiring
		entries = append(entries, ledger.Post(ledger.Paid, ledger.Fact{MerchantNo: shop, Channel: "wechat", Amount: TheirsMoney(it)}))
	}
	settles := money.Fen(0)
	if e.Adjustment != nil {
		entries = append(entries, e.Adjustment.Entries(day.Start())...)
		settles += e.Adjustment.Amount + e.Adjustment.Fee
	}
	charged := money.Fen(0)
	for _, entry := range e.Entries {
		if entry.Kind == ledger.Cost {
			charged += entry.Lines[0].Debit
		}
	}
	switch {
	case len(e.Items) > 0:
		settles += TheirsMoney(it)
	case e.To == clearing.Ready:
		settles += OursMoney(it)
	}
	shows := TheirsMoney(it)
	if a == NoMoney { // it is decided that the line shows none
		shows = 0
	}
	if it.Class == clearing.StateDiffers && len(e.Items) > 0 { // it is final by now
		shows, settles = moneyOf(it, true, it.TheirsAmount), moneyOf(it, true, it.TheirsAmount)
		entries = append(entries, ledger.Post(ledger.Paid, ledger.Fact{MerchantNo: shop, Channel: "wechat", Amount: shows}))
	}
	sums := book(entries...)
	if got := -sums["channel_receivable/wechat"]; got != shows-charged {
		t.Errorf("%s of %s (%s): the channel owes %d, it shows %d and charges %d", a, it.Class, it.Kind, got, shows, charged)
	}
	if sums["suspense/wechat"] != 0 || sums[ledger.MerchantPayable(shop)] != settles {
		t.Errorf("%s of %s (%s): suspense %d, the merchant %d of which %d settle", a, it.Class, it.Kind, sums["suspense/wechat"], sums[ledger.MerchantPayable(shop)], settles)
	}
}

// TestDisputesStayWithinThePayment: fee and cost are shares of the payment's, a
// chargeback takes no more than the merchant has, and what was taken back can be
// asked for again.
func TestDisputesStayWithinThePayment(t *testing.T) {
	settled := differing(clearing.Matched, channel.PaymentLine, 1000, 1000)
	settled.State = clearing.Settled
	short := differing(clearing.MissingTheirs, channel.PaymentLine, 1000, 0)
	for name, c := range map[string]struct {
		it       clearing.Item
		code     file.DisputeCode
		reason   string
		amount   money.Fen
		adjusted money.Fen
		field    string
		fee      money.Fen
		cost     money.Fen
	}{
		"whole chargeback":               {it: settled, code: "E23", reason: "4515", amount: 1000, fee: 4, cost: -2},
		"part":                           {it: settled, code: "E32", reason: "4507", amount: 300, fee: 1, cost: -1},
		"more than there is":             {it: settled, code: "E23", reason: "4515", amount: 1001, field: "amount"},
		"more than is left":              {it: settled, code: "E23", reason: "4515", amount: 300, adjusted: -800, field: "amount"},
		"asked for again":                {it: settled, code: "E24", reason: "4536", amount: 1000, adjusted: -1000, fee: -4, cost: 2},
		"asked for though it is there":   {it: settled, code: "E24", reason: "4536", amount: 1, field: "amount"},
		"the channel pays a short":       {it: short, code: "E22", reason: "4536", amount: 1000, fee: -4, cost: 2},
		"the channel never had it":       {it: short, code: "E23", reason: "4515", amount: 1000, field: "code"},
		"no such code":                   {it: settled, code: "E05", reason: "4515", amount: 1, field: "code"},
		"no such reason":                 {it: settled, code: "E23", reason: "1111", amount: 1, field: "reason_code"},
		"a manual refund has its reason": {it: settled, code: "E74", reason: "4515", amount: 1, field: "reason_code"},
		"and nothing else has it":        {it: settled, code: "E23", reason: "9707", amount: 1, field: "reason_code"},
	} {
		e, err := Decide(Case{Item: c.it}, Proposal{ID: "p", Action: Disputed, Amount: c.amount, Code: c.code, ReasonCode: c.reason}, Facts{Record: record(c.it), Adjusted: c.adjusted, Date: day, Costs: fee.Default()})
		if c.field != "" {
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.field) {
				t.Errorf("%s: %v, want field %s", name, err, c.field)
			}
			continue
		}
		if err != nil || e.Dispute.Fee != c.fee || e.Dispute.Cost != c.cost || e.To != "" {
			t.Errorf("%s: %+v, %v; want fee %d, cost %d", name, e.Dispute, err, c.fee, c.cost)
		}
	}
}

// weekdays knows no holidays.
type weekdays struct{}

func (weekdays) IsWorkday(d bizdate.Date) bool {
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}

func TestAgeCountsWorkingDays(t *testing.T) {
	for today, want := range map[bizdate.Date]int{20260310: 0, 20260311: 1, 20260313: 3, 20260314: 3, 20260315: 3, 20260316: 4} {
		if got := Age(clearing.Item{Date: day}, today, weekdays{}); got != want {
			t.Errorf("on %s: %d, want %d", today, got, want)
		}
	}
}

// TestPatienceNearTheCut: near the cut-off a one-sided line is buffered for two
// bills, and then says what it is.
func TestPatienceNearTheCut(t *testing.T) {
	late, noon := day.Start().Add(23*time.Hour+58*time.Minute), day.Start().Add(12*time.Hour)
	ours, theirs := differing(clearing.MissingTheirs, channel.PaymentLine, 500, 0), differing(clearing.MissingOurs, channel.PaymentLine, 0, 500)
	early := differing(clearing.Spill, channel.PaymentLine, 500, 500)
	early.OursDate = day.AddDays(1)
	theirsLate, theirsNoon := theirs, theirs
	theirsLate.TheirsTime, theirsNoon.TheirsTime = late, noon
	for name, c := range map[string]struct {
		c     Case
		today bizdate.Date
		want  State
	}{
		"ours, near the cut":      {Case{Item: ours, OursTime: late}, day.AddDays(1), Buffered},
		"the next bill, too":      {Case{Item: ours, OursTime: late}, day.AddDays(2), Buffered},
		"patience is over":        {Case{Item: ours, OursTime: late}, day.AddDays(3), Fresh},
		"ours at noon":            {Case{Item: ours, OursTime: noon}, day.AddDays(1), Fresh},
		"theirs, near the cut":    {Case{Item: theirsLate}, day.AddDays(1), Buffered},
		"theirs at noon":          {Case{Item: theirsNoon}, day.AddDays(1), Fresh},
		"its own day comes":       {Case{Item: early}, day.AddDays(1), Buffered},
		"decided to wait":         {Case{Item: ours, OursTime: noon, WaitTo: day.AddDays(5)}, day.AddDays(5), Deferred},
		"waited in vain":          {Case{Item: ours, OursTime: noon, WaitTo: day.AddDays(5)}, day.AddDays(6), Fresh},
		"proposed":                {Case{Item: ours, OursTime: late, Proposal: &Proposal{}}, day.AddDays(1), Deciding},
		"in dispute":              {Case{Item: ours, OursTime: late, Dispute: &Dispute{}}, day.AddDays(1), InDispute},
		"its half came meanwhile": {Case{Item: clearing.Item{State: clearing.Cleared}, Proposal: &Proposal{}}, day, Ended},
	} {
		if got := c.c.StateOn(c.today); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestReversedMoneyThatComesIsBookedAgain: a spill whose short was reversed gets its
// posting back when it settles.
func TestReversedMoneyThatComesIsBookedAgain(t *testing.T) {
	it := differing(clearing.Spill, channel.PaymentLine, 1000, 1000)
	e, err := Decide(Case{Item: it}, Proposal{Action: SettleIt}, Facts{Record: record(it), Unbooked: true, Date: day})
	if err != nil || book(e.Entries...)[ledger.MerchantPayable(shop)] != 1000 {
		t.Errorf("%+v, %v", e, err)
	}
}
