package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/alipay"
	"juma/acquiring/sandbox/unionpay"
	"juma/acquiring/sandbox/wechat"
	"juma/clearing/intake"
	"juma/internal/app"
	"juma/internal/bus"
	"juma/internal/clock"
	"juma/internal/money"
	"juma/merchants"
	"juma/qrcode"
)

var ctx = context.Background()

var userAgents = map[channel.Name]string{
	channel.WeChat:   "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.47",
	channel.Alipay:   "Mozilla/5.0 (Linux; Android 14) AlipayClient/10.5.60",
	channel.UnionPay: "Mozilla/5.0 (Linux; Android 14) (com.unionpay.chsp) (UnionPay/1.0 CloudPay)",
}

// wallets starts the three sandboxes and gives their configuration as serve
// reads it.
// direct are the wallets' own channels.
var direct = []channel.Name{channel.WeChat, channel.Alipay, channel.UnionPay}

func wallets(t *testing.T) app.Wallets {
	t.Helper()
	return walletsAt(t, clock.Real{})
}

// walletsAt are the sandboxes on a clock.
func walletsAt(t *testing.T, clk clock.Clock) app.Wallets { return walletsWith(t, clk) }

// walletsWith are the sandboxes with further accounts at WeChat, each under a merchant
// number of its own.
func walletsWith(t *testing.T, clk clock.Clock, further ...channel.Name) app.Wallets {
	t.Helper()
	core := sandbox.NewCore(clk, nil)
	t.Cleanup(core.Notices.Close)
	wx, err := wechat.New(core)
	must(t, err)
	ali, err := alipay.New(core)
	must(t, err)
	up, err := unionpay.New(core)
	must(t, err)
	gathered, err := unionpay.NewAggregate(core)
	must(t, err)
	all := []sandbox.Wallet{wx, ali, up, gathered}
	for i, name := range further {
		account, err := wx.NewAccount(string(name), fmt.Sprint(1999000007+i))
		must(t, err)
		all = append(all, account)
	}
	s, err := sandbox.Start(ctx, core, all, sandbox.Options{})
	must(t, err)
	t.Cleanup(s.Close)
	text, err := json.Marshal(s.Ready())
	must(t, err)
	w, err := app.ParseWallets(text)
	must(t, err)
	return w
}

// shop is an app with one merchant and one bound plate.
type shop struct {
	*app.App
	t     *testing.T
	plate qrcode.Plate
}

func open(t *testing.T, cfg app.Config) shop {
	t.Helper()
	cfg.DataDir, cfg.Listen, cfg.PlateHost, cfg.Institution = t.TempDir(), "127.0.0.1:0", "q.example.com", "99982900"
	a, err := app.Open(ctx, cfg)
	must(t, err)
	t.Cleanup(a.Close)
	application := merchants.Application{
		Merchant: merchants.Merchant{No: "999290058120001", Name: "上海示例餐饮有限公司", ShortName: "示例面馆", MCC: "5812", RegionCode: "310000",
			Account: merchants.SettlementAccount{BankName: "示例银行", CNAPS: "999290000012", AccountNo: "6216261000000000018", AccountName: "示例"}},
		Stores: []merchants.ApplicationStore{{Name: "总店", RegionCode: "310000", Terminals: []string{"10000001"}}},
	}
	for name, no := range map[channel.Name]string{channel.WeChat: "1999100001", channel.Alipay: "2088999000000001", channel.UnionPay: "999290058120001", channel.UnionPayAggregate: "999290058120001"} {
		application.Enrolments = append(application.Enrolments, merchants.Enrolment{Channel: string(name), ChannelID: no})
		if name == channel.UnionPayAggregate {
			continue // rates go by wallet
		}
		application.Agreements = append(application.Agreements, merchants.Agreement{Channel: string(name), Rate: 3800, From: 20260101})
	}
	for i, name := range cfg.Wallets.Accounts() {
		application.Enrolments = append(application.Enrolments, merchants.Enrolment{Channel: string(name), ChannelID: fmt.Sprint(1999200001 + i)})
	}
	_, stores, _, err := a.Merchants.Onboard(ctx, application)
	must(t, err)
	_, plates, err := a.Plates.Issue(ctx, qrcode.Order{Grammar: qrcode.Own, Count: 1, By: "test"})
	must(t, err)
	_, err = a.Plates.Bind(ctx, plates[0].Key, "999290058120001", stores[0].ID, "10000001", "test")
	must(t, err)
	return shop{a, t, plates[0]}
}

// phone is a consumer's wallet app.
type phone struct {
	http.RoundTripper
	wallet channel.Name
}

// RoundTrip adds the app's User-Agent, and who holds the phone.
func (p phone) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", userAgents[p.wallet])
	r.AddCookie(&http.Cookie{Name: sandbox.PayerCookie, Value: "consumer-" + string(p.wallet)})
	return p.RoundTripper.RoundTrip(r)
}

