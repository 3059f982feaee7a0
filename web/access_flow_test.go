package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"juma/internal/access"
	"juma/internal/access/accesstest"
)

// realSite has the real service behind logins and accounts.
func realSite(t *testing.T, change ...func(*access.Config)) *site {
	t.Helper()
	var svc *access.Service
	var people *accesstest.Memory
	s := newSite(t, func(c *Config) {
		svc, people = newAccounts(t, c.Clock, newBackend(), change...)
		c.Accounts, c.Logins, c.Limits = svc, svc, Limits{Logins: -1, Joins: -1}
	})
	s.accounts, s.people = svc, people
	return s
}

// session is the browser's session token, "" for none.
func (b *browser) session() string {
	if c := b.cookies[b.site.sessionCookie()+" /"]; c != nil {
		return c.Value
	}
	return ""
}

// submit posts to an address with the token of the page that is shown.
func (b *browser) submit(page, target string, form url.Values) *http.Response {
	b.t.Helper()
	form.Set("csrf", csrf(b.t, page))
	return b.postForm(target, form)
}

// open gets a page that must be there.
func (b *browser) open(path string) string {
	b.t.Helper()
	return wantStatus(b.t, b.get(path), http.StatusOK)
}

func wantRedirect(t *testing.T, res *http.Response, to string) {
	t.Helper()
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != to {
		t.Fatalf("status %d to %q, want 303 to %q; %.300s", res.StatusCode, got, to, bodyOf(t, res))
	}
}

// secretShown reads the key of an authenticator app off the page that sets it up.
var secretShown = regexp.MustCompile(`<code>([A-Z2-7 ]{39})</code>`)

func codeOf(t *testing.T, page string, at time.Time) string {
	t.Helper()
	m := secretShown.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("the page shows no key")
	}
	return totp(t, strings.ReplaceAll(m[1], " ", ""), at)
}

// TestPlatformLoginWithSecondFactor is the whole way of a platform account: the
// password opens nothing, an authenticator app is set up, recovery codes are shown
// once, and the next login asks for a code. The token changes at each step.
func TestPlatformLoginWithSecondFactor(t *testing.T) {
	s := realSite(t, func(c *access.Config) { c.RequireMFA = true })
	b := s.browser(t, safariUA)
	wantRedirect(t, b.login("clear", accountPassword, ""), "/console/settlement")
	first := b.session()
	wantRedirect(t, b.get("/console/settlement"), "/account/totp?next=%2Fconsole%2Fsettlement")
	page := b.open("/account/totp?next=%2Fconsole%2Fsettlement")
	if picture := b.get("/account/totp/picture"); picture.Header.Get("Content-Type") != "image/png" || !strings.HasPrefix(bodyOf(t, picture), "otpauth://totp/Juma:clear?") {
		t.Error("no picture of the key")
	}
	wantContains(t, wantStatus(t, b.submit(page, "/account/totp", url.Values{"code": {"000000"}}), http.StatusUnprocessableEntity), "验证码不正确")
	shown := wantStatus(t, b.submit(page, "/account/totp", url.Values{"code": {codeOf(t, page, s.clock.Now())}, "next": {"/console/settlement"}}), http.StatusOK)
	codes := regexp.MustCompile(`<code>([A-Z2-7-]{19})</code>`).FindAllStringSubmatch(shown, -1)
	if len(codes) != 10 || b.session() == first {
		t.Fatalf("%d recovery codes, token changed %v", len(codes), b.session() != first)
	}
	wantContains(t, shown, `href="/console/settlement"`)
	b.open("/console/settlement")

	s.clock.AdvanceTo(s.clock.Now().Add(time.Minute))
	c := s.browser(t, safariUA)
	c.login("clear", accountPassword, "")
	half := c.session()
	wantRedirect(t, c.get(goodDay), "/login/second?next="+url.QueryEscape(goodDay))
	second := c.open("/login/second?next=" + url.QueryEscape(goodDay))
	wantStatus(t, c.submit(second, "/login/second", url.Values{"code": {"000000"}}), http.StatusUnauthorized)
	wantRedirect(t, c.submit(second, "/login/second", url.Values{"code": {codeOf(t, page, s.clock.Now())}, "next": {goodDay}}), goodDay)
	if c.session() == half {
		t.Error("the token stayed the same through the second factor")
	}
	c.open(goodDay)
	stolen := s.browser(t, safariUA)
	stolen.cookies["x"] = &http.Cookie{Name: s.sessionCookie(), Value: half, Path: "/"}
	wantRedirect(t, stolen.get(goodDay), "/login?next="+url.QueryEscape(goodDay))

	// A recovery code does as well, once.
	for _, status := range []int{http.StatusSeeOther, http.StatusUnauthorized} {
		d := s.browser(t, safariUA)
		d.login("clear", accountPassword, "")
		wantStatus(t, d.submit(d.open("/login/second"), "/login/second", url.Values{"code": {codes[0][1]}}), status)
	}
}

