package web

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"juma/merchants"
)

// World is the whole application behind the browser, with the wallets and the
// registries around it, and a clock that can be moved.
type World interface {
	URL() string
	// Plates are payloads of blank plates.
	Plates() []string
	// Person makes an account on the platform.
	Person(login, role, password string)
	// Verify lets the registry and the banks answer.
	Verify()
	// Transfer is what the bank sent to the applicant's account as a proof, in yuan; ""
	// when nothing was.
	Transfer(login string) string
	// Enrol lets the wallets answer, and tells the number of the merchant who has the
	// short name once every wallet has accepted it.
	Enrol(shortName string) (merchantNo string)
	// Pays is the merchant whom a plate pays, "" for none.
	Pays(payload string) (merchantNo string)
}

// chainPassword is everybody's.
const chainPassword = "brass kettle window"

// FieldChain is the way of two shops from the first page to the plate on the
// counter, by people with browsers alone: an applicant, a reviewer, and somebody in
// the field, who scans one plate with the camera, takes a photo of another, and
// replaces that by a third.
func FieldChain(t *testing.T, w World) {
	dir := t.TempDir()
	plates := w.Plates()
	licence, photographed, camera := filepath.Join(dir, "licence.png"), filepath.Join(dir, "plate.jpg"), filepath.Join(dir, "camera.mjpeg")
	must(t, os.WriteFile(licence, photo(t), 0o600))
	must(t, os.WriteFile(photographed, onTheCounter(t, plates[1]), 0o600))
	frame := onTheCounter(t, plates[0])
	must(t, os.WriteFile(camera, append(frame, frame...), 0o600)) // motion JPEG is one picture after another
	w.Person("reviewer", "onboarding_reviewer", chainPassword)
	w.Person("second", "onboarding_reviewer", chainPassword)
	w.Person("field", "operator", chainPassword)
	p := newBrowser(t, 90*time.Second,
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-file-for-fake-video-capture", camera))
	for i, c := range []struct {
		language string
		width    int64
		kind     merchants.Kind
		bound    string
		read     func()
	}{
		{"zh-CN", 360, merchants.Micro, "已绑定", func() { p.do(chromedp.Click(chromedp.CSS("#camera [data-start]"))) }},
		{"en", 1280, merchants.Enterprise, "Bound", func() {
			p.do(chromedp.SetUploadFiles(chromedp.CSS(`input[name=picture]`), []string{photographed}), chromedp.Click(chromedp.CSS(`form:has([name=picture]) button`)))
		}},
	} {
		p.agent(safariUA, c.language)
		p.do(chromedp.EmulateViewport(c.width, 800))
		must(t, call(p.ctx, network.ClearBrowserCookies, cdp.Empty{}))
		want := typed(c.kind, 60+i)
		login := "shop-" + strings.ToLower(c.language)
		p.join(w.URL(), login)
		p.apply(licence, want)
		p.becomes(`document.querySelector('h1 .state')`)
		w.Verify()
		if amount := w.Transfer(login); amount != "" {
			p.login(w.URL(), login) // it is another day
			p.confirmTransfer(amount)
			w.Verify()
		}
		p.review(w.URL())
		no := w.Enrol(want.ShortName)
		p.bind(w.URL(), c.read, no)
		p.wantText("h1 .state", c.bound)
		if pays := w.Pays(plates[i]); pays != no {
			t.Errorf("the plate pays merchant %q, want %q", pays, no)
		}
	}
	w.Verify() // another day
	p.replace(w.URL(), plates[1], plates[2])
	p.wantText("h1 .state", "Bound")
	if old, fresh := w.Pays(plates[1]), w.Pays(plates[2]); old != "" || fresh == "" {
		t.Errorf("the broken plate pays %q, the new one %q", old, fresh)
	}
	p.quiet()
}

// login lets somebody in.
func (p *phone) login(base, login string) {
	p.t.Helper()
	must(p.t, call(p.ctx, network.ClearBrowserCookies, cdp.Empty{}))
	p.do(chromedp.Navigate(base + "/login"))
	p.fill(map[string]string{"login": login, "password": chainPassword})
	p.do(chromedp.Click(chromedp.CSS(`form[action="/login"] button`)))
	p.becomes(`location.pathname !== '/login' && document.readyState === 'complete'`)
}

// confirmTransfer says what came to the account, on the page of the application.
func (p *phone) confirmTransfer(amount string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(`main a[href^="/apply/"]`)))
	p.becomes(`document.getElementsByName('amount')[0] && document.readyState === 'complete'`)
	p.fill(map[string]string{"amount": amount})
	p.do(chromedp.Click(chromedp.CSS(`form[action$="/transfer"] button`)))
	p.becomes(`document.querySelector('#toasts .toast') && document.readyState === 'complete'`)
}

