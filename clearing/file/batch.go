package file

import (
	"maps"
	"slices"
	"time"

	"juma/internal/bizdate"
	"juma/internal/id"
	"juma/internal/money"
)

// batchTxn is a transaction as a terminal's batch sees it.
type batchTxn struct {
	terminal            string
	trace, time         string // 6 and 10 digits, as the files carry them
	origTrace, origTime string
	kind                Kind
	amount              money.Fen
}

// batch is what a terminal settles: debit are its purchases, credit its refunds.
// A purchase and its cancellation are both left out of the sums, as a terminal
// leaves them out of its message 0500; they are in the trace range and the count.
type batch struct {
	terminal                string
	first, last             string // smallest and greatest trace number
	count                   int
	debit, credit           money.Fen
	debitCount, creditCount int
}

// batches makes the batches of one merchant's transactions, by terminal.
func batches(rows []batchTxn) []batch {
	undone := undonePurchases(rows)
	all := map[string]*batch{}
	for _, row := range rows {
		b := all[row.terminal]
		if b == nil {
			b = &batch{terminal: row.terminal, first: row.trace}
			all[row.terminal] = b
		}
		b.first, b.last = min(b.first, row.trace), max(b.last, row.trace)
		b.count++
		switch {
		case row.kind == Purchase && undone[row.place()], row.kind == Cancellation && undone[row.original()]:
		case row.kind == Purchase:
			b.debit, b.debitCount = b.debit+row.amount, b.debitCount+1
		default:
			b.credit, b.creditCount = b.credit+row.amount, b.creditCount+1
		}
	}
	list := make([]batch, 0, len(all))
	for _, terminal := range slices.Sorted(maps.Keys(all)) {
		list = append(list, *all[terminal])
	}
	return list
}

// txnPlace finds a transaction of a terminal.
type txnPlace struct {
	terminal, trace, time string
	amount                money.Fen
}

func (t batchTxn) place() txnPlace    { return txnPlace{t.terminal, t.trace, t.time, t.amount} }
func (t batchTxn) original() txnPlace { return txnPlace{t.terminal, t.origTrace, t.origTime, t.amount} }

// undonePurchases are the purchases of the batch that the same terminal cancelled.
func undonePurchases(rows []batchTxn) map[txnPlace]bool {
	cancelled := map[txnPlace]bool{}
	for _, row := range rows {
		if row.kind == Cancellation {
			cancelled[row.original()] = true
		}
	}
	undone := map[txnPlace]bool{}
	for _, row := range rows {
		if row.kind == Purchase && cancelled[row.place()] {
			undone[row.place()] = true
		}
	}
	return undone
}

// batchNo is the number of the batch that a clearing date closes: every date closes
// one at every terminal, so it goes up by one each day, and after 999999 comes 1.
// Day 1 is 1 January 2000.
func batchNo(d bizdate.Date) int {
	days := int(d.Start().Sub(bizdate.New(2000, 1, 1).Start()) / (24 * time.Hour))
	return days%999999 + 1
}

// posRecords are the rows of a merchant's terminals in POS.
func (d *Day) posRecords(merchantNo string, list []batch) []Record {
	rows := make([]Record, len(list))
	for i, b := range list {
		r := posProfile.newRecord()
		r.Set("acqInsCode", d.InstitutionCode)
		r.Set("merId", merchantNo)
		r.Set("termId", b.terminal)
		r.SetNumber("batchNo", int64(batchNo(d.ClearingDate)))
		r.Set("settleDate", d.ClearingDate.MMDD())
		r.setBatch(b)
		rows[i] = r
	}
	return rows
}

// setBatch fills in what is counted.
func (r Record) setBatch(b batch) {
	r.Set("firstTraceNo", b.first)
	r.Set("lastTraceNo", b.last)
	r.SetNumber("txnCount", int64(b.count))
	r.SetNumber("debitSum", int64(b.debit))
	r.SetNumber("debitCount", int64(b.debitCount))
	r.SetNumber("creditSum", int64(b.credit))
	r.SetNumber("creditCount", int64(b.creditCount))
}

func batchTxnOf(row Row) batchTxn {
	t := batchTxn{terminal: row.TerminalNo, trace: id.Trace(row.Trace), time: monthTime(row.Time), kind: row.Kind, amount: row.Amount}
	if row.Kind != Purchase {
		t.origTrace, t.origTime = id.Trace(row.OrigTrace), monthTime(row.OrigTime)
	}
	return t
}

// batchTxn is the transaction as POS counts it.
func (t txn) batchTxn() batchTxn {
	return batchTxn{terminal: t.cols[colTerminal], trace: t.cols[colTrace], time: t.cols[colTime],
		origTrace: t.cols[colOrigTrace], origTime: t.cols[colOrigTime], kind: t.class.kind, amount: t.amount}
}
