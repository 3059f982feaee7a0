package web

import "juma/clearing/terms"

// termChapter is what these texts add to the catalogue.
var termChapter = chapter{texts: termTexts, families: []family{
	{prefix: "termstate.", words: wordsOf(terms.States...)},
	{prefix: "holdstate.", words: wordsOf(terms.Held, terms.Ended)},
	{prefix: "holdscope.", words: wordsOf(terms.Scopes...)},
	{prefix: "holdkind.", words: wordsOf(terms.Kinds...)},
	{prefix: "toast.", words: []string{"term_proposed", "term_approved", "term_rejected", "hold_put", "hold_ended"}},
	{prefix: "error.", words: []string{"term_cycle", "term_minimum", "term_from", "term_unknown", "term_own", "term_conflict", "term_invalid"}},
}, tones: map[string]string{
	"termstate.proposed": Warn, "termstate.approved": Good, "termstate.rejected": Idle, "holdstate.held": Warn, "holdstate.ended": Idle,
}}

// termTexts are those of settlement terms and holds.
var termTexts = texts{
	"nav.terms":          {"结算条件", "Settlement terms"},
	"terms.title":        {"结算条件与止付", "Settlement terms and holds"},
	"terms.text":         {"未另行约定的商户按 T+1 结算，不设起结金额。修改和解除均须两人完成。", "A merchant with whom nothing else was agreed is paid on T+1, whatever the amount. A change and the end of a hold take two people."},
	"terms.changes":      {"结算条件变更", "Changes of terms"},
	"terms.none":         {"没有另行约定的商户。", "No merchant has terms of its own."},
	"terms.new":          {"提出新的结算条件", "Propose terms"},
	"terms.merchant":     {"商户编号", "Merchant number"},
	"terms.cycle":        {"结算周期", "Cycle"},
	"terms.cycle_hint":   {"T+n：n 个工作日；D+n：n 个自然日", "T+n: n working days; D+n: n calendar days"},
	"terms.minimum":      {"起结金额", "Minimum"},
	"terms.minimum_hint": {"不足时结转下期，0 为不设", "less is carried forward; 0 is none"},
	"terms.from":         {"生效清算日期", "First clearing date"},
	"terms.from_hint":    {"如 2026-03-20，不早于今天", "such as 2026-03-20, not before today"},
	"terms.reason":       {"原因", "Reason"},
	"terms.note":         {"复核意见", "Note"},
	"terms.propose":      {"提交复核", "Propose"},
	"terms.approve":      {"同意", "Approve"},
	"terms.reject":       {"驳回", "Refuse"},
	"terms.by":           {"提出人", "Proposed by"},
	"terms.decided":      {"复核人", "Decided by"},
	"terms.holds":        {"止付", "Holds"},
	"terms.no_holds":     {"没有止付。", "Nothing is held."},
	"terms.put":          {"新增止付", "Hold back"},
	"terms.put_submit":   {"止付", "Hold"},
	"terms.object":       {"商户编号或支付单号", "Merchant or order number"},
	"terms.scope":        {"对象", "What"},
	"terms.kind":         {"类别", "Kind"},
	"terms.held_by":      {"止付人", "Held by"},
	"terms.ended_by":     {"解除人", "Ended by"},
	"terms.end":          {"解除", "Let go"},

	"termstate.proposed": {"待复核", "Proposed"},
	"termstate.approved": {"已生效", "Approved"},
	"termstate.rejected": {"已驳回", "Refused"},
	"holdstate.held":     {"止付中", "Held"},
	"holdstate.ended":    {"已解除", "Ended"},
	"holdscope.merchant": {"商户", "Merchant"},
	"holdscope.payment":  {"支付单", "Payment"},
	"holdkind.ordinary":  {"一般", "Ordinary"},
	"holdkind.risk":      {"风控", "Risk"},

	"toast.term_proposed": {"已提交，等待另一人复核。", "Proposed; somebody else must approve it."},
	"toast.term_approved": {"已同意。", "Approved."},
	"toast.term_rejected": {"已驳回。", "Refused."},
	"toast.hold_put":      {"已止付。", "Held."},
	"toast.hold_ended":    {"已解除。", "Let go."},
	"error.term_cycle":    {"请填写 T+1 至 T+30 或 D+1 至 D+30。", "Write T+1 to T+30, or D+1 to D+30."},
	"error.term_minimum":  {"请填写 0 至 1,000,000.00 元。", "Write 0 to 1,000,000.00 yuan."},
	"error.term_from":     {"请填写今天或以后的日期。", "Write a date from today on."},
	"error.term_unknown":  {"没有这个商户或支付单。", "There is no such merchant or payment."},
	"error.term_own":      {"提出和复核须由两人完成。", "This takes a person other than who asked for it."},
	"error.term_conflict": {"该对象已有未处理的申请或止付，或已经处理、结算，请查看最新状态。", "It has an open proposal or hold, or was decided or settled meanwhile. Here is how it stands."},
	"error.term_invalid":  {"填写有误，请核对。", "Something is not right; check what was written."},
}
