package statement

import (
	"bytes"
	"slices"
	"strings"
)

// The columns that are read, by their names in the header. New columns and
// another order are accepted.
const (
	colTime       = "交易时间"
	colAccount    = "商户号"
	colMerchant   = "特约商户号"
	colDevice     = "设备号"
	colTradeNo    = "微信订单号"
	colOrderNo    = "商户订单号"
	colPayer      = "用户标识"
	colState      = "交易状态"
	colCurrency   = "货币种类"
	colSettled    = "应结订单金额"
	colRefundID   = "微信退款单号"
	colRefundNo   = "商户退款单号"
	colRefunded   = "退款金额"
	colCoupon     = "充值券退款金额"
	colRefundStat = "退款状态"
	colFee        = "手续费"
	colTotal      = "订单金额"
	colAsked      = "申请退款金额"
)

// rowColumns are those of the bills ALL and REFUND; SUCCESS has no refunds, and
// none of refundColumns.
var rowColumns = []string{colTime, colAccount, colMerchant, colDevice, colTradeNo, colOrderNo, colPayer, colState, colCurrency,
	colSettled, colRefundID, colRefundNo, colRefunded, colCoupon, colRefundStat, colFee, colTotal, colAsked}

var refundColumns = []string{colRefundID, colRefundNo, colRefunded, colCoupon, colRefundStat, colAsked, sumRefunded, sumCoupon, sumAsked}

// without leaves the columns of refunds out.
func without(columns []string) []string {
	return slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return slices.Contains(refundColumns, c) })
}

// The summary's columns.
const (
	sumCount    = "总交易单数"
	sumSettled  = "应结订单总金额"
	sumRefunded = "退款总金额"
	sumCoupon   = "充值券退款总金额"
	sumFee      = "手续费总金额"
	sumTotal    = "订单总金额"
	sumAsked    = "申请退款总金额"
)

var sumColumns = []string{sumCount, sumSettled, sumRefunded, sumCoupon, sumFee, sumTotal, sumAsked}

// columns says at which place a column stands.
type columns struct {
	at    map[string]int
	count int
}

func (c columns) has(name string) bool {
	_, ok := c.at[name]
	return ok
}

// readHeader reads a header line, with or without backticks, and checks that
// all wanted columns are there, once each.
func readHeader(no int, line []byte, wanted []string) (columns, error) {
	names := strings.Split(strings.ReplaceAll(string(line), "`", ""), ",")
	c := columns{at: make(map[string]int, len(names)), count: len(names)}
	for i, name := range names {
		name = strings.TrimSpace(name)
		if _, twice := c.at[name]; twice && slices.Contains(wanted, name) {
			return c, corrupt(no, name, "", "the column stands there twice")
		}
		c.at[name] = i
	}
	for _, name := range wanted {
		if _, ok := c.at[name]; !ok {
			return c, corrupt(no, name, "", "the column is missing: want WeChat's bill of type ALL, SUCCESS or REFUND, in a known layout")
		}
	}
	return c, nil
}

// split cuts a line of values. Every value has a leading backtick, so that the
// separator is comma and backtick, and a comma inside a name is just a comma.
func split(no int, line []byte, want int) ([]string, error) {
	if line[0] != '`' {
		return nil, corrupt(no, "line", clipped(line), "values want a leading backtick")
	}
	parts := bytes.Split(line[1:], []byte(",`"))
	if len(parts) != want {
		return nil, corrupt(no, "line", clipped(line), "has %d values, the header has %d", len(parts), want)
	}
	cells := make([]string, len(parts))
	for i, p := range parts {
		cells[i] = string(p)
	}
	return cells, nil
}

// clipped quotes the beginning of a line that fits no layout.
func clipped(line []byte) string {
	const most = 40
	runes := []rune(string(line))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}
