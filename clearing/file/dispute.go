package file

import (
	"strconv"
	"time"

	"juma/internal/bizdate"
	"juma/internal/id"
	"juma/internal/money"
)

// DisputeCode says what a dispute (差错) does.
type DisputeCode string

// The disputes that move a merchant's money. Retrievals (E05), exceptions (E73),
// transfers (E33 to E36, E80) and refunds without an original (E84) have no place
// here.
const (
	DebitAdjustment  DisputeCode = "E22" // 请款: money that the merchant did not get
	Chargeback       DisputeCode = "E23" // 退单: the issuer takes back
	Representment    DisputeCode = "E24" // 再请款: the acquirer asks again
	SecondChargeback DisputeCode = "E25" // 二次退单
	CreditAdjustment DisputeCode = "E32" // 贷记调整: the acquirer gives back
	ManualRefund     DisputeCode = "E74" // 手工退货, with its original
)

// Dispute is one dispute that settles with a clearing date: a row of AERRA and one
// of its merchant's ZME, and part of the err figures in ZPSUM. Amounts are positive
// or zero; Code says which way the money goes.
type Dispute struct {
	Code       DisputeCode
	ReasonCode string // 4 digits, 9707 for a manual refund
	MerchantNo string
	TerminalNo string
	Trace      int // ours, 1 to 999999
	Time       time.Time
	Payer      string // as in Row
	CardType   string // as in Row
	Amount     money.Fen
	// MerFee is the merchant's fee: paid when the merchant gets money, given back
	// otherwise.
	MerFee money.Fen
	// ChannelCost is what the channel charges us, or gives us back.
	ChannelCost money.Fen

	OrderNo    string       // our number of the disputed payment; may be empty
	PrevTrace  int          // the transaction before this one: its trace …
	PrevRRN    string       // … retrieval reference number, 12 digits …
	PrevTime   time.Time    // … time …
	PrevDate   bizdate.Date // … clearing date …
	PrevAmount money.Fen    // … and amount
}

// check verifies a dispute and fills in its card type.
func (d *Dispute) check(clearing bizdate.Date, errs *faults) {
	bad := func(field, value, want string) { errs.field(field, value, "dispute %s: %s", id.Trace(d.Trace), want) }
	if _, known := classOfDispute(d.Code); !known {
		bad("dispute_code", string(d.Code), "want E22, E23, E24, E25, E32 or E74")
	}
	if !isDigits(d.ReasonCode, 4) {
		bad("reason_code", d.ReasonCode, "want 4 digits")
	}
	if err := id.CheckTerminalNo(d.TerminalNo); err != nil {
		bad("terminal_no", d.TerminalNo, err.Error())
	}
	for field, trace := range map[string]int{"trace": d.Trace, "prev_trace": d.PrevTrace} {
		if trace < 1 || trace > id.MaxTrace {
			bad(field, strconv.Itoa(trace), "want 1 to 999999")
		}
	}
	if !isDigits(d.PrevRRN, 12) {
		bad("prev_rrn", d.PrevRRN, "want 12 digits")
	}
	if d.Amount <= 0 || d.PrevAmount <= 0 || d.MerFee < 0 || d.ChannelCost < 0 {
		bad("amount", fen(d.Amount), "want amounts of more than 0 fen and fees of 0 or more")
	}
	if t, err := readTime(monthTime(d.Time), clearing); err != nil || t.Unix() != d.Time.Unix() {
		bad("time", d.Time.In(bizdate.Zone).Format("2006-01-02 15:04:05"), "want within six months of the clearing date")
	}
	if d.OrderNo != "" && !isOrderNo(d.OrderNo) {
		bad("order_no", d.OrderNo, "want 1 to 32 letters and digits")
	}
	if d.PrevTime.IsZero() || d.PrevDate == 0 {
		bad("prev_time", "", "want the time and clearing date of the transaction before")
	}
	if d.CardType == "" {
		d.CardType = "00"
	}
	if !isDigits(d.CardType, 2) || d.CardType > maxCardType {
		bad("card_type", d.CardType, "want 00 to "+maxCardType)
	}
}

// aerraRecord is a dispute's row in AERRA.
func (d *Day) aerraRecord(x Dispute, m Merchant) Record {
	c, _ := classOfDispute(x.Code)
	r := aerraProfile.newRecord()
	for _, key := range []string{"acqInsCode", "fwdInsCode", "sendClrIns"} {
		r.Set(key, d.InstitutionCode)
	}
	r.Set("errFlag", string(x.Code))
	r.Set("traceNo", id.Trace(x.Trace))
	r.Set("transTime", monthTime(x.Time))
	r.Set("pan", x.Payer)
	r.SetNumber("amount", int64(x.Amount))
	r.Set("msgType", c.msgType)
	r.Set("procCode", c.procCode)
	r.Set("posCond", c.posCond)
	r.Set("mcc", m.MCC)
	r.Set("termId", x.TerminalNo)
	r.Set("merId", x.MerchantNo)
	r.Set("merNameAddr", m.Name)
	r.Set("reasonCode", x.ReasonCode)
	r.SetNumber(c.feeField(), int64(x.ChannelCost))
	r.SetSigned("merFee", c.cost(x.MerFee))
	r.Set("orderNo", x.OrderNo)
	r.Set("prevTraceNo", id.Trace(x.PrevTrace))
	r.Set("prevRrn", x.PrevRRN)
	r.Set("prevTransTime", monthTime(x.PrevTime))
	r.Set("prevSettleDate", x.PrevDate.MMDD())
	r.SetNumber("prevAmount", int64(x.PrevAmount))
	return r
}

// feeField is the column of the channel's fee, unusedFeeField the other one.
func (c disputeClass) feeField() string {
	if c.forward {
		return "feePayable"
	}
	return "feeReceivable"
}

func (c disputeClass) unusedFeeField() string { return disputeClass{forward: !c.forward}.feeField() }

// zmeRecord is a dispute's row in its merchant's statement of disputes.
func (d *Day) zmeRecord(x Dispute, m Merchant) Record {
	c, _ := classOfDispute(x.Code)
	r := zmeProfile.newRecord()
	r.Set("errCode", string(x.Code))
	r.Set("acqInsCode", d.InstitutionCode)
	r.Set("fwdInsCode", d.InstitutionCode)
	r.Set("traceNo", id.Trace(x.Trace))
	r.Set("txnTime", monthTime(x.Time))
	r.Set("accNo", x.Payer)
	r.SetNumber("txnAmt", int64(x.Amount))
	r.Set("mcc", m.MCC)
	r.Set("payCardType", x.CardType)
	r.Set("prevTraceNo", id.Trace(x.PrevTrace))
	r.Set("prevTxnTime", monthTime(x.PrevTime))
	r.Set("prevSettleDate", x.PrevDate.MMDD())
	r.SetNumber("prevAmt", int64(x.PrevAmount))
	r.SetSigned("merFee", c.cost(x.MerFee))
	r.SetSigned("settleAmt", c.money(x.Amount)+c.cost(x.MerFee))
	r.Set("merId", x.MerchantNo)
	return r
}
