package file

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"juma/internal/money"
)

// drawDay draws a day of three merchants with purchases by all channels, refunds
// and cancellations of them and of older ones; every shortfall is suspended.
func drawDay(rt *rapid.T) Day {
	day := Day{ClearingDate: march10.AddDays(rapid.IntRange(-400, 400).Draw(rt, "date")), InstitutionCode: "99982900", Batch: rapid.IntRange(1, 99).Draw(rt, "batch"),
		Merchants: []Merchant{merchant(diner, "示例餐厅一店", "5812", "1"), merchant(grocery, "便民 SHOP·狛", "5411", "2"), merchant(chemist, "药", "5912", "3")}}
	day.Merchants[2].DirectlySettled = rapid.Bool().Draw(rt, "direct")
	for i := range rapid.IntRange(0, 30).Draw(rt, "rows") {
		m := rapid.SampledFrom(day.Merchants).Draw(rt, "merchant")
		row := pay(rapid.SampledFrom([]string{"wechat", "alipay", "unionpay"}).Draw(rt, "channel"), m.No, i+1,
			day.ClearingDate.Start().Add(time.Duration(rapid.IntRange(-3600, 86399).Draw(rt, "second"))*time.Second),
			money.Fen(rapid.IntRange(1, 5_000_000).Draw(rt, "amount")), money.Fen(rapid.IntRange(0, 20_000).Draw(rt, "fee")))
		row.RRN = leftZeros(fmt.Sprint(i), 12)
		if row.Channel == "unionpay" {
			row.QueryID, row.Payer = leftZeros(fmt.Sprint(i), 21), "621626*********0216"
		}
		if p, ok := earlierPurchase(rt, day.Rows, row); ok {
			row = refundOf(p, row.Trace, row.Time, money.Fen(rapid.Int64Range(1, int64(p.Amount)).Draw(rt, "part")), min(row.MerFee, p.MerFee))
			row.Kind = rapid.SampledFrom([]Kind{Refund, Cancellation}).Draw(rt, "back")
			row.RRN = leftZeros(fmt.Sprint(i), 12)
			if row.Channel == "unionpay" {
				row.QueryID = leftZeros(fmt.Sprint(i), 21)
			}
		}
		day.Rows = append(day.Rows, row)
	}
	ledger := ledgerOf(day)
	for i := range day.Merchants {
		m := &day.Merchants[i]
		if !m.DirectlySettled {
			m.OtherAmt = money.Fen(rapid.IntRange(-1000, 1000).Draw(rt, "other"))
			m.Suspended = min(0, m.Credited(ledger[m.No]))
		}
	}
	return day
}

// earlierPurchase draws a purchase to give back, each at most once.
func earlierPurchase(rt *rapid.T, rows []Row, like Row) (Row, bool) {
	if !rapid.Bool().Draw(rt, "refund") {
		return Row{}, false
	}
	for _, p := range rows {
		returned := slices.ContainsFunc(rows, func(r Row) bool { return r.OrigOrderNo == p.OrderNo })
		if p.Kind == Purchase && p.MerchantNo == like.MerchantNo && !returned {
			return p, true
		}
	}
	return Row{}, false
}

// Whatever clearing settles can be written, and what is written proves.
func TestEveryDayProves(t *testing.T) {
	root := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		day := drawDay(rt)
		files, err := Build(day, ledgerOf(day))
		if err != nil {
			rt.Fatal(err)
		}
		n++
		if n > 10 { // the disk is slow and adds nothing after a few
			memory := map[string][]byte{}
			for _, f := range files {
				memory[f.Name], memory[ControlName(f.Name)] = f.Data, f.ControlText("")
			}
			if problems := verifyInMemory(day.ClearingDate.String(), memory); len(problems) > 0 {
				rt.Fatal(problems)
			}
			return
		}
		dir, err := Write(fmt.Sprintf("%s/%d", root, n), day, files)
		if err != nil {
			rt.Fatal(err)
		}
		report, problems := Verify([]string{dir})
		if len(problems) > 0 {
			rt.Fatal(problems)
		}
		var sum Totals
		for _, totals := range ledgerOf(day) {
			sum = sum.plus(totals)
		}
		if report.Totals != sum || report.Rows != len(day.Rows) {
			rt.Fatalf("report %+v, ledger %+v", report, sum)
		}
	})
}
