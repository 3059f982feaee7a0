package file

import (
	"strings"

	"juma/internal/money"
)

// txn is a row of ACOMA or ZM, reduced to what the comparison between files and
// days needs.
type txn struct {
	place
	class  class
	cols   [len(twins)]string
	amount money.Fen
	fee    money.Fen // merFee as the merchant sees it: a cost is negative

	name string // ACOMA only: the merchant's name
	// ACOMA only, where the switch charged a fee: switchFee as it stands there, and
	// the retrieval reference number.
	networkFee, rrn string

	queryID, origQueryID, origOrder string // ZM only
}

// twin is a column that ACOMA and ZM share.
type twin struct{ acoma, zm string }

// The shared columns. merFee is the same in both too, but of different width; it
// is compared as an amount.
var twins = [...]twin{
	{"orderNo", "orderId"},
	{"termId", "termId"},
	{"traceNo", "traceNo"},
	{"transTime", "txnTime"},
	{"origTraceNo", "origTraceNo"},
	{"origTransTime", "origTxnTime"},
	{"mcc", "mcc"},
	{"amount", "txnAmt"},
	{"pan", "accNo"},
	{"merId", "merId"},
	{"acqInsCode", "acqInsCode"},
	{"fwdInsCode", "fwdInsCode"},
	{"payMethod", "payType"},
}

// Positions in txn.cols.
const (
	colOrder = iota
	colTerminal
	colTrace
	colTime
	colOrigTrace
	colOrigTime
	colMCC
	colAmount
	colPayer
)

func acomaTxn(at place, r Record, c class) txn {
	t := txn{place: at, class: c, amount: r.Fen("amount"), fee: r.Fen("merFee"), name: strings.Clone(r.Get("merNameAddr"))}
	if fee := r.Get("switchFee"); fee != zeros[:12] {
		t.networkFee, t.rrn = strings.Clone(fee), strings.Clone(r.Get("rrn"))
	}
	t.setCols(r, func(w twin) string { return w.acoma })
	return t
}

func zmTxn(at place, r Record, c class) txn {
	t := txn{place: at, class: c, amount: r.Fen("txnAmt"), fee: r.Fen("merFee"),
		queryID: strings.Clone(r.Get("queryId")), origQueryID: strings.Clone(r.Get("origQryId")), origOrder: strings.Clone(r.Get("origOrderId"))}
	t.setCols(r, func(w twin) string { return w.zm })
	return t
}

// setCols copies the shared columns into one string of their own, so that a
// big file's rows can be let go.
func (t *txn) setCols(r Record, key func(twin) string) {
	var all strings.Builder
	for _, w := range twins {
		all.WriteString(r.Get(key(w)))
	}
	rest := all.String()
	for i, w := range twins {
		n := len(r.Get(key(w)))
		t.cols[i], rest = rest[:n], rest[n:]
	}
}

// totalsOf sums up a merchant's rows. A field holds at most 12 digits, so nine
// million rows fit.
func totalsOf(rows []txn) Totals {
	var t Totals
	for _, r := range rows {
		if r.class.forward {
			t.Gross += r.amount
		} else {
			t.Refund += r.amount
		}
		t.Fee -= r.fee
	}
	return t
}
