package match

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// outside tells whether a row is not in the asked day's pool.
func (w *worker) outside(v values) bool { return w.opt.Date != 0 && v.date != w.opt.Date }

// equal counts a pair without a difference, or with -1 takes it back.
func (w *worker) equal(v values, n int64) {
	if w.outside(v) {
		w.sum.Ours.Outside += n
		w.sum.Theirs.Outside += n
		return
	}
	w.sum.Matched += n
	if n < 0 {
		w.sum.MatchedSum.sub(v.amount)
		return
	}
	w.sum.MatchedSum.add(v.amount)
}

// pair tells the differences of two rows of one key.
func (w *worker) pair(key []byte, a, b values) error {
	if w.outside(a) && w.outside(b) {
		w.sum.Ours.Outside++
		w.sum.Theirs.Outside++
		return nil
	}
	order, n := orderOf(key), 0
	for _, f := range []struct {
		differs      bool
		kind         Kind
		field        string
		ours, theirs string
		sums         [2]int64
	}{
		{a.date != b.date, Spill, ClearDate, dateText(a.date), dateText(b.date), [2]int64{a.amount, b.amount}},
		{a.amount != b.amount, Amount, AmountFen, strconv.FormatInt(a.amount, 10), strconv.FormatInt(b.amount, 10), [2]int64{a.amount, b.amount}},
		{a.fee != b.fee, Fee, FeeFen, strconv.FormatInt(a.fee, 10), strconv.FormatInt(b.fee, 10), [2]int64{a.fee, b.fee}},
		{!bytes.Equal(a.payer, b.payer), Payer, PayerAcct, string(a.payer), string(b.payer), [2]int64{a.amount, b.amount}},
	} {
		if !f.differs {
			continue
		}
		n++
		if err := w.tell(Difference{f.kind, order, f.field, f.ours, f.theirs}, f.sums); err != nil {
			return err
		}
	}
	if n == 0 {
		w.equal(a, 1)
		return nil
	}
	w.sum.Differing++
	return nil
}

func dateText(d uint32) string { return fmt.Sprintf("%08d", d) }

// alone is a row that the other side lacks.
func (w *worker) alone(key []byte, side int, v values) error {
	counts := w.sum.side(side)
	if w.outside(v) {
		counts.Outside++
		return nil
	}
	counts.Missing++
	kind := MissingTheirs
	if side == their {
		kind = MissingOurs
	}
	return w.row(key, side, kind, v)
}

// surplus is a row of a key that its side has already shown.
func (w *worker) surplus(key []byte, side int, v values) error {
	counts := w.sum.side(side)
	if w.outside(v) {
		counts.Outside++
		return nil
	}
	counts.Duplicates++
	return w.row(key, side, Duplicate, v)
}

// row tells of a row without a partner: its amount, on the side where it stands.
func (w *worker) row(key []byte, side int, kind Kind, v values) error {
	d := Difference{Kind: kind, OrderNo: orderOf(key), Field: AmountFen}
	text := strconv.FormatInt(v.amount, 10)
	if side == our {
		d.Ours = text
		return w.tell(d, [2]int64{v.amount, 0})
	}
	d.Theirs = text
	return w.tell(d, [2]int64{0, v.amount})
}

func (w *worker) tell(d Difference, sums [2]int64) error {
	if w.sum.kinds == nil {
		w.sum.kinds = map[Kind]Tally{}
	}
	t := w.sum.kinds[d.Kind]
	t.Lines++
	t.Ours.add(sums[our])
	t.Theirs.add(sums[their])
	w.sum.kinds[d.Kind] = t
	w.line = d.encode(w.line[:0])
	return w.out.add(w.line)
}

// encode puts a difference so that bytes sort like its fields: none of them holds
// a control character.
func (d Difference) encode(b []byte) []byte {
	for i, s := range []string{string(d.Kind), d.OrderNo, d.Field, d.Ours, d.Theirs} {
		if i > 0 {
			b = append(b, 0)
		}
		b = append(b, s...)
	}
	return b
}

func decodeDifference(b []byte) Difference {
	f := strings.SplitN(string(b), "\x00", 5)
	return Difference{Kind(f[0]), f[1], f[2], f[3], f[4]}
}
