package web

import "juma/internal/ledger"

// ledgerChapter is what these texts add to the catalogue.
var ledgerChapter = chapter{texts: ledgerTexts, families: []family{
	{prefix: "ledger.type.", words: wordsOf(ledger.Asset, ledger.Liability, ledger.Income, ledger.Expense)},
	{prefix: "ledger.side.", words: wordsOf(ledger.Debit, ledger.Credit)},
}}

// ledgerTexts are those of the book.
var ledgerTexts = texts{
	"nav.ledger":            {"账簿", "Ledger"},
	"ledger.title":          {"账簿", "Ledger"},
	"ledger.text":           {"备查账：款项在渠道、持牌机构及其银行，本平台不持有资金。更正只能另记一笔。", "A memorandum: the money is with channels, the licensed institution and its bank, never here. A correction is a new entry."},
	"ledger.date":           {"截至清算日期（留空为当前）", "Up to clearing date (empty: now)"},
	"ledger.show":           {"查看", "Show"},
	"ledger.trial":          {"试算平衡", "Trial balance"},
	"ledger.balanced":       {"借贷相等", "Debits equal credits"},
	"ledger.unbalanced":     {"借贷不等，请运行 juma doctor", "Debits and credits differ: run juma doctor"},
	"ledger.head":           {"科目", "Account"},
	"ledger.type":           {"类别", "Type"},
	"ledger.accounts":       {"账户数", "Accounts"},
	"ledger.debit":          {"借方", "Debit"},
	"ledger.credit":         {"贷方", "Credit"},
	"ledger.balance":        {"余额", "Balance"},
	"ledger.normal":         {"余额方向", "Normal side"},
	"ledger.where":          {"款项所在", "Who has the money"},
	"ledger.total":          {"合计", "Total"},
	"ledger.csv":            {"导出科目（CSV）", "Heads as CSV"},
	"ledger.csv_all":        {"导出全部账户（CSV）", "All accounts as CSV"},
	"ledger.rules":          {"记账规则", "Posting rules"},
	"ledger.rules_text":     {"每一笔分录都按此表生成；示例逐条由测试执行。", "Every entry is made by this table; a test books each example."},
	"ledger.chart":          {"会计科目表", "Chart of accounts"},
	"ledger.rule":           {"规则", "Rule"},
	"ledger.ref":            {"关联号", "Reference"},
	"ledger.what":           {"业务事项", "What happened"},
	"ledger.example":        {"示例", "For example"},
	"ledger.seals":          {"已封账日", "Sealed days"},
	"ledger.seals_text":     {"结算文件写出后封账：当日分录逐条入哈希链，迟到的分录记入下一个未封账日。", "A day is sealed once its files are written: its entries join a hash chain, and what is late goes to the next open day."},
	"ledger.no_seals":       {"尚无已封账日。", "No day is sealed yet."},
	"ledger.seq":            {"序号", "No."},
	"ledger.entries":        {"分录", "Entries"},
	"ledger.sealed_at":      {"封账时间", "Sealed"},
	"ledger.hash":           {"哈希", "Hash"},
	"ledger.holder":         {"所属", "Whose"},
	"ledger.against":        {"对方科目", "Against"},
	"ledger.late":           {"原属 %s", "made for %s"},
	"ledger.none":           {"没有分录。", "Nothing was booked."},
	"ledger.type.asset":     {"资产", "Asset"},
	"ledger.type.liability": {"负债", "Liability"},
	"ledger.type.income":    {"收入", "Income"},
	"ledger.type.expense":   {"费用", "Expense"},
	"ledger.side.debit":     {"借", "Debit"},
	"ledger.side.credit":    {"贷", "Credit"},
}
