package match

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf8"
)

// odd tells whether a line holds anything but printable ASCII without quotes. It
// looks at eight bytes at a time.
func odd(line []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	var found uint64
	for len(line) >= 8 {
		w := binary.LittleEndian.Uint64(line)
		q := w ^ ('"' * ones)
		// 0x7f carries into its high bit, a byte below 0x20 borrows from it, and so does
		// a quote, which is 0 in q.
		found |= w | (w + ones) | (w - 0x20*ones) | (q - ones)
		line = line[8:]
	}
	for _, c := range line {
		if c < 0x20 || c >= 0x7f || c == '"' {
			return true
		}
	}
	return found&highs != 0
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
