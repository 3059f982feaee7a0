package web

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestPlateProbing(t *testing.T) {
	s := newSite(t)
	prober := s.browser(t, safariUA)
	customer := s.browser(t, wechatUA)
	customer.scan(goodKey, "alice")
	for i := range 20 {
		wantStatus(t, prober.get(fmt.Sprintf("/q/GUESS%d", i)), http.StatusNotFound)
	}
	res := prober.get("/q/" + goodKey)
	wantContains(t, wantStatus(t, res, http.StatusTooManyRequests), "请稍后再试")
	if got := res.Header.Get("Retry-After"); got != "3" {
		t.Errorf("Retry-After %q, want 3", got)
	}
	t.Run("a header changes nothing", func(t *testing.T) {
		prober.header.Set("X-Forwarded-For", "203.0.113.9")
		prober.header.Set("X-Real-Ip", "203.0.113.9")
		prober.header.Set("Forwarded", "for=203.0.113.9")
		wantStatus(t, prober.get("/q/GUESS"), http.StatusTooManyRequests)
	})
	t.Run("a customer at the same address is served", func(t *testing.T) {
		wantStatus(t, customer.get("/q/"+goodKey), http.StatusOK)
		wantStatus(t, customer.postJSON("/q/"+goodKey+"/pay", goodPay), http.StatusOK)
	})
	t.Run("time heals", func(t *testing.T) {
		s.clock.AdvanceTo(noon.Add(3 * time.Second))
		wantStatus(t, prober.get("/q/"+goodKey), http.StatusOK)
	})
}

func TestPageViews(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.PageViews = 3 })
	b := s.browser(t, safariUA)
	for range 3 {
		wantStatus(t, b.get("/q/"+goodKey), http.StatusOK)
	}
	wantStatus(t, b.get("/q/"+goodKey), http.StatusTooManyRequests)
}

// A scan is one view, though it goes to the wallet and comes back.
func TestScanIsOneView(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.PageViews = 3 })
	for i := range 3 {
		s.browser(t, wechatUA).scan(goodKey, fmt.Sprint("payer", i))
	}
	b := s.browser(t, wechatUA)
	wantStatus(t, b.get("/q/"+goodKey), http.StatusTooManyRequests)
	wantStatus(t, b.get("/q/"+goodKey+"/auth?code=x&state=invented"), http.StatusTooManyRequests)
	s.clock.AdvanceTo(noon.Add(20 * time.Second)) // one view later
	wantStatus(t, b.get("/q/"+goodKey+"/auth?code=x&state=invented"), http.StatusBadRequest)
	wantStatus(t, b.get("/q/"+goodKey), http.StatusTooManyRequests)
}

func TestOrdersPerPayer(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, wechatUA)
	b.scan(goodKey, "alice")
	pay := func() *http.Response { return b.postJSON("/q/"+goodKey+"/pay", goodPay) }
	for range 10 {
		wantStatus(t, pay(), http.StatusOK)
	}
	wantContains(t, wantStatus(t, pay(), http.StatusTooManyRequests), `"code":"too_many"`)
	other := s.browser(t, wechatUA)
	other.scan(goodKey, "bob")
	wantStatus(t, other.postJSON("/q/"+goodKey+"/pay", goodPay), http.StatusOK)
}

func TestLimitsCanBeOff(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits = Limits{PlateMisses: -1, PageViews: -1, Orders: -1, Logins: -1} })
	b := s.browser(t, wechatUA)
	for range 100 {
		wantStatus(t, b.get("/q/GUESS"), http.StatusNotFound)
	}
	b.scan(goodKey, "alice")
	for range 100 {
		wantStatus(t, b.postJSON("/q/"+goodKey+"/pay", goodPay), http.StatusOK)
	}
}

func TestAddressKey(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "", "x": "x",
	} {
		if got := addressKey(ip); got != want {
			t.Errorf("addressKey(%q) = %q, want %q", ip, got, want)
		}
	}
}

func TestLimiterForgets(t *testing.T) {
	s := newSite(t)
	l := newLimiter(1, s.clock)
	for i := range maxBuckets + 10 {
		l.take(fmt.Sprint(i))
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d buckets, at most %d are kept", len(l.buckets), maxBuckets)
	}
}
