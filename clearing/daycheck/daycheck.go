package daycheck

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// Outcome is the word for where a row of either side ended.
type Outcome string

// The outcomes. MATCHED and its variants settle; BUFFERED waits for the next
// statement; the others are work for people.
const (
	Matched        Outcome = "MATCHED"
	AccountUpdated Outcome = "MATCHED_ACCOUNT_UPDATED" // the statement's payer account is taken over
	TimeFilled     Outcome = "MATCHED_TIME_FILLED"     // so is its time of a refund
	Buffered       Outcome = "BUFFERED"
	Long           Outcome = "LONG"  // the channel has money that we do not know
	Short          Outcome = "SHORT" // we have booked money that the channel does not have
	AmountDiff     Outcome = "AMOUNT_DIFF"
)

// Outcomes lists them in the order in which they are counted.
var Outcomes = []Outcome{Matched, AccountUpdated, TimeFilled, Buffered, Long, Short, AmountDiff}

// Settles tells whether an outcome needs nobody.
func (o Outcome) Settles() bool { return strings.HasPrefix(string(o), string(Matched)) }

// Result is the outcome of a row.
type Result struct {
	Channel channel.Name
	OrderNo string
	Outcome Outcome
	// Amount by the statement, when it shows the row.
	Amount money.Fen
	InBill bool
	Action string // what happens next, in words; "" when nothing does
}

// Report is a proved day.
type Report struct {
	Results []Result // sorted by channel and order number
	// Outside counts ledger rows of earlier days that the statements do not show:
	// they were these days' matter.
	Outside int
}

// Prove classes every row of the ledger that belongs to the date, and every line
// of the channels' statements of it. A channel without statement must have no
// rows of that date: a missing file is never an empty one.
func Prove(date bizdate.Date, entries []Entry, bills map[channel.Name][]clearing.Line) (Report, error) {
	var report Report
	for _, ch := range channel.Names {
		d := newDay(date, ch, entries, &report)
		lines, there := bills[ch]
		if !there {
			if err := d.expectsNothing(); err != nil {
				return Report{}, err
			}
			continue
		}
		if err := d.prove(slices.Clone(lines)); err != nil {
			return Report{}, err
		}
	}
	slices.SortFunc(report.Results, func(a, b Result) int {
		return cmp.Or(cmp.Compare(slices.Index(channel.Names, a.Channel), slices.Index(channel.Names, b.Channel)),
			strings.Compare(a.OrderNo, b.OrderNo), strings.Compare(string(a.Outcome), string(b.Outcome)), cmp.Compare(a.Amount, b.Amount))
	})
	return report, nil
}

// day proves one channel.
type day struct {
	date    bizdate.Date
	ch      channel.Name
	entries []Entry
	keys    map[clearing.Key]bool // of all entries
	cancels map[undoing][]Entry
	report  *Report
}

func newDay(date bizdate.Date, ch channel.Name, entries []Entry, report *Report) *day {
	d := &day{date: date, ch: ch, keys: map[clearing.Key]bool{}, cancels: map[undoing][]Entry{}, report: report}
	for _, e := range entries {
		if e.Channel != ch {
			continue
		}
		d.entries = append(d.entries, e)
		d.keys[clearing.Key{Kind: e.lineKind(), OrderNo: e.OrderNo}] = true
		if (e.Kind == Cancel || e.Kind == Reversal) && e.done() {
			d.cancels[e.undoing()] = append(d.cancels[e.undoing()], e)
		}
	}
	return d
}

func (d *day) expectsNothing() error {
	for _, e := range d.entries {
		if (e.done() || e.undone()) && e.date() == d.date {
			return fault.Field(op, "statements", string(d.ch), "there is no statement of %s, and the ledger has rows of that day (line %d): fetch it; a missing file is not an empty day", d.date, e.Line)
		}
	}
	return nil
}

func (d *day) add(orderNo string, o Outcome, amount *money.Fen, action string) {
	r := Result{Channel: d.ch, OrderNo: orderNo, Outcome: o, Action: action}
	if amount != nil {
		r.Amount, r.InBill = *amount, true
	}
	d.report.Results = append(d.report.Results, r)
}

// prove runs the passes: what undoes each other is taken out, the rest is classed
// by clearing.Reconcile.
func (d *day) prove(lines []clearing.Line) error {
	d.bySecondKey(lines)
	lines = d.undoneInBill(lines)
	d.undoneInLedger(lines)
	in := clearing.Input{Channel: d.ch, Date: d.date, Theirs: lines}
	byKey := map[clearing.Key]Entry{}
	inBill := keysOf(lines)
	for _, e := range d.entries {
		key := clearing.Key{Kind: e.lineKind(), OrderNo: e.OrderNo}
		byKey[key] = e
		if !e.done() && !(e.undone() && d.hasCancel(e)) {
			continue
		}
		r := d.record(e)
		switch {
		case r.Date == d.date:
			in.Ours = append(in.Ours, r)
		case inBill[key]:
			in.OtherDay = append(in.OtherDay, r)
		default:
			d.absent(e, r.Date)
		}
	}
	out, err := clearing.Reconcile(in)
	if err != nil {
		return err
	}
	for _, it := range out.Items {
		d.word(it, byKey[clearing.Key{Kind: it.Kind, OrderNo: it.OrderNo}])
	}
	return nil
}

