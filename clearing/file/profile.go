package file

import (
	"slices"

	"juma/internal/money"
)

// This file holds what our own files say beyond the layouts: the code tables and
// the constants of each record. Whatever is only weakly confirmed by public
// sources stands here and nowhere else.

// channelCodes are how a channel appears in the files.
type channelCodes struct {
	payMethod  string // ACOMA payMethod and ZM payType of our own files
	queryDigit string // last digit of a wallet's query id; empty: the channel gives its own
	accType    string // ZM accType; 01 is a bank card, a wallet's payer has none
}

var channels = map[string]channelCodes{
	"wechat":   {payMethod: "WX", queryDigit: "1"},
	"alipay":   {payMethod: "ALI", queryDigit: "2"},
	"unionpay": {payMethod: "UP", accType: "01"},
}

// channelOf finds a channel by its payMethod.
func channelOf(payMethod string) (channelCodes, bool) {
	for _, c := range channels {
		if c.payMethod == payMethod {
			return c, true
		}
	}
	return channelCodes{}, false
}

// class is how a kind of transaction is coded. ACOMA readers classify by MTI,
// processing code and condition code; ZM readers by txnType. The txnCode values
// are from memory in the public sources, so nothing is decided by them.
type class struct {
	kind       Kind
	msgType    string // MTI
	procCode   string // F3
	posCond    string // F25
	cancelFlag string
	txnType    string
	txnSubType string
	txnCode    string
	forward    bool // money from the payer to the merchant
}

var classes = []class{
	{Purchase, "0200", "000000", "00", "A", "01", "07", "S22", true},
	{Refund, "0220", "200000", "00", "A", "04", "00", "S30", false},
	{Cancellation, "0200", "200000", "00", "C", "31", "00", "V52", false},
}

func classOfKind(k Kind) (class, bool) {
	return findClass(func(c class) bool { return c.kind == k })
}

// classOfACOMA decides by the three message fields, never by the flag.
func classOfACOMA(r Record) (class, bool) {
	mti, proc, cond := r.Get("msgType"), r.Get("procCode"), r.Get("posCond")
	return findClass(func(c class) bool { return c.msgType == mti && c.procCode == proc && c.posCond == cond })
}

func classOfZM(r Record) (class, bool) {
	t := r.Get("txnType")
	return findClass(func(c class) bool { return c.txnType == t })
}

func findClass(is func(class) bool) (class, bool) {
	if i := slices.IndexFunc(classes, is); i >= 0 {
		return classes[i], true
	}
	return class{}, false
}

// disputeClass is how a kind of dispute is coded and which way its money goes. The
// public sources show the message of a manual refund only; the others are coded as
// the payment or refund that they amount to.
type disputeClass struct {
	code     DisputeCode
	msgType  string
	procCode string
	posCond  string
	forward  bool // money to the merchant
}

var disputeClasses = []disputeClass{
	{DebitAdjustment, "0220", "000000", "00", true},
	{Chargeback, "0220", "200000", "00", false},
	{Representment, "0220", "000000", "00", true},
	{SecondChargeback, "0220", "200000", "00", false},
	{CreditAdjustment, "0220", "200000", "00", false},
	{ManualRefund, "0220", "200000", "61", false},
}

func classOfDispute(code DisputeCode) (disputeClass, bool) {
	for _, c := range disputeClasses {
		if c.code == code {
			return c, true
		}
	}
	return disputeClass{}, false
}

// money and cost are an amount and a fee as the merchant sees them.
func (c disputeClass) money(amount money.Fen) money.Fen {
	return class{forward: c.forward}.money(amount)
}
func (c disputeClass) cost(fee money.Fen) money.Fen { return -c.money(fee) }

// maxCardType is the last known ZM payCardType: 00 unknown, 01 debit, 02 credit,
// 03 quasi-credit, 04 combined, 05 prepaid, 06 semi-open prepaid. One source.
const maxCardType = "06"

// Constants of our records. A field that is neither here nor among the row's own
// keys below is not used and must be blank (all zeros for numbers).
var (
	acomaConst = map[string]string{
		"respCode": "00", "posEntry": "030", // 030: by code, no PIN information
		"dualFlag": "0", "termReadCap": "0", "icCond": "0",
		"termType":     "08", // 08: mobile; weakly confirmed
		"reversalFlag": "A", "currency": "156",
	}
	zmConst = map[string]string{
		"termType":     "08",
		"interactMode": "0", "medium": "0",
		"splitAmt": "C000000000000", "discountAmt": "C000000000000", // computed: we split nothing and grant no discount
	}
	zmeConst = map[string]string{"termType": "08", "splitFlag": "0"}
	// The fields that describe a card are those of a payment by code: mobile, no
	// chip, domestic.
	alfeeConst = map[string]string{"termType": "08", "cardMedium": "0", "initMode": "1"}
	aerraConst = map[string]string{
		"respCode": "00", "posEntry": "030", "termReadCap": "0", "icCond": "0", "prevTermType": "08",
		"switchFee": "C00000000000", "firstTxnCode": "S22", "initMode": "1", "origTxnType": "S22",
	}
	posConst   = map[string]string{"answer": "1", "currency": "156"} // 1: balanced (平); no file is written otherwise
	zpsumConst = map[string]string{
		"offsetParty": "0", "creditParty": "1", "replenishType": "0", // the codes of UnionPay's own files; weakly confirmed
	}
)

