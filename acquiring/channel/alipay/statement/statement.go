// Package statement reads Alipay's daily trade bill (业务明细): a zip with GBK
// names holding a GBK CSV of the rows and usually one of the sums. It is pure,
// and believes nothing that it has not proved: the archive's limits, the
// account, the period of one day, every column by its name, the totals lines
// against the rows, and the summary against both.
package statement

import (
	"fmt"

	"juma/acquiring/channel"
	"juma/internal/fault"
	"juma/internal/money"
)

const op = "alipay/statement.Read"

// Reader reads the bills of one account.
type Reader struct {
	// Account is the service provider's number (PID, 16 digits), or the whole
	// account of the bill (PID + 0156). Empty skips the check.
	Account string
}

var _ channel.StatementReader = Reader{}

// Read parses and proves a bill: the zip, or the text of the detail alone. Lines come in the order of the file. A row that
// was finished on another day than the bill's is kept with the bill's date: the
// reconciliation decides what a spilled row means. Errors are of kind Corrupt
// and name the entry, line, field and value; a file that the wallet called Empty
// gives no lines.
func (r Reader) Read(f channel.StatementFile) (channel.Statement, error) {
	out := channel.Statement{Channel: channel.Alipay, Date: f.Date}
	if f.Channel != "" && f.Channel.Base() != channel.Alipay {
		return out, corrupt(place{}, "channel", string(f.Channel), "this reader is for alipay")
	}
	if f.Empty {
		return out, nil
	}
	arc, err := open(f.Data)
	if err != nil {
		return out, err
	}
	head := header{account: r.Account, date: f.Date}
	d, err := parseDetail(arc.detail, head)
	if err != nil {
		return out, err
	}
	if arc.summary != nil {
		if err := proveSummary(*arc.summary, head, d); err != nil {
			return out, err
		}
	}
	out.Lines = make([]channel.StatementLine, len(d.rows))
	for i, row := range d.rows {
		out.Lines[i] = row.normal(f)
	}
	return out, nil
}

// normal is a row in the normal form of reconciliation.
func (r row) normal(f channel.StatementFile) channel.StatementLine {
	line := channel.StatementLine{
		LineNo:     r.line,
		Kind:       channel.PaymentLine,
		OrderNo:    r.orderNo,
		ChannelNo:  r.tradeNo,
		MerchantID: r.storeNo,
		TerminalNo: r.terminalNo,
		Amount:     r.ordered.Abs(),
		Fee:        -r.fee, // the bill shows what we pay as negative
		Payer:      r.payer,
		Time:       r.finished,
		Date:       f.Date,
		Final:      true, // only finished trades are in a bill
		State:      r.kind,
	}
	if r.refund() {
		line.Kind, line.OrderNo, line.OrigOrderNo = channel.RefundLine, r.refundNo, r.orderNo
	}
	return line
}

// sums adds up rows in the terms of the totals lines and the summary.
type sums struct {
	payments, refunds         int
	paid, refunded            money.Fen // 商家实收 of payments, and of refunds (negative)
	discount, refundDiscount  money.Fen // 商家优惠 of both
	ordered, received         money.Fen // net of refunds
	fee, split                money.Fen
	wallet, merchant, byCards money.Fen // 支付宝优惠, 商家优惠, 卡消费金额
}

func (s *sums) add(r row) error {
	if r.refund() {
		s.refunds++
	} else {
		s.payments++
	}
	paid, discount := &s.paid, &s.discount
	if r.refund() {
		paid, discount = &s.refunded, &s.refundDiscount
	}
	for _, a := range []struct {
		to *money.Fen
		v  money.Fen
	}{
		{paid, r.received}, {discount, r.merchantDiscount}, {&s.ordered, r.ordered}, {&s.received, r.received},
		{&s.fee, r.fee}, {&s.split, r.split}, {&s.wallet, r.walletDiscount}, {&s.merchant, r.merchantDiscount}, {&s.byCards, r.cards},
	} {
		sum, err := a.to.Add(a.v)
		if err != nil {
			return err
		}
		*a.to = sum
	}
	return nil
}

// place is where something stands in a bill.
type place struct {
	entry string // name of the zip's entry
	line  int    // 1-based, 0 for the whole entry
}

// corrupt makes the one kind of error of this package.
func corrupt(at place, field, value, format string, args ...any) error {
	where := ""
	if at.entry != "" {
		where = at.entry
	}
	if at.line > 0 {
		where += fmt.Sprintf(":%d", at.line)
	}
	if where != "" {
		where += ": "
	}
	if runes := []rune(value); len(runes) > 64 {
		value = string(runes[:64]) + "…"
	}
	msg := fmt.Sprintf(format, args...)
	if field == "" {
		return &fault.Error{Op: op, Kind: fault.Corrupt, Msg: where + msg}
	}
	return &fault.Error{Op: op, Kind: fault.Corrupt, Field: field, Value: value, Msg: where + msg}
}
