package web

import (
	"juma/clearing"
	"juma/clearing/file"
)

// settlementChapter is what these texts add to the catalogue.
var settlementChapter = chapter{texts: settlementTexts, families: []family{
	{prefix: "spec.file.", words: layoutNames()},
	{prefix: "withheld.", words: wordsOf(clearing.OnHold, clearing.BelowMinimum)},
	{prefix: "toast.", words: []string{"day_settled", "day_released"}},
	{prefix: "error.", words: []string{"not_released", "settle_meanwhile", "settle_early", "release_own", "release_early"}, optional: []string{".title"}},
}}

// layoutNames are the settlement files that the specification shows.
func layoutNames() []string {
	var names []string
	for _, f := range file.Specification() {
		names = append(names, f.Layout)
	}
	return names
}

// settlementTexts are those of the operator's settlement pages.
var settlementTexts = texts{
	"days.title": {"清算结算", "Settlement"},
	"days.text":  {"每个清算日期一个结算批次：对平后结算，T+1 出款。", "One batch for each clearing date: only what is matched settles, on T+1."},
	"days.strip": {"清算日历", "Clearing days"},
	"days.none":  {"还没有结算批次。", "There is no settlement batch yet."},
	"days.more":  {"显示最近 %d 天，共 %d 天。", "Showing the newest %d of %d days."},

	"days.open":      {"未结算的清算日", "Days not settled yet"},
	"days.open_text": {"对账完成后可以预览并结算。", "Once all channels are reconciled, a day can be previewed and settled."},

	"days.late":  {"超时告警", "Late"},
	"days.tried": {"已试 %d 次，下次 %s", "tried %d times, next at %s"},

	"withheld.hold":    {"止付", "on hold"},
	"withheld.minimum": {"未达起结金额", "below the minimum"},
	"day.wallet_pays":  {"钱包直接结算", "paid by the wallet"},

	"day.open":               {"未结算", "Not settled"},
	"day.by_maker":           {"%s 结算于 %s", "settled by %s, %s"},
	"day.by_checker":         {"%s 放行于 %s", "released by %s, %s"},
	"day.not_ready":          {"还有渠道未对账，暂时不能预览和结算。", "A channel is not reconciled yet, so there is nothing to preview or settle."},
	"day.preview":            {"结算预览，尚未记账。", "This is a preview: nothing is posted yet."},
	"day.settle":             {"结算并生成文件", "Settle and write the files"},
	"day.settle_text":        {"结算后由另一人放行；放行前不出款，文件不能下载。", "Somebody else releases it afterwards. Until then nobody is paid and no file is handed out."},
	"day.write_files":        {"生成文件", "Write the files"},
	"day.release":            {"放行", "Release"},
	"day.release_text":       {"放行后文件可以下载，商户按结算日期入账。", "After the release the files can be downloaded, and merchants are paid on the settlement date."},
	"day.own":                {"您结算了这一天，须由另一位清算复核员放行。", "You settled this day; a clearing approver other than you releases it."},
	"day.files_wait":         {"放行后才能下载文件。", "Files can be downloaded once the day is released."},
	"toast.day_settled":      {"已结算，等待复核员放行。", "Settled; an approver must release it."},
	"toast.day_released":     {"已放行。", "Released."},
	"error.not_released":     {"这一天还没有放行，文件暂不能下载。", "This day is not released yet, so its files are not handed out."},
	"error.settle_early":     {"还有渠道未对账，不能结算。", "A channel is not reconciled yet; the day cannot be settled."},
	"error.release_own":      {"结算和放行须由两人完成。", "Settling and releasing take two people."},
	"error.release_early":    {"这一天现在不能放行，请刷新后查看。", "This day cannot be released now. Look at it again."},
	"error.settle_meanwhile": {"这一天刚被处理过，请查看最新状态。", "Somebody else worked on this day meanwhile. Here is how it stands."},

	"day.title":            {"清算日期 %s", "Clearing date %s"},
	"day.settles_on":       {"结算日期 %s", "settles on %s"},
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

	"spec.title":          {"结算文件规范", "Settlement file specification"},
	"spec.text":           {"逐字节的字段表，由写入和核对文件的同一张表生成。", "Every byte, made of the very tables by which files are written and verified."},
	"spec.link":           {"文件规范", "File specification"},
	"spec.rules":          {"通则", "Rules"},
	"spec.rules.form":     {"GBK 编码，定长记录，字段之间一个空格（0x20），行尾 CRLF；位置按字节从 0 起计。没有记录的文件为 0 字节。", "GBK, fixed width, one space (0x20) between fields, rows end in CRLF; places are bytes counted from 0. A file without rows has 0 bytes."},
	"spec.rules.types":    {"n：数字，右对齐，左补 0，金额单位为分。an：字母数字；ans：任意文本，左对齐，右补空格。xn：C 或 D 加数字，不用时全 0。", "n: digits, right-aligned, zero-padded; amounts in fen. an: letters and digits; ans: any text, left-aligned, space-padded. xn: C or D and digits; all zeros when not used."},
	"spec.rules.sign":     {"正负号以商户为准：C 为商户收入，D 为商户支出。计算结果为零写作 C0…0。", "Signs are the merchant's view: C is money the merchant gets, D money the merchant gives. A computed zero is C0…0."},
	"spec.rules.finished": {"只有带正确 .chk 的文件才算完成；文件从不覆盖，重发放在 日期-2/、日期-3/。", "A file is finished when its .chk is there and right. Nothing is overwritten: a re-issue lies in DATE-2/, DATE-3/."},
	"spec.size":           {"%d 个字段，每行 %d 字节加行尾", "%d fields, %d bytes a row and the line end"},
	"spec.merchant_no":    {"商户编号", "merchant number"},
	"spec.field":          {"字段", "Field"},
	"spec.name":           {"名称", "Chinese name"},
	"spec.type":           {"类型", "Type"},
	"spec.length":         {"长度", "Length"},
	"spec.from":           {"起", "From"},
	"spec.to":             {"止", "To"},
	"spec.holds":          {"内容", "Holds"},
	"spec.value":          {"按记录填写", "the row's value"},
	"spec.zeros":          {"不用，全 0", "not used, zeros"},
	"spec.blank":          {"不用，空格", "not used, blanks"},
	"spec.file.ACOMA":     {"交易流水", "transactions"},
	"spec.file.ZSUM":      {"商户清算汇总", "merchants' clearing summary"},
	"spec.file.ZPSUM":     {"商户资金划拨汇总", "merchants' fund transfers"},
	"spec.file.AERRA":     {"差错流水", "disputes"},
	"spec.file.ALFEE":     {"品牌服务费", "brand service fees"},
	"spec.file.POS":       {"终端批次，对应 0500 批结算", "terminal batches, as message 0500 settles them"},
	"spec.file.ZM":        {"商户对账单", "a merchant's statement"},
	"spec.file.ZME":       {"商户差错对账单", "a merchant's statement of disputes"},
	"spec.chk":            {"控制文件", "control file"},
	"spec.control":        {"每个文件旁有一个同名 .chk：下列各行 key=value，行尾 LF。", "Beside each file lies a .chk of its name: these lines of key=value, ended by LF."},
}
