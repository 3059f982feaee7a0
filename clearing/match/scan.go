package match

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"juma/internal/fault"
)

// The limits of a file.
const (
	maxLine    = 1 << 20 // bytes of a row
	maxColumns = 1024
	readSize   = 256 << 10
)

const op = "reconcile"

// Scanner reads rows from CSV text in UTF-8. Lines end with LF or CRLF, the last
// one with neither if it likes; a byte order mark in front and blank lines are
// passed over. Quoted fields are those of RFC 4180. A fault ends it: kind
// Invalid, naming file, line, field and value.
type Scanner struct {
	name   string
	layout Layout
	date   datePattern
	delim  byte
	strip  string
	places [8]int // of each of Fields: column from 0, -1: none, -2: fixed text
	fixed  Row    // what is the same in every row
	width  int    // number of columns of the file; 0: not known yet
	// standard is the default layout, whose plain lines are read in one go.
	standard bool

	from       io.Reader
	buf        []byte
	start, end int
	taken      int // bytes of the line that was taken last
	eof        bool
	line       int // number of the row's first line
	lines      int // lines that have been taken
	cells      [][]byte
	quoted     []byte // text of quoted fields of the row
	odd        bool   // the row holds more than plain ASCII

	// Progress, when set, is told the number of bytes that were read.
	Progress func(n int)
}

const (
	absent = -1
	fixed  = -2
)

// NewScanner reads a file of a layout; name is what faults call it. The header,
// where there is one, is read with the first row.
func NewScanner(name string, from io.Reader, l Layout) (*Scanner, error) {
	if err := l.Check(); err != nil {
		return nil, fault.Wrap(op, fault.Invalid, err)
	}
	s := &Scanner{name: name, layout: l, delim: l.Delimiter, strip: " \t" + l.Strip, from: from, buf: make([]byte, readSize)}
	if s.delim == 0 {
		s.delim = ','
	}
	s.date, _ = newDatePattern(l.Date) // Check has seen it
	for i, f := range Fields {
		c, ok := l.Columns[f]
		switch {
		case !ok:
			s.places[i] = absent
		case c.Text != "":
			s.places[i] = fixed
			if err := s.set(&s.fixed, i, []byte(c.Text)); err != nil {
				return nil, err
			}
		default:
			s.places[i] = c.Position - 1 // by name: when the header is read
		}
	}
	if !l.Header && s.isDefault() {
		s.width = len(Fields)
		s.standard = s.delim == ',' && !l.Yuan && l.Strip == "" && s.date.text == compactDate
	}
	s.places[inTrace], s.places[inPaidTime] = absent, absent // not compared
	return s, nil
}

func (s *Scanner) isDefault() bool {
	for i := range Fields {
		if s.places[i] != i {
			return false
		}
	}
	return true
}

// Next reads the next row; io.EOF behind the last.
func (s *Scanner) Next(row *Row) error {
	if s.lines == 0 {
		if err := s.begin(); err != nil {
			return err
		}
	}
	line, err := s.record()
	if err != nil {
		return err
	}
	if s.standard && nextStandard(line, row) {
		return nil
	}
	if line, err = s.whole(line); err != nil {
		return err
	}
	if err := s.split(line); err != nil {
		return err
	}
	if s.width == 0 {
		s.width = len(s.cells)
	}
	if len(s.cells) != s.width {
		return s.bad("columns", fmt.Sprint(len(s.cells)), "want %d, divided by %q", s.width, s.delim)
	}
	*row = s.fixed
	for i, at := range s.places {
		if at < 0 {
			continue
		}
		if at >= len(s.cells) {
			return s.bad(Fields[i], "", "stands in column %d, the line has %d", at+1, len(s.cells))
		}
		if err := s.set(row, i, s.trim(s.cells[at])); err != nil {
			return err
		}
	}
	return nil
}

// set puts a value into a row.
func (s *Scanner) set(row *Row, field int, v []byte) (err error) {
	ok := true
	switch field {
	case inOrderNo:
		row.OrderNo, ok = v, len(v) > 0
	case inChannel:
		row.Channel, ok = v, len(v) > 0
	case inClearDate:
		row.Date, ok = s.date.read(v)
	case inAmount:
		row.Amount, ok = s.amount(v)
	case inFee:
		row.Fee, ok = s.amount(v)
	case inPayer:
		row.Payer = v
	}
	if !ok {
		return s.bad(Fields[field], string(v), "want %s", s.wanted(field))
	}
	if s.odd && bytes.ContainsAny(v, "\t\r\n") {
		return s.bad(Fields[field], "", "holds a tab or a line break")
	}
	return nil
}

// wanted says what a field should have been.
func (s *Scanner) wanted(field int) string {
	switch {
	case field == inClearDate:
		return "a date as " + s.date.text
	case field == inOrderNo || field == inChannel:
		return "a text"
	case s.layout.Yuan:
		return "yuan with at most two decimals, such as -12.30"
	}
	return "whole fen"
}

