package match

import (
	"bytes"
	"context"
	"errors"
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
// each side's text, plus one; 0 is none.
type slot struct {
	hash uint32
	at   [2]uint32
}

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
				hash, to := h.of(rec.key, subParts-1)
				if err := sub.put(to, rehashed(b[at:rec.nextFrom], hash)); err != nil {
					return err
				}
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
		if w.text[i], err = side.load(part, w.text[i][:0]); err != nil {
			return err
		}
	}
	w.clearTable(sides[our].rows[part] + sides[their].rows[part])
	for i := range sides {
		w.insert(i)
	}
	for i := range w.slots {
		if w.slots[i].at == [2]uint32{} {
			continue
		}
		if err := w.resolve(uint32(i)); err != nil {
			return err
		}
	}
	return nil
}

// clearTable makes room for as many keys, at most two thirds full.
func (w *worker) clearTable(keys int) {
	n := ceilPow2(keys + keys/2 + 1)
	if cap(w.slots) < n {
		w.slots = make([]slot, n)
	}
	w.slots = w.slots[:n]
	clear(w.slots)
	w.more = nil
}

// insert puts the records of a side into the table.
func (w *worker) insert(side int) {
	mask := uint32(len(w.slots) - 1)
	text := w.text[side]
	for at := 0; at < len(text); {
		rec := recordAt(text, at)
		i := rec.hash & mask
		for w.slots[i].at != [2]uint32{} && (w.slots[i].hash != rec.hash || !bytes.Equal(w.keyAt(i), rec.key)) {
			i = (i + 1) & mask
		}
		s := &w.slots[i]
		if s.at[side] == 0 {
			s.hash, s.at[side] = rec.hash, uint32(at)+1
		} else {
			w.addSeveral(i, side, uint32(at)+1)
		}
		at = rec.nextFrom
	}
}

func (w *worker) keyAt(i uint32) []byte {
	for side, at := range w.slots[i].at {
		if at > 0 {
			return recordAt(w.text[side], int(at)-1).key
		}
	}
	return nil
}

func (w *worker) addSeveral(i uint32, side int, at uint32) {
	if w.more == nil {
		w.more = map[uint32]*several{}
	}
	if w.more[i] == nil {
		w.more[i] = &several{}
	}
	w.more[i].at[side] = append(w.more[i].at[side], at)
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
		return w.group(w.keyAt(i), w.sortedValues(our, more.at[our]), w.sortedValues(their, more.at[their]))
	}
	switch {
	case at[their] == 0:
		rec := recordAt(w.text[our], int(at[our])-1)
		return w.alone(rec.key, our, decodeValues(rec.values))
	case at[our] == 0:
		rec := recordAt(w.text[their], int(at[their])-1)
		return w.alone(rec.key, their, decodeValues(rec.values))
	}
	a, b := recordAt(w.text[our], int(at[our])-1), recordAt(w.text[their], int(at[their])-1)
	v := decodeValues(a.values)
	if bytes.Equal(a.values, b.values) {
		w.equal(v)
		return nil
	}
	return w.pair(a.key, v, decodeValues(b.values))
}