// The fields that a row fills, by layout.
var (
	acomaOwn = []string{"acqInsCode", "fwdInsCode", "traceNo", "transTime", "pan", "amount", "msgType", "procCode", "mcc", "termId", "merId", "rrn",
		"posCond", "origTraceNo", "feeReceivable", "feePayable", "switchFee", "origTransTime", "sendClrIns", "cancelFlag", "settleDate", "settleBatch",
		"merNameAddr", "merFee", "orderNo", "payMethod"}
	zmOwn = []string{"txnCode", "acqInsCode", "fwdInsCode", "traceNo", "txnTime", "accNo", "txnAmt", "mcc", "queryId", "orderId", "payCardType",
		"origTraceNo", "origTxnTime", "merFee", "settleAmt", "payType", "txnType", "txnSubType", "accType", "origQryId", "merId", "netAmt", "termId",
		"invoiceAmt", "origOrderId"}
	aerraOwn = []string{"errFlag", "acqInsCode", "fwdInsCode", "traceNo", "transTime", "pan", "amount", "msgType", "procCode", "mcc", "termId", "prevRrn",
		"posCond", "prevTraceNo", "feeReceivable", "feePayable", "reasonCode", "prevTransTime", "prevSettleDate", "prevAmount", "merId", "sendClrIns",
		"merNameAddr", "orderNo", "merFee"}
	zmeOwn = []string{"errCode", "acqInsCode", "fwdInsCode", "traceNo", "txnTime", "accNo", "txnAmt", "mcc", "payCardType", "prevTraceNo", "prevTxnTime",
		"prevSettleDate", "prevAmt", "merFee", "settleAmt", "merId"}
	alfeeOwn = []string{"acqBranch1", "dcFlag", "mcc", "acqBranch2", "acqIns", "fwdIns", "mchtAcqIns", "msgType", "procCode", "posCond", "traceNo",
		"transTime", "pan", "origData", "termId", "merId", "rrn", "amount", "brandFee", "netAmount"}
	posOwn = []string{"acqInsCode", "merId", "termId", "batchNo", "firstTraceNo", "lastTraceNo", "txnCount", "debitSum", "debitCount", "creditSum",
		"creditCount", "settleDate"}
	zsumOwn  = []string{"merId", "merName", "txnAmt", "fee", "settleAmt"}
	zpsumOwn = []string{"merId", "mcc", "merName", "bankName", "cnaps", "clearingNo", "acctNo", "acctName", "areaCode", "normalCount", "normalAmt", "normalFee",
		"errCount", "errAmt", "errFeeBack", "otherAmt", "settleTotal", "twoLineFee", "released", "suspended", "replenished", "creditedAmt"}
)

// profile is a layout with the constants that our records carry in it.
type profile struct {
	layout *Layout
	fixed  []fixedField
}

type fixedField struct {
	at   int
	want string
}

var (
	acomaProfile = newProfile(ACOMA, acomaConst, acomaOwn)
	zmProfile    = newProfile(ZM, zmConst, zmOwn)
	aerraProfile = newProfile(AERRA, aerraConst, aerraOwn)
	alfeeProfile = newProfile(ALFEE, alfeeConst, alfeeOwn)
	posProfile   = newProfile(POS, posConst, posOwn)
	zmeProfile   = newProfile(ZME, zmeConst, zmeOwn)
	zsumProfile  = newProfile(ZSUM, nil, zsumOwn)
	zpsumProfile = newProfile(ZPSUM, zpsumConst, zpsumOwn)
)

// profiles finds a layout's profile.
var profiles = map[*Layout]profile{ACOMA: acomaProfile, ZM: zmProfile, ZSUM: zsumProfile, ZPSUM: zpsumProfile,
	AERRA: aerraProfile, ZME: zmeProfile, ALFEE: alfeeProfile, POS: posProfile}

func newProfile(l *Layout, consts map[string]string, own []string) profile {
	p := profile{layout: l}
	for key := range consts {
		l.at(key) // a misspelt key stops the program at start
	}
	for _, key := range own {
		l.at(key)
	}
	for i, f := range l.Fields {
		if slices.Contains(own, f.Key) {
			continue
		}
		want, ok := consts[f.Key]
		if !ok {
			want = f.blank()
		}
		p.fixed = append(p.fixed, fixedField{at: i, want: want})
	}
	return p
}

// newRecord is a row with the constants set.
func (p profile) newRecord() Record {
	r := p.layout.NewRecord()
	for _, f := range p.fixed {
		r.values[f.at] = f.want
	}
	return r
}

// check reports the fields of a row that are not what they always are.
func (p profile) check(name string, line int, r Record, found *findings) {
	for _, f := range p.fixed {
		if r.values[f.at] == f.want {
			continue
		}
		field := p.layout.Fields[f.at]
		if f.want == field.blank() {
			found.addf(name, line, field.Key, r.values[f.at], "%s is not used in these files, want %s", field.Name, plainWord(f.want))
			continue
		}
		found.addf(name, line, field.Key, r.values[f.at], "%s is always %s in these files", field.Name, f.want)
	}
}
