package file

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
)

// Unbalanced says that the files and the ledger disagree.
type Unbalanced struct {
	Merchant     string // merchant number, or "total"
	Figure       string // "gross", "refund" or "fee"
	File, Ledger money.Fen
}

// Error names the merchant, the figure and both values.
func (u *Unbalanced) Error() string {
	return fmt.Sprintf("merchant %s: %s is %d fen in the files and %d fen in the ledger", u.Merchant, u.Figure, int64(u.File), int64(u.Ledger))
}

// Build makes all files of a day: ACOMA, ZSUM, ZPSUM, AERRA, ALFEE, POS, one ZM for
// each merchant with a row and one ZME for each with a dispute, in that order. The
// first six are there on every day, empty when they have no row. The same day gives the same bytes whatever the order
// of its rows. Nothing is returned unless everything proves:
//
//   - a fault of kind Invalid names each field of the day that cannot be written;
//   - a fault of kind Corrupt says where the files, read back, contradict
//     themselves (a trace number used twice, a negative payout), or holds an
//     *Unbalanced for each figure that differs from the ledger.
func Build(day Day, ledger LedgerTotals) ([]File, error) {
	day.Rows, day.Disputes = slices.Clone(day.Rows), slices.Clone(day.Disputes) // prepare completes rows; the caller's stay as they are
	merchants, err := day.prepare()
	if err != nil {
		return nil, err
	}
	day.sort()
	files, err := day.encode(merchants)
	if err != nil {
		return nil, err
	}
	totals, err := prove(&day, files)
	if err != nil {
		return nil, err
	}
	if err := compare(totals, ledger); err != nil {
		return nil, err
	}
	return files, nil
}

// sort orders the rows by merchant, time and trace; terminal and order number
// make the order total.
func (d *Day) sort() {
	slices.SortFunc(d.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.MerchantNo, b.MerchantNo), cmp.Compare(a.Time.Unix(), b.Time.Unix()),
			cmp.Compare(a.Trace, b.Trace), cmp.Compare(a.TerminalNo, b.TerminalNo), cmp.Compare(a.OrderNo, b.OrderNo))
	})
	slices.SortFunc(d.Disputes, func(a, b Dispute) int {
		return cmp.Or(cmp.Compare(a.MerchantNo, b.MerchantNo), cmp.Compare(a.Time.Unix(), b.Time.Unix()),
			cmp.Compare(a.Trace, b.Trace), cmp.Compare(a.TerminalNo, b.TerminalNo), cmp.Compare(a.OrderNo, b.OrderNo))
	})
}

// encoder writes the records of all files. The first record that cannot be
// written stays in err, and what follows is dropped.
type encoder struct {
	day       *Day
	merchants map[string]Merchant
	data      map[string][]byte // by file name
	err       error
}

func (e *encoder) add(name, what string, r Record) {
	if e.err != nil {
		return
	}
	if e.data[name], e.err = r.Append(e.data[name]); e.err != nil {
		e.err = fmt.Errorf("%s: %w", what, e.err)
	}
}

// encode makes the files in the order of kindsOfFile.
func (d *Day) encode(merchants map[string]Merchant) ([]File, error) {
	e := &encoder{day: d, merchants: merchants, data: map[string][]byte{}}
	e.data[ACOMAName(d.ClearingDate)] = make([]byte, 0, len(d.Rows)*(ACOMA.Width+len(lineEnd)))
	e.rows()
	e.disputes()
	if e.err != nil {
		return nil, e.err
	}
	var files []File
	for _, k := range kindsOfFile {
		name := nameOf(k.layout, d.ClearingDate)
		if !k.perMerchant {
			files = append(files, newFile(name, e.data[name]))
			continue
		}
		for _, no := range slices.Sorted(maps.Keys(merchants)) {
			if data, ok := e.data[name+"_"+no]; ok {
				files = append(files, newFile(name+"_"+no, data))
			}
		}
	}
	return files, nil
}

