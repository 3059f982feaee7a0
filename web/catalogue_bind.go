package web

import (
	"juma/merchants"
	"juma/merchants/picture"
	"juma/qrcode"
	"juma/qrcode/bindfile"
)

// bindChapter is what these texts add to the catalogue.
var bindChapter = chapter{texts: bindTexts, families: []family{
	{prefix: "bind.state.", words: wordsOf(qrcode.States...), suffixes: []string{"", ".text"}},
	{prefix: "bind.merchantstate.", words: wordsOf(merchants.Active, merchants.Suspended, merchants.Closed)},
	{prefix: "bindfile.code.", words: wordsOf(bindfile.Codes...)},
	{prefix: "toast.", words: []string{"plate_bound"}},
	{prefix: "error.", words: append(bindErrors(), pictureErrors()...)},
}, tones: map[string]string{
	"bind.state.blank": Info, "bind.state.bound": Good, "bind.state.suspended": Warn, "bind.state.lost": Bad, "bind.state.replaced": Idle, "bind.state.void": Idle,
	"bind.merchantstate.active": Good, "bind.merchantstate.suspended": Warn, "bind.merchantstate.closed": Idle,
}}

// bindErrors are the codes that the pages of this area can give.
func bindErrors() []string {
	return []string{
		"bind_nothing", "bind_foreign", "bind_unknown", "bind_altered", "bind_no_code", "bind_many", "bind_not_blank", "bind_query", "bind_closed", "bind_reason",
		"bindfile_" + bindfile.BadHeader, "bindfile_" + bindfile.NoLines, "bindfile_" + bindfile.ManyLines,
	}
}

// pictureErrors are why a photo is refused.
func pictureErrors() []string {
	var codes []string
	for _, reason := range picture.Reasons {
		codes = append(codes, "picture_"+reason)
	}
	return codes
}

