package file

import (
	"strings"

	"juma/internal/id"
	"juma/internal/money"
)

// summary is a row of ZSUM, payout one of ZPSUM.
type summary struct{ rowCheck }
type payout struct{ rowCheck }

func (s summary) fen(key string) money.Fen { return s.rec.Fen(key) }
func (p payout) fen(key string) money.Fen  { return p.rec.Fen(key) }

// keep copies the record, which the reader uses again for the next row.
func (c rowCheck) keep() rowCheck {
	values := make([]string, len(c.rec.values))
	for i, v := range c.rec.values {
		values[i] = strings.Clone(v)
	}
	c.rec = Record{layout: c.rec.layout, values: values}
	return c
}

// zsumRow checks one ZSUM row by itself and keeps it.
func (f *folder) zsumRow(path string, line int, r Record) {
	c := rowCheck{place: place{path, line}, rec: r, found: f.found}
	zsumProfile.check(path, line, r, f.found)
	c.merchant()
	a := f.account(strings.Clone(r.Get("merId")))
	if a.zsum != nil {
		c.bad("merId", "the merchant stands in line %d already", a.zsum.line)
		return
	}
	a.zsum = &summary{c.keep()}
}

// zpsumRow checks one ZPSUM row by itself, its formulas included, and keeps it.
func (f *folder) zpsumRow(path string, line int, r Record) {
	c := rowCheck{place: place{path, line}, rec: r, found: f.found}
	zpsumProfile.check(path, line, r, f.found)
	c.merchant()
	if id.CheckCNAPS(r.Get("cnaps")) != nil {
		c.bad("cnaps", wantCNAPS)
	}
	for _, key := range []string{"acctNo", "acctName"} {
		if r.Get(key) == "" {
			c.bad(key, "nobody can be paid without it")
		}
	}
	for _, key := range []string{"normalAmt", "normalFee", "errAmt", "errFeeBack", "otherAmt", "twoLineFee", "released", "suspended", "replenished"} {
		c.wantSigned(key, r.Fen(key), "a computed amount begins with C or D, and zero is C0…0")
	}
	c.wantSigned("settleTotal", r.Fen("normalAmt")+r.Fen("normalFee")+r.Fen("errAmt")+r.Fen("errFeeBack")+r.Fen("otherAmt"),
		"normalAmt + normalFee + errAmt + errFeeBack + otherAmt with their signs")
	c.wantSigned("creditedAmt", r.Fen("settleTotal")+r.Fen("twoLineFee")+r.Fen("released")+r.Fen("replenished")-r.Fen("suspended"),
		"settleTotal + twoLineFee + released + replenished − suspended with their signs")
	if r.Fen("creditedAmt") < 0 {
		c.bad("creditedAmt", "a payout is never negative; the shortfall is suspended")
	}
	a := f.account(strings.Clone(r.Get("merId")))
	if a.zpsum != nil {
		c.bad("merId", "the merchant stands in line %d already", a.zpsum.line)
		return
	}
	a.zpsum = &payout{c.keep()}
}

func (c rowCheck) merchant() {
	if err := id.CheckMerchantNo(c.rec.Get("merId")); err != nil {
		c.bad("merId", "want 15 digits or capital letters")
	}
	if c.rec.Get("merName") == "" {
		c.bad("merName", "want the merchant's name")
	}
}
