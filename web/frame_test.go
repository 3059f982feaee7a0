package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"juma/internal/access"
)

// TestNavigation: what is offered may be used, shortcuts are clear, and
// everybody has a place to begin.
func TestNavigation(t *testing.T) {
	s := newSite(t)
	for _, role := range access.Roles {
		keys := map[string]string{}
		for _, section := range s.navigation(role, "") {
			for _, item := range section.Items {
				if rule, ok := s.Table().Lookup(http.MethodGet, item.Path); !ok || !rule.Allows(role) {
					t.Errorf("%s is offered %s, which is refused", role, item.Path)
				}
				if other := keys[item.Key]; item.Key != "" && other != "" {
					t.Errorf("%s: g %s opens both %s and %s", role, item.Key, other, item.Path)
				}
				keys[item.Key] = item.Path
			}
		}
		home := s.homeOf(access.User{Role: role})
		if rule, ok := s.Table().Lookup(http.MethodGet, home); !ok || !rule.Allows(role) {
			t.Errorf("%s begins at %s, which is refused", role, home)
		}
	}
	for _, rt := range s.table {
		if rt.nav != nil && !slices.Contains(navGroups, rt.nav.group) {
			t.Errorf("%s stands under %q, which is no group", rt.rule.Path, rt.nav.group)
		}
	}
}

func TestTheCurrentPageIsMarked(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string]string{
		"/console/settlement": "/console/settlement", goodDay: "/console/settlement", "/console/settlements": "", "/console/design": "/console/design", "/console/search": "",
	} {
		got := ""
		for _, section := range s.navigation(access.ClearingOperator, path) {
			for _, item := range section.Items {
				if item.Current {
					got += item.Path
				}
			}
		}
		if got != want {
			t.Errorf("on %s, current is %q, want %q", path, got, want)
		}
	}
}

// TestEveryPlatformRoleSeesTheComponents and nobody else does.
func TestEveryPlatformRoleSeesTheComponents(t *testing.T) {
	rule, _ := newSite(t).Table().Lookup(http.MethodGet, "/console/design")
	for _, role := range access.Roles {
		if rule.Allows(role) == role.OfMerchant() {
			t.Errorf("%s: allowed %v", role, rule.Allows(role))
		}
	}
}

func TestPreferences(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	wantContains(t, bodyOf(t, b.get("/merchant")), `data-theme="auto"`, `data-density=""`)
	wantContains(t, bodyOf(t, b.get("/merchant?theme=dark&density=compact&rows=20")), `data-theme="dark"`, `data-density="compact"`)
	later := bodyOf(t, b.get("/merchant"))
	wantContains(t, later, `data-theme="dark"`, `data-density="compact"`, "?before=P2026031000000001000041#payments") // 20 of 60
	b.get("/merchant?theme=pink&rows=7")
	wantContains(t, bodyOf(t, b.get("/merchant")), `data-theme="dark"`, "?before=P2026031000000001000041#payments")

	filtered := bodyOf(t, b.get("/merchant?before=P2026031000000001000041&lang=zh"))
	wantContains(t, filtered, `href="?before=P2026031000000001000041&lang=en"`, `href="?before=P2026031000000001000041&theme=light"`)
	if strings.Contains(filtered, "lang=zh") {
		t.Error("a link repeats the choice of a language")
	}
}

// TestSwitchesOfAnAnsweredForm: the page that answers a POST has no address to
// come back to, so its switches lead to the page that the form stood on.
func TestSwitchesOfAnAnsweredForm(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	page := "/merchant/payments/" + refundable
	form := url.Values{"csrf": {csrf(t, bodyOf(t, b.get(page)))}, "order_no": {refundable}, "amount": {"x"}, "reason": {"y"}, "request_id": {"0123456789abcdef"}}
	for referer, want := range map[string]string{
		"http://example.com" + page: page + "?lang=en", "https://elsewhere.test" + page: "/?lang=en", "": "/?lang=en", "http://example.com//elsewhere.test": "/?lang=en",
	} {
		b.header.Set("Referer", referer)
		wantContains(t, wantStatus(t, b.postForm("/merchant/refunds", form), http.StatusBadRequest), `href="`+want+`"`, `id="f-amount-error"`, `aria-invalid="true"`)
	}
}

