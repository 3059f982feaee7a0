package web

// columnChapter is what these texts add to the catalogue.
var columnChapter = chapter{texts: columnTexts}

// columnTexts head the columns of tables; one thing has one name wherever it stands.
var columnTexts = texts{
	"col.clearing_date":   {"清算日期", "Clearing date"},
	"col.settlement_date": {"结算日期（T+1）", "Settlement (T+1)"},
	"col.state":           {"状态", "State"},
	"col.merchants":       {"商户数", "Merchants"},
	"col.merchant":        {"商户", "Merchant"},
	"col.rows":            {"笔数", "Items"},
	"col.gross":           {"交易额", "Gross"},
	"col.refund":          {"退款", "Refunds"},
	"col.fee":             {"手续费", "Fees"},
	"col.adjust":          {"调账", "Adjustments"},
	"col.net":             {"净额", "Net"},
	"col.held":            {"挂账", "Held"},
	"col.files":           {"文件", "Files"},
	"col.credited":        {"实际入账", "Credited"},
	"col.carried":         {"补结 / 扣回", "From before"},
	"col.due":             {"结算日期", "Settles on"},
	"col.suspended":       {"暂缓", "Suspended"},
	"col.name":            {"文件名", "File name"},
	"col.lines":           {"行数", "Lines"},
	"col.bytes":           {"字节", "Bytes"},
	"col.created":         {"生成时间", "Created"},
	"col.updated":         {"更新时间", "Updated"},
	"col.channel":         {"渠道", "Channel"},
	"col.statement_lines": {"对账单行数", "Statement lines"},
	"col.matched":         {"对平", "Matched"},
	"col.differing":       {"差错", "Differing"},
	"col.kind":            {"类型", "Kind"},
	"col.order":           {"订单号", "Order no."},
	"col.ours":            {"我方", "Our books"},
	"col.theirs":          {"渠道", "Statement"},
	"col.note":            {"说明", "Note"},
	"col.time":            {"时间", "Time"},
	"col.amount":          {"金额", "Amount"},
	"col.refunded":        {"已退款", "Refunded"},
	"col.payer":           {"付款方", "Payer"},
}
