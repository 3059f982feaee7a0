package match

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// joinSorted joins a partition that no hash can divide, because few keys have
// most of its rows: both sides are sorted, and walked key by key.
func (w *worker) joinSorted(sides [2]*spread, part int) (err error) {
	var groups [2]*grouped
	for i, side := range sides {
		s := newSorter(w.opt.NewSpool, w.opt.part/4)
		defer func() { err = errors.Join(err, s.close()) }()
		err := side.eachChunk(part, func(b []byte) error {
			for at := 0; at < len(b); {
				rec := recordAt(b, at)
				w.line = w.opt.appendSortable(w.line[:0], rec)
				if err := s.add(w.line); err != nil {
					return err
				}
				at = rec.nextFrom
			}
			return w.ctx.Err()
		})
		if err != nil {
			return err
		}
		if groups[i], err = newGrouped(s); err != nil {
			return err
		}
	}
	for groups[our].more || groups[their].more {
		key := groups[our].smaller(groups[their])
		if err := w.group(key, groups[our].stream(key), groups[their].stream(key)); err != nil {
			return err
		}
	}
	return nil
}

const signBit = 1 << 63

// appendSortable encodes a record so that bytes sort by key and then as
// Options.order does.
func (o Options) appendSortable(dst []byte, rec record) []byte {
	v := decodeValues(rec.values)
	dst = append(dst, rec.key...)
	dst = append(dst, keySep)
	if o.Date != 0 && v.date == o.Date {
		dst = append(dst, 0)
	} else {
		dst = append(dst, 1)
	}
	dst = binary.BigEndian.AppendUint32(dst, v.date)
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.amount)^signBit)
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.fee)^signBit)
	return append(dst, v.payer...)
}

func fromSortable(b []byte) (key []byte, v values) {
	end := bytes.IndexByte(b, keySep) + 1
	end += bytes.IndexByte(b[end:], keySep)
	key, b = b[:end], b[end+2:]
	v.date = binary.BigEndian.Uint32(b)
	v.amount = int64(binary.BigEndian.Uint64(b[4:]) ^ signBit)
	v.fee = int64(binary.BigEndian.Uint64(b[12:]) ^ signBit)
	v.payer = b[20:]
	return key, v
}

// grouped reads a sorted side key by key.
type grouped struct {
	from *merge
	key  []byte
	now  values
	more bool
}

func newGrouped(s *sorter) (*grouped, error) {
	m, err := s.sorted()
	if err != nil {
		return nil, err
	}
	g := &grouped{from: m}
	return g, g.advance()
}

func (g *grouped) advance() error {
	b, more, err := g.from.next()
	g.more = more
	if more {
		g.key, g.now = fromSortable(b)
	}
	return err
}

// smaller is a copy of the smaller of the keys at which two sides stand.
func (g *grouped) smaller(o *grouped) []byte {
	if !g.more || (o.more && bytes.Compare(o.key, g.key) < 0) {
		g = o
	}
	return bytes.Clone(g.key)
}

// stream gives the rows of one key.
func (g *grouped) stream(key []byte) stream {
	first := true
	return func() (values, bool, error) {
		if !first && g.more {
			if err := g.advance(); err != nil {
				return values{}, false, err
			}
		}
		first = false
		if !g.more || !bytes.Equal(g.key, key) {
			return values{}, false, nil
		}
		return g.now, true, nil
	}
}
