package clearing_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/clock"
)

// TestTwoNodesOneEffect: two processes over one database run every minute of a day and
// the morning after it; each statement is fetched once, each step is done once, and the
// batch has one maker. Nothing happens before its time, and nothing is released.
func TestTwoNodesOneEffect(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.clock = clock.NewSim(at(day1, 12, 0), 1)
		nodes := []*clearing.Service{b.service(b.store.Clearing()), b.service(b.store.Clearing())}
		run := func() {
			t.Helper()
			var wg sync.WaitGroup
			for _, n := range nodes {
				wg.Go(func() {
					if _, err := n.RunDays(ctx, true); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		state := func(ch channel.Name) clearing.DayState {
			day, err := b.store.Clearing().Day(ctx, ch, day1)
			must(t, err)
			return day.State
		}
		run() // no payment ever: nothing to do
		b.shows(b.paid(channel.WeChat, diner, 10_000, at(day1, 12, 1), day1), day1)
		for _, step := range []struct {
			hour, minute int
			wechat, up   clearing.DayState
		}{{22, 59, clearing.Open, clearing.Open}, {23, 0, clearing.Open, clearing.CutOff}, {24, 0, clearing.CutOff, clearing.CutOff}, {32, 59, clearing.CutOff, clearing.CutOff}, {33, 0, clearing.Reconciled, clearing.Reconciled}} {
			b.clock.AdvanceTo(at(day1, step.hour, step.minute))
			run()
			if wx, up := state(channel.WeChat), state(channel.UnionPay); wx != step.wechat || up != step.up {
				t.Errorf("at %d:%02d WeChat is %s and UnionPay %s, want %s and %s", step.hour, step.minute, wx, up, step.wechat, step.up)
			}
		}
		run()
		batch, err := b.store.Clearing().Batch(ctx, day1)
		if err != nil || batch.State != clearing.Filed || batch.SettledBy != clearing.SchedulerName {
			t.Errorf("batch %+v, %v", batch, err)
		}
		if n := b.wallets[channel.WeChat].fetched; n != 1 {
			t.Errorf("WeChat's statement was fetched %d times", n)
		}
		if n := b.number("SELECT COUNT(*) FROM statement_files WHERE channel = 'unionpay'"); n != 3 {
			t.Errorf("%d statements of UnionPay, want one of each merchant", n)
		}
		for action, want := range map[string]int{"batch.settled": 1, "batch.released": 0} {
			if n := b.number("SELECT COUNT(*) FROM audit WHERE action = ?", action); n != want {
				t.Errorf("%d audit rows of %s, want %d", n, action, want)
			}
		}
		if n, err := nodes[0].RunDays(ctx, true); n != 0 || err != nil {
			t.Errorf("run again: %d things done, %v", n, err)
		}
	})
}

// TestALateStatementRaisesTheAlarm once, after noon; before that it is asked for every
// ten minutes, and afterwards until it comes.
func TestALateStatementRaisesTheAlarm(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.clock = clock.NewSim(at(day1, 12, 0), 1)
		s := b.service(b.store.Clearing())
		b.shows(b.paid(channel.WeChat, diner, 10_000, at(day1, 12, 1), day1), day1)
		wx := b.wallets[channel.WeChat]
		wx.missing[day1] = true
		job := func() clearing.Job {
			t.Helper()
			_, err := s.RunDays(ctx, false)
			must(t, err)
			jobs, err := b.store.Clearing().Jobs(ctx, day1)
			must(t, err)
			for _, j := range jobs {
				if j.Channel == channel.WeChat && j.Date == day1 {
					return j
				}
			}
			return clearing.Job{}
		}
		for minute := 0; minute < 180; minute++ {
			b.clock.AdvanceTo(at(day2, 9, minute))
			if j := job(); j.Tries != minute/10+1 || !j.AlarmedAt.IsZero() || !strings.Contains(j.Problem, "not made yet") {
				t.Fatalf("at 9:00 and %d minutes: %+v", minute, j)
			}
		}
		b.clock.AdvanceTo(at(day2, 12, 0))
		if j := job(); !j.AlarmedAt.Equal(at(day2, 12, 0)) || !j.NextAt.Equal(at(day2, 13, 0)) || j.Tries != 19 {
			t.Errorf("at noon: %+v", j)
		}
		b.clock.AdvanceTo(at(day2, 13, 0))
		if j := job(); !j.AlarmedAt.Equal(at(day2, 12, 0)) || j.Tries != 20 {
			t.Errorf("an alarm is raised once: %+v", j)
		}
		delete(wx.missing, day1)
		b.clock.AdvanceTo(at(day2, 14, 0))
		if j := job(); j.Problem != "" || j.Tries != 20 {
			t.Errorf("it came: %+v", j)
		}
		if _, err := b.store.Clearing().Batch(ctx, day1); err == nil {
			t.Error("a batch was made that people were to make")
		}
		must(t, b.clearing.Settle(ctx, day1, "maker"))
	})
}

// slowWallet lets something happen while its statement is asked for.
type slowWallet struct {
	channel.Adapter
	meanwhile func()
}

func (w slowWallet) Statement(ctx context.Context, r channel.StatementRequest) (channel.StatementFile, error) {
	f, err := w.Adapter.Statement(ctx, r)
	w.meanwhile()
	return f, err
}

// TestALostLeaseWritesNothing: a process that was away for longer than its lease finds
// the day done by another, and none of its own findings is written.
func TestALostLeaseWritesNothing(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.clock = clock.NewSim(at(day1, 12, 0), 1)
		b.shows(b.paid(channel.WeChat, diner, 10_000, at(day1, 12, 1), day1), day1)
		slow, quick := b.service(b.store.Clearing()), b.service(b.store.Clearing())
		b.clock.AdvanceTo(at(day2, 9, 0))
		taken := false
		slow.Channels[channel.WeChat] = slowWallet{b.wallets[channel.WeChat], func() {
			if taken {
				return
			}
			taken = true
			b.clock.AdvanceTo(b.clock.Now().Add(6 * time.Minute))
			if n, err := quick.RunDays(ctx, false); err != nil || n != len(channel.Names) {
				t.Errorf("the other did %d things, %v", n, err)
			}
		}}
		if _, err := slow.RunDays(ctx, false); err != nil {
			t.Error(err)
		}
		day, err := b.store.Clearing().Day(ctx, channel.WeChat, day1)
		if err != nil || day.State != clearing.Reconciled || day.TheirsLines != 1 {
			t.Errorf("%+v, %v", day, err)
		}
		if n := b.number("SELECT COUNT(*) FROM clearing_items"); n != 1 {
			t.Errorf("%d items", n)
		}
		var fences []string
		jobs, err := b.store.Clearing().Jobs(ctx, day1)
		must(t, err)
		for _, j := range jobs {
			if j.Date == day1 {
				fences = append(fences, fmt.Sprint(j.Channel, j.Fence, j.Problem))
			}
		}
		if got := strings.Join(fences, " "); !strings.Contains(got, "wechat2") || len(fences) != len(channel.Names) {
			t.Errorf("fences: %s", got)
		}
	})
}
