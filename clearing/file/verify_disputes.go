package file

import (
	"strconv"
	"strings"

	"juma/internal/id"
	"juma/internal/money"
)

// disputeRow is a row of AERRA or ZME, reduced to what the comparison needs.
type disputeRow struct {
	place
	class  disputeClass
	cols   [len(disputeTwins)]string
	amount money.Fen
	fee    money.Fen // as the merchant sees it
	name   string    // AERRA only: the merchant's name
}

// The columns that AERRA and ZME share. merFee is the same in both too, but of
// different width; it is compared as an amount.
var disputeTwins = [...]struct{ aerra, zme string }{
	{"errFlag", "errCode"},
	{"acqInsCode", "acqInsCode"},
	{"fwdInsCode", "fwdInsCode"},
	{"traceNo", "traceNo"},
	{"transTime", "txnTime"},
	{"pan", "accNo"},
	{"amount", "txnAmt"},
	{"mcc", "mcc"},
	{"prevTraceNo", "prevTraceNo"},
	{"prevTransTime", "prevTxnTime"},
	{"prevSettleDate", "prevSettleDate"},
	{"prevAmount", "prevAmt"},
}

// disputeMCC is a position in disputeRow.cols.
const disputeMCC = 7

// aerraRow checks one AERRA row by itself and keeps it.
func (f *folder) aerraRow(path string, line int, r Record) {
	c := rowCheck{place: place{path, line}, rec: r, found: f.found}
	aerraProfile.check(path, line, r, f.found)
	cl := c.dispute("errFlag", "transTime", "amount", "prevTransTime", "prevAmount", f)
	if cl.code != "" {
		why := "it follows from errFlag " + string(cl.code)
		c.want("msgType", cl.msgType, why)
		c.want("procCode", cl.procCode, why)
		c.want("posCond", cl.posCond, why)
		c.want(cl.unusedFeeField(), zeros[:12], why)
	}
	c.want("sendClrIns", r.Get("acqInsCode"), "it is the acquirer's institution code")
	if err := id.CheckTerminalNo(r.Get("termId")); err != nil {
		c.bad("termId", "want 8 digits or capital letters")
	}
	if r.Get("merNameAddr") == "" {
		c.bad("merNameAddr", "want the merchant's name")
	}
	if !isDigits(r.Get("prevRrn"), 12) {
		c.bad("prevRrn", "want 12 digits")
	}
	f.unique(c, f.disputes, "traceNo", r.Get("merId")+" "+r.Get("termId")+" "+r.Get("traceNo"), "the trace number of this merchant and terminal")
	a := f.account(strings.Clone(r.Get("merId")))
	row := c.keepDispute(cl, func(i int) string { return disputeTwins[i].aerra }, "amount")
	row.name = strings.Clone(r.Get("merNameAddr"))
	a.aerra = append(a.aerra, row)
}

// zmeRow checks one ZME row by itself and keeps it.
func (f *folder) zmeRow(path string, line int, r Record, merchant string) {
	c := rowCheck{place: place{path, line}, rec: r, found: f.found}
	zmeProfile.check(path, line, r, f.found)
	c.want("merId", merchant, "the file is this merchant's statement of disputes")
	cl := c.dispute("errCode", "txnTime", "txnAmt", "prevTxnTime", "prevAmt", f)
	if cl.code != "" {
		c.wantSigned("settleAmt", cl.money(r.Fen("txnAmt"))+r.Fen("merFee"), "txnAmt and merFee with their signs")
	}
	if !isDigits(r.Get("payCardType"), 2) || r.Get("payCardType") > maxCardType {
		c.bad("payCardType", "want 00 to %s", maxCardType)
	}
	a := f.account(merchant)
	a.zme = append(a.zme, c.keepDispute(cl, func(i int) string { return disputeTwins[i].zme }, "txnAmt"))
}

// dispute checks what AERRA and ZME rows share.
func (c rowCheck) dispute(codeKey, timeKey, amountKey, prevTimeKey, prevAmountKey string, f *folder) disputeClass {
	f.institution(c)
	if err := id.CheckMerchantNo(c.rec.Get("merId")); err != nil {
		c.bad("merId", "want 15 digits or capital letters")
	}
	cl, ok := classOfDispute(DisputeCode(c.rec.Get(codeKey)))
	if !ok {
		c.bad(codeKey, "want E22, E23, E24, E25, E32 or E74")
	} else {
		fee := c.rec.Fen("merFee")
		c.wantSigned("merFee", cl.cost(fee.Abs()), "a fee is a cost where the merchant gets money and given back where it loses some; a computed zero is C0…0")
	}
	for _, key := range []string{"traceNo", "prevTraceNo"} {
		if c.rec.Get(key) == zeros[:6] {
			c.bad(key, "want a trace number above 000000")
		}
	}
	if _, err := readTime(c.rec.Get(timeKey), f.date); err != nil {
		c.bad(timeKey, "is no time near the clearing date: want MMDDhhmmss")
	}
	if !validMonthTime(c.rec.Get(prevTimeKey)) {
		c.bad(prevTimeKey, "want the time of the transaction before, MMDDhhmmss")
	}
	if !validMonthTime(c.rec.Get("prevSettleDate") + "000000") {
		c.bad("prevSettleDate", "want the clearing date of the transaction before, MMDD")
	}
	for _, key := range []string{amountKey, prevAmountKey} {
		if c.rec.Fen(key) <= 0 {
			c.bad(key, "want an amount above zero")
		}
	}
	return cl
}

