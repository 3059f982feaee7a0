package statement

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"juma/internal/money"
)

// The columns of the detail that are read. StoreNo carries the SMID, because the
// adapter sends it as store_id: our convention, not Alipay's.
const (
	colTradeNo          = "支付宝交易号"
	colOrderNo          = "商户订单号"
	colKind             = "业务类型"
	colFinished         = "完成时间"
	colStoreNo          = "门店编号"
	colTerminalNo       = "终端号"
	colPayer            = "对方账户"
	colOrdered          = "订单金额（元）"
	colReceived         = "商家实收（元）"
	colWalletDiscount   = "支付宝优惠（元）"
	colMerchantDiscount = "商家优惠（元）"
	colCards            = "卡消费金额（元）"
	colRefundNo         = "退款批次号/请求号"
	colFee              = "服务费（元）"
	colSplit            = "分润（元）"
)

var detailColumns = []string{colTradeNo, colOrderNo, colKind, colFinished, colStoreNo, colTerminalNo, colPayer, colOrdered,
	colReceived, colWalletDiscount, colMerchantDiscount, colCards, colRefundNo, colFee, colSplit}

// textColumns hold free text and may bring commas of their own, in the order in
// which they are suspected.
var textColumns = []string{"商品名称", "门店名称", "备注", "券名称"}

// The two kinds of rows.
const (
	kindPayment = "交易"
	kindRefund  = "退款"
)

// row is one row of the detail. Amounts carry the bill's signs: negative on
// refunds, the fee negative where we pay it.
type row struct {
	line                             int
	kind                             string
	tradeNo, orderNo, refundNo       string
	storeNo, terminalNo, payer       string
	finished                         time.Time
	ordered, received                money.Fen
	walletDiscount, merchantDiscount money.Fen
	cards, fee, split                money.Fen
}

func (r row) refund() bool { return r.kind == kindRefund }

// detail is a proved list of rows with its sums, in all and by store.
type detail struct {
	rows   []row
	total  sums
	stores map[string]*sums
}

func parseDetail(e entry, want header) (detail, error) {
	d := detail{stores: map[string]*sums{}}
	t, err := takeApart(e, want)
	if err != nil {
		return d, err
	}
	index, err := t.index(detailColumns)
	if err != nil {
		return d, err
	}
	d.rows = make([]row, 0, len(t.rows))
	for _, line := range t.rows {
		r, err := parseRow(t, index, line)
		if err != nil {
			return d, err
		}
		d.rows = append(d.rows, r)
		if d.stores[r.storeNo] == nil {
			d.stores[r.storeNo] = &sums{}
		}
		for _, s := range []*sums{&d.total, d.stores[r.storeNo]} {
			if err := s.add(r); err != nil {
				return d, corrupt(place{t.entry, line.no}, "", "", "the sum of the rows is out of range")
			}
		}
	}
	return d, proveTotals(t, d.total)
}

// parseRow reads a row. One that is too long has a comma in a free text: the
// columns behind it only make sense when the right text takes the surplus.
func parseRow(t table, index map[string]int, line textLine) (row, error) {
	at := place{t.entry, line.no}
	fields, ok := t.fields(line.text, -1)
	if ok {
		return readRow(at, index, fields)
	}
	if len(fields) > len(t.columns) {
		for _, name := range textColumns {
			give := slices.Index(t.columns, name)
			if give < 0 {
				continue
			}
			if fields, ok := t.fields(line.text, give); ok && amountsFit(t.columns, fields) {
				if r, err := readRow(at, index, fields); err == nil {
					return r, nil
				}
			}
		}
	}
	return row{}, corrupt(at, "row", line.text, "has %d fields, the header has %d", len(fields), len(t.columns))
}

// amountsFit tells whether every column of amounts holds one, also those that
// are not read: a row that was put together wrongly does not pass.
func amountsFit(columns, fields []string) bool {
	for i, name := range columns {
		if _, err := money.ParseYuan(fields[i]); err != nil && strings.HasSuffix(name, "（元）") {
			return false
		}
	}
	return true
}

func readRow(at place, index map[string]int, fields []string) (row, error) {
	get := func(col string) string { return fields[index[col]] }
	r := row{
		line: at.line, kind: get(colKind), tradeNo: get(colTradeNo), orderNo: get(colOrderNo), refundNo: get(colRefundNo),
		storeNo: get(colStoreNo), terminalNo: get(colTerminalNo), payer: get(colPayer),
	}
	for _, col := range []string{colTradeNo, colOrderNo} {
		if get(col) == "" {
			return r, corrupt(at, col, "", "missing")
		}
	}
	var err error
	if r.finished, err = parseTime(get(colFinished)); err != nil {
		return r, corrupt(at, colFinished, get(colFinished), "want YYYY年MM月DD日 hh:mm:ss or YYYY-MM-DD hh:mm:ss")
	}
	for _, a := range []struct {
		to  *money.Fen
		col string
	}{
		{&r.ordered, colOrdered}, {&r.received, colReceived}, {&r.walletDiscount, colWalletDiscount},
		{&r.merchantDiscount, colMerchantDiscount}, {&r.cards, colCards}, {&r.fee, colFee}, {&r.split, colSplit},
	} {
		if *a.to, err = parseYuan(at, a.col, get(a.col)); err != nil {
			return r, err
		}
	}
	return r, r.check(at)
}

// check proves what a kind of row must be.
func (r row) check(at place) error {
	switch {
	case r.kind != kindPayment && r.kind != kindRefund:
		return corrupt(at, colKind, r.kind, "want %s or %s", kindPayment, kindRefund)
	case r.refund() && r.refundNo == "":
		return corrupt(at, colRefundNo, "", "a refund without its number")
	case r.refund() && r.ordered >= 0:
		return corrupt(at, colOrdered, r.ordered.Yuan(), "a refund's amount is negative")
	case !r.refund() && r.ordered <= 0:
		return corrupt(at, colOrdered, r.ordered.Yuan(), "a payment's amount is positive")
	}
	return nil
}

// The totals lines behind the rows.
var (
	paymentTotal = regexp.MustCompile(`^#交易合计[：:](\d+)笔[，,]商家实收共(-?[\d.]+)元[，,]商家优惠共(-?[\d.]+)元$`)
	refundTotal  = regexp.MustCompile(`^#退款合计[：:](\d+)笔[，,]商家实收退款共(-?[\d.]+)元[，,]商家优惠退款共(-?[\d.]+)元$`)
)

func proveTotals(t table, s sums) error {
	if err := proveTotal(t, paymentTotal, "交易合计", s.payments, s.paid, s.discount); err != nil {
		return err
	}
	return proveTotal(t, refundTotal, "退款合计", s.refunds, s.refunded, s.refundDiscount)
}

func proveTotal(t table, form *regexp.Regexp, name string, count int, received, discount money.Fen) error {
	at, m := t.comment(form)
	if m == nil {
		return corrupt(at, "", "", "the line #%s is missing", name)
	}
	n, err := parseCount(at, name, m[1])
	if err != nil {
		return err
	}
	if n != count {
		return corrupt(at, name, m[1], "the rows are %d", count)
	}
	for i, want := range []money.Fen{received, discount} {
		got, err := parseYuan(at, name, m[2+i])
		if err != nil {
			return err
		}
		if got != want {
			return corrupt(at, name, m[2+i], "the rows add up to %s", want.Yuan())
		}
	}
	return nil
}
