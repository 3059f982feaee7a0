package phone_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/phone"
	"juma/internal/clock"
)

// browser is one browser for all wallets, so that their cookies could mix.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &http.Client{Jar: jar, Transport: &http.Transport{}}
	t.Cleanup(b.CloseIdleConnections)
	return b
}

func read(t *testing.T, resp *http.Response, err error) (*http.Response, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func get(t *testing.T, b *http.Client, address string) (*http.Response, string) {
	t.Helper()
	resp, err := b.Get(address)
	return read(t, resp, err)
}

func post(t *testing.T, b *http.Client, address, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := b.Do(req)
	return read(t, resp, err)
}

// TestScan opens a plate in each wallet, one after the other in one browser,
// each as another payer: the page must know whom it sees.
func TestScan(t *testing.T) {
	p, _ := startPhone(t, nil)
	b := browser(t)
	for _, name := range []string{"wechat", "alipay", "unionpay"} {
		base := p.WalletURL(name)
		resp, page := get(t, b, base+"/__phone/open?to=%2Fq%2FKEY&payer="+name+"-payer")
		if resp.StatusCode != http.StatusOK || resp.Request.URL.String() != base+"/q/KEY" {
			t.Fatalf("%s: %d at %s: %s", name, resp.StatusCode, resp.Request.URL, page)
		}
		if want := `<p id="payer">` + name + `-payer</p>`; !strings.Contains(page, want) {
			t.Errorf("%s: want %s in\n%s", name, want, page)
		}
		bridge := `<HEAD lang="zh"><script src="/__phone/bridge.js"></script>`
		if got, want := strings.Contains(page, bridge), name != "unionpay"; got != want {
			t.Errorf("%s: bridge injected %v, want %v:\n%s", name, got, want, page)
		}
		if resp.ContentLength != int64(len(page)) {
			t.Errorf("%s: length %d for %d bytes", name, resp.ContentLength, len(page))
		}
		if got := resp.Header.Get("Content-Security-Policy"); got != "default-src 'self'" {
			t.Errorf("%s: policy %q: want only the rule about frames taken back", name, got)
		}
		if resp.Header.Get("X-Frame-Options") != "" {
			t.Errorf("%s: the page refuses the phone's frame", name)
		}
	}
	// All three again: no session was lost to another's.
	for _, name := range []string{"wechat", "alipay", "unionpay"} {
		if _, page := get(t, b, p.WalletURL(name)+"/q/KEY"); !strings.Contains(page, name+"-payer") {
			t.Errorf("%s forgot its payer:\n%s", name, page)
		}
	}
}

// scan brings a wallet's browser to the cashier page and places an order.
func scan(t *testing.T, b *http.Client, p *phone.Phone, wallet string) string {
	t.Helper()
	base := p.WalletURL(wallet)
	get(t, b, base+"/__phone/open?to=/q/KEY&payer=ann")
	resp, answer := post(t, b, base+"/q/KEY/pay", "{}", "Origin", base, "Sec-Fetch-Site", "same-origin", "Referer", base+"/q/KEY")
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: pay: %d %s", wallet, resp.StatusCode, answer)
	}
	return answer
}

func TestSheet(t *testing.T) {
	for name, code := range map[string]struct{ ok, fail string }{
		"wechat": {"get_brand_wcpay_request:ok", "get_brand_wcpay_request:fail"},
		"alipay": {"9000", "4000"},
	} {
		t.Run(name, func(t *testing.T) {
			p, c := startPhone(t, nil)
			b, base := browser(t), p.WalletURL(name)
			scan(t, b, p, name)
			_, order := get(t, b, base+"/__phone/order?token=TOKEN")
			for _, want := range []string{`"amount":"¥1,234.50"`, `"merchant":"M1"`, `"payer":"ann"`} {
				if !strings.Contains(order, want) {
					t.Errorf("sheet %s: want %s", order, want)
				}
			}
			for _, tt := range []struct {
				what, body, site string
				status           int
				want             string
			}{
				{"nothing", ``, "", 400, code.fail},
				{"no token", `{}`, "", 404, code.fail},
				{"unknown token", `{"token":"OTHER"}`, "", 404, code.fail},
				{"another page", `{"token":"TOKEN"}`, "same-site", 403, code.fail},
				{"pay", `{"token":"TOKEN"}`, "same-origin", 200, code.ok},
				{"pay again", `{"token":"TOKEN"}`, "same-origin", 409, code.fail},
			} {
				resp, body := post(t, b, base+"/__phone/confirm", tt.body, "Sec-Fetch-Site", tt.site)
				if resp.StatusCode != tt.status || !strings.Contains(body, `"result":"`+tt.want+`"`) {
					t.Errorf("%s: %d %swant %d %s", tt.what, resp.StatusCode, body, tt.status, tt.want)
				}
			}
			if got := c.wallet[name].Orders()[0].State; got != "PAID" {
				t.Errorf("order is %s", got)
			}
			if resp, _ := get(t, b, base+"/__phone/order?token="); resp.StatusCode != http.StatusNotFound {
				t.Errorf("an empty token finds an order")
			}
		})
	}
}

