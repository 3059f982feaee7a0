package web

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"juma/internal/access"
	"juma/internal/passkey"
)

// TestPasskeysInABrowser registers a passkey with a real browser and a virtual
// authenticator, logs in by it alone, and uses it as second factor.
func TestPasskeysInABrowser(t *testing.T) {
	p := newBrowser(t, 60*time.Second)
	front := httptest.NewUnstartedServer(nil)
	// WebAuthn takes localhost, and no bare address.
	base := "http://localhost:" + front.Listener.Addr().String()[strings.LastIndexByte(front.Listener.Addr().String(), ':')+1:]
	var svc *access.Service
	s := newSite(t, func(c *Config) {
		svc, _ = newAccounts(t, c.Clock, newBackend(), func(a *access.Config) {
			site, err := passkey.New(base, "Juma")
			must(t, err)
			a.Passkeys = site
		})
		c.PublicURL, c.Accounts, c.Logins, c.Limits = base, svc, svc, Limits{Logins: -1}
	})
	front.Config.Handler = s.Handler()
	front.Start()
	defer front.Close()
	must(t, call(p.ctx, webauthn.Enable, webauthn.EnableParams{}))
	must(t, call(p.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}}))

	p.passwordLogin(base)
	p.do(chromedp.Navigate(base+"/account/passkeys"), chromedp.SendKeys(chromedp.CSS(`[name="label"]`), "office"), chromedp.Click(chromedp.CSS(`form[data-passkey] button`)))
	p.do(chromedp.WaitVisible(chromedp.CSS(`.codes`)))
	p.logout(base)

	p.do(chromedp.Navigate(base+"/login?next=/account"), chromedp.Click(chromedp.CSS(`form[data-passkey] button`)), chromedp.WaitVisible(chromedp.CSS(`#sessions`)))
	p.wantText(`table td`, "office")
	p.logout(base)

	p.passwordLogin(base)
	p.do(chromedp.WaitVisible(chromedp.CSS(`form[data-passkey] button`)), chromedp.Click(chromedp.CSS(`form[data-passkey] button`)), chromedp.WaitVisible(chromedp.CSS(`.portal`)))
	if len(p.complaints) > 0 {
		t.Errorf("the browser complained: %q", p.complaints)
	}
}

func (p *phone) passwordLogin(base string) {
	p.t.Helper()
	p.do(chromedp.Navigate(base+"/login"), chromedp.SendKeys(chromedp.CSS(`[name="login"]`), "owner-a"), chromedp.SendKeys(chromedp.CSS(`[name="password"]`), accountPassword), chromedp.Click(chromedp.CSS(`form[action="/login"] button`)))
	p.do(chromedp.WaitVisible(chromedp.CSS(`form[action="/logout"]`)))
}

func (p *phone) logout(base string) {
	p.t.Helper()
	p.do(chromedp.Navigate(base+"/account"), chromedp.Click(chromedp.CSS(`details.account summary`)), chromedp.Click(chromedp.CSS(`form[action="/logout"] button`)), chromedp.WaitVisible(chromedp.CSS(`form[action="/login"]`)))
}
