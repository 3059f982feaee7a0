package clearing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/clearing/fee"
	"juma/internal/bizdate"
)

// Line is a statement line with the file it stands in.
type Line struct {
	channel.StatementLine
	File string
}

func (l Line) key() Key { return Key{l.Kind, l.OrderNo} }

func (r Record) key() Key { return Key{r.Kind, r.OrderNo} }

func compareKeys(a, b Key) int {
	return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.OrderNo, b.OrderNo))
}

// Input is what Reconcile compares: one channel, one clearing date.
type Input struct {
	Channel channel.Name
	Date    bizdate.Date
	// Ours are our final records of the date, and late ones: of earlier dates, final
	// only after those were proved.
	Ours   []Record
	Theirs []Line // the statement
	// OtherDay holds our final records of other dates whose keys stand in the
	// statement; StrangeKeys says which to look for.
	OtherDay []Record
	// Pool holds the items of earlier days that wait for their other half.
	Pool  []Item
	Costs *fee.Table // what the channel is expected to charge; nil: nothing
}

// Outcome is the proof of a day.
type Outcome struct {
	Items   []Item   // every line of both sides in exactly one
	Cleared []string // ids of pool items whose other half has come
	// Explained are those of them whose money was booked as long.
	Explained []Item
	Payers    []PayerFix
	TimesFix  []TimeFix
}

// PayerFix replaces our payer account by the channel's.
type PayerFix struct{ OrderNo, Before, After string }

// TimeFix gives a refund the time that only the statement knows.
type TimeFix struct {
	RefundNo string
	Time     time.Time
}

// StrangeKeys lists the keys of statement lines that are not among ours.
func StrangeKeys(ours []Record, theirs []Line) []Key {
	known := make(map[Key]bool, len(ours))
	for _, r := range ours {
		known[r.key()] = true
	}
	var strange []Key
	for _, l := range theirs {
		if !known[l.key()] {
			known[l.key()] = true
			strange = append(strange, l.key())
		}
	}
	return strange
}

// Reconcile puts every line of both sides into exactly one class. The key is
// channel + our number as the statement carries it; the date says which day's
// pool; the payer account is never a key. It is pure: the order of its inputs
// does not matter, and nothing is matched twice. Both sides are sorted once and
// merged.
func Reconcile(in Input) (Outcome, error) {
	ours, theirs := slices.Clone(in.Ours), slices.Clone(in.Theirs)
	slices.SortFunc(ours, func(a, b Record) int { return compareKeys(a.key(), b.key()) })
	slices.SortFunc(theirs, func(a, b Line) int {
		return cmp.Or(compareKeys(a.key(), b.key()), strings.Compare(a.File, b.File), cmp.Compare(a.LineNo, b.LineNo))
	})
	in.Pool = slices.Clone(in.Pool)
	m := merger{in: in, other: map[Key]Record{}, theirsPool: map[Key]Item{}, oursPool: map[Key]Item{}}
	for _, r := range in.OtherDay {
		m.other[r.key()] = r
	}
	for _, it := range in.Pool {
		key := Key{it.Kind, it.OrderNo}
		if it.Ours && !it.Theirs {
			m.oursPool[key] = it
		} else if it.Theirs && (it.Class == Spill || it.Class == MissingOurs || (it.Class == StateDiffers && !it.Ours)) {
			m.theirsPool[key] = it
		}
	}
	theirs = m.takeReversed(ours, theirs)
	for i, j := 0, 0; i < len(ours) || j < len(theirs); {
		order := 0
		switch {
		case i == len(ours):
			order = 1
		case j == len(theirs):
			order = -1
		default:
			order = compareKeys(ours[i].key(), theirs[j].key())
		}
		switch {
		case order < 0:
			if err := m.oursOnly(ours[i]); err != nil {
				return Outcome{}, err
			}
			i++
		case i+1 < len(ours) && order == 0 && compareKeys(ours[i].key(), ours[i+1].key()) == 0:
			return Outcome{}, fmt.Errorf("our record %s %s stands twice on %s: the unique index on order numbers is broken", ours[i].Kind, ours[i].OrderNo, in.Date)
		default:
			n := sameKey(theirs[j:])
			var mine *Record
			if order == 0 {
				mine = &ours[i]
				i++
			}
			if err := m.group(mine, theirs[j:j+n]); err != nil {
				return Outcome{}, err
			}
			j += n
		}
	}
	m.explainSeconds()
	return m.out, nil
}

func sameKey(lines []Line) int {
	n := 1
	for n < len(lines) && lines[n].key() == lines[0].key() {
		n++
	}
	return n
}

