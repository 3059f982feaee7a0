package wechat

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
)

// billType is which rows a bill has and how it is laid out.
type billType struct {
	header  string
	summary string
	shows   func(billRow) bool
}

const (
	columnsAll     = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
	columnsSuccess = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注"
	columnsRefund  = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"

	summaryAll     = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
	summarySuccess = "总交易单数,应结订单总金额,手续费总金额,订单总金额"
)

var billTypes = map[string]billType{
	"ALL":     {columnsAll, summaryAll, func(billRow) bool { return true }},
	"SUCCESS": {columnsSuccess, summarySuccess, func(r billRow) bool { return !r.isRefund }},
	"REFUND":  {columnsRefund, summaryAll, func(r billRow) bool { return r.isRefund }},
}

// columns prints each column of a row. On a payment the refund numbers are 0;
// on a refund the order amounts are 0.00.
var columns = map[string]func(billRow) string{
	"交易时间":    func(r billRow) string { return billTime(r.at) },
	"公众账号ID":  func(billRow) string { return spAppID },
	"商户号":     func(r billRow) string { return r.spMchID },
	"特约商户号":   func(r billRow) string { return r.subMchID },
	"设备号":     func(r billRow) string { return r.device },
	"微信订单号":   func(r billRow) string { return r.transactionID },
	"商户订单号":   func(r billRow) string { return r.outTradeNo },
	"用户标识":    func(r billRow) string { return r.openid },
	"交易类型":    func(billRow) string { return "JSAPI" },
	"交易状态":    func(r billRow) string { return r.pick(success, refunded) },
	"付款银行":    func(billRow) string { return bankType },
	"货币种类":    func(billRow) string { return "CNY" },
	"应结订单金额":  func(r billRow) string { return yuan(r.orderFen) },
	"代金券金额":   func(billRow) string { return yuan(0) },
	"退款申请时间":  func(r billRow) string { return billTime(r.at) },
	"退款成功时间":  func(r billRow) string { return billTime(r.at) },
	"微信退款单号":  func(r billRow) string { return r.pick("0", r.refundID) },
	"商户退款单号":  func(r billRow) string { return r.pick("0", r.number) },
	"退款金额":    func(r billRow) string { return yuan(r.refundFen) },
	"充值券退款金额": func(billRow) string { return yuan(0) },
	"退款类型":    func(r billRow) string { return r.pick("", "ORIGINAL") },
	"退款状态":    func(r billRow) string { return r.refundState },
	"商品名称":    func(r billRow) string { return plainText(r.description) },
	"商户数据包":   func(r billRow) string { return plainText(r.attach) },
	"手续费":     func(r billRow) string { return yuan5(r.feeFen) },
	"费率":      func(billRow) string { return feeRate() },
	"订单金额":    func(r billRow) string { return yuan(r.orderFen) },
	"申请退款金额":  func(r billRow) string { return yuan(r.refundFen) },
	"费率备注":    func(billRow) string { return "" },
}

// print writes the bill: header, rows, summary header, summary; UTF-8 without
// BOM, CRLF, a backtick before every value.
func (t billType) print(rows []billRow) []byte {
	var b bytes.Buffer
	b.WriteString(t.header + "\r\n")
	names := strings.Split(t.header, ",")
	totals := map[string]int64{}
	for _, r := range rows {
		for i, name := range names {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString("`" + columns[name](r))
		}
		b.WriteString("\r\n")
		totals["应结订单总金额"] += r.orderFen
		totals["退款总金额"] += r.refundFen
		totals["手续费总金额"] += r.feeFen
		totals["订单总金额"] += r.orderFen
		totals["申请退款总金额"] += r.refundFen
	}
	b.WriteString(t.summary + "\r\n")
	for i, name := range strings.Split(t.summary, ",") {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('`')
		switch name {
		case "总交易单数":
			b.WriteString(strconv.Itoa(len(rows)))
		case "手续费总金额":
			b.WriteString(yuan5(totals[name]))
		default:
			b.WriteString(yuan(totals[name]))
		}
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

func (r billRow) pick(payment, refund string) string {
	if r.isRefund {
		return refund
	}
	return payment
}

func billTime(t time.Time) string { return t.In(bizdate.Zone).Format(time.DateTime) }

// yuan prints fen with two decimals.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

// yuan5 prints a fee: five decimals, though it is rounded to the fen.
func yuan5(fen int64) string { return yuan(fen) + "000" }

// feeRate prints sandbox.FeePPM as a percentage with two decimals.
func feeRate() string {
	ppm := sandbox.FeePPM[sandbox.WeChat]
	return fmt.Sprintf("%d.%02d%%", ppm/10_000, ppm%10_000/100)
}
