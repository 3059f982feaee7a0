package merchants_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/id"
	"juma/internal/money"
	"juma/internal/store"
	"juma/merchants"
)

// TestNoApprovalRewritesADayThatIsOver drives the service with random proposals
// that wait for a random time: the answer for a day that is over never changes.
func TestNoApprovalRewritesADayThatIsOver(t *testing.T) {
	s := dbtest.Open(t, dbtest.SQLite(t))
	ids, shops := id.NewULIDs(id.Seeded(1, "past")), 0
	rapid.Check(t, func(rt *rapid.T) {
		shops++
		first, clk := day, clock.NewSim(day.Start(), 1)
		service, no := merchants.NewService(s.Merchants(), clk, ids), newShop(rt, s, shops, day)
		known := map[string]string{}
		look := func() {
			all, err := s.Merchants().Agreements(ctx, no)
			if err != nil {
				rt.Fatal(err)
			}
			for d := first; d < bizdate.Of(clk.Now()); d = d.AddDays(1) {
				for _, card := range []merchants.CardKind{merchants.AnyCard, merchants.Debit, merchants.Credit} {
					key, is := fmt.Sprint(d, card), merchants.RateFor(all, "wechat", card, d).Applied.ID
					if was, seen := known[key]; seen && was != is {
						rt.Fatalf("%s: %s became %s", key, was, is)
					}
					known[key] = is
				}
			}
		}
		for range rapid.IntRange(1, 6).Draw(rt, "changes") {
			c, err := service.ProposeRate(ctx, merchants.RateChange{
				MerchantNo: no, Channel: "wechat", CardKind: rapid.SampledFrom([]merchants.CardKind{merchants.AnyCard, merchants.Debit, merchants.Credit}).Draw(rt, "card"),
				From: bizdate.Of(clk.Now()).AddDays(rapid.IntRange(-2, 4).Draw(rt, "from")), Rate: money.RatePPM(rapid.IntRange(0, 9000).Draw(rt, "rate")), Reason: "why",
			}, "sales")
			clk.AdvanceTo(clk.Now().Add(time.Duration(rapid.IntRange(0, 72).Draw(rt, "hours")) * time.Hour))
			look()
			if err != nil {
				continue // a first day in the past
			}
			if _, err := service.ApproveRate(ctx, c.ID, "boss", ""); err != nil {
				if _, err := service.RejectRate(ctx, c.ID, "boss", "too late"); err != nil {
					rt.Fatal(err)
				}
			}
			look()
		}
	})
}

func newShop(t *rapid.T, s *store.Store, n int, from bizdate.Date) string {
	m := merchants.Merchant{No: fmt.Sprintf("99929005812%04d", n), Name: "示例", ShortName: "示例", MCC: "5812", RegionCode: "310115", State: merchants.Active}
	err := s.Merchants().CreateMerchant(ctx, m, nil, nil,
		[]merchants.Agreement{{ID: fmt.Sprintf("FIRST%021d", n), MerchantNo: m.No, Channel: "wechat", Rate: 3800, From: from, Version: 1}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m.No
}
