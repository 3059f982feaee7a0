package clearing_test

import (
	"path/filepath"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/file"
	"juma/clearing/terms"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/money"
)

// TestDaysByTerms: a small amount is carried forward until the minimum is reached, a
// held merchant's day is kept and paid once the hold has ended although nothing new is
// sold, a held payment stands in no batch until it is let go; each is due by its own
// cycle, and the files prove it all.
func TestDaysByTerms(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.clock = clock.NewSim(at(day1, 9, 0), 1)
		b.clearing = b.service(b.store.Clearing())
		agreed := b.terms()
		c, err := agreed.Propose(ctx, diner, terms.Terms{Cycle: "D+2", Minimum: 15_000}, day1, "maker", "a small shop")
		must(t, err)
		must(t, agreed.Approve(ctx, c.ID, "checker", "agreed"))
		hold, err := agreed.Put(ctx, terms.OfMerchant, market, terms.Risk, "risk1", "complaints")
		must(t, err)
		sold := func(no string, amount money.Fen, d bizdate.Date) string {
			p := b.paid(channel.WeChat, no, amount, at(d, 12, 0), d)
			b.shows(p, d)
			return p.OrderNo
		}
		sold(diner, 10_000, day1)
		sold(market, 5_000, day1)
		stopped := sold(diner, 20_000, day1)
		paymentHold, err := agreed.Put(ctx, terms.OfPayment, stopped, terms.Ordinary, "clear1", "a court asks")
		must(t, err)
		b.close(day1)
		sold(diner, 6_000, day2)
		must(t, agreed.End(ctx, hold.ID, "risk2", "explained"))
		b.close(day2)
		must(t, agreed.End(ctx, paymentHold.ID, "checker", "no order came"))
		b.close(day3)

		of := func(d bizdate.Date, no string) clearing.Settlement {
			all, err := b.store.Clearing().Settlements(ctx, d)
			must(t, err)
			for _, s := range all {
				if s.MerchantNo == no {
					return s
				}
			}
			return clearing.Settlement{}
		}
		for _, want := range []clearing.Settlement{
			{Date: day1, MerchantNo: diner, Rows: 1, Gross: 10_000, Fee: 38, Suspended: 9_962, Withheld: clearing.BelowMinimum, Cycle: "D+2", SettlementDate: day3},
			{Date: day1, MerchantNo: market, Rows: 1, Gross: 5_000, Fee: 19, Suspended: 4_981, Withheld: clearing.OnHold, Cycle: "T+1", SettlementDate: day2},
			{Date: day2, MerchantNo: diner, Rows: 1, Gross: 6_000, Fee: 23, Released: 9_962, Credited: 15_939, Cycle: "D+2", SettlementDate: 20260313},
			{Date: day2, MerchantNo: market, Released: 4_981, Credited: 4_981, Cycle: "T+1", SettlementDate: day3},
			{Date: day3, MerchantNo: diner, Rows: 1, Gross: 20_000, Fee: 76, Credited: 19_924, Cycle: "D+2", SettlementDate: 20260314},
			{},
		} {
			got := of(want.Date, want.MerchantNo)
			got.PayerCode, got.PayerName = "", ""
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
		if got := b.balance("merchant_payable/" + diner); got != 0 {
			t.Errorf("%d fen are still payable", got)
		}
		folders := []string{}
		for _, d := range []bizdate.Date{day1, day2, day3} {
			folders = append(folders, filepath.Join(b.dir, "settlement", d.String()))
		}
		if report, problems := file.Verify(folders); len(problems) > 0 || report.Credited != 15_939+4_981+19_924 {
			t.Errorf("files: %+v, %v", report, problems)
		}
		if zpsum := b.files(day2)[file.ZPSUMName(day2)]; !strings.Contains(zpsum, "C000000004981") || !strings.Contains(zpsum, market) {
			t.Error("ZPSUM does not show what was released")
		}
	})
}
