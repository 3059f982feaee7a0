package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/routing"
	"juma/clearing"
	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/money"
	"juma/web"
)

const east = channel.Name("wechat_east")

// deadHost refuses connections to one host while it is down.
type deadHost struct {
	host string
	down atomic.Bool
}

// RoundTrip goes on to where the host is up.
func (d *deadHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if !d.down.Load() || r.URL.Host != d.host || !strings.HasPrefix(r.URL.Path, "/v3/") {
		return http.DefaultTransport.RoundTrip(r)
	}
	if r.Body != nil {
		r.Body.Close()
	}
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// TestTwoAccountsAtOneChannel: a provider has two accounts at WeChat. The rules spread
// payments over both, one that is out of reach hands on to the other, notices come in for
// each, and both statements make up the day, to the fen, with one channel in the files.
func TestTwoAccountsAtOneChannel(t *testing.T) {
	const day = bizdate.Date(20260310)
	clk := clock.NewSim(day.Start().Add(11*time.Hour), 4)
	w := walletsWith(t, clk, east)
	first, err := url.Parse(w.WeChat.BaseURL)
	must(t, err)
	line := &deadHost{host: first.Host}
	s := open(t, app.Config{Wallets: w, Channels: w.Channels(), Clock: clk, Limits: web.Limits{Orders: -1}, AdapterClient: &http.Client{Transport: line, Timeout: 10 * time.Second}})

	set := routing.Direct()
	set.Rules = append(set.Rules, routing.Rule{Name: "both accounts", Priority: 1, Wallet: channel.WeChatWallet,
		Targets: []routing.Target{{Channel: channel.WeChat, Weight: 1}, {Channel: east, Weight: 1}}})
	unknown := set
	unknown.Paused = []routing.Pause{{Channel: "wechat_west", Why: "nobody has it"}}
	if _, err := s.Routes.Propose(ctx, unknown, "ops1", "a slip"); err == nil || !strings.Contains(err.Error(), `paused[0].channel "wechat_west"`) {
		t.Errorf("an account that is not there: %v", err)
	}
	v, err := s.Routes.Propose(ctx, set, "ops1", "half of it each")
	must(t, err)
	must(t, s.Routes.Approve(ctx, v.Version, "ops2", ""))

	consumer, payURL := s.scan(channel.WeChat)
	paid := map[channel.Name]money.Fen{}
	var last acquiring.Payment
	place := func(n int) acquiring.Payment {
		order, status := s.press(consumer, payURL, fmt.Sprintf("accounts-request-%d", n))
		if status != http.StatusOK {
			t.Fatalf("payment %d: pay answered %d", n, status)
		}
		p, err := s.Store.Acquiring().Payment(ctx, order.OrderNo)
		must(t, err)
		return p
	}
	confirm := func(orders ...acquiring.Payment) {
		for _, p := range orders {
			s.confirmAt(w.ControlURL, p.Channel, p.OrderNo)
		}
		clk.AdvanceTo(clk.Now().Add(2 * time.Second)) // the notices
		for _, p := range orders {
			last = s.await(p.OrderNo)
			paid[last.Channel] += last.Amount
		}
	}
	var orders []acquiring.Payment
	for n := range 8 {
		orders = append(orders, place(n))
	}
	confirm(orders...)
	if paid[channel.WeChat] == 0 || paid[east] == 0 || len(paid) != 2 {
		t.Fatalf("eight payments went %v", paid)
	}
	line.down.Store(true)
	moved := 0
	orders = nil
	for n := 8; n < 60 && s.Acquiring.Breakers.State(channel.WeChat, clk.Now()) == routing.Closed; n++ {
		p := place(n)
		orders = append(orders, p)
		_, record, err := s.Acquiring.RouteOf(ctx, p.OrderNo)
		must(t, err)
		if p.Channel != east {
			t.Errorf("%s is at %s, which is out of reach", p.OrderNo, p.Channel)
		}
		if len(record.Tries) == 2 && record.Tries[0].Channel == channel.WeChat && record.Tries[0].Result == routing.NotSent && record.Tries[1].Channel == east {
			moved++
		}
	}
	if moved == 0 {
		t.Error("no payment moved on while the first account was out of reach")
	}
	report, err := s.Health.Report(ctx)
	must(t, err)
	for _, c := range report.Channels {
		if (c.Name == channel.WeChat) != (c.Breaker.State == routing.Open) {
			t.Errorf("breaker of %s: %s", c.Name, c.Breaker.State)
		}
		if c.Name == east && (len(c.Members) != 1 || len(c.Credentials) == 0 || c.Hour.Total().All() == 0) {
			t.Errorf("%s: %+v", east, c)
		}
	}
	line.down.Store(false)
	confirm(orders...)
	s.refund(last) // 2.34 yuan, by the account that took the payment
	paid[east] -= 234

	trial, err := s.Routes.DryRun(ctx, routing.Direct(), day)
	must(t, err)
	if len(trial.Moves) != 1 || trial.Moves[0].From != east || trial.Moves[0].To != channel.WeChat {
		t.Errorf("without the rule: %+v", trial.Moves)
	}

	clk.AdvanceTo(day.AddDays(1).Start().Add(11 * time.Hour))
	_, err = s.Clearing.CloseDay(ctx, day, "maker")
	must(t, err)
	net := map[channel.Name]money.Fen{}
	items, err := s.Store.Clearing().Items(ctx, day)
	must(t, err)
	for _, it := range items {
		if it.Class != clearing.Matched {
			t.Errorf("%s %s is %s", it.Channel, it.OrderNo, it.Class)
		}
		if it.Kind == channel.RefundLine {
			it.TheirsAmount = -it.TheirsAmount
		}
		net[it.Channel] += it.TheirsAmount
	}
	for ch := range paid {
		day, err := s.Store.Clearing().Day(ctx, ch, day)
		must(t, err)
		if day.State != clearing.Reconciled || day.TheirsLines == 0 || net[ch] != paid[ch] {
			t.Errorf("%s: %s with %d lines, its statement has %s, its payments %s", ch, day.State, day.TheirsLines, net[ch], paid[ch])
		}
	}
	if file := s.fileWith(t, "ACOMA", last.OrderNo); !strings.Contains(file, "WX") || strings.Contains(file, string(east)) {
		t.Errorf("in the day's file:\n%s", file)
	}
}

// confirmAt lets the consumer press pay at the account that has the order.
func (s shop) confirmAt(controlURL string, at channel.Name, orderNo string) {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"wallet": string(at), "out_trade_no": orderNo})
	must(s.t, err)
	resp, err := http.Post(controlURL+"/confirm", "application/json", bytes.NewReader(body))
	must(s.t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: confirm answered %d", at, resp.StatusCode)
	}
}

