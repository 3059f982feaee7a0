package statement

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"juma/internal/bizdate"
	"juma/internal/money"
)

// The columns of the bill of funds (资金账单), which has the movements of one account,
// each with the balance behind it, and a summary of both ways.
const (
	fundTime    = "记账时间"
	fundNo      = "微信支付业务单号"
	fundFlowNo  = "资金流水单号"
	fundName    = "业务名称"
	fundType    = "业务类型"
	fundWay     = "收支类型"
	fundAmount  = "收支金额(元)"
	fundBalance = "账户结余(元)"
	fundAsker   = "资金变更提交申请人"
	fundNote    = "备注"
	fundProof   = "业务凭证号"

	fundCount    = "资金流水总笔数"
	fundInCount  = "收入笔数"
	fundIn       = "收入金额"
	fundOutCount = "支出笔数"
	fundOut      = "支出金额"

	wayIn, wayOut = "收入", "支出"
)

// What a movement is for, as far as it belongs to trade. Everything else (提现
// withdrawals, transfers) is no business of the day's payments.
const (
	forTrade  = "交易"
	forFee    = "扣除交易手续费"
	forRefund = "退款"
)

var (
	fundColumns    = []string{fundTime, fundNo, fundFlowNo, fundName, fundType, fundWay, fundAmount, fundBalance, fundAsker, fundNote, fundProof}
	fundNeeded     = []string{fundTime, fundName, fundWay, fundAmount, fundBalance}
	fundSumColumns = []string{fundCount, fundInCount, fundIn, fundOutCount, fundOut}
)

// Funds is what a bill of funds says about a day's trade.
type Funds struct {
	Rows     int
	Payments int
	Paid     money.Fen
	Refunds  int
	// Refunded is what refunds took from the account: what was given back less the fee
	// that was given back with it. Positive.
	Refunded money.Fen
	Fee      money.Fen // of payments
	Other    int       // movements that are no trade
}

// Net is what the day's trade changed.
func (f Funds) Net() money.Fen { return f.Paid - f.Refunded - f.Fee }

// ReadFunds reads and proves the bill of funds of a day, plain or gzip packed: each
// balance is the one before it and the movement, and the summary agrees with the
// rows. A movement of another day is refused. Errors are of kind Corrupt and name
// line, field and value.
func ReadFunds(data []byte, date bizdate.Date) (Funds, error) {
	plain, err := Unpack(data)
	if err != nil {
		return Funds{}, err
	}
	if !utf8.Valid(plain) {
		return Funds{}, corrupt(0, "encoding", "", "the file is not UTF-8: damaged, or not a WeChat bill")
	}
	p := fundParser{date: date, lines: lines{rest: bytes.TrimPrefix(plain, []byte("\xEF\xBB\xBF"))}}
	err = p.run()
	return p.out, err
}

type fundParser struct {
	date     bizdate.Date
	lines    lines
	cols     columns
	out      Funds
	in, gone struct {
		n   int
		sum money.Fen
	}
	balance money.Fen
}

func (p *fundParser) run() error {
	header, err := p.lines.next()
	if err != nil {
		return err
	}
	if p.cols, err = readHeader(p.lines.no, header, fundNeeded); err != nil {
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
		cells, err := split(p.lines.no, line, p.cols.count)
		if err != nil {
			return err
		}
		if err := p.row(record{no: p.lines.no, cols: p.cols, cells: cells}); err != nil {
			return err
		}
	}
}

func (p *fundParser) row(r record) error {
	at, err := time.ParseInLocation(timeLayout, r.text(fundTime), bizdate.Zone)
	if err != nil {
		return corrupt(r.no, fundTime, r.text(fundTime), "want %s", timeLayout)
	}
	if bizdate.Of(at) != p.date {
		return corrupt(r.no, fundTime, r.text(fundTime), "is not of %s: another day's bill, or two days in one file", p.date)
	}
	amount, err := r.amount(fundAmount, amountDecimals)
	if err != nil {
		return err
	}
	balance, err := r.amount(fundBalance, amountDecimals)
	if err != nil {
		return err
	}
	if amount < 0 {
		return corrupt(r.no, fundAmount, amount.Yuan(), "must not be negative, %s says which way it goes", fundWay)
	}
	moved := amount
	side := &p.in
	switch way := r.text(fundWay); way {
	case wayIn:
	case wayOut:
		moved, side = -amount, &p.gone
	default:
		return corrupt(r.no, fundWay, way, "want %s or %s", wayIn, wayOut)
	}
	side.n++
	if side.sum, err = side.sum.Add(amount); err != nil {
		return corrupt(r.no, fundAmount, amount.Yuan(), "%v", err)
	}
	if before := p.balance; p.out.Rows > 0 && balance != before+moved { // amounts of a file: some 10^13 at most
		return corrupt(r.no, fundBalance, balance.Yuan(), "the balance before was %s and this movement %s: a row is missing", before.Yuan(), moved.Yuan())
	}
	p.balance = balance
	p.out.Rows++
	p.sort(r.text(fundName), moved)
	return nil
}

func (p *fundParser) sort(name string, moved money.Fen) {
	switch name {
	case forTrade:
		p.out.Payments++
		p.out.Paid += moved
	case forFee:
		p.out.Fee -= moved
	case forRefund:
		p.out.Refunds++
		p.out.Refunded -= moved
	default:
		p.out.Other++
	}
}

func (p *fundParser) summary(header []byte) error {
	cols, err := readHeader(p.lines.no, header, fundSumColumns)
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
	sum := record{no: p.lines.no, cols: cols, cells: cells}
	for _, c := range []struct {
		col  string
		want int
	}{{fundCount, p.out.Rows}, {fundInCount, p.in.n}, {fundOutCount, p.gone.n}} {
		if got := sum.text(c.col); got != strconv.Itoa(c.want) {
			return corrupt(sum.no, c.col, got, "the file has %d", c.want)
		}
	}
	for _, c := range []struct {
		col  string
		want money.Fen
	}{{fundIn, p.in.sum}, {fundOut, p.gone.sum}} {
		got, err := sum.amount(c.col, amountDecimals)
		if err != nil {
			return err
		}
		if got != c.want {
			return corrupt(sum.no, c.col, got.Yuan(), "the rows add up to %s", c.want.Yuan())
		}
	}
	if len(p.lines.rest) > 0 {
		return corrupt(p.lines.no+1, "line", "", "nothing may follow the summary")
	}
	return nil
}

// Bill is a kind of bill that is known by its header.
type Bill string

// The bills.
const (
	BillAll     Bill = "ALL"
	BillSuccess Bill = "SUCCESS"
	BillRefund  Bill = "REFUND"
	BillFunds   Bill = "FUNDS"
)

// Header gives the columns of a bill in WeChat's order (as of 2026), and those among
// them without which it cannot be read.
func (b Bill) Header() (all, needed []string) {
	head := strings.Split("交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额", ",")
	tail := func(s string) []string { return append(head, strings.Split(s, ",")...) }
	switch b {
	case BillSuccess:
		return tail("商品名称,商户数据包,手续费,费率,订单金额,费率备注"), without(rowColumns)
	case BillRefund:
		return tail("退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"), slices.Clone(rowColumns)
	case BillFunds:
		return slices.Clone(fundColumns), slices.Clone(fundNeeded)
	}
	return tail("微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"), slices.Clone(rowColumns)
}

// refundTimeColumn stands in the bill of refunds only.
const refundTimeColumn = "退款申请时间"
