package web

import "juma/acquiring"

// commandChapter is what these texts add to the catalogue.
var commandChapter = chapter{texts: commandTexts, families: []family{
	{prefix: "command.", words: wordsOf(commandStates...)},
	{prefix: "way.", words: wordsOf(acquiring.ByRefund, acquiring.ByCancel)},
	{prefix: "toast.", words: []string{"command_redriven", "refund_retried"}},
	{prefix: "error.", words: []string{"command_moved", "refund_no_money"}},
}, tones: map[string]string{"command.waiting": Info, "command.done": Good, "command.dead": Bad}}

// commandTexts are those of the commands that carry refunds.
var commandTexts = texts{
	"nav.commands":        {"退款指令", "Commands"},
	"commands.title":      {"退款指令", "Refund commands"},
	"commands.text":       {"退款随指令发往渠道。多次投递不成的指令列为“已放弃”，可核实后重发；退款本身仍由系统定时查询。", "A command carries each refund to its channel. One that was delivered in vain too often is given up and can be sent again; the refund itself goes on being asked about."},
	"commands.states":     {"按状态查看", "Commands by state"},
	"commands.all":        {"全部", "All"},
	"commands.none":       {"没有这样的指令。", "There is no such command."},
	"commands.refund":     {"退款单号", "Refund"},
	"commands.channel":    {"渠道", "Channel"},
	"commands.changed":    {"最近变化", "Changed"},
	"commands.deliveries": {"投递次数", "Deliveries"},
	"commands.redrives":   {"已重发", "Sent again"},
	"commands.why":        {"放弃原因", "Given up because"},
	"commands.one":        {"退款指令", "Refund command"},
	"commands.order":      {"支付单号", "Payment"},
	"commands.amount":     {"退款金额", "Amount"},
	"commands.way":        {"方式", "Way"},
	"commands.tries":      {"第几次尝试", "Try"},
	"commands.said":       {"渠道答复", "The channel said"},
	"commands.redrive":    {"重发指令", "Send again"},
	"commands.retry":      {"再次尝试退款", "Try the refund again"},
	"commands.reason":     {"原因", "Why"},
	"commands.hint":       {"必填，记入审计。同一退款单号，渠道不会重复退款。", "Needed, and kept in the audit. The refund keeps its number: the channel gives it back once."},

	"command.waiting": {"投递中", "On its way"},
	"command.done":    {"已送达", "Delivered"},
	"command.dead":    {"已放弃", "Given up"},
	"way.refund":      {"退货", "Refund"},
	"way.cancel":      {"当日撤销", "Cancellation"},

	"toast.command_redriven": {"已重发。", "Sent again."},
	"toast.refund_retried":   {"已再次尝试。", "The refund is tried again."},
	"error.command_moved":    {"状态已变化，请查看后再操作。", "It has changed meanwhile: look again."},
	"error.refund_no_money":  {"可退余额不足，无法再次退款。", "Less is left of the payment than this refund."},
}
