package match

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"
)

// sorter sorts byte strings, any number in bounded memory: sorted runs go to the
// spool and are merged.
type sorter struct {
	mu       sync.Mutex
	newSpool func() (Spool, error)
	limit    int
	text     []byte
	index    []piece
	spool    Spool
	end      int64
	runs     [][2]int64 // from, to
}

// piece is a string in the sorter's text.
type piece struct{ off, len uint32 }

const pieceSize = 8

func newSorter(newSpool func() (Spool, error), limit int) *sorter {
	return &sorter{newSpool: newSpool, limit: limit}
}

// add takes a copy of a string; it may be called from several goroutines.
func (s *sorter) add(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.newSpool != nil && len(s.text)+len(b)+pieceSize*len(s.index) > s.limit && len(s.index) > 0 {
		if err := s.putAway(); err != nil {
			return err
		}
	}
	s.index = append(s.index, piece{uint32(len(s.text)), uint32(len(b))})
	s.text = append(s.text, b...)
	return nil
}

func (s *sorter) at(p piece) []byte { return s.text[p.off : p.off+p.len] }

func (s *sorter) sort() {
	slices.SortFunc(s.index, func(a, b piece) int { return bytes.Compare(s.at(a), s.at(b)) })
}

// putAway writes what is in memory as a sorted run.
func (s *sorter) putAway() (err error) {
	if s.spool == nil {
		if s.spool, err = s.newSpool(); err != nil {
			return err
		}
	}
	s.sort()
	w := bufio.NewWriterSize(s.spool, 64<<10)
	from := s.end
	var size [binary.MaxVarintLen64]byte
	for _, p := range s.index {
		n := binary.PutUvarint(size[:], uint64(p.len))
		s.end += int64(n) + int64(p.len)
		_, _ = w.Write(size[:n]) // a bufio.Writer keeps its error for Flush
		_, _ = w.Write(s.at(p))
	}
	s.runs = append(s.runs, [2]int64{from, s.end})
	s.text, s.index = s.text[:0], s.index[:0]
	return w.Flush()
}

// sorted begins to read what was added, in order.
func (s *sorter) sorted() (*merge, error) {
	s.sort()
	m := &merge{}
	i := 0
	m.heads = append(m.heads, &source{next: func([]byte) ([]byte, error) {
		if i == len(s.index) {
			return nil, io.EOF
		}
		i++
		return s.at(s.index[i-1]), nil
	}})
	buffer := max(4<<10, min(64<<10, s.limit/(len(s.runs)+1)))
	for _, run := range s.runs {
		r := bufio.NewReaderSize(io.NewSectionReader(s.spool, run[0], run[1]-run[0]), buffer)
		m.heads = append(m.heads, &source{next: func(buf []byte) ([]byte, error) { return readPiece(r, buf) }})
	}
	live := m.heads[:0]
	for _, h := range m.heads {
		switch err := h.advance(); {
		case err == nil:
			live = append(live, h)
		case err != io.EOF:
			return nil, err
		}
	}
	m.heads = live
	heap.Init(m)
	return m, nil
}

func readPiece(r *bufio.Reader, buf []byte) ([]byte, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	buf = slices.Grow(buf[:0], int(n))[:n]
	if _, err := io.ReadFull(r, buf); err != nil {
		return nil, errors.Join(errTorn, err)
	}
	return buf, nil
}

func (s *sorter) close() error {
	if s.spool == nil {
		return nil
	}
	return s.spool.Close()
}

// source is a run being read.
type source struct {
	now  []byte
	next func(buf []byte) ([]byte, error)
}

func (s *source) advance() (err error) {
	s.now, err = s.next(s.now)
	return err
}

// merge reads sorted runs as one.
type merge struct {
	heads   []*source
	started bool
}

func (m *merge) Len() int           { return len(m.heads) }
func (m *merge) Less(i, j int) bool { return bytes.Compare(m.heads[i].now, m.heads[j].now) < 0 }
func (m *merge) Swap(i, j int)      { m.heads[i], m.heads[j] = m.heads[j], m.heads[i] }
func (m *merge) Push(x any)         { m.heads = append(m.heads, x.(*source)) }
func (m *merge) Pop() any {
	last := m.heads[len(m.heads)-1]
	m.heads = m.heads[:len(m.heads)-1]
	return last
}

// next gives the next string, valid until the call after it.
func (m *merge) next() (b []byte, more bool, err error) {
	if m.started && len(m.heads) > 0 {
		switch err := m.heads[0].advance(); {
		case err == nil:
			heap.Fix(m, 0)
		case err == io.EOF:
			heap.Pop(m)
		default:
			return nil, false, err
		}
	}
	m.started = true
	if len(m.heads) == 0 {
		return nil, false, nil
	}
	return m.heads[0].now, true, nil
}
