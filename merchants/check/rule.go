package check

// Rule is the stable key of a rule that a value can break.
type Rule string

// The rules of single values.
const (
	Required       Rule = "required"
	TextControl    Rule = "text.control"
	TextGBK        Rule = "text.gbk"
	TextSpaces     Rule = "text.spaces"
	TextShort      Rule = "text.short"
	TextLong       Rule = "text.long"
	KindUnknown    Rule = "kind.unknown"
	USCCShape      Rule = "uscc.shape"
	USCCRegion     Rule = "uscc.region"
	USCCCheck      Rule = "uscc.check"
	IDShape        Rule = "id.shape"
	IDRegion       Rule = "id.region"
	IDDate         Rule = "id.date"
	IDFuture       Rule = "id.future"
	IDCheck        Rule = "id.check"
	CardShape      Rule = "card.shape"
	CardLuhn       Rule = "card.luhn"
	CardBIN        Rule = "card.bin"
	CorporateShape Rule = "corporate.shape"
	AccountUnknown Rule = "account.unknown"
	CNAPSShape     Rule = "cnaps.shape"
	CNAPSCheck     Rule = "cnaps.check"
	PhoneShape     Rule = "phone.shape"
	EmailShape     Rule = "email.shape"
	MCCShape       Rule = "mcc.shape"
	MCCUnknown     Rule = "mcc.unknown"
	RegionShape    Rule = "region.shape"
	RegionProvince Rule = "region.province"
	RateRange      Rule = "rate.range"
)

// The rules between the values of a profile.
const (
	USCCEnterprise   Rule = "uscc.enterprise"
	USCCIndividual   Rule = "uscc.individual"
	USCCMicro        Rule = "uscc.micro"
	Expired          Rule = "expired"
	AccountMicro     Rule = "account.micro"
	AccountHolder    Rule = "account.holder"
	StoreMissing     Rule = "store.missing"
	RateMissing      Rule = "rate.missing"
	RateChannel      Rule = "rate.channel"
	RateCardKind     Rule = "rate.card_kind"
	RateTwice        Rule = "rate.twice"
	RateCap          Rule = "rate.cap"
	OwnerMissing     Rule = "owner.missing"
	OwnerShare       Rule = "owner.share"
	OwnerSum         Rule = "owner.sum"
	PictureUnknown   Rule = "picture.unknown"
	PictureMissing   Rule = "picture.missing"
	ContractMissing  Rule = "contract.missing"
	UploadIDShape    Rule = "upload.shape"
	BankNameRequired Rule = "bank_name.required"
)