// TestRedirectingWallet pays on the wallet's own page and must come back to the
// result page inside the wallet.
func TestRedirectingWallet(t *testing.T) {
	p, _ := startPhone(t, nil)
	b, base := browser(t), p.WalletURL("unionpay")
	answer := scan(t, b, p, "unionpay")
	_, address, _ := strings.Cut(answer, `"url":"`)
	address, _, _ = strings.Cut(address, `"`)
	if !strings.HasPrefix(address, "http://127.0.0.1:") {
		t.Fatalf("the page is sent out of the phone: %s", answer)
	}
	_, page := get(t, b, address)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	action := "http://" + u.Host + "/pay?tn=TOKEN"
	if !strings.Contains(page, `action="`+action+`"`) {
		t.Fatalf("the payment page leads out of the phone:\n%s", page)
	}
	resp, result := post(t, b, action, "")
	if got := resp.Request.URL.String(); got != base+"/r/TOKEN" || !strings.Contains(result, "unionpay PAID") {
		t.Fatalf("came back to %s:\n%s", got, result)
	}
	if !strings.Contains(result, `href="`+base+`/q/KEY"`) {
		t.Errorf("the result page leads out of the phone:\n%s", result)
	}
	if resp, _ := get(t, b, "http://"+u.Host+"/cut"); resp.StatusCode != http.StatusBadGateway {
		t.Errorf("a wallet that cuts the connection: status %d, want 502", resp.StatusCode)
	}
}

func TestOpenRefusesOtherPaths(t *testing.T) {
	p, _ := startPhone(t, nil)
	for _, to := range []string{"", "https://evil.example/q/", "/console", "//evil.example/q/"} {
		resp, _ := get(t, browser(t), p.WalletURL("wechat")+"/__phone/open?to="+url.QueryEscape(to))
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("open %q: status %d, want 400", to, resp.StatusCode)
		}
	}
}

func TestOtherPhonePathsDoNotReachTheCashier(t *testing.T) {
	p, _ := startPhone(t, nil)
	if resp, _ := get(t, browser(t), p.WalletURL("wechat")+"/__phone/nothing"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("status %d, want 404", resp.StatusCode)
	}
}

