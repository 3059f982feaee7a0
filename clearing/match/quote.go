package match

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// Eight bytes at a time, as one number: ones has 1 in each byte, highs the highest
// bit of each.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// oddBytes marks bytes that are no printable ASCII, and quotes: 0x7f carries into
// its high bit, a byte below 0x20 borrows from it, and so does a quote, which is 0
// in w^'"'. Only the sum over a line is exact: a mark may spread upwards.
func oddBytes(w uint64) uint64 {
	return (w | (w + ones) | (w - 0x20*ones) | ((w ^ '"'*ones) - ones)) & highs
}

// zeroBytes marks the bytes that are 0, exactly.
func zeroBytes(x uint64) uint64 {
	return ^((x&^highs + 0x7f*ones) | x) & highs
}

// splitPlain cuts a line of printable ASCII without quotes, and of a usual number
// of columns. It gives up on any other.
func (s *Scanner) splitPlain(line []byte) bool {
	cells, start := s.cells[:0], 0
	delim := uint64(s.delim) * ones
	var odd uint64
	for at := 0; at < len(line); at += 8 {
		w := eightBytes(line, at)
		odd |= oddBytes(w)
		for hits := zeroBytes(w ^ delim); hits != 0; hits &= hits - 1 {
			end := at + bits.TrailingZeros64(hits)/8
			cells = append(cells, line[start:end])
			start = end + 1
		}
	}
	s.cells = append(cells, line[start:])
	return odd == 0 && len(s.cells) <= maxColumns
}

// nextStandard reads a plain line of the default layout. It gives up on any that
// has something to look at closely, faults included.
func nextStandard(line []byte, row *Row) bool {
	const commas = 7
	var ends [commas + 1]int
	n := 0
	var odd uint64
	for at := 0; at < len(line); at += 8 {
		w := eightBytes(line, at)
		odd |= oddBytes(w)
		for hits := zeroBytes(w ^ ','*ones); hits != 0; hits &= hits - 1 {
			if n == commas {
				return false
			}
			ends[n] = at + bits.TrailingZeros64(hits)/8
			n++
		}
	}
	if odd != 0 || n != commas {
		return false
	}
	row.OrderNo, row.Channel, row.Payer = line[:ends[0]], line[ends[0]+1:ends[1]], line[ends[5]+1:ends[6]]
	if !tight(row.OrderNo) || !tight(row.Channel) || (len(row.Payer) > 0 && !tight(row.Payer)) || ends[3]-ends[2] != 9 {
		return false
	}
	var okDate, okAmount, okFee bool
	row.Date, okDate = compact(line[ends[2]+1 : ends[3]])
	row.Amount, okAmount = wholeFen(line[ends[3]+1 : ends[4]])
	row.Fee, okFee = wholeFen(line[ends[4]+1 : ends[5]])
	return okDate && okAmount && okFee
}

// tight tells whether there is a text, without blanks around it.
func tight(v []byte) bool { return len(v) > 0 && v[0] != ' ' && v[len(v)-1] != ' ' }

// eightBytes gives those of a line at a place, filled up with letters behind its
// end.
func eightBytes(line []byte, at int) uint64 {
	if rest := line[at:]; len(rest) >= 8 {
		return binary.LittleEndian.Uint64(rest)
	}
	return lastBytes(line[at:])
}

// lastBytes fills the end of a line up with letters.
func lastBytes(b []byte) uint64 {
	w := uint64('x' * ones)
	for i, c := range b {
		w ^= uint64(c^'x') << (8 * i)
	}
	return w
}

// proveText refuses bytes that are no text. Line breaks and tabs are looked at
// again where a value holds them.
func (s *Scanner) proveText(line []byte) error {
	if !utf8.Valid(line) {
		at := 0
		for r, n := utf8.DecodeRune(line); r != utf8.RuneError || n > 1; r, n = utf8.DecodeRune(line[at:]) {
			at += n
		}
		return s.bad("encoding", fmt.Sprintf("0x%02x", line[at]), "byte %d of the line is not UTF-8; a GBK file wants encoding: gbk in its map", at+1)
	}
	if s.layout.Decoded && bytes.ContainsRune(line, utf8.RuneError) {
		return s.bad("encoding", "", "holds bytes that are not GBK")
	}
	for i, c := range line {
		if (c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f {
			return s.bad("line", fmt.Sprintf("0x%02x", c), "byte %d is a control character", i+1)
		}
	}
	return nil
}

// openQuote tells whether a record ends inside of a quoted field.
func (s *Scanner) openQuote(line []byte) bool {
	for atStart := true; len(line) > 0; {
		if atStart && line[0] == '"' {
			rest, ok := closeQuote(line[1:])
			if !ok {
				return true
			}
			line = rest
		}
		i := bytes.IndexByte(line, s.delim)
		if i < 0 {
			return false
		}
		line, atStart = line[i+1:], true
	}
	return false
}

// closeQuote gives what follows the quote that ends a field.
func closeQuote(b []byte) (rest []byte, ok bool) {
	for {
		i := bytes.IndexByte(b, '"')
		if i < 0 {
			return nil, false
		}
		b = b[i+1:]
		if len(b) == 0 || b[0] != '"' {
			return b, true
		}
		b = b[1:]
	}
}

// splitQuoted cuts a record that holds quotes. A quote inside of a field that
// does not begin with one is just a character.
func (s *Scanner) splitQuoted(line []byte) error {
	s.cells = s.cells[:0]
	s.quoted = slices.Grow(s.quoted[:0], len(line)) // cells point into it
	for {
		if len(s.cells) == maxColumns {
			return s.bad("columns", "", "more than %d", maxColumns)
		}
		cell := line
		if len(line) > 0 && line[0] == '"' {
			rest, ok := closeQuote(line[1:])
			if !ok {
				return s.bad("line", clipped(line), "a quoted field does not end")
			}
			inner := line[1 : len(line)-len(rest)-1]
			from := len(s.quoted)
			s.quoted = append(s.quoted, bytes.ReplaceAll(inner, []byte(`""`), []byte(`"`))...)
			cell, line = s.quoted[from:], rest
			if len(rest) > 0 && rest[0] != s.delim {
				return s.bad("line", clipped(rest), "text follows a quoted field")
			}
		} else if i := bytes.IndexByte(line, s.delim); i >= 0 {
			cell, line = line[:i], line[i:]
		} else {
			line = nil
		}
		s.cells = append(s.cells, cell)
		if len(line) == 0 {
			return nil
		}
		line = line[1:]
	}
}
