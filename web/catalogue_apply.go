package web

import (
	"maps"
	"slices"
	"strings"

	"juma/merchants"
	"juma/merchants/check"
	"juma/merchants/picture"
)

// applyChapter is what these texts add to the catalogue.
var applyChapter = chapter{texts: merge([]chapter{{texts: applyTexts}, {texts: ruleTexts()}}), families: []family{
	{prefix: "rule.", words: wordsOf(slices.Collect(maps.Keys(check.Texts))...)},
	{prefix: "apply.kind.", words: wordsOf(merchants.Kinds...)},
	{prefix: "apply.kindtext.", words: wordsOf(merchants.Kinds...)},
	{prefix: "apply.step.", words: applySteps},
	{prefix: "apply.group.", words: []string{stepSubject, "legal", "owner", "contact", stepAccount, "store", stepBusiness}},
	{prefix: "apply.field.", words: []string{
		"kind", "name", "short_name", "uscc", "licence_until", "region", "address", "legal.name", "legal.id_no", "legal.id_until", "legal.phone",
		"owners", "owners.name", "owners.id_no", "owners.id_until", "owners.phone", "owners.share", "contact.name", "contact.phone", "contact.email",
		"account.kind", "account.no", "account.name", "account.bank_name", "account.cnaps", "account.phone", "stores", "stores.name", "stores.region", "stores.address",
		"mcc", "rates", "contract", "whole",
	}},
	{prefix: "apply.hint.", words: []string{"short_name", "uscc", "licence_until", "legal.id_until", "owners.id_until", "owners.share", "account.no", "account.cnaps", "account.phone", "stores.name"}},
	{prefix: "apply.picture.", words: wordsOf(merchants.PictureKinds...)},
	{prefix: "apply.account.", words: []string{"corporate", "personal"}},
	{prefix: "apply.card.", words: wordsOf(merchants.Debit, merchants.Credit)},
	{prefix: "apply.rate.", words: []string{"rate", "cap"}},
	{prefix: "apply.reason.", words: merchants.ReasonCodes},
	{prefix: "apply.event.", words: slices.Collect(maps.Keys(applyEvents))},
	{prefix: "applystate.", words: wordsOf(merchants.ApplicationStates...)},
	{prefix: "apply.statetext.", words: wordsOf(merchants.ApplicationStates...)},
	{prefix: "toast.", words: []string{"submitted", "application_withdrawn", "transfer_confirmed"}},
	{prefix: "error.", words: append([]string{
		"apply_kind", "apply_date", "apply_share", "apply_stale", "apply_mend", "apply_taken", "apply_moved", "apply_transfer", "picture_kind", "picture_many",
	}, pictureCodes()...)},
}, tones: map[string]string{
	"applystate.draft": Idle, "applystate.submitted": Info, "applystate.in_review": Info, "applystate.second": Info, "applystate.rejected": Bad,
	"applystate.approved": Good, "applystate.withdrawn": Idle,
}}

func pictureCodes() []string {
	var codes []string
	for _, reason := range picture.Reasons {
		codes = append(codes, "picture_"+reason)
	}
	return codes
}

// ruleTexts are the sentences of the rules, which stand beside the rules: one
// wording for the import's faults and for the pages.
func ruleTexts() texts {
	all := texts{}
	for rule, pair := range check.Texts {
		all["rule."+string(rule)] = [2]string{pair[0], strings.ToUpper(pair[1][:1]) + pair[1][1:] + "."}
	}
	return all
}

