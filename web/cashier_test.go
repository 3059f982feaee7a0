package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/mask"
	"juma/qrcode"
)

func TestPlatesThatCannotBePaidOn(t *testing.T) {
	for _, c := range []struct {
		name, key string
		status    int
		title     string
	}{
		{"unknown", "0000000000000000000000", http.StatusNotFound, "收款码无效"},
		{"typed", "x", http.StatusNotFound, "收款码无效"},
		{"blank", blankKey, http.StatusConflict, "收款码未启用"},
		{"suspended", suspendedKey, http.StatusConflict, "收款码已暂停"},
		{"lost", lostKey, http.StatusConflict, "收款码已挂失"},
		{"replaced", replacedKey, http.StatusGone, "收款码已更换"},
		{"void", voidKey, http.StatusGone, "收款码已作废"},
		{"merchant suspended", closedShop, http.StatusConflict, "商家暂停收款"},
		{"database gone", brokenKey, http.StatusServiceUnavailable, "暂时无法完成"},
	} {
		for _, agent := range []string{wechatUA, safariUA} {
			t.Run(c.name, func(t *testing.T) {
				s := newSite(t)
				b := s.browser(t, agent)
				body := wantStatus(t, b.get("/q/"+c.key), c.status)
				wantContains(t, body, "<h1>"+c.title+"</h1>")
				for _, m := range fakeMerchants {
					if strings.Contains(body, m.ShortName) || strings.Contains(body, mask.Name(m.Name)) {
						t.Error("the page names a merchant")
					}
				}
				if len(b.cookies) != 0 {
					t.Errorf("cookies %v, want none", b.cookies)
				}
				b.postJSON("/q/"+c.key+"/pay", `{"amount":"1","request_id":"0123456789abcdef"}`)
				wantCalls(t, s.back, "pay")
				wantCalls(t, s.back, "identify")
			})
		}
	}
}

func TestOtherBrowsersAreToldWhatToUse(t *testing.T) {
	for _, agent := range []string{safariUA, "", "Mozilla/5.0 wxwork/4.1 MicroMessenger/7.0.1"} {
		s := newSite(t)
		body := wantStatus(t, s.browser(t, agent).get("/q/"+goodKey), http.StatusOK)
		wantContains(t, body, "微信", "支付宝", "云闪付", "企业微信")
		if strings.Contains(body, "老王") {
			t.Error("the page names the merchant")
		}
	}
}

func TestScanAuthoriseAndPay(t *testing.T) {
	for _, c := range []struct {
		agent, kind string
		wallet      channel.Wallet
	}{
		{wechatUA, "wechat", channel.WeChatWallet}, {alipayUA, "alipay", channel.AlipayWallet}, {unionpayUA, "redirect", channel.UnionPayWallet},
	} {
		t.Run(string(c.wallet), func(t *testing.T) {
			s := newSite(t)
			b := s.browser(t, c.agent)
			b.scan(goodKey, "alice")
			body := wantStatus(t, b.get("/q/"+goodKey), http.StatusOK)
			wantContains(t, body, "老王面馆（西湖店）", "杭州****有限公司", `data-pay="/q/`+goodKey+`/pay"`, `class="tag `+string(c.wallet)+`"`)
			if strings.Contains(body, "西湖区老王面馆有限公司") {
				t.Error("the legal name is not masked")
			}
			answer := wantStatus(t, b.postJSON("/q/"+goodKey+"/pay", `{"amount":"12.30","request_id":"0123456789abcdef"}`), http.StatusOK)
			var got payAnswer
			if err := json.Unmarshal([]byte(answer), &got); err != nil {
				t.Fatal(err)
			}
			if got.Bridge.Kind != c.kind || got.ResultToken != "TOKEN-01234567" || got.OrderNo == "" {
				t.Errorf("answer %+v, want bridge %s and the payment's token", got, c.kind)
			}
			if c.kind == "redirect" && !strings.Contains(got.Bridge.URL, url.QueryEscape("https://pay.test/r/TOKEN-01234567")) {
				t.Errorf("redirect %q does not come back to the result page", got.Bridge.URL)
			}
			wantCalls(t, s.back, "pay", fmt.Sprintf("pay %s payer-alice 12.30 0123456789abcdef", c.wallet))
			wantCalls(t, s.back, "identify", "identify "+string(c.wallet))
		})
	}
}

