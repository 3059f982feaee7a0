package web

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// axe is the accessibility checker (axe-core), see testdata/axe/README.txt.
//
//go:embed testdata/axe/axe.min.js
var axe string

// checkPage runs it, and lists what is serious or critical, with where. %s is
// its options.
const checkPage = `axe.run(document, %s).then(function (r) {
	return JSON.stringify({
		passes: r.passes.length,
		wide: document.documentElement.scrollWidth - window.innerWidth,
		faults: r.violations.filter(function (v) { return v.impact === 'serious' || v.impact === 'critical'; }).map(function (v) {
			return v.id + ' (' + v.impact + '): ' + v.nodes.slice(0, 3).map(function (n) { return n.html.slice(0, 160); }).join(' | ');
		})
	});
})`

// finding is what checkPage says.
type finding struct {
	Passes int
	Wide   int // pixels that the page is wider than the window
	Faults []string
}

// shots is a directory to leave pictures of every page in, for people:
//
//	JUMA_SHOTS=/tmp/shots go test ./web -run TestPagesAreAccessible
//
// JUMA_PAGES=/console/bind opens only the pages whose address has that in it.
var shots, only = os.Getenv("JUMA_SHOTS"), os.Getenv("JUMA_PAGES")

// TestPagesAreAccessible opens every page of the samples in both languages, and
// checks it in both themes, at the width of a phone and of a desk: nothing
// serious or critical, and nothing that needs scrolling sideways as a whole.
func TestPagesAreAccessible(t *testing.T) {
	p := newBrowser(t, 10*time.Minute) // every page, in two languages, two themes and two widths, on a busy machine
	front := httptest.NewUnstartedServer(nil)
	base := "http://" + front.Listener.Addr().String()
	s := newSite(t, func(c *Config) {
		c.PublicURL, c.Limits = base, Limits{PlateMisses: -1, PageViews: -1, Orders: -1, Logins: -1}
	})
	s.back.authURL = func(redirectURL, state string) string { return redirectURL + "?code=alice&state=" + state }
	front.Config.Handler = s.Handler()
	front.Start()
	defer front.Close()
	for _, v := range visits() {
		if !strings.Contains(v.url, only) {
			continue
		}
		for _, language := range []string{"zh-CN", "en"} {
			p.visit(s, base, v, language)
			for _, theme := range []string{"light", "dark"} {
				p.theme(theme)
				for _, width := range []int64{360, 1280} {
					p.do(chromedp.EmulateViewport(width, 800))
					name := fmt.Sprintf("%s as %q in %s, %s, %d px", v.url, v.session, language, theme, width)
					p.check(name, optionsOf[theme])
					p.shoot(name)
				}
			}
		}
	}
	p.quiet()
}

// visit opens a page as whom the sample says.
func (p *phone) visit(s *site, base string, v visit, language string) {
	p.t.Helper()
	agent := v.agent
	if agent == "" {
		agent = safariUA
	}
	p.agent(agent, language)
	must(p.t, call(p.ctx, network.ClearBrowserCookies, cdp.Empty{}))
	if v.session != "" {
		must(p.t, call(p.ctx, network.SetCookie, network.SetCookieParams{Name: s.sessionCookie(), Value: v.session, URL: base}))
	}
	p.do(chromedp.Navigate(base + v.url))
	says(p, "location.pathname + location.search", v.url) // and not at the login
	_, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](axe+"\n;true"))
	must(p.t, err)
}

// theme says what the system prefers.
func (p *phone) theme(name string) {
	p.t.Helper()
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}
	must(p.t, call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}))
}

// optionsOf says which rules are run: in the dark theme, whose page is the same
// but for its colours, those that look at colours.
var optionsOf = map[string]string{
	"light": `{resultTypes: ['violations'], preload: false}`,
	"dark":  `{resultTypes: ['violations'], preload: false, runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}}`,
}

func (p *phone) check(name, options string) {
	p.t.Helper()
	said, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](fmt.Sprintf(checkPage, options), chromedp.EvalAwaitPromise))
	must(p.t, err)
	var f finding
	must(p.t, json.Unmarshal([]byte(said), &f))
	if f.Passes == 0 {
		p.t.Errorf("%s: the checker found nothing to check", name)
	}
	if f.Wide > 0 {
		p.t.Errorf("%s: %d px too wide", name, f.Wide)
	}
	for _, fault := range f.Faults {
		p.t.Errorf("%s: %s", name, fault)
	}
}

// shoot leaves a picture where people asked for some.
func (p *phone) shoot(name string) {
	p.t.Helper()
	if shots == "" {
		return
	}
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(90))
	must(p.t, err)
	file := strings.NewReplacer("/", "_", " ", "", "\"", "", "?", "-", ",", "-", "&", "-").Replace(name) + ".jpg"
	must(p.t, os.WriteFile(filepath.Join(shots, file), picture, 0o644))
}
