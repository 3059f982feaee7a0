package file

import (
	"strconv"
	"strings"

	"juma/internal/id"
)

// posRow checks one POS row by itself and keeps it.
func (f *folder) posRow(path string, line int, r Record) {
	c := rowCheck{place: place{path, line}, rec: r, found: f.found}
	posProfile.check(path, line, r, f.found)
	if f.acqIns == "" {
		f.acqIns = strings.Clone(r.Get("acqInsCode"))
	}
	c.want("acqInsCode", f.acqIns, "it is the acquirer's institution code")
	c.want("settleDate", f.date.MMDD(), "the folder is that of "+f.date.String())
	c.want("batchNo", id.Trace(batchNo(f.date)), "every clearing date closes one batch at every terminal; 1 January 2000 closed the first")
	f.unique(c, f.terminals, "termId", r.Get("merId")+" "+r.Get("termId"), "the terminal of this merchant")
	a := f.account(strings.Clone(r.Get("merId")))
	a.pos = append(a.pos, c.keep())
}

// matchBatches recomputes the batches of a merchant's terminals from its ACOMA
// rows.
func (f *folder) matchBatches(a *account) {
	rows := make([]batchTxn, len(a.acoma))
	for i, t := range a.acoma {
		rows[i] = t.batchTxn()
	}
	list := batches(rows)
	if len(list) != len(a.pos) {
		at := place{file: f.pathOf(POSName(f.date))}
		if len(a.pos) > 0 {
			at = a.pos[len(a.pos)-1].place
		}
		f.found.addf(at.file, at.line, "merId", a.no, "has %d terminals here and %d in %s", len(a.pos), len(list), ACOMAName(f.date))
	}
	for i := range min(len(list), len(a.pos)) {
		f.compareBatch(list[i], a.pos[i])
	}
}

// compareBatch holds a POS row against the batch that its terminal's rows make.
func (f *folder) compareBatch(b batch, row rowCheck) {
	from := "the terminal's rows in " + ACOMAName(f.date)
	row.want("termId", b.terminal, from)
	row.want("firstTraceNo", b.first, "the smallest trace number of "+from)
	row.want("lastTraceNo", b.last, "the greatest trace number of "+from)
	row.want("txnCount", leftZeros(strconv.Itoa(b.count), 6), from)
	pairs := "; a purchase and its cancellation are both left out"
	row.want("debitSum", leftZeros(fen(b.debit), 12), "purchases of "+from+pairs)
	row.want("debitCount", leftZeros(strconv.Itoa(b.debitCount), 6), "purchases of "+from+pairs)
	row.want("creditSum", leftZeros(fen(b.credit), 12), "refunds of "+from+pairs)
	row.want("creditCount", leftZeros(strconv.Itoa(b.creditCount), 6), "refunds of "+from+pairs)
}
