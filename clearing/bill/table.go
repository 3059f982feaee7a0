package bill

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/faultcsv"
	"juma/internal/gbk"
	"juma/internal/money"
)

// Words gives the texts of a table in the reader's language: headings by
// "col.NAME", "payment" and "refund", wallets by their names.
type Words func(key string) string

// cell is one value of a table: a text, or an amount, or a count.
type cell struct {
	text   string
	amount money.Fen
	count  int
	is     kind
}

type kind int

const (
	aText kind = iota
	anAmount
	aCount
)

func text(s string) cell       { return cell{text: s} }
func yuan(f money.Fen) cell    { return cell{amount: f, is: anAmount} }
func count(n int) cell         { return cell{count: n, is: aCount} }
func date(d bizdate.Date) cell { return text(d.String()) }

// rowColumns are the columns of the rows, dayColumns of the days.
var (
	rowColumns = []string{"date", "time", "kind", "order_no", "origin", "wallet", "channel_no", "store", "terminal", "amount", "fee", "net"}
	dayColumns = []string{"date", "rows", "gross", "refund", "fee", "adjust", "net", "carried", "credited", "settlement_date"}
)

func headings(columns []string, word Words) []string {
	texts := make([]string, len(columns))
	for i, c := range columns {
		texts[i] = word("col." + c)
	}
	return texts
}

// cells are a row's values, in the order of rowColumns. A refund is negative,
// and so is a fee that is given back.
func (r Row) cells(word Words) []cell {
	kind := "payment"
	if r.Kind == channel.RefundLine {
		kind = "refund"
	}
	return []cell{
		date(r.Date), text(r.Time.In(bizdate.Zone).Format(time.DateTime)), text(word(kind)), text(r.OrderNo), text(r.Origin),
		text(word("wallet." + string(r.Wallet))), text(r.ChannelNo), text(r.Store), text(r.TerminalNo),
		yuan(r.Signed()), yuan(r.Cost()), yuan(r.Net()),
	}
}

// cells are a day's values, in the order of dayColumns.
func (d Day) cells() []cell {
	return []cell{
		date(d.Date), count(d.Settlement.Rows), yuan(d.Gross), yuan(-d.Refund), yuan(d.Fee), yuan(d.Adjust()), yuan(d.Net()),
		yuan(d.CarriedForward()), yuan(d.Credited), date(d.SettlementDate),
	}
}

// Encoding is how a CSV file's text is written.
type Encoding int

// The encodings: UTF-8 with a byte order mark, by which spreadsheets know it, and
// GBK for old ones. What GBK does not have becomes a question mark there.
const (
	UTF8 Encoding = iota
	GBK
)

// WriteRows writes the statement's rows as CSV (RFC 4180, CRLF): amounts in yuan
// with two decimals, and no text that a spreadsheet would compute. Errors are
// w's, the repository's, or of kind Corrupt when a day does not add up.
func (b Bill) WriteRows(w io.Writer, e Encoding, word Words) error {
	return writeCSV(w, e, headings(rowColumns, word), func(put func([]cell) error) error {
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
}

// WriteDays writes the statement's days as CSV, as WriteRows does.
func (b Bill) WriteDays(w io.Writer, e Encoding, word Words) error {
	return writeCSV(w, e, headings(dayColumns, word), func(put func([]cell) error) error {
		for _, d := range b.Days {
			if err := put(d.cells()); err != nil {
				return err
			}
		}
		return nil
	})
}

func writeCSV(w io.Writer, e Encoding, head []string, rows func(put func([]cell) error) error) error {
	if e == UTF8 {
		if _, err := io.WriteString(w, "\uFEFF"); err != nil {
			return err
		}
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	line := make([]string, len(head))
	for i, text := range head {
		line[i] = e.bytes(text)
	}
	if err := out.Write(line); err != nil {
		return err
	}
	if err := rows(func(cells []cell) error {
		for i, c := range cells {
			line[i] = e.bytes(c.plain())
		}
		return out.Write(line)
	}); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// bytes are a text's in the encoding. No byte of a GBK character means anything
// to CSV: the second is 0x40 or above.
func (e Encoding) bytes(text string) string {
	if e == GBK {
		return string(gbk.Readable(text))
	}
	return text
}

// plain is the cell as CSV has it.
func (c cell) plain() string {
	switch c.is {
	case anAmount:
		return c.amount.Yuan()
	case aCount:
		return strconv.Itoa(c.count)
	default:
		return faultcsv.Text(c.text)
	}
}
