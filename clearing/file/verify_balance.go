package file

import (
	"fmt"
	"strconv"

	"juma/internal/money"
)

// balance compares the folder's files with each other, merchant by merchant. The
// totals are equal when all merchants are.
func (f *folder) balance() {
	for _, a := range f.sortedAccounts() {
		f.matchDisputes(a)
		f.matchFees(a)
		f.matchBatches(a)
		if len(a.acoma) == 0 {
			f.withoutRows(a)
			continue
		}
		f.matchRows(a)
		f.checkZSUM(a)
		f.checkZPSUM(a)
	}
}

// withoutRows checks a merchant that has no ACOMA row: only a ZPSUM row with
// carried amounts may be there.
func (f *folder) withoutRows(a *account) {
	if a.zmPath != "" {
		f.found.addf(a.zmPath, 0, "merId", a.no, "has a statement but no row in %s", ACOMAName(f.date))
	}
	if a.zsum != nil {
		a.zsum.bad("merId", "has a row here but none in %s", ACOMAName(f.date))
	}
	if p := a.zpsum; p != nil {
		p.want("normalCount", zeros[:8], "the merchant has no row in "+ACOMAName(f.date))
		p.wantSigned("normalAmt", 0, "the merchant has no row in "+ACOMAName(f.date))
		p.wantSigned("normalFee", 0, "the merchant has no row in "+ACOMAName(f.date))
		carried := p.rec.Get("errCount") != zeros[:8]
		for _, key := range []string{"errAmt", "errFeeBack", "otherAmt", "twoLineFee", "released", "suspended", "replenished"} {
			carried = carried || p.fen(key) != 0
		}
		if !carried {
			p.bad("merId", "has neither transactions nor carried amounts, so it has no place here")
		}
	}
}

// matchRows pairs the merchant's ACOMA rows with its ZM rows and compares each
// pair: by order number, and what is left by terminal and trace, so that one
// damaged field is reported as that field.
func (f *folder) matchRows(a *account) {
	if a.zmPath == "" {
		f.found.addf(f.pathOf(ZMName(f.date, a.no)), 0, "file", ZMName(f.date, a.no), "is missing; the merchant has %d rows in %s", len(a.acoma), ACOMAName(f.date))
		// The other half may be a damaged merchant number, so the row is named too.
		f.found.addf(a.acoma[0].file, a.acoma[0].line, "merId", a.no, "has no statement %s", ZMName(f.date, a.no))
		return
	}
	left, right := pairUp(a.acoma, a.zm, func(t txn) string { return t.cols[colOrder] }, f.compareTxn)
	left, right = pairUp(left, right, func(t txn) string { return t.cols[colTerminal] + t.cols[colTrace] }, f.compareTxn)
	for _, t := range left {
		f.found.addf(t.file, t.line, "orderNo", t.cols[colOrder], "has no row in %s", ZMName(f.date, a.no))
	}
	for _, t := range right {
		f.found.addf(t.file, t.line, "orderId", t.cols[colOrder], "has no row in %s", ACOMAName(f.date))
	}
	if acoma, zm := totalsOf(a.acoma), totalsOf(a.zm); acoma != zm {
		f.found.addf(a.zmPath, 0, "total", fmt.Sprintf("%d/%d/%d", zm.Gross, zm.Refund, zm.Fee),
			"purchases/refunds/fees in fen; %s has %d/%d/%d for this merchant", ACOMAName(f.date), acoma.Gross, acoma.Refund, acoma.Fee)
	}
}

// pairUp calls pair for the rows of equal key, each row once, and returns the
// rest of both sides in order.
func pairUp(left, right []txn, key func(txn) string, pair func(a, z txn)) (restLeft, restRight []txn) {
	waiting := make(map[string]int, len(right))
	for i, z := range right {
		if _, twice := waiting[key(z)]; !twice {
			waiting[key(z)] = i
		}
	}
	used := make([]bool, len(right))
	for _, a := range left {
		i, ok := waiting[key(a)]
		if !ok {
			restLeft = append(restLeft, a)
			continue
		}
		delete(waiting, key(a))
		used[i] = true
		pair(a, right[i])
	}
	for i, z := range right {
		if !used[i] {
			restRight = append(restRight, z)
		}
	}
	return restLeft, restRight
}