// open follows the plate to whatever page it leads to.
func (s shop) open(wallet channel.Name) (*http.Client, *http.Response) {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	must(s.t, err)
	c := &http.Client{Jar: jar, Transport: phone{http.DefaultTransport, wallet}, Timeout: 20 * time.Second}
	resp, err := c.Get(s.LocalURL() + "/q/" + s.plate.Key)
	must(s.t, err)
	return c, resp
}

// scan opens the plate's page; press sends an amount from it.
func (s shop) scan(wallet channel.Name) (*http.Client, string) {
	s.t.Helper()
	c, resp := s.open(wallet)
	page, err := io.ReadAll(resp.Body)
	must(s.t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "总店") {
		s.t.Fatalf("%s's page: %d at %s", wallet, resp.StatusCode, resp.Request.URL)
	}
	return c, resp.Request.URL.JoinPath("pay").String()
}

type placed struct {
	OrderNo     string         `json:"order_no"`
	ResultToken string         `json:"result_token"`
	Bridge      channel.Bridge `json:"bridge"`
}

func (s shop) press(c *http.Client, payURL, requestID string) (order placed, status int) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, payURL, strings.NewReader(fmt.Sprintf(`{"amount":"12.34","request_id":%q}`, requestID)))
	must(s.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := c.Do(req)
	must(s.t, err)
	defer resp.Body.Close()
	must(s.t, json.NewDecoder(resp.Body).Decode(&order))
	return order, resp.StatusCode
}

// pay goes the whole way: scan, amount, the wallet's own confirmation, notice.
func (s shop) pay(wallet channel.Name, controlURL string) acquiring.Payment {
	s.t.Helper()
	c, payURL := s.scan(wallet)
	order, status := s.press(c, payURL, "app-test-request-"+string(wallet))
	if status != http.StatusOK {
		s.t.Fatalf("%s: pay answered %d", wallet, status)
	}
	body, err := json.Marshal(map[string]string{"wallet": string(wallet), "out_trade_no": order.OrderNo})
	must(s.t, err)
	resp, err := http.Post(controlURL+"/confirm", "application/json", bytes.NewReader(body))
	must(s.t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: confirm answered %d", wallet, resp.StatusCode)
	}
	p := s.await(order.OrderNo)
	resp, err = c.Get(s.LocalURL() + "/r/" + order.ResultToken)
	must(s.t, err)
	page, err := io.ReadAll(resp.Body)
	must(s.t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "12.34") {
		s.t.Errorf("%s: result page %d lacks the amount", wallet, resp.StatusCode)
	}
	return p
}

// await waits until the wallet's notice has made the payment paid.
func (s shop) await(orderNo string) acquiring.Payment {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		p, err := s.Store.Acquiring().Payment(ctx, orderNo)
		must(s.t, err)
		if p.State == acquiring.Paid {
			return p
		}
		if time.Now().After(end) {
			s.t.Fatalf("payment %s is still %s (%s)", orderNo, p.State, p.Message)
		}
	}
}

// refund gives a payment back and waits until the command has travelled.
func (s shop) refund(p acquiring.Payment) {
	s.t.Helper()
	r, err := s.Acquiring.RequestRefund(ctx, acquiring.RefundInput{OrderNo: p.OrderNo, Amount: 234, Reason: "顾客退货", RequestID: "back-" + p.OrderNo, By: "test"})
	must(s.t, err)
	for end := time.Now().Add(20 * time.Second); r.State != acquiring.RefundSucceeded; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("refund %s is still %s (%s)", r.RefundNo, r.State, r.Message)
		}
		r, err = s.Store.Acquiring().Refund(ctx, r.RefundNo)
		must(s.t, err)
	}
}

// wantBooks: what was paid and given back by each wallet is in the book once.
func (s shop) wantBooks(n int) {
	s.t.Helper()
	totals, err := s.Store.Clearing().Totals(ctx)
	must(s.t, err)
	for _, ch := range direct {
		if got := totals.Paid[ch]; got.Count != 1 || got.Amount != 1234 {
			s.t.Errorf("%s: %+v", ch, got)
		}
	}
	if want := money.Fen(n * (1234 + 234)); totals.Refunds.Count != n || totals.Debit != totals.Credit || totals.Debit != want {
		s.t.Errorf("totals %+v, want %d fen on each side", totals, want)
	}
}

// TestOneProcess: pages, three adapters, broker and database in one process, over
// the wallets' real wires.
func TestOneProcess(t *testing.T) {
	w := wallets(t)
	s := open(t, app.Config{Wallets: w, Channels: w.Channels()})
	for _, ch := range direct {
		p := s.pay(ch, w.ControlURL)
		s.refund(p)
		s.wantWire(p, w)
	}
	s.wantBooks(3)
	requests, err := s.Bus.Requests(ctx)
	must(t, err)
	for _, ch := range direct {
		if requests[ch] < 3 { // authorisation, prepay, notice, refund
			t.Errorf("%s served %d requests over NATS", ch, requests[ch])
		}
	}
}

