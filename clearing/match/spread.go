package match

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"

	"juma/internal/fault"
)

// chunkSize is how many bytes of a partition are collected before they are put
// away.
const chunkSize = 32 << 10

// chunk is a piece of a partition, in memory or in the spool.
type chunk struct {
	mem []byte
	off int64
	len int
}

// spread is a side spread over partitions by the hash of the key.
type spread struct {
	hasher   hasher
	filling  [][]byte
	chunks   [][]chunk
	bytes    []int64
	rows     []int
	budget   *atomic.Int64
	newSpool func() (Spool, error)
	spool    Spool
	end      int64
}

func newSpread(h hasher, parts int, budget *atomic.Int64, newSpool func() (Spool, error)) *spread {
	return &spread{
		hasher: h, filling: make([][]byte, parts), chunks: make([][]chunk, parts), bytes: make([]int64, parts), rows: make([]int, parts),
		budget: budget, newSpool: newSpool,
	}
}

// fill reads a source to its end.
func (s *spread) fill(ctx context.Context, src Source, opt Options, side *Side) error {
	var row Row
	for n := 0; ; n++ {
		if n&0xfff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := src.Next(&row); err == io.EOF {
			s.flush()
			return nil
		} else if err != nil {
			return err
		}
		opt.leaveOut(&row)
		side.Rows++
		side.Sum.add(row.Amount)
		if err := s.add(&row); err != nil {
			return err
		}
	}
}

// leaveOut blanks what is not compared, so that it cannot differ.
func (o Options) leaveOut(row *Row) {
	if o.NoDate {
		row.Date = o.Date
	}
	if o.NoFee {
		row.Fee = 0
	}
	if o.NoPayer {
		row.Payer = nil
	}
}

func (s *spread) add(row *Row) error {
	if len(row.Channel)+1+len(row.OrderNo) > maxKey {
		return fault.Field(op, OrderNo, clipped(row.OrderNo), "is longer than %d bytes together with its channel", maxKey)
	}
	hash, part := s.hasher.of(row.Channel, row.OrderNo, uint32(len(s.filling)-1))
	if err := s.room(part, recordSize(row)); err != nil {
		return err
	}
	before := len(s.filling[part])
	s.filling[part] = appendRecord(s.filling[part], hash, row)
	s.added(part, len(s.filling[part])-before)
	return nil
}

// room makes room for a record in a partition's chunk. Records are never cut in
// two.
func (s *spread) room(part uint32, size int) error {
	if len(s.filling[part])+size > chunkSize && len(s.filling[part]) > 0 {
		if err := s.putAway(part); err != nil {
			return err
		}
	}
	if s.filling[part] == nil && len(s.filling) > 1 {
		s.filling[part] = make([]byte, 0, chunkSize)
	}
	return nil
}

func (s *spread) added(part uint32, size int) {
	s.bytes[part] += int64(size)
	s.rows[part]++
}

// putAway ends a partition's chunk: it stays in memory while the budget lasts.
func (s *spread) putAway(part uint32) error {
	buf := s.filling[part]
	if s.newSpool == nil || s.budget.Load() >= int64(cap(buf)) {
		s.budget.Add(-int64(cap(buf)))
		s.chunks[part] = append(s.chunks[part], chunk{mem: buf, len: len(buf)})
		s.filling[part] = nil
		return nil
	}
	if s.spool == nil {
		spool, err := s.newSpool()
		if err != nil {
			return fmt.Errorf("room outside of memory: %w", err)
		}
		s.spool = spool
	}
	if _, err := s.spool.Write(buf); err != nil {
		return fmt.Errorf("room outside of memory: %w", err)
	}
	s.chunks[part] = append(s.chunks[part], chunk{off: s.end, len: len(buf)})
	s.end += int64(len(buf))
	s.filling[part] = buf[:0]
	return nil
}

// flush lets the chunks that are being filled stay where they are.
func (s *spread) flush() {
	for part, buf := range s.filling {
		if len(buf) > 0 {
			s.chunks[part] = append(s.chunks[part], chunk{mem: buf, len: len(buf)})
			s.budget.Add(-int64(cap(buf)))
			s.filling[part] = nil
		}
	}
}

// load appends a partition to a buffer and lets go of its memory.
func (s *spread) load(part int, into []byte) ([]byte, error) {
	into = slices.Grow(into, int(s.bytes[part]))
	err := s.eachChunk(part, func(b []byte) error {
		into = append(into, b...)
		return nil
	})
	return into, err
}

// eachChunk gives the chunks of a partition one by one.
func (s *spread) eachChunk(part int, use func([]byte) error) error {
	var buf []byte
	for i, c := range s.chunks[part] {
		b := c.mem
		if b == nil {
			if cap(buf) < c.len {
				buf = make([]byte, max(c.len, chunkSize))
			}
			b = buf[:c.len]
			if _, err := s.spool.ReadAt(b, c.off); err != nil {
				return errors.Join(errTorn, err)
			}
		}
		if err := use(b); err != nil {
			return err
		}
		s.budget.Add(int64(cap(c.mem)))
		s.chunks[part][i] = chunk{}
	}
	s.chunks[part] = nil
	return nil
}

func (s *spread) close() error {
	if s == nil || s.spool == nil {
		return nil
	}
	return s.spool.Close()
}
