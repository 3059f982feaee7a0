package file

import (
	"fmt"
	"strconv"
	"time"

	"juma/internal/bizdate"
	"juma/internal/id"
	"juma/internal/money"
)

// acomaRecord is a transaction's row in ACOMA.
func (d *Day) acomaRecord(row Row, m Merchant) Record {
	c, _ := classOfKind(row.Kind)
	r := acomaProfile.newRecord()
	for _, key := range []string{"acqInsCode", "fwdInsCode", "sendClrIns"} {
		r.Set(key, d.InstitutionCode)
	}
	r.Set("traceNo", id.Trace(row.Trace))
	r.Set("transTime", monthTime(row.Time))
	r.Set("pan", row.Payer)
	r.SetNumber("amount", int64(row.Amount))
	r.Set("msgType", c.msgType)
	r.Set("procCode", c.procCode)
	r.Set("posCond", c.posCond)
	r.Set("cancelFlag", c.cancelFlag)
	r.Set("mcc", m.MCC)
	r.Set("termId", row.TerminalNo)
	r.Set("merId", row.MerchantNo)
	r.Set("rrn", row.RRN)
	r.Set("origTraceNo", id.Trace(row.OrigTrace))
	if c.forward {
		r.SetNumber("feePayable", int64(row.ChannelCost))
	} else {
		r.Set("origTransTime", monthTime(row.OrigTime))
		r.SetNumber("feeReceivable", int64(row.ChannelCost))
	}
	if row.NetworkFee != 0 {
		r.SetSigned("switchFee", c.cost(row.NetworkFee))
	}
	r.Set("settleDate", d.ClearingDate.MMDD())
	r.SetNumber("settleBatch", int64(d.Batch))
	r.Set("merNameAddr", m.Name)
	r.SetSigned("merFee", c.cost(row.MerFee))
	r.Set("orderNo", row.OrderNo)
	r.Set("payMethod", channels[row.Channel].payMethod)
	return r
}

// zmRecord is a transaction's row in its merchant's statement.
func (d *Day) zmRecord(row Row, m Merchant) Record {
	c, _ := classOfKind(row.Kind)
	r := zmProfile.newRecord()
	r.Set("acqInsCode", d.InstitutionCode)
	r.Set("fwdInsCode", d.InstitutionCode)
	r.Set("txnCode", c.txnCode)
	r.Set("txnType", c.txnType)
	r.Set("txnSubType", c.txnSubType)
	r.Set("traceNo", id.Trace(row.Trace))
	r.Set("txnTime", monthTime(row.Time))
	r.Set("accNo", row.Payer)
	r.SetNumber("txnAmt", int64(row.Amount))
	r.Set("mcc", m.MCC)
	r.Set("queryId", row.QueryID)
	r.Set("orderId", row.OrderNo)
	r.Set("payCardType", row.CardType)
	r.Set("origTraceNo", id.Trace(row.OrigTrace))
	if !c.forward {
		r.Set("origTxnTime", monthTime(row.OrigTime))
	}
	r.Set("origQryId", row.OrigQueryID)
	r.Set("origOrderId", row.OrigOrderNo)
	r.SetSigned("merFee", c.cost(row.MerFee))
	settle := c.money(row.Amount) + c.cost(row.MerFee)
	r.SetSigned("settleAmt", settle)
	r.SetSigned("netAmt", settle)
	r.SetSigned("invoiceAmt", c.invoice(row.Amount))
	r.Set("payType", channels[row.Channel].payMethod)
	r.Set("accType", channels[row.Channel].accType)
	r.Set("merId", row.MerchantNo)
	r.Set("termId", row.TerminalNo)
	return r
}

// money is the amount as the merchant sees it: in for a purchase, out for the
// others.
func (c class) money(amount money.Fen) money.Fen {
	if c.forward {
		return amount
	}
	return -amount
}

// cost is a fee as the merchant sees it: a cost for a purchase, given back for
// the others.
func (c class) cost(fee money.Fen) money.Fen { return -c.money(fee) }

// invoice is what the merchant may invoice: the purchase amount, and nothing for
// a refund, as in UnionPay's own statements.
func (c class) invoice(amount money.Fen) money.Fen {
	if c.forward {
		return amount
	}
	return 0
}

// zsumRecord is a merchant's row in ZSUM.
func zsumRecord(m Merchant, t Totals) Record {
	r := zsumProfile.newRecord()
	r.Set("merId", m.No)
	r.Set("merName", m.Name)
	r.SetSigned("txnAmt", t.amount())
	r.SetSigned("fee", -t.Fee)
	r.SetSigned("settleAmt", t.amount()-t.Fee)
	return r
}

// amount is ZSUM's txnAmt.
func (t Totals) amount() money.Fen { return t.Gross - t.Refund }

// zpsumRecord is a merchant's row in ZPSUM; count is the number of its ACOMA
// rows.
func zpsumRecord(m Merchant, t Totals, count int) Record {
	r := zpsumProfile.newRecord()
	r.Set("merId", m.No)
	r.Set("mcc", m.MCC)
	r.Set("merName", m.Name)
	r.Set("bankName", m.BankName)
	r.Set("cnaps", m.CNAPS)
	r.Set("clearingNo", m.ClearingNo)
	r.Set("acctNo", m.AccountNo)
	r.Set("acctName", m.AccountName)
	r.Set("areaCode", m.AreaCode)
	r.SetNumber("normalCount", int64(count))
	r.SetSigned("normalAmt", t.amount())
	r.SetSigned("normalFee", -t.Fee)
	r.SetNumber("errCount", int64(m.ErrCount))
	r.SetSigned("errAmt", m.ErrAmt)
	r.SetSigned("errFeeBack", m.ErrFeeBack)
	r.SetSigned("otherAmt", m.OtherAmt)
	r.SetSigned("settleTotal", m.settleTotal(t))
	r.SetSigned("twoLineFee", m.TwoLineFee)
	r.SetSigned("released", m.Released)
	r.SetSigned("suspended", m.Suspended)
	r.SetSigned("replenished", m.Replenished)
	r.SetSigned("creditedAmt", m.Credited(t))
	return r
}

func (m Merchant) settleTotal(t Totals) money.Fen {
	return t.amount() - t.Fee + m.ErrAmt + m.ErrFeeBack + m.OtherAmt
}

// Credited is what is paid to the merchant for a day with these transactions:
// ZPSUM's creditedAmt. Build refuses a day in which it is negative; the shortfall
// belongs into Suspended.
func (m Merchant) Credited(t Totals) money.Fen {
	return m.settleTotal(t) + m.TwoLineFee + m.Released + m.Replenished - m.Suspended
}

// readTime reads MMDDhhmmss and checks that it is a real time near the clearing
// date.
func readTime(s string, clearing bizdate.Date) (time.Time, error) {
	if !isDigits(s, 10) {
		return time.Time{}, fmt.Errorf("want MMDDhhmmss")
	}
	return bizdate.WithYear(s, clearing)
}

// validMonthTime checks MMDDhhmmss without a year. An original may be older than
// the rule for missing years can tell, so only the calendar is asked; 29 February
// exists in some year.
func validMonthTime(s string) bool {
	if !isDigits(s, 10) {
		return false
	}
	_, err := time.Parse("20060102150405", strconv.Itoa(leapYear)+s)
	return err == nil
}

const leapYear = 2024