type merger struct {
	in                   Input
	other                map[Key]Record
	theirsPool, oursPool map[Key]Item
	out                  Outcome
}

// group handles all statement lines of one key. The one with the channel's number that
// we know, or the first whose amount fits, is the line; the others are duplicates.
func (m *merger) group(mine *Record, lines []Line) error {
	fresh := mine != nil
	if mine == nil {
		if r, ok := m.other[lines[0].key()]; ok {
			mine = &r
		}
	}
	chosen := 0
	if mine != nil {
		chosen = slices.IndexFunc(lines, func(l Line) bool { return l.Amount == mine.Amount && l.ChannelNo == mine.ChannelNo })
		if chosen < 0 {
			chosen = max(0, slices.IndexFunc(lines, func(l Line) bool { return l.Amount == mine.Amount }))
		}
	}
	for i, l := range lines {
		if i == chosen {
			continue
		}
		it := m.theirsItem(l)
		it.Class, it.State = Duplicate, Waiting
		it.Note = fmt.Sprintf("the statement shows %s again for %s (line %d, first in line %d)", l.Amount, l.OrderNo, l.LineNo, lines[chosen].LineNo)
		if mine != nil {
			it.MerchantNo = mine.MerchantNo
		}
		m.out.Items = append(m.out.Items, it)
	}
	switch l := lines[chosen]; {
	case mine == nil:
		m.theirsOnly(l)
		return nil
	case mine.Date != m.in.Date:
		return m.spill(*mine, l, fresh)
	default:
		return m.pair(*mine, l)
	}
}

// theirsOnly is a line without a final record of ours. Only a final one shows
// money: a refund that failed, or is in progress yet, moves none.
func (m *merger) theirsOnly(l Line) {
	it := m.theirsItem(l)
	it.Class, it.State = MissingOurs, Waiting
	it.Note = fmt.Sprintf("the statement shows %s for %s, and we know no such final %s", l.Amount, l.OrderNo, l.Kind)
	if !l.Final {
		it.Class = StateDiffers
		it.Note = fmt.Sprintf("the statement shows %s for %s as %s (line %d), and we know no such final %s: no money moved", l.Amount, l.OrderNo, l.State, l.LineNo, l.Kind)
	}
	m.out.Items = append(m.out.Items, it)
}

func (m *merger) theirsItem(l Line) Item {
	return Item{
		Channel: m.in.Channel, Date: m.in.Date, Kind: l.Kind, OrderNo: l.OrderNo, Theirs: true,
		TheirsAmount: l.Amount, TheirsFee: l.Fee, TheirsPayer: l.Payer, TheirsTime: l.Time,
		ChannelNo: l.ChannelNo, TraceNo: l.TraceNo, File: l.File, LineNo: l.LineNo,
	}
}

func (m *merger) withOurs(it Item, r Record) (Item, error) {
	cost, err := CostOf(m.in.Costs, r)
	it.Ours, it.MerchantNo, it.OursAmount, it.OursDate = true, r.MerchantNo, r.Amount, r.Date
	it.OursCost, it.OursPayer = cost, r.Payer
	return it, err
}

// pair classifies a record and its line of the same date. One pair gets one
// class: what stops it from settling first, what corrects itself after that.
func (m *merger) pair(r Record, l Line) error {
	it, err := m.withOurs(m.theirsItem(l), r)
	if err != nil {
		return err
	}
	it.Class, it.State = Matched, Ready
	switch {
	case r.Amount != l.Amount:
		it.Class, it.State = AmountDiffers, Waiting
		it.Note = fmt.Sprintf("we booked %s for %s, the statement says %s (line %d): held, never corrected by itself", r.Amount, r.OrderNo, l.Amount, l.LineNo)
	case !l.Final:
		it.Class, it.State = StateDiffers, Waiting
		it.Note = fmt.Sprintf("%s %s succeeded in our books, the statement says %s (line %d)", r.Kind, r.OrderNo, l.State, l.LineNo)
	case r.SecondNo != "":
		it.Class, it.State = Duplicate, Cleared
		it.Note = fmt.Sprintf("gives back %s, which the channel took a second time for %s", r.SecondNo, r.OrigOrderNo)
	case it.OursCost != l.Fee:
		it.Class = FeeDiffers
		it.Note = fmt.Sprintf("the channel charges %s for %s, by our table %s: the channel's fee is the cost", l.Fee, r.OrderNo, it.OursCost)
	case r.Kind == channel.PaymentLine && !samePayer(r.Payer, l.Payer):
		it.Class = PayerDiffers
		it.Note = fmt.Sprintf("payer of %s: we had %s, the statement says %s, which is taken over", r.OrderNo, r.Payer, l.Payer)
	}
	m.out.Items = append(m.out.Items, it)
	if it.State == Ready {
		m.correct(r, l)
	}
	return nil
}