// TestWalletsOfSeveralAccounts: a slip in a configuration is named by account and field.
func TestWalletsOfSeveralAccounts(t *testing.T) {
	w := walletsWith(t, clock.Real{}, east, "wechat_2")
	if got := fmt.Sprint(w.Channels(), w.Accounts()); got != "[wechat wechat_2 wechat_east alipay unionpay unionpay-aggregate] [wechat_2 wechat_east]" {
		t.Errorf("channels and accounts %s", got)
	}
	if a, err := w.Adapter(east, clock.Real{}, nil); err != nil || a.Name() != east {
		t.Errorf("adapter: %v", err)
	}
	const wx = `"wechat":{"sp_appid":"wx1","sp_mchid":"1"}`
	for text, want := range map[string]string{
		`{` + wx + `,"wechat_East":{}}`:                                      "wechat_East",
		`{` + wx + `,"wechat-east":{}}`:                                      "wechat-east",
		`{` + wx + `,"wechat_east":[]}`:                                      "wechat_east: want an object",
		`{` + wx + `,"wechat_east":{"sp_appid":7}}`:                          "wechat_east: sp_appid: want a string, not a number",
		`{` + wx + `,"wechat_east":{"sp_appid":"wx2","sp_mchid":"2"}}`:       "wechat_east.sp_appid",
		`{` + wx + `,"wechat_east":{"sp_appid":"wx1","sp_mchid":"1"}}`:       `wechat_east.sp_mchid "1": is that of wechat`,
		`{` + wx + `,"wechat_east":{"sp_appid":"wx1"}}`:                      "wechat_east.sp_mchid",
		`{"wechat_east":{"sp_appid":"wx1","sp_mchid":"1"}}`:                  "no first one",
		`{"alipay":{"app_id":"1"},"alipay_2":{"app_id":"2","pid":"2"}}`:      "alipay.pid",
		`{"unionpay":{"cert_id":"1"},"unionpay_2":{"cert_id":"1"}}`:          "unionpay_2.cert_id",
		`{"unionpay-aggregate":{},"unionpay-aggregate_2":{"ser_prov_id":1}}`: "unionpay-aggregate_2: ser_prov_id",
	} {
		if _, err := app.ParseWallets([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q in it", text, err, want)
		}
	}
	w, err := app.ParseWallets([]byte(`{` + wx + `,"wechat_east":{"sp_appid":"wx1","sp_mchid":"2"}}`))
	must(t, err)
	if _, err := w.Adapter(east, clock.Real{}, nil); err == nil || !strings.Contains(err.Error(), "account wechat_east: ") || !strings.Contains(err.Error(), "cert_serial is missing") {
		t.Errorf("an account without its keys: %v", err)
	}
}
