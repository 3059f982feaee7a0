package clearing_test

import (
	"context"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// typhoon is a calendar, version 7, in which day2 is off.
type typhoon struct{}

func (typhoon) InForce(context.Context) (*bizdate.Calendar, int, error) {
	c, err := bizdate.ParseCalendar("off " + day2.String())
	return c, 7, err
}

// after1 is the first part of day1's batch.
func after1(t *testing.T, b *bench) clearing.Settlement {
	t.Helper()
	all, err := b.store.Clearing().Settlements(ctx, day1)
	must(t, err)
	return all[0]
}

// TestReleaseTakesTwoPeople: a batch is computed, filed and released in this order,
// by two people, once; a preview before is what is settled after.
func TestReleaseTakesTwoPeople(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid(channel.WeChat, diner, 10_000, at(day1, 12, 0), day1)
		b.shows(p, day1)
		_, err := b.clearing.PreviewSettlement(ctx, day1)
		wantKind(t, err, fault.NotReady, "reconciled")
		_, err = b.clearing.Release(ctx, day1, "checker")
		wantKind(t, err, fault.NotFound)
		b.clock.AdvanceTo(at(day2, 10, 0))
		for _, ch := range channel.Names {
			must(t, b.clearing.CutOff(ctx, ch, day1))
			must(t, b.clearing.Fetch(ctx, ch, day1))
			must(t, b.clearing.Reconcile(ctx, ch, day1))
		}
		b.clearing.Calendars = typhoon{}
		before, err := b.clearing.PreviewSettlement(ctx, day1)
		if err != nil || before.Batch.State != "" || len(before.Settlements) != 1 || before.Settlements[0].Credited != 9_962 {
			t.Fatalf("preview %+v, %v", before, err)
		}
		_, err = b.store.Clearing().Batch(ctx, day1)
		wantKind(t, err, fault.NotFound) // a preview commits nothing

		wantKind(t, b.clearing.Settle(ctx, day1, ""), fault.Invalid, "who settles")
		must(t, b.clearing.Settle(ctx, day1, "maker"))
		_, err = b.clearing.Release(ctx, day1, "checker")
		wantKind(t, err, fault.NotReady, "files")
		must(t, b.clearing.WriteFiles(ctx, day1))
		_, err = b.clearing.Release(ctx, day1, "maker")
		wantKind(t, err, fault.Forbidden, "settled this batch")
		_, err = b.clearing.Release(ctx, day1, "")
		wantKind(t, err, fault.Invalid)

		first, err := b.clearing.Release(ctx, day1, "checker")
		if err != nil || first.State != clearing.Released || first.SettledBy != "maker" || first.ReleasedBy != "checker" || first.CalendarVersion != 7 || first.SettlementDate != day3 || after1(t, b).SettlementDate != day3 || !first.ReleasedAt.Equal(b.clock.Now()) {
			t.Fatalf("released: %+v, %v", first, err)
		}
		must(t, b.clearing.WriteFiles(ctx, day1))
		if again, err := b.clearing.Release(ctx, day1, "another"); err != nil || again != first {
			t.Errorf("released again: %+v, %v; want %+v", again, err, first)
		}
		after, err := b.clearing.PreviewSettlement(ctx, day1)
		if err != nil || after.Batch != first || after.Settlements[0] != before.Settlements[0] {
			t.Errorf("preview of a settled day: %+v, %v", after, err)
		}
		for action, want := range map[string]string{"batch.settled": "maker", "batch.released": "checker"} {
			if n := b.number("SELECT COUNT(*) FROM audit WHERE action = ? AND actor = ? AND object = 'batch 2026-03-10'", action, want); n != 1 {
				t.Errorf("%d audit rows of %s by %s", n, action, want)
			}
		}
	})
}
