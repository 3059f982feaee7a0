package web

import (
	"context"
	"fmt"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/bill"
	"juma/internal/bizdate"
	"juma/internal/money"
)

var billSamples = []sample{
	{route: billsPath, urls: []string{billsPath, billsPath + "?month=2026-02", billsPath + "?month=none"}, session: "owner-a"},
	{route: billsPath, urls: []string{billsPath}, session: "owner-b"},
	{route: billsPath + "/:period/rows.csv", noPage: "CSV"},
	{route: billsPath + "/:period/days.csv", noPage: "CSV"},
	{route: billsPath + "/:period/statement.xlsx", noPage: "a workbook"},
}

var billProbes = []probe{
	{route: "GET " + billsPath, anybody: "shows the own merchant"},
	{route: "GET " + billsPath + "/:period/rows.csv", path: billsPath + "/2026-03-09/rows.csv", anybody: "writes the own merchant's statement"},
	{route: "GET " + billsPath + "/:period/days.csv", path: billsPath + "/2026-03/days.csv", anybody: "writes the own merchant's statement"},
	{route: "GET " + billsPath + "/:period/statement.xlsx", path: billsPath + "/2026-03/statement.xlsx", anybody: "writes the own merchant's statement"},
}

// bills has settled days of February and March, two payments and a refund on each.
type bills struct{}

func (bills) BillDays(_ context.Context, _ string, from, to bizdate.Date) (days []clearing.Settlement, _ error) {
	for i, d := range []bizdate.Date{20260227, 20260228, 20260308, 20260309} {
		if d < from || d > to {
			continue
		}
		s := clearing.Settlement{Date: d, Rows: 3, Gross: 250_000 + money.Fen(i), Refund: 1_000, Fee: 946, SettlementDate: d.AddDays(1)}
		if i == 2 {
			s.ErrCount, s.ErrAmt = 1, 50
		}
		s.Credited = s.Net()
		days = append(days, s)
	}
	return days, nil
}

func (b bills) BillRows(ctx context.Context, no string, d bizdate.Date, kind channel.LineKind, after string, _ int) (rows []bill.Row, _ error) {
	days, err := b.BillDays(ctx, no, d, d)
	if err != nil || len(days) == 0 || after != "" {
		return nil, err
	}
	row := bill.Row{Date: d, Time: d.Start().Add(12 * time.Hour), Kind: kind, Wallet: channel.WeChatWallet, ChannelNo: "4200001234202603091234567890", Store: "老王面馆", TerminalNo: "10000001"}
	if kind == channel.RefundLine {
		row.OrderNo, row.Origin, row.Amount, row.Fee = "R-"+no, "P1-"+no, 1_000, 4
		return []bill.Row{row}, nil
	}
	for i, amount := range []money.Fen{days[0].Gross - 100_000, 100_000} {
		row.OrderNo, row.Amount, row.Fee = fmt.Sprintf("P%d-%s", i+1, no), amount, []money.Fen{570, 380}[i]
		rows = append(rows, row)
	}
	return rows, nil
}
