package merchants_test

import (
	"errors"
	"testing"

	"juma/acquiring"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/store"
	"juma/merchants"
)

// life hands a service over a fresh database with the merchant of application().
func life(t *testing.T, f func(t *testing.T, s *merchants.Service, db *store.Store, clk *clock.Sim, no string)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		db, clk := open(), clock.NewSim(day.Start(), 1)
		s := merchants.NewService(db.Merchants(), clk, id.NewULIDs(id.Seeded(1, "ids")))
		m, _, _, err := s.Onboard(ctx, application())
		if err != nil {
			t.Fatal(err)
		}
		f(t, s, db, clk, m.No)
	})
}

func wantKind(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%s: %v, want %s", what, err, kind)
	}
}

func TestSetState(t *testing.T) {
	life(t, func(t *testing.T, s *merchants.Service, db *store.Store, _ *clock.Sim, no string) {
		wantKind(t, "without a reason", s.SetState(ctx, no, merchants.Suspended, "zhao", " "), fault.Invalid)
		wantKind(t, "resume an active one", s.SetState(ctx, no, merchants.Active, "zhao", "r"), fault.Conflict)
		wantKind(t, "nobody's number", s.SetState(ctx, "999290058129999", merchants.Suspended, "zhao", "r"), fault.NotFound)
		for _, to := range []merchants.State{merchants.Suspended, merchants.Active, merchants.Closed} {
			if err := s.SetState(ctx, no, to, "zhao", "because "+string(to)); err != nil {
				t.Fatal(to, err)
			}
		}
		for _, to := range []merchants.State{merchants.Suspended, merchants.Active, merchants.Closed} {
			wantKind(t, "closed to "+string(to), s.SetState(ctx, no, to, "zhao", "r"), fault.Conflict)
		}
		all, err := db.AuditOf(ctx, merchants.MerchantObject(no), "", 10)
		if err != nil || len(all) != 3 {
			t.Fatal(all, err) // a refused move leaves no entry
		}
		if e := all[2]; e.Action != "merchant.closed" || e.Actor != "zhao" || e.Before != "active" || e.After != "closed" || e.Reason != "because closed" {
			t.Errorf("audit %+v", e)
		}
	})
}

func TestCloseIsBlockedByOpenMoney(t *testing.T) {
	life(t, func(t *testing.T, s *merchants.Service, db *store.Store, _ *clock.Sim, no string) {
		add := func(orderNo string, state acquiring.PaymentState) {
			t.Helper()
			p := acquiring.Payment{OrderNo: orderNo, MerchantNo: no, Channel: "wechat", Amount: 1234, State: state, RequestID: orderNo, ResultToken: orderNo, RRN: orderNo, TerminalNo: "10000001", CreatedAt: day.Start(), ExpiresAt: day.Start(), NextQueryAt: day.Start(), ClearingDate: day}
			if err := db.Acquiring().Update(ctx, func(tx acquiring.Tx) error { return tx.InsertPayment(p) }); err != nil {
				t.Fatal(err)
			}
		}
		add("P1", acquiring.Closed)
		add("P2", acquiring.Paid)
		add("P3", acquiring.Unknown)
		err := s.SetState(ctx, no, merchants.Closed, "zhao", "moved away")
		wantKind(t, "close", err, fault.Refused)
		var open *merchants.OpenMoneyError
		if !errors.As(err, &open) || len(open.Items) != 2 || open.More ||
			open.Items[0] != (merchants.OpenMoney{Kind: merchants.OpenPayment, Ref: "P3", Amount: 1234}) ||
			open.Items[1] != (merchants.OpenMoney{Kind: merchants.OpenUnsettled, Ref: "P2", Amount: 1234}) {
			t.Errorf("open %+v", open)
		}
		if m, err := db.Merchants().Merchant(ctx, no); err != nil || m.State != merchants.Active {
			t.Errorf("the refused closing left %s, %v", m.State, err)
		}
		if first, err := db.Merchants().OpenMoney(ctx, no, 1); err != nil || len(first) != 1 {
			t.Errorf("limited to one: %v, %v", first, err)
		}
	})
}
