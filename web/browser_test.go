package web

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/testneeds"
)

// wechatBridge stands for what WeChat puts into every page: it remembers what
// it was asked and says that the consumer paid.
const wechatBridge = `window.WeixinJSBridge = {
  invoke: function (name, params, answer) {
    sessionStorage.setItem('asked', name + ' ' + params['package']);
    answer({ err_msg: 'get_brand_wcpay_request:ok' });
  }
};`

// phone is a real browser that looks like WeChat, and what it complained about.
type phone struct {
	t          *testing.T
	ctx        context.Context
	mu         sync.Mutex
	complaints []string
}

// newBrowser starts Chromium. Without one the test is skipped for people and
// fails where the whole suite must run.
func newBrowser(t *testing.T, limit time.Duration, more ...chromedp.ExecAllocatorOption) *phone {
	t.Helper()
	path := testneeds.Chromium(t)
	p := &phone{t: t}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun)
	for _, flag := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync"} {
		opts = append(opts, chromedp.Flag(flag, true))
	}
	opts = append(opts, more...)
	ctx, cancelBrowser := chromedp.NewExecAllocator(context.Background(), opts...) // ended by the clean-up below
	ctx, cancelTab := chromedp.NewContext(ctx, chromedp.WithListener(p.listen))
	ctx, cancelTime := context.WithTimeout(ctx, limit)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Log("stop the browser:", err)
		}
		cancelTime()
		cancelTab()
		cancelBrowser()
	})
	p.ctx = ctx
	must(t, call(ctx, log.Enable, cdp.Empty{}))
	return p
}

// newPhone is a browser that looks like WeChat on a phone.
func newPhone(t *testing.T) *phone {
	t.Helper()
	p := newBrowser(t, 60*time.Second)
	p.agent(wechatUA, "zh-CN")
	must(t, call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: wechatBridge}))
	p.do(chromedp.EmulateViewport(360, 640))
	return p
}

// agent makes the browser look like another, with another language.
func (p *phone) agent(agent, language string) {
	p.t.Helper()
	must(p.t, call(p.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: language}))
}

// listen collects what the browser would print in red: scripts that fail and
// violations of the content policy.
func (p *phone) listen(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := ev.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.Text, "504") { // the lost answer is part of the test
			p.complaints = append(p.complaints, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		p.complaints = append(p.complaints, e.ExceptionDetails.Text)
	}
}

func (p *phone) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	must(p.t, chromedp.Do(p.ctx, steps...))
}

func (p *phone) press(keys ...string) {
	p.t.Helper()
	for _, key := range keys {
		p.do(chromedp.Click(chromedp.CSS(`[data-key="` + key + `"]`)))
	}
}

func (p *phone) wantText(selector, want string) {
	p.t.Helper()
	got, err := chromedp.Run(p.ctx, chromedp.TextContent(chromedp.CSS(selector)))
	must(p.t, err)
	if strings.TrimSpace(got) != want {
		p.t.Errorf("%s shows %q, want %q", selector, got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestPayInABrowser is a consumer with WeChat: scan, type, pay, see the result.
func TestPayInABrowser(t *testing.T) {
	p := newPhone(t)
	front := httptest.NewUnstartedServer(nil)
	base := "http://" + front.Listener.Addr().String()
	s := newSite(t, func(c *Config) { c.PublicURL = base })
	s.back.authURL = func(redirectURL, state string) string { return redirectURL + "?code=alice&state=" + state }
	pay := make(chan acquiring.PayInput, 10)
	s.back.pay = func(in acquiring.PayInput) (acquiring.PayOutput, error) {
		pay <- in
		payment := acquiring.Payment{
			OrderNo: "P2026031000000001999999", ResultToken: "BROWSER-TOKEN", MerchantNo: merchantA, StoreID: storeID, PlateKey: goodKey,
			Wallet: in.Wallet, Channel: in.Wallet.Direct(), Amount: in.Amount, State: acquiring.Pending, CreatedAt: noon,
		}
		if len(pay) == 1 { // the first answer is lost
			return acquiring.PayOutput{Payment: payment, Prepay: channel.PrepayResult{Result: channel.Result{Outcome: channel.Unknown}}}, nil
		}
		s.back.mu.Lock()
		s.back.payments = append(s.back.payments, payment)
		s.back.mu.Unlock()
		return acquiring.PayOutput{Payment: payment, Prepay: channel.PrepayResult{Result: channel.Result{Outcome: channel.Succeeded}, Bridge: fakeBridge(in, payment)}}, nil
	}
	front.Config.Handler = s.Handler()
	front.Start()
	defer front.Close()

	p.do(chromedp.Navigate(base + "/q/" + goodKey))
	p.wantText("h1", "老王面馆（西湖店）")
	for _, width := range []int64{180, 360} { // 360 px, also at 200 % zoom
		p.do(chromedp.EmulateViewport(width, 640))
		fits, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`(function () {
			var low = Array.from(document.querySelectorAll('.pad button')).filter(function (b) { return b.offsetHeight < 44 || b.offsetWidth < 44; });
			return document.documentElement.scrollWidth - window.innerWidth + ' px too wide, ' + low.length + ' keys too small';
		}())`))
		must(t, err)
		if fits != "0 px too wide, 0 keys too small" {
			t.Errorf("at %d px: %s", width, fits)
		}
	}
	p.press("0", "0", "7", "back", "1", "2", ".", ".", "3", "4", "5")
	p.wantText("#digits", "12.34")

	p.do(chromedp.Click(chromedp.CSS("#pay")), chromedp.WaitVisible(chromedp.CSS("#note:not(:empty)")))
	p.wantText("#note", "结果尚未确认，请再次点击“付款”，不会重复扣款。")

	p.do(chromedp.Click(chromedp.CSS("#pay")), chromedp.WaitVisible(chromedp.CSS(`#receipt[data-view="processing"]`)))
	p.wantText("h1", "处理中")
	s.back.setState("BROWSER-TOKEN", acquiring.Paid)
	p.do(chromedp.WaitVisible(chromedp.CSS(`#receipt[data-view="paid"]`)))
	p.wantText("h1", "支付成功")
	where, err := chromedp.Run(p.ctx, chromedp.Location())
	must(t, err)
	if where != base+"/r/BROWSER-TOKEN" {
		t.Errorf("the browser is at %s, want the result page", where)
	}
	asked, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`sessionStorage.getItem('asked')`))
	must(t, err)
	if asked != "getBrandWCPayRequest prepay_id=wxP2026031000000001999999" {
		t.Errorf("WeChat's bridge was asked %q", asked)
	}

	first, second := <-pay, <-pay
	if first.Amount != 1234 || first.PayerID != "payer-alice" || first.Wallet != channel.WeChatWallet {
		t.Errorf("order %+v, want 12.34 of alice by WeChat", first)
	}
	if first.RequestID != second.RequestID || len(pay) != 0 {
		t.Errorf("request ids %q and %q and %d more orders, want one payment asked for twice", first.RequestID, second.RequestID, len(pay))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.complaints) > 0 {
		t.Errorf("the browser complained: %q", p.complaints)
	}
}

// call runs a protocol command for its effect.
func call[P, R any](ctx context.Context, cmd cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(ctx, cmd, params)
	return err
}
