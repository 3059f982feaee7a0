package web

import (
	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/access"
)

// wordChapter is what these texts add to the catalogue.
var wordChapter = chapter{texts: wordTexts, families: []family{
	{prefix: "wallet.", words: wordsOf(channel.Wallets...)},
	{prefix: "channel.", words: wordsOf(channel.Names...)},
	{prefix: "role.", words: wordsOf(access.Roles...)},
	{prefix: "state.", words: wordsOf(acquiring.Created, acquiring.Pending, acquiring.Unknown, acquiring.Paid, acquiring.Closed, acquiring.Refused, acquiring.Reversing, acquiring.Reversed)},
	{prefix: "refund.", words: wordsOf(acquiring.RefundCreated, acquiring.RefundUnknown, acquiring.RefundSucceeded, acquiring.RefundFailed)},
	{prefix: "batch.", words: wordsOf(clearing.Computed, clearing.Filed, clearing.Released)},
	{prefix: "channelday.", words: wordsOf(clearing.Open, clearing.CutOff, clearing.Fetched, clearing.Reconciled)},
	{prefix: "item.", words: wordsOf(clearing.Ready, clearing.Waiting, clearing.Settled, clearing.Cleared)},
	{prefix: "line.", words: wordsOf(channel.PaymentLine, channel.RefundLine)},
	{prefix: "age.", words: []string{"days", "hours", "minutes", "seconds"}},
	{prefix: "kind.", words: wordsOf(clearing.Kinds...), suffixes: []string{"", ".text"}},
}, tones: map[string]string{
	"state.created": Warn, "state.pending": Warn, "state.unknown": Info, "state.paid": Good, "state.closed": Idle, "state.refused": Bad, "state.reversing": Info, "state.reversed": Idle,
	"refund.created": Info, "refund.unknown": Info, "refund.succeeded": Good, "refund.failed": Bad,
	"batch.computed": Warn, "batch.filed": Warn, "batch.released": Good,
	"channelday.open": Idle, "channelday.cut_off": Info, "channelday.fetched": Info, "channelday.reconciled": Good,
	"item.ready": Info, "item.waiting": Warn, "item.settled": Good, "item.cleared": Idle,
}}

// wordTexts are the words for states and kinds, as the wallets and banks use
// them. Keys are a prefix and the value in code.
var wordTexts = texts{
	"age.days":    {"%d 天 %d 小时", "%d d %d h"},
	"age.hours":   {"%d 小时 %d 分", "%d h %d min"},
	"age.minutes": {"%d 分 %d 秒", "%d min %d s"},
	"age.seconds": {"%d 秒", "%d s"},

	"wallet.wechat":   {"微信", "WeChat"},
	"wallet.alipay":   {"支付宝", "Alipay"},
	"wallet.unionpay": {"云闪付", "UnionPay"},

	"channel.wechat":             {"微信直连", "WeChat direct"},
	"channel.alipay":             {"支付宝直连", "Alipay direct"},
	"channel.unionpay":           {"银联直连", "UnionPay direct"},
	"channel.unionpay-aggregate": {"银联聚合", "UnionPay aggregate"},

	"state.created":   {"待支付", "To be paid"},
	"state.pending":   {"待支付", "To be paid"},
	"state.unknown":   {"处理中", "Processing"},
	"state.paid":      {"支付成功", "Paid"},
	"state.closed":    {"已关闭", "Closed"},
	"state.refused":   {"支付失败", "Failed"},
	"state.refunded":  {"转入退款", "Refunded"},
	"state.reversing": {"撤销中", "Being cancelled"},
	"state.reversed":  {"已撤销", "Cancelled"},

	"refund.created":   {"退款处理中", "In progress"},
	"refund.unknown":   {"退款处理中", "In progress"},
	"refund.succeeded": {"退款成功", "Refunded"},
	"refund.failed":    {"退款失败", "Failed"},

	"batch.computed": {"已清分", "Computed"},
	"batch.filed":    {"已出文件", "Filed"},
	"batch.released": {"已放行", "Released"},

	"channelday.open":       {"未日切", "Open"},
	"channelday.cut_off":    {"已日切", "Cut off"},
	"channelday.fetched":    {"已取对账单", "Fetched"},
	"channelday.reconciled": {"已对账", "Reconciled"},

	"item.ready":   {"可结算", "Ready"},
	"item.waiting": {"挂账", "Held"},
	"item.settled": {"已结算", "Settled"},
	"item.cleared": {"已核销", "Cleared"},

	"line.payment": {"支付", "Payment"},
	"line.refund":  {"退款", "Refund"},

	"kind.missing_ours":        {"我方缺失（长款）", "Missing in ours (long)"},
	"kind.missing_ours.text":   {"渠道对账单有这一笔，我方没有。", "The statement has this item, our books do not."},
	"kind.missing_theirs":      {"渠道缺失（短款）", "Missing in theirs (short)"},
	"kind.missing_theirs.text": {"我方有这一笔，渠道对账单没有；等待另一半，不结算。", "Our books have this item, the statement does not; it waits and does not settle."},
	"kind.amount":              {"金额不符", "Amount"},
	"kind.amount.text":         {"两边都有，金额不同；查清前不结算。", "Both sides have it with different amounts; it waits until that is explained."},
	"kind.state":               {"状态不符", "State"},
	"kind.state.text":          {"两边都有，一边成功一边未成功；查清前不结算。", "Both sides have it, but only one calls it successful; it waits."},
	"kind.fee":                 {"手续费不符", "Fee"},
	"kind.fee.text":            {"渠道收取的成本与费率表不同；照常结算，成本以渠道为准。", "The channel's charge differs from our table; it settles, and the channel's charge is the cost."},
	"kind.payer":               {"付款账号不符", "Payer"},
	"kind.payer.text":          {"付款账号不同；照常结算，以渠道账号为准并留痕。", "The payer account differs; it settles with the channel's value, and the change is on record."},
	"kind.spill":               {"跨日", "Spill"},
	"kind.spill.text":          {"同一笔在另一清算日期；以渠道日期为准。", "The same item on another clearing date; the channel's date wins."},
	"kind.duplicate":           {"重复", "Duplicate"},
	"kind.duplicate.text":      {"对账单中同一笔出现不止一次；只结算一次。", "The statement has this item more than once; it settles once."},

	"role.owner":               {"店主", "Owner"},
	"role.manager":             {"店长", "Manager"},
	"role.clerk":               {"店员", "Clerk"},
	"role.operator":            {"运营", "Operator"},
	"role.onboarding_reviewer": {"进件审核", "Onboarding reviewer"},
	"role.clearing_operator":   {"清算经办", "Clearing operator"},
	"role.clearing_approver":   {"清算复核", "Clearing approver"},
	"role.risk":                {"风控", "Risk"},
	"role.auditor":             {"审计", "Auditor"},
	"role.administrator":       {"系统管理员", "Administrator"},
}
