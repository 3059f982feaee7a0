package phone_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/phone"
	"juma/internal/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 10, 4, 0, 0, 0, time.UTC)

// publicURL is what the fake cashier believes to be its address. Nothing
// listens there.
const publicURL = "https://pay.juma.example"

// fakeWallet is known as http://NAME.sandbox, where nothing listens either: the
// phone calls it in this process.
type fakeWallet struct {
	name string

	mu    sync.Mutex
	order sandbox.Order
	front string // where the payment page sends the browser afterwards
}

func (w *fakeWallet) Name() string            { return w.name }
func (w *fakeWallet) SetBaseURL(string)       {}
func (w *fakeWallet) base() string            { return "http://" + w.name + ".sandbox" }
func (w *fakeWallet) Orders() []sandbox.Order { return []sandbox.Order{w.order} }
func (w *fakeWallet) Credentials() map[string]any {
	return map[string]any{"gateway_url": w.base() + "/gateway.do", "private_key_pem": "…"}
}

func (w *fakeWallet) place(token, payer, frontURL string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.front = frontURL
	w.order = sandbox.Order{Wallet: w.name, OutTradeNo: "P1", TradeNo: token, MerchantID: "M1", Description: "示例餐厅", AmountFen: 123450, Payer: payer, State: "WAIT"}
}

func (w *fakeWallet) Find(token string) (sandbox.Order, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.order, w.order.TradeNo == token || w.order.OutTradeNo == token
}

func (w *fakeWallet) Confirm(outTradeNo, payer string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.order.State != "WAIT" {
		return errors.New("order " + outTradeNo + " is paid already")
	}
	w.order.State = "PAID"
	return nil
}

