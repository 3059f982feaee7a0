package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestApprovalLeadsToTheMerchantPortal: an applicant works at the application, and
// in the same session at the merchant's pages once it is approved.
func TestApprovalLeadsToTheMerchantPortal(t *testing.T) {
	s := realSite(t)
	b := s.browser(t, safariUA).as("applicant")
	wantRedirect(t, b.get("/"), "/apply")
	for _, path := range []string{"/merchant", accountAt, storesPath, messagesPath} {
		wantRedirect(t, b.get(path), "/apply")
	}
	must(t, s.accounts.AttachMerchant(context.Background(), "reviewer", "applicant", merchantB))
	wantRedirect(t, b.get("/"), "/merchant")
	wantContains(t, b.open("/merchant"), "小三水果")
}

// TestForgottenPasswordTellsNothing: the page is the same for everybody and takes no
// name.
func TestForgottenPasswordTellsNothing(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA)
	wantContains(t, b.open("/login"), `href="/login/forgotten"`)
	page := b.open("/login/forgotten")
	if strings.Contains(page, "<input") || strings.Contains(page, "<form") {
		t.Error("the page asks for something")
	}
	if again := b.open("/login/forgotten?login=owner-a"); strings.Contains(again, ">owner-a<") {
		t.Error("the page knows an account")
	}
	wantStatus(t, b.postForm("/login/forgotten", url.Values{"login": {"owner-a"}}), http.StatusMethodNotAllowed)
}

// TestChecksAreLimited: by account, and time heals.
func TestChecksAreLimited(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.Checks = 2 })
	ask := func(session string) *http.Response {
		return probe{route: "POST /apply/check", form: url.Values{"what": {"phone"}, "value": {"13800000000"}}}.send(s, session)
	}
	for range 2 {
		wantStatus(t, ask("owner-a"), http.StatusOK)
	}
	if res := ask("owner-a"); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "30" {
		t.Errorf("status %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	wantStatus(t, ask("owner-b"), http.StatusOK)
	s.clock.AdvanceTo(noon.Add(30 * time.Second))
	wantStatus(t, ask("owner-a"), http.StatusOK)
}
