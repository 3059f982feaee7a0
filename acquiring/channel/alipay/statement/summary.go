package statement

import (
	"strings"

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
