package statement

// kind is how a field is written.
type kind byte

const (
	plain  kind = iota // GBK text, left-aligned, space-padded
	digits             // digits, or blank where the row has no such value
	signed             // C or D and digits; all zeros or blank when not used
	secret             // text that is never quoted in an error: the payer's account
)

// field is one column of a row.
type field struct {
	name       string
	start, len int
	kind       kind
}

// Columns by number, as the layout table counts them less one.
const (
	fTxnCode = iota
	fAcqIns
	fFwdIns
	fTraceNo
	fTxnTime
	fAccNo
	fTxnAmt
	fMCC
	fTermType
	fQueryID
	fPayTypeOld
	fOrderID
	fPayCardType
	fOrigTraceNo
	fOrigTxnTime
	fMerFee
	fSettleAmt
	fPayType
	fGroupMerID
	fTxnType
	fTxnSubType
	fBizType
	fAccType
	fBillType
	fBillNo
	fInteractMode
	fOrigQryID
	fMerID
	fSplitMode
	fSubMerID
	fSubMerAbbr
	fSplitAmt
	fNetAmt
	fTermID
	fMerReserved
	fDiscountAmt
	fInvoiceAmt
	fInstalFee
	fInstalCount
	fMedium
	fixedFields // what follows differs between two versions of the layout
)

// rowLen is the length of a row in bytes, without its line end.
const rowLen = 607

// layout is the part of the row that both versions share. Between two columns
// stands one space.
var layout = [fixedFields]field{
	{"txnCode", 0, 3, plain},
	{"acqInsCode", 4, 11, plain},
	{"fwdInsCode", 16, 11, plain},
	{"traceNo", 28, 6, digits},
	{"txnTime", 35, 10, digits},
	{"accNo", 46, 19, secret},
	{"txnAmt", 66, 12, digits},
	{"mcc", 79, 4, digits},
	{"termType", 84, 2, digits},
	{"queryId", 87, 21, plain},
	{"payTypeOld", 109, 2, plain},
	{"orderId", 112, 32, plain},
	{"payCardType", 145, 2, digits},
	{"origTraceNo", 148, 6, digits},
	{"origTxnTime", 155, 10, digits},
	{"merFee", 166, 13, signed},
	{"settleAmt", 180, 13, signed},
	{"payType", 194, 4, plain},
	{"groupMerId", 199, 15, plain},
	{"txnType", 215, 2, digits},
	{"txnSubType", 218, 2, digits},
	{"bizType", 221, 6, digits},
	{"accType", 228, 2, plain},
	{"billType", 231, 4, plain},
	{"billNo", 236, 32, plain},
	{"interactMode", 269, 1, plain},
	{"origQryId", 271, 21, plain},
	{"merId", 293, 15, plain},
	{"splitMode", 309, 1, plain},
	{"subMerId", 311, 15, plain},
	{"subMerAbbr", 327, 32, plain},
	{"splitAmt", 360, 13, signed},
	{"netAmt", 374, 13, signed},
	{"termId", 388, 8, plain},
	{"merReserved", 397, 32, plain},
	{"discountAmt", 430, 13, signed},
	{"invoiceAmt", 444, 13, signed},
	{"instalFee", 458, 12, signed},
	{"instalCount", 471, 2, digits},
	{"medium", 474, 1, plain},
}

// The tail of a row. The newer version carries the original order number and 98
// reserved bytes; the older one 131 reserved bytes in the same place.
var origOrderID = field{"origOrderId", 476, 32, plain}

// Transaction types (column txnType). Which way the money went is decided by
// these and not by txnCode, whose list is not published.
const (
	typePurchase = "01"
	typeRefund   = "04"
	typeCancel   = "31"
	typeReversal = "99"
)
