package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"juma/internal/fault"
)

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// csrf takes the form token out of a page.
func csrf(t testing.TB, body string) string {
	t.Helper()
	m := csrfField.FindStringSubmatch(body)
	if m == nil {
		t.Fatal("the page has no form token")
	}
	return m[1]
}

func (b *browser) login(name, password, next string) *http.Response {
	b.t.Helper()
	token := csrf(b.t, wantStatus(b.t, b.get("/login"), http.StatusOK))
	return b.postForm("/login", url.Values{"csrf": {token}, "login": {name}, "password": {password}, "next": {next}})
}

func TestLogin(t *testing.T) {
	for _, c := range []struct {
		name, login, next, want string
	}{
		{"owner", "owner-a", "", "/merchant"},
		{"clearing operator", "clear", "", "/console/settlement"},
		{"where they wanted to go", "clear", "/console/settlement/2026-03-09", "/console/settlement/2026-03-09"},
		{"not to another site", "clear", "https://evil.test/", "/console/settlement"},
		{"not to another host", "clear", "//evil.test/", "/console/settlement"},
		{"not by a backslash", "clear", `/\evil.test`, "/console/settlement"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			b := s.browser(t, safariUA)
			res := b.login(c.login, c.login+"-password", c.next)
			if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != c.want {
				t.Fatalf("status %d to %q, want 303 to %q", res.StatusCode, got, c.want)
			}
			session := b.cookies["__Host-juma /"]
			if session == nil || !session.HttpOnly || !session.Secure || session.SameSite != http.SameSiteLaxMode || session.MaxAge != 0 || session.Domain != "" {
				t.Errorf("session cookie %+v", session)
			}
			wantStatus(t, b.get(c.want), http.StatusOK)
			if got := b.get("/").Header.Get("Location"); got == "/login" {
				t.Error("home leads to the login in spite of the session")
			}
		})
	}
}

func TestLoginRefused(t *testing.T) {
	t.Run("wrong password", func(t *testing.T) {
		s := newSite(t)
		b := s.browser(t, safariUA)
		body := wantStatus(t, b.login("owner-a", "wrong", ""), http.StatusUnauthorized)
		wantContains(t, body, "登录名或密码不正确", `value="owner-a"`)
		nobody := wantStatus(t, s.browser(t, safariUA).login("nobody", "wrong", ""), http.StatusUnauthorized)
		if strings.ReplaceAll(nobody, "nobody", "owner-a")[:200] != body[:200] {
			t.Error("the answer tells whether the account exists")
		}
		if strings.Contains(body, "wrong") {
			t.Error("the page repeats the password")
		}
	})
	t.Run("missing token", func(t *testing.T) {
		s := newSite(t)
		b := s.browser(t, safariUA)
		b.get("/login")
		res := b.postForm("/login", url.Values{"login": {"owner-a"}, "password": {"owner-a-password"}})
		wantContains(t, wantStatus(t, res, http.StatusForbidden), "页面已过期")
		wantCalls(t, s.back, "login")
	})
	t.Run("token of another browser", func(t *testing.T) {
		s := newSite(t)
		token := csrf(t, bodyOf(t, s.browser(t, safariUA).get("/login")))
		b := s.browser(t, safariUA)
		b.get("/login")
		wantStatus(t, b.postForm("/login", url.Values{"csrf": {token}, "login": {"owner-a"}, "password": {"owner-a-password"}}), http.StatusForbidden)
		wantCalls(t, s.back, "login")
	})
	t.Run("cross-site", func(t *testing.T) {
		s := newSite(t)
		b := s.browser(t, safariUA)
		token := csrf(t, bodyOf(t, b.get("/login")))
		b.header.Set("Sec-Fetch-Site", "cross-site")
		wantStatus(t, b.postForm("/login", url.Values{"csrf": {token}, "login": {"owner-a"}, "password": {"owner-a-password"}}), http.StatusForbidden)
		wantCalls(t, s.back, "login")
	})
	t.Run("too often", func(t *testing.T) {
		s := newSite(t)
		for range 5 {
			s.browser(t, safariUA).login("Owner-A", "wrong", "")
		}
		res := s.browser(t, safariUA).login("owner-a", "wrong", "")
		wantStatus(t, res, http.StatusTooManyRequests)
		if res.Header.Get("Retry-After") != "12" {
			t.Errorf("Retry-After %q, want 12", res.Header.Get("Retry-After"))
		}
		if n := len(s.back.changed("login")); n != 5 {
			t.Errorf("%d attempts came through, want 5", n)
		}
	})
}

func TestLoginEndsTheSessionBefore(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("clear")
	b.login("owner-a", "owner-a-password", "")
	if _, alive := s.back.sessions["clear"]; alive {
		t.Error("the session before is still open")
	}
}

func TestLogout(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	page := bodyOf(t, b.get("/merchant"))
	wantStatus(t, b.postForm("/logout", nil), http.StatusForbidden)
	wantCalls(t, s.back, "logout")
	wantStatus(t, b.postForm("/logout", url.Values{"csrf": {csrf(t, page)}}), http.StatusSeeOther)
	wantCalls(t, s.back, "logout", "logout")
	res := b.get("/merchant")
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != "/login?next=%2Fmerchant" {
		t.Errorf("after logout: status %d to %q", res.StatusCode, got)
	}
}

func TestSessionStoreDownIsNotALogout(t *testing.T) {
	s := newSite(t)
	s.back.sessionErr = fault.New("fake", fault.Unavailable, "database gone")
	wantStatus(t, s.browser(t, safariUA).as("clear").get("/console/settlement"), http.StatusServiceUnavailable)
}

func TestCookiesWithoutTLS(t *testing.T) {
	s := newSite(t, func(c *Config) { c.PublicURL = "http://127.0.0.1:8080/" })
	b := s.browser(t, safariUA)
	b.login("clear", "clear-password", "")
	session := b.cookies["juma_session /"]
	if session == nil || session.Secure {
		t.Errorf("session cookie %+v, want a plain name without Secure", session)
	}
}