// correct notes what the statement knows better than we do.
func (m *merger) correct(r Record, l Line) {
	if r.Kind == channel.PaymentLine && l.Payer != "" && l.Payer != r.Payer {
		m.out.Payers = append(m.out.Payers, PayerFix{r.OrderNo, r.Payer, l.Payer})
	}
	if r.Kind == channel.RefundLine && r.Time.IsZero() && !l.Time.IsZero() { // a mapped file tells no time
		m.out.TimesFix = append(m.out.TimesFix, TimeFix{r.OrderNo, l.Time})
	}
}

// spill is a line whose record bears another clearing date. A record of an
// earlier day has waited for this line, or is late (fresh: no proof has seen it),
// and settles now; one of a later day waits for its own day, and the line waits
// for it in the pool.
func (m *merger) spill(r Record, l Line, fresh bool) error {
	it, err := m.withOurs(m.theirsItem(l), r)
	if err != nil {
		return err
	}
	it.Class, it.State = Spill, Waiting
	it.Note = fmt.Sprintf("the statement of %s shows %s, which our books date %s", m.in.Date, r.OrderNo, r.Date)
	if !l.Final {
		it.Class = StateDiffers
		it.Note += fmt.Sprintf(", as %s (line %d)", l.State, l.LineNo)
	}
	waiting, waited := m.oursPool[r.key()]
	if (waited || fresh) && r.Date < m.in.Date && r.Amount == l.Amount && l.Final {
		it.State = Ready
		if r.SecondNo != "" {
			it.Class, it.State = Duplicate, Cleared
		}
		if waited {
			m.out.Cleared = append(m.out.Cleared, waiting.ID)
		}
		m.correct(r, l)
	}
	m.out.Items = append(m.out.Items, it)
	return nil
}

// oursOnly is a record that the statement does not show: its line may have come
// a day early and wait in the pool.
func (m *merger) oursOnly(r Record) error {
	early, ok := m.theirsPool[r.key()]
	if ok {
		l := Line{File: early.File, StatementLine: channel.StatementLine{
			LineNo: early.LineNo, Kind: early.Kind, OrderNo: early.OrderNo, ChannelNo: early.ChannelNo, TraceNo: early.TraceNo,
			Amount: early.TheirsAmount, Fee: early.TheirsFee, Payer: early.TheirsPayer, Time: early.TheirsTime, Final: true,
		}}
		m.out.Cleared = append(m.out.Cleared, early.ID)
		if early.Class == MissingOurs {
			m.out.Explained = append(m.out.Explained, early)
		}
		return m.pair(r, l)
	}
	it, err := m.withOurs(Item{Channel: m.in.Channel, Date: m.in.Date, Kind: r.Kind, OrderNo: r.OrderNo, ChannelNo: r.ChannelNo}, r)
	if err != nil {
		return err
	}
	it.Class, it.State = MissingTheirs, Waiting
	it.Note = fmt.Sprintf("we booked %s for %s, the statement does not show it", r.Amount, r.OrderNo)
	if NearCut(r) {
		it.Note += "; it lies within five minutes of the cut-off and may come with the next statement"
	}
	m.out.Items = append(m.out.Items, it)
	return nil
}

// cutWindow is how near the cut-off an absence is not yet an error
// (reconciliation §4).
const cutWindow = 5 * time.Minute

// NearCut tells whether a record lies so near its channel's cut-off that its
// absence from the statement of its date is not yet an error.
func NearCut(r Record) bool {
	if r.Time.IsZero() {
		return false
	}
	from, to := r.Channel.Cut().Bounds(r.Date)
	return r.Time.Sub(from) < cutWindow || to.Sub(r.Time) <= cutWindow
}

// samePayer compares two account texts; a masked digit fits any digit, and an
// account that we never knew is not a difference.
func samePayer(ours, theirs string) bool {
	if ours == "" || theirs == "" || ours == theirs {
		return true
	}
	a, b := []rune(ours), []rune(theirs)
	if len(a) != len(b) || (!strings.Contains(ours, "*") && !strings.Contains(theirs, "*")) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && a[i] != '*' && b[i] != '*' {
			return false
		}
	}
	return true
}
