package cases

import (
	"slices"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// Action is what can be done about a difference.
type Action string

// The actions.
const (
	Wait       Action = "wait"       // up to a day, with a reason
	AcceptLate Action = "accept"     // ask the channel once more; a late success (迟到成功) is paid and settles
	SettleIt   Action = "settle"     // the channel's date wins: it settles as it is
	Reverse    Action = "reverse"    // the channel never had it: our posting is reversed, nothing settles
	Adjust     Action = "adjust"     // settles, and an adjustment (调账) makes it the approved amount
	Refund     Action = "refund"     // back to the payer
	WriteOff   Action = "write_off"  // a small difference is the channel's cost
	Disputed   Action = "dispute"    // opened at the channel, with a reason code
	Won        Action = "accepted"   // outcome of the dispute: the money moves
	Lost       Action = "not_upheld" // outcome of the dispute: it does not
	NoMoney    Action = "no_money"   // nothing moved: the line is explained
)

// Actions lists them in the order in which they are offered.
var Actions = []Action{Wait, AcceptLate, SettleIt, Reverse, Adjust, Refund, WriteOff, Disputed, Won, Lost, NoMoney}

// Fitting lists the actions that fit each class. A payment that has settled can be
// disputed whatever its class was.
var Fitting = map[clearing.Class][]Action{
	clearing.MissingOurs:   {Wait, AcceptLate, Refund, WriteOff},
	clearing.MissingTheirs: {Wait, Reverse, WriteOff, Disputed},
	clearing.AmountDiffers: {Wait, Adjust, WriteOff},
	clearing.StateDiffers:  {Wait, AcceptLate, Reverse, WriteOff, Disputed, NoMoney},
	clearing.FeeDiffers:    {Wait, SettleIt},
	clearing.PayerDiffers:  {Wait, SettleIt},
	clearing.Spill:         {Wait, SettleIt, Adjust, WriteOff},
	clearing.Duplicate:     {Wait, Refund, WriteOff, NoMoney},
}

// Ends tells whether an action, once approved, ends a difference.
func (a Action) Ends() bool { return a != Wait && a != Disputed && a != Lost }

// needs says which sides of an item an action works with.
var needs = map[Action]struct{ ours, theirs, lacksOurs bool }{
	AcceptLate: {theirs: true, lacksOurs: true},
	SettleIt:   {ours: true, theirs: true},
	Reverse:    {ours: true},
	Adjust:     {ours: true, theirs: true},
	Refund:     {theirs: true, lacksOurs: true},
	NoMoney:    {lacksOurs: true},
	Disputed:   {ours: true},
}

// Offers lists the actions that fit a case as it stands.
func (c Case) Offers() []Action {
	switch {
	case c.Dispute != nil:
		return []Action{Won, Lost}
	case c.Item.State == clearing.Settled && c.Item.Kind == channel.PaymentLine:
		return []Action{Disputed}
	case c.Item.State != clearing.Waiting:
		return nil
	}
	return slices.DeleteFunc(slices.Clone(Fitting[c.Item.Class]), func(a Action) bool {
		n, it := needs[a], c.Item
		return n.ours && !it.Ours || n.theirs && !it.Theirs || n.lacksOurs && it.Ours ||
			(a == Disputed || a == Refund) && it.Kind != channel.PaymentLine ||
			a == WriteOff && Difference(it) == 0 || a == SettleIt && Difference(it) != 0
	})
}

// fits refuses an action that the case does not offer; the fault names those that
// it does.
func (c Case) fits(op string, a Action) error {
	offers := c.Offers()
	if slices.Contains(offers, a) {
		return nil
	}
	if len(offers) == 0 {
		return refuse(op, a, HasEnded, "this difference has ended; nothing is left to do")
	}
	words := make([]string, len(offers))
	for i, o := range offers {
		words[i] = string(o)
	}
	return refuse(op, a, NoFit, "fits no %s that is %s as this one; what does: %s", c.Item.Class, c.Item.State, strings.Join(words, ", "))
}

// OursMoney is the money of our side: positive came in, negative went back.
func OursMoney(it clearing.Item) money.Fen { return moneyOf(it, it.Ours, it.OursAmount) }

// TheirsMoney is the money of the statement's side. A line that is not final moved
// none.
func TheirsMoney(it clearing.Item) money.Fen {
	return moneyOf(it, it.Theirs && it.Class != clearing.StateDiffers, it.TheirsAmount)
}

func moneyOf(it clearing.Item, there bool, amount money.Fen) money.Fen {
	switch {
	case !there:
		return 0
	case it.Kind == channel.RefundLine:
		return -amount
	}
	return amount
}

// Difference is theirs − ours: above zero the channel has money that we do not.
func Difference(it clearing.Item) money.Fen { return TheirsMoney(it) - OursMoney(it) }

// Sign is the sign of a difference's money.
type Sign string

// The signs.
const (
	Long  Sign = "long"  // 长款: the channel has money that we do not
	Short Sign = "short" // 短款: we booked money that the channel does not have
	Even  Sign = "even"  // no money differs
)

// Signs lists them.
var Signs = []Sign{Long, Short, Even}

// SignOf is the sign of an item's difference.
func SignOf(it clearing.Item) Sign {
	switch d := Difference(it); {
	case d > 0:
		return Long
	case d < 0:
		return Short
	}
	return Even
}

// State says where a case stands.
type State string

// The states of a case.
const (
	Fresh     State = "open"     // needs somebody
	Buffered  State = "buffered" // waits for the next statements by itself
	Deferred  State = "waiting"  // two people decided to wait
	Deciding  State = "proposed" // waits for an approval
	InDispute State = "disputed"
	Ended     State = "ended"
)

// States lists them in the order in which they are shown.
var States = []State{Fresh, Deciding, InDispute, Buffered, Deferred, Ended}

// bufferDays is how many bills a line near the cut-off may wait for: its own and
// the next (reconciliation §3).
const bufferDays = 2

// BufferedTo is the last day on which a difference near the cut-off may still find
// its other half by itself; 0 for one that lies elsewhere.
func (c Case) BufferedTo() bizdate.Date {
	t, date := c.OursTime, c.Item.OursDate
	if !c.Item.Ours {
		t, date = c.Item.TheirsTime, c.Item.Date
	}
	oneSided := c.Item.Ours != c.Item.Theirs && (c.Item.Class == clearing.MissingOurs || c.Item.Class == clearing.MissingTheirs)
	if early := c.Item.Class == clearing.Spill && c.Item.OursDate > c.Item.Date; early {
		return c.Item.OursDate.AddDays(1)
	}
	if !oneSided || !clearing.NearCut(clearing.Record{Time: t, Channel: c.Item.Channel, Date: date}) {
		return 0
	}
	return c.Item.Date.AddDays(bufferDays)
}

// StateOn is where the case stands on a day.
func (c Case) StateOn(today bizdate.Date) State {
	switch {
	case c.Proposal != nil && (c.Item.State == clearing.Waiting || c.Dispute != nil || c.Item.State == clearing.Settled):
		return Deciding
	case c.Dispute != nil:
		return InDispute
	case c.Item.State != clearing.Waiting:
		return Ended
	case c.WaitTo >= today:
		return Deferred
	case c.BufferedTo() >= today:
		return Buffered
	}
	return Fresh
}

// Calendar knows the working days.
type Calendar interface {
	IsWorkday(d bizdate.Date) bool
}

// maxAge bounds how far back working days are counted.
const maxAge = 366

// Age is how many working days have begun since the clearing date of a difference.
func Age(it clearing.Item, today bizdate.Date, cal Calendar) int {
	n := 0
	for d, i := it.Date.AddDays(1), 0; d <= today && i < maxAge; d, i = d.AddDays(1), i+1 {
		if cal.IsWorkday(d) {
			n++
		}
	}
	return n
}

// today is the business day of an instant.
func today(now time.Time) bizdate.Date { return bizdate.Of(now) }
