// Package importfile reads merchants from a table, CSV or xlsx, and finds every
// fault of it at once. It is pure: it opens no file and stores nothing.
//
// The first row is the header, exactly Columns in their order; every further row
// is a merchant. A CSV file is UTF-8, with or without byte order mark, with LF or
// CRLF, fields quoted where they need it. Of an xlsx workbook the first sheet is
// read, the others must be empty. Cells are text: what looks like a formula is
// never computed. Blank lines are passed over.
package importfile

import (
	"bytes"
	"cmp"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"juma/internal/bizdate"
	"juma/merchants"
)

// Columns is the header.
var Columns = []string{
	"name", "kind", "uscc", "legal_name", "legal_id", "phone", "mcc", "region", "address",
	"settle_kind", "settle_account", "settle_name", "cnaps",
	"rate_wechat_ppm", "rate_alipay_ppm", "rate_unionpay_ppm", "store_name",
}

// The largest table that is read.
const (
	MaxBytes    = 32 << 20  // of the file
	MaxUnpacked = 256 << 20 // of a workbook
	MaxRows     = 50_000    // merchants
)

// Row is a merchant of the file. Its profile is right by package check.
type Row struct {
	Line    int // of the file, 1 is the header; of a workbook, the row's number
	Profile merchants.Profile
}

// Fault is one fault. Line is 0 when the file as a whole is at fault, and Field
// "" when a whole line is.
type Fault struct {
	Line    int
	Field   string // a column
	Value   string // as it stands there; masked where it identifies a person
	Problem string // what to do
	Chinese string // the same for Chinese readers
}

// In is the problem in a language, "zh-CN" or another, which takes English.
func (f Fault) In(lang string) string {
	if strings.HasPrefix(lang, "zh") && f.Chinese != "" {
		return f.Chinese
	}
	return f.Problem
}

// faultOf makes a fault of a sentence.
func faultOf(line int, field, value string, problem sentence) Fault {
	return Fault{Line: line, Field: field, Value: value, Problem: problem[1], Chinese: problem[0]}
}

// Read reads a table of size bytes. Rows are in the order of the file, faults by
// line and column; nothing may be imported when there are any. today is what
// "not in the future" is measured by. progress, which may be nil, is told how
// many bytes are read of how many, with total 0 where that cannot be counted.
func Read(r io.ReaderAt, size int64, today bizdate.Date, progress func(done, total int64)) ([]Row, []Fault) {
	t := &table{today: today, seen: map[string]int{}}
	if progress == nil {
		progress = func(int64, int64) {}
	}
	records, problem := open(r, size, progress)
	if problem != (sentence{}) {
		return nil, []Fault{faultOf(0, "", "", problem)}
	}
	for rec := range records {
		if !t.take(rec) {
			break
		}
	}
	if t.columns == nil && len(t.faults) == 0 {
		t.faults = append(t.faults, faultOf(0, "", "", emptyFile))
	}
	if len(t.rows) == 0 && len(t.faults) == 0 {
		t.faults = append(t.faults, faultOf(0, "", "", noMerchant))
	}
	Sort(t.faults)
	return t.rows, t.faults
}

// Sort brings faults into order: by line, then by column.
func Sort(faults []Fault) {
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(slices.Index(Columns, a.Field), slices.Index(Columns, b.Field)))
	})
}

// record is a line of either kind of file.
type record struct {
	line    int
	cells   []string
	open    bool     // empty cells at the end may be missing
	problem sentence // of the line as a whole; cells are then not there
	last    bool     // nothing after this one can be read
}

// open looks at the content, not at a name, and begins to read.
func open(r io.ReaderAt, size int64, progress func(done, total int64)) (iter.Seq[record], sentence) {
	head := make([]byte, 8)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, unreadable.filled(err)
	}
	head = head[:n]
	switch {
	case size > MaxBytes:
		return nil, tooLong.filled(size, MaxBytes)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return workbook(r, size, progress)
	case bytes.HasPrefix(head, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return nil, oldWorkbook
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return nil, wideText
	}
	return csvFile(io.NewSectionReader(r, 0, size), size, progress), sentence{}
}

// table gathers what is read.
type table struct {
	today   bizdate.Date
	columns []int // place of each column in a record, nil before the header
	width   int   // cells of the header
	rows    []Row
	faults  []Fault
	count   int
	seen    map[string]int // what only one merchant may have → its line
}

func (t *table) fault(line int, field, value string, problem sentence) {
	t.faults = append(t.faults, faultOf(line, field, printable(value), problem))
}

// take reads a record and tells whether to go on.
func (t *table) take(rec record) bool {
	switch {
	case rec.problem != (sentence{}):
		t.fault(rec.line, "", "", rec.problem)
		return !rec.last && t.columns != nil
	case t.columns == nil:
		return t.header(rec)
	case strings.Join(rec.cells, "") == "": // a blank line of a spreadsheet
		return true
	}
	if t.count++; t.count > MaxRows {
		t.fault(rec.line, "", "", tooMany.filled(MaxRows))
		return false
	}
	for rec.open && len(rec.cells) < t.width {
		rec.cells = append(rec.cells, "")
	}
	if len(rec.cells) != t.width {
		t.fault(rec.line, "", "", cellCount.filled(len(rec.cells), t.width))
		return true
	}
	cells := make([]string, len(Columns))
	for i, at := range t.columns {
		cells[i] = rec.cells[at]
	}
	t.merchant(rec.line, cells)
	return true
}

// header reads the names of the columns. It goes on when every column is there
// once, so that the faults of the rows are found too.
func (t *table) header(rec record) bool {
	at := map[string]int{}
	complete := true
	for i, name := range rec.cells {
		switch _, twice := at[name]; {
		case !slices.Contains(Columns, name):
			t.fault(rec.line, printable(name), name, noColumn)
		case twice:
			t.fault(rec.line, name, name, columnTwice)
			complete = false
		default:
			at[name] = i
		}
	}
	for i, name := range Columns {
		switch place, ok := at[name]; {
		case !ok:
			t.fault(rec.line, name, "", columnLacks)
			complete = false
		case place != i && len(rec.cells) == len(Columns):
			t.fault(rec.line, name, name, columnOrder.filled(place+1, i+1))
		}
		t.columns = append(t.columns, at[name])
	}
	t.width = len(rec.cells)
	return complete
}

// printable is a value as it may be shown in one line of text.
func printable(s string) string {
	const longest = 100
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == utf8.RuneError {
			return utf8.RuneError
		}
		return r
	}, s)
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}
