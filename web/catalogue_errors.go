package web

import "maps"

// errorChapter is what these texts add to the catalogue. An area with error
// codes of its own has a family "error." in its own chapter.
var errorChapter = chapter{texts: errorTexts, families: []family{
	{prefix: "error.", words: errorCodes(), optional: []string{".title"}},
}}

// errorCodes lists every code that classify and the forms can give.
func errorCodes() []string {
	codes := []string{
		"method", "content_type", "too_large", "session", "form", "too_many", "authorisation", "amount", "reason", "login",
		"plate_unknown", "plate_blank", "plate_suspended", "plate_merchant", "plate_lost", "plate_replaced", "plate_void", "refund_refused", "refund_conflict", "refund_invalid", "refused",
	}
	for kind := range maps.Keys(statusOf) {
		codes = append(codes, string(kind))
	}
	for code := range maps.Values(refusals) {
		codes = append(codes, code)
	}
	return codes
}

// errorTexts are those of failures: "error."+code, and a title of its own where
// the general one does not fit.
var errorTexts = texts{
	"error.title":     {"暂时无法完成", "This did not work"},
	"error.reference": {"参考号", "reference"},

	"error.plate_unknown":         {"没有找到这个收款码，请核对后重新扫码，或请商家出示其他收款码。", "There is no such payment code. Check it and scan again, or ask the merchant for another."},
	"error.plate_unknown.title":   {"收款码无效", "Unknown payment code"},
	"error.plate_blank":           {"该收款码尚未绑定商家，暂不能收款。", "This payment code is not bound to a merchant yet and cannot take payments."},
	"error.plate_blank.title":     {"收款码未启用", "Code not in use yet"},
	"error.plate_suspended":       {"该收款码已暂停使用，请商家出示其他收款码。", "This payment code is suspended. Ask the merchant for another."},
	"error.plate_suspended.title": {"收款码已暂停", "Code suspended"},
	"error.plate_void":            {"该收款码已作废，不能再付款，请商家出示新的收款码。", "This payment code is void and will not work again. Ask the merchant for a new one."},
	"error.plate_void.title":      {"收款码已作废", "Code void"},
	"error.plate_lost":            {"该收款码已挂失，请勿付款，并请商家出示其他收款码。", "This payment code was reported lost. Do not pay with it; ask the merchant for another."},
	"error.plate_lost.title":      {"收款码已挂失", "Code reported lost"},
	"error.plate_replaced":        {"该收款码已更换，不能再付款，请扫描商家的新收款码。", "This payment code was replaced and will not work again. Scan the merchant's new one."},
	"error.plate_replaced.title":  {"收款码已更换", "Code replaced"},
	"error.plate_merchant":        {"该商家暂时不能收款，请选择其他付款方式。", "This merchant cannot take payments at the moment. Choose another way to pay."},
	"error.plate_merchant.title":  {"商家暂停收款", "Merchant not taking payments"},

	"error.authorisation":       {"钱包授权已失效，请返回钱包重新扫码。", "The wallet's authorisation is no longer valid. Go back to the wallet and scan again."},
	"error.authorisation.title": {"请重新扫码", "Scan again"},
	"error.session":             {"页面已过期，请重新扫码。", "This page has expired. Scan again."},
	"error.session.title":       {"请重新扫码", "Scan again"},
	"error.too_many":            {"操作过于频繁，请稍后再试。", "Too many attempts. Try again in a little while."},
	"error.too_many.title":      {"请稍后再试", "Try again later"},
	"error.amount":              {"请输入正确的金额，最多两位小数，且大于 0。", "Enter an amount above 0 with at most two decimals."},
	"error.no_code":             {"此钱包暂不支持付款码支付，请扫码牌付款。", "This wallet cannot be paid by its payment code here. Scan the plate."},
	"error.channel_off":         {"该商家未开通此支付方式，请换用其他钱包。", "This merchant does not accept this wallet. Use another one."},
	"error.static_limit_open":   {"您还有未完成的付款，合计会超过静态收款码的单日限额。请完成那一笔，或稍后再试；也可以打开“付款码”由商家扫码。", "With your unfinished payment this is above the daily limit for printed codes. Finish that one, try again later, or let the merchant scan your payment code."},
	"error.static_limit":        {"已超过静态收款码的单日限额。请打开钱包里的“付款码”，由商家扫码收款。", "This is above the daily limit for printed codes. Open the payment code in your wallet and let the merchant scan you."},
	"error.plate_limit":         {"此收款码今日收款已达上限，请向商家出示您的付款码，由商家扫码收款。", "This code has taken as much as it may today. Show the merchant your payment code and let them scan it."},
	"error.payment_limit":       {"超过单笔付款限额，请减少金额，或分几笔付款。", "This is more than one payment may be. Pay less, or in several payments."},
	"error.taking_limit":        {"该商家今日收款已达上限，请换用其他方式付款。", "This merchant has taken as much as it may today. Pay in another way."},
	"error.small_credit":        {"该商家已达信用卡收款限额，请换用微信或支付宝，以余额或储蓄卡付款。", "This merchant has reached its limit for credit cards. Use WeChat or Alipay, and pay from your balance or a debit card."},
	"error.velocity":            {"付款过于频繁，请过一分钟再试。", "These payments come too fast. Try again in a minute."},
	"error.wallet_refused":      {"钱包未受理本次支付，您未被扣款。", "The wallet declined this payment. You were not charged."},
	"error.order_over":          {"该订单已结束，请再次点击“付款”。", "That order is over. Press Pay again."},
	"error.login":               {"登录名或密码不正确。", "Login or password is wrong."},
	"error.form":                {"页面已过期，请返回并刷新后重试。", "This form has expired. Go back, refresh and try again."},
	"error.reason":              {"请填写退款原因，最多 80 个字。", "Give a reason of at most 80 characters."},
	"error.refund_refused":      {"退款金额超过可退金额，或该订单当前不可退款。", "This is more than can be given back, or the order cannot be refunded now."},
	"error.refund_conflict":     {"该退款申请已提交过，请核对下方退款记录。", "This refund was sent before with other content. Check the list of refunds."},
	"error.refund_invalid":      {"退款信息有误，请检查后重试。", "Something in the refund is wrong. Check it and try again."},

	"error.method":          {"该地址不支持此操作。", "This address does not support that."},
	"error.content_type":    {"请求格式不受支持。", "This kind of request is not supported."},
	"error.too_large":       {"提交的内容过大。", "What was sent is too large."},
	"error.invalid":         {"请求内容有误。", "The request is not valid."},
	"error.not_found":       {"没有找到您要的页面。", "There is no such page."},
	"error.not_found.title": {"页面不存在", "Not found"},
	"error.not_ready":       {"内容尚未生成，请稍后再看。", "This is not there yet. Come back later."},
	"error.conflict":        {"内容已发生变化，请刷新后重试。", "Things have changed meanwhile. Refresh and try again."},
	"error.refused":         {"本次操作未被受理。", "This was declined."},
	"error.forbidden":       {"您的账号没有权限使用此功能。", "Your account may not do this."},
	"error.forbidden.title": {"没有权限", "Not allowed"},
	"error.unknown":         {"结果尚未确认，请再次点击“付款”，不会重复扣款。", "The outcome is not known yet. Press Pay again: you will not be charged twice."},
	"error.unavailable":     {"服务暂时不可用，请稍后再试。", "The service is not available at the moment. Try again soon."},
	"error.corrupt":         {"数据校验未通过，已停止处理，请联系运营人员。", "The data did not pass its check and was not used. Contact operations."},
	"error.internal":        {"系统出现问题，请稍后再试。", "Something went wrong on our side. Try again later."},
}

// errorTitle is the key of an error page's title.
func errorTitle(code string) string {
	if key := "error." + code + ".title"; catalogue[key] != [2]string{} {
		return key
	}
	return "error.title"
}
