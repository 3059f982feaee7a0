package web

import (
	"flag"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"juma/internal/access"
	"juma/internal/access/accesstest"
	"juma/internal/clock"
	"juma/internal/id"
)

// preview serves the pages with the fakes behind them, to look at:
//
//	go test ./web -run TestPreview -preview 127.0.0.1:8090
var preview = flag.String("preview", "", "serve the pages with test data on this address until killed")

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const (
	fileBody   = "head\r\ntail\r\n"
	fileSHA256 = "4ded8fde0cc163676fbbde9b36bae28b068be17dc337ddf1d0c4c8190fb6ef45"
)

const (
	wechatUA   = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.47(0x18002f2c) NetType/WIFI Language/zh_CN"
	alipayUA   = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 AlipayClient/10.5.60"
	unionpayUA = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile (com.unionpay.chsp) (UnionPay/1.0 CloudPay)"
	safariUA   = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile/15E148 Safari/604.1"
)

// site is a server with fakes behind it.
type site struct {
	*Server
	t    testing.TB
	back *backend
	// accounts are the accounts behind the pages of accounts: the real service, with
	// those of back, each with an open session named like it.
	accounts *access.Service
	people   *accesstest.Memory
	clock    *clock.Sim
	log      *strings.Builder
	desk     *desk  // applications, in a real store
	yard     *yard  // plates, in a real store
	ways     *ways  // rules of routing, in a real store
	shelf    *shelf // statement files, in a real store
	shops    *shops
	field    *field // plates and places, in a real store
	keep     *keep  // merchants that change, in a real store
	bench    *bench // differences, in a real store
	till     *till  // payments of all merchants, in the yard's store
}

func newSite(t testing.TB, change ...func(*Config)) *site {
	t.Helper()
	s := &site{t: t, back: newBackend(), clock: clock.NewSim(noon, 1), log: &strings.Builder{}}
	s.accounts, s.people = newAccounts(t, s.clock, s.back)
	s.desk = newDesk(t, s.clock)
	s.yard = newYard(t, s.clock)
	s.ways = &ways{t: t, clk: s.clock}
	s.shelf = &shelf{t: t, clk: s.clock}
	s.shops = newShops(s.desk)
	s.field = &field{t: t, clk: s.clock}
	s.keep = &keep{t: t, clk: s.clock}
	s.till = &till{yard: s.yard}
	s.bench = &bench{t: t, clk: s.clock}
	cfg := Config{
		Commands: window{s.yard}, CommandRecords: window{s.yard},
		RouteOffice: s.ways, RouteReasons: s.back, ChannelHealth: &wires{}, Alarms: s.yard, PlateOffice: s.yard, PlateRecords: s.yard, PlateSales: s.yard, Press: s.yard,
		MerchantDesk: s.shops, MerchantRecords: s.shops, MerchantLife: s.shops, Enrolments: s.shops, Import: s.shops,
		PublicURL: "https://pay.test", DataDir: writeDataDir(t), Cashier: s.back, Notices: s.back, Refunds: s.back, Scans: s.back, Payments: s.back,
		Clearing: s.back, Bills: bills{}, ClearingOffice: s.back, TermOffice: termDesk{s.back}, PayoutRecords: payoutDesk{s.back}, PayoutOffice: payoutDesk{s.back}, Merchants: s.back, Logins: s.back, Accounts: s.accounts, QR: fakeQR{}, Onboarding: s.desk, Applications: s.desk, Uploads: s.desk, Review: s.desk, ReviewFiles: s.desk, Contract: testContract,
		FieldPlates: s.field, Places: s.field, PlaceSearch: s.field, PhotoCodes: s.field, BindFiles: files{s.field},
		Upkeep: s.keep, OwnPlaces: s.keep,
		PaymentDesk: s.till, Book: s.till, PaymentOffice: s.till, Differences: s.bench, StatementOffice: s.shelf,
		Clock: s.clock, Random: id.Seeded(1, t.Name()),
		Logger: slog.New(slog.NewTextHandler(s.log, nil)),
	}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if s.Server, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

func writeDataDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	folder := filepath.Join(dir, "settlement", "2026-03-09")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "IND26030932ACOMA"), []byte(fileBody), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// browser is a client that keeps cookies, without a network.
type browser struct {
	t       testing.TB
	site    *site
	agent   string
	cookies map[string]*http.Cookie // by name and path
	header  http.Header
}

