package web

// cashierChapter is what these texts add to the catalogue.
var cashierChapter = chapter{texts: cashierTexts, families: []family{
	{prefix: "result.", words: []string{"paid", "processing", "closed", "refused"}, suffixes: []string{"", ".text"}},
}}

// cashierTexts are those of the pages behind a plate.
var cashierTexts = texts{
	"cashier.title":     {"向%s付款", "Pay %s"},
	"cashier.payee":     {"收款方", "Payee"},
	"cashier.amount":    {"付款金额（元）", "Amount (yuan)"},
	"cashier.pad":       {"数字键盘", "Number pad"},
	"cashier.point":     {"小数点", "Decimal point"},
	"cashier.delete":    {"删除", "Delete"},
	"cashier.pay":       {"付款", "Pay"},
	"cashier.busy":      {"请稍候", "Wait…"},
	"cashier.noscript":  {"请在钱包中开启 JavaScript 后重新扫码。", "Turn on JavaScript in your wallet and scan again."},
	"cashier.network":   {"网络不稳定，请再次点击“付款”，不会重复扣款。", "The network is unstable. Press Pay again: you will not be charged twice."},
	"cashier.cancelled": {"已取消支付。", "Payment cancelled."},
	"cashier.failed":    {"钱包未能完成支付，请重试。", "The wallet could not complete the payment. Try again."},
	"cashier.bridge":    {"未能打开钱包支付，请返回后重新扫码。", "The wallet's payment sheet did not open. Go back and scan again."},

	"wallets.title": {"请用钱包扫码", "Open this code with a wallet"},
	"wallets.text":  {"请使用微信、支付宝或云闪付的“扫一扫”打开本码。", "Scan this code with WeChat, Alipay or UnionPay (云闪付)."},
	"wallets.wecom": {"企业微信暂不支持，请使用微信。", "WeCom is not supported; use WeChat."},

	"result.paid":            {"支付成功", "Paid"},
	"result.paid.text":       {"商家已收到您的付款。", "The merchant has received your payment."},
	"result.processing":      {"处理中", "Processing"},
	"result.processing.text": {"正在向钱包确认结果，请勿重复付款。", "We are confirming with your wallet. Do not pay again."},
	"result.closed":          {"已关闭", "Closed"},
	"result.closed.text":     {"该订单未完成支付，已关闭。", "This order was not paid and is closed."},
	"result.refused":         {"支付失败", "Payment failed"},
	"result.refused.text":    {"钱包未受理本次支付，您未被扣款。", "The wallet declined this payment. You were not charged."},
	"result.store":           {"商家", "Merchant"},
	"result.wallet":          {"支付方式", "Paid with"},
	"result.state":           {"当前状态", "State"},
	"result.refunded":        {"退款金额", "Refunded"},
	"result.time":            {"时间", "Time"},
	"result.order":           {"订单号", "Order no."},
	"result.reload_hint":     {"页面会自动更新。", "This page updates by itself."},
	"result.reload":          {"立即刷新", "Refresh now"},
	"result.again":           {"重新付款", "Pay again"},
}
