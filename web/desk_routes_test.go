package web

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/routing"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/id"
)

// ways is the real keeper of the rules over a real store, opened when it is first
// asked: version 1 is in force, and 2 waits for a decision.
type ways struct {
	t      testing.TB
	clk    clock.Clock
	once   sync.Once
	routes *routing.Service
}

func (w *ways) open() *routing.Service {
	w.once.Do(func() {
		var err error
		w.routes, err = routing.NewService(dbtest.Migrated(w.t).Routes(), w.clk, id.NewULIDs(id.Seeded(6, "routes")))
		must(w.t, err)
		ctx := context.Background()
		set := routing.Direct()
		set.Rules[0].Targets = append(set.Rules[0].Targets, routing.Target{Channel: channel.UnionPayAggregate})
		first, err := w.routes.Propose(ctx, set, "boss-2", "a reserve for WeChat")
		must(w.t, err)
		must(w.t, w.routes.Approve(ctx, first.Version, "boss-3", "seen"))
		set.Rules = append(set.Rules, routing.Rule{Name: "large by transfer", Priority: 1, Wallet: channel.WeChatWallet, Merchants: []string{merchantA}, Stores: []string{storeID},
			MinFen: 100_000, MaxFen: 500_000, From: "08:00", Until: "22:00", Targets: []routing.Target{{Channel: channel.UnionPayAggregate, Weight: 3}, {Channel: channel.WeChat, Weight: 7}}})
		set.Paused = []routing.Pause{{Channel: channel.Alipay, Why: "incident 12"}}
		set.Maintenance = []routing.Window{{Channel: channel.UnionPay, From: noon, Until: noon.Add(time.Hour), Why: "update"}}
		_, err = w.routes.Propose(ctx, set, "boss-2", "one settlement for large payments")
		must(w.t, err)
	})
	return w.routes
}

func (w *ways) InForce(ctx context.Context) (routing.Set, int, error) { return w.open().InForce(ctx) }

func (w *ways) Versions(ctx context.Context, before, limit int) ([]routing.Version, error) {
	return w.open().Versions(ctx, before, limit)
}

func (w *ways) Version(ctx context.Context, version int) (routing.Version, error) {
	return w.open().Version(ctx, version)
}

func (w *ways) Propose(ctx context.Context, set routing.Set, by, reason string) (routing.Version, error) {
	return w.open().Propose(ctx, set, by, reason)
}

func (w *ways) Approve(ctx context.Context, version int, by, note string) error {
	return w.open().Approve(ctx, version, by, note)
}

func (w *ways) Reject(ctx context.Context, version int, by, note string) error {
	return w.open().Reject(ctx, version, by, note)
}

func (w *ways) DryRun(ctx context.Context, set routing.Set, day bizdate.Date) (routing.Trial, error) {
	return w.open().DryRun(ctx, set, day)
}

// RouteOf answers for every order of the backend: it moved once.
func (b *backend) RouteOf(ctx context.Context, orderNo string) (acquiring.Payment, routing.Record, error) {
	p, err := b.Payment(ctx, orderNo)
	record := routing.Record{Decision: routing.Decision{Version: 1, Rule: "wechat direct", Channel: channel.WeChat,
		Others: []routing.Choice{{Channel: channel.UnionPayAggregate, Rule: "wechat direct"}},
		Passed: []routing.Passed{{Channel: channel.UnionPay, Rule: "large by transfer", Why: routing.NotCarried}}}}
	return p, record.Trying(channel.WeChat, noon).Ended(routing.NotSent, "").Trying(channel.UnionPayAggregate, noon), err
}

// TestRoutesTakeTwoPeople: a proposal is refused with the field that is wrong, tried
// without effect, and decided by somebody else.
func TestRoutesTakeTwoPeople(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("operator")
	wantContains(t, wantStatus(t, b.get("/console/routes"), http.StatusOK), "a reserve for WeChat", "银联聚合", "待批准")
	wantContains(t, wantStatus(t, b.get("/console/routes?order_no=P2026031000000001000060"), http.StatusOK), "未发出", "wechat direct")
	post := func(path string, status int, form url.Values, want ...string) {
		t.Helper()
		resp := probe{route: "POST " + path, path: path, form: form}.send(s, "operator")
		wantContains(t, wantStatus(t, resp, status), want...)
	}
	post("/console/routes/new", http.StatusUnprocessableEntity, url.Values{"rules": {`{"rules":[{"name":"x","targets":[{"channel":"cash"}]}]}`}, "reason": {"x"}}, "rules[0].targets[0].channel")
	post("/console/routes/new", http.StatusConflict, url.Values{"rules": {routing.Direct().Text()}, "reason": {"x"}}, "已有一个版本等待批准")
	post("/console/routes/2/try", http.StatusOK, url.Values{}, "试算结果")
	post("/console/routes/2/reject", http.StatusUnprocessableEntity, url.Values{})
	post("/console/routes/2/approve", http.StatusSeeOther, url.Values{"reason": {"agreed"}})
	if set, v, err := s.ways.InForce(context.Background()); err != nil || v != 2 || len(set.Rules) != 4 {
		t.Errorf("in force %d with %d rules, %v", v, len(set.Rules), err)
	}
	post("/console/routes/2/approve", http.StatusConflict, url.Values{}, "其他人已先决定")
	post("/console/routes/new", http.StatusSeeOther, url.Values{"rules": {routing.Direct().Text()}, "reason": {"back"}})
	post("/console/routes/3/approve", http.StatusForbidden, url.Values{}, "提出人不能批准自己的版本")
}
