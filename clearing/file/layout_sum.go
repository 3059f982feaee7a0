package file

// ZSUM is the merchants' clearing summary (INOyymmdd32ZSUM).
var ZSUM = newLayout("ZSUM", 339, []Field{
	{Key: "merId", Name: "商户代码", Type: ANS, Len: 15},
	{Key: "merName", Name: "商户全称", Type: ANS, Len: 80, Cut: true},
	{Key: "txnAmt", Name: "交易金额", Type: XN, Len: 13},
	{Key: "fee", Name: "手续费", Type: XN, Len: 13},
	{Key: "settleAmt", Name: "清算金额", Type: XN, Len: 13},
	{Key: "reserved", Name: "保留使用", Type: ANS, Len: 200},
})

// ZPSUM is the merchants' fund transfer summary (INOyymmdd99ZPSUM): what is paid
// out to whom.
var ZPSUM = newLayout("ZPSUM", 686, []Field{
	{Key: "merId", Name: "商户代码", Type: ANS, Len: 15},
	{Key: "mcc", Name: "商户类型", Type: N, Len: 4},
	{Key: "merName", Name: "商户全称", Type: ANS, Len: 80, Cut: true},
	{Key: "bankName", Name: "开户行名称", Type: ANS, Len: 60, Cut: true},
	{Key: "cnaps", Name: "支付系统行号", Type: N, Len: 12},
	{Key: "clearingNo", Name: "清算号", Type: ANS, Len: 12},
	{Key: "acctNo", Name: "账号", Type: ANS, Len: 32},
	{Key: "acctName", Name: "户名", Type: ANS, Len: 80, Cut: true},
	{Key: "areaCode", Name: "地区编码", Type: N, Len: 6},
	{Key: "normalCount", Name: "正常交易笔数", Type: N, Len: 8},
	{Key: "normalAmt", Name: "正常交易金额", Type: XN, Len: 13},
	{Key: "normalFee", Name: "正常交易费用", Type: XN, Len: 13},
	{Key: "errCount", Name: "差错交易笔数", Type: N, Len: 8},
	{Key: "errAmt", Name: "差错交易金额", Type: XN, Len: 13},
	{Key: "errFeeBack", Name: "差错回退费用", Type: XN, Len: 13},
	{Key: "otherAmt", Name: "其他资金", Type: XN, Len: 13},
	{Key: "settleTotal", Name: "清算汇总金额", Type: XN, Len: 13},
	{Key: "twoLineFee", Name: "收支两条线费用抵减", Type: XN, Len: 13},
	{Key: "offsetParty", Name: "抵减方", Type: AN, Len: 1},
	{Key: "released", Name: "本期释放金额", Type: XN, Len: 13},
	{Key: "suspended", Name: "本期挂账金额", Type: XN, Len: 13},
	{Key: "replenished", Name: "本期回补金额", Type: XN, Len: 13},
	{Key: "creditedAmt", Name: "入账金额", Type: XN, Len: 13},
	{Key: "creditParty", Name: "入账责任方", Type: AN, Len: 1},
	{Key: "replenishType", Name: "回补类型", Type: AN, Len: 1},
	{Key: "reserved", Name: "保留使用", Type: ANS, Len: 198},
})
