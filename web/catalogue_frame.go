package web

// frameChapter is what these texts add to the catalogue.
var frameChapter = chapter{texts: frameTexts, families: []family{
	{prefix: "theme.", words: themePreference.values},
	{prefix: "density.", words: densityPreference.values},
	{prefix: "step.", words: []string{"done", "current", "todo", "error"}},
	{prefix: "toast.", words: []string{"failed", "saved"}},
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

	"nav.menu":       {"菜单", "Menu"},
	"nav.waiting":    {"待处理", "Waiting"},
	"nav.crumbs":     {"当前位置", "You are here"},
	"frame.console":  {"运营后台", "Console"},
	"frame.merchant": {"商户平台", "Merchant portal"},

	"theme.title":     {"外观", "Appearance"},
	"theme.auto":      {"自动", "Auto"},
	"theme.light":     {"浅色", "Light"},
	"theme.dark":      {"深色", "Dark"},
	"density.title":   {"行距", "Rows"},
	"density.normal":  {"标准", "Normal"},
	"density.compact": {"紧凑", "Compact"},

	"keys.title":  {"键盘快捷键", "Keyboard shortcuts"},
	"keys.search": {"搜索", "Search"},
	"keys.this":   {"显示快捷键", "Show these shortcuts"},

	"search.title": {"搜索", "Search"},
	"search.hint":  {"订单号、商户、码牌、日期…", "Order, merchant, plate, date…"},
	"search.for":   {"搜索“%s”", "Search for “%s”"},
	"search.none":  {"没有找到", "Nothing found"},
	"search.help":  {"请输入完整的编号、日期（如 2026-03-09）或页面名称。", "Type a whole number, a date such as 2026-03-09, or the name of a page."},
	"search.what":  {"名称", "Name"},
	"search.page":  {"页面", "Page"},

	"form.required":   {"必填", "Required"},
	"upload.drop":     {"选择文件，或拖放到这里。", "Choose a file, or drop it here."},
	"upload.preview":  {"%s：预览", "%s: preview"},
	"upload.progress": {"%s：上传进度", "%s: upload"},
	"filters.apply":   {"查询", "Apply"},
	"filters.clear":   {"清除", "Clear"},
	"filters.on":      {"已选条件", "Filters"},
	"filters.remove":  {"去掉条件：%s", "Remove filter: %s"},
	"dialog.close":    {"关闭", "Close"},
	"copy.copy":       {"复制", "Copy"},
	"copy.label":      {"复制 %s", "Copy %s"},
	"copy.copied":     {"已复制", "Copied"},
	"compare.changed": {"有变更", "Changed"},
	"step.done":       {"已完成", "done"},
	"step.current":    {"进行中", "current"},
	"step.todo":       {"未开始", "to do"},
	"step.error":      {"有问题", "has problems"},
	"toast.saved":     {"已保存", "Saved"},
	"toast.failed":    {"没有成功，请稍后再试。", "That did not work. Try again soon."},

	"pager.rows":   {"每页", "Rows"},
	"pager.label":  {"翻页", "Pages"},
	"pager.prev":   {"上一页", "Previous"},
	"pager.next":   {"下一页", "Next"},
	"pager.range":  {"第 %d–%d 条，共 %d 条", "%d–%d of %d"},
	"pager.newest": {"回到最新", "Newest"},
	"pager.older":  {"更早", "Older"},
}
