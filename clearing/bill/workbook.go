package bill

import (
	"errors"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"juma/internal/fault"
)

// maxSheetRows is what any workbook's sheet can hold, less the heading.
const maxSheetRows = 1_048_576 - 1

// FitsWorkbook is an error of kind Invalid when a workbook's sheet cannot hold the
// rows.
func (b Bill) FitsWorkbook() error {
	if n := b.Count(); n > maxSheetRows {
		return fault.Field("bill.WriteWorkbook", "period", b.Period.String(), "has %d rows, more than a workbook's sheet can hold (%d); take single days, or CSV", n, maxSheetRows)
	}
	return nil
}

// WriteWorkbook writes the statement as an xlsx workbook of two sheets, the days
// and the rows. Amounts are numbers, texts are texts: nothing in it is a formula.
// Errors are as WriteRows' and FitsWorkbook's.
func (b Bill) WriteWorkbook(w io.Writer, word Words) (err error) {
	if err := b.FitsWorkbook(); err != nil {
		return err
	}
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	styles, err := newStyles(f)
	if err != nil {
		return err
	}
	days, rows := word("sheet.days"), word("sheet.rows")
	if err := f.SetSheetName(f.GetSheetName(0), days); err != nil {
		return err
	}
	if _, err := f.NewSheet(rows); err != nil {
		return err
	}
	err = styles.sheet(f, days, headings(dayColumns, word), func(put func([]cell) error) error {
		for _, d := range b.Days {
			if err := put(d.cells()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = styles.sheet(f, rows, headings(rowColumns, word), func(put func([]cell) error) error {
		for r, err := range b.Rows() {
			if err != nil {
				return err
			}
			if err := put(r.cells(word)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.Write(w)
}

// styles are the formats of cells by number.
type styles struct{ head, amount int }

func newStyles(f *excelize.File) (s styles, err error) {
	if s.head, err = f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return s, err
	}
	format := "#,##0.00"
	s.amount, err = f.NewStyle(&excelize.Style{CustomNumFmt: &format})
	return s, err
}

// columnWidth fits a number of 23 digits; narrower ones would be shown as "####".
const columnWidth = 18

// sheet writes a heading that stays when the rows are scrolled, and the rows.
func (s styles) sheet(f *excelize.File, name string, head []string, rows func(put func([]cell) error) error) error {
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, len(head), columnWidth); err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	line := make([]any, len(head))
	for i, text := range head {
		line[i] = excelize.Cell{StyleID: s.head, Value: text}
	}
	if err := out.SetRow("A1", line); err != nil {
		return err
	}
	at := 1
	err = rows(func(cells []cell) error {
		at++
		for i, c := range cells {
			line[i] = s.value(c)
		}
		return out.SetRow("A"+strconv.Itoa(at), line)
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// value is the cell as a workbook has it. A workbook knows no other numbers than
// floating point: the amount's text gives the one that is shown as that text again.
func (s styles) value(c cell) any {
	switch c.is {
	case anAmount:
		number, err := strconv.ParseFloat(c.amount.Yuan(), 64)
		if err != nil {
			return c.amount.Yuan() // a text is right, if not summable
		}
		return excelize.Cell{StyleID: s.amount, Value: number}
	case aCount:
		return c.count
	default:
		return c.text
	}
}
