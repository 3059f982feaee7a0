package calendar_test

import (
	"context"
	"testing"
	"time"

	"juma/clearing/calendar"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/store"
)

// TestEmergencyDays: a typhoon's day is off when two people say so, and on again by two;
// every version is kept, and who asks cannot decide.
func TestEmergencyDays(t *testing.T) {
	ctx := context.Background()
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		clk := clock.NewSim(bizdate.Date(20260310).Start().Add(9*time.Hour), 1)
		s := calendar.NewService(open().Calendar(), clk, id.NewULIDs(id.Seeded(1, "calendar")))
		due := func(wantVersion int, want bizdate.Date) {
			t.Helper()
			c, version, err := s.InForce(ctx)
			if err != nil || version != wantVersion || c.NextWorkday(20260311) != want {
				t.Errorf("version %d, %v; want version %d and %s", version, err, wantVersion, want)
			}
		}
		wantKind := func(err error, kind fault.Kind) {
			t.Helper()
			if kind == "" && err != nil || kind != "" && !fault.Is(err, kind) {
				t.Errorf("got %v, want kind %s", err, kind)
			}
		}
		emergency := func(d bizdate.Date, off bool) error {
			_, err := s.Emergency(ctx, d, off, "maker", "typhoon")
			return err
		}
		due(0, 20260312)
		wantKind(emergency(20260309, true), fault.Invalid)
		_, err := s.Propose(ctx, "holiday 2026-03-12", "maker", "x")
		wantKind(err, fault.Invalid)
		_, err = s.Propose(ctx, bizdate.Published(), "maker", "")
		wantKind(err, fault.Invalid)
		wantKind(emergency(20260312, true), "")
		due(0, 20260312) // a proposal counts for nothing
		wantKind(emergency(20260313, true), fault.Conflict)
		wantKind(s.Approve(ctx, 1, "maker", ""), fault.Forbidden)
		wantKind(s.Approve(ctx, 9, "checker", ""), fault.NotFound)
		wantKind(s.Approve(ctx, 1, "checker", "seen"), "")
		due(1, 20260313)
		wantKind(s.Approve(ctx, 1, "another", ""), fault.Conflict)

		wantKind(emergency(20260312, false), "") // it has passed: worked after all
		wantKind(s.Reject(ctx, 2, "maker", ""), fault.Invalid)
		wantKind(s.Reject(ctx, 2, "maker", "too early"), "")
		due(1, 20260313)
		wantKind(emergency(20260312, false), "")
		wantKind(s.Approve(ctx, 3, "checker", ""), "")
		due(3, 20260312)

		all, err := s.Versions(ctx, 10)
		states := ""
		for _, v := range all {
			states += string(v.State) + " "
		}
		if err != nil || states != "in_force rejected replaced " || all[2].DecidedBy != "checker" || all[2].Note != "seen" || all[2].Reason != "typhoon" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}
