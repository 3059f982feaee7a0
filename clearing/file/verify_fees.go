package file

import (
	"strconv"
	"strings"
)

// alfeeRow checks one ALFEE row by itself and keeps it.
func (f *folder) alfeeRow(path string, line int, r Record) {
	c := rowCheck{place: place{path, line}, rec: r, found: f.found}
	alfeeProfile.check(path, line, r, f.found)
	if f.acqIns == "" {
		f.acqIns = strings.Clone(r.Get("acqIns"))
	}
	for _, key := range alfeeInstitutions {
		c.want(key, f.acqIns, "it is the acquirer's institution code")
	}
	fee := r.Fen("brandFee")
	if fee == 0 {
		c.bad("brandFee", "a transaction without a brand service fee has no row")
	}
	c.wantSigned("brandFee", fee, "a fee begins with C or D")
	c.wantSigned("netAmount", fee, "the same as brandFee")
	if r.Get("dcFlag") > "03" {
		c.bad("dcFlag", "want 00 unknown, 01 debit, 02 credit or 03 quasi-credit")
	}
	a := f.account(strings.Clone(r.Get("merId")))
	a.fees = append(a.fees, c.keep())
}

// matchFees compares a merchant's brand service fees with the transactions that
// carry one. Both files stand in the same order.
func (f *folder) matchFees(a *account) {
	var charged []txn
	for _, t := range a.acoma {
		if t.networkFee != "" {
			charged = append(charged, t)
		}
	}
	if len(charged) != len(a.fees) {
		at, have := place{}, strconv.Itoa(len(a.fees))
		switch {
		case len(a.fees) > 0:
			at = a.fees[len(a.fees)-1].place
		default:
			at = charged[0].place
		}
		f.found.addf(at.file, at.line, "merId", a.no, "%s has %s rows of this merchant and %s has %d with a switchFee", ALFEEName(f.date), have, ACOMAName(f.date), len(charged))
	}
	for i := range min(len(charged), len(a.fees)) {
		f.compareFee(charged[i], a.fees[i])
	}
}

// compareFee holds an ALFEE row against its transaction. It blames the ALFEE row,
// unless the digests say that only ACOMA was altered.
func (f *folder) compareFee(t txn, fee rowCheck) {
	orig := zeros[:42]
	if !t.class.forward {
		orig = originalData(t.cols[colOrigTrace], t.cols[colOrigTime], f.acqIns)
	}
	blameACOMA := f.altered[t.file] && !f.altered[fee.file]
	for _, w := range []struct{ key, acoma, want string }{
		{"traceNo", "traceNo", t.cols[colTrace]},
		{"transTime", "transTime", t.cols[colTime]},
		{"termId", "termId", t.cols[colTerminal]},
		{"mcc", "mcc", t.cols[colMCC]},
		{"pan", "pan", t.cols[colPayer]},
		{"rrn", "rrn", t.rrn},
		{"msgType", "msgType", t.class.msgType},
		{"procCode", "procCode", t.class.procCode},
		{"posCond", "posCond", t.class.posCond},
		{"amount", "amount", leftZeros(fen(t.amount), 12)},
		{"brandFee", "switchFee", t.networkFee},
		{"origData", "origTraceNo", orig},
	} {
		switch have := fee.rec.Get(w.key); {
		case have == w.want:
		case blameACOMA:
			f.found.addf(t.file, t.line, w.acoma, w.want, "differs from %s %s in %s:%d", w.key, plainWord(have), fee.file, fee.line)
		default:
			f.found.addf(fee.file, fee.line, w.key, have, "want %s: %s of %s:%d", plainWord(w.want), w.acoma, t.file, t.line)
		}
	}
}
