package web

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"juma/internal/access"
	"juma/internal/fault"
)

// TestEveryRouteIsInTheTable walks what the router really serves.
func TestEveryRouteIsInTheTable(t *testing.T) {
	s := newSite(t)
	table := s.Table()
	if err := table.Check(); err != nil {
		t.Fatal(err)
	}
	served := s.echo.Routes()
	for _, r := range served {
		rule, ok := table.Lookup(r.Method, r.Path)
		if !ok {
			t.Errorf("%s %s is served and not in the table", r.Method, r.Path)
		}
		for _, role := range access.Roles {
			console, merchant := under(r.Path, "/console"), under(r.Path, "/merchant")
			if rule.Public && (console || merchant) || rule.Allows(role) && (console && role.OfMerchant() || merchant && !role.OfMerchant()) {
				t.Errorf("%s %s is open to the wrong people: %s", r.Method, r.Path, role)
			}
		}
	}
	if len(served) != len(table) {
		t.Errorf("%d routes served, %d in the table", len(served), len(table))
	}
}

// TestEveryRouteRefusesOtherMethods: nothing changes by a method that nobody
// thought of.
func TestEveryRouteRefusesOtherMethods(t *testing.T) {
	s := newSite(t)
	for _, rule := range s.Table() {
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch} {
			path := strings.NewReplacer(":key", goodKey, ":token", "x", ":date", "2026-03-09", ":id", "x", ":no", "x", ":name", "app.css").Replace(rule.Path)
			wantStatus(t, s.browser(t, wechatUA).as("owner-a").do(method, path, "", ""), http.StatusMethodNotAllowed)
		}
	}
	if len(s.back.calls) != 0 {
		t.Errorf("calls %q, want none", s.back.calls)
	}
}

func TestHeadersOnEveryPage(t *testing.T) {
	for _, c := range []struct{ agent, session, path, referrer string }{
		{wechatUA, "", "/q/" + goodKey, "no-referrer"},
		{safariUA, "", "/q/" + goodKey, "no-referrer"},
		{wechatUA, "", "/q/" + voidKey, "no-referrer"},
		{wechatUA, "", "/q/" + goodKey + "/auth", "no-referrer"},
		{wechatUA, "", "/r/T0000000000000000000000000", "no-referrer"},
		{wechatUA, "", "/r/T0000000000000000000000000/state", "no-referrer"},
		{safariUA, "", "/login", "same-origin"},
		{safariUA, "", "/nothing", "no-referrer"},
		{safariUA, "", "/static/app.css", "no-referrer"},
		{safariUA, "clear", "/console/settlement", "same-origin"},
		{safariUA, "clear", goodDay, "same-origin"},
		{safariUA, "clear", goodFile, "same-origin"},
		{safariUA, "clear", "/merchant", "same-origin"},
		{safariUA, "owner-a", "/merchant", "same-origin"},
		{safariUA, "owner-a", "/merchant/payments/" + refundable, "same-origin"},
		{safariUA, "owner-a", "/merchant/slips/2026-03-09", "same-origin"},
	} {
		t.Run(c.session+c.path, func(t *testing.T) {
			s := newSite(t)
			b := s.browser(t, c.agent)
			if c.session != "" {
				b.as(c.session)
			}
			if c.path == "/q/"+goodKey && c.agent == wechatUA {
				b.scan(goodKey, "alice")
			}
			h := b.get(c.path).Header
			csp := h.Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"} {
				if !strings.Contains(csp, part) {
					t.Errorf("CSP %q lacks %s", csp, part)
				}
			}
			if strings.Contains(csp, "unsafe") {
				t.Errorf("CSP %q allows what is unsafe", csp)
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": c.referrer, "Strict-Transport-Security": "max-age=31536000", "X-Frame-Options": "DENY",
			} {
				if h.Get(name) != want {
					t.Errorf("%s: %q, want %q", name, h.Get(name), want)
				}
			}
			if h.Get("X-Request-Id") == "" || h.Get("Cache-Control") == "" {
				t.Error("no request id or no Cache-Control")
			}
		})
	}
}

var (
	inlineScript = regexp.MustCompile(`(?i)<script(?:\s+[^>]*)?>\s*[^<\s]|\son[a-z]+\s*=|javascript:`)
	inlineStyle  = regexp.MustCompile(`(?i)<style|\sstyle\s*=`)
	missingText  = regexp.MustCompile(`\[[a-z_]+(?:\.[a-z_]+)+\]`)
	foreignLink  = regexp.MustCompile(`(?i)(?:src|href|action)="(?:https?:)?//`)
)

// TestEveryPageHasASample: a page that no sample opens would escape the tests
// that hold for every page.
func TestEveryPageHasASample(t *testing.T) {
	known := map[string]bool{}
	for _, s := range samples {
		known[s.route] = true
		if (s.noPage == "") == (len(s.urls) == 0) {
			t.Errorf("the sample of %s wants addresses, or the reason why there is no page", s.route)
		}
	}
	for _, rule := range newSite(t).Table() {
		if rule.Method != http.MethodGet {
			continue
		}
		if !known[rule.Path] {
			t.Errorf("GET %s has no sample: add one to the samples of its area", rule.Path)
		}
		delete(known, rule.Path)
	}
	for path := range known {
		t.Errorf("there is a sample of %s and no such route", path)
	}
}

func TestPagesHoldNothingInlineOrForeign(t *testing.T) {
	s := newSite(t)
	for _, v := range visits() {
		for _, language := range []string{"zh-CN", "en"} {
			body := wantStatus(t, v.open(s, language), http.StatusOK)
			for _, bad := range []*regexp.Regexp{inlineScript, inlineStyle, foreignLink} {
				if m := bad.FindString(body); m != "" {
					t.Errorf("%s: %q", v.url, m)
				}
			}
			if m := missingText.FindString(body); m != "" {
				t.Errorf("%s: text %s is missing", v.url, m)
			}
			wantContains(t, body, `<html lang="`+language+`"`, "</html>")
		}
	}
}

// TestCashierWeighsLittle counts everything that the page loads.
func TestCashierWeighsLittle(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, wechatUA)
	b.scan(goodKey, "alice")
	body := bodyOf(t, b.get("/q/"+goodKey))
	total := len(body)
	for _, m := range regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`).FindAllStringSubmatch(body, -1) {
		res := b.get(m[1])
		if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", m[1], got)
		}
		total += len(wantStatus(t, res, http.StatusOK))
	}
	if total > 30_000 {
		t.Errorf("the cashier page weighs %d bytes, at most 30,000 are allowed", total)
	}
}

func TestFilesHoldNoForbiddenWords(t *testing.T) {
	for _, dir := range []fs.FS{templateFiles, staticFiles} {
		err := fs.WalkDir(dir, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(dir, path)
			for _, word := range []string{"sandbox", "__phone", "TODO", "unsafe-inline"} {
				if strings.Contains(strings.ToLower(string(b)), strings.ToLower(word)) {
					t.Errorf("%s holds %q", path, word)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryFaultKindHasAStatus(t *testing.T) {
	for _, kind := range []fault.Kind{
		fault.Invalid, fault.NotFound, fault.Conflict, fault.Refused, fault.Unknown, fault.Unavailable, fault.NotReady, fault.Forbidden, fault.Corrupt, fault.Internal,
	} {
		if statusOf[kind] == 0 {
			t.Errorf("fault kind %q has no status", kind)
		}
	}
}
