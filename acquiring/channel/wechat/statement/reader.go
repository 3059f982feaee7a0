// Package statement reads WeChat Pay's bills of trades (tradebill ALL, SUCCESS and
// REFUND, 交易账单) into the normal form of reconciliation. It is pure: no network, no
// clock. A file is taken whole or not at all: layout recognised by its column
// names, account checked, and the summary at its end proved against the rows,
// so that a file cut at any byte is refused.
package statement

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

const op = "wechat/statement.Read"

// maxStrays is how many rows a file may hold without one of the asked day. A
// quiet day may have nothing but a stray from its neighbour; a file of more
// rows without any of the day is another day's bill.
const maxStrays = 3

// Reader reads the bills of one service provider.
type Reader struct {
	// Account is the provider's sp_mchid, expected in every row ("" = any).
	Account string
	// Partial accepts a bill of type SUCCESS, which has no refunds: whoever sets it
	// reads the bill of refunds as well.
	Partial bool
}

var _ channel.StatementReader = Reader{}

// Read parses and proves a bill, plain or gzip packed. Rows of another day than
// f.Date are kept, with their own time and the bill's date: the bill's date is
// what clears them. Errors have kind Corrupt and name line, field and value, or
// kind Invalid when f is not a WeChat statement of a day.
func (r Reader) Read(f channel.StatementFile) (channel.Statement, error) {
	st := channel.Statement{Channel: channel.WeChat, Date: f.Date}
	switch {
	case f.Channel.Base() != channel.WeChat:
		return st, fault.Field(op, "channel", string(f.Channel), "want %s", channel.WeChat)
	case f.Date == 0:
		return st, fault.Field(op, "date", "", "is missing: whose day is this bill?")
	case f.Empty && len(f.Data) == 0:
		return st, nil
	case f.Empty:
		return st, corrupt(0, "data", "", "the day is said to be empty, but there is a file of %d bytes", len(f.Data))
	}
	data, err := Unpack(f.Data)
	if err != nil {
		return st, err
	}
	if !utf8.Valid(data) {
		return st, corrupt(0, "encoding", "", "the file is not UTF-8: damaged, or not a WeChat bill")
	}
	p := parser{account: r.Account, partial: r.Partial, date: f.Date, lines: lines{rest: bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))}}
	if err := p.run(); err != nil {
		return st, err
	}
	st.Lines = p.out
	return st, nil
}

// parser walks the four parts of a bill: header, rows, summary header, summary.
type parser struct {
	account string
	partial bool
	date    bizdate.Date
	lines   lines
	cols    columns
	sums    totals
	out     []channel.StatementLine
	onDay   int
}

func (p *parser) run() error {
	header, err := p.lines.next()
	if err != nil {
		return err
	}
	wanted := rowColumns
	if p.partial && !bytes.Contains(header, []byte(colAsked)) {
		wanted = without(rowColumns)
	}
	if p.cols, err = readHeader(p.lines.no, header, wanted); err != nil {
		return err
	}
	for {
		line, err := p.lines.next()
		if err != nil {
			return err
		}
		if line[0] != '`' {
			return p.summary(line)
		}
		if err := p.row(line); err != nil {
			return err
		}
	}
}

func (p *parser) row(line []byte) error {
	cells, err := split(p.lines.no, line, p.cols.count)
	if err != nil {
		return err
	}
	row := record{no: p.lines.no, cols: p.cols, cells: cells}
	out, err := row.line(p.account, p.date, &p.sums)
	if err != nil {
		return err
	}
	if bizdate.Of(out.Time) == p.date {
		p.onDay++
	}
	p.out = append(p.out, out)
	return nil
}

func (p *parser) summary(header []byte) error {
	wanted := sumColumns
	if !p.cols.has(colAsked) {
		wanted = without(sumColumns)
	}
	cols, err := readHeader(p.lines.no, header, wanted)
	if err != nil {
		return err
	}
	line, err := p.lines.next()
	if err != nil {
		return err
	}
	cells, err := split(p.lines.no, line, cols.count)
	if err != nil {
		return err
	}
	if err := p.sums.prove(record{no: p.lines.no, cols: cols, cells: cells}, len(p.out)); err != nil {
		return err
	}
	if len(p.lines.rest) > 0 {
		return corrupt(p.lines.no+1, "line", "", "nothing may follow the summary")
	}
	if p.onDay == 0 && len(p.out) > maxStrays {
		return corrupt(0, colTime, "", "none of %d rows is of %s: this is another day's bill", len(p.out), p.date)
	}
	return nil
}

// lines cuts a file into lines and insists that every line is ended, and ended
// like the first: WeChat ends them all, so a last line without its end was cut.
type lines struct {
	rest []byte
	no   int
	crlf bool
}

func (l *lines) next() ([]byte, error) {
	l.no++
	if len(l.rest) == 0 {
		return nil, corrupt(l.no, "line", "", "the file ends before its summary: it was cut, fetch it again")
	}
	line, rest, ended := bytes.Cut(l.rest, []byte("\n"))
	if !ended {
		return nil, corrupt(l.no, "line", "", "the line has no end: the file was cut, fetch it again")
	}
	l.rest = rest
	body, crlf := bytes.CutSuffix(line, []byte("\r"))
	if l.no == 1 {
		l.crlf = crlf
	}
	if crlf != l.crlf {
		return nil, corrupt(l.no, "line", "", "line ends are mixed: the file was altered")
	}
	if len(body) == 0 {
		return nil, corrupt(l.no, "line", "", "the line is empty")
	}
	return body, nil
}

// corrupt makes the one kind of error that a bill can cause. Line 0 means the
// file as a whole.
func corrupt(line int, field, value, format string, args ...any) error {
	msg := fmt.Sprintf(format, args...)
	if line > 0 {
		msg = fmt.Sprintf("line %d: %s", line, msg)
	}
	return &fault.Error{Op: op, Kind: fault.Corrupt, Field: field, Value: value, Msg: msg}
}
