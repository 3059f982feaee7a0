package file

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"juma/internal/fault"
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

// Build makes all files of a day: ACOMA, ZSUM, ZPSUM and one ZM for each merchant
// with a row, in that order. The same day gives the same bytes whatever the order
// of its rows. Nothing is returned unless everything proves:
//
//   - a fault of kind Invalid names each field of the day that cannot be written;
//   - a fault of kind Corrupt says where the files, read back, contradict
//     themselves (a trace number used twice, a negative payout), or holds an
//     *Unbalanced for each figure that differs from the ledger.
func Build(day Day, ledger LedgerTotals) ([]File, error) {
	day.Rows = slices.Clone(day.Rows) // prepare completes rows; the caller's stay as they are
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
}

// encode writes the records of all files.
func (d *Day) encode(merchants map[string]Merchant) ([]File, error) {
	acoma := make([]byte, 0, len(d.Rows)*(ACOMA.Width+len(lineEnd)))
	zm := map[string][]byte{}
	totals := map[string]Totals{}
	counts := map[string]int{}
	var err error
	for _, row := range d.Rows {
		m := merchants[row.MerchantNo]
		if acoma, err = d.acomaRecord(row, m).Append(acoma); err != nil {
			return nil, fmt.Errorf("order %s: %w", row.OrderNo, err)
		}
		if zm[m.No], err = d.zmRecord(row, m).Append(zm[m.No]); err != nil {
			return nil, fmt.Errorf("order %s: %w", row.OrderNo, err)
		}
		t := totals[m.No]
		t.add(row.Kind, row.Amount, row.MerFee)
		totals[m.No] = t
		counts[m.No]++
	}
	zsum, zpsum, err := encodeSummaries(merchants, totals, counts)
	if err != nil {
		return nil, err
	}
	files := []File{
		newFile(ACOMAName(d.ClearingDate), acoma),
		newFile(ZSUMName(d.ClearingDate), zsum),
		newFile(ZPSUMName(d.ClearingDate), zpsum),
	}
	for _, no := range slices.Sorted(maps.Keys(zm)) {
		files = append(files, newFile(ZMName(d.ClearingDate, no), zm[no]))
	}
	return files, nil
}

// encodeSummaries writes ZSUM (merchants with a row) and ZPSUM (merchants with a
// row or carried figures, unless a wallet settles them).
func encodeSummaries(merchants map[string]Merchant, totals map[string]Totals, counts map[string]int) (zsum, zpsum []byte, err error) {
	for _, no := range slices.Sorted(maps.Keys(merchants)) {
		m, n := merchants[no], counts[no]
		if n > 0 {
			if zsum, err = zsumRecord(m, totals[no]).Append(zsum); err != nil {
				return nil, nil, fmt.Errorf("merchant %s: %w", no, err)
			}
		}
		if m.DirectlySettled || (n == 0 && !m.carried()) {
			continue
		}
		if credited := m.Credited(totals[no]); credited < 0 {
			return nil, nil, fault.New(buildOp, fault.Corrupt, "merchant %s: %d fen would be paid out, which is negative; suspend the shortfall (suspended %d keeps its sign)", no, int64(credited), int64(m.Suspended+credited))
		}
		if zpsum, err = zpsumRecord(m, totals[no], n).Append(zpsum); err != nil {
			return nil, nil, fmt.Errorf("merchant %s: %w", no, err)
		}
	}
	return zsum, zpsum, nil
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