// TestAdaptersElsewhere: the broker and the adapters are other processes'. With
// an adapter gone its wallet cannot be paid with, nothing is lost, and when it is
// back the same press goes on.
func TestAdaptersElsewhere(t *testing.T) {
	w := wallets(t)
	address := freeAddress(t)
	broker, err := bus.Start(bus.Config{StoreDir: t.TempDir(), Listen: address})
	must(t, err)
	t.Cleanup(broker.Close)
	elsewhere, err := bus.Start(bus.Config{URL: "nats://" + address, Name: "adapters"})
	must(t, err)
	t.Cleanup(elsewhere.Close)
	stops := map[channel.Name]func(){}
	serve := func(ch channel.Name) {
		t.Helper()
		a, err := w.Adapter(ch, clock.Real{}, nil)
		must(t, err)
		stops[ch], err = elsewhere.Serve(ctx, a)
		must(t, err)
	}
	for _, ch := range w.Channels() {
		serve(ch)
	}
	s := open(t, app.Config{Wallets: w, NATS: "nats://" + address})
	for _, ch := range []channel.Name{channel.Alipay, channel.UnionPay} {
		s.refund(s.pay(ch, w.ControlURL))
	}

	c, payURL := s.scan(channel.WeChat)
	stops[channel.WeChat]()
	if _, status := s.press(c, payURL, "app-test-request-wechat"); status != http.StatusServiceUnavailable {
		t.Errorf("without adapter pay answered %d, want 503", status)
	}
	p, err := s.Store.Acquiring().PaymentByRequest(ctx, "app-test-request-wechat")
	if err != nil || p.State != acquiring.Created {
		t.Errorf("payment is %s, %v; certainly nothing was sent", p.State, err)
	}
	serve(channel.WeChat)
	again := s.pay(channel.WeChat, w.ControlURL)
	if again.OrderNo != p.OrderNo {
		t.Errorf("the same press became %s, was %s", again.OrderNo, p.OrderNo)
	}
	s.refund(again)
	s.wantWire(again, w)
	s.wantBooks(3)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

// TestOpenFailsClean: whatever part cannot be had, what was opened before is
// closed again, so that the next Open finds everything free.
func TestOpenFailsClean(t *testing.T) {
	address, dir := freeAddress(t), t.TempDir()
	w := wallets(t)
	good := app.Config{DataDir: dir, Listen: address, PlateHost: "q.example.com", Institution: "99982900", Wallets: w, Channels: w.Channels()}
	for part, spoil := range map[string]func(*app.Config){
		"127.0.0.1:1":                  func(c *app.Config) { c.DB = "mysql://u:p@127.0.0.1:1/d" },
		"nats://127.0.0.1:1":           func(c *app.Config) { c.NATS = "nats://127.0.0.1:1" },
		`no "alipay" object`:           func(c *app.Config) { c.Wallets.Alipay = nil },
		"want off, warn or refuse":     func(c *app.Config) { c.PayLimits.Static.Mode = "maybe" },
		"cannot listen on 256.0.0.1:1": func(c *app.Config) { c.Listen = "256.0.0.1:1" },
	} {
		bad := good
		spoil(&bad)
		a, err := app.Open(ctx, bad)
		if err == nil {
			a.Close()
		}
		if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want one sentence with %q", err, part)
		}
	}
	a, err := app.Open(ctx, good)
	must(t, err)
	other := good
	if _, err := app.Open(ctx, other); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second one on the same address: %v", err)
	}
	a.Close()
	a.Close() // again is harmless
	a, err = app.Open(ctx, good)
	must(t, err)
	a.Close()
}

func TestWalletConfiguration(t *testing.T) {
	if _, err := app.ReadWallets("nowhere.json"); err == nil || !strings.Contains(err.Error(), "nowhere.json") {
		t.Errorf("got %v", err)
	}
	if _, err := app.ParseWallets([]byte(`{"wechat":`)); err == nil || !strings.Contains(err.Error(), "juma sandbox --json") {
		t.Errorf("got %v", err)
	}
	for _, name := range channel.Names {
		if got, err := channel.ParseName(string(name)); got != name || err != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
		if _, err := (app.Wallets{}).Adapter(name, clock.Real{}, nil); err == nil || !strings.Contains(err.Error(), string(name)) {
			t.Errorf("%s without configuration: %v", name, err)
		}
	}
	if _, err := channel.ParseName("cash"); err == nil || !strings.Contains(err.Error(), "wechat alipay unionpay") {
		t.Errorf("got %v", err)
	}
	for _, name := range channel.Names {
		if !slices.ContainsFunc((app.Wallets{}).Layouts(), func(l intake.Layout) bool { return l.Channel == name && l.Kind == intake.Payments }) {
			t.Errorf("no layout of %s's statements", name)
		}
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
