package file

// POS is the batch of each terminal (INDyymmdd32POS), our own layout: what an
// offline terminal would settle with message 0500, in the order of its field 48.
// The counts have six digits where field 48 has three, since nobody empties the
// batch of a code on a wall when it holds 999. No card is foreign here, so the
// second half of field 48 has no columns.
var POS = newLayout("POS", 178, []Field{
	{Key: "acqInsCode", Name: "受理(代理)机构标识码", Type: ANS, Len: 11},
	{Key: "merId", Name: "商户代码", Type: ANS, Len: 15},
	{Key: "termId", Name: "终端号", Type: ANS, Len: 8},
	{Key: "batchNo", Name: "批次号", Type: N, Len: 6},
	{Key: "firstTraceNo", Name: "起始跟踪号", Type: N, Len: 6},
	{Key: "lastTraceNo", Name: "终止跟踪号", Type: N, Len: 6},
	{Key: "txnCount", Name: "批内交易笔数", Type: N, Len: 6},
	{Key: "debitSum", Name: "借记总金额", Type: N, Len: 12},
	{Key: "debitCount", Name: "借记总笔数", Type: N, Len: 6},
	{Key: "creditSum", Name: "贷记总金额", Type: N, Len: 12},
	{Key: "creditCount", Name: "贷记总笔数", Type: N, Len: 6},
	{Key: "answer", Name: "对账应答代码", Type: N, Len: 1},
	{Key: "currency", Name: "交易币种", Type: N, Len: 3},
	{Key: "settleDate", Name: "清算日期", Type: N, Len: 4},
	{Key: "reserved", Name: "保留使用", Type: ANS, Len: 62},
})