func TestCashierDown(t *testing.T) {
	p, _ := startPhone(t, func(c *phone.Config) { c.CashierURL, c.PublicURL = "http://127.0.0.1:1", "" })
	resp, body := get(t, browser(t), p.WalletURL("alipay")+"/q/KEY")
	if resp.StatusCode != http.StatusBadGateway || !strings.Contains(body, "http://127.0.0.1:1 does not answer") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestPage(t *testing.T) {
	p, _ := startPhone(t, nil)
	b := browser(t)
	tests := []struct {
		name, path string
		want       []string
		not        string
	}{
		{"Chinese first", "/", []string{`<html lang="zh-CN">`, "微信支付", "支付宝", "云闪付", "一店", "M&lt;1&gt;", "未绑定", "2026-03-10 12:00", p.WalletURL("wechat") + "/__phone/open?lang=zh-CN&amp;payer=consumer-1&amp;to=%2Fq%2FKEY"}, "WeChat"},
		{"English", "/?lang=en", []string{`<html lang="en">`, "WeChat Pay", "Not bound"}, "微信"},
		{"found", "/?q=a-1", []string{"A-1", "一店"}, "A-2"},
		{"not found", "/?q=zzz&lang=en", []string{"No plate fits"}, "A-1"},
		{"payer", "/?payer=bob", []string{"payer=bob&amp;to="}, "consumer-1"},
		{"payer refused", "/?payer=%3Cscript%3E", []string{"payer=consumer-1"}, "<script>"},
		{"page out of range", "/?page=9", []string{"A-1"}, `rel="next"`},
		{"hint", "/hint?lang=en", []string{"Choose a wallet"}, "手机"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, body := get(t, b, p.URL()+tt.path)
			for _, want := range tt.want {
				if !strings.Contains(body, want) {
					t.Errorf("%d: want %q in\n%s", resp.StatusCode, want, body)
				}
			}
			if strings.Contains(body, tt.not) {
				t.Errorf("%q should not be in\n%s", tt.not, body)
			}
		})
	}
	if resp, body := get(t, b, p.URL()+"/picture/A-1"); resp.Header.Get("Content-Type") != "image/png" || body != "\x89PNG" {
		t.Errorf("picture: %s %q", resp.Header.Get("Content-Type"), body)
	}
	for _, path := range []string{"/phone.css", "/phone.js"} {
		if resp, body := get(t, b, p.URL()+path); resp.StatusCode != http.StatusOK || strings.Contains(body, "http") {
			t.Errorf("%s: %d, or it loads something from elsewhere", path, resp.StatusCode)
		}
	}
	for _, path := range []string{"/picture/A-2", "/picture/none", "/other"} {
		if resp, _ := get(t, b, p.URL()+path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, resp.StatusCode)
		}
	}
}

func TestManyPlatesTakeSeveralPages(t *testing.T) {
	p, _ := startPhone(t, func(c *phone.Config) {
		c.Plates = func(context.Context) ([]phone.PlateView, error) {
			var all []phone.PlateView
			for i := range 50 {
				all = append(all, phone.PlateView{Serial: fmt.Sprintf("S-%02d", i), URL: publicURL + "/q/KEY"})
			}
			return all, nil
		}
	})
	seen := 0
	for page := range 3 {
		_, body := get(t, browser(t), fmt.Sprintf("%s/?page=%d", p.URL(), page))
		seen += strings.Count(body, `<li class="plate">`)
	}
	if seen != 50 {
		t.Errorf("%d plates on three pages, want 50", seen)
	}
}

func TestPlatesThatCannotBeListed(t *testing.T) {
	p, _ := startPhone(t, func(c *phone.Config) {
		c.Plates = func(context.Context) ([]phone.PlateView, error) { return nil, errors.New("database is away") }
	})
	if resp, body := get(t, browser(t), p.URL()); resp.StatusCode != http.StatusInternalServerError || !strings.Contains(body, "database is away") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestConfigProblemsAreReportedTogether(t *testing.T) {
	_, err := phone.New(phone.Config{CashierURL: "cashier", PublicURL: "https://x.example/path", Wallets: []sandbox.Wallet{&fakeWallet{name: "paypal"}}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`CashierURL "cashier"`, `PublicURL "https://x.example/path"`, "Plates is missing", "Clock is missing", `wallet "paypal"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in: %v", want, err)
		}
	}
}

func TestPortInUse(t *testing.T) {
	p, _ := startPhone(t, nil)
	u, _ := url.Parse(p.URL())
	var port int
	if _, err := fmt.Sscan(u.Port(), &port); err != nil {
		t.Fatal(err)
	}
	other, err := phone.New(phone.Config{
		CashierURL: "http://127.0.0.1:1", Clock: clock.Real{}, Port: port,
		Plates: func(context.Context) ([]phone.PlateView, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(t.Context()); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d for the phone is in use", port)) {
		t.Errorf("error %v", err)
	}
	other.Close()
}

func TestEntryPath(t *testing.T) {
	for plate, want := range map[string]string{
		"https://pay.juma.example/q/ABC":    "/q/ABC",
		"http://127.0.0.1:8080/q/ABC":       "/q/ABC",
		"https://qr.95516.com/99982900/ABC": "/q/ABC",
		"https://qr.95516.com/ABC":          "",
		"https://pay.juma.example/x/ABC":    "",
		"https://pay.juma.example/q/":       "",
		"https://pay.juma.example/q/A/B":    "",
		"wxp://f2f0ABC":                     "",
		"":                                  "",
	} {
		got, err := phone.EntryPath(plate)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("EntryPath(%q) = %q, %v; want %q", plate, got, err, want)
		}
	}
}