func TestToast(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	page := "/merchant/payments/" + refundable
	form := url.Values{"csrf": {csrf(t, bodyOf(t, b.get(page)))}, "order_no": {refundable}, "amount": {"1"}, "reason": {"y"}, "request_id": {"0123456789abcdef"}}
	wantStatus(t, b.postForm("/merchant/refunds", form), http.StatusSeeOther)
	wantContains(t, bodyOf(t, b.get(page)), `<p class="toast">`+zh.text("toast.refund_taken"))
	if containsText(bodyOf(t, b.get(page)), `class="toast"`) {
		t.Error("the toast is shown twice")
	}
	b.cookies["x"] = &http.Cookie{Name: toastCookie, Value: "<b>forged", Path: "/"}
	if containsText(bodyOf(t, b.get(page)), `class="toast"`) {
		t.Error("a toast that is not ours is shown")
	}
}

// TestFailuresKeepTheNavigation of who is at work; others get the bare page.
func TestFailuresKeepTheNavigation(t *testing.T) {
	s := newSite(t)
	wantContains(t, wantStatus(t, s.browser(t, safariUA).as("owner-b").get("/merchant/payments/"+refundable), http.StatusNotFound), `id="nav"`, zh.text("error.not_found"))
	if body := bodyOf(t, s.browser(t, safariUA).get("/q/"+voidKey)); containsText(body, `id="nav"`) {
		t.Error("a consumer sees a navigation")
	}
}

// TestHtmxIsSentToTheLogin whole: the login page must not land in a list's
// place.
func TestHtmxIsSentToTheLogin(t *testing.T) {
	b := newSite(t).browser(t, safariUA)
	b.header.Set("HX-Request", "true")
	res := b.get(goodDay + "?kind=spill")
	wantStatus(t, res, http.StatusUnauthorized)
	if got := res.Header.Get("HX-Redirect"); got != "/login?next=%2Fconsole%2Fsettlement%2F2026-03-09%3Fkind%3Dspill" {
		t.Errorf("HX-Redirect %q", got)
	}
}

func TestSearch(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		session, typed string
		leads          string // one exact hit
		shows          string
		hides          string
	}{
		{session: "clear", typed: "2026-03-09", leads: goodDay},
		{session: "clear", typed: " 2026-03-09 ", leads: goodDay},
		{session: "clear", typed: "2026-03-01", shows: "没有找到"},
		{session: "risk", typed: "2026-03-09", shows: "没有找到", hides: goodDay}, // may not see it
		{session: "clear", typed: "清算", shows: `<a href="/console/settlement">清算结算</a>`},
		{session: "risk", typed: "清算", shows: "没有找到"},
		{session: "clear", typed: "<script>", shows: "没有找到", hides: "<script>"},
		{session: "clear", typed: "", shows: "没有找到"},
	} {
		res := s.browser(t, safariUA).as(c.session).get(searchPath + "?q=" + url.QueryEscape(c.typed))
		if c.leads != "" {
			wantStatus(t, res, http.StatusSeeOther)
			if got := res.Header.Get("Location"); got != c.leads {
				t.Errorf("%q leads to %s, want %s", c.typed, got, c.leads)
			}
			continue
		}
		body := wantStatus(t, res, http.StatusOK)
		wantContains(t, body, c.shows)
		if c.hides != "" && strings.Contains(body, c.hides) {
			t.Errorf("%s: %q shows %q", c.session, c.typed, c.hides)
		}
	}
	wantStatus(t, s.browser(t, safariUA).as("clear").get(searchPath+"?q="+strings.Repeat("x", maxQuery+1)), http.StatusBadRequest)
}
