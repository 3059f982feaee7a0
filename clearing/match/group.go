package match

import (
	"bytes"
	"slices"
)

// stream gives the values of one key and side in order.
type stream func() (v values, more bool, err error)

// order sorts the rows of the asked day in front: they are paired first.
func (o Options) order(a, b values) (order, common int) {
	order, common = a.compare(b)
	if aIn, bIn := a.date == o.Date, b.date == o.Date; o.Date != 0 && aIn != bIn {
		order = less(aIn)
	}
	return order, common
}

// sortedValues gives the records at some places of a side's text as a stream.
func (w *worker) sortedValues(side int, at []uint32) stream {
	all := make([]values, len(at))
	for i, a := range at {
		all[i] = decodeValues(recordAt(w.text[side], int(a)-1).values)
	}
	slices.SortFunc(all, func(a, b values) int { order, _ := w.opt.order(a, b); return order })
	i := 0
	return func() (values, bool, error) {
		if i == len(all) {
			return values{}, false, nil
		}
		i++
		return all[i-1], true, nil
	}
}

// held is the row of a side that may become its half of the pair.
type held struct {
	values
	no int // its number in the stream, from 1; 0: none is held
}

// head is where a side's stream stands.
type head struct {
	held
	more bool
	next stream
}

func (h *head) advance() (err error) {
	h.values, h.more, err = h.next()
	h.no++
	return err
}

// group classes all rows of a key of which a side has several: one row of each
// side makes the pair, the others stand there again. The pair is the one that
// agrees in the most leading fields of date, amount, fee and payer; in two sorted
// streams such rows meet, so that one walk finds them and nothing is kept.
func (w *worker) group(key []byte, ours, theirs stream) error {
	heads := [2]head{{next: ours}, {next: theirs}}
	var keep [2]held
	best := -1
	for i := range heads {
		if err := heads[i].advance(); err != nil {
			return err
		}
		if heads[i].more {
			keep[i] = heads[i].own()
		}
	}
	for heads[our].more || heads[their].more {
		order := less(heads[our].more)
		if heads[our].more && heads[their].more {
			var common int
			order, common = w.opt.order(heads[our].values, heads[their].values)
			if common > best && (!w.outside(heads[our].values) || !w.outside(heads[their].values)) {
				best = common
				for i := range heads {
					if err := w.keep(key, i, &keep[i], heads[i]); err != nil {
						return err
					}
				}
			}
		}
		side := our
		if order > 0 {
			side = their
		}
		if err := w.pass(key, side, &heads[side], keep[side]); err != nil {
			return err
		}
	}
	switch {
	case keep[our].no == 0:
		return w.alone(key, their, keep[their].values)
	case keep[their].no == 0:
		return w.alone(key, our, keep[our].values)
	}
	return w.pair(key, keep[our].values, keep[their].values)
}

// own is a copy that outlives the stream's buffers.
func (h head) own() held {
	h.payer = bytes.Clone(h.payer)
	return h.held
}

// keep holds a side's current row instead of the one before, which then stands
// there again.
func (w *worker) keep(key []byte, side int, kept *held, now head) error {
	before := *kept
	*kept = now.own()
	if before.no == 0 || before.no == now.no {
		return nil
	}
	return w.surplus(key, side, before.values)
}

// pass goes on to the next row of a side; one that is not held is one too many.
func (w *worker) pass(key []byte, side int, h *head, kept held) error {
	if h.no != kept.no {
		if err := w.surplus(key, side, h.values); err != nil {
			return err
		}
	}
	return h.advance()
}
