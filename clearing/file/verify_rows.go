package file

import (
	"fmt"
	"strings"

	"juma/internal/bizdate"
	"juma/internal/id"
	"juma/internal/money"
)

// rowCheck reports faults of one row.
type rowCheck struct {
	place
	rec   Record
	found *findings
}

func (c rowCheck) bad(key, format string, args ...any) {
	c.found.addf(c.file, c.line, key, c.rec.Get(key), format, args...)
}

// want reports the field when it is not the value that follows from the rest.
func (c rowCheck) want(key, value, why string) {
	if c.rec.Get(key) != value {
		c.bad(key, "want %s: %s", plainWord(value), why)
	}
}

func (c rowCheck) wantSigned(key string, amount money.Fen, why string) {
	c.want(key, signed(amount, c.rec.layout.Fields[c.rec.layout.at(key)].Len), why)
}

// acomaRow checks one ACOMA row by itself and keeps it.
func (f *folder) acomaRow(path string, line int, r Record) {
	c := rowCheck{place: place{path, line}, rec: r, found: f.found}
	acomaProfile.check(path, line, r, f.found)
	cl, ok := classOfACOMA(r)
	if !ok {
		c.bad("msgType", "with procCode %s and posCond %s this is neither a purchase (0200 000000 00) nor a refund (0220 200000 00) nor a cancellation (0200 200000 00)", r.Get("procCode"), r.Get("posCond"))
	} else {
		c.want("cancelFlag", cl.cancelFlag, "the flag follows from the transaction type "+string(cl.kind))
		f.acomaFees(c, cl)
	}
	c.common(cl, "transTime", "origTransTime", "amount", "payMethod", "pan", f.date)
	f.institution(c)
	c.want("sendClrIns", r.Get("acqInsCode"), "it is the acquirer's institution code")
	c.want("settleDate", f.date.MMDD(), "the folder is that of "+f.date.String())
	if f.batch == "" {
		f.batch = strings.Clone(r.Get("settleBatch"))
	}
	if b := r.Get("settleBatch"); b == "00" || b != f.batch {
		c.bad("settleBatch", "want one batch above 00 in the whole file; the first row has %s", f.batch)
	}
	if !isDigits(r.Get("rrn"), 12) {
		c.bad("rrn", "want 12 digits")
	}
	f.unique(c, f.rrns, "rrn", r.Get("rrn"), "the retrieval reference number")
	f.unique(c, f.orders, "orderNo", r.Get("orderNo"), "the order number")
	f.unique(c, f.traces, "traceNo", r.Get("merId")+" "+r.Get("termId")+" "+r.Get("traceNo"), "the trace number of this merchant and terminal")
	no := strings.Clone(r.Get("merId"))
	a := f.account(no)
	a.acoma = append(a.acoma, acomaTxn(c.place, r, cl))
}

// unique reports a value that an earlier row of the folder has, too.
func (f *folder) unique(c rowCheck, seen map[string]place, key, value, what string) {
	if first, twice := seen[value]; twice {
		c.bad(key, "%s stands in line %d already", what, first.line)
		return
	}
	seen[strings.Clone(value)] = c.place
}

// acomaFees checks the sides of the fees: a purchase has a cost payable, the
// others a cost receivable.
func (f *folder) acomaFees(c rowCheck, cl class) {
	unused, why := "feeReceivable", "a purchase has feePayable only"
	if !cl.forward {
		unused, why = "feePayable", "a refund or cancellation has feeReceivable only"
	}
	c.want(unused, zeros[:12], why)
	c.feeSide("merFee", cl)
	if c.rec.Get("switchFee") != zeros[:12] {
		c.feeSide("switchFee", cl)
	}
}

// feeSide checks that a fee is a cost on a purchase and given back otherwise, and
// that zero is written C0…0.
func (c rowCheck) feeSide(key string, cl class) {
	fee := c.rec.Fen(key)
	c.wantSigned(key, cl.cost(fee.Abs()), fmt.Sprintf("on a %s a fee is %s, a computed zero is C0…0", cl.kind, map[bool]string{true: "a cost, D", false: "given back, C"}[cl.forward]))
}

// institution checks the acquirer's code, one for the whole folder.
func (f *folder) institution(c rowCheck) {
	code := c.rec.Get("acqInsCode")
	if f.acqIns == "" {
		f.acqIns = strings.Clone(code)
	}
	if !isDigits(code, 8) || code != f.acqIns {
		c.bad("acqInsCode", "want one institution code of 8 digits in the whole folder; the first row has %s", plainWord(f.acqIns))
	}
	c.want("fwdInsCode", code, "we send for ourselves, so both institution codes are the same")
}

