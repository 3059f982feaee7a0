package web

import (
	"juma/qrcode"
)

// plateStages are the states of a plate, and before it is bound how far it came.
var plateStages = append(wordsOf(qrcode.States...), "generated", "exported", "in_stock")

// plateEvents are what happens to plates and batches.
var plateEvents = func() []string {
	words := []string{"request", "import", "stock"}
	for _, m := range qrcode.BatchMoves {
		words = append(words, m.Name)
	}
	for _, m := range qrcode.Moves {
		words = append(words, m.Name)
	}
	return words
}()

// platesChapter is what these texts add to the catalogue.
var platesChapter = chapter{texts: platesTexts, families: []family{
	{prefix: "platestate.", words: plateStages},
	{prefix: "plateevent.", words: plateEvents},
	{prefix: "platebatch.", words: wordsOf(qrcode.Requested, qrcode.Approved, qrcode.Generated, qrcode.Exported, qrcode.Rejected)},
	{prefix: "platesource.", words: wordsOf(qrcode.Issued, qrcode.Imported)},
	{prefix: "grammar.", words: wordsOf(grammars...), suffixes: []string{"", ".hint"}},
	{prefix: "product.", words: products()},
	{prefix: "platemove.", words: []string{"suspend", "resume", "lost", "void"}},
	{prefix: "toast.", words: []string{
		"plate_suspend", "plate_resume", "plate_lost", "plate_void", "batch_requested", "batch_approved", "batch_rejected", "batch_generated", "batch_going_on",
	}},
	{prefix: "error.", words: []string{
		"plate_not_found", "plate_moved", "batch_count", "batch_payload", "batch_institution", "batch_moved", "batch_waits", "batch_own",
	}},
}, tones: map[string]string{
	"platestate.blank": Idle, "platestate.bound": Good, "platestate.suspended": Warn, "platestate.lost": Bad, "platestate.replaced": Idle, "platestate.void": Idle,
	"platestate.generated": Idle, "platestate.exported": Info, "platestate.in_stock": Info,
	"platebatch.requested": Warn, "platebatch.approved": Info, "platebatch.generated": Info, "platebatch.exported": Good, "platebatch.rejected": Bad,
	"plateevent.bind": Good, "plateevent.rebind": Info, "plateevent.suspend": Warn, "plateevent.resume": Good, "plateevent.lost": Bad, "plateevent.replace": Info,
	"plateevent.void": Bad, "plateevent.stock": Info, "plateevent.reject": Bad,
}}

