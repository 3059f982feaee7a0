package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"juma/acquiring/channel"
)

// scanForm sends the form of the page, as a clerk.
func (s *site) scanForm(change url.Values) *http.Response {
	form := url.Values{"csrf": {s.sealer.formToken("clerk-a")}, "amount": {"18.80"}, "store": {fieldStoreA}, "code": {goodCode}, "request_id": {"0123456789abcdef0123456789abcdef"}}
	for name, values := range change {
		form[name] = values
	}
	return s.browser(s.t, safariUA).as("clerk-a").postForm(scanPath, form)
}

// TestScanACustomer: the amount first, then the code, then how it stands; without
// any script.
func TestScanACustomer(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("clerk-a")
	first := wantStatus(t, b.get(scanPath), http.StatusOK)
	if containsText(first, `name="code"`) || !containsText(first, `name="amount"`) {
		t.Error("the page does not ask for the amount first")
	}
	second := wantStatus(t, b.get(scanPath+"?amount=18.80"), http.StatusOK)
	wantContains(t, second, `name="code"`, "¥18.80", "autofocus", `inputmode="numeric"`, `name="request_id"`)
	wantContains(t, wantStatus(t, b.get(scanPath+"?amount=1.234"), http.StatusOK), "最多两位小数")

	res := s.scanForm(url.Values{"code": {" 1345 6789-0123456789\n"}}) // as people type it
	if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != scanPath+"/"+codePassword {
		t.Fatalf("status %d to %s", res.StatusCode, to)
	}
	wantCalls(t, s.back, "pay by code", "pay by code "+merchantA+" "+fieldStoreA+" 18.80 clerk-a")
}

// TestScannedPage: each state has its words; the ones that are not decided load
// themselves anew, and the code of a foreign payment is nobody's.
func TestScannedPage(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("clerk-a")
	for no, c := range map[string]struct {
		text    string
		refresh bool
	}{
		codeAsking: {"正在收款", true}, codePassword: {"请顾客输入密码", true}, codePaid: {"收款成功", false},
		codeRefused: {"付款码已过期或已使用", false}, codeUndoing: {"请勿交付商品", true}, codeUndone: {"已撤销", false},
	} {
		res := b.get(scanPath + "/" + no)
		refresh := res.Header.Get("Refresh") != ""
		wantContains(t, wantStatus(t, res, http.StatusOK), c.text, "¥18.80")
		if refresh != c.refresh {
			t.Errorf("%s: refreshes %v, want %v", c.text, refresh, c.refresh)
		}
	}
	english := s.browser(t, safariUA).as("clerk-a")
	english.header.Set("Accept-Language", "en")
	wantContains(t, wantStatus(t, english.get(scanPath+"/"+codeRefused), http.StatusOK), "Not paid", "refresh it, and scan again")
	if res := b.get(scanPath + "/" + refundable); res.Header.Get("Location") != "/merchant/payments/"+refundable {
		t.Errorf("a plate's payment: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	wantStatus(t, s.browser(t, safariUA).as("owner-b").get(scanPath+"/"+codePaid), http.StatusNotFound)
}

// TestScanRefusals: what is wrong stands by the field, nothing typed but the code is
// lost, and the code is never shown again.
func TestScanRefusals(t *testing.T) {
	for code, c := range map[string]struct {
		status int
		text   string
	}{
		foreignCode:  {http.StatusBadRequest, "不是微信、支付宝或云闪付的付款码"},
		limitedCode:  {http.StatusUnprocessableEntity, "今日收款已达上限"},
		conflictCode: {http.StatusConflict, "刚才的收款已提交过"},
	} {
		s := newSite(t)
		body := wantStatus(t, s.scanForm(url.Values{"code": {code}}), c.status)
		wantContains(t, body, c.text, "¥18.80", `name="code"`)
		if containsText(body, code) || strings.Contains(s.log.String(), code) {
			t.Errorf("%s: the code is shown or logged", c.text)
		}
		if same := containsText(body, "0123456789abcdef0123456789abcdef"); same == (code == conflictCode) {
			t.Errorf("%s: the request id is kept %v", c.text, same)
		}
	}
	s := newSite(t)
	wantContains(t, wantStatus(t, s.scanForm(url.Values{"amount": {"0"}}), http.StatusBadRequest), "大于 0")
	wantStatus(t, s.scanForm(url.Values{"request_id": {"short"}}), http.StatusBadRequest)
	wantCalls(t, s.back, "pay by code")
	if res := s.scanForm(url.Values{"code": {refusedCode}}); res.Header.Get("Location") != scanPath+"/"+codeRefused {
		t.Errorf("refused by the wallet: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
}

// TestEveryReasonHasWords: a reason without a sentence would be told as a key.
func TestEveryReasonHasWords(t *testing.T) {
	for _, r := range []channel.Reason{channel.ShortOfFunds, channel.CodeExpired, channel.OverLimit, channel.StaticLimit, channel.BlockedPayer, channel.NoCredit, channel.NotPossible, channel.GivenUp, channel.NotSent} {
		if catalogue["scan.why."+string(r)] == [2]string{} {
			t.Errorf("reason %q has no words", r)
		}
	}
}
