package file

// ZME is a merchant's statement of disputes (INNyymmdd88ZME_<merchant no>).
var ZME = newLayout("ZME", 339, []Field{
	{Key: "errCode", Name: "交易代码", Type: AN, Len: 3},
	{Key: "acqInsCode", Name: "代理机构标识码", Type: ANS, Len: 11},
	{Key: "fwdInsCode", Name: "发送机构标识码", Type: ANS, Len: 11},
	{Key: "traceNo", Name: "系统跟踪号", Type: N, Len: 6},
	{Key: "txnTime", Name: "交易传输时间", Type: N, Len: 10},
	{Key: "accNo", Name: "账号", Type: ANS, Len: 19},
	{Key: "txnAmt", Name: "交易金额", Type: N, Len: 12},
	{Key: "mcc", Name: "商户类型", Type: N, Len: 4},
	{Key: "termType", Name: "终端类型", Type: N, Len: 2},
	{Key: "payCardType", Name: "支付卡类型", Type: N, Len: 2},
	{Key: "prevTraceNo", Name: "上一笔交易跟踪号", Type: N, Len: 6},
	{Key: "prevTxnTime", Name: "上一笔交易日期时间", Type: N, Len: 10},
	{Key: "prevSettleDate", Name: "上一笔交易清算日期", Type: N, Len: 4},
	{Key: "prevAmt", Name: "上一笔交易金额", Type: N, Len: 12},
	{Key: "merFee", Name: "商户手续费", Type: XN, Len: 13},
	{Key: "settleAmt", Name: "结算金额", Type: XN, Len: 13},
	{Key: "groupMerId", Name: "集团商户代码", Type: ANS, Len: 15},
	{Key: "merId", Name: "商户代码", Type: ANS, Len: 15},
	{Key: "splitFlag", Name: "分账清算标识", Type: ANS, Len: 1},
	{Key: "instalFee", Name: "分期付款附加手续费", Type: XN, Len: 12},
	{Key: "instalCount", Name: "分期付款期数", Type: N, Len: 2},
	{Key: "reserved", Name: "保留使用", Type: ANS, Len: 135},
})
