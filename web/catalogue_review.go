package web

import "juma/merchants"

// reviewRisks are the risks that a second person looks at, see merchants.RiskRules.
var reviewRisks = []string{"mcc", "rate_below_cost", "store_elsewhere", "personal_account", "override", "identity_unproven", "account_unproven"}

// reviewChapter is what these texts add to the catalogue.
var reviewChapter = chapter{texts: reviewTexts, families: []family{
	{prefix: "review.event.", words: reviewEvents},
	{prefix: "review.risk.", words: reviewRisks},
	{prefix: "review.source.", words: wordsOf(merchants.FromPortal, merchants.FromImport)},
	{prefix: "review.method.", words: wordsOf(merchants.TwoFactor, merchants.FourFactor, merchants.SmallTransfer, merchants.Override)},
	{prefix: "review.proof.", words: wordsOf(merchants.Asking, merchants.Awaiting, merchants.Passed, merchants.Failed)},
	{prefix: "review.subject.", words: wordsOf(merchants.Subjects...)},
	{prefix: "toast.", words: []string{"review_approved", "review_rejected", "override_proposed", "override_confirmed"}},
	{prefix: "error.", words: []string{"review_invalid", "review_unproven", "review_other"}},
}, tones: map[string]string{
	"review.proof.asking": Info, "review.proof.awaiting": Warn, "review.proof.passed": Good, "review.proof.failed": Bad,
	"review.risk.mcc": Warn, "review.risk.rate_below_cost": Warn, "review.risk.store_elsewhere": Warn, "review.risk.personal_account": Warn,
	"review.risk.override": Warn, "review.risk.identity_unproven": Warn, "review.risk.account_unproven": Warn,
}}

// reviewTexts are those of the reviewers' pages.
var reviewTexts = texts{
	"nav.review":        {"进件审核", "Review"},
	"review.title":      {"进件审核", "Applications to review"},
	"review.text":       {"等待最久的在前。", "Those that have waited longest come first."},
	"review.states":     {"按状态查看", "Applications by state"},
	"review.waiting":    {"待审核", "Waiting"},
	"review.none":       {"没有这种状态的申请。", "There is no application in this state."},
	"review.submitted":  {"提交时间", "Submitted"},
	"review.age":        {"等待天数", "Days waited"},
	"review.source":     {"来源", "Source"},
	"review.risks":      {"风险", "Risks"},
	"review.file":       {"进件资料", "Application"},
	"review.pictures":   {"图片资料", "Documents"},
	"review.data":       {"填写资料", "Data"},
	"review.proofs":     {"核验结果", "Verifications"},
	"review.subject":    {"核验对象", "Subject"},
	"review.method":     {"方式", "Method"},
	"review.provider":   {"核验方", "Provider"},
	"review.reference":  {"核验流水号", "Reference"},
	"review.reason":     {"原因", "Reason"},
	"review.changes":    {"与上次提交相比", "Changed since the last submission"},
	"review.before":     {"上次", "Before"},
	"review.after":      {"本次", "Now"},
	"review.timeline":   {"经过", "Timeline"},
	"review.stale":      {"这份申请已由 %s 于 %s 处理，以下是现在的内容。", "%s acted on this application at %s; this is how it stands now."},
	"review.reveal":     {"查看完整信息", "Show a value in full"},
	"review.which":      {"要查看的项目", "Which value"},
	"review.why":        {"查看原因（会留痕）", "Why you need it (kept on record)"},
	"review.show":       {"查看", "Show"},
	"review.once":       {"完整信息仅显示这一次。", "The value is shown this once."},
	"review.approve":    {"通过", "Approve"},
	"review.first":      {"%s 已于 %s 初审通过，需要另一人复核。", "%s approved it at %s; another person must approve too."},
	"review.note":       {"备注", "Note"},
	"review.reject":     {"驳回", "Reject"},
	"review.reject_for": {"逐项选择驳回原因", "Choose a reason for every value that is not accepted"},
	"review.accepted":   {"无问题", "Accepted"},
	"review.to_them":    {"给申请人的说明：%s", "What to tell the applicant: %s"},
	"review.override":   {"人工认定身份", "Accept the person against the registry"},
	"review.confirm":    {"%s 已提议人工认定，需要另一人确认。", "%s proposed to accept the person; another reviewer must confirm."},
	"review.propose":    {"提议", "Propose"},
	"review.agree":      {"确认", "Confirm"},

	"review.source.portal": {"网上申请", "Portal"},
	"review.source.import": {"批量导入", "Import"},

	"review.risk.mcc":               {"高风险类目", "Risky trade"},
	"review.risk.rate_below_cost":   {"费率低于成本", "Rate below cost"},
	"review.risk.store_elsewhere":   {"异地门店", "Store elsewhere"},
	"review.risk.personal_account":  {"企业结算到个人", "Company paid to a person"},
	"review.risk.override":          {"人工认定身份", "Identity overridden"},
	"review.risk.identity_unproven": {"身份未核验通过", "Identity not proven"},
	"review.risk.account_unproven":  {"账户未核验通过", "Account not proven"},

	"review.method.two_factor":  {"二要素", "Two-factor"},
	"review.method.four_factor": {"四要素", "Four-factor"},
	"review.method.transfer":    {"小额打款", "Small transfer"},
	"review.method.override":    {"人工认定", "Override"},
	"review.proof.asking":       {"核验中", "Asking"},
	"review.proof.awaiting":     {"待确认金额", "Awaiting the amount"},
	"review.proof.passed":       {"通过", "Passed"},
	"review.proof.failed":       {"未通过", "Failed"},
	"review.subject.identity":   {"身份", "Identity"},
	"review.subject.account":    {"账户", "Account"},

	"review.event.approved_first":     {"初审通过", "Approved by the first person"},
	"review.event.override_proposed":  {"提议人工认定身份", "Override proposed"},
	"review.event.override_confirmed": {"确认人工认定身份", "Override confirmed"},
	"review.event.revealed":           {"查看完整信息", "A value was shown in full"},

	"toast.review_approved":    {"已记录通过。", "The approval is recorded."},
	"toast.review_rejected":    {"已驳回，申请人会看到原因。", "Rejected; the applicant sees the reasons."},
	"toast.override_proposed":  {"已提议，等待另一人确认。", "Proposed; another reviewer must confirm."},
	"toast.override_confirmed": {"已确认。", "Confirmed."},
	"error.review_invalid":     {"请填写原因，驳回时至少选择一项。", "Give a reason; a rejection names at least one value."},
	"error.review_other":       {"需要另一位审核员处理。", "Another reviewer must decide."},
	"error.review_unproven":    {"身份或账户尚未核验通过，不能通过申请。", "Identity or account is not proven, so it cannot be approved."},
}