func (s *site) browser(t testing.TB, agent string) *browser {
	return &browser{t: t, site: s, agent: agent, cookies: map[string]*http.Cookie{}, header: http.Header{}}
}

// as gives the browser a login session.
func (b *browser) as(session string) *browser {
	b.cookies["session"] = &http.Cookie{Name: b.site.sessionCookie(), Value: session, Path: "/"}
	return b
}

func (b *browser) do(method, target, contentType, body string) *http.Response {
	b.t.Helper()
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	req.Header = b.header.Clone()
	req.Header.Set("User-Agent", b.agent)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for _, c := range b.cookies {
		if strings.HasPrefix(req.URL.Path, c.Path) {
			req.AddCookie(c)
		}
	}
	rec := httptest.NewRecorder()
	b.site.Handler().ServeHTTP(rec, req)
	res := rec.Result()
	for _, c := range res.Cookies() {
		key := c.Name + " " + c.Path
		if c.MaxAge < 0 {
			delete(b.cookies, key)
			continue
		}
		b.cookies[key] = c
	}
	return res
}

func (b *browser) get(target string) *http.Response {
	b.t.Helper()
	return b.do(http.MethodGet, target, "", "")
}

func (b *browser) postJSON(target, body string) *http.Response {
	b.t.Helper()
	return b.do(http.MethodPost, target, "application/json", body)
}

func (b *browser) postForm(target string, form url.Values) *http.Response {
	b.t.Helper()
	return b.do(http.MethodPost, target, "application/x-www-form-urlencoded", form.Encode())
}

// scan opens a plate and goes through the wallet's authorisation.
func (b *browser) scan(key, code string) {
	b.t.Helper()
	res := b.get("/q/" + key)
	if res.StatusCode != http.StatusFound {
		b.t.Fatalf("scan of %s: status %d, want a redirect to the wallet", key, res.StatusCode)
	}
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil {
		b.t.Fatal(err)
	}
	back := b.get("/q/" + key + "/auth?code=" + code + "&state=" + to.Query().Get("state"))
	if got := back.Header.Get("Location"); back.StatusCode != http.StatusFound || got != "/q/"+key {
		b.t.Fatalf("return from the wallet: status %d to %q, want 302 to the plate", back.StatusCode, got)
	}
}

func bodyOf(t testing.TB, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// wantStatus reads the body and fails when the status is another.
func wantStatus(t testing.TB, res *http.Response, status int) string {
	t.Helper()
	body := bodyOf(t, res)
	if res.StatusCode != status {
		t.Fatalf("status %d, want %d; body: %.400s", res.StatusCode, status, body)
	}
	return body
}

// wantContains looks for text as people read it.
func wantContains(t *testing.T, body string, parts ...string) {
	t.Helper()
	body += html.UnescapeString(body)
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
}

func wantCalls(t *testing.T, b *backend, word string, want ...string) {
	t.Helper()
	if got := b.changed(word); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("calls %q: %q, want %q", word, got, want)
	}
}

func TestPreview(t *testing.T) {
	if *preview == "" {
		t.Skip("for people: give -preview ADDRESS")
	}
	base := "http://" + *preview
	s := newSite(t, func(c *Config) {
		c.PublicURL, c.Limits, c.Logger = base, Limits{PlateMisses: -1, PageViews: -1, Orders: -1, Logins: -1}, nil
	})
	s.back.authURL = func(redirectURL, state string) string { return redirectURL + "?code=x&state=" + state }
	t.Log(http.ListenAndServe(*preview, s.Handler()))
}
