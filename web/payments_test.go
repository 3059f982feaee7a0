package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"juma/acquiring"
	"juma/internal/id"
)

// desked sends a form to the pages of payments as an operator.
func (s *site) desked(path string, form url.Values) *http.Response {
	return probe{route: "POST " + path, form: form}.send(s, "operator")
}

// TestPaymentIsFoundByAnyNumber: an exact number leads to the payment, by the page's
// own search and by the console's.
func TestPaymentIsFoundByAnyNumber(t *testing.T) {
	s := newSite(t)
	for what, typed := range map[string]string{
		"order": strings.ToLower(settledOrder), "RRN": "606812345678", "channel": "4200001234202603091234567890", "trace": "00000001 000001", "refund": settledRefund, "refund's RRN": "706900000000", "refund's channel": "5030001234", "payer": settledPayer,
	} {
		if to := s.desked(paymentsPath+"/find", url.Values{"q": {typed}}).Header.Get("Location"); to != settledAt {
			t.Errorf("%s: led to %q, want the payment", what, to)
		}
	}
	for typed, want := range map[string]string{merchantA: paymentsPath + "?merchant=" + merchantA, usedSerial: paymentsPath + "?plate=" + usedSerial, s.yard.open().all[0].Key: paymentsPath + "?plate=" + usedSerial} {
		if to := s.desked(paymentsPath+"/find", url.Values{"q": {typed}}).Header.Get("Location"); to != want {
			t.Errorf("%q: led to %q, want %q", typed, to, want)
		}
	}
	for typed, want := range map[string]string{"606812345678": settledAt, settledOrder: settledAt, settledRefund: paymentsPath + "/" + settledRefund} {
		if to := s.desked(searchPath, url.Values{"q": {typed}}).Header.Get("Location"); to != want {
			t.Errorf("console's search for %q: led to %q, want %q", typed, to, want)
		}
	}
	if to := s.browser(t, safariUA).as("operator").get(paymentsPath + "/" + settledRefund).Header.Get("Location"); to != settledAt+"#refunds" {
		t.Errorf("a refund's number leads to %q", to)
	}
	many := wantStatus(t, s.desked(paymentsPath+"/find", url.Values{"q": {"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}), http.StatusOK)
	if n := strings.Count(many, `href="`+paymentsPath+"/P"); n != 32 {
		t.Errorf("%d payments of a payer, want 32", n)
	}
	if strings.Contains(many, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o") {
		t.Error("who paid is shown whole")
	}
	wantStatus(t, s.desked(paymentsPath+"/find", url.Values{"q": {"nothing"}}), http.StatusUnprocessableEntity)
	if body := bodyOf(t, s.browser(t, safariUA).as("operator").get(searchPath+"?q="+settledPayer)); strings.Contains(body, settledOrder) {
		t.Error("an address that names who paid is answered")
	}
}

func TestPaymentsAreFiltered(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("audit")
	for query, want := range map[string]int{
		"?merchant=" + merchantA + "&rows=50": 32, "?merchant=" + merchantB: 0, "?merchant=" + merchantA + "&state=unknown": 1, "?day=2026-03-09&least=123.45&most=123.45": 1,
		"?day=2026-03-08&channel=alipay": 1, "?day=2026-03-08&channel=wechat": 0, "?plate=" + usedSerial + "&wallet=wechat&rows=50": 12,
	} {
		if n := strings.Count(wantStatus(t, b.get(paymentsPath+query), http.StatusOK), `href="`+paymentsPath+"/P"); n != want {
			t.Errorf("%s: %d payments, want %d", query, n, want)
		}
	}
	for _, query := range []string{"?day=x", "?least=x", "?plate=none"} {
		wantStatus(t, b.get(paymentsPath+query), http.StatusUnprocessableEntity)
	}
}

// TestPaymentFileTellsTheWholeLife from scan to settlement, and names nobody.
func TestPaymentFileTellsTheWholeLife(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("clear")
	b.header.Set("Accept-Language", "en")
	body := wantStatus(t, b.get(settledAt), http.StatusOK)
	wantContains(t, body, usedSerial, "606812345678", "binding version 1", "Rules version 3, “WeChat by day”. Not UnionPay aggregate:", "Order placed at WeChat direct", "not sent", "138****5678", "owner-a", "In the batch that settles on 2026-03-10", "IND26030932ACOMA", "20260309_ALL.csv:17",
		"Posted: payment", "merchant_payable/"+merchantA, "amount 123.46, order has 123.45", "Held", settledRefund, "Refund asked for")
	for _, secret := range []string{settledPayer, "13800005678", "till-token-1"} {
		if strings.Contains(body, secret) {
			t.Errorf("the page shows %q", secret)
		}
	}
	if strings.Contains(body, "/refund\"") || strings.Contains(body, "/ask\"") {
		t.Error("who only reads is offered to act")
	}
	at := func(text string) int { return strings.Index(body, text) }
	if !(at("Ordered") < at("Paid, says the channel") && at("Paid, says the channel") < at("Notification: Payment") && at("Notification: Payment") < at("Refund begun")) {
		t.Error("the timeline is not in the order of time")
	}
}

// TestWalletIsAskedOnPurpose: who and why is on record, and what the wallet says
// counts.
func TestWalletIsAskedOnPurpose(t *testing.T) {
	s := newSite(t)
	at := paymentsPath + "/" + lostOrder
	wantStatus(t, s.desked(at+"/ask", url.Values{"reason": {" "}}), http.StatusUnprocessableEntity)
	wantStatus(t, s.desked(at+"/ask", url.Values{"reason": {"x"}, "refund_no": {lostRefund}}), http.StatusNotFound) // another payment's
	wantStatus(t, s.desked(at+"/ask", url.Values{"reason": {"the customer calls"}}), http.StatusSeeOther)
	p, err := s.till.Payment(context.Background(), lostOrder)
	if must(t, err); p.State != acquiring.Paid {
		t.Errorf("state %s after the wallet said paid", p.State)
	}
	entries, err := s.till.AuditOf(context.Background(), "payment "+lostOrder, "", 10)
	if must(t, err); len(entries) == 0 || entries[0].Actor != "operator" || entries[0].Reason != "the customer calls" {
		t.Errorf("on record: %+v", entries)
	}
}

func TestQueueOfWhatIsNotFinal(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("operator")
	body := wantStatus(t, b.get(openPath), http.StatusOK)
	wantContains(t, body, `class="count" title="待处理"`)
	if refund, payment := strings.Index(body, lostRefund), strings.Index(body, lostOrder); refund < 0 || refund > payment {
		t.Errorf("refund at %d, payment at %d: want the oldest first", refund, payment)
	}
	if strings.Contains(wantStatus(t, b.get(openPath+"?age=1440"), http.StatusOK), lostOrder) {
		t.Error("what is 40 minutes old is shown among what is a day old")
	}
	wantStatus(t, s.desked(openPath+"/ask", url.Values{"order": {"payment/" + lostOrder}}), http.StatusUnprocessableEntity)
	wantStatus(t, s.desked(openPath+"/ask", url.Values{"order": {"other/" + lostOrder}, "reason": {"x"}}), http.StatusBadRequest)
	wantStatus(t, s.desked(openPath+"/ask", url.Values{"order": {"refund/" + lostRefund}, "reason": {"x"}}), http.StatusSeeOther)
	if r, err := s.till.Refund(context.Background(), lostRefund); err != nil || r.State != acquiring.RefundSucceeded {
		t.Errorf("refund %s, %v after the wallet said done", r.State, err)
	}
	if body := bodyOf(t, b.get(openPath)); strings.Contains(body, lostRefund) {
		t.Error("what is final is still in the queue")
	}
}

// TestPlatformRefunds: the merchant's form, with a fresh proof of who is there.
func TestPlatformRefunds(t *testing.T) {
	s := newSite(t)
	form := url.Values{"amount": {"1.00"}, "reason": {"商户来电"}, "request_id": {id.Token(id.Seeded(3, "form"))}}
	wantStatus(t, s.desked(settledAt+"/refund", form), http.StatusSeeOther)
	wantCalls(t, s.back, "refund", "refund "+settledOrder+" 1.00 商户来电 by operator")
	form.Set("amount", "x")
	wantStatus(t, s.desked(settledAt+"/refund", form), http.StatusBadRequest)
	wantStatus(t, s.desked(settledAt+"/retry", url.Values{"refund_no": {settledRefund}, "reason": {"x"}}), http.StatusConflict)
	wantStatus(t, s.desked(settledAt+"/retry", url.Values{"refund_no": {refusedRefund}, "reason": {""}}), http.StatusUnprocessableEntity)
	for _, rt := range s.paymentsRoutes() {
		if moves := strings.HasSuffix(rt.rule.Path, "/refund") || strings.HasSuffix(rt.rule.Path, "/retry"); rt.stepUp != moves {
			t.Errorf("%s: step-up %v", rt.rule.Path, rt.stepUp)
		}
	}
}

// TestMessagesOfAPayment: the page shows what went over the wire between scan and
// settlement, an answer that did not come included.
func TestMessagesOfAPayment(t *testing.T) {
	s := newSite(t)
	page := wantStatus(t, s.browser(t, safariUA).as("operator").get(settledAt), http.StatusOK)
	wantContains(t, page, "微信直连：下单", "88 ms", "/v3/pay/partner/transactions/jsapi", "oUpF****eS6o", "查单", "超时无应答", "通知报文", "TRANSACTION.SUCCESS", "报文（已脱敏）")
	if strings.Contains(page, "8uMuAJO_M2pxb1Q9zNjWe") {
		t.Error("the payer's id is shown")
	}
}

// TestPaymentIsToldAgain: with a reason the success is published once more and on
// record; what did not succeed cannot be told.
func TestPaymentIsToldAgain(t *testing.T) {
	s := newSite(t)
	s.till.ready()
	wantStatus(t, s.desked(settledAt+"/resend", url.Values{"reason": {""}}), http.StatusUnprocessableEntity)
	before, err := s.till.yard.store.UnpublishedEvents(t.Context())
	must(t, err)
	wantStatus(t, s.desked(settledAt+"/resend", url.Values{"reason": {"their server was away"}}), http.StatusSeeOther)
	after, err := s.till.yard.store.UnpublishedEvents(t.Context())
	if must(t, err); after != before+1 {
		t.Errorf("%d events wait, were %d", after, before)
	}
	wantContains(t, wantStatus(t, s.browser(t, safariUA).as("operator").get(settledAt), http.StatusOK), "重发支付成功事件", "their server was away")
	lost := paymentsPath + "/" + lostOrder + "/resend"
	if status := s.desked(lost, url.Values{"reason": {"x"}}).StatusCode; status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown payment is told: %d", status)
	}
}