// TestATapIsAScanThatSaysSo: the tag opens the page of the code, before and after
// the wallet's authorisation, and the payment says which of the two it was.
func TestATapIsAScanThatSaysSo(t *testing.T) {
	for query, entry := range map[string]acquiring.Entry{"": acquiring.ByScan, "?t=n": acquiring.ByTap, "?x=1&t=n": acquiring.ByTap, "?t=x": acquiring.ByScan} {
		s := newSite(t)
		b := s.browser(t, wechatUA)
		to, err := url.Parse(b.get("/q/" + goodKey + query).Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		back := b.get("/q/" + goodKey + "/auth?code=alice&state=" + to.Query().Get("state")).Header.Get("Location")
		body := wantStatus(t, b.get(back), http.StatusOK)
		mark := entryQuery(entry)
		wantContains(t, body, "老王面馆（西湖店）", `data-pay="/q/`+goodKey+`/pay`+mark+`"`)
		wantStatus(t, b.postJSON("/q/"+goodKey+"/pay"+mark, `{"amount":"12.30","request_id":"0123456789abcdef"}`), http.StatusOK)
		if got := s.back.payments[0].Entry; got != entry {
			t.Errorf("%q: the payment says %s, want %s", query, got, entry)
		}
	}
}

// TestScannedText: the text of a code leads to its plate, whatever its grammar;
// what is no code of a plate is a guess, and guesses are counted.
func TestScannedText(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA)
	key := id.NewPlateKey(id.Seeded(1, "scan"))
	emv, err := qrcode.Payload{Grammar: qrcode.EMV, Key: key, Issuer: qrcode.DefaultIssuer}.Print()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{emv, "https://q.example.com/q/" + key, "https://qr.95516.com/99982900/" + key} {
		res := b.get("/scan?code=" + url.QueryEscape(code))
		wantStatus(t, res, http.StatusFound)
		if to := res.Header.Get("Location"); to != "/q/"+key {
			t.Errorf("%s leads to %s", code, to)
		}
	}
	for range 20 {
		wantStatus(t, b.get("/scan?code=https://evil.example.com/"), http.StatusNotFound)
	}
	res := b.get("/scan?code=" + url.QueryEscape(emv))
	wantStatus(t, res, http.StatusTooManyRequests)
	if res.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestAuthorisationState(t *testing.T) {
	start := func(t *testing.T) (*site, *browser, string) {
		s := newSite(t)
		b := s.browser(t, wechatUA)
		to, err := url.Parse(b.get("/q/" + goodKey).Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		if got := to.Query().Get("redirect_uri"); got != "https://pay.test/q/"+goodKey+"/auth" {
			t.Fatalf("redirect_uri %q, want the fixed return page", got)
		}
		return s, b, to.Query().Get("state")
	}
	refused := func(t *testing.T, s *site, res *http.Response) {
		t.Helper()
		wantContains(t, wantStatus(t, res, http.StatusBadRequest), "请重新扫码")
		wantCalls(t, s.back, "identify")
		for _, c := range res.Cookies() {
			if strings.HasPrefix(c.Name, "juma_payer") {
				t.Error("a payer session was opened")
			}
		}
	}
	t.Run("invented", func(t *testing.T) {
		s, b, _ := start(t)
		refused(t, s, b.get("/q/"+goodKey+"/auth?code=x&state=invented"))
	})
	t.Run("missing", func(t *testing.T) {
		s, b, _ := start(t)
		refused(t, s, b.get("/q/"+goodKey+"/auth?code=x"))
	})
	t.Run("of another plate", func(t *testing.T) {
		s, b, state := start(t)
		for _, c := range b.cookies {
			c.Path = "/"
		}
		refused(t, s, b.get("/q/"+otherKey+"/auth?code=x&state="+state))
	})
	t.Run("of another wallet", func(t *testing.T) {
		s, b, state := start(t)
		b.agent = alipayUA
		refused(t, s, b.get("/q/"+goodKey+"/auth?code=x&state="+state))
	})
	t.Run("of another browser", func(t *testing.T) {
		s, _, state := start(t)
		refused(t, s, s.browser(t, wechatUA).get("/q/"+goodKey+"/auth?code=x&state="+state))
	})
	t.Run("too old", func(t *testing.T) {
		s, b, state := start(t)
		s.clock.AdvanceTo(noon.Add(authLifetime))
		refused(t, s, b.get("/q/"+goodKey+"/auth?code=x&state="+state))
	})
	t.Run("used twice", func(t *testing.T) {
		s, b, state := start(t)
		cookies := b.cookies["juma_auth_wechat /q/"+goodKey]
		if res := b.get("/q/" + goodKey + "/auth?code=x&state=" + state); res.StatusCode != http.StatusFound {
			t.Fatalf("first use: status %d", res.StatusCode)
		}
		s.back.calls = nil
		thief := s.browser(t, wechatUA)
		thief.cookies["stolen"] = cookies
		refused(t, s, thief.get("/q/"+goodKey+"/auth?code=x&state="+state))
		// The customer who presses "back" has a session and is not bothered.
		if res := b.get("/q/" + goodKey + "/auth?code=x&state=" + state); res.StatusCode != http.StatusFound {
			t.Errorf("back button: status %d, want 302 to the plate", res.StatusCode)
		}
	})
	t.Run("wallet says no", func(t *testing.T) {
		s, b, state := start(t)
		s.back.identify = func(acquiring.IdentifyInput) (channel.Payer, error) {
			return channel.Payer{}, fault.New("fake", fault.Refused, "invalid code")
		}
		res := b.get("/q/" + goodKey + "/auth?code=x&state=" + state)
		wantStatus(t, res, http.StatusUnprocessableEntity)
	})
}

func TestPayerSession(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, wechatUA)
	b.scan(goodKey, "alice")
	cookie := b.cookies["juma_payer_wechat /q/"+goodKey]
	if cookie == nil || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/q/"+goodKey {
		t.Fatalf("payer cookie %+v, want HttpOnly, Secure, Lax and the plate's path", cookie)
	}
	if strings.Contains(cookie.Value, "alice") {
		t.Error("the cookie shows who pays")
	}
	for _, c := range []struct {
		name   string
		change func(b *browser)
		key    string
	}{
		{"another wallet", func(b *browser) { b.agent = alipayUA }, goodKey},
		{"another plate", func(*browser) {}, otherKey},
		{"altered", func(b *browser) { flipped(b.cookies["x"]) }, goodKey},
		{"no cookie", func(b *browser) { delete(b.cookies, "x") }, goodKey},
		{"other wallet's name", func(b *browser) { b.agent, b.cookies["x"].Name = alipayUA, "juma_payer_alipay" }, goodKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			copied := *cookie
			copied.Path = "/"
			thief := s.browser(t, wechatUA)
			thief.cookies["x"] = &copied
			c.change(thief)
			res := thief.postJSON("/q/"+c.key+"/pay", `{"amount":"1","request_id":"0123456789abcdef"}`)
			wantContains(t, wantStatus(t, res, http.StatusUnauthorized), `"code":"session"`)
			wantCalls(t, s.back, "pay")
		})
	}
	t.Run("expired", func(t *testing.T) {
		s.clock.AdvanceTo(noon.Add(payerLifetime + time.Second))
		if res := b.get("/q/" + goodKey); res.StatusCode != http.StatusFound {
			t.Errorf("status %d, want the wallet to be asked again", res.StatusCode)
		}
	})
}

func flipped(c *http.Cookie) {
	b := []byte(c.Value)
	if b[20] == 'A' {
		b[20] = 'B'
	} else {
		b[20] = 'A'
	}
	c.Value = string(b)
}

func TestMemoryStatesAreBounded(t *testing.T) {
	s := newSite(t)
	states := NewAuthStates(s.clock).(*memoryStates)
	states.newest = 10
	for i := range 100 {
		states.Put(fmt.Sprint(i), AuthState{Expires: noon.Add(authLifetime)})
	}
	if len(states.byID) > 10 || len(states.queue) > 10 {
		t.Errorf("%d states and a queue of %d, want at most 10", len(states.byID), len(states.queue))
	}
	if _, ok := states.Take("99"); !ok {
		t.Error("the newest state was forgotten")
	}
	if _, ok := states.Take("0"); ok {
		t.Error("the oldest state is still there")
	}
	s.clock.AdvanceTo(noon.Add(authLifetime))
	states.Put("later", AuthState{Expires: noon.Add(2 * authLifetime)})
	if len(states.byID) != 1 {
		t.Errorf("%d states after all but one expired", len(states.byID))
	}
}
