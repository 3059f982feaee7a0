package web

import "juma/acquiring/routing"

// routeChapter is what these texts add to the catalogue.
var routeChapter = chapter{texts: routeTexts, families: []family{
	{prefix: "routestate.", words: wordsOf(routing.States...)},
	{prefix: "routewhy.", words: wordsOf(routing.Whys...)},
	{prefix: "routetry.", words: []string{"sent", string(routing.NotSent), string(routing.SaidNo)}},
	{prefix: "toast.", words: []string{"route_proposed", "route_approved", "route_rejected"}},
	{prefix: "error.", words: []string{"route_order", "route_set", "route_open", "route_own", "route_decided"}},
}, tones: map[string]string{
	"routestate.proposed": Warn, "routestate.in_force": Good, "routestate.replaced": Idle, "routestate.rejected": Idle,
}}

// routeTexts are those of the rules of routing.
var routeTexts = texts{
	"nav.routes":        {"路由规则", "Routes"},
	"routes.title":      {"路由规则", "Routes of payments"},
	"routes.text":       {"每笔付款按以下规则选择渠道；修改须两人完成。", "Each payment finds its channel by these rules. A change takes two people."},
	"routes.new":        {"提出新版本", "Propose a version"},
	"routes.force":      {"生效中的规则", "Rules in force"},
	"routes.default":    {"尚无约定：各钱包走各自的渠道。", "None were agreed: each wallet goes by its own channel."},
	"routes.no":         {"版本", "Version"},
	"routes.rule":       {"规则", "Rule"},
	"routes.priority":   {"优先级", "Priority"},
	"routes.when":       {"条件", "For"},
	"routes.to":         {"渠道与权重", "Channels and weights"},
	"routes.all":        {"全部付款", "every payment"},
	"routes.only":       {"%d 个商户", "%d merchants"},
	"routes.stores":     {"%d 个门店", "%d stores"},
	"routes.reserve":    {"备用", "reserve"},
	"routes.stopped":    {"已停用的渠道", "Stopped channels"},
	"routes.paused":     {"暂停，直至解除", "paused until lifted"},
	"routes.versions":   {"各版本", "Versions"},
	"routes.none":       {"尚无版本。", "There is no version yet."},
	"routes.proposed":   {"提出", "Proposed"},
	"routes.decided":    {"决定", "Decided"},
	"routes.why":        {"为何走此渠道", "Why this route"},
	"routes.ask":        {"查询", "Ask"},
	"routes.norecord":   {"该笔付款没有路由记录。", "This payment has no record of its route."},
	"routes.by":         {"按版本 %d 的规则“%s”", "By version %d, rule “%s”"},
	"routes.behind":     {"备选", "Behind it"},
	"routes.passed":     {"未选用", "Passed over"},
	"routes.tries":      {"尝试", "Tries"},
	"routes.rules":      {"规则（JSON）", "Rules (JSON)"},
	"routes.rules_hint": {"每条规则：name、priority，以及可选的 wallet、merchants、stores、min_fen、max_fen、from、until，和 targets（channel 与 weight，0 为备用）。另有 paused 与 maintenance。", "Each rule: name, priority, and where wanted wallet, merchants, stores, min_fen, max_fen, from, until; then targets with channel and weight, 0 for a reserve. Beside the rules: paused and maintenance."},
	"routes.reason":     {"原因", "Reason"},
	"routes.propose":    {"提出", "Propose"},
	"routes.try":        {"用昨日付款试算", "Try on yesterday's payments"},
	"routes.trial":      {"试算结果", "What it would have done"},
	"routes.trial_text": {"%s 的 %d 笔付款中，%d 笔渠道不变。", "%s: of %d payments, %d would go where they went."},
	"routes.trial_cut":  {"当日付款过多，只试算了一部分。", "The day has more payments than were looked at."},
	"routes.from":       {"原渠道", "From"},
	"routes.moves":      {"新渠道", "To"},
	"routes.nowhere":    {"无可用渠道", "no channel"},
	"routes.wrong":      {"有误之处", "What is wrong"},
	"routes.decide":     {"决定", "Decide"},
	"routes.approve":    {"批准并生效", "Approve, in force at once"},
	"routes.reject":     {"驳回", "Reject"},
	"routes.withdraw":   {"撤回", "Withdraw"},
	"routes.own":        {"您提出的版本须由他人批准。", "You proposed this version; another person approves it."},

	"routestate.proposed": {"待批准", "Proposed"},
	"routestate.in_force": {"生效中", "In force"},
	"routestate.replaced": {"已被取代", "Replaced"},
	"routestate.rejected": {"已驳回", "Rejected"},

	"routewhy.paused":       {"已暂停", "paused"},
	"routewhy.maintenance":  {"维护中", "under maintenance"},
	"routewhy.not_enrolled": {"商户未入网", "the merchant is not registered there"},
	"routewhy.breaker":      {"渠道无应答，已熔断", "it did not answer, its breaker was open"},
	"routewhy.not_carried":  {"不承载该钱包", "it does not carry the wallet"},
	"routewhy.no_codes":     {"不支持付款码支付", "it takes no payments by the payer's code"},

	"routetry.sent":     {"已发出", "sent"},
	"routetry.not_sent": {"未发出", "nothing was sent"},
	"routetry.said_no":  {"渠道拒绝", "the channel said no"},

	"toast.route_proposed": {"已提出，等待他人批准。", "Proposed. Another person decides."},
	"toast.route_approved": {"已批准，五秒内全部生效。", "Approved, in force everywhere within five seconds."},
	"toast.route_rejected": {"已驳回。", "Rejected."},

	"error.route_order":   {"没有这个订单号。", "There is no such order."},
	"error.route_set":     {"规则有误，请更正所指字段。", "The rules are wrong at the field named; correct it."},
	"error.route_open":    {"已有一个版本等待批准，请先决定它。", "Another version waits for a decision; decide on it first."},
	"error.route_own":     {"提出人不能批准自己的版本。", "Who proposed a version cannot approve it."},
	"error.route_decided": {"其他人已先决定，请重新查看。", "Somebody else was faster; look at it again."},
}