// compareTxn reports each column in which an ACOMA row and its ZM row differ. It
// blames the ACOMA row, unless the digests say that only the statement was
// altered.
func (f *folder) compareTxn(a, z txn) {
	blameZM := f.altered[z.file] && !f.altered[a.file]
	differ := func(w twin, inACOMA, inZM string) {
		if blameZM {
			f.found.addf(z.file, z.line, w.zm, inZM, "differs from %s %s in %s:%d", w.acoma, plainWord(inACOMA), a.file, a.line)
			return
		}
		f.found.addf(a.file, a.line, w.acoma, inACOMA, "differs from %s %s in %s:%d", w.zm, plainWord(inZM), z.file, z.line)
	}
	for i, w := range twins {
		if a.cols[i] != z.cols[i] {
			differ(w, a.cols[i], z.cols[i])
		}
	}
	if a.class.kind != z.class.kind {
		differ(twin{"msgType", "txnType"}, a.class.msgType, z.class.txnType)
	}
	if a.fee != z.fee {
		differ(twin{"merFee", "merFee"}, signed(a.fee, 9), signed(z.fee, 13))
	}
}

// checkZSUM recomputes the merchant's summary from its ACOMA rows.
func (f *folder) checkZSUM(a *account) {
	s := a.zsum
	if s == nil {
		f.found.addf(f.pathOf(ZSUMName(f.date)), 0, "merId", a.no, "has no row here although it has %d in %s", len(a.acoma), ACOMAName(f.date))
		return
	}
	t := totalsOf(a.acoma)
	s.wantSigned("txnAmt", t.amount(), "purchases less refunds of "+ACOMAName(f.date))
	s.wantSigned("fee", -t.Fee, "Σ merFee of "+ACOMAName(f.date))
	s.wantSigned("settleAmt", s.fen("txnAmt")+s.fen("fee"), "txnAmt + fee with their signs")
	f.checkNames(a, s)
	mcc := commonest(a.acoma, func(t txn) string { return t.cols[colMCC] })
	for _, row := range a.acoma {
		if row.cols[colMCC] != mcc {
			f.found.addf(row.file, row.line, "mcc", row.cols[colMCC], "the merchant's other rows have %s", mcc)
		}
	}
}

// checkNames compares the merchant's name in ACOMA (40 bytes) with the one in
// ZSUM (80 bytes).
func (f *folder) checkNames(a *account, s *summary) {
	full := s.rec.Get("merName")
	short := cutName(full, ACOMA.Fields[ACOMA.at("merNameAddr")].Len)
	usual := commonest(a.acoma, func(t txn) string { return t.name })
	if usual != short && !f.altered[a.acoma[0].file] {
		s.bad("merName", "the merchant's rows in %s say %s", ACOMAName(f.date), plainWord(usual))
		short = usual
	}
	for _, row := range a.acoma {
		if row.name != short {
			f.found.addf(row.file, row.line, "merNameAddr", row.name, "differs from merName %s in %s:%d", plainWord(full), s.file, s.line)
		}
	}
}

// commonest is the value that most rows have; of equally frequent ones the first.
func commonest(rows []txn, value func(txn) string) string {
	counts := map[string]int{}
	best := ""
	for _, row := range rows {
		counts[value(row)]++
	}
	for _, row := range rows {
		if counts[value(row)] > counts[best] {
			best = value(row)
		}
	}
	return best
}

// checkZPSUM compares the payout with the summary. A merchant that a wallet
// settles directly has none.
func (f *folder) checkZPSUM(a *account) {
	p := a.zpsum
	if p == nil {
		return
	}
	p.want("normalCount", leftZeros(strconv.Itoa(len(a.acoma)), 8), "the merchant's rows in "+ACOMAName(f.date))
	p.want("mcc", commonest(a.acoma, func(t txn) string { return t.cols[colMCC] }), "the merchant's MCC in "+ACOMAName(f.date))
	t := totalsOf(a.acoma)
	amount, fee, from := t.amount(), -t.Fee, ACOMAName(f.date)
	if s := a.zsum; s != nil {
		amount, fee, from = s.fen("txnAmt"), s.fen("fee"), ZSUMName(f.date)
		if f.altered[s.file] && !f.altered[p.file] {
			s.want("merName", p.rec.Get("merName"), "the merchant's name in "+ZPSUMName(f.date))
		} else {
			p.want("merName", s.rec.Get("merName"), "the merchant's name in "+from)
		}
	}
	p.wantSigned("normalAmt", amount, "txnAmt of "+from)
	p.wantSigned("normalFee", fee, "fee of "+from)
}

func leftZeros(digits string, n int) string {
	if len(digits) >= n {
		return digits
	}
	return zeros[:n-len(digits)] + digits
}

// adjust is the ZPSUM money that is no transaction and no carry-over.
func (p payout) adjust() money.Fen { return p.fen("errAmt") + p.fen("errFeeBack") + p.fen("otherAmt") }