// Texts are the rules' sentences in Chinese and English. Each says what to do.
var Texts = map[Rule][2]string{
	Required:       {"必填项，请填写。", "is missing; fill it in"},
	TextControl:    {"含有换行或其他控制字符，请删除。", "holds a line break or another control character; remove it"},
	TextGBK:        {"含有 GBK 编码中没有的字符，结算文件无法写入，请换用其他写法。", "holds a character that GBK does not have, so no settlement file could carry it; use another spelling"},
	TextSpaces:     {"首尾有空格，请删除。", "begins or ends with a blank; remove it"},
	TextShort:      {"太短，请填写完整。", "is too short; write it in full"},
	TextLong:       {"太长，请缩短。", "is too long; shorten it"},
	KindUnknown:    {"商户类型须为 enterprise（企业）、individual（个体工商户）或 micro（小微）。", "want enterprise, individual or micro"},
	USCCShape:      {"统一社会信用代码为 18 位数字或大写字母（不含 I、O、S、V、Z），请核对营业执照。", "want 18 digits and capital letters without I, O, S, V and Z, as on the licence"},
	USCCRegion:     {"统一社会信用代码第 1 位或第 3–8 位（登记机关）不存在，请核对营业执照。", "names a registering authority that does not exist (characters 1 and 3 to 8); compare it with the licence"},
	USCCCheck:      {"统一社会信用代码的校验位不符，请核对是否输错。", "the check character does not fit; look for a typing mistake"},
	IDShape:        {"身份证号码为 17 位数字加 1 位数字或大写 X，请核对。", "want 17 digits and a last digit or capital X"},
	IDRegion:       {"身份证号码前两位的省份不存在，请核对是否输错。", "the first two digits name no province; look for a typing mistake"},
	IDDate:         {"身份证号码中的出生日期不存在，请核对是否输错。", "digits 7 to 14 are no date of birth; look for a typing mistake"},
	IDFuture:       {"身份证号码中的出生日期晚于今天，请核对是否输错。", "the date of birth lies in the future; look for a typing mistake"},
	IDCheck:        {"身份证号码的校验位不符，请核对是否输错。", "the check digit does not fit; look for a typing mistake"},
	CardShape:      {"银行卡号为 13–19 位数字，请核对。", "want the 13 to 19 digits of a bank card"},
	CardLuhn:       {"银行卡号的校验位不符，请核对是否输错。", "the check digit of the card does not fit; look for a typing mistake"},
	CardBIN:        {"无法识别发卡行，请使用境内银联借记卡（62 开头）。", "no bank is known for the first digits; use a UnionPay debit card, which begins with 62"},
	CorporateShape: {"对公账号为 9–32 位数字，请核对。", "want the 9 to 32 digits of a corporate account"},
	AccountUnknown: {"结算账户类型须为 corporate（对公）或 personal（对私）。", "want corporate or personal"},
	CNAPSShape:     {"联行号为 12 位数字，请向开户行查询。", "want 12 digits; ask the bank for its number"},
	CNAPSCheck:     {"联行号的校验位不符，请核对是否输错。", "the check digit does not fit; look for a typing mistake"},
	PhoneShape:     {"请填写 11 位中国内地手机号码。", "want a mobile phone number of the mainland, 11 digits beginning with 13 to 19"},
	EmailShape:     {"邮箱地址格式不正确，例如 name@example.com。", "want an e-mail address such as name@example.com"},
	MCCShape:       {"商户类别码（MCC）为 4 位数字。", "want 4 digits"},
	MCCUnknown:     {"不支持该商户类别码（MCC），请从经营类目中选择。", "is not in the table of merchant categories; choose one from the list of business kinds"},
	RegionShape:    {"地区代码为 6 位数字（GB/T 2260）。", "want 6 digits (GB/T 2260)"},
	RegionProvince: {"地区代码前两位的省份不存在，请核对。", "the first two digits name no province (GB/T 2260); check the code"},
	RateRange:      {"费率须为 0 到 10%（0–100000 ppm 的整数）。", "want a whole number of parts per million from 0 to 100000, which is 0 to 10 %"},

	USCCEnterprise:   {"92 开头的统一社会信用代码属于个体工商户，请核对商户类型。", "a code that begins with 92 belongs to an individual business; check the kind"},
	USCCIndividual:   {"个体工商户的统一社会信用代码以 92 开头，请核对商户类型。", "the code of an individual business begins with 92; check the kind"},
	USCCMicro:        {"小微商户没有营业执照，此项须为空。", "a micro merchant has no licence; leave it empty or choose another kind"},
	Expired:          {"已过有效期，请更新证件。", "has expired; a valid document is needed"},
	AccountMicro:     {"小微商户只能结算到本人银行卡。", "a micro merchant is paid to the person's own card; want personal"},
	AccountHolder:    {"对私结算账户的户名须与法定代表人（经营者）姓名一致。", "the card must belong to the legal person or owner; write the same name"},
	StoreMissing:     {"请至少填写一家门店。", "at least one store is needed"},
	RateMissing:      {"请至少约定一个支付渠道的费率。", "a rate for at least one channel is needed"},
	RateChannel:      {"渠道须为 wechat、alipay 或 unionpay。", "want wechat, alipay or unionpay"},
	RateCardKind:     {"卡种须为空（不区分）、debit（借记）或 credit（贷记）。", "want debit, credit, or nothing for any card"},
	RateTwice:        {"同一渠道和卡种只能约定一个费率。", "the same channel and card kind has a rate already; keep one"},
	RateCap:          {"封顶金额不能为负数。", "want 0 for no cap, or more"},
	OwnerMissing:     {"企业须填写至少一名受益所有人。", "an enterprise names at least one beneficial owner"},
	OwnerShare:       {"持股比例须大于 0 且不超过 100%。", "want a share above 0 and at most 100 %"},
	OwnerSum:         {"各受益所有人的持股比例合计不能超过 100%。", "the shares of all owners are more than 100 %"},
	PictureUnknown:   {"图片类型不受支持。", "is no kind of picture that an application has"},
	PictureMissing:   {"请上传此图片。", "this picture is needed; upload it"},
	ContractMissing:  {"请阅读并同意服务协议。", "the contract must be read and accepted"},
	UploadIDShape:    {"图片上传无效，请重新上传。", "is no upload; upload the picture again"},
	BankNameRequired: {"请填写开户行名称。", "the name of the bank that keeps the account is needed"},
}

// Text is the rule's English sentence.
func (r Rule) Text() string {
	if t, ok := Texts[r]; ok {
		return t[1]
	}
	return string(r)
}
