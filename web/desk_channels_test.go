package web

import (
	"context"
	"encoding/csv"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/measure"
	"juma/acquiring/health"
	"juma/acquiring/routing"
	"juma/internal/clock"
	"juma/internal/fault"
)

// wires is the real report about three channels of which one is in trouble: its
// answers have been missing for half an hour, its breaker is open and a certificate
// ends soon.
type wires struct {
	once    sync.Once
	service *health.Service
	err     error
}

// wire is an adapter that answers prepay after a time, or not at all.
type wire struct {
	channel.Adapter
	name  channel.Name
	watch *clock.Sim
	calls int
	lost  bool
}

func (w *wire) Name() channel.Name { return w.name }

func (w *wire) Prepay(context.Context, channel.PrepayRequest) (channel.PrepayResult, error) {
	w.calls++
	w.watch.AdvanceTo(w.watch.Now().Add(time.Duration(40+w.calls*37%90) * time.Millisecond))
	outcome := channel.Succeeded
	switch {
	case w.lost && w.calls%2 == 0:
		return channel.PrepayResult{}, fault.New("wire", fault.Unavailable, "away")
	case w.lost:
		outcome = channel.Unknown
	case w.calls%11 == 0:
		outcome = channel.Refused
	}
	return channel.PrepayResult{Result: channel.Result{Outcome: outcome}}, nil
}

func (w *wire) Credentials(context.Context) ([]channel.Credential, error) {
	if w.name == channel.Alipay {
		return []channel.Credential{{Use: channel.SignsRequests, Kind: channel.KeyForm}}, nil
	}
	return []channel.Credential{
		{Use: channel.SignsRequests, Kind: channel.CertificateForm, Serial: "68759585097"},
		{Use: channel.ProvesAnswers, Kind: channel.CertificateForm, Serial: "4D2719F1A0", NotAfter: noon.AddDate(0, 0, 12)},
		{Use: channel.Authority, Kind: channel.CertificateForm, Serial: "3", NotAfter: noon.AddDate(9, 0, 0)},
	}, nil
}

func (w *wires) ChannelMembers(context.Context) (map[channel.Name][]health.Member, error) {
	return map[channel.Name][]health.Member{
		channel.WeChat: {{ID: "mXW3A", Since: noon.Add(-30 * time.Hour), Calls: 4711}}, channel.Alipay: {{ID: "pQ8ZZ", Since: noon.Add(-time.Hour), Calls: 12}},
	}, nil
}

func (w *wires) Backlogs(context.Context, time.Time) (map[channel.Name]health.Backlog, error) {
	return map[channel.Name]health.Backlog{channel.WeChat: {Open: [5]int{3, 1, 0, 2, 1}, Oldest: noon.Add(-25 * time.Hour), Waiting: 1, Dead: 2}}, nil
}

func (w *wires) build() {
	clk, watch := clock.NewSim(noon.Add(-24*time.Hour), 1), clock.NewSim(noon, 1)
	meter, breakers := measure.New(clk, watch), routing.NewBreakers(routing.DefaultBreaker)
	adapters := map[channel.Name]channel.Adapter{}
	for _, name := range []channel.Name{channel.WeChat, channel.Alipay} {
		adapters[name] = meter.Wrap(&wire{name: name, watch: watch})
	}
	lost := meter.Wrap(&wire{name: channel.WeChat, watch: watch, lost: true})
	for clk.Now().Before(noon) {
		a, failed := adapters[channel.WeChat], clk.Now().After(noon.Add(-30*time.Minute))
		if failed {
			a = lost
		}
		for range 12 {
			a.Prepay(context.Background(), channel.PrepayRequest{})
			adapters[channel.Alipay].Prepay(context.Background(), channel.PrepayRequest{})
			breakers.Begin(channel.WeChat, clk.Now())
			breakers.End(channel.WeChat, clk.Now(), failed)
		}
		clk.AdvanceTo(clk.Now().Add(measure.Length))
	}
	w.service, w.err = health.NewService(health.Config{
		Channels: []channel.Name{channel.WeChat, channel.Alipay, channel.UnionPay}, Adapters: adapters,
		Meter: meter, Breakers: breakers, Members: w, Backlogs: w, Clock: clk,
	})
}

func (w *wires) Report(ctx context.Context) (health.Report, error) {
	if w.once.Do(w.build); w.err != nil {
		return health.Report{}, w.err
	}
	return w.service.Report(ctx)
}

// TestChannelsSayWhatIsWrong: the list names what needs attention in words, and leads
// to each channel.
func TestChannelsSayWhatIsWrong(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("operator")
	list := wantStatus(t, b.get("/console/channels"), http.StatusOK)
	wantContains(t, list, "证书 4D2719F1A0 还有 12 天到期", "近 15 分钟有 36 次调用无应答", "3 笔超过 30 分钟仍未决", "2 条退款指令已放弃", "没有进程服务此渠道",
		"证书 68759585097 只配置了序列号", `href="/console/channels/wechat"`, "紧急")
	page := wantStatus(t, b.get("/console/channels/wechat"), http.StatusOK)
	wantContains(t, page, "4D2719F1A0", "即将到期，剩 12 天", "mXW3A", "断开", "次调用无应答", "<polygon", `class="p99"`, "最久 1 天 1 小时")
	wantStatus(t, b.get("/console/channels/nothing"), http.StatusNotFound)
	if well := wantStatus(t, b.get("/console/channels/alipay"), http.StatusOK); strings.Contains(well, "<polygon") || strings.Contains(well, "需要关注") {
		t.Error("a channel that is well is marked")
	}
}

// TestTableBehindTheCharts: the file has every stretch of the day, and its columns add
// up.
func TestTableBehindTheCharts(t *testing.T) {
	s := newSite(t)
	body := wantStatus(t, s.browser(t, safariUA).as("audit").get("/console/channels/wechat/calls.csv"), http.StatusOK)
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	must(t, err)
	incidents := 0
	for _, l := range lines[1:] {
		if l[len(l)-1] == "true" {
			incidents++
		}
		if l[3] != "12" {
			t.Errorf("%s: %s calls, want 12", l[0], l[3])
		}
	}
	if len(lines) < 280 || incidents != 5 {
		t.Errorf("%d lines, %d incidents", len(lines), incidents)
	}
}
