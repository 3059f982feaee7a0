package web

import "juma/acquiring/channel"

// billChapter is what these texts add to the catalogue.
var billChapter = chapter{texts: billTexts, families: []family{
	{prefix: "bill.", words: []string{
		string(channel.PaymentLine), string(channel.RefundLine), "sheet.days", "sheet.rows",
		"col.date", "col.time", "col.kind", "col.order_no", "col.origin", "col.wallet", "col.channel_no", "col.store", "col.terminal", "col.amount", "col.fee", "col.net",
		"col.rows", "col.gross", "col.refund", "col.adjust", "col.carried", "col.credited", "col.settlement_date",
	}},
}}

// billTexts are those of merchants' statements.
var billTexts = texts{
	"nav.bills":           {"对账单", "Statements"},
	"bills.title":         {"对账单", "Statements"},
	"bills.text":          {"按清算日期。收款 − 退款 − 手续费 ± 调账 = 应结；保留三年。", "By clearing date. Paid − refunds − fees ± adjustments = net; kept for three years."},
	"bills.none":          {"自 %s 起还没有结算。", "Nothing has been settled since %s."},
	"bills.months":        {"按月", "By month"},
	"bills.days":          {"%s 每日", "Days of %s"},
	"bills.download":      {"下载", "Download"},
	"bills.rows_csv":      {"明细 CSV", "Items, CSV"},
	"bills.days_csv":      {"每日 CSV", "Days, CSV"},
	"bills.xlsx":          {"Excel", "Excel"},
	"bills.gbk":           {"旧版 Excel（GBK）", "Old Excel (GBK)"},
	"bills.month_total":   {"合计", "Total"},
	"bill.payment":        {"收款", "Payment"},
	"bill.refund":         {"退款", "Refund"},
	"bill.sheet.days":     {"每日汇总", "Days"},
	"bill.sheet.rows":     {"交易明细", "Items"},
	"bill.col.date":       {"清算日期", "Clearing date"},
	"bill.col.time":       {"交易时间", "Time"},
	"bill.col.kind":       {"类型", "Kind"},
	"bill.col.order_no":   {"订单号/退款单号", "Order or refund no."},
	"bill.col.origin":     {"原订单号", "Order of the refund"},
	"bill.col.wallet":     {"钱包", "Wallet"},
	"bill.col.channel_no": {"渠道流水号", "Channel reference"},
	"bill.col.store":      {"门店", "Store"},
	"bill.col.terminal":   {"终端号", "Terminal"},
	"bill.col.amount":     {"金额（元）", "Amount (yuan)"},
	"bill.col.fee":        {"手续费（元）", "Fee (yuan)"},
	"bill.col.net":        {"应结（元）", "Net (yuan)"},
	"bill.col.rows":       {"笔数", "Items"},
	"bill.col.gross":      {"收款（元）", "Paid (yuan)"},
	"bill.col.refund":     {"退款（元）", "Refunds (yuan)"},
	"bill.col.adjust":     {"调账（元）", "Adjustments (yuan)"},
	"bill.col.carried":    {"与其他日结转（元）", "Carried between days (yuan)"},
	"bill.col.credited":   {"到账（元）", "Received (yuan)"},

	"bill.col.settlement_date": {"结算日期", "Settlement date"},
}
