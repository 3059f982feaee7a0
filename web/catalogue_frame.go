package web

// frameChapter is what these texts add to the catalogue.
var frameChapter = chapter{texts: frameTexts, families: []family{
	{prefix: "navgroup.", words: []string{"merchants", "plates", "money", "staff", "system"}},
}}

// frameTexts are those of the frames around every page and of the components.
var frameTexts = texts{
	"brand":              {"聚码", "Juma"},
	"nav.other_language": {"English", "中文"},
	"nav.skip":           {"跳到正文", "Skip to content"},
	"nav.main":           {"主导航", "Main"},
	"nav.merchant":       {"收款", "Takings"},
	"nav.settlement":     {"清算结算", "Settlement"},
	"nav.logout":         {"退出", "Log out"},
	"portal.footer":      {"时间均为北京时间，金额单位为人民币元。", "All times are Beijing time, all amounts in yuan."},

	"navgroup.merchants": {"商户", "Merchants"},
	"navgroup.plates":    {"码牌", "Plates"},
	"navgroup.money":     {"资金", "Money"},
	"navgroup.staff":     {"账号", "Accounts"},
	"navgroup.system":    {"系统", "System"},

	"pager.label":  {"翻页", "Pages"},
	"pager.prev":   {"上一页", "Previous"},
	"pager.next":   {"下一页", "Next"},
	"pager.range":  {"第 %d–%d 条，共 %d 条", "%d–%d of %d"},
	"pager.newest": {"回到最新", "Newest"},
	"pager.older":  {"更早", "Older"},
}
