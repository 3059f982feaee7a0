package web

// settlementChapter is what these texts add to the catalogue.
var settlementChapter = chapter{texts: settlementTexts}

// settlementTexts are those of the operator's settlement pages.
var settlementTexts = texts{
	"days.title": {"清算结算", "Settlement"},
	"days.text":  {"每个清算日期一个结算批次：对平后结算，T+1 出款。", "One batch for each clearing date: only what is matched settles, on T+1."},
	"days.strip": {"清算日历", "Clearing days"},
	"days.none":  {"还没有结算批次。", "There is no settlement batch yet."},
	"days.more":  {"显示最近 %d 天，共 %d 天。", "Showing the newest %d of %d days."},

	"day.title":            {"清算日期 %s", "Clearing date %s"},
	"day.settles_on":       {"结算日期 %s", "settles on %s"},
	"day.updated":          {"更新于 %s", "updated %s"},
	"day.held_refunds":     {"挂账退款", "Refunds held"},
	"day.next_day":         {"归属次日", "Of the next day"},
	"day.files":            {"结算文件", "Settlement files"},
	"day.no_files":         {"尚未生成文件。", "No file has been written yet."},
	"day.download":         {"下载", "Download"},
	"day.download_note":    {"每次下载都会记录操作员、地址和时间；文件在发送前会核对 SHA-256。", "Every download is logged with user, address and time; the file's SHA-256 is checked before it is sent."},
	"day.channels":         {"渠道对账", "Channels"},
	"day.discrepancies":    {"差错", "Discrepancies"},
	"day.no_discrepancies": {"没有差错。", "There is no discrepancy."},
	"day.all_kinds":        {"全部", "All"},
	"day.absent":           {"无", "absent"},
	"day.merchants":        {"商户结算", "Merchants"},
}