// rows writes what follows from the day's transactions.
func (e *encoder) rows() {
	d, totals, counts, taken := e.day, map[string]Totals{}, map[string]int{}, map[string][]batchTxn{}
	for _, row := range d.Rows {
		m, what := e.merchants[row.MerchantNo], "order "+row.OrderNo
		e.add(ACOMAName(d.ClearingDate), what, d.acomaRecord(row, m))
		e.add(ZMName(d.ClearingDate, m.No), what, d.zmRecord(row, m))
		if row.NetworkFee != 0 {
			e.add(ALFEEName(d.ClearingDate), what, d.alfeeRecord(row, m))
		}
		t := totals[m.No]
		t.add(row.Kind, row.Amount, row.MerFee)
		totals[m.No] = t
		counts[m.No]++
		taken[m.No] = append(taken[m.No], batchTxnOf(row))
	}
	for _, no := range slices.Sorted(maps.Keys(taken)) {
		for _, r := range d.posRecords(no, batches(taken[no])) {
			e.add(POSName(d.ClearingDate), "merchant "+no, r)
		}
	}
	e.summaries(totals, counts)
}

// disputes writes AERRA and each merchant's ZME.
func (e *encoder) disputes() {
	d := e.day
	for _, x := range d.Disputes {
		m, what := e.merchants[x.MerchantNo], "dispute "+id.Trace(x.Trace)
		e.add(AERRAName(d.ClearingDate), what, d.aerraRecord(x, m))
		e.add(ZMEName(d.ClearingDate, m.No), what, d.zmeRecord(x, m))
	}
}

// summaries writes ZSUM (merchants with a row) and ZPSUM (merchants with a row or
// carried figures, unless a wallet settles them).
func (e *encoder) summaries(totals map[string]Totals, counts map[string]int) {
	d := e.day
	for _, no := range slices.Sorted(maps.Keys(e.merchants)) {
		m, n := e.merchants[no], counts[no]
		if n > 0 {
			e.add(ZSUMName(d.ClearingDate), "merchant "+no, zsumRecord(m, totals[no]))
		}
		if m.DirectlySettled || (n == 0 && !m.carried()) {
			continue
		}
		if credited := m.Credited(totals[no]); credited < 0 && e.err == nil {
			e.err = fault.New(buildOp, fault.Corrupt, "merchant %s: %d fen would be paid out, which is negative; suspend the shortfall (suspended %d keeps its sign)", no, int64(credited), int64(m.Suspended+credited))
		}
		e.add(ZPSUMName(d.ClearingDate), "merchant "+no, zpsumRecord(m, totals[no], n))
	}
}

// prove reads the files back with the verifier, which also counts their debit
// and credit, and returns the transaction totals it found in them.
func prove(d *Day, files []File) (LedgerTotals, error) {
	var found findings
	f := newFolder(".", d.ClearingDate, &found)
	for i := range files {
		f.readFile(&files[i], files[i].Name)
	}
	f.balance()
	span := newSpan(&found)
	span.add(f)
	if len(found.list) == 0 {
		return f.totals(), nil
	}
	var errs faults
	for _, p := range found.list {
		errs.add(errors.New(p.String()))
	}
	errs.more += found.more
	return nil, &fault.Error{Op: buildOp, Kind: fault.Corrupt, Err: errs.err(),
		Msg: fmt.Sprintf("the files of %s would contradict themselves, so none is written", d.ClearingDate)}
}

// compare holds the files' totals against the ledger's, per merchant and in all.
func compare(files, ledger LedgerTotals) error {
	var errs faults
	var fileSum, ledgerSum Totals
	all := maps.Clone(files)
	maps.Copy(all, ledger)
	for _, no := range slices.Sorted(maps.Keys(all)) {
		compareTotals(no, files[no], ledger[no], &errs)
		fileSum, ledgerSum = fileSum.plus(files[no]), ledgerSum.plus(ledger[no])
	}
	compareTotals("total", fileSum, ledgerSum, &errs)
	if len(errs.list) == 0 {
		return nil
	}
	return &fault.Error{Op: buildOp, Kind: fault.Corrupt, Err: errs.err(), Msg: "the files differ from the ledger, so none is written"}
}

func compareTotals(merchant string, file, ledger Totals, errs *faults) {
	for _, figure := range []struct {
		name         string
		file, ledger money.Fen
	}{{"gross", file.Gross, ledger.Gross}, {"refund", file.Refund, ledger.Refund}, {"fee", file.Fee, ledger.Fee}} {
		if figure.file != figure.ledger {
			errs.add(&Unbalanced{Merchant: merchant, Figure: figure.name, File: figure.file, Ledger: figure.ledger})
		}
	}
}
