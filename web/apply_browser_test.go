package web

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"juma/internal/access"
	"juma/merchants"
	"juma/merchants/check"
)

// TestApplyInABrowser is an applicant on a phone and one at a desk: from the
// account to the submitted application.
func TestApplyInABrowser(t *testing.T) {
	p := newBrowser(t, time.Minute)
	front := httptest.NewUnstartedServer(nil)
	base := "http://" + front.Listener.Addr().String()
	var svc *access.Service
	s := newSite(t, func(c *Config) {
		svc, _ = newAccounts(t, c.Clock, newBackend())
		c.PublicURL, c.Accounts, c.Logins, c.Limits = base, svc, svc, Limits{Logins: -1, Joins: -1}
	})
	front.Config.Handler = s.Handler()
	front.Start()
	defer front.Close()
	file := filepath.Join(t.TempDir(), "photo.png")
	must(t, os.WriteFile(file, photo(t), 0o644))
	for i, c := range []struct {
		language  string
		width     int64
		kind      merchants.Kind
		submitted string
	}{{"zh-CN", 360, merchants.Micro, "验证中"}, {"en", 1280, merchants.Enterprise, "Being verified"}} {
		must(t, call(p.ctx, network.ClearBrowserCookies, cdp.Empty{}))
		p.agent(safariUA, c.language)
		p.do(chromedp.EmulateViewport(c.width, 800))
		p.join(base, "applicant-"+c.language)
		p.apply(file, typed(c.kind, 40+i))
		p.becomes(`document.querySelector('h1 .state')`)
		p.wantText("h1 .state", c.submitted)
		says(p, `document.documentElement.scrollWidth > innerWidth`, false)
	}
	p.quiet()
}

// join makes an account and logs in.
func (p *phone) join(base, login string) {
	p.t.Helper()
	const password = "brass kettle window"
	login = strings.ToLower(login)
	p.do(chromedp.Navigate(base + "/join"))
	p.fill(map[string]string{"login": login, "name": "Wang", "password": password, "again": password})
	p.do(chromedp.Click(chromedp.CSS(`form[action="/join"] button`)))
	p.becomes(`location.pathname === '/login' && document.readyState === 'complete'`)
	p.fill(map[string]string{"login": login, "password": password})
	p.do(chromedp.Click(chromedp.CSS(`form[action="/login"] button`)))
	p.becomes(`location.pathname === '/apply' && document.readyState === 'complete'`)
}

// fill puts values into the form of the page, as typing would.
func (p *phone) fill(values map[string]string) {
	p.t.Helper()
	for name, value := range values {
		got, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`(function (name, value) {
			var all = Array.from(document.getElementsByName(name)), input = all[0];
			if (!input) { return false; }
			if (input.type === 'radio') { input = all.filter(function (r) { return r.value === value; })[0]; input.click(); return true; }
			if (input.type === 'checkbox') { input.click(); return true; }
			input.value = value;
			input.dispatchEvent(new Event('change', { bubbles: true }));
			return input.value === value;
		}(`+quoted(name)+`, `+quoted(value)+`))`))
		must(p.t, err)
		if !got {
			p.t.Fatalf("the page takes no %s", name)
		}
	}
}

// apply fills in an application from its beginning to its submission.
func (p *phone) apply(file string, want merchants.Profile) {
	p.t.Helper()
	p.fill(map[string]string{"kind": string(want.Kind)})
	p.do(chromedp.Click(chromedp.CSS(`form[action="/apply"] button`)))
	for _, step := range applySteps {
		p.becomes(`location.pathname.endsWith('/` + step + `') && document.readyState === 'complete'`)
		switch step {
		case stepPictures:
			for _, kind := range check.Pictures(want.Kind) {
				form := `form:has([value="` + string(kind) + `"])`
				p.do(chromedp.SetUploadFiles(chromedp.CSS(form+` input[type=file]`), []string{file}), chromedp.Click(chromedp.CSS(form+` button`)))
				p.becomes(`document.querySelector('` + form + ` img[src*="/pictures/"]')`)
			}
			p.do(chromedp.Click(chromedp.CSS(`.acts a.button`)))
		case stepSubmit:
			p.do(chromedp.Click(chromedp.CSS(`#submit`)))
		default:
			if step == stepPeople { // what is mistyped is said at once
				p.fill(map[string]string{"legal.id_no": "110101190001010010"})
				p.becomes(`document.getElementById('f-legal.id_no-said').textContent.length > 5`)
			}
			values := map[string]string{}
			for name, all := range formOf(step, want) {
				values[name] = all[0]
			}
			p.fill(values)
			p.do(chromedp.Click(chromedp.CSS(`button[value="next"]`)))
		}
	}
}

// quoted is a string of JavaScript.
func quoted(s string) string { return string(jsonResponse(0, s).body) }
