package terms_test

import (
	"context"
	"testing"
	"time"

	"juma/clearing/terms"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
	"juma/internal/store"
	"juma/merchants"
)

const shop = "999290058120001"

var ctx = context.Background()

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("got %v, want kind %s", err, kind)
	}
}

// TestDue is the golden table of due dates: the Friday of a weekend, and the day before
// the Spring Festival of 2026.
func TestDue(t *testing.T) {
	for _, c := range []struct {
		cycle   terms.Cycle
		of, due bizdate.Date
	}{
		{"T+1", 20260310, 20260311}, {"T+1", 20260313, 20260316}, {"D+1", 20260313, 20260314}, {"T+2", 20260313, 20260317},
		{"D+3", 20260313, 20260316}, {"T+1", 20260214, 20260224}, {"T+3", 20260214, 20260226}, {"D+1", 20260228, 20260301},
	} {
		if got := c.cycle.Due(bizdate.Official(), c.of); got != c.due {
			t.Errorf("%s of %s is due %s, want %s", c.cycle, c.of, got, c.due)
		}
	}
	for _, bad := range []string{"", "T", "T+0", "T+01", "T+31", "X+1", "D-1", "T+1 ", "t+1", "D+1.5"} {
		_, err := terms.ParseCycle(bad)
		wantKind(t, err, fault.Invalid)
	}
}

// on runs f with a service over each kind of database, which has one merchant.
func on(t *testing.T, f func(t *testing.T, s *terms.Service, clk *clock.Sim)) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		st, clk := open(), clock.NewSim(bizdate.Date(20260310).Start().Add(9*time.Hour), 1)
		ids := id.NewULIDs(id.Seeded(1, "terms"))
		_, _, _, err := merchants.NewService(st.Merchants(), clk, ids).Onboard(ctx, merchants.Application{
			Merchant: merchants.Merchant{No: shop, Name: "示例有限公司", ShortName: "示例", MCC: "5812", RegionCode: "310000",
				Account: merchants.SettlementAccount{BankName: "示例银行", CNAPS: "999290000012", AccountNo: "6216261000000000018", AccountName: "示例"}},
			Stores: []merchants.ApplicationStore{{Name: "总店", RegionCode: "310000", Terminals: []string{"10000001"}}},
		})
		must(t, err)
		f(t, terms.NewService(st.Terms(), clk, ids), clk)
	})
}

