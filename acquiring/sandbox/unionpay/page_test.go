package unionpay_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"juma/acquiring/sandbox"
)

func TestPayPage(t *testing.T) {
	c := newClient(t)
	a := c.order(paidNo, 1234, fields{"orderDesc": "<b>店</b>"})
	read := func(resp *http.Response, err error) (int, string) {
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		page, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(page)
	}
	status, page := read(http.Get(a["payUrl"]))
	if status != 200 || !strings.Contains(page, "¥12.34") || !strings.Contains(page, c.cred["mer_id"]) || !strings.Contains(page, `id="confirm"`) || strings.Contains(page, "<b>") {
		t.Errorf("page %d:\n%s", status, page)
	}
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	press := func(tn, consumer string) *http.Response {
		req, _ := http.NewRequest(http.MethodPost, c.server.URL+"/qrcGtwWeb-web/pay", strings.NewReader(url.Values{"tn": {tn}}.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.AddCookie(&http.Cookie{Name: sandbox.PayerCookie, Value: consumer})
		resp, err := noFollow.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	if resp := press(a["tn"], "bob"); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != c.inbox.server.URL+"/done" {
		t.Errorf("confirmed: %s to %s", resp.Status, resp.Header.Get("Location"))
	}
	if o, ok := c.wallet.Find(a["tn"]); !ok || o.State != "PAID" || o.Payer != "bob" || o.OutTradeNo != paidNo {
		t.Errorf("order %+v", o)
	}
	if resp := press(a["tn"], "bob"); resp.StatusCode != http.StatusConflict {
		t.Errorf("pressed twice: %s", resp.Status)
	}
	if _, page := read(http.Get(a["payUrl"])); strings.Contains(page, `id="confirm"`) {
		t.Error("a paid order still has its button")
	}
	for _, f := range []struct {
		no, want string
		more     fields
	}{
		{"P2026031000000011", "老王面馆 (" + c.cred["mer_id"] + ")", fields{"merAbbr": "老王面馆", "merName": "杭州老王面馆有限公司", "orderDesc": "午餐"}},
		{"P2026031000000012", "杭州老王面馆有限公司 (" + c.cred["mer_id"] + ")", fields{"merName": "杭州老王面馆有限公司"}},
		{"P2026031000000013", `id="merchant">` + c.cred["mer_id"], nil},
	} {
		if _, page := read(http.Get(c.order(f.no, 100, f.more)["payUrl"])); !strings.Contains(page, f.want) || !strings.Contains(page, "沙箱") || !strings.Contains(page, "Sandbox") {
			t.Errorf("page of %s lacks %q:\n%s", f.no, f.want, page)
		}
	}
	if status, _ := read(http.Get(c.server.URL + "/favicon.ico")); status != http.StatusNoContent {
		t.Errorf("favicon: %d", status)
	}
	if resp := press("1", ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("unknown tn: %s", resp.Status)
	}
	if status, _ := read(http.Get(c.server.URL + "/qrcGtwWeb-web/pay?tn=1")); status != http.StatusNotFound {
		t.Errorf("page of an unknown tn: %d", status)
	}
}

func TestPlate(t *testing.T) {
	c := newClient(t)
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(path string) *http.Response {
		resp, err := noFollow.Get(c.server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	if resp := get("/99982900/0123456789ABCDEFGHJKMN"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("before the acquirer is known: %s", resp.Status)
	}
	c.wallet.SetPlateURL("http://127.0.0.1:8080/")
	resp := get("/99982900/0123456789ABCDEFGHJKMN")
	if resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != "http://127.0.0.1:8080/q/0123456789ABCDEFGHJKMN" {
		t.Errorf("%s to %s", resp.Status, resp.Header.Get("Location"))
	}
	if resp := get("/9998290/KEY"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("seven digits: %s", resp.Status)
	}
	if resp := get("/99982900/a%2Fb%3F"); resp.Header.Get("Location") != "http://127.0.0.1:8080/q/a%2Fb%3F" {
		t.Errorf("odd key leads to %s", resp.Header.Get("Location"))
	}
}
