package file

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"juma/internal/bizdate"
	"juma/internal/money"
)

const (
	diner   = "999290058120001"
	grocery = "999581054110002"
	chemist = "999584059120003"
)

var march10 = bizdate.New(2026, 3, 10)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", s, bizdate.Zone)
	if err != nil {
		panic(err)
	}
	return t
}

func merchant(no, name, mcc, account string) Merchant {
	return Merchant{No: no, Name: name, MCC: mcc, BankName: "示例银行示例支行", CNAPS: "999290000012", AccountNo: account, AccountName: name, AreaCode: "310000"}
}

// sampleDay is the day of the UnionPay samples in testdata.
func sampleDay() Day {
	up := func(kind Kind, no string, trace int, rrn, order, when, payer string, amount, fee, cost money.Fen, queryID string) Row {
		return Row{Channel: "unionpay", Kind: kind, MerchantNo: no, TerminalNo: "T0000001", Trace: trace, RRN: rrn, OrderNo: order,
			Time: at(when), Payer: payer, Amount: amount, MerFee: fee, ChannelCost: cost, QueryID: queryID}
	}
	cancel := up(Cancellation, chemist, 100111, "031011100111", "V20260310000001", "2026-03-10 11:21:05", "621626*********0356", 700, 3, 3, "202603101121051001118")
	cancel.OrigTrace, cancel.OrigTime, cancel.OrigOrderNo, cancel.OrigQueryID = 100110, at("2026-03-10 11:20:01"), "P20260310000010", "202603101120011001108"
	refund := up(Refund, grocery, 100112, "031014100112", "R20260310000003", "2026-03-10 14:30:00", "621626*********0216", 2000, 8, 7, "202603101430001001128")
	refund.OrigTrace, refund.OrigTime, refund.OrigOrderNo, refund.OrigQueryID = 90021, at("2026-03-08 13:05:01"), "P20260308000021", "202603081305010900218"
	g := merchant(grocery, "示例便民超市", "5411", "999900000000000002")
	g.ErrCount, g.ErrAmt, g.ErrFeeBack = 1, -1500, 6
	day := Day{ClearingDate: march10, InstitutionCode: "99982900", Batch: 1,
		Rows: []Row{
			cancel,
			up(Purchase, diner, 100099, "030923100099", "P20260309000099", "2026-03-09 23:10:15", "621626*********0216", 4600, 17, 16, "202603092310151000998"),
			up(Purchase, diner, 100108, "031010100108", "P20260310000008", "2026-03-10 10:15:30", "621626*********0018", 5000, 19, 18, "202603101015301001088"),
			up(Purchase, chemist, 100110, "031011100110", "P20260310000010", "2026-03-10 11:20:01", "621626*********0356", 700, 3, 3, "202603101120011001108"),
			refund,
			up(Purchase, grocery, 100115, "031018100115", "P20260310000012", "2026-03-10 18:12:12", "621626*********0356", 128800, 489, 580, "202603101812121001158"),
		},
		Merchants: []Merchant{merchant(diner, "示例餐厅一店", "5812", "999900000000000001"), g, merchant(chemist, "示例大药房", "5912", "999900000000000003")},
		Disputes: []Dispute{{Code: ManualRefund, ReasonCode: "9707", MerchantNo: grocery, TerminalNo: "T0000001", Trace: 100130, Time: at("2026-03-10 15:00:00"),
			Payer: "621626*********0216", CardType: "01", Amount: 1500, MerFee: 6, ChannelCost: 5, PrevTrace: 90055, PrevRRN: "030809090055",
			PrevTime: at("2026-03-08 17:00:00"), PrevDate: bizdate.New(2026, 3, 8), PrevAmount: 1500}},
	}
	for order, fee := range map[string]money.Fen{"P20260309000099": 1, "P20260310000008": 2, "R20260310000003": 1, "P20260310000012": 42} {
		day.Rows[slices.IndexFunc(day.Rows, func(r Row) bool { return r.OrderNo == order })].NetworkFee = fee
	}
	for i := range day.Rows {
		day.Rows[i].CardType = map[string]string{diner: "01", chemist: "02"}[day.Rows[i].MerchantNo]
	}
	day.Rows[4].CardType, day.Rows[5].CardType = "01", "02"
	return day
}

func sampleLedger() LedgerTotals {
	return LedgerTotals{
		diner:   {Gross: 9600, Fee: 36},
		grocery: {Gross: 128800, Refund: 2000, Fee: 481},
		chemist: {Gross: 700, Refund: 700},
	}
}

// ledgerOf is a ledger that agrees with the day.
func ledgerOf(d Day) LedgerTotals {
	l := LedgerTotals{}
	for _, r := range d.Rows {
		t := l[r.MerchantNo]
		t.add(r.Kind, r.Amount, r.MerFee)
		l[r.MerchantNo] = t
	}
	return l
}

func build(t testing.TB, d Day) []File {
	t.Helper()
	files, err := Build(d, ledgerOf(d))
	if err != nil {
		t.Fatalf("Build: %v", err)
	}
	return files
}

// pay makes a wallet purchase for tests that do not care about details.
func pay(channel, no string, trace int, when time.Time, amount, fee money.Fen) Row {
	return Row{Channel: channel, Kind: Purchase, MerchantNo: no, TerminalNo: "00000001", Trace: trace,
		RRN: fmt.Sprintf("6069%s%05d", no[14:], trace%100000)[:9] + fmt.Sprintf("%03d", trace%1000), OrderNo: fmt.Sprintf("P%s%d", no, trace),
		Time: when, Amount: amount, MerFee: fee, ChannelCost: fee / 2, Payer: PayerToken(nil, fmt.Sprint("payer", trace))}
}

// refundOf makes a refund of a purchase.
func refundOf(p Row, trace int, when time.Time, amount, fee money.Fen) Row {
	r := pay(p.Channel, p.MerchantNo, trace, when, amount, fee)
	r.Kind, r.OrderNo = Refund, fmt.Sprintf("R%s%d", p.MerchantNo, trace)
	r.OrigTrace, r.OrigTime, r.OrigOrderNo, r.OrigQueryID = p.Trace, p.Time, p.OrderNo, p.QueryID
	return r
}

func find(t testing.TB, files []File, name string) File {
	t.Helper()
	for _, f := range files {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no file %s", name)
	return File{}
}

func records(t testing.TB, f File) []Record {
	t.Helper()
	rows, problems := Read(f.Name, LayoutOf(f.Name), f.Data)
	for _, p := range problems {
		t.Errorf("%s", p)
	}
	return rows
}
