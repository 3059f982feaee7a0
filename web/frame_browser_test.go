package web

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// atDesk is a browser of a person at work, with a site of its own.
func atDesk(t *testing.T, session string) (*phone, *site, string) {
	t.Helper()
	p := newBrowser(t, time.Minute)
	front := httptest.NewUnstartedServer(nil)
	base := "http://" + front.Listener.Addr().String()
	s := newSite(t, func(c *Config) { c.PublicURL = base })
	front.Config.Handler = s.Handler()
	front.Start()
	t.Cleanup(front.Close)
	p.agent(safariUA, "en")
	must(t, call(p.ctx, network.SetCookie, network.SetCookieParams{Name: s.sessionCookie(), Value: session, URL: base}))
	p.do(chromedp.EmulateViewport(1280, 800))
	return p, s, base
}

// says evaluates an expression of the page.
func says[T comparable](p *phone, expression string, want T) {
	p.t.Helper()
	got, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	must(p.t, err)
	if got != want {
		p.t.Errorf("%s is %v, want %v", expression, got, want)
	}
}

// key presses a key as a keyboard does: the character comes with the key, and
// not at all when the page takes the key for itself.
func (p *phone) key(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		must(p.t, call(p.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: k, Text: k}))
		must(p.t, call(p.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: k}))
	}
}

// becomes waits until an expression of the page holds.
func (p *phone) becomes(expression string) {
	p.t.Helper()
	for range 100 {
		got, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if err == nil && got {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	got, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
	p.t.Fatalf("%s never holds: %v, %v", expression, got, err)
}

// TestWorkByKeyboard is an operator without a mouse.
func TestWorkByKeyboard(t *testing.T) {
	p, _, base := atDesk(t, "clear")
	p.do(chromedp.Navigate(base + "/console/settlement"))
	p.do(chromedp.KeyEvent(kb.Tab))
	says(p, `document.activeElement.className`, "skip")
	p.key("/")
	says(p, `document.activeElement.id`, "find")
	p.do(chromedp.KeyEvent("2026-03-09" + kb.Enter))
	p.becomes(`location.pathname === '/console/settlement/2026-03-09' && document.readyState === 'complete'`)
	p.key("g", "d")
	p.becomes(`location.pathname === '/console/design' && document.readyState === 'complete'`)
	p.key("?")
	says(p, `document.getElementById('keys').open`, true)
	p.do(chromedp.KeyEvent(kb.Escape))
	says(p, `document.getElementById('keys').open`, false)
	p.do(chromedp.Focus(chromedp.CSS("#f-plain")))
	p.key("/", "?", "g", "s")
	says(p, `document.getElementById('f-plain').value + ' ' + location.pathname`, "/?gs /console/design") // typing is typing
	p.quiet()
}

// TestWhatScriptsAdd: windows, toasts, themes, previews and lists that change
// in place, under the content policy.
func TestWhatScriptsAdd(t *testing.T) {
	p, s, base := atDesk(t, "clear")
	p.do(chromedp.Navigate(base + "/console/design"))
	p.do(chromedp.Click(chromedp.CSS(`[data-opens="sample-drawer"]`)))
	says(p, `document.getElementById('sample-drawer').open && document.activeElement.className`, "shut")
	p.do(chromedp.Click(chromedp.CSS(`#sample-drawer .shut`)))
	says(p, `document.getElementById('sample-drawer').open`, false)
	p.do(chromedp.Click(chromedp.CSS(`.detail .copy`)), chromedp.WaitVisible(chromedp.CSS(".toast")))
	says(p, `document.querySelector('.toast').firstChild.textContent`, "Copied")
	p.do(chromedp.Click(chromedp.CSS(".toast button")))
	says(p, `document.querySelectorAll('.toast').length`, 0)

	light := `getComputedStyle(document.body).backgroundColor === 'rgb(243, 245, 248)'`
	says(p, light, true)
	p.do(chromedp.Click(chromedp.CSS(".account summary")), chromedp.Click(chromedp.CSS(`[data-theme-switch="dark"]`)))
	says(p, light, false)
	p.becomes(`performance.getEntriesByType('resource').some(function (r) { return r.name.indexOf('theme=dark') > 0; })`) // told the server
	p.do(chromedp.Navigate(base + "/console/design"))
	says(p, `document.documentElement.dataset.theme`, "dark")

	picture := filepath.Join(t.TempDir(), "door.svg")
	must(t, os.WriteFile(picture, s.views.statics.files["icon.svg"].body, 0o644))
	p.do(chromedp.SetUploadFiles(chromedp.CSS("#f-file"), []string{picture}))
	p.becomes(`document.querySelector('[data-upload] .preview').naturalWidth > 0`)
	says(p, `document.querySelector('[data-upload] .name').textContent`, "door.svg (1 kB)")

	p.do(chromedp.Navigate(base + goodDay))
	says(p, `window.stays = document.querySelectorAll('#items ~ .scroll tbody tr').length`, 8)
	p.do(chromedp.Click(chromedp.CSS(`.tabs a[href*="kind=spill"]`)))
	p.becomes(`document.querySelectorAll('#items ~ .scroll tbody tr').length === 1`)
	says(p, `window.stays + ' ' + location.search`, "8 ?kind=spill") // the same document, with an address
	p.quiet()

	must(t, call(p.ctx, network.ClearBrowserCookies, cdp.Empty{}))
	p.do(chromedp.Click(chromedp.CSS(`.tabs a[href="?#items"]`)))
	p.becomes(`location.pathname === '/login' && document.getElementById('f-login')`) // all of it, not in the list's place
}

// quiet fails if the browser complained.
func (p *phone) quiet() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, complaint := range p.complaints {
		p.t.Errorf("the browser complained: %s", complaint)
	}
}