// platesTexts are those of plates and their batches.
var platesTexts = texts{
	"nav.plates":         {"码牌", "Plates"},
	"nav.batches":        {"制码批次", "Batches"},
	"plates.title":       {"码牌", "Plates"},
	"plates.text":        {"按条件筛选，或用序列号、密钥、二维码内容直接查找。", "Filter the list, or find one plate by its serial number, key or code."},
	"plates.filter":      {"筛选码牌", "Filter plates"},
	"plates.any":         {"全部", "All"},
	"plates.find":        {"查找码牌", "Find a plate"},
	"plates.find_hint":   {"序列号、密钥或二维码内容", "Serial number, key or what the code says"},
	"plates.find_do":     {"查找", "Find"},
	"plates.none":        {"没有符合条件的码牌。", "No plate is like that."},
	"plates.serial":      {"序列号", "Serial number"},
	"plates.merchant_no": {"商户号", "Merchant number"},
	"plates.terminal":    {"终端号", "Terminal"},
	"plates.holder":      {"库存持有方", "In stock at"},
	"plates.batch":       {"批次", "Batch"},
	"plates.since":       {"绑定时间", "Bound since"},

	"plates.one":         {"码牌", "Plate"},
	"plates.payload":     {"二维码内容", "What the code says"},
	"plates.store":       {"门店", "Store"},
	"plates.sales":       {"近 30 日收款", "Payments in 30 days"},
	"plates.spark_says":  {"近 %d 日共 %d 笔，%s。", "In %d days %d payments, %s."},
	"plates.spark_day":   {"%s：%d 笔，%s", "%s: %d payments, %s"},
	"plates.payments":    {"最近收款", "Last payments"},
	"plates.no_payments": {"还没有收款。", "There are no payments yet."},
	"plates.alarms":      {"未关闭的告警", "Alarms that are not closed"},
	"plates.bindings":    {"绑定记录", "Bindings"},
	"plates.unbound":     {"尚未绑定。", "It was never bound."},
	"plates.version":     {"版本", "Version"},
	"plates.from":        {"生效时间", "From"},
	"plates.to":          {"失效时间", "To"},
	"plates.in_force":    {"生效中", "In force"},
	"plates.bound_by":    {"操作人", "Bound by"},
	"plates.reason":      {"原因", "Reason"},
	"plates.history":     {"历史", "History"},
	"plates.batch_event": {"%s（整批）", "%s (the batch)"},
	"plates.act":         {"操作", "Change its state"},
	"plates.bind":        {"绑定或更换", "Bind or replace"},
	"plates.preview":     {"预览印刷稿", "Preview of the print"},
	"plates.product":     {"版式", "Template"},
	"plates.show":        {"显示", "Show"},
	"plates.picture":     {"码牌 %s 的印刷稿", "Plate %s as it is printed"},

	"batches.title":       {"制码批次", "Batches of plates"},
	"batches.text":        {"申请、审批、生成、导出：每一步都有记录。", "Order, approve, make, export: each step is on record."},
	"batches.none":        {"还没有批次。", "There are no batches yet."},
	"batches.new":         {"申请一批码牌", "Order plates"},
	"batches.count":       {"数量", "How many"},
	"batches.made":        {"已生成", "Made"},
	"batches.payload":     {"二维码类型", "What the codes hold"},
	"batches.institution": {"机构代码", "Institution code"},
	"batches.inst_hint":   {"8 位数字，仅银联码需要。", "8 digits, for UnionPay codes only."},
	"batches.reason":      {"用途", "What they are for"},
	"batches.request":     {"提交申请", "Order"},
	"batches.one":         {"制码批次", "Batch"},
	"batches.source":      {"来源", "Source"},
	"batches.serials":     {"序列号范围", "Serial numbers"},
	"batches.created_by":  {"申请人", "Ordered by"},
	"batches.approved_by": {"审批人", "Approved by"},
	"batches.manifest":    {"清单 SHA-256", "SHA-256 of the manifest"},
	"batches.decide":      {"审批", "Decide"},
	"batches.four_eyes":   {"数量较大，需要另一人审批。", "So many plates need somebody else's approval."},
	"batches.approve":     {"批准", "Approve"},
	"batches.reject":      {"驳回", "Reject"},
	"batches.make":        {"生成码牌", "Make the plates"},
	"batches.make_hint":   {"数量很大时分几次完成，再次点击即可继续。", "Very large batches take several turns: press again to go on."},
	"batches.export":      {"导出给印刷厂", "Export for the printer"},
	"batches.export_text": {"ZIP 内含清单、签名和图片；可用 juma plates verify 校验。谁在何时导出会记录在案。", "A ZIP file with manifest, signature and pictures, which juma plates verify proves. Who exports it and when is on record."},
	"batches.no_pictures": {"只要清单", "The manifest alone"},
	"batches.download":    {"下载 ZIP", "Download the ZIP file"},
	"batches.plates":      {"查看本批码牌", "Its plates"},

	"platestate.blank":     {"空码", "Blank"},
	"platestate.bound":     {"已绑定", "Bound"},
	"platestate.suspended": {"已停用", "Suspended"},
	"platestate.lost":      {"已挂失", "Lost"},
	"platestate.replaced":  {"已更换", "Replaced"},
	"platestate.void":      {"已作废", "Void"},
	"platestate.generated": {"已生成", "Made"},
	"platestate.exported":  {"已导出", "Exported"},
	"platestate.in_stock":  {"库存", "In stock"},

	"platebatch.requested": {"待审批", "Waits for approval"},
	"platebatch.approved":  {"待生成", "Approved"},
	"platebatch.generated": {"已生成", "Made"},
	"platebatch.exported":  {"已导出", "Exported"},
	"platebatch.rejected":  {"已驳回", "Rejected"},

	"platesource.issued":   {"自行发码", "Issued by us"},
	"platesource.imported": {"银联分配", "Allocated by UnionPay"},

	"plateevent.request":  {"申请", "Ordered"},
	"plateevent.import":   {"导入", "Imported"},
	"plateevent.approve":  {"批准", "Approved"},
	"plateevent.reject":   {"驳回", "Rejected"},
	"plateevent.generate": {"生成", "Made"},
	"plateevent.export":   {"导出", "Exported"},
	"plateevent.stock":    {"入库", "Taken into stock"},
	"plateevent.bind":     {"绑定", "Bound"},
	"plateevent.rebind":   {"改绑", "Bound to another terminal"},
	"plateevent.suspend":  {"停用", "Suspended"},
	"plateevent.resume":   {"恢复", "Resumed"},
	"plateevent.lost":     {"挂失", "Reported lost"},
	"plateevent.replace":  {"更换", "Replaced"},
	"plateevent.void":     {"作废", "Made void"},

	"platemove.suspend": {"停用", "Suspend"},
	"platemove.resume":  {"恢复使用", "Resume"},
	"platemove.lost":    {"挂失", "Report lost"},
	"platemove.void":    {"作废", "Make void"},

	"grammar.own":           {"自有域名", "Own address"},
	"grammar.own.hint":      {"https://本站/q/密钥", "https://HOST/q/KEY"},
	"grammar.unionpay":      {"银联地址", "UnionPay address"},
	"grammar.unionpay.hint": {"https://qr.95516.com/机构/密钥", "https://qr.95516.com/IIIIRRRR/KEY"},
	"grammar.emvco":         {"EMVCo", "EMVCo"},
	"grammar.emvco.hint":    {"国际通用的商户码", "Merchant-presented code, for wallets abroad"},

	"product.code":       {"仅二维码", "The bare code"},
	"product.desk_stand": {"台卡 100 × 150", "Table stand 100 × 150"},
	"product.wall_plate": {"墙贴 150 × 200", "Wall plate 150 × 200"},
	"product.sticker":    {"贴纸 80 × 100", "Sticker 80 × 100"},
	"product.a5":         {"A5 海报", "A5 poster"},
	"product.a4_sheet":   {"A4 拼版（12 枚）", "A4 sheet of twelve"},

	"toast.plate_suspend":   {"码牌已停用。", "The plate is suspended."},
	"toast.plate_resume":    {"码牌已恢复使用。", "The plate is in use again."},
	"toast.plate_lost":      {"码牌已挂失。", "The plate is reported lost."},
	"toast.plate_void":      {"码牌已作废。", "The plate is void."},
	"toast.batch_requested": {"已提交，等待另一人审批。", "Ordered. Somebody else has to approve it."},
	"toast.batch_approved":  {"已批准，可以生成。", "Approved: the plates can be made."},
	"toast.batch_rejected":  {"已驳回。", "Rejected."},
	"toast.batch_generated": {"码牌已全部生成。", "All plates are made."},
	"toast.batch_going_on":  {"已生成一部分，请再次点击继续。", "A part is made. Press again to go on."},

	"error.plate_not_found":   {"没有找到这块码牌，请核对序列号或二维码内容。", "There is no such plate. Check the serial number or the code."},
	"error.plate_moved":       {"码牌状态已变，本次未作改动，请核对后再操作。", "The plate's state has changed, and nothing was done. Look again before you go on."},
	"error.batch_count":       {"请填写 1 至 5,000,000 的整数。", "A whole number from 1 to 5,000,000."},
	"error.batch_payload":     {"请选择二维码类型。", "Choose what the codes hold."},
	"error.batch_institution": {"银联码需要 8 位机构代码。", "UnionPay codes need an institution code of 8 digits."},
	"error.batch_moved":       {"批次状态已变，本次未作改动。", "The batch's state has changed, and nothing was done."},
	"error.batch_waits":       {"该批次现在还不能这样操作。", "That cannot be done with this batch now."},
	"error.batch_own":         {"自己申请的批次须由另一人审批。", "Whoever ordered a batch does not decide on it."},
}