func keysOf(lines []clearing.Line) map[clearing.Key]bool {
	keys := map[clearing.Key]bool{}
	for _, l := range lines {
		keys[clearing.Key{Kind: l.Kind, OrderNo: l.OrderNo}] = true
	}
	return keys
}

// record is an entry as clearing compares it. What the ledger does not say about
// fees is not compared.
func (d *day) record(e Entry) clearing.Record {
	date := e.date()
	if date == 0 {
		date = d.date // nothing says otherwise; the statement will
	}
	return clearing.Record{
		Kind: e.lineKind(), OrderNo: e.OrderNo, Channel: e.Channel, ChannelNo: e.ChannelNo, MerchantNo: e.MerchantNo, Trace: e.TraceNo,
		Amount: e.Amount, OrigAmount: e.Amount, Payer: e.Payer, Time: e.Time, Date: date,
	}
}

// bufferDays is how many bills a row may wait for: that of its own day and the
// next.
const bufferDays = 2

// absent words a row of another day that this day's statement does not show.
func (d *day) absent(e Entry, date bizdate.Date) {
	switch {
	case date > d.date:
		d.add(e.OrderNo, Buffered, nil, fmt.Sprintf("belongs to clearing day %s", date))
	case !clearing.NearCut(d.record(e)):
		d.report.Outside++
	case date.AddDays(bufferDays) > d.date:
		d.add(e.OrderNo, Buffered, nil, fmt.Sprintf("waits since %s; in one more statement at most", date))
	default:
		d.add(e.OrderNo, Short, nil, fmt.Sprintf("waited since %s in vain; query channel; do not settle", date))
	}
}

// word puts a class into a result.
func (d *day) word(it clearing.Item, e Entry) {
	amount := &it.TheirsAmount
	switch it.Class {
	case clearing.MissingOurs:
		d.add(it.OrderNo, Long, amount, longAction(it, e))
	case clearing.Duplicate:
		d.add(it.OrderNo, Long, amount, "the statement shows it again; query channel")
	case clearing.MissingTheirs:
		if clearing.NearCut(d.record(e)) {
			d.add(it.OrderNo, Buffered, nil, "near the cut-off; match with the next statement")
			return
		}
		d.add(it.OrderNo, Short, nil, "absent from the statement and not near the cut-off; query channel; do not settle")
	case clearing.StateDiffers:
		if it.Ours {
			d.add(it.OrderNo, Short, nil, "the statement says that it did not succeed; query channel: its final state wins")
		}
	case clearing.AmountDiffers:
		d.add(it.OrderNo, AmountDiff, amount, "hold; manual adjustment by two people")
	default: // matched, fee, payer, spill
		d.pair(it, e)
	}
}

func longAction(it clearing.Item, e Entry) string {
	switch {
	case e.OrderNo == "":
		return "unknown to the ledger; query channel; hold in suspense"
	case it.Kind == channel.RefundLine:
		return fmt.Sprintf("the ledger says %s; query channel; book the refund after review", e.Status)
	}
	return fmt.Sprintf("the ledger says %s; query channel; mark SUCCESS (late); settle T+1 after review", e.Status)
}

// pair words two rows that belong together, and what the statement knows better.
func (d *day) pair(it clearing.Item, e Entry) {
	note := ""
	if it.Class == clearing.Spill {
		if it.OursAmount != it.TheirsAmount {
			d.add(it.OrderNo, AmountDiff, &it.TheirsAmount, "hold; manual adjustment by two people")
			return
		}
		note = fmt.Sprintf("the ledger dates it %s, the statement's date wins", it.OursDate)
	}
	switch {
	case it.Kind == channel.RefundLine && e.Time.IsZero():
		d.add(it.OrderNo, TimeFilled, &it.TheirsAmount, "time taken from statement: "+it.TheirsTime.Format("2006-01-02 15:04:05"))
	case accountDiffers(e, it.TheirsPayer):
		d.add(it.OrderNo, AccountUpdated, &it.TheirsAmount, "payer account replaced by the statement value "+it.TheirsPayer)
	default:
		d.add(it.OrderNo, Matched, &it.TheirsAmount, note)
	}
}

// accountDiffers tells whether the statement knows another payer account. Alipay's
// is a masked login name and never the user number that the platform has, so the
// two cannot be compared.
func accountDiffers(e Entry, theirs string) bool {
	if e.Channel == channel.Alipay || theirs == "" || theirs == e.Payer {
		return false
	}
	return e.Payer != "" || e.Kind == Pay
}
