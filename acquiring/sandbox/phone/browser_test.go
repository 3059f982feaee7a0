package phone_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"juma/internal/testneeds"
)

// window is a headless browser's window.
type window struct {
	t   *testing.T
	ctx context.Context
}

// newWindow opens one that is as wide as a phone.
func newWindow(t *testing.T) *window {
	t.Helper()
	path := testneeds.Chromium(t)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancelAllocator := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancelWindow := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser's end
		cancelWindow()
		cancelAllocator()
	})
	w := &window{t, ctx}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("the browser does not start: %v", err)
	}
	w.do(chromedp.EmulateViewport(360, 740))
	return w
}

// step is what a person does.
type step = chromedp.Action[chromedp.Void]

// do carries steps out, each within ten seconds.
func (w *window) do(steps ...step) {
	w.t.Helper()
	for i, s := range steps {
		ctx, cancel := context.WithTimeout(w.ctx, 10*time.Second)
		err := chromedp.Do(ctx, s)
		cancel()
		if err != nil {
			w.t.Fatalf("step %d: %v", i+1, err)
		}
	}
}

// see evaluates a script in the page.
func see[T any](w *window, script string) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 10*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		w.t.Fatalf("%s: %v", script, err)
	}
	return v
}

func press(selector string) step { return chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible) }
func await(selector string) step { return chromedp.WaitVisible(chromedp.CSS(selector)) }

// TestBrowser shares one browser, because starting one takes longer than all
// that is done with it.
func TestBrowser(t *testing.T) {
	w := newWindow(t)
	t.Run("Pays", func(t *testing.T) { testBrowserPays(t, w) })
	t.Run("Sheet", func(t *testing.T) { testBrowserSheet(t, w) })
	t.Run("Layout", func(t *testing.T) { testBrowserLayout(t, w) })
}

// testBrowserPays presses the buttons that a person would, in a real browser,
// under the cashier's own policy for scripts and styles.
func testBrowserPays(t *testing.T, w *window) {
	p, c := startPhone(t, nil)
	for _, tt := range []struct{ name, wallet, button, said, state string }{
		{"wechat pays", "wechat", "#phone-pay", "?said=get_brand_wcpay_request%3Aok", "PAID"},
		{"wechat cancels", "wechat", "#phone-cancel", "?said=get_brand_wcpay_request%3Acancel", "WAIT"},
		{"alipay pays", "alipay", "#phone-pay", "?said=9000", "PAID"},
		{"alipay cancels", "alipay", "#phone-cancel", "?said=6001", "WAIT"},
		{"unionpay pays on its own page", "unionpay", "#pay", "", "PAID"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.t = t
			w.do(chromedp.Navigate(p.URL()+"/?payer=ann"), press(".wallets a."+tt.wallet), press("#go"), press(tt.button), await("#result"))
			if at, want := see[string](w, "location.href"), p.WalletURL(tt.wallet)+"/r/TOKEN"+tt.said; at != want {
				t.Errorf("the browser is at %s, want %s", at, want)
			}
			page := see[string](w, "document.body.textContent")
			if got := c.wallet[tt.wallet].Orders()[0].State; got != tt.state || !strings.Contains(page, tt.state) {
				t.Errorf("order is %s, the page says %q; want %s", got, page, tt.state)
			}
		})
	}
}

// testBrowserSheet checks what the sheet shows, and that a refusal is told.
func testBrowserSheet(t *testing.T, w *window) {
	w.t = t
	p, c := startPhone(t, nil)
	w.do(chromedp.Navigate(p.WalletURL("alipay")+"/__phone/open?to=/q/KEY&payer=ann"), press("#go"), await("#phone-pay"))
	if got := see[string](w, "document.querySelector('#phone-amount').textContent"); got != "¥1,234.50" {
		t.Errorf("amount %q", got)
	}
	if got := see[string](w, "getComputedStyle(document.querySelector('.phone-pay')).backgroundColor"); got != "rgb(11, 107, 58)" {
		t.Errorf("the sheet has no style: button is %s", got)
	}
	if err := c.wallet["alipay"].Confirm("P1", ""); err != nil { // meanwhile, on another phone
		t.Fatal(err)
	}
	w.do(press("#phone-pay"), chromedp.WaitNotVisible(chromedp.CSS("#phone-pay")))
	if got := see[string](w, "document.querySelector('.phone-problem').textContent"); !strings.Contains(got, "paid already") {
		t.Errorf("problem %q", got)
	}
	w.do(press("#phone-cancel"), await("#result"))
	if at := see[string](w, "location.search"); at != "?said=4000" {
		t.Errorf("the page was told %s, want the wallet's code for failed", at)
	}
}

// testBrowserLayout: nothing is wider than the screen, and a wide one shows the
// cashier in the phone's frame.
func testBrowserLayout(t *testing.T, w *window) {
	w.t = t
	p, c := startPhone(t, nil)
	for _, width := range []int64{360, 768, 1280} {
		w.do(chromedp.EmulateViewport(width, 740), chromedp.Navigate(p.URL()))
		if over := see[int](w, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
			t.Errorf("at %d px the page is %d px too wide", width, over)
		}
	}
	before := c.pages.Load()
	w.do(press(".wallets a.wechat"))
	for range 100 { // the frame is another origin: only the cashier can tell that it was asked
		if c.pages.Load() > before {
			break
		}
		w.do(chromedp.Sleep(20 * time.Millisecond))
	}
	if c.pages.Load() == before {
		t.Error("the cashier page was not opened in the frame")
	}
	if at := see[string](w, "location.href"); at != p.URL()+"/" {
		t.Errorf("a wide screen leaves the page for %s", at)
	}
}
