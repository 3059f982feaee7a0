package match

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// The two sides.
const (
	our = iota
	their
)

// run is one comparison.
type run struct {
	opt    Options
	hasher hasher
	budget atomic.Int64 // bytes of rows that may still stay in memory
	sides  [2]*spread
	out    *sorter
	mu     sync.Mutex
	sum    Summary
}

func (r *run) close() error {
	return errors.Join(r.sides[our].close(), r.sides[their].close(), r.out.close())
}

// joinAll joins the partitions, a few at a time.
func (r *run) joinAll(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var next, done atomic.Int64
	for range r.opt.Workers {
		wg.Go(func() {
			w := &worker{run: r, ctx: ctx}
			for ctx.Err() == nil {
				part := int(next.Add(1)) - 1
				if part >= r.opt.Partitions {
					break
				}
				if err := w.part(r.sides, part, 0); err != nil {
					cancel(err)
				}
				if r.opt.Joined != nil {
					r.opt.Joined(int(done.Add(1)), r.opt.Partitions)
				}
			}
			r.mu.Lock()
			r.sum.add(w.sum)
			r.mu.Unlock()
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// worker joins partitions one after the other; its buffers are used again.
type worker struct {
	*run
	ctx   context.Context
	text  [2][]byte
	slots []slot
	more  map[uint32]*several
	line  []byte
	sum   Summary
}

// slot is a place of the hash table: where the first record of a key begins in
// each side's text, plus one; 0 is none. The highest bit of their place marks a
// pair of equal records, one on each side, that has been counted.
type slot struct {
	hash uint32
	at   [2]uint32
}

const (
	pairMark = 1 << 31
	maxText  = pairMark - 2 // bytes of a partition's side
)

func (s *slot) free() bool  { return s.at == [2]uint32{} }
func (s *slot) equal() bool { return s.at[their]&pairMark != 0 }

// several are all records of a key that a side has more than once.
type several struct{ at [2][]uint32 }

// How often, and into how many parts, a partition that is too large is spread
// again before it is taken for rows of a few keys.
const (
	deepest  = 3
	subParts = 64
)

// part joins a partition by the means that its size asks for.
func (w *worker) part(sides [2]*spread, part, depth int) error {
	size := sides[our].bytes[part] + sides[their].bytes[part]
	switch {
	case size == 0:
		return nil
	case size <= int64(w.opt.part) || w.opt.NewSpool == nil:
		return w.joinInMemory(sides, part)
	case depth < deepest:
		return w.again(sides, part, depth)
	}
	return w.joinSorted(sides, part)
}

// again spreads a partition by another hash and joins its parts.
func (w *worker) again(sides [2]*spread, part, depth int) (err error) {
	h := newHasher()
	var subs [2]*spread
	defer func() { err = errors.Join(err, subs[our].close(), subs[their].close()) }()
	for i, side := range sides {
		sub := newSpread(h, subParts, &w.budget, w.opt.NewSpool)
		subs[i] = sub
		err := side.eachChunk(part, func(b []byte) error {
			for at := 0; at < len(b); {
				rec := recordAt(b, at)
				channel, orderNo := cutKey(rec.key)
				hash, to := h.of(channel, orderNo, subParts-1)
				if err := sub.room(to, rec.nextFrom-at); err != nil {
					return err
				}
				sub.filling[to] = append(sub.filling[to], rehashed(b[at:rec.nextFrom], hash)...)
				sub.added(to, rec.nextFrom-at)
				at = rec.nextFrom
			}
			return w.ctx.Err()
		})
		if err != nil {
			return err
		}
		sub.flush()
	}
	for p := range subParts {
		if err := w.part(subs, p, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// joinInMemory joins a partition by a hash table over both sides.
func (w *worker) joinInMemory(sides [2]*spread, part int) (err error) {
	for i, side := range sides {
		if side.bytes[part] > maxText {
			return fmt.Errorf("a partition of %d bytes, and no room outside of memory", side.bytes[part])
		}
		if w.text[i], err = side.load(part, w.text[i][:0]); err != nil {
			return err
		}
	}
	rows := [2]int{sides[our].rows[part], sides[their].rows[part]}
	before := w.sum
	if !w.fillTable(max(rows[our], rows[their])) { // most keys stand on both sides
		w.sum = before
		w.fillTable(rows[our] + rows[their])
	}
	for i := range w.slots {
		if s := &w.slots[i]; s.free() || s.equal() {
			continue
		}
		if err := w.resolve(uint32(i)); err != nil {
			return err
		}
	}
	return nil
}

// fillTable puts both sides into a table for so many keys, at most two thirds
// full. It gives up when there are more.
func (w *worker) fillTable(keys int) bool {
	n := ceilPow2(keys + keys/2 + 1)
	if cap(w.slots) < n {
		w.slots = make([]slot, n)
	}
	w.slots = w.slots[:n]
	clear(w.slots)
	w.more = nil
	left := n - n/8
	return w.insert(our, &left) && w.insert(their, &left)
}

// insert puts the records of a side into the table, which takes so many keys yet.
// Pairs of equal values are counted where they meet, while both are at hand.
func (w *worker) insert(side int, left *int) bool {
	mask := uint32(len(w.slots) - 1)
	text := w.text[side]
	for at := 0; at < len(text); {
		rec := recordAt(text, at)
		i := rec.hash & mask
		for !w.slots[i].free() && (w.slots[i].hash != rec.hash || !bytes.Equal(w.keyOf(i), rec.key)) {
			i = (i + 1) & mask
		}
		s := &w.slots[i]
		switch {
		case s.free():
			if *left--; *left < 0 {
				return false
			}
			s.hash, s.at[side] = rec.hash, uint32(at)+1
		case s.at[side] != 0:
			w.addSeveral(i, side, uint32(at)+1)
		default:
			s.at[side] = uint32(at) + 1
			if side == their && w.more[i] == nil && bytes.Equal(w.first(i, our).values, rec.values) {
				s.at[their] |= pairMark
				w.equal(decodeValues(rec.values), 1)
			}
		}
		at = rec.nextFrom
	}
	return true
}

// first is the first record of a key on a side.
func (w *worker) first(i uint32, side int) record {
	return recordAt(w.text[side], int(w.slots[i].at[side]&^pairMark)-1)
}

func (w *worker) keyOf(i uint32) []byte {
	if w.slots[i].at[our] > 0 {
		return w.first(i, our).key
	}
	return w.first(i, their).key
}

func (w *worker) addSeveral(i uint32, side int, at uint32) {
	if w.more == nil {
		w.more = map[uint32]*several{}
	}
	if w.more[i] == nil {
		w.more[i] = &several{}
	}
	w.more[i].at[side] = append(w.more[i].at[side], at)
	if s := &w.slots[i]; s.equal() { // it was too early to count them
		s.at[their] &^= pairMark
		w.equal(decodeValues(w.first(i, our).values), -1)
	}
}

// resolve classes the records of one key.
func (w *worker) resolve(i uint32) error {
	at := w.slots[i].at
	if more := w.more[i]; more != nil {
		for side, first := range at {
			if first > 0 {
				more.at[side] = append(more.at[side], first)
			}
		}
		return w.group(w.keyOf(i), w.sortedValues(our, more.at[our]), w.sortedValues(their, more.at[their]))
	}
	switch {
	case at[their] == 0:
		rec := w.first(i, our)
		return w.alone(rec.key, our, decodeValues(rec.values))
	case at[our] == 0:
		rec := w.first(i, their)
		return w.alone(rec.key, their, decodeValues(rec.values))
	}
	a, b := w.first(i, our), w.first(i, their)
	return w.pair(a.key, decodeValues(a.values), decodeValues(b.values))
}
