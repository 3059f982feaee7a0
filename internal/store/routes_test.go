package store_test

import (
	"slices"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/routing"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/store"
)

// TestRoutesTakeTwoPeople goes through the life of versions of the rules.
func TestRoutesTakeTwoPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s, clk := open(), clock.NewSim(noon, 1)
		service := func(process string) *routing.Service {
			made, err := routing.NewService(s.Routes(), clk, id.NewULIDs(id.Seeded(1, process)))
			must(t, err)
			return made
		}
		routes, other := service("one"), service("other") // two processes
		version := func(want int) {
			t.Helper()
			if set, v, err := routes.InForce(ctx); v != want || err != nil || len(set.Rules) < 3 {
				t.Errorf("in force %d (%d rules), %v; want %d", v, len(set.Rules), err, want)
			}
		}
		version(0)
		first := get[routing.Version](t)(routes.Propose(ctx, routing.Direct(), "ops1", "as ever"))
		if _, err := routes.Propose(ctx, routing.Direct(), "ops2", "me too"); !fault.Is(err, fault.Conflict) {
			t.Errorf("two proposals: %v", err)
		}
		if err := routes.Approve(ctx, first.Version, "ops1", ""); !fault.Is(err, fault.Forbidden) {
			t.Errorf("approved by who proposed: %v", err)
		}
		version(0)
		must(t, routes.Approve(ctx, first.Version, "ops2", "seen"))
		version(1)
		if err := routes.Approve(ctx, first.Version, "ops3", ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("approved twice: %v", err)
		}
		set := routing.Direct()
		set.Paused = []routing.Pause{{Channel: channel.Alipay, Why: "incident"}}
		second := get[routing.Version](t)(routes.Propose(ctx, set, "ops2", "incident"))
		must(t, routes.Reject(ctx, second.Version, "ops2", "over already"))
		version(1)
		third := get[routing.Version](t)(routes.Propose(ctx, set, "ops2", "incident again"))
		must(t, other.Approve(ctx, third.Version, "ops1", ""))
		version(1) // this process has not looked yet
		clk.AdvanceTo(clk.Now().Add(5 * time.Second))
		version(3)
		got := get[[]routing.Version](t)(routes.Versions(ctx, 0, 10))
		if len(got) != 3 || got[0].State != routing.InForce || got[1].State != routing.Rejected || got[2].State != routing.Replaced || got[2].DecidedBy != "ops2" ||
			got[0].Rules.Paused[0].Why != "incident" || !got[0].ProposedAt.Equal(noon) {
			t.Errorf("versions %+v", got)
		}
	})
}

// TestDryRun decides yesterday's payments by other rules.
func TestDryRun(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		createShop(t, s)
		small, large, alipay, tomorrow := payment(1), payment(200), payment(300), payment(400)
		alipay.Wallet, alipay.Channel = channel.AlipayWallet, channel.Alipay
		byCode := payment(500)
		byCode.Entry = acquiring.ByCode
		tomorrow.CreatedAt = day.AddDays(1).Start()
		insertPaid(t, s, day, small, large, alipay, byCode, tomorrow)
		routes := get[*routing.Service](t)(routing.NewService(s.Routes(), clock.NewSim(noon, 1), id.NewULIDs(id.Seeded(1, "routes"))))
		set := routing.Direct()
		set.Rules = append(set.Rules, routing.Rule{Name: "large", Priority: 1, MinFen: 10_000, Targets: []routing.Target{{Channel: channel.UnionPayAggregate, Weight: 1}}})
		trial := get[routing.Trial](t)(routes.DryRun(ctx, set, day))
		// The merchant is registered at WeChat alone: by transfer nothing can go, and no
		// channel would take the Alipay payment now.
		if trial.Seen != 4 || trial.Stay != 3 || len(trial.Moves) != 1 || trial.Moves[0] != (routing.Move{From: channel.Alipay, Count: 1, Amount: alipay.Amount}) {
			t.Errorf("%+v", trial)
		}
		must(t, s.Exec("UPDATE channel_enrolments SET channel = 'unionpay-aggregate' WHERE channel = 'wechat'"))
		trial = get[routing.Trial](t)(routes.DryRun(ctx, set, day))
		if trial.Seen != 4 || trial.Stay != 0 || len(trial.Moves) != 3 {
			t.Errorf("registered by transfer: %+v", trial)
		}
		if nowhere := (routing.Move{From: channel.WeChat, Count: 2, Amount: small.Amount + byCode.Amount}); !slices.Contains(trial.Moves, nowhere) {
			t.Errorf("neither the small one nor the one by code can go by transfer: %+v", trial.Moves)
		}
		for _, m := range trial.Moves {
			if m.From == channel.Alipay && (m.To != channel.UnionPayAggregate || m.Amount != alipay.Amount) {
				t.Errorf("alipay: %+v", m)
			}
		}
	})
}