// common checks what ACOMA and ZM rows share.
func (c rowCheck) common(cl class, timeKey, origTimeKey, amountKey, payKey, payerKey string, date bizdate.Date) {
	if err := id.CheckMerchantNo(c.rec.Get("merId")); err != nil {
		c.bad("merId", "want 15 digits or capital letters")
	}
	if err := id.CheckTerminalNo(c.rec.Get("termId")); err != nil {
		c.bad("termId", "want 8 digits or capital letters")
	}
	if c.rec.Get("traceNo") == zeros[:6] {
		c.bad("traceNo", "want a trace number above 000000")
	}
	if _, err := readTime(c.rec.Get(timeKey), date); err != nil {
		c.bad(timeKey, "is no time near the clearing date: want MMDDhhmmss")
	}
	if c.rec.Fen(amountKey) <= 0 {
		c.bad(amountKey, "want an amount above zero")
	}
	ch, ok := channelOf(c.rec.Get(payKey))
	if !ok {
		c.bad(payKey, "want WX, ALI or UP")
	}
	if payer := c.rec.Get(payerKey); ch.queryDigit != "" && payer != "" && !isPayerToken(payer) {
		c.bad(payerKey, "want blank or a payer token: T and 18 letters and digits")
	}
	c.origin(cl, origTimeKey)
}

// origin checks that refunds and cancellations, and only they, name their
// purchase.
func (c rowCheck) origin(cl class, origTimeKey string) {
	if cl.kind == "" {
		return
	}
	if cl.forward {
		c.want("origTraceNo", zeros[:6], "a purchase has no original")
		c.want(origTimeKey, zeros[:10], "a purchase has no original")
		return
	}
	if c.rec.Get("origTraceNo") == zeros[:6] {
		c.bad("origTraceNo", "a %s carries the trace number of its purchase", cl.kind)
	}
	if !validMonthTime(c.rec.Get(origTimeKey)) {
		c.bad(origTimeKey, "a %s carries the time of its purchase, MMDDhhmmss", cl.kind)
	}
}

// zmRow checks one ZM row by itself and keeps it.
func (f *folder) zmRow(path string, line int, r Record, merchant string) {
	c := rowCheck{place: place{path, line}, rec: r, found: f.found}
	zmProfile.check(path, line, r, f.found)
	c.want("merId", merchant, "the file is this merchant's statement")
	cl, ok := classOfZM(r)
	if !ok {
		c.bad("txnType", "want 01 purchase, 04 refund or 31 cancellation")
	} else {
		c.want("txnCode", cl.txnCode, "the code follows from txnType "+cl.txnType)
		c.want("txnSubType", cl.txnSubType, "the subtype follows from txnType "+cl.txnType)
		c.feeSide("merFee", cl)
		amount, fee := r.Fen("txnAmt"), r.Fen("merFee")
		c.wantSigned("settleAmt", cl.money(amount)+fee, "txnAmt and merFee with their signs")
		c.wantSigned("netAmt", cl.money(amount)+fee, "the same as settleAmt, nothing is split")
		c.wantSigned("invoiceAmt", cl.invoice(amount), "the amount of a purchase, zero otherwise")
	}
	c.common(cl, "txnTime", "origTxnTime", "txnAmt", "payType", "accNo", f.date)
	f.institution(c)
	f.queryIDs(c, cl)
	a := f.account(merchant)
	a.zm = append(a.zm, zmTxn(c.place, r, cl))
}

// queryIDs checks the form of the query ids: 21 digits, and a wallet's made of
// time, trace and channel.
func (f *folder) queryIDs(c rowCheck, cl class) {
	ch, known := channelOf(c.rec.Get("payType"))
	if known {
		c.want("accType", ch.accType, "it follows from payType")
	}
	if !isDigits(c.rec.Get("payCardType"), 2) || c.rec.Get("payCardType") > maxCardType {
		c.bad("payCardType", "want 00 to %s", maxCardType)
	}
	query := c.rec.Get("queryId")
	if !isDigits(query, queryIDLen) {
		c.bad("queryId", "want 21 digits")
	}
	if t, err := readTime(c.rec.Get("txnTime"), f.date); err == nil && ch.queryDigit != "" {
		c.want("queryId", t.Format("20060102150405")+c.rec.Get("traceNo")+ch.queryDigit, "a wallet's query id is its time with the year, the trace number and the channel's digit")
	}
	orig, order := c.rec.Get("origQryId"), c.rec.Get("origOrderId")
	switch {
	case cl.kind == "":
	case cl.forward:
		c.want("origQryId", "", "a purchase has no original")
		c.want("origOrderId", "", "a purchase has no original")
	default:
		if order == "" {
			c.bad("origOrderId", "a %s carries its purchase's order number", cl.kind)
		}
		// The year of an old purchase is known from the query id alone.
		made := strings.HasSuffix(orig, c.rec.Get("origTxnTime")+c.rec.Get("origTraceNo")+ch.queryDigit)
		if !isDigits(orig, queryIDLen) || (ch.queryDigit != "" && !made) {
			c.bad("origQryId", "want the purchase's query id, 21 digits; a wallet's is its time with the year, the trace number and the channel's digit")
		}
	}
}
