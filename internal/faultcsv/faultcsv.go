// Package faultcsv writes what is wrong with the lines of a file as CSV, for the
// person who has to mend them: on a terminal, in a pipe or in a spreadsheet.
package faultcsv

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// Row is one fault.
type Row struct {
	Line         int // from 1, as editors count
	Field, Value string
	Problem      string // what is wrong and what to do
}

// Header is the first line of every list.
var Header = []string{"line", "field", "value", "problem"}

// Write writes the rows below Header. A field or value that a spreadsheet would
// compute is written as text, behind an apostrophe: it came from a stranger's
// file. Errors are w's.
func Write(w io.Writer, rows []Row) error {
	out := csv.NewWriter(w)
	_ = out.Write(Header) // Error below tells
	for _, r := range rows {
		_ = out.Write([]string{strconv.Itoa(r.Line), Text(r.Field), Text(r.Value), r.Problem})
	}
	out.Flush()
	return out.Error()
}

// Text keeps a spreadsheet from computing a value. A plain number stays.
func Text(s string) string {
	rest := strings.TrimLeft(s, "+-")
	if s == "" || !strings.ContainsAny(s[:1], "=+-@\t\r") && !strings.HasPrefix(s, "＝") && !strings.HasPrefix(s, "＋") && !strings.HasPrefix(s, "－") && !strings.HasPrefix(s, "＠") {
		return s
	}
	if len(s)-len(rest) == 1 && rest != "" && strings.Trim(rest, "0123456789") == "" {
		return s
	}
	return "'" + s
}
