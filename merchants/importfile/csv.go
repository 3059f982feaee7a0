package importfile

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"strconv"

	"juma/internal/faultcsv"
	"juma/merchants"
)

// csvFile reads CSV. A line with a fault in its quotes is reported, and reading
// goes on behind it.
func csvFile(r io.Reader, size int64, progress func(done, total int64)) iter.Seq[record] {
	buffered := bufio.NewReader(r)
	if bom, err := buffered.Peek(3); err == nil && string(bom) == "\xef\xbb\xbf" {
		_, _ = buffered.Discard(3) // they are in the buffer
	}
	reader := csv.NewReader(buffered)
	reader.FieldsPerRecord = -1 // counted by table, so that all are reported
	return func(yield func(record) bool) {
		for {
			cells, err := reader.Read()
			if err == io.EOF {
				return
			}
			rec := csvProblem(err)
			if err == nil {
				rec.cells = cells
				rec.line, _ = reader.FieldPos(0)
			}
			progress(reader.InputOffset(), size)
			if !yield(rec) || rec.last {
				return
			}
		}
	}
}

func csvProblem(err error) record {
	var pe *csv.ParseError
	switch {
	case err == nil:
		return record{}
	case errors.As(err, &pe) && errors.Is(pe.Err, csv.ErrBareQuote):
		return record{line: pe.StartLine, problem: strayQuote}
	case errors.As(err, &pe) && pe.Line != pe.StartLine:
		return record{line: pe.StartLine, problem: openQuote}
	case errors.As(err, &pe):
		return record{line: pe.StartLine, problem: lateQuote}
	}
	return record{problem: unreadable.filled(err), last: true}
}

// WriteFaults writes faults as CSV, see package faultcsv.
func WriteFaults(w io.Writer, faults []Fault) error {
	rows := make([]faultcsv.Row, 0, len(faults))
	for _, f := range faults {
		rows = append(rows, faultcsv.Row{Line: f.Line, Field: f.Field, Value: f.Value, Problem: f.Problem})
	}
	return faultcsv.Write(w, rows)
}

// Write writes profiles as a table that Read reads: what a profile holds beyond
// the table's columns is left out. Without profiles it is a template.
func Write(w io.Writer, profiles []merchants.Profile) error {
	out := csv.NewWriter(w)
	_ = out.Write(Columns) // Error below tells
	for _, p := range profiles {
		_ = out.Write(cellsOf(p))
	}
	out.Flush()
	return out.Error()
}

// cellsOf is a profile as a row.
func cellsOf(p merchants.Profile) []string {
	rates := map[string]string{}
	for _, r := range p.Rates {
		rates[r.Channel] = strconv.FormatInt(int64(r.Rate), 10)
	}
	var store merchants.ProfileStore
	if len(p.Stores) > 0 {
		store = p.Stores[0]
	}
	return []string{
		p.Name, string(p.Kind), p.USCC, p.Legal.Name, p.Legal.IDNo, p.Legal.Phone, p.MCC, p.Region, p.Address,
		string(p.Account.Kind), p.Account.No, p.Account.Name, p.Account.CNAPS,
		rates["wechat"], rates["alipay"], rates["unionpay"], store.Name,
	}
}