// TestStepUpCarriesTheFormOn: a form that was sent too late asks for the password
// and goes on as it was typed.
func TestStepUpCarriesTheFormOn(t *testing.T) {
	s := realSite(t)
	b := s.browser(t, safariUA)
	b.login("owner-a", accountPassword, "")
	page := b.open("/merchant/staff")
	s.clock.AdvanceTo(s.clock.Now().Add(access.StepUpLimit))
	before := b.session()
	ask := wantStatus(t, b.submit(page, "/merchant/staff/invite", url.Values{"login": {"fresh-clerk"}, "name": {`小<陈>"`}, "role": {"clerk"}}), http.StatusForbidden)
	wantContains(t, ask, "请再次确认身份")
	resume := regexp.MustCompile(`name="resume" value="([^"]+)"`).FindStringSubmatch(ask)
	if resume == nil || strings.Contains(ask, "fresh-clerk") {
		t.Fatal("the form does not travel sealed")
	}
	wrong := wantStatus(t, b.submit(ask, "/stepup", url.Values{"password": {"not the password"}, "resume": {resume[1]}}), http.StatusUnauthorized)
	wantContains(t, wrong, resume[1])
	again := wantStatus(t, b.submit(ask, "/stepup", url.Values{"password": {accountPassword}, "resume": {resume[1]}}), http.StatusOK)
	wantContains(t, again, `action="/merchant/staff/invite"`, `value="fresh-clerk"`)
	if b.session() == before {
		t.Error("the token stayed the same through the step-up")
	}
	done := wantStatus(t, b.submit(again, "/merchant/staff/invite", url.Values{"login": {"fresh-clerk"}, "name": {`小<陈>"`}, "role": {"clerk"}}), http.StatusOK)
	wantContains(t, done, "https://pay.test/invitation/")

	// Somebody else's sealed form goes nowhere.
	o := s.browser(t, safariUA)
	o.login("owner-b", accountPassword, "")
	wantRedirect(t, o.submit(o.open("/stepup"), "/stepup", url.Values{"password": {accountPassword}, "resume": {resume[1]}}), "/merchant")
}

func TestStepUpOfAPage(t *testing.T) {
	s := realSite(t)
	b := s.browser(t, safariUA)
	b.login("owner-a", accountPassword, "")
	s.clock.AdvanceTo(s.clock.Now().Add(access.StepUpLimit))
	wantRedirect(t, b.get("/account/totp"), "/stepup?next=%2Faccount%2Ftotp")
	page := b.open("/stepup?next=%2Faccount%2Ftotp")
	wantRedirect(t, b.submit(page, "/stepup", url.Values{"password": {accountPassword}, "code": {""}, "next": {"//evil.test/"}}), "/merchant")
	b.open("/account/totp")
}

// TestInvitationFromLinkToLogin: the owner's link makes a clerk of the merchant.
func TestInvitationFromLinkToLogin(t *testing.T) {
	s := realSite(t)
	owner := s.browser(t, safariUA)
	owner.login("owner-a", accountPassword, "")
	shown := wantStatus(t, owner.submit(owner.open("/merchant/staff"), "/merchant/staff/invite", url.Values{"login": {"fresh-clerk"}, "name": {"小陈"}, "role": {"clerk"}}), http.StatusOK)
	m := regexp.MustCompile(`https://pay\.test(/invitation/[A-Za-z0-9_-]{43})`).FindStringSubmatch(html.UnescapeString(shown))
	if m == nil {
		t.Fatal("no link")
	}
	if strings.Contains(s.log.String(), strings.TrimPrefix(m[1], "/invitation/")) {
		t.Error("the link's token is in the log")
	}
	b := s.browser(t, safariUA)
	page := b.open(m[1])
	wantContains(t, page, "fresh-clerk", "店员")
	const fresh = "brass kettle window"
	wantContains(t, wantStatus(t, b.submit(page, m[1], url.Values{"password": {fresh}, "again": {"brass kettle door"}}), http.StatusUnprocessableEntity), "不一致")
	wantContains(t, wantStatus(t, b.submit(page, m[1], url.Values{"password": {"password1234"}, "again": {"password1234"}}), http.StatusUnprocessableEntity), "不符合要求")
	wantRedirect(t, b.submit(page, m[1], url.Values{"password": {fresh}, "again": {fresh}}), "/login")
	wantContains(t, wantStatus(t, b.get(m[1]), http.StatusNotFound), "已使用")
	wantRedirect(t, b.login("fresh-clerk", fresh, ""), "/merchant")
	wantStatus(t, b.get("/merchant/staff"), http.StatusForbidden)
	wantStatus(t, s.browser(t, safariUA).get("/invitation/no-such-token"), http.StatusNotFound)
}