// TestTermsTakeTwoPeople and count from their date on; of several the one that began
// last.
func TestTermsTakeTwoPeople(t *testing.T) {
	on(t, func(t *testing.T, s *terms.Service, clk *clock.Sim) {
		propose := func(cycle terms.Cycle, minimum money.Fen, from bizdate.Date) (terms.Change, error) {
			clk.AdvanceTo(clk.Now().Add(time.Second))
			return s.Propose(ctx, shop, terms.Terms{Cycle: cycle, Minimum: minimum}, from, "maker", "asked for")
		}
		for _, bad := range []struct {
			cycle   terms.Cycle
			minimum money.Fen
			from    bizdate.Date
		}{{"T+0", 0, 20260310}, {"T+1", -1, 20260310}, {"T+1", 100_000_001, 20260310}, {"T+1", 0, 20260309}} {
			_, err := propose(bad.cycle, bad.minimum, bad.from)
			wantKind(t, err, fault.Invalid)
		}
		_, err := s.Propose(ctx, "999290058120999", terms.Default, 20260310, "maker", "x")
		wantKind(t, err, fault.NotFound)

		first, err := propose("D+1", 0, 20260310)
		must(t, err)
		_, err = propose("T+2", 0, 20260311)
		wantKind(t, err, fault.Conflict) // one proposal at a time
		wantKind(t, s.Approve(ctx, first.ID, "maker", ""), fault.Forbidden)
		in := func(d bizdate.Date) terms.Terms {
			f, err := s.InForce(ctx, d)
			must(t, err)
			return f.Of(shop)
		}
		if got := in(20260310); got != terms.Default {
			t.Errorf("a proposal counts: %v", got)
		}
		must(t, s.Approve(ctx, first.ID, "checker", "fine"))
		wantKind(t, s.Approve(ctx, first.ID, "another", "fine"), fault.Conflict)
		wantKind(t, s.Reject(ctx, first.ID, "another", "late"), fault.Conflict)

		second, err := propose("T+2", 5000, 20260312)
		must(t, err)
		must(t, s.Approve(ctx, second.ID, "checker", ""))
		third, err := propose("T+9", 0, 20260313)
		must(t, err)
		wantKind(t, s.Reject(ctx, third.ID, "maker", ""), fault.Invalid)
		must(t, s.Reject(ctx, third.ID, "maker", "a mistake"))
		late, err := propose("T+3", 0, 20260311)
		must(t, err)
		clk.AdvanceTo(bizdate.Date(20260312).Start())
		wantKind(t, s.Approve(ctx, late.ID, "checker", ""), fault.Conflict)

		for d, want := range map[bizdate.Date]terms.Terms{20260309: terms.Default, 20260311: {Cycle: "D+1"}, 20260312: {Cycle: "T+2", Minimum: 5000}, 20260320: {Cycle: "T+2", Minimum: 5000}} {
			if got := in(d); got != want {
				t.Errorf("terms of %s: %v, want %v", d, got, want)
			}
		}
		all, err := s.Changes(ctx, shop, "", 10)
		if err != nil || len(all) != 4 || all[0].ID != late.ID || all[1].State != terms.Rejected || all[3].DecidedBy != "checker" || all[3].Note != "fine" || all[3].ID != first.ID || !all[3].ProposedAt.Equal(first.ProposedAt) {
			t.Errorf("changes: %+v, %v", all, err)
		}
		if open, err := s.Changes(ctx, "", terms.Proposed, 10); err != nil || len(open) != 1 {
			t.Errorf("open: %+v, %v", open, err)
		}
	})
}

// TestAHoldIsEndedBySomebodyElse, and an object is held once.
func TestAHoldIsEndedBySomebodyElse(t *testing.T) {
	on(t, func(t *testing.T, s *terms.Service, _ *clock.Sim) {
		_, err := s.Put(ctx, terms.OfMerchant, shop, terms.Risk, "risk1", "")
		wantKind(t, err, fault.Invalid)
		_, err = s.Put(ctx, "store", shop, terms.Risk, "risk1", "x")
		wantKind(t, err, fault.Invalid)
		_, err = s.Put(ctx, terms.OfMerchant, shop, "mood", "risk1", "x")
		wantKind(t, err, fault.Invalid)
		_, err = s.Put(ctx, terms.OfPayment, "P1", terms.Risk, "risk1", "x")
		wantKind(t, err, fault.NotFound)
		h, err := s.Put(ctx, terms.OfMerchant, shop, terms.Risk, "risk1", "complaints")
		must(t, err)
		_, err = s.Put(ctx, terms.OfMerchant, shop, terms.Ordinary, "clear1", "again")
		wantKind(t, err, fault.Conflict)
		f, err := s.InForce(ctx, 20260310)
		if err != nil || !f.Merchants[shop] || len(f.Payments) != 0 {
			t.Errorf("in force: %+v, %v", f, err)
		}
		wantKind(t, s.End(ctx, h.ID, "risk1", "fine"), fault.Forbidden)
		wantKind(t, s.End(ctx, h.ID, "risk2", ""), fault.Invalid)
		must(t, s.End(ctx, h.ID, "risk2", "explained"))
		wantKind(t, s.End(ctx, h.ID, "risk3", "again"), fault.Conflict)
		all, err := s.Holds(ctx, shop, "", 5)
		if err != nil || len(all) != 1 || all[0].State != terms.Ended || all[0].EndedBy != "risk2" || all[0].EndReason != "explained" || all[0].MerchantNo != shop {
			t.Errorf("holds: %+v, %v", all, err)
		}
		_, err = s.Put(ctx, terms.OfMerchant, shop, terms.Ordinary, "clear1", "another time")
		must(t, err)
	})
}
