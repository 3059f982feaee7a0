package web

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/access"
	"juma/internal/id"
	"juma/merchants"
)

func TestNewNamesEverythingThatIsMissing(t *testing.T) {
	_, err := New(Config{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, field := range []string{"PublicURL", "Cashier", "Notices", "Refunds", "Payments", "Clearing", "Merchants", "Logins", "Clock", "Random"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("error %q does not name %s", err, field)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"no scheme":    func(c *Config) { c.PublicURL = "pay.test" },
		"other scheme": func(c *Config) { c.PublicURL = "ftp://pay.test" },
		"with a path":  func(c *Config) { c.PublicURL = "https://pay.test/juma" },
		"with a query": func(c *Config) { c.PublicURL = "https://pay.test?x=1" },
		"with a user":  func(c *Config) { c.PublicURL = "https://u@pay.test" },
		"short key":    func(c *Config) { c.SealKey = []byte("short") },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := newSite(t).cfg
			change(&cfg)
			if _, err := New(cfg); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestInstancesShareSessionsByKey(t *testing.T) {
	withKey := func(k byte) func(*Config) {
		return func(c *Config) {
			c.SealKey, c.Random = bytes.Repeat([]byte{k}, sealKeyBytes), id.Seeded(uint64(k), "x")
		}
	}
	first, second, stranger := newSite(t, withKey(1)), newSite(t, withKey(1)), newSite(t, withKey(2))
	b := first.browser(t, wechatUA)
	b.scan(goodKey, "alice")
	for s, want := range map[*site]int{second: http.StatusOK, stranger: http.StatusFound} {
		b.site = s
		wantStatus(t, b.get("/q/"+goodKey), want)
	}
}

func TestAPanicIsAnAnswer(t *testing.T) {
	s := newSite(t)
	s.back.notice = func(channel.Name, channel.RawNotice) (channel.Reply, error) { panic("boom") }
	body := wantStatus(t, s.browser(t, "").do(http.MethodPost, "/notify/wechat", "text/plain", "x"), http.StatusInternalServerError)
	if strings.Contains(body, "boom") {
		t.Error("the answer shows the panic")
	}
	if log := s.log.String(); !strings.Contains(log, "boom") || !strings.Contains(log, "notify_test.go") && !strings.Contains(log, "goroutine") {
		t.Errorf("the log lacks the panic or its stack: %.300s", log)
	}
}

// TestTheLogHoldsNoSecrets: keys, tokens, codes and cookies open things.
func TestTheLogHoldsNoSecrets(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, wechatUA)
	b.scan(goodKey, "alice-code")
	b.postJSON("/q/"+goodKey+"/pay", goodPay)
	b.get("/r/TOKEN-01234567")
	s.browser(t, safariUA).login("owner-a", "owner-a-password", "")
	log := s.log.String()
	for _, secret := range []string{goodKey, "alice", "TOKEN-", "password", "session-"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for _, part := range []string{"route=/q/:key", "route=/r/:token", "status=200", "method=POST", "request_id="} {
		if !strings.Contains(log, part) {
			t.Errorf("the log lacks %q", part)
		}
	}
}

func TestLanguage(t *testing.T) {
	for header, want := range map[string]lang{
		"": zh, "zh-CN,zh;q=0.9": zh, "en-US,en;q=0.9": en, "zh-TW": zh, "fr": en, "en;q=0.5, zh;q=0.9": zh, "zh;q=0.2,en;q=0.3": en, "*": zh, ",,;;": zh, "en;q=x": en,
	} {
		if got := preferredLang(header); got != want {
			t.Errorf("preferredLang(%q) = %s, want %s", header, got.tag(), want.tag())
		}
	}
	s := newSite(t)
	b := s.browser(t, safariUA)
	b.header.Set("Accept-Language", "zh-CN")
	wantContains(t, bodyOf(t, b.get("/login?lang=en")), `<html lang="en"`)
	wantContains(t, bodyOf(t, b.get("/login")), `<html lang="en"`) // remembered
	wantContains(t, bodyOf(t, b.get("/login?lang=zh")), `<html lang="zh-CN"`)
	wantContains(t, bodyOf(t, b.get("/login?lang=xx")), `<html lang="zh-CN"`)
}

func TestShownNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := showCount(n); got != want {
			t.Errorf("showCount(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPaginate(t *testing.T) {
	rows := make([]int, 250)
	for query, want := range map[string][3]int{ // first, last, has neighbours
		"": {1, 100, 1}, "2": {101, 200, 3}, "3": {201, 250, 2}, "99": {201, 250, 2}, "-1": {1, 100, 1}, "x": {1, 100, 1},
	} {
		p := paginate(rows, map[string][]string{"files": {query}, "kind": {"fee"}}, "files", 100)
		neighbours := 0
		if p.Next != "" {
			neighbours++
		}
		if p.Prev != "" {
			neighbours += 2
		}
		if p.First != want[0] || p.Last != want[1] || neighbours != want[2] || len(p.Rows) != p.Last-p.First+1 {
			t.Errorf("page %q: %d–%d, neighbours %d, want %v", query, p.First, p.Last, neighbours, want)
		}
		if link := p.Next + p.Prev; !strings.Contains(link, "kind=fee") {
			t.Errorf("page %q forgets the filter: %s", query, link)
		}
	}
	if p := paginate([]int{}, nil, "files", 100); p.First != 0 || p.Total != 0 {
		t.Errorf("empty list: %+v", p)
	}
}

// BenchmarkScan is what one consumer's visit costs this package: scan, return,
// page, order, result.
func BenchmarkScan(b *testing.B) {
	s := newSite(b, func(c *Config) { c.Limits, c.Logger = Limits{PlateMisses: -1, PageViews: -1, Orders: -1}, nil })
	for b.Loop() {
		br := s.browser(b, wechatUA)
		br.scan(goodKey, "alice")
		br.get("/q/" + goodKey)
		br.postJSON("/q/"+goodKey+"/pay", goodPay)
		br.get("/r/TOKEN-01234567")
		s.back.payments, s.back.calls = s.back.payments[1:], nil
	}
}

// The real services are what the pages ask for.
var (
	_ Cashier   = (*acquiring.Service)(nil)
	_ Notices   = (*acquiring.Service)(nil)
	_ Refunds   = (*acquiring.Service)(nil)
	_ Payments  = acquiring.Store(nil)
	_ Clearing  = clearing.Store(nil)
	_ Merchants = merchants.Repository(nil)
	_ Logins    = (*access.Service)(nil)
)
