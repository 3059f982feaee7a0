package match

import (
	"fmt"
	"strings"
)

// The fields of a row, by the names that files and results use.
const (
	OrderNo   = "order_no"
	Channel   = "channel"
	TraceNo   = "trace_no"
	ClearDate = "clear_date"
	AmountFen = "amount_fen"
	FeeFen    = "fee_fen"
	PayerAcct = "payer_acct"
	PaidTime  = "paid_time"
)

// Fields lists them in the order of the default columns. Trace number and time
// of payment travel with a row and are not compared.
var Fields = []string{OrderNo, Channel, TraceNo, ClearDate, AmountFen, FeeFen, PayerAcct, PaidTime}

// The places of the fields in Fields.
const (
	inOrderNo = iota
	inChannel
	inTrace
	inClearDate
	inAmount
	inFee
	inPayer
	inPaidTime
)

// Column says where a field stands: by position, by the name in the header, or
// nowhere because it is the same text for the whole file.
type Column struct {
	Position int    // from 1; 0: see below
	Name     string // of the header's column; "": see below
	Text     string // the value of every row
}

// Layout describes a CSV file.
type Layout struct {
	Header    bool
	Delimiter byte   // ',' when 0
	Date      string // pattern of YYYY, MM and DD; "YYYYMMDD" when empty
	Yuan      bool   // amounts are in yuan with up to two decimals, not in whole fen
	Strip     string // characters that are taken off both ends of every value, beside spaces and tabs
	Comment   string // lines that begin with this are passed over
	Columns   map[string]Column
	Decoded   bool // the text was decoded from another encoding, so U+FFFD stands for bytes that were none of it
}

// Default is the layout of a file that says nothing else: the columns of Fields
// without a header.
func Default() Layout {
	l := Layout{Columns: map[string]Column{}}
	for i, f := range Fields {
		l.Columns[f] = Column{Position: i + 1}
	}
	return l
}

// Has tells whether the layout has a field.
func (l Layout) Has(field string) bool {
	_, ok := l.Columns[field]
	return ok
}

// Check finds what contradicts itself. The error names the part of the layout.
func (l Layout) Check() error {
	for _, f := range []string{OrderNo, Channel, AmountFen} {
		if !l.Has(f) {
			return fmt.Errorf("columns: %s is missing; %s, %s and %s are needed", f, OrderNo, Channel, AmountFen)
		}
	}
	for f, c := range l.Columns {
		switch {
		case !isField(f):
			return fmt.Errorf("columns: %q is no field, want one of %s", f, strings.Join(Fields, ", "))
		case c.Name != "" && !l.Header:
			return fmt.Errorf("columns: %s stands under the name %q, but the file has no header: want a position from 1, or header: yes", f, c.Name)
		case c.Position < 0 || c.Position > maxColumns:
			return fmt.Errorf("columns: %s stands at position %d, want 1 to %d", f, c.Position, maxColumns)
		case c.Text != "" && (f == AmountFen || f == OrderNo):
			return fmt.Errorf("columns: %s cannot be the same for every row", f)
		case c == Column{}:
			return fmt.Errorf("columns: %s stands nowhere: want a position, a name, or = and a text", f)
		}
	}
	if d := l.Delimiter; d == '"' || d == '\n' || d == '\r' || d >= 0x80 {
		return fmt.Errorf("delimiter: %q cannot divide columns", d)
	}
	_, err := newDatePattern(l.Date)
	return err
}

func isField(name string) bool {
	for _, f := range Fields {
		if f == name {
			return true
		}
	}
	return false
}

// datePattern says where the parts of a date stand.
type datePattern struct {
	text             string
	year, month, day int
}

const compactDate = "YYYYMMDD"

func newDatePattern(text string) (datePattern, error) {
	if text == "" {
		text = compactDate
	}
	p := datePattern{text, strings.Index(text, "YYYY"), strings.Index(text, "MM"), strings.Index(text, "DD")}
	if p.year < 0 || p.month < 0 || p.day < 0 || strings.Count(text, "Y") != 4 || strings.Count(text, "M") != 2 || strings.Count(text, "D") != 2 {
		return p, fmt.Errorf("date: %q is no pattern, want YYYY, MM and DD once each, such as YYYY-MM-DD", text)
	}
	return p, nil
}

// read gives a date as yyyymmdd. A time of day may follow behind a space or a T.
func (p datePattern) read(b []byte) (uint32, bool) {
	n := len(p.text)
	if len(b) < n || (len(b) > n && b[n] != ' ' && b[n] != 'T') {
		return 0, false
	}
	if p.text != compactDate {
		for i := range n {
			if c := p.text[i]; c != 'Y' && c != 'M' && c != 'D' && c != b[i] {
				return 0, false
			}
		}
	}
	y, okY := digits(b[p.year : p.year+4])
	m, okM := digits(b[p.month : p.month+2])
	d, okD := digits(b[p.day : p.day+2])
	date := y*10000 + m*100 + d
	return date, okY && okM && okD && isDate(date)
}

// compact reads a date as YYYYMMDD.
func compact(b []byte) (uint32, bool) {
	date, ok := digits(b)
	return date, ok && isDate(date)
}

// isDate tells whether yyyymmdd is a day of the calendar.
func isDate(date uint32) bool {
	y, m, d := date/10000, date/100%100, date%100
	return y > 0 && m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, m)
}

func digits(b []byte) (n uint32, ok bool) {
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + uint32(c)
	}
	return n, true
}

func daysIn(y, m uint32) uint32 {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// wholeFen reads a whole number.
func wholeFen(b []byte) (int64, bool) {
	t := b
	neg := len(t) > 0 && t[0] == '-'
	if neg {
		t = t[1:]
	}
	if len(t) == 0 {
		return 0, false
	}
	var n uint64
	for _, c := range t {
		if c -= '0'; c > 9 || n > (1<<63-1)/10 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	if n > 1<<63-1 {
		return 0, false
	}
	if neg {
		return -int64(n), true
	}
	return int64(n), true
}

// yuan reads yuan with at most two decimals that are not zero, in fen.
func yuan(b []byte) (int64, bool) {
	whole, decimals := b, []byte(nil)
	for i, c := range b {
		if c == '.' {
			whole, decimals = b[:i], b[i+1:]
			if len(decimals) == 0 {
				return 0, false
			}
			break
		}
	}
	cents := [2]byte{'0', '0'}
	for i, c := range decimals {
		switch {
		case i < len(cents):
			cents[i] = c
		case c != '0':
			return 0, false
		}
	}
	if len(whole) == 0 || (len(whole) == 1 && whole[0] == '-') {
		return 0, false
	}
	return wholeFen(append(append(make([]byte, 0, 24), whole...), cents[:]...))
}
