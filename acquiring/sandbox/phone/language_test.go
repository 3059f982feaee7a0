package phone_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"juma/acquiring/sandbox/phone"
)

// The language chosen on the phone is what its wallets ask pages for.
func TestLanguageTravels(t *testing.T) {
	p, _ := startPhone(t, nil)
	b, base := browser(t), p.WalletURL("unionpay")
	for _, c := range []struct{ query, want string }{{"&lang=en", "en"}, {"", "en"}, {"&lang=zh-CN", "zh-CN"}, {"&lang=%3Cb%3E", "zh-CN"}} {
		if _, page := get(t, b, base+"/__phone/open?to=/q/KEY&payer=ann"+c.query); !strings.Contains(page, `<p id="lang">`+c.want+`</p>`) {
			t.Errorf("cashier, %q: want %s in\n%s", c.query, c.want, page)
		}
	}
	get(t, b, base+"/__phone/open?to=/q/KEY&payer=ann&lang=en")
	answer := scan(t, b, p, "unionpay")
	address := answer[strings.Index(answer, `"url":"`)+7:]
	if _, page := get(t, b, address[:strings.IndexByte(address, '"')]); !strings.Contains(page, `<p id="lang">en</p>`) {
		t.Errorf("wallet's page:\n%s", page)
	}
	other := browser(t) // who chose none is asked for as it asks
	if _, page := get(t, other, base+"/__phone/open?to=/q/KEY"); !strings.Contains(page, `<p id="lang"></p>`) {
		t.Errorf("no choice:\n%s", page)
	}
	if _, page := get(t, b, p.URL()+"/?lang=en"); !strings.Contains(page, "open?lang=en&amp;payer=consumer-1") {
		t.Errorf("the links do not carry the language:\n%s", page)
	}
}

func TestNoIconIsNoError(t *testing.T) {
	p, c := startPhone(t, nil)
	b := browser(t)
	for _, base := range []string{p.URL(), p.WalletURL("wechat"), p.WalletURL("unionpay")} {
		if resp, body := get(t, b, base+"/favicon.ico"); resp.StatusCode != http.StatusNoContent || body != "" {
			t.Errorf("%s: %d %s", base, resp.StatusCode, body)
		}
	}
	if n := c.pages.Load(); n != 0 {
		t.Errorf("the cashier was asked %d times", n)
	}
}

// Plates that cannot be paid with say so, in both languages, and open all the
// same.
func TestPlatesThatCannotBePaid(t *testing.T) {
	p, _ := startPhone(t, func(cfg *phone.Config) {
		cfg.Plates = func(context.Context) ([]phone.PlateView, error) {
			return []phone.PlateView{
				{Serial: "1", URL: publicURL + "/q/K1", Merchant: "M", Store: "S"},
				{Serial: "2", URL: publicURL + "/q/K2", Merchant: "M", Store: "S", State: phone.Suspended},
				{Serial: "3", URL: publicURL + "/q/K3", State: phone.Blank},
				{Serial: "4", URL: publicURL + "/q/K4", State: phone.Invented},
			}, nil
		}
	})
	for query, notes := range map[string][]string{
		"/":         {"已停用的码牌", "空白码牌", "虚构的码牌", "to=%2Fq%2FK4"},
		"/?lang=en": {"A suspended plate", "A blank plate", "An invented plate", "to=%2Fq%2FK2"},
	} {
		_, page := get(t, browser(t), p.URL()+query)
		for _, note := range notes {
			if !strings.Contains(page, note) {
				t.Errorf("%s: want %q", query, note)
			}
		}
		if n := strings.Count(page, `class="note"`); n != 3 {
			t.Errorf("%s: %d notes, want 3", query, n)
		}
	}
}
