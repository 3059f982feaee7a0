package importfile

import (
	"errors"
	"io"
	"iter"

	"github.com/xuri/excelize/v2"
)

const (
	maxSheetRow = 1_048_576 // of any workbook
	maxCells    = 200       // of a row; a row that is wider is no merchant
)

// workbook reads the first sheet of an xlsx workbook row by row. Nothing of it
// is written to the disk: it holds personal data.
func workbook(r io.ReaderAt, size int64, progress func(done, total int64)) (records iter.Seq[record], problem sentence) {
	var f *excelize.File
	err := soundBook(r, size)
	if err == nil {
		f, err = openWorkbook(io.NewSectionReader(r, 0, size))
	}
	if err != nil {
		return nil, noWorkbook.filled(err, MaxRows)
	}
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return nil, noSheet
	}
	for _, other := range sheets[1:] {
		if !empty(f, other) {
			return nil, moreSheets.filled(other)
		}
	}
	return func(yield func(record) bool) {
		defer f.Close()
		ended := false
		err := guarded(func() error {
			return sheetRows(f, sheets[0], func(rec record) bool {
				progress(int64(rec.line), 0)
				ended = !yield(rec)
				return !ended
			})
		})
		if err != nil && !ended {
			yield(record{problem: brokenSheet, last: true})
		}
	}, sentence{}
}

func openWorkbook(r io.Reader) (f *excelize.File, err error) {
	err = guarded(func() (err error) {
		f, err = excelize.OpenReader(r, excelize.Options{
			RawCellValue: true, UnzipSizeLimit: MaxUnpacked,
			UnzipXMLSizeLimit: MaxUnpacked, // what is larger goes to a temporary file
		})
		return err
	})
	return f, err
}

var errPanic = errors.New("the reader gave up")

// guarded runs a reader of foreign bytes that is not ours: whatever it stumbles
// over, the fault is the file's.
func guarded(f func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	return f()
}

// empty tells whether a sheet has no cell with text.
func empty(f *excelize.File, sheet string) bool {
	found := false
	err := guarded(func() error {
		return sheetRows(f, sheet, func(record) bool { found = true; return false })
	})
	return !found && err == nil
}

// sheetRows gives each row of a sheet that has text, with its number.
func sheetRows(f *excelize.File, sheet string, yield func(record) bool) error {
	rows, err := f.Rows(sheet)
	if err != nil {
		return err
	}
	defer rows.Close()
	for line := 1; rows.Next(); line++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		switch {
		case err != nil:
			return err
		case len(cells) > maxCells, line > maxSheetRow:
			yield(record{line: line, problem: farSheet.filled(maxSheetRow, maxCells), last: true})
			return nil
		}
		if cells = trimmed(cells); len(cells) > 0 && !yield(record{line: line, cells: cells, open: true}) {
			return nil
		}
	}
	return rows.Error()
}

// trimmed takes the empty cells at a row's end away: a sheet stores some of
// them and some not.
func trimmed(cells []string) []string {
	for len(cells) > 0 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}
