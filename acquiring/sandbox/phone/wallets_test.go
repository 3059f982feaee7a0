package phone_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/alipay"
	"juma/acquiring/sandbox/phone"
	"juma/acquiring/sandbox/unionpay"
	"juma/acquiring/sandbox/wechat"
	"juma/internal/clock"
)

// TestRealSandboxes goes through the silent authorisation of the three real
// sandboxes, by the addresses that their documents give.
func TestRealSandboxes(t *testing.T) {
	core := sandbox.NewCore(clock.NewSim(noon, 1), nil)
	t.Cleanup(core.Notices.Close)
	w, errW := wechat.New(core)
	a, errA := alipay.New(core)
	u, errU := unionpay.New(core)
	if errW != nil || errA != nil || errU != nil {
		t.Fatal(errW, errA, errU)
	}
	back := url.QueryEscape(publicURL + "/q/KEY/auth")
	pages := map[string]string{}
	for wallet, format := range map[sandbox.Wallet]string{
		w: "/connect/oauth2/authorize?appid=APPID&redirect_uri=BACK&response_type=code&scope=snsapi_base&state=S1&connect_redirect=1#wechat_redirect",
		a: "/oauth2/publicAppAuthorize.htm?app_id=APPID&scope=auth_base&redirect_uri=BACK&state=S1",
		u: "/qrcGtwWeb-web/api/userAuth?version=1.0.0&redirectUrl=" + back + url.QueryEscape("?state=S1"),
	} {
		base := "http://" + wallet.Name() + ".sandbox"
		wallet.SetBaseURL(base)
		appID, _ := wallet.Credentials()["sp_appid"].(string)
		if appID == "" {
			appID, _ = wallet.Credentials()["app_id"].(string)
		}
		pages[wallet.Name()] = base + strings.NewReplacer("APPID", appID, "BACK", back).Replace(format)
	}
	// A cashier that sends everybody to the wallet and shows what comes back.
	cashier := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/auth") {
			_, _ = rw.Write([]byte(r.URL.RawQuery))
			return
		}
		for marker, name := range markers {
			if strings.Contains(r.UserAgent(), marker) {
				http.Redirect(rw, r, pages[name], http.StatusFound)
			}
		}
	}))
	t.Cleanup(cashier.Close)
	p, _ := startPhone(t, func(c *phone.Config) { c.CashierURL, c.Wallets = cashier.URL, []sandbox.Wallet{w, a, u} })
	for name, codes := range map[string][]string{"wechat": {"code"}, "alipay": {"auth_code", "app_id"}, "unionpay": {"userAuthCode", "respCode"}} {
		resp, query := get(t, browser(t), p.WalletURL(name)+"/__phone/open?to=/q/KEY&payer=ann")
		q, err := url.ParseQuery(query)
		if resp.StatusCode != http.StatusOK || err != nil || q.Get("state") != "S1" {
			t.Errorf("%s: %d %s", name, resp.StatusCode, query)
		}
		for _, code := range codes {
			if q.Get(code) == "" {
				t.Errorf("%s: came back with %s, want %s in it", name, query, code)
			}
		}
	}
}