// bindTexts are those of the pages that bind plates.
var bindTexts = texts{
	"nav.bind":      {"码牌绑定", "Bind plates"},
	"bind.title":    {"码牌绑定", "Bind a plate"},
	"bind.text":     {"扫描、拍照或输入编号，查看码牌并绑定到商户。", "Scan it, take a photo or type its number; then see what it is bound to and bind it."},
	"bind.again":    {"绑定下一张", "Next plate"},
	"bind.life":     {"码牌记录", "Everything about this plate"},
	"bind.replaces": {"正在更换码牌 %s，请扫描新码牌。", "Replacing plate %s: now read the new plate."},
	"bind.cancel":   {"返回原码牌", "Back to the old plate"},
	"bind.many":     {"批量绑定", "Bind many by a file"},

	"bind.scan":          {"扫码", "Scan"},
	"bind.scan_start":    {"打开相机", "Open the camera"},
	"bind.scan_stop":     {"关闭相机", "Close the camera"},
	"bind.scan_looking":  {"请将二维码对准取景框。", "Hold the code into the frame."},
	"bind.scan_found":    {"已识别，正在查询…", "Got it. Looking it up…"},
	"bind.scan_denied":   {"相机未授权，请在浏览器设置中允许，或改用拍照、输入编号。", "The browser may not use the camera. Allow it in its settings, or send a photo or type the number."},
	"bind.scan_missing":  {"无法打开相机，请改用拍照或输入编号。", "The camera cannot be opened. Send a photo or type the number."},
	"bind.scan_video":    {"相机画面", "What the camera sees"},
	"bind.photo":         {"拍照识别", "Photo of the plate"},
	"bind.photo_hint":    {"JPEG、PNG 或 WebP，不超过 10 MB。", "JPEG, PNG or WebP, up to 10 MB."},
	"bind.photo_submit":  {"识别照片", "Read the photo"},
	"bind.typed":         {"编号或网址", "Number or address"},
	"bind.typed_hint":    {"码牌下方的编号（13 位，校验码可不填），或二维码中的网址。", "The number below the code (13 digits, check digits may be left out), or the address in the code."},
	"bind.typed_submit":  {"查询", "Look it up"},
	"bind.plate":         {"码牌 %s", "Plate %s"},
	"bind.now":           {"当前绑定", "Bound to"},
	"bind.merchant":      {"商户", "Merchant"},
	"bind.merchant_no":   {"商户号", "Merchant no."},
	"bind.store":         {"门店", "Store"},
	"bind.address":       {"地址", "Address"},
	"bind.terminal":      {"终端", "Terminal"},
	"bind.since":         {"绑定时间", "Since"},
	"bind.by":            {"绑定人", "By"},
	"bind.holder":        {"库存位置", "In stock at"},
	"bind.overtaken":     {"%s 已于 %s 变更了此码牌，您的操作没有执行。请核对当前状态后重新操作。", "%s changed this plate at %s, so nothing was done for you. Look at what it is now and begin again."},
	"bind.choose":        {"绑定到商户", "Bind it to a merchant"},
	"bind.move":          {"改绑到其他终端", "Move it to another terminal"},
	"bind.search":        {"商户名称、商户号、手机号或终端号", "Name or number of the merchant, phone, or terminal number"},
	"bind.search_submit": {"搜索", "Search"},
	"bind.search_none":   {"没有找到商户", "No merchant was found"},
	"bind.search_help":   {"请输入名称中的至少两个字，或完整的编号。", "Type at least two letters of the name, or a whole number."},
	"bind.replace":       {"更换码牌", "Replace the plate"},
	"bind.replace_text":  {"码牌损坏或丢失时，用一张空码接替它的绑定，原码牌随即失效。", "When it is broken or lost, a blank plate takes over its binding, and this one stops for good."},
	"bind.replace_start": {"扫描新码牌", "Read the new plate"},
	"bind.stores":        {"选择门店和终端", "Choose store and terminal"},
	"bind.no_stores":     {"没有可绑定的门店", "There is no open store"},
	"bind.no_terminals":  {"没有可用终端", "No terminal in use"},
	"bind.pick":          {"终端 %s", "Terminal %s"},
	"bind.suspended":     {"该商户已暂停，绑定后暂不能收款。", "This merchant is suspended: the plate will take no payments until that ends."},
	"bind.confirm":       {"确认绑定", "Confirm the binding"},
	"bind.before":        {"现在", "Now"},
	"bind.after":         {"绑定后", "Afterwards"},
	"bind.compare":       {"绑定变化", "What changes"},
	"bind.same":          {"码牌已绑定在此终端，无需操作。", "The plate is bound to this terminal already. There is nothing to do."},
	"bind.check_number":  {"请核对码牌上印刷的编号与上方一致。", "Make sure that the number printed on the plate is the one above."},
	"bind.reason":        {"原因", "Reason"},
	"bind.reason_note":   {"备注（选填）", "Note (optional)"},
	"bind.submit":        {"确认绑定", "Bind the plate"},
	"bind.submit_move":   {"确认改绑", "Move the plate"},
	"bind.submit_swap":   {"确认更换", "Replace the plate"},
	"bind.back":          {"重新选择", "Choose another"},
	"bind.old_plate":     {"原码牌", "Old plate"},
	"bind.new_plate":     {"新码牌", "New plate"},
	"bind.swap_text":     {"确认后，新码牌接替以下绑定，原码牌立即失效且不能恢复。", "The new plate takes over this binding; the old one stops at once and for good."},

	"bind.state.blank":          {"空码", "Blank"},
	"bind.state.blank.text":     {"尚未绑定，可以绑定到商户。", "It is bound to nobody and can be bound."},
	"bind.state.bound":          {"已绑定", "Bound"},
	"bind.state.bound.text":     {"正在使用。", "It is in use."},
	"bind.state.suspended":      {"已冻结", "Suspended"},
	"bind.state.suspended.text": {"已冻结，解冻后才能改绑或更换。", "It was stopped for now; it can be moved or replaced once it is resumed."},
	"bind.state.lost":           {"已挂失", "Lost"},
	"bind.state.lost.text":      {"已挂失，不能再使用，可以用新码牌更换。", "It was reported lost and will not work again; another plate can replace it."},
	"bind.state.replaced":       {"已更换", "Replaced"},
	"bind.state.replaced.text":  {"已被其他码牌接替，不能再使用。", "Another plate has taken its place; it will not work again."},
	"bind.state.void":           {"已作废", "Void"},
	"bind.state.void.text":      {"已作废，不能再使用。", "It is void and will not work again."},

	"bind.merchantstate.active":    {"正常", "Active"},
	"bind.merchantstate.suspended": {"已暂停", "Suspended"},
	"bind.merchantstate.closed":    {"已关闭", "Closed"},

	"toast.plate_bound": {"码牌已绑定。", "The plate is bound."},

	"bindfile.title":          {"批量绑定", "Bind many plates"},
	"bindfile.text":           {"上传 CSV 文件，全部正确才会绑定；有任何错误则一张也不绑定。", "Send a CSV file. Either all of its lines are bound, or none is."},
	"bindfile.columns":        {"首行为表头，后两列可省略；填写时与终端所属核对。每个文件最多 5,000 行。", "The first line is the header; the last two columns may be left out, and are held against the terminal when they are there. At most 5,000 lines."},
	"bindfile.file":           {"CSV 文件", "CSV file"},
	"bindfile.check":          {"仅检查", "Only check"},
	"bindfile.bind":           {"检查并绑定", "Check and bind"},
	"bindfile.fit":            {"检查通过：%d 张码牌可以绑定，尚未绑定。", "Nothing is wrong: %d plates can be bound. None is bound yet."},
	"bindfile.bound":          {"已绑定 %d 张码牌。", "%d plates are bound."},
	"bindfile.faults":         {"发现 %d 处错误，没有绑定任何码牌。", "%d faults were found, and no plate was bound."},
	"bindfile.faults_list":    {"错误清单", "Faults"},
	"bindfile.first":          {"以下为前 %d 处，全部错误请下载查看。", "These are the first %d; the file has all."},
	"bindfile.download":       {"下载错误清单（CSV）", "Download the faults (CSV)"},
	"bindfile.line":           {"行", "Line"},
	"bindfile.field":          {"列", "Column"},
	"bindfile.value":          {"内容", "Value"},
	"bindfile.problem":        {"问题", "Problem"},
	"bindfile.code.line":      {"列数与表头不符，或不是有效的 CSV。", "It is no CSV of as many columns as the header."},
	"bindfile.code.plate":     {"没有这张码牌。", "There is no such plate."},
	"bindfile.code.not_blank": {"不是空码，不能绑定。", "Only a blank plate can be bound."},
	"bindfile.code.twice":     {"与前面的行重复。", "A line above names the same plate."},
	"bindfile.code.terminal":  {"没有这个终端。", "There is no such terminal."},
	"bindfile.code.closed":    {"终端、门店或商户已关闭。", "The terminal, its store or its merchant is closed."},
	"bindfile.code.merchant":  {"终端不属于该商户。", "The terminal is another merchant's."},
	"bindfile.code.store":     {"终端不在该门店。", "The terminal is at another store."},
	"bindfile.code.overtaken": {"刚刚被他人变更。", "Somebody changed it just now."},

	"error.bind_nothing":    {"请扫码、选择照片或输入编号。", "Scan the code, choose a photo or type the number."},
	"error.bind_foreign":    {"这不是本系统的码牌，可能是其他机构的收款码。", "This is no plate of ours. It may be somebody else's code."},
	"error.bind_unknown":    {"没有找到这张码牌，请核对编号。", "There is no plate with this number. Check it once more."},
	"error.bind_altered":    {"二维码与印制内容不符，可能被篡改或伪造，请勿使用并上报。", "This is not what was printed: the code was altered or forged. Do not use it, and report it."},
	"error.bind_no_code":    {"照片中没有识别到二维码，请靠近、对焦后重拍。", "No code could be read in the photo. Go nearer, let the camera focus and take it again."},
	"error.bind_many":       {"照片中有多张码牌，请只拍一张。", "There are several plates in the photo. Take one of a single plate."},
	"error.bind_not_blank":  {"新码牌不是空码，不能用来更换，请换一张。", "The new plate is not blank and cannot take over. Take another."},
	"error.bind_query":      {"请输入要搜索的内容，最多 30 个字。", "Type what to search for, at most 30 characters."},
	"error.bind_closed":     {"该终端、门店或商户已关闭，请选择其他终端。", "The terminal, its store or its merchant is closed. Choose another."},
	"error.bind_reason":     {"请填写原因，最多 80 个字。", "Give a reason of at most 80 characters."},
	"error.bindfile_header": {"表头不符，请使用页面所示的列名。", "The header is another one. Use the columns that the page shows."},
	"error.bindfile_empty":  {"请选择至少有一行内容的 CSV 文件。", "Choose a CSV file with at least one line below its header."},
	"error.bindfile_lines":  {"文件过大，请拆分为每个不超过 5,000 行。", "The file is too large. Cut it into files of at most 5,000 lines."},
}
