package web

// merchantChapter is what these texts add to the catalogue.
var merchantChapter = chapter{texts: merchantTexts, families: []family{
	{prefix: "toast.", words: []string{"refund_taken"}},
}}

// merchantTexts are those of the merchant's pages.
var merchantTexts = texts{
	"merchant.payments":    {"交易流水", "Payments"},
	"merchant.no_payments": {"还没有交易。", "There is no payment yet."},
	"merchant.slips":       {"结算单", "Settlement slips"},
	"merchant.no_slips":    {"还没有结算。", "Nothing has been settled yet."},
	"merchant.explain":     {"明细", "Explain"},
	"merchant.net_hint":    {"当日收款减退款，未扣手续费", "Paid less refunded, before fees"},
	"merchant.gross":       {"收款", "Paid"},
	"merchant.refunded":    {"退款", "Refunded"},
	"merchant.count":       {"笔数", "Payments"},
	"merchant.times":       {"%d 笔", "× %d"},
	"merchant.partial":     {"交易较多，以上合计未包含全部交易，请以结算单为准。", "There are more payments than these totals include; the settlement slip has all of them."},

	"payment.title":         {"交易详情", "Payment"},
	"payment.created":       {"下单时间", "Ordered"},
	"payment.paid":          {"支付时间", "Paid"},
	"payment.channel_no":    {"渠道流水号", "Channel reference"},
	"payment.rrn":           {"检索参考号", "Retrieval reference"},
	"payment.terminal":      {"门店与终端", "Store and terminal"},
	"payment.rate":          {"费率", "Rate"},
	"payment.refunds":       {"退款记录", "Refunds"},
	"payment.refund_no":     {"退款单号", "Refund no."},
	"payment.reason":        {"退款原因", "Reason"},
	"payment.by":            {"操作人", "By"},
	"payment.refund":        {"退款", "Refund"},
	"payment.refund_amount": {"退款金额（元）", "Amount (yuan)"},
	"payment.refund_most":   {"最多可退 %s", "At most %s"},
	"payment.refund_submit": {"确认退款", "Refund"},
	"toast.refund_taken":    {"退款申请已受理，结果以退款记录为准。", "The refund is taken in; the list of refunds shows its state."},

	"slip.title":            {"结算单 %s", "Settlement slip %s"},
	"slip.formula":          {"收款 − 退款 − 手续费 = 到账", "paid − refunds − fees = received"},
	"slip.paid":             {"收款", "Paid"},
	"slip.paid.text":        {"当日对平的收款", "payments matched for the day"},
	"slip.refund":           {"退款", "Refunds"},
	"slip.refund.text":      {"当日对平的退款", "refunds matched for the day"},
	"slip.fee":              {"手续费", "Fees"},
	"slip.fee.text":         {"逐笔计算，已减去退款返还的手续费", "computed per payment, less fees given back on refunds"},
	"slip.adjust":           {"调账", "Adjustments"},
	"slip.adjust.text":      {"差错处理 %d 笔", "%d corrections"},
	"slip.net":              {"应结金额", "Net"},
	"slip.suspended":        {"暂缓扣收", "Put off"},
	"slip.suspended.text":   {"当日净额为负，留待后续结算扣回", "the day is negative; it is taken from a later settlement"},
	"slip.replenished":      {"扣回前期", "Taken back"},
	"slip.replenished.text": {"此前暂缓的负数金额", "a negative day that had been put off"},
	"slip.received":         {"到账", "Received"},
	"slip.settles_on":       {"结算日期 %s，共 %d 笔。", "Settles on %s; %d items."},
}
