package web

import "juma/acquiring/channel"

// scanChapter is what these texts add to the catalogue.
var scanChapter = chapter{texts: scanTexts, families: []family{
	{prefix: "scan.view.", words: []string{"asking", "password", "paid", "refused", "undoing", "undone"}, suffixes: []string{"", ".text"}},
	{prefix: "scan.why.", words: append(wordsOf(channel.ShortOfFunds, channel.CodeExpired, channel.OverLimit, channel.StaticLimit, channel.BlockedPayer,
		channel.NoCredit, channel.NotPossible, channel.GivenUp, channel.NotSent), "other")},
	{prefix: "error.", words: []string{"scan_foreign", "scan_closed", "scan_conflict", "scan_refused", "scan_channel_off", "scan_no_code", "scan_busy", "scan_taking_limit", "scan_small_credit"}},
}}

// scanTexts are those of the pages on which a merchant scans the payer's code.
var scanTexts = texts{
	"nav.scan":     {"扫码收款", "Scan a customer"},
	"scan.title":   {"扫顾客付款码收款", "Scan the customer's code"},
	"scan.text":    {"先输入金额，再扫顾客手机上的付款码。支持微信、支付宝、云闪付。", "Enter the amount, then scan the payment code on the customer's phone: WeChat, Alipay or UnionPay."},
	"scan.store":   {"门店", "Store"},
	"scan.amount":  {"收款金额（元）", "Amount (yuan)"},
	"scan.next":    {"下一步", "Next"},
	"scan.change":  {"修改金额", "Change the amount"},
	"scan.code":    {"付款码", "Payment code"},
	"scan.hint":    {"用扫码枪扫，或输入条码下方的数字。付款码一分钟内有效。", "Use a hand scanner, or type the digits below the bar code. A code is good for a minute."},
	"scan.submit":  {"收款", "Take the payment"},
	"scan.none":    {"没有可收款的门店", "There is no store to take payments at"},
	"scan.none_go": {"请联系平台为门店开通终端。", "Ask the platform to add a terminal to one of your stores."},

	"scan.camera":         {"用相机扫", "Scan with the camera"},
	"scan.camera_start":   {"打开相机", "Open the camera"},
	"scan.camera_stop":    {"关闭相机", "Close the camera"},
	"scan.camera_looking": {"请将顾客付款码的二维码对准取景框。", "Hold the square code of the customer's payment code into the frame."},
	"scan.camera_found":   {"已识别，正在收款…", "Got it. Taking the payment…"},
	"scan.camera_denied":  {"相机未授权，请在浏览器设置中允许，或使用扫码枪、输入数字。", "The browser may not use the camera. Allow it in its settings, or use a scanner or type the digits."},
	"scan.camera_missing": {"无法打开相机，请使用扫码枪或输入数字。", "The camera cannot be opened. Use a scanner or type the digits."},
	"scan.camera_video":   {"相机画面", "What the camera sees"},

	"scan.view.asking":        {"正在收款", "Taking the payment"},
	"scan.view.asking.text":   {"正在向钱包确认，请稍候，不要重复收款。", "The wallet is being asked. Wait, and do not take the payment again."},
	"scan.view.password":      {"请顾客输入密码", "The customer must enter the password"},
	"scan.view.password.text": {"顾客的手机上正在等待确认付款。", "The customer's phone is waiting for the payment to be confirmed."},
	"scan.view.paid":          {"收款成功", "Paid"},
	"scan.view.paid.text":     {"款项已收到。", "The payment has been received."},
	"scan.view.refused":       {"未收款", "Not paid"},
	"scan.view.refused.text":  {"顾客未被扣款。", "The customer was not charged."},
	"scan.view.undoing":       {"未收款，正在撤销", "Not paid, being cancelled"},
	"scan.view.undoing.text":  {"顾客没有及时付款。系统正在撤销这笔交易，如已扣款会自动退回。请勿交付商品；可以重新收款。", "The customer did not pay in time. The payment is being cancelled, and if money was taken it goes back by itself. Do not hand over the goods; you can take the payment anew."},
	"scan.view.undone":        {"已撤销", "Cancelled"},
	"scan.view.undone.text":   {"这笔交易已撤销，顾客未被扣款，或款项已退回。", "This payment was cancelled. The customer was not charged, or the money went back."},

	"scan.why.funds":        {"余额不足。请顾客换一张卡，或换一个钱包，再出示付款码。", "There is not enough money. Ask the customer for another card or wallet, and scan a fresh code."},
	"scan.why.code":         {"付款码已过期或已使用。请顾客刷新付款码后再扫。", "The payment code is too old or was used. Ask the customer to refresh it, and scan again."},
	"scan.why.limit":        {"超过顾客在钱包的付款限额。请顾客换一个钱包，或减少金额。", "This is above the customer's own limit at the wallet. Try another wallet, or a smaller amount."},
	"scan.why.static_limit": {"超过顾客当日的付款限额。请顾客换一个钱包。", "The customer's limit of the day is used up. Try another wallet."},
	"scan.why.account":      {"顾客的账户或银行卡暂不能付款。请换一个钱包，或让顾客联系钱包客服。", "The customer's account or card cannot pay at the moment. Try another wallet, or let the customer ask their wallet."},
	"scan.why.no_credit":    {"不支持这种付款方式（如信用卡）。请顾客改用余额或储蓄卡。", "This means of payment, such as a credit card, is not taken here. Ask for the balance or a debit card."},
	"scan.why.merchant":     {"本商户暂不能用该钱包收款，请联系平台。可先换一个钱包。", "You cannot take payments with this wallet at the moment: ask the platform. Another wallet may work."},
	"scan.why.given_up":     {"顾客取消了付款，或没有及时输入密码。可以重新收款。", "The customer broke it off, or did not enter the password in time. You can take the payment anew."},
	"scan.why.not_sent":     {"暂时连接不上钱包，没有发起收款。请稍后再试，或换一个钱包。", "The wallet could not be reached and nothing was asked of it. Try again soon, or use another wallet."},
	"scan.why.other":        {"钱包未受理。请顾客刷新付款码再试，或换一个钱包。", "The wallet declined. Ask for a fresh code and try again, or use another wallet."},

	"scan.order":  {"订单号", "Order no."},
	"scan.again":  {"再收一笔", "Take another payment"},
	"scan.detail": {"查看这笔交易", "See this payment"},
	"scan.reload": {"页面会自动更新。", "This page updates by itself."},

	"error.scan_foreign":      {"这不是微信、支付宝或云闪付的付款码。请顾客打开钱包里的“付款码”，不要出示收款码。", "This is no payment code of WeChat, Alipay or UnionPay. Ask the customer to open the payment code in the wallet, not the code for being paid."},
	"error.scan_closed":       {"商户或门店已停止收款。", "The merchant or the store does not take payments now."},
	"error.scan_conflict":     {"刚才的收款已提交过，请核对交易流水后再收。", "That payment was sent before with other content. Look at the list of payments before you take it again."},
	"error.scan_refused":      {"未能收款，请换一种付款方式。", "The payment was not taken. Use another way to pay."},
	"error.scan_no_code":      {"此钱包暂不支持扫付款码，请顾客扫码牌付款。", "This wallet cannot be paid by its payment code here. Let the customer scan your plate."},
	"error.scan_busy":         {"支付渠道暂时无法使用，请稍后重试，或请顾客换一个钱包。", "The payment channel cannot be used at the moment. Try again, or ask for another wallet."},
	"error.scan_channel_off":  {"尚未开通该钱包的收款，请顾客换一个钱包。", "You cannot be paid with this wallet yet. Ask the customer for another one."},
	"error.scan_taking_limit": {"今日收款已达上限，请联系平台。", "You have taken as much as you may today. Ask the platform."},
	"error.scan_small_credit": {"已达信用卡收款限额。请顾客换用微信或支付宝，以余额或储蓄卡付款。", "Your limit for credit cards is reached. Ask for WeChat or Alipay, paid from the balance or a debit card."},
}