// applyTexts are those of the applicant's pages.
var applyTexts = texts{
	"nav.apply": {"商户申请", "Applications"},

	"apply.title":   {"商户申请", "Applications"},
	"apply.text":    {"填写进件资料，可随时保存，下次继续。", "Fill in your application. It is saved at every step; come back whenever you like."},
	"apply.own":     {"我的申请", "Your applications"},
	"apply.unnamed": {"未填写名称", "Not named yet"},
	"apply.new":     {"新的申请", "A new application"},
	"apply.start":   {"开始填写", "Begin"},
	"apply.steps":   {"申请步骤", "Steps of the application"},
	"apply.status":  {"申请进度", "Application"},

	"apply.kind.enterprise":     {"企业", "Enterprise"},
	"apply.kind.individual":     {"个体工商户", "Individual business"},
	"apply.kind.micro":          {"小微商户", "Micro merchant"},
	"apply.kindtext.enterprise": {"有营业执照的公司，需填写受益所有人", "A company with a licence; names its beneficial owners"},
	"apply.kindtext.individual": {"营业执照代码以 92 开头", "With a licence whose code begins with 92"},
	"apply.kindtext.micro":      {"没有营业执照的个人，只能结算到本人银行卡", "A person without a licence, paid to the own card"},

	"apply.step.subject":  {"主体信息", "Business"},
	"apply.step.people":   {"人员", "People"},
	"apply.step.account":  {"结算账户", "Account"},
	"apply.step.stores":   {"门店", "Stores"},
	"apply.step.business": {"经营类目", "Trade"},
	"apply.step.pictures": {"图片", "Pictures"},
	"apply.step.contract": {"费率与协议", "Rates and contract"},
	"apply.step.submit":   {"核对提交", "Check and submit"},

	"apply.group.subject":  {"主体信息", "The business"},
	"apply.group.legal":    {"法定代表人（经营者）", "Legal person or owner"},
	"apply.group.owner":    {"受益所有人", "Beneficial owner"},
	"apply.group.contact":  {"联系人", "Contact"},
	"apply.group.account":  {"结算账户", "Settlement account"},
	"apply.group.store":    {"门店", "Store"},
	"apply.group.business": {"经营类目", "What you sell"},
	"apply.numbered":       {"%s %d", "%s %d"},
	"apply.add_owner":      {"保存并添加受益所有人", "Save and add an owner"},
	"apply.add_store":      {"保存并添加门店", "Save and add a store"},
	"apply.choose":         {"请选择", "Choose"},

	"apply.field.kind":              {"商户类型", "Kind of merchant"},
	"apply.field.name":              {"商户全称", "Registered name"},
	"apply.micro_name":              {"姓名", "Your name"},
	"apply.field.short_name":        {"商户简称", "Short name"},
	"apply.field.uscc":              {"统一社会信用代码", "Unified social credit code"},
	"apply.field.licence_until":     {"营业执照有效期至", "Licence valid until"},
	"apply.field.region":            {"所在地区", "Region"},
	"apply.field.address":           {"注册地址", "Address"},
	"apply.field.legal.name":        {"姓名", "Name"},
	"apply.field.legal.id_no":       {"身份证号码", "Identity number"},
	"apply.field.legal.id_until":    {"身份证有效期至", "Identity card valid until"},
	"apply.field.legal.phone":       {"手机号码", "Mobile phone"},
	"apply.field.owners":            {"受益所有人", "Beneficial owners"},
	"apply.field.owners.name":       {"受益所有人姓名", "Owner's name"},
	"apply.field.owners.id_no":      {"受益所有人身份证号码", "Owner's identity number"},
	"apply.field.owners.id_until":   {"受益所有人身份证有效期至", "Owner's identity card valid until"},
	"apply.field.owners.phone":      {"受益所有人手机号码", "Owner's mobile phone"},
	"apply.field.owners.share":      {"持股比例（%）", "Share of the capital (%)"},
	"apply.field.contact.name":      {"联系人姓名", "Contact's name"},
	"apply.field.contact.phone":     {"联系人手机", "Contact's mobile phone"},
	"apply.field.contact.email":     {"联系人邮箱", "Contact's e-mail address"},
	"apply.field.account.kind":      {"账户类型", "Kind of account"},
	"apply.field.account.no":        {"账号", "Account or card number"},
	"apply.field.account.name":      {"户名", "Holder"},
	"apply.field.account.bank_name": {"开户行", "Bank and branch"},
	"apply.field.account.cnaps":     {"联行号", "CNAPS number"},
	"apply.field.account.phone":     {"银行预留手机号", "Phone that the bank knows"},
	"apply.field.stores":            {"门店", "Stores"},
	"apply.field.stores.name":       {"门店名称", "Store's name"},
	"apply.field.stores.region":     {"门店地区", "Store's region"},
	"apply.field.stores.address":    {"门店地址", "Store's address"},
	"apply.field.mcc":               {"经营类目", "Kind of business"},
	"apply.field.rates":             {"费率", "Rates"},
	"apply.field.contract":          {"服务协议", "Contract"},
	"apply.field.whole":             {"整体", "The whole application"},

	"apply.hint.short_name":      {"顾客付款时看到的名称。", "What your customers read when they pay."},
	"apply.hint.uscc":            {"营业执照上的 18 位代码。", "The 18 characters on the licence."},
	"apply.hint.licence_until":   {"长期有效请留空。", "Leave it empty when it has no end."},
	"apply.hint.legal.id_until":  {"长期有效请留空。", "Leave it empty when it has no end."},
	"apply.hint.owners.id_until": {"长期有效请留空。", "Leave it empty when it has no end."},
	"apply.hint.owners.share":    {"例如 25 或 12.5。", "For example 25 or 12.5."},
	"apply.hint.account.no":      {"对公账号，或银行卡号。", "A company's account, or a bank card."},
	"apply.hint.account.cnaps":   {"12 位数字，可向开户行查询。", "12 digits; your bank tells you."},
	"apply.hint.account.phone":   {"结算到银行卡时必填，用于验证。", "Needed for a card, to prove that it is yours."},
	"apply.hint.stores.name":     {"全部清空一家门店的内容并保存，即可删除。", "Empty all fields of a store and save to take it out."},

	"apply.account.corporate":      {"对公账户", "Company's account"},
	"apply.account.corporate_text": {"以小额打款验证", "Proven by a small transfer"},
	"apply.account.personal":       {"对私银行卡", "Personal card"},
	"apply.account.personal_text":  {"法定代表人（经营者）本人的银行卡", "Of the legal person or owner"},

	"apply.picture.licence":       {"营业执照", "Business licence"},
	"apply.picture.id_front":      {"身份证人像面", "Identity card, side with the portrait"},
	"apply.picture.id_back":       {"身份证国徽面", "Identity card, side with the emblem"},
	"apply.picture.storefront":    {"门头照", "Storefront"},
	"apply.picture.interior":      {"店内照", "Interior"},
	"apply.picture.counter":       {"收银台照", "Counter"},
	"apply.picture.account_proof": {"开户许可证或银行卡", "Proof of the account"},
	"apply.picture.agreement":     {"协议", "Agreement"},
	"apply.pictures_text":         {"每张图片单独上传，支持 JPEG、PNG、WebP。上传的图片加密保存，只有您和审核人员能看到。", "Send one picture at a time: JPEG, PNG or WebP. They are kept encrypted; only you and the reviewers see them."},
	"apply.picture_send":          {"上传", "Send"},
	"apply.picture_replace":       {"替换", "Replace"},
	"apply.sent":                  {"已上传", "Sent"},

	"apply.rates":           {"费率", "Rates"},
	"apply.rates_text":      {"每笔交易按以下费率计收手续费，当日结算时扣除。", "What each payment costs; it is taken off when the day is settled."},
	"apply.cards":           {"卡种", "Paid from"},
	"apply.any_card":        {"不区分", "Any"},
	"apply.card.debit":      {"借记", "Debit card"},
	"apply.card.credit":     {"贷记", "Credit card"},
	"apply.rate.rate":       {"费率", "Rate"},
	"apply.rate.cap":        {"单笔封顶", "At most per payment"},
	"apply.contract":        {"服务协议", "Contract"},
	"apply.contract_text":   {"同意后：聚码按上述费率受理收款，于次一工作日结算到您的结算账户；您保证所填资料真实，并在变更时及时更新。", "By accepting, Juma takes payments for you at these rates and settles on the next working day to your account; you assure that what you wrote is true and tell us when it changes."},
	"apply.contract_accept": {"我已阅读并同意服务协议（版本 %s）", "I have read and accept the contract (version %s)"},

	"apply.save_next":   {"保存并继续", "Save and continue"},
	"apply.save_later":  {"保存，稍后继续", "Save for later"},
	"apply.prev":        {"上一步", "Back"},
	"apply.go_on":       {"继续", "Continue"},
	"apply.latest":      {"打开最新内容", "Open the latest"},
	"apply.skip":        {"先填下一步", "Go on all the same"},
	"apply.problems":    {"还有以下内容需要补充或修改，点击可直接前往。", "These must be filled in or mended first. Each leads to its step."},
	"apply.submit_text": {"资料已填写完整，请核对后提交。", "Everything is there. Check it once more, then submit."},
	"apply.submit":      {"提交申请", "Submit"},
	"apply.change":      {"修改：%s", "Change: %s"},

	"applystate.draft":     {"填写中", "Draft"},
	"applystate.submitted": {"验证中", "Being verified"},
	"applystate.in_review": {"审核中", "In review"},
	"applystate.second":    {"复核中", "Second review"},
	"applystate.rejected":  {"已退回", "Sent back"},
	"applystate.approved":  {"已通过", "Approved"},
	"applystate.withdrawn": {"已撤回", "Withdrawn"},

	"apply.statetext.draft":     {"还未提交，可继续填写。", "Not submitted yet; go on whenever you like."},
	"apply.statetext.submitted": {"正在核实身份和结算账户。", "Identity and account are being verified."},
	"apply.statetext.in_review": {"验证已完成，等待审核。", "Verification is over; a reviewer looks at it next."},
	"apply.statetext.second":    {"初审已通过，等待第二人复核。", "Approved once; a second reviewer looks at it."},
	"apply.statetext.rejected":  {"请按以下原因修改后重新提交。", "Mend what is named below and submit again."},
	"apply.statetext.approved":  {"商户已开通，可以收款。", "You are a merchant now and can take payments."},
	"apply.statetext.withdrawn": {"申请已撤回，可重新申请。", "It was withdrawn; you can begin another."},

	"apply.number":          {"申请编号", "Application no."},
	"apply.continue":        {"继续填写", "Continue"},
	"apply.resubmit":        {"核对并重新提交", "Check and submit again"},
	"apply.merchant_no":     {"商户号", "Merchant no."},
	"apply.to_merchant":     {"进入商户平台", "To the merchant portal"},
	"apply.reasons":         {"退回原因", "Why it was sent back"},
	"apply.fix":             {"去修改", "Fix it"},
	"apply.timeline":        {"进度", "What happened"},
	"apply.transfer":        {"小额打款验证", "Confirm the small transfer"},
	"apply.transfer_text":   {"我们向您的结算账户转入了不到 1 元的金额，请查询账户流水后填写。还可尝试 %d 次。", "We sent less than 1 yuan to your account. Look it up and enter the amount; %d tries are left."},
	"apply.transfer_amount": {"到账金额（元）", "Amount that came (yuan)"},
	"apply.transfer_submit": {"确认金额", "Confirm the amount"},
	"apply.withdraw":        {"撤回申请", "Withdraw the application"},
	"apply.withdraw_text":   {"撤回后不能恢复，需要重新申请。", "It cannot be taken up again; you would begin another."},
	"apply.withdraw_reason": {"撤回原因", "Reason"},
	"apply.withdraw_submit": {"确认撤回", "Withdraw"},

	"apply.reason.unreadable":  {"无法辨认。", "It cannot be read."},
	"apply.reason.mismatch":    {"与其他资料不一致。", "It does not fit the rest."},
	"apply.reason.expired":     {"已过期。", "It has expired."},
	"apply.reason.incomplete":  {"不完整。", "It is incomplete."},
	"apply.reason.not_allowed": {"不符合准入要求。", "It is not allowed here."},
	"apply.reason.other":       {"其他原因。", "Another reason."},

	"apply.event.started":          {"开始填写", "Begun"},
	"apply.event.submitted":        {"已提交", "Submitted"},
	"apply.event.imported":         {"批量导入", "Imported"},
	"apply.event.to_review":        {"验证完成，进入审核", "Verified; handed to the reviewers"},
	"apply.event.approved":         {"审核通过", "Approved"},
	"apply.event.rejected":         {"审核退回", "Sent back"},
	"apply.event.withdrawn":        {"已撤回", "Withdrawn"},
	"apply.event.identity_passed":  {"身份核实通过", "Identity proven"},
	"apply.event.identity_failed":  {"身份未能核实", "Identity not proven"},
	"apply.event.account_passed":   {"结算账户核实通过", "Account proven"},
	"apply.event.account_failed":   {"结算账户未能核实", "Account not proven"},
	"apply.event.account_awaiting": {"已发出小额打款，等待填写金额", "A small transfer was sent; its amount is needed"},

	"toast.submitted":             {"申请已提交。", "The application is submitted."},
	"toast.application_withdrawn": {"申请已撤回。", "The application is withdrawn."},
	"toast.transfer_confirmed":    {"金额正确，账户已核实。", "The amount is right; the account is proven."},

	"error.apply_kind":         {"请选择商户类型。", "Choose a kind of merchant."},
	"error.apply_date":         {"日期无法识别，请按 2026-12-31 的格式填写。", "This is no date; write it like 2026-12-31."},
	"error.apply_share":        {"请填写 0 到 100 的百分比，最多两位小数。", "Want a percentage from 0 to 100 with at most two decimals."},
	"error.apply_stale":        {"此申请已在别处保存过，您刚填写的内容没有保存。请打开最新内容核对后再填写一次。", "The application was saved elsewhere meanwhile, and what you typed here is not saved. Open the latest and enter it once more."},
	"error.apply_mend":         {"已保存。以下内容还需要补充或修改。", "Saved. Some values must still be filled in or mended."},
	"error.apply_taken":        {"该统一社会信用代码已有申请，请继续原申请或先撤回。", "There is an application with this credit code already. Continue that one, or withdraw it."},
	"error.apply_moved":        {"申请状态已变化，请刷新页面查看。", "The application has moved on meanwhile. Look at it again."},
	"error.apply_transfer":     {"金额与打款不符，请核对账户流水。", "That is not what was sent. Look at your account again."},
	"error.picture_kind":       {"此申请不需要这种图片。", "The application needs no such picture."},
	"error.picture_many":       {"上传次数已达上限，请联系客服。", "Too many pictures were sent already. Get in touch with us."},
	"error.picture_empty":      {"请选择图片文件。", "Choose a picture."},
	"error.picture_no_picture": {"文件不是图片，请上传 JPEG、PNG 或 WebP 照片。", "The file is no picture. Send a photo as JPEG, PNG or WebP."},
	"error.picture_pdf":        {"不支持 PDF，请上传照片。", "A PDF cannot be taken. Send a photo."},
	"error.picture_heic":       {"不支持 HEIC，请在手机设置中选择兼容格式，或截图后上传。", "HEIC cannot be taken. Choose the compatible format in your camera, or send a screenshot."},
	"error.picture_gif":        {"不支持 GIF，请上传 JPEG 或 PNG。", "A GIF cannot be taken. Send JPEG or PNG."},
	"error.picture_bitmap":     {"不支持 BMP 或 TIFF，请上传 JPEG 或 PNG。", "BMP and TIFF cannot be taken. Send JPEG or PNG."},
	"error.picture_bytes":      {"图片文件过大，请压缩后上传。", "The file is too large. Send a smaller one."},
	"error.picture_pixels":     {"图片尺寸过大，请缩小后上传。", "The picture has too many pixels. Send a smaller one."},
	"error.picture_costly":     {"图片无法处理，请重新拍照上传。", "The picture takes too much to open. Take the photo again."},
	"error.picture_damaged":    {"图片已损坏，请重新拍照上传。", "The picture is damaged. Take the photo again."},
}
