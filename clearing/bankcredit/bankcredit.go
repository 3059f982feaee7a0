// Package bankcredit reads the bank credit advice (入账通知): the list of what a bank has
// credited to one of our accounts on one day. It is the third side of the daily proof
// payments ↔ statement ↔ bank.
//
// Banks have no common form for it, so this is the house's own, which a bank's export
// is brought into: CSV in UTF-8 or GBK, quoted as RFC 4180 where a text has a comma,
// every line ended by LF or CRLF, rows in any order, and a total as the last line:
//
//	credit_date,account,amount_fen,reference,payer
//	2026-03-11,999900000000000001,1295100,2026-03-10,示例收单机构
//	2026-03-11,999900000000000001,4981000,2026-03-10,示例收单机构
//	total,2,6276100
//
// credit_date is the day of the credit; account is ours, one for the whole file;
// amount_fen is positive; reference names what is paid (the clearing date of the
// settlement batch, or the instruction's number); payer is the licensed institution
// that paid. A day without credits has the header and total,0,0.
package bankcredit

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/gbk"
	"juma/internal/money"
)

const op = "bankcredit.Read"

// Columns of the header, in this order.
var Columns = []string{"credit_date", "account", "amount_fen", "reference", "payer"}

// totalMark begins the last line.
const totalMark = "total"

// Credit is a row: money that arrived.
type Credit struct {
	Line      int          `json:"line"`
	Date      bizdate.Date `json:"credit_date"`
	Account   string       `json:"account"`
	Amount    money.Fen    `json:"amount_fen"`
	Reference string       `json:"reference"`
	Payer     string       `json:"payer"`
}

// Advice is a proved file.
type Advice struct {
	Date    bizdate.Date // 0 of an advice without rows
	Account string       // likewise ""
	Credits []Credit
	Total   money.Fen
}

// Recognise tells an advice by its header, and reads the day and account of its first
// row. It proves nothing: Read does.
func Recognise(data []byte) (date bizdate.Date, account string, ok bool) {
	text, err := decode(data)
	if err != nil {
		return 0, "", false
	}
	header, rest, _ := bytes.Cut(text, []byte("\n"))
	if strings.TrimRight(string(header), "\r") != strings.Join(Columns, ",") {
		return 0, "", false
	}
	first, _, _ := bytes.Cut(rest, []byte("\n"))
	cells := strings.Split(strings.TrimRight(string(first), "\r"), ",")
	if len(cells) < len(Columns) {
		return 0, "", true
	}
	date, _ = bizdate.Parse(cells[0]) // 0 where it is none; Read says so
	return date, cells[1], true
}

// Read reads and proves an advice: one day, one account, amounts above zero, and the
// total agreeing with the rows. Errors are of kind Corrupt and name line, field and
// value.
func Read(data []byte) (Advice, error) {
	text, err := decode(data)
	if err != nil {
		return Advice{}, err
	}
	if !bytes.HasSuffix(text, []byte("\n")) {
		return Advice{}, corrupt(0, "line", "", "the last line has no end: the file was cut, fetch it again")
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil || !slices.Equal(header, Columns) {
		return Advice{}, corrupt(1, "header", strings.Join(header, ","), "want %s", strings.Join(Columns, ","))
	}
	var a Advice
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return a, corrupt(0, totalMark, "", "the last line, %s,COUNT,SUM, is missing: the file was cut", totalMark)
		}
		if err != nil {
			return a, corrupt(0, "line", "", "%v", err)
		}
		line, _ := r.FieldPos(0)
		if cells[0] == totalMark {
			return a, a.prove(r, line, cells)
		}
		if err := a.add(line, cells); err != nil {
			return a, err
		}
	}
}

func (a *Advice) add(line int, cells []string) error {
	if len(cells) != len(Columns) {
		return corrupt(line, "line", strings.Join(cells, ","), "has %d values, want %d", len(cells), len(Columns))
	}
	c := Credit{Line: line, Account: cells[1], Reference: cells[3], Payer: cells[4]}
	var err error
	if c.Date, err = bizdate.Parse(cells[0]); err != nil {
		return corrupt(line, Columns[0], cells[0], "want YYYY-MM-DD")
	}
	n, err := strconv.ParseInt(cells[2], 10, 64)
	if err != nil || n <= 0 {
		return corrupt(line, Columns[2], cells[2], "want whole fen above zero")
	}
	c.Amount = money.Fen(n)
	if len(a.Credits) == 0 {
		a.Date, a.Account = c.Date, c.Account
	}
	switch {
	case c.Date != a.Date:
		return corrupt(line, Columns[0], cells[0], "the rows before are of %s: two days in one file", a.Date)
	case c.Account == "" || c.Account != a.Account:
		return corrupt(line, Columns[1], c.Account, "want the one account of the file, %s", a.Account)
	case c.Reference == "" || c.Payer == "":
		return corrupt(line, Columns[3], c.Reference, "a credit names what is paid and who paid")
	}
	if a.Total, err = a.Total.Add(c.Amount); err != nil {
		return corrupt(line, Columns[2], cells[2], "%v", err)
	}
	a.Credits = append(a.Credits, c)
	return nil
}

// prove compares the total; nothing may follow it.
func (a *Advice) prove(r *csv.Reader, line int, cells []string) error {
	want := []string{totalMark, strconv.Itoa(len(a.Credits)), strconv.FormatInt(int64(a.Total), 10)}
	if !slices.Equal(cells, want) {
		return corrupt(line, totalMark, strings.Join(cells, ","), "the rows say %s", strings.Join(want, ","))
	}
	if _, err := r.Read(); !errors.Is(err, io.EOF) {
		return corrupt(line+1, "line", "", "nothing may follow the total")
	}
	return nil
}

func decode(data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if utf8.Valid(data) {
		return data, nil
	}
	text, ok := gbk.Text(data)
	if !ok {
		return nil, corrupt(0, "encoding", "", "is neither UTF-8 nor GBK: damaged, or no text")
	}
	return []byte(text), nil
}

func corrupt(line int, field, value, format string, args ...any) error {
	e := fault.New(op, fault.Corrupt, format, args...)
	if line > 0 {
		e.Msg = "line " + strconv.Itoa(line) + ": " + e.Msg
	}
	e.Field, e.Value = field, value
	return e
}
