package web

import (
	"juma/acquiring"
	"juma/acquiring/channel"
)

// wireChapter is what these texts add to the catalogue.
var wireChapter = chapter{texts: wireTexts, families: []family{
	{prefix: "wire.method.", words: acquiring.WireMethods},
	{prefix: "wire.outcome.", words: wordsOf(channel.Succeeded, channel.Refused, channel.Pending, channel.Unknown)},
	{prefix: "wire.problem.", words: wordsOf(channel.WireProblems...)},
	{prefix: "toast.", words: []string{"payment_resent"}},
	{prefix: "error.", words: []string{"resend_nothing"}},
}}

// wireTexts are those of the messages on a payment's page, and of telling it again.
var wireTexts = texts{
	"wire.out":  {"%s：%s", "%s: %s"},
	"wire.in":   {"%s：通知报文", "%s: its notification"},
	"wire.show": {"报文（已脱敏）", "Messages, masked"},

	"wire.method.prepay":       {"下单", "order placed"},
	"wire.method.query":        {"查单", "payment asked about"},
	"wire.method.close":        {"关单", "order closed"},
	"wire.method.refund":       {"退款", "refund sent"},
	"wire.method.query_refund": {"查退款", "refund asked about"},
	"wire.method.pay_by_code":  {"被扫收款", "payment by code"},
	"wire.method.reverse":      {"撤销", "order undone"},
	"wire.method.notice":       {"通知", "notification"},

	"wire.outcome.succeeded": {"成功", "succeeded"},
	"wire.outcome.refused":   {"拒绝", "refused"},
	"wire.outcome.pending":   {"处理中", "pending"},
	"wire.outcome.unknown":   {"未知", "unknown"},

	"wire.problem.timeout":   {"超时无应答", "no answer in time"},
	"wire.problem.gave_up":   {"调用方放弃", "the caller gave up"},
	"wire.problem.line":      {"连接失败", "the connection failed"},
	"wire.problem.broke_off": {"应答中断", "the answer broke off"},
	"wire.problem.too_long":  {"应答过长，不显示", "the answer is too long to show"},

	"payments.resend":      {"重发通知", "Tell it again"},
	"payments.resend_text": {"向商户侧再次发布成功事件；内容不变，操作人和原因会留痕。", "Publishes the success to the merchant's side once more, with the same facts. Who and why is on record."},
	"payments.resend_do":   {"重发", "Tell it again"},

	"payments.event.payment.resent": {"重发支付成功事件", "The payment was told again"},
	"payments.event.refund.resent":  {"重发退款成功事件", "The refund was told again"},

	"toast.payment_resent": {"已重新发布。", "Published again."},
	"error.resend_nothing": {"尚未成功，没有可重发的内容。", "It did not succeed: there is nothing to tell."},
}