func (w *fakeWallet) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorise", func(rw http.ResponseWriter, r *http.Request) {
		back := r.URL.Query().Get("redirect_uri") + "?code=" + url.QueryEscape("a+/= "+sandbox.PayerOf(r)) + "&state=" + r.URL.Query().Get("state")
		http.Redirect(rw, r, back, http.StatusFound)
	})
	mux.HandleFunc("GET /pay", func(rw http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(rw, `<html><body><form method="post" action="%s/pay?tn=%s"><button id="pay">pay</button></form><p id="lang">%s</p></body></html>`, w.base(), r.URL.Query().Get("tn"), r.Header.Get("Accept-Language"))
	})
	mux.HandleFunc("POST /pay", func(rw http.ResponseWriter, r *http.Request) {
		if err := w.Confirm("P1", ""); err != nil {
			http.Error(rw, err.Error(), http.StatusConflict)
			return
		}
		http.Redirect(rw, r, w.front, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	return mux
}

// fakeCashier follows the real one's manners: wallets only, silent
// authorisation bound to the browser, a strict policy, no foreign posts.
type fakeCashier struct {
	t      *testing.T
	wallet map[string]*fakeWallet
	pages  atomic.Int64 // cashier pages shown
}

// markers recognise the wallets.
var markers = map[string]string{"MicroMessenger": "wechat", "AlipayClient": "alipay", "UnionPay/1.0 CloudPay": "unionpay"}

func (c *fakeCashier) walletOf(r *http.Request) *fakeWallet {
	for marker, name := range markers {
		if strings.Contains(r.UserAgent(), marker) {
			return c.wallet[name]
		}
	}
	return nil
}

func (c *fakeCashier) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w := c.walletOf(r)
	h := rw.Header()
	h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
	h.Set("X-Frame-Options", "DENY")
	switch {
	case r.Host != "pay.juma.example":
		http.Error(rw, "host "+r.Host, http.StatusMisdirectedRequest)
	case w == nil:
		http.Error(rw, "open with a wallet", http.StatusForbidden)
	case r.Method == http.MethodPost:
		c.pay(rw, r, w)
	case strings.HasSuffix(r.URL.Path, "/auth"):
		c.auth(rw, r)
	case strings.HasPrefix(r.URL.Path, "/q/"):
		c.page(rw, r, w)
	case strings.HasPrefix(r.URL.Path, "/r/"):
		h.Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(rw, `<html><head><title>result</title></head><body id="result">%s %s <a href="%s/q/KEY">again</a></body></html>`, w.name, w.Orders()[0].State, publicURL)
	case r.URL.Path == "/cashier.js":
		h.Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(rw, cashierScript)
	default:
		http.NotFound(rw, r)
	}
}

func (c *fakeCashier) page(rw http.ResponseWriter, r *http.Request, w *fakeWallet) {
	who, err := r.Cookie("payer")
	if err != nil {
		http.SetCookie(rw, &http.Cookie{Name: "auth", Value: "browser", Path: "/q/KEY", Secure: true, HttpOnly: true, Domain: "pay.juma.example"})
		q := url.Values{"redirect_uri": {publicURL + "/q/KEY/auth"}, "state": {"S1"}}
		http.Redirect(rw, r, w.base()+"/authorise?"+q.Encode()+"#wallet_redirect", http.StatusFound)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.pages.Add(1)
	rw.Header().Set("ETag", `"1"`)
	fmt.Fprintf(rw, `<!doctype html><html><HEAD lang="zh"><script src="/cashier.js" defer></script></HEAD><body><p id="payer">%s</p><p id="lang">%s</p><button id="go">付款</button></body></html>`, who.Value, r.Header.Get("Accept-Language"))
}

func (c *fakeCashier) auth(rw http.ResponseWriter, r *http.Request) {
	if k, err := r.Cookie("auth"); err != nil || k.Value != "browser" || r.URL.Query().Get("state") != "S1" {
		http.Error(rw, "another browser", http.StatusBadRequest)
		return
	}
	name, ok := strings.CutPrefix(r.URL.Query().Get("code"), "a+/= ")
	if !ok {
		http.Error(rw, "code "+r.URL.RawQuery, http.StatusBadRequest)
		return
	}
	http.SetCookie(rw, &http.Cookie{Name: "payer", Value: name, Path: "/q/KEY", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(rw, r, "/q/KEY", http.StatusFound)
}

func (c *fakeCashier) pay(rw http.ResponseWriter, r *http.Request, w *fakeWallet) {
	guard := http.NewCrossOriginProtection()
	if err := guard.Check(r); err != nil {
		http.Error(rw, err.Error(), http.StatusForbidden)
		return
	}
	who, err := r.Cookie("payer")
	if err != nil {
		http.Error(rw, "no session", http.StatusUnauthorized)
		return
	}
	w.place("TOKEN", who.Value, publicURL+"/r/TOKEN")
	rw.Header().Set("Content-Type", "application/json")
	switch w.name {
	case "wechat":
		_, _ = io.WriteString(rw, `{"kind":"wechat","params":{"appId":"a","timeStamp":"1","nonceStr":"n","package":"prepay_id=TOKEN","signType":"RSA","paySign":"s"}}`)
	case "alipay":
		_, _ = io.WriteString(rw, `{"kind":"alipay","params":{"tradeNO":"TOKEN"}}`)
	default:
		_, _ = io.WriteString(rw, `{"kind":"redirect","url":"`+w.base()+`/pay?tn=TOKEN"}`)
	}
}

// cashierScript does what any cashier page must: ask for the order, wait for
// the wallet's bridge, and go to the result page.
const cashierScript = `
function done(r) { location.href = '/r/TOKEN?said=' + encodeURIComponent(r); }
function ready(name, f) { window[name] ? f() : document.addEventListener(name + 'Ready', f); }
document.getElementById('go').addEventListener('click', function () {
  fetch('/q/KEY/pay', { method: 'POST', body: '{}' }).then(function (r) { return r.json(); }).then(function (b) {
    if (b.kind === 'redirect') location.href = b.url;
    if (b.kind === 'wechat') ready('WeixinJSBridge', function () {
      WeixinJSBridge.invoke('getBrandWCPayRequest', b.params, function (r) { done(r.err_msg); });
    });
    if (b.kind === 'alipay') ready('AlipayJSBridge', function () {
      AlipayJSBridge.call('tradePay', b.params, function (r) { done(r.resultCode); });
    });
  });
});`

// startPhone runs a phone with three fake wallets in front of the fake cashier.
func startPhone(t *testing.T, change func(*phone.Config)) (*phone.Phone, *fakeCashier) {
	t.Helper()
	c := &fakeCashier{t: t, wallet: map[string]*fakeWallet{}}
	var wallets []sandbox.Wallet
	for _, name := range []string{"wechat", "alipay", "unionpay"} {
		c.wallet[name] = &fakeWallet{name: name}
		wallets = append(wallets, c.wallet[name])
	}
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := phone.Config{
		CashierURL: srv.URL, PublicURL: publicURL, Wallets: wallets, Clock: clock.NewSim(noon, 1), Transport: transport,
		Plates: func(context.Context) ([]phone.PlateView, error) {
			return []phone.PlateView{
				{Serial: "A-1", URL: publicURL + "/q/KEY", Merchant: "M<1>", Store: "一店", Picture: []byte("\x89PNG")},
				{Serial: "A-2", URL: "https://qr.95516.com/99982900/KEY"},
			}, nil
		},
	}
	if change != nil {
		change(&cfg)
	}
	p, err := phone.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, c
}
