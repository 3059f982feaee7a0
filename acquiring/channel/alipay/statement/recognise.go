package statement

import (
	"strings"

	"juma/internal/bizdate"
)

// Sign is what a file says about itself.
type Sign struct {
	Summary bool         // the sums alone, taken out of the archive
	Date    bizdate.Date // first day of its period; 0: it does not say
	Account string       // the provider's number (PID); "": it does not say
}

// Recognise tells an Alipay bill by the head of its detail, zipped or not,
// whatever the file is called. It proves nothing: Read does.
func Recognise(data []byte) (Sign, bool) {
	a, err := open(data)
	if err != nil {
		return Sign{}, false
	}
	var sign Sign
	for _, line := range strings.Split(a.detail.text, "\n") {
		line = strings.TrimSpace(line)
		if m := periodLine.FindStringSubmatch(line); m != nil {
			if t, err := parseTime(m[1]); err == nil {
				sign.Date = bizdate.Of(t)
			}
		}
		if m := accountLine.FindStringSubmatch(line); m != nil {
			sign.Account = strings.TrimSuffix(m[1], accountSuffix)
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := columnNames(line)
		has := func(name string) bool {
			for _, c := range columns {
				if c == name {
					return true
				}
			}
			return false
		}
		sign.Summary = has(colPayments) && has(colNet)
		return sign, sign.Summary || (has(colTradeNo) && has(colRefundNo))
	}
	return Sign{}, false
}

// Header gives the columns of the detail, or of the sums, in Alipay's order (as of
// 2026), and those among them without which it cannot be read.
func Header(summary bool) (all, needed []string) {
	if summary {
		return columnNames("门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"),
			append([]string(nil), summaryColumns...)
	}
	return columnNames("支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）," +
		"支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"), append([]string(nil), detailColumns...)
}
