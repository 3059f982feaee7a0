package web

import "juma/clearing/payout"

// payoutChapter is what these texts add to the catalogue.
var payoutChapter = chapter{texts: payoutTexts, families: []family{
	{prefix: "payoutstate.", words: wordsOf(payout.States...)},
	{prefix: "arrival.", words: wordsOf(payout.States...)},
	{prefix: "payoutproof.", words: wordsOf(payout.ProofStates...)},
	{prefix: "toast.", words: []string{"payout_proposed", "payout_released", "payout_withdrawn"}},
	{prefix: "error.", words: []string{"payout_own", "payout_conflict", "why_needed"}},
}, tones: map[string]string{
	"payoutstate.proposed": Warn, "payoutstate.instructed": Info, "payoutstate.sent": Info, "payoutstate.paid": Good,
	"payoutstate.failed": Bad, "payoutstate.returned": Bad, "payoutstate.withdrawn": Idle,
	"arrival.proposed": Warn, "arrival.instructed": Info, "arrival.sent": Info, "arrival.paid": Good,
	"arrival.failed": Bad, "arrival.returned": Bad, "arrival.withdrawn": Bad,
	"payoutproof.balanced": Good, "payoutproof.missing": Warn, "payoutproof.short": Bad, "payoutproof.over": Bad, "payoutproof.open": Warn,
}}

// payoutTexts are those of payouts, for clearing and for merchants.
var payoutTexts = texts{
	"nav.payouts":       {"出款", "Payouts"},
	"payouts.title":     {"出款", "Payouts"},
	"payouts.text":      {"批次放行后生成付款指令，由持牌机构付款；银行回盘用 juma clearing payouts import 导入。", "A released day instructs payments, which the licensed institution makes; the bank's results come in by juma clearing payouts import."},
	"payouts.unpaid":    {"失败与退票", "Failed and returned"},
	"payouts.no_unpaid": {"没有待处理的失败或退票。", "Nothing failed or came back."},
	"payouts.days":      {"按清算日期", "By clearing date"},
	"payouts.none":      {"还没有出款。", "Nothing was instructed yet."},
	"payouts.day":       {"%s 出款", "Payouts of %s"},
	"payouts.no":        {"出款单号", "Payout"},
	"payouts.account":   {"收款账户", "Account"},
	"payouts.due":       {"应付日期", "Due"},
	"payouts.by":        {"付款机构", "Paid by"},
	"payouts.reason":    {"原因", "Reason"},
	"payouts.replaces":  {"重付自", "Replaces"},
	"payouts.again":     {"申请重付", "Pay again"},
	"payouts.why":       {"说明（如：账户已更正）", "Why (such as: the account was corrected)"},
	"payouts.release":   {"放行", "Release"},
	"payouts.withdraw":  {"撤回", "Withdraw"},
	"payouts.files":     {"付款指令文件", "Instruction files"},
	"payouts.file":      {"文件", "File"},
	"payouts.made":      {"生成", "Made"},
	"payouts.no_files":  {"尚未生成文件，用 juma clearing payouts send 生成。", "No file yet; juma clearing payouts send makes it."},
	"payouts.proof":     {"三方核对：交易、对账单、银行入账", "Three-way proof: payments, statement, bank"},
	"payouts.no_proof":  {"尚未核对，用 juma clearing credits import 导入银行入账通知。", "Not proved yet; juma clearing credits import takes the bank's credit advice."},
	"payouts.ours":      {"交易净额", "Payments, net"},
	"payouts.statement": {"对账单净额", "Statement, net"},
	"payouts.bank":      {"银行入账", "Bank"},
	"payouts.gap":       {"差额", "Difference"},
	"payouts.moving":    {"在途与已付", "On its way or paid"},

	"payoutstate.proposed":   {"待放行", "To be released"},
	"payoutstate.instructed": {"待发送", "To be sent"},
	"payoutstate.sent":       {"银行处理中", "At the bank"},
	"payoutstate.paid":       {"已付", "Paid"},
	"payoutstate.failed":     {"失败", "Failed"},
	"payoutstate.returned":   {"退票", "Returned"},
	"payoutstate.withdrawn":  {"已撤回", "Withdrawn"},

	"arrival.heading":    {"到账状态", "Arrival"},
	"arrival.proposed":   {"重付处理中", "Being paid again"},
	"arrival.instructed": {"处理中", "On its way"},
	"arrival.sent":       {"处理中", "On its way"},
	"arrival.paid":       {"已到账", "Arrived"},
	"arrival.failed":     {"付款失败", "Failed"},
	"arrival.returned":   {"退票", "Came back"},
	"arrival.withdrawn":  {"待重付", "To be paid again"},

	"payoutproof.balanced": {"三方一致", "Balanced"},
	"payoutproof.missing":  {"银行未入账", "Not credited yet"},
	"payoutproof.short":    {"银行少入", "Bank short"},
	"payoutproof.over":     {"银行多入", "Bank over"},
	"payoutproof.open":     {"有未销行", "Lines wait"},

	"toast.payout_proposed":  {"已申请重付，等待另一人放行。", "Proposed; somebody else must release it."},
	"toast.payout_released":  {"已放行，将列入下一个付款指令文件。", "Released; it goes into the next instruction file."},
	"toast.payout_withdrawn": {"已撤回。", "Withdrawn."},
	"error.payout_own":       {"申请和放行须由两人完成。", "Who proposed it may not release it."},
	"error.payout_conflict":  {"这笔出款已有人处理，或商户账户已变更。请查看最新状态；账户变更后须撤回并重新申请。", "It was decided meanwhile, or the merchant's account has changed. Here is how it stands; after a change of account, withdraw it and propose again."},
}
