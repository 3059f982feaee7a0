package file

import "juma/internal/id"

// alfeeRecord is the brand service fee of a transaction. The fee is the one that
// ACOMA carries as switchFee: UnionPay's own files say the same in both.
func (d *Day) alfeeRecord(row Row, m Merchant) Record {
	c, _ := classOfKind(row.Kind)
	r := alfeeProfile.newRecord()
	for _, key := range alfeeInstitutions {
		r.Set(key, d.InstitutionCode)
	}
	r.Set("dcFlag", debitCreditFlag(row.CardType))
	r.Set("mcc", m.MCC)
	r.Set("msgType", c.msgType)
	r.Set("procCode", c.procCode)
	r.Set("posCond", c.posCond)
	r.Set("traceNo", id.Trace(row.Trace))
	r.Set("transTime", monthTime(row.Time))
	r.Set("pan", row.Payer)
	if !c.forward {
		r.Set("origData", originalData(id.Trace(row.OrigTrace), monthTime(row.OrigTime), d.InstitutionCode))
	}
	r.Set("termId", row.TerminalNo)
	r.Set("merId", row.MerchantNo)
	r.Set("rrn", row.RRN)
	r.SetNumber("amount", int64(row.Amount))
	r.SetSigned("brandFee", c.cost(row.NetworkFee))
	r.SetSigned("netAmount", c.cost(row.NetworkFee))
	return r
}

// alfeeInstitutions are the columns that hold the acquirer's institution code.
var alfeeInstitutions = []string{"acqBranch1", "acqBranch2", "acqIns", "fwdIns", "mchtAcqIns"}

// originalData is field 90 of a purchase: MTI, trace, time, acquirer and forwarder,
// whose codes are padded to 11 digits on the left.
func originalData(trace, monthTime, institution string) string {
	code := leftZeros(institution, 11)
	return "0200" + trace + monthTime + code + code
}

// debitCreditFlag tells debit, credit and quasi-credit cards; anything else is
// unknown.
func debitCreditFlag(cardType string) string {
	if cardType > "03" {
		return "00"
	}
	return cardType
}