// review approves the application that waits, by as many people as it takes.
func (p *phone) review(base string) {
	p.t.Helper()
	for _, who := range []string{"reviewer", "second"} {
		p.login(base, who)
		p.do(chromedp.Navigate(base + "/console/applications"))
		waits, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`!!document.querySelector('td a[href^="/console/applications/"]')`))
		must(p.t, err)
		if !waits {
			return
		}
		p.do(chromedp.Click(chromedp.CSS(`td a[href^="/console/applications/"]`)))
		p.becomes(`document.querySelector('#approve button') && document.readyState === 'complete'`)
		p.do(chromedp.Click(chromedp.CSS(`#approve button`)))
		p.becomes(`document.querySelector('#toasts .toast') && document.readyState === 'complete'`)
	}
}

// bind reads a plate, finds the merchant by its number, and binds the plate to its
// first terminal. No page may need scrolling sideways.
func (p *phone) bind(base string, read func(), merchantNo string) {
	p.t.Helper()
	p.login(base, "field")
	p.do(chromedp.Navigate(base + "/console/bind"))
	at := func(pattern string) {
		p.t.Helper()
		p.becomes(`/` + pattern + `/.test(location.pathname) && document.readyState === 'complete'`)
		says(p, `document.documentElement.scrollWidth > innerWidth`, false)
	}
	at(`bind$`)
	read()
	at(`bind\/plates\/\d+$`)
	p.fill(map[string]string{"place": merchantNo})
	p.do(chromedp.Click(chromedp.CSS(`form[role=search][method=post] button`)))
	at(`search$`)
	p.do(chromedp.Click(chromedp.CSS(`.picks a[href*="/merchants/"]`)))
	at(`merchants\/\d+$`)
	p.do(chromedp.Click(chromedp.CSS(`.picks a[href*="/terminals/"]`)))
	at(`terminals\/\d+$`)
	p.do(chromedp.Click(chromedp.CSS(`#bind`)))
	at(`bind\/plates\/\d+$`)
}

// replace lets a new plate take the place of a broken one, whose address is typed.
// The browser reads codes itself this time, as those of phones do.
func (p *phone) replace(base, broken, fresh string) {
	p.t.Helper()
	p.login(base, "field")
	must(p.t, call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
		window.BarcodeDetector = function () { this.detect = function () { return Promise.resolve([{ rawValue: ` + quoted(fresh) + ` }]); }; };
		window.BarcodeDetector.getSupportedFormats = function () { return Promise.resolve(['qr_code']); };`}))
	p.do(chromedp.Navigate(base + "/console/bind"))
	p.fill(map[string]string{"code": broken})
	p.do(chromedp.Click(chromedp.CSS(`#typed button`)), chromedp.Click(chromedp.CSS(`a[href*="replaces="]`)), chromedp.Click(chromedp.CSS("#camera [data-start]")))
	p.becomes(`location.pathname.indexOf('/replacements/') > 0 && document.readyState === 'complete'`)
	p.fill(map[string]string{"reason": "scratched"})
	p.do(chromedp.Click(chromedp.CSS(`#bind`)))
	p.becomes(`/plates\/\d+$/.test(location.pathname) && document.readyState === 'complete'`)
}

// onTheCounter is a photo of a plate, as a camera takes it: small in the picture,
// and the light is dim.
func onTheCounter(t testing.TB, payload string) []byte {
	t.Helper()
	code, err := png.Decode(bytes.NewReader(codePicture(t, payload)))
	must(t, err)
	counter := image.NewRGBA(image.Rect(0, 0, 640, 480))
	draw.Draw(counter, counter.Rect, image.NewUniform(color.RGBA{0x9a, 0x8a, 0x78, 0xff}), image.Point{}, draw.Src)
	const side = 300
	for y := range side {
		for x := range side {
			light, _, _, _ := code.At(x*code.Bounds().Dx()/side, y*code.Bounds().Dy()/side).RGBA()
			grey := uint8(0x20 + light>>8*0xb0/0xff)
			counter.Set(170+x, 90+y, color.RGBA{grey, grey, grey, 0xff})
		}
	}
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, counter, &jpeg.Options{Quality: 80}))
	return b.Bytes()
}