func (c rowCheck) keepDispute(cl disputeClass, key func(i int) string, amountKey string) disputeRow {
	d := disputeRow{place: c.place, class: cl, amount: c.rec.Fen(amountKey), fee: c.rec.Fen("merFee")}
	for i := range disputeTwins {
		d.cols[i] = strings.Clone(c.rec.Get(key(i)))
	}
	return d
}

// matchDisputes compares a merchant's disputes in AERRA with its statement of them
// and with what ZPSUM pays. Both files stand in the same order.
func (f *folder) matchDisputes(a *account) {
	if len(a.aerra) > 0 && a.zmePath == "" {
		f.found.addf(a.aerra[0].file, a.aerra[0].line, "merId", a.no, "has no statement %s", ZMEName(f.date, a.no))
	}
	if a.zmePath != "" && len(a.zme) != len(a.aerra) {
		f.found.addf(a.zmePath, len(a.zme), "merId", a.no, "has %d rows; %s has %d for this merchant", len(a.zme), AERRAName(f.date), len(a.aerra))
	}
	if a.zmePath != "" && len(a.zme)+len(a.aerra) == 0 {
		f.found.addf(a.zmePath, 0, "merId", a.no, "is empty; a merchant without disputes has no such file")
	}
	for i := range min(len(a.aerra), len(a.zme)) {
		f.compareDispute(a.aerra[i], a.zme[i])
	}
	f.checkErrFigures(a)
}

// compareDispute reports each column in which the two rows differ. Unless the
// digests say that only one of the files was altered, it blames both.
func (f *folder) compareDispute(x, z disputeRow) {
	differ := func(i int, inAERRA, inZME string) {
		keyX, keyZ := "merFee", "merFee"
		if i >= 0 {
			keyX, keyZ = disputeTwins[i].aerra, disputeTwins[i].zme
		}
		if !f.altered[z.file] || f.altered[x.file] {
			f.found.addf(x.file, x.line, keyX, inAERRA, "differs from %s %s in %s:%d", keyZ, plainWord(inZME), z.file, z.line)
		}
		if !f.altered[x.file] && f.altered[z.file] {
			f.found.addf(z.file, z.line, keyZ, inZME, "differs from %s %s in %s:%d", keyX, plainWord(inAERRA), x.file, x.line)
		}
	}
	for i := range disputeTwins {
		if x.cols[i] != z.cols[i] {
			differ(i, x.cols[i], z.cols[i])
		}
	}
	if x.fee != z.fee {
		differ(-1, signed(x.fee, 9), signed(z.fee, 13))
	}
}

// checkErrFigures holds ZPSUM's err figures against the disputes.
func (f *folder) checkErrFigures(a *account) {
	p := a.zpsum
	if p == nil {
		if len(a.aerra) > 0 {
			f.found.addf(a.aerra[0].file, a.aerra[0].line, "merId", a.no, "has disputes here but no row in %s", ZPSUMName(f.date))
		}
		return
	}
	var amount, fee money.Fen
	for _, x := range a.aerra {
		amount += x.class.money(x.amount)
		fee += x.fee
		if short := cutName(p.rec.Get("merName"), AERRA.Fields[AERRA.at("merNameAddr")].Len); x.name != short {
			f.found.addf(x.file, x.line, "merNameAddr", x.name, "differs from merName %s in %s:%d", plainWord(p.rec.Get("merName")), p.file, p.line)
		}
		if mcc := p.rec.Get("mcc"); x.cols[disputeMCC] != mcc {
			f.found.addf(x.file, x.line, "mcc", x.cols[disputeMCC], "differs from mcc %s in %s:%d", mcc, p.file, p.line)
		}
	}
	p.want("errCount", leftZeros(strconv.Itoa(len(a.aerra)), 8), "the merchant's rows in "+AERRAName(f.date))
	p.wantSigned("errAmt", amount, "the disputes in "+AERRAName(f.date))
	p.wantSigned("errFeeBack", fee, "Σ merFee of "+AERRAName(f.date))
}
