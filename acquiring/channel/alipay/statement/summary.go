package statement

import (
	"strings"

	"juma/internal/bizdate"
	"juma/internal/money"
)

// The columns of the summary.
const (
	colPayments = "交易订单总笔数"
	colRefunds  = "退款订单总笔数"
	colNet      = "实收净额（元）"
)

var summaryColumns = []string{colStoreNo, colPayments, colRefunds, colOrdered, colReceived, colWalletDiscount, colMerchantDiscount,
	colCards, colFee, colSplit, colNet}

// grandTotal begins the last row.
const grandTotal = "合计"

// Totals are the sums of a day, as Alipay states them.
type Totals struct {
	Payments, Refunds int
	Ordered           money.Fen // payments less refunds, as asked of the buyers
	Fee               money.Fen // what Alipay keeps
	Net               money.Fen
	Stores            int
}

// ReadSummary reads the sums alone (业务明细(汇总)), taken out of their archive: the
// stores must add up to the grand total. Errors are of kind Corrupt.
func (r Reader) ReadSummary(data []byte, date bizdate.Date) (Totals, error) {
	text, err := decode(data, "")
	if err != nil {
		return Totals{}, err
	}
	t, err := takeApart(entry{text: text}, header{account: r.Account, date: date})
	if err != nil {
		return Totals{}, err
	}
	index, err := t.index(summaryColumns)
	if err != nil {
		return Totals{}, err
	}
	var stores, grand Totals
	for i, line := range t.rows {
		at := place{line: line.no}
		fields, ok := summaryFields(t, line.text)
		if !ok {
			return Totals{}, corrupt(at, "row", line.text, "has %d fields, the header has %d", len(fields), len(t.columns))
		}
		row, err := readSums(at, index, fields)
		if err != nil {
			return Totals{}, err
		}
		last := i == len(t.rows)-1
		if strings.HasPrefix(strings.TrimSpace(line.text), grandTotal) != last {
			return Totals{}, corrupt(at, colStoreNo, fields[index[colStoreNo]], "want the row %s last and once", grandTotal)
		}
		if last {
			grand = row
			break
		}
		stores.add(row)
	}
	grand.Stores = stores.Stores
	if len(t.rows) == 0 || stores != grand {
		return Totals{}, corrupt(place{}, grandTotal, "", "the stores do not add up to the row %s", grandTotal)
	}
	return grand, nil
}

func (t *Totals) add(o Totals) {
	t.Payments, t.Refunds, t.Stores = t.Payments+o.Payments, t.Refunds+o.Refunds, t.Stores+1
	t.Ordered, t.Fee, t.Net = t.Ordered+o.Ordered, t.Fee+o.Fee, t.Net+o.Net
}

func readSums(at place, index map[string]int, fields []string) (t Totals, err error) {
	get := func(col string) string { return fields[index[col]] }
	if t.Payments, err = parseCount(at, colPayments, get(colPayments)); err != nil {
		return t, err
	}
	if t.Refunds, err = parseCount(at, colRefunds, get(colRefunds)); err != nil {
		return t, err
	}
	if t.Ordered, err = parseYuan(at, colOrdered, get(colOrdered)); err != nil {
		return t, err
	}
	if t.Fee, err = parseYuan(at, colFee, get(colFee)); err != nil {
		return t, err
	}
	t.Fee = -t.Fee // the bill shows what we pay as negative
	t.Net, err = parseYuan(at, colNet, get(colNet))
	return t, err
}

// proveSummary proves the summary against the detail's rows: each store's row,
// and the grand total as the last row.
func proveSummary(e entry, want header, d detail) error {
	t, err := takeApart(e, want)
	if err != nil {
		return err
	}
	index, err := t.index(summaryColumns)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, line := range t.rows {
		at := place{t.entry, line.no}
		fields, ok := summaryFields(t, line.text)
		if !ok {
			return corrupt(at, "row", line.text, "has %d fields, the header has %d", len(fields), len(t.columns))
		}
		store, sum := fields[index[colStoreNo]], &d.total
		last := i == len(t.rows)-1
		if isTotal := strings.HasPrefix(strings.TrimSpace(line.text), grandTotal); isTotal != last {
			return corrupt(at, colStoreNo, store, "want the row %s last and once", grandTotal)
		}
		if !last {
			if sum = d.stores[store]; sum == nil || seen[store] {
				return corrupt(at, colStoreNo, store, "the detail has no such store, or it stands here twice")
			}
			seen[store] = true
		}
		if err := proveSums(at, index, fields, *sum); err != nil {
			return err
		}
	}
	if len(t.rows) == 0 || len(seen) != len(d.stores) {
		return corrupt(place{entry: t.entry}, "", "", "has %d stores, the detail has %d", len(seen), len(d.stores))
	}
	return nil
}

// summaryFields lets the store's name take surplus commas.
func summaryFields(t table, line string) ([]string, bool) {
	for i, name := range t.columns {
		if name == "门店名称" {
			return t.fields(line, i)
		}
	}
	return t.fields(line, -1)
}

func proveSums(at place, index map[string]int, fields []string, s sums) error {
	for _, c := range []struct {
		col  string
		want int
	}{{colPayments, s.payments}, {colRefunds, s.refunds}} {
		text := fields[index[c.col]]
		got, err := parseCount(at, c.col, text)
		if err != nil {
			return err
		}
		if got != c.want {
			return corrupt(at, c.col, text, "the detail has %d", c.want)
		}
	}
	net, err := money.Sum(s.received, s.fee, s.split)
	if err != nil {
		return corrupt(at, colNet, "", "out of range")
	}
	for _, c := range []struct {
		col  string
		want money.Fen
	}{
		{colOrdered, s.ordered}, {colReceived, s.received}, {colWalletDiscount, s.wallet}, {colMerchantDiscount, s.merchant},
		{colCards, s.byCards}, {colFee, s.fee}, {colSplit, s.split}, {colNet, net},
	} {
		text := fields[index[c.col]]
		got, err := parseYuan(at, c.col, text)
		if err != nil {
			return err
		}
		if got != c.want {
			return corrupt(at, c.col, text, "the detail adds up to %s", c.want.Yuan())
		}
	}
	return nil
}