func (s *Scanner) amount(v []byte) (int64, bool) {
	if s.layout.Yuan {
		return yuan(v)
	}
	return wholeFen(v)
}

// trim takes blanks and the layout's characters off both ends.
func (s *Scanner) trim(v []byte) []byte {
	if len(v) == 0 || (v[0] > ' ' && v[len(v)-1] > ' ' && len(s.strip) == 2) {
		return v
	}
	return bytes.Trim(v, s.strip)
}

// begin passes a byte order mark and reads the header.
func (s *Scanner) begin() error {
	for s.end < 3 && !s.eof {
		if err := s.more(); err != nil {
			return err
		}
	}
	s.lines = 0
	switch head := s.buf[:s.end]; {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		s.start = 3
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF")):
		s.line = 1
		return s.bad("encoding", "UTF-16", "want UTF-8: save the file in that encoding")
	}
	if !s.layout.Header {
		return nil
	}
	line, err := s.record()
	if err == io.EOF {
		return s.bad("header", "", "the file is empty, and its map says that it has a header")
	}
	if err == nil {
		line, err = s.whole(line)
	}
	if err != nil {
		return err
	}
	if err := s.split(line); err != nil {
		return err
	}
	return s.header()
}

// header finds the columns that are known by name.
func (s *Scanner) header() error {
	s.width = len(s.cells)
	names := map[string]int{}
	for i, c := range s.cells {
		name := string(s.trim(c))
		if _, twice := names[name]; twice {
			names[name] = absent
			continue
		}
		names[name] = i
	}
	for i, f := range Fields {
		c := s.layout.Columns[f]
		if c.Name == "" {
			continue
		}
		at, ok := names[c.Name]
		switch {
		case !ok:
			return s.bad("header", c.Name, "the column of %s is missing", f)
		case at == absent:
			return s.bad("header", c.Name, "the column of %s stands there twice: name its position", f)
		}
		if i != inTrace && i != inPaidTime {
			s.places[i] = at
		}
	}
	return nil
}

// record gives the next line that holds something, without its end.
func (s *Scanner) record() ([]byte, error) {
	for {
		s.line = s.lines + 1
		n, err := s.toLineEnd(0)
		if err != nil {
			return nil, err
		}
		s.taken = n
		line := chopped(s.buf[s.start : s.start+n])
		s.start += n
		if len(line) > 0 && (s.layout.Comment == "" || !bytes.HasPrefix(line, []byte(s.layout.Comment))) {
			return line, nil
		}
	}
}

// whole gives a line with those after it that its quoted fields run over.
func (s *Scanner) whole(line []byte) ([]byte, error) {
	if bytes.IndexByte(line, '"') < 0 {
		return line, nil
	}
	s.start -= s.taken
	for s.openQuote(line) {
		n, err := s.toLineEnd(s.taken)
		if err == io.EOF {
			return nil, s.bad("line", clipped(line), "a quoted field does not end")
		}
		if err != nil {
			return nil, err
		}
		s.taken = n
		line = chopped(s.buf[s.start : s.start+n])
	}
	s.start += s.taken
	return line, nil
}

// chopped is a line without its end.
func chopped(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// toLineEnd gives the number of bytes up to and with the next line end behind the
// first n.
func (s *Scanner) toLineEnd(n int) (int, error) {
	from := n
	for {
		if i := bytes.IndexByte(s.buf[s.start+from:s.end], '\n'); i >= 0 {
			s.lines++
			return from + i + 1, nil
		}
		from = s.end - s.start
		if s.eof {
			if from == n {
				return 0, io.EOF
			}
			s.lines++
			return from, nil
		}
		if from > maxLine {
			return 0, s.bad("line", clipped(s.buf[s.start:s.end]), "is longer than %d bytes", maxLine)
		}
		if err := s.more(); err != nil {
			return 0, err
		}
	}
}

// more reads on, keeping what has not been taken.
func (s *Scanner) more() error {
	if s.start > 0 {
		copy(s.buf, s.buf[s.start:s.end])
		s.start, s.end = 0, s.end-s.start
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	n, err := s.from.Read(s.buf[s.end:])
	s.end += n
	if s.Progress != nil {
		s.Progress(n)
	}
	switch {
	case err == io.EOF:
		s.eof = true
	case err != nil:
		return fault.Wrap(op, fault.Unavailable, fmt.Errorf("%s: %w", s.name, err))
	}
	return nil
}

// split cuts a record into cells.
func (s *Scanner) split(line []byte) error {
	if s.odd = !s.splitPlain(line); !s.odd {
		return nil
	}
	if err := s.proveText(line); err != nil {
		return err
	}
	return s.splitQuoted(line)
}

// bad is a fault of the row that is being read.
func (s *Scanner) bad(field, value, format string, args ...any) error {
	return fault.Field(op, fmt.Sprintf("%s line %d %s", s.name, s.line, field), clipped([]byte(value)), format, args...)
}

// clipped is the beginning of a value that is too long for a message.
func clipped(b []byte) string {
	const most = 60
	text := strings.ToValidUTF8(string(b[:min(len(b), 4*most)]), "?")
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