// TestJoinLooksTheSameForATakenLogin (T-Z6).
func TestJoinLooksTheSameForATakenLogin(t *testing.T) {
	s := realSite(t)
	const fresh = "brass kettle window"
	for _, login := range []string{"newshop", "owner-a"} {
		b := s.browser(t, safariUA)
		wantRedirect(t, b.submit(b.open("/join"), "/join", url.Values{"login": {login}, "name": {"老王"}, "password": {fresh}, "again": {fresh}}), "/login?joined")
	}
	b := s.browser(t, safariUA)
	wantContains(t, b.open("/login?joined"), "如果登录名可用")
	wantRedirect(t, b.login("newshop", fresh, ""), "/apply")
	wantStatus(t, s.browser(t, safariUA).login("owner-a", fresh, ""), http.StatusUnauthorized)
	c := s.browser(t, safariUA)
	wantContains(t, wantStatus(t, c.submit(c.open("/join"), "/join", url.Values{"login": {"x"}, "name": {"老王"}, "password": {fresh}, "again": {fresh}}), http.StatusUnprocessableEntity), "登录名为 3 至 64 个字符")
}

func TestJoinIsLimited(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA)
	page := b.open("/join")
	for range 5 {
		b.submit(page, "/join", url.Values{"password": {"a"}, "again": {"b"}})
	}
	res := b.submit(page, "/join", url.Values{"password": {"a"}, "again": {"b"}})
	if wantStatus(t, res, http.StatusTooManyRequests); res.Header.Get("Retry-After") == "" {
		t.Error("429 without Retry-After")
	}
}

// TestSecondFactorIsLimited (T-Z10): codes are guessed as slowly as passwords.
func TestSecondFactorIsLimited(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as(halfSession)
	page := b.open("/login/second")
	for range 5 {
		b.submit(page, "/login/second", url.Values{"code": {"000000"}})
	}
	res := b.submit(page, "/login/second", url.Values{"code": {"000000"}})
	if wantStatus(t, res, http.StatusTooManyRequests); res.Header.Get("Retry-After") != "12" {
		t.Errorf("Retry-After %q, want 12", res.Header.Get("Retry-After"))
	}
}

// TestRoleTakesTwoAdministratorsOnThePage (T-Z4).
func TestRoleTakesTwoAdministratorsOnThePage(t *testing.T) {
	s := realSite(t)
	s.people.Put(access.Account{User: access.User{Login: "admin2", Name: "二", Role: access.Administrator}, PasswordHash: cheapHash(), State: access.Active})
	one, two := s.browser(t, safariUA), s.browser(t, safariUA)
	one.login("admin", accountPassword, "")
	two.login("admin2", accountPassword, "")
	page := one.open("/console/users")
	wantRedirect(t, one.submit(page, "/console/users/role", url.Values{"login": {"risk"}, "role": {"auditor"}, "reason": {"轮岗"}}), "/console/users")
	open, err := s.accounts.Grants(context.Background())
	if err != nil || len(open) != 2 { // with the sample's
		t.Fatalf("%+v, %v", open, err)
	}
	grant := open[0]
	if grant.Login != "risk" {
		grant = open[1]
	}
	decide := url.Values{"id": {grant.ID}, "decision": {"confirm"}}
	wantContains(t, wantStatus(t, one.submit(page, "/console/users/grants", decide), http.StatusUnprocessableEntity), "需要另一位管理员")
	listed := two.open("/console/users")
	wantContains(t, listed, "轮岗", grant.ID)
	wantRedirect(t, two.submit(listed, "/console/users/grants", decide), "/console/users")
	if a, err := s.people.Account(context.Background(), "risk"); err != nil || a.Role != access.Auditor {
		t.Errorf("%+v, %v", a, err)
	}
	wantContains(t, wantStatus(t, two.submit(listed, "/console/users/grants", decide), http.StatusConflict), "已被他人处理")
}

func TestEndingAllSessionsEndsOthersAtOnce(t *testing.T) {
	s := realSite(t)
	here, there := s.browser(t, safariUA), s.browser(t, safariUA)
	here.login("owner-a", accountPassword, "")
	there.login("owner-a", accountPassword, "")
	there.open("/merchant")
	wantRedirect(t, here.submit(here.open("/account"), "/account/sessions/end", url.Values{}), "/login")
	wantRedirect(t, there.get("/merchant"), "/login?next=%2Fmerchant")
}

func TestPasswordIsChangedOnThePage(t *testing.T) {
	s := realSite(t)
	b := s.browser(t, safariUA)
	b.login("owner-a", accountPassword, "")
	page := b.open("/account")
	const fresh = "brass kettle window"
	wantContains(t, wantStatus(t, b.submit(page, "/account/password", url.Values{"old": {"not the password"}, "password": {fresh}, "again": {fresh}}), http.StatusUnprocessableEntity), "密码或验证码不正确")
	wantRedirect(t, b.submit(page, "/account/password", url.Values{"old": {accountPassword}, "password": {fresh}, "again": {fresh}}), "/account")
	wantContains(t, b.open("/account"), "密码已修改")
	wantStatus(t, s.browser(t, safariUA).login("owner-a", accountPassword, ""), http.StatusUnauthorized)
}

// totp is the code of a key, computed here and not by the code under test.
func totp(t *testing.T, key string, at time.Time) string {
	t.Helper()
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix()/30)))
	sum := mac.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}
