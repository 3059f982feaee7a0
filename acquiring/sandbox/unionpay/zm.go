package unionpay

import (
	"fmt"
	"strings"
)

// column is one field of a ZM record: text is left-aligned and padded with
// blanks, a number right-aligned and padded with zeros.
type column struct {
	name  string
	width int
	num   bool
}

// zmLayout is the merchant statement's record: 42 fields joined by single
// blanks, 607 bytes. Signed amounts are C or D with twelve digits, except the
// instalment fee, which is plain zeros when unused.
var zmLayout = []column{
	{"txnCode", 3, false}, {"acqInsCode", 11, false}, {"fwdInsCode", 11, false}, {"traceNo", 6, true}, {"txnTime", 10, true},
	{"accNo", 19, false}, {"txnAmt", 12, true}, {"mcc", 4, true}, {"termType", 2, true}, {"queryId", 21, false},
	{"payTypeOld", 2, false}, {"orderId", 32, false}, {"payCardType", 2, true}, {"origTraceNo", 6, true}, {"origTxnTime", 10, true},
	{"merFee", 13, false}, {"settleAmt", 13, false}, {"payType", 4, false}, {"groupMerId", 15, false}, {"txnType", 2, true},
	{"txnSubType", 2, true}, {"bizType", 6, true}, {"accType", 2, false}, {"billType", 4, false}, {"billNo", 32, false},
	{"interactMode", 1, false}, {"origQryId", 21, false}, {"merId", 15, false}, {"splitMode", 1, false}, {"subMerId", 15, false},
	{"subMerAbbr", 32, false}, {"splitAmt", 13, false}, {"netAmt", 13, false}, {"termId", 8, false}, {"merReserved", 32, false},
	{"discountAmt", 13, false}, {"invoiceAmt", 13, false}, {"instalFee", 12, true}, {"instalCount", 2, true}, {"medium", 1, false},
	{"origOrderId", 32, false}, {"reserved", 98, false},
}

// zmRecord lays out one record. Every value that UnionPay puts in is ASCII, for
// which GBK is the same bytes. A value that does not fit is an error: cut, it
// would be another value.
func zmRecord(values map[string]string) (string, error) {
	fields := make([]string, len(zmLayout))
	for i, c := range zmLayout {
		v := values[c.name]
		switch {
		case len(v) > c.width:
			return "", fmt.Errorf("statement column %s: %q is longer than %d bytes", c.name, v, c.width)
		case c.num:
			fields[i] = strings.Repeat("0", c.width-len(v)) + v
		default:
			fields[i] = v + strings.Repeat(" ", c.width-len(v))
		}
	}
	return strings.Join(fields, " "), nil
}

// signed is an amount seen by the merchant: C it receives, D it pays.
func signed(fen int64) string {
	sign := "C"
	if fen < 0 {
		sign, fen = "D", -fen
	}
	return fmt.Sprintf("%s%012d", sign, fen)
}
