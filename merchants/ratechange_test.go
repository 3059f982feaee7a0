package merchants_test

import (
	"testing"
	"time"

	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/store"
	"juma/merchants"
)

func TestRateChangeNeedsTwoPeopleAndNeverRewritesThePast(t *testing.T) {
	life(t, func(t *testing.T, s *merchants.Service, db *store.Store, _ *clock.Sim, no string) {
		want := merchants.RateChange{MerchantNo: no, Channel: "wechat", Rate: 3000, From: day, Reason: "volume"}
		past := want
		past.From = day - 1
		_, err := s.ProposeRate(ctx, past, "op")
		wantKind(t, "in the past", err, fault.Invalid)
		c, err := s.ProposeRate(ctx, want, "op")
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.ProposeRate(ctx, want, "op2")
		wantKind(t, "a second open one", err, fault.Conflict)
		_, err = s.ApproveRate(ctx, c.ID, "op", "")
		wantKind(t, "by the proposer", err, fault.Forbidden)
		before, _ := db.Merchants().Agreements(ctx, no)
		if len(before) != 1 {
			t.Fatalf("a proposal is no agreement: %+v", before)
		}
		c, err = s.ApproveRate(ctx, c.ID, "boss", "fine")
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.ApproveRate(ctx, c.ID, "boss2", "")
		wantKind(t, "twice", err, fault.Conflict)
		after, err := db.Merchants().Agreements(ctx, no)
		if err != nil || len(after) != 2 || after[0] != before[0] {
			t.Fatalf("agreements %+v, %v; the old one was %+v", after, err, before[0])
		}
		if a := after[1]; a.Version != 2 || a.ID != c.AgreementID || a.MadeBy != "op" || a.CheckedBy != "boss" || a.Rate != 3000 {
			t.Errorf("new version %+v", a)
		}
		facts := merchants.PaidFacts{MerchantNo: no, Channel: "wechat", Day: day, AgreementID: before[0].ID}
		r, err := s.ExplainPaymentRate(ctx, facts)
		if err != nil || !r.Differs || r.Stored.ID != before[0].ID || r.Applied.ID != c.AgreementID {
			t.Errorf("paid before the change: %+v, %v", r, err)
		}
		facts.AgreementID = c.AgreementID
		if r, err := s.ExplainPaymentRate(ctx, facts); err != nil || r.Differs || !r.StoredFound {
			t.Errorf("paid after the change: %+v, %v", r, err)
		}
		all, err := db.AuditOf(ctx, merchants.MerchantObject(no), "", 10)
		if err != nil || len(all) != 2 || all[0].Action != "rate.proposed" || all[1].Action != "rate.approved" || all[1].Actor != "boss" {
			t.Errorf("audit %+v, %v", all, err)
		}
	})
}

func TestRateChangeThatIsLateOrRejected(t *testing.T) {
	life(t, func(t *testing.T, s *merchants.Service, db *store.Store, clk *clock.Sim, no string) {
		want := merchants.RateChange{MerchantNo: no, Channel: "wechat", Rate: 3000, From: day, Reason: "volume"}
		c, err := s.ProposeRate(ctx, want, "op")
		if err != nil {
			t.Fatal(err)
		}
		clk.AdvanceTo(day.Start().Add(25 * time.Hour))
		_, err = s.ApproveRate(ctx, c.ID, "boss", "")
		wantKind(t, "approved a day late", err, fault.Refused)
		_, err = s.RejectRate(ctx, c.ID, "boss", "")
		wantKind(t, "rejected without a reason", err, fault.Invalid)
		if c, err = s.RejectRate(ctx, c.ID, "boss", "too late"); err != nil || c.State != merchants.RateRejected {
			t.Fatal(c, err)
		}
		want.From = day + 1
		if _, err = s.ProposeRate(ctx, want, "op"); err != nil {
			t.Errorf("anew after the rejection: %v", err)
		}
		open, err := s.RateChanges(ctx, merchants.RateProposed, no, "", 10)
		if err != nil || len(open) != 1 || open[0].From != day+1 {
			t.Errorf("open %+v, %v", open, err)
		}
		if all, _ := db.Merchants().Agreements(ctx, no); len(all) != 1 {
			t.Errorf("a rejected change made an agreement: %+v", all)
		}
	})
}
