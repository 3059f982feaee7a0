package web

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/access"
	"juma/internal/mask"
	"juma/merchants"
)

// operate posts to the merchant's page.
func (s *site) operate(session, action string, form url.Values) *http.Response {
	route := "POST " + merchantsPath + "/:no/" + action
	return probe{route: route, path: merchantAt + "/" + action, form: form}.send(s, session)
}

func (s *site) shop(t *testing.T) merchants.Merchant {
	t.Helper()
	m, err := s.shops.Merchant(context.Background(), merchantA)
	must(t, err)
	return m
}

func TestMerchantsAreListedAndNarrowed(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("audit")
	for query, shown := range map[string]bool{
		"": true, "?state=active": true, "?kind=enterprise": true, "?state=active&kind=enterprise": true, "?state=nonsense": true,
		"?state=closed": false, "?kind=micro": false, "?after=" + merchantA: false,
	} {
		if page := wantStatus(t, b.get(merchantsPath+query), http.StatusOK); strings.Contains(page, `href="`+merchantAt+`"`) != shown {
			t.Errorf("%q: listed %v, want %v", query, !shown, shown)
		}
	}
}

// TestMerchantIsFoundByAnyIdentifier, and what was typed is in no address.
func TestMerchantIsFoundByAnyIdentifier(t *testing.T) {
	s, p := newSite(t), deskProfile()
	for what, typed := range map[string]string{
		"number": merchantA, "code": p.USCC, "identity number": p.Legal.IDNo, "phone": p.Legal.Phone, "account": p.Account.No, "sub-merchant": subMerchant, "terminal": "00000011",
	} {
		for _, route := range []string{"POST " + merchantsPath + "/search", "POST " + searchPath} {
			res := probe{route: route, form: url.Values{"q": {typed}}}.send(s, "operator")
			if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != merchantAt {
				t.Errorf("%s at %s: status %d to %q, want the merchant", what, route, res.StatusCode, to)
			}
		}
	}
	for _, typed := range []string{p.Name[:len("欧阳")], "没有这家"} {
		res := probe{route: "POST " + merchantsPath + "/search", form: url.Values{"q": {typed}}}.send(s, "operator")
		if found := strings.Contains(wantStatus(t, res, http.StatusOK), merchantAt); found != (typed != "没有这家") {
			t.Errorf("%q: found %v", typed, found)
		}
	}
	long := probe{route: "POST " + merchantsPath + "/search", form: url.Values{"q": {strings.Repeat("1", maxQuery+1)}}}.send(s, "operator")
	wantStatus(t, long, http.StatusBadRequest)
	if body := wantStatus(t, s.browser(t, safariUA).as("operator").get(searchPath+"?q="+p.Legal.Phone), http.StatusOK); strings.Contains(body, merchantAt) {
		t.Error("an address with a phone number is answered: nobody may be led to write one")
	}
	if page := bodyOf(t, s.browser(t, safariUA).as("operator").get(merchantsPath)); !strings.Contains(page, `class="find" method="post"`) {
		t.Error("the search box puts what is typed into the address")
	}
}

// TestApplicantsAreFoundByWhoMaySeeThem: a search leads nobody where he may not go.
func TestApplicantsAreFoundByWhoMaySeeThem(t *testing.T) {
	for session, want := range map[string]bool{"reviewer": true, "clear": false} {
		s := newSite(t)
		res := probe{route: "POST " + merchantsPath + "/search", form: url.Values{"q": {reviewID}}}.send(s, session)
		if got := res.Header.Get("Location") == reviewAt; got != want {
			t.Errorf("%s: led to the application %v, want %v", session, got, want)
		}
	}
}

// TestHitsLeadToPagesOfTheRole: where there is none, nothing is shown.
func TestHitsLeadToPagesOfTheRole(t *testing.T) {
	hit := func(kind merchants.HitKind, no string) merchants.Hit {
		return merchants.Hit{Kind: kind, ID: "X", MerchantNo: no}
	}
	for _, c := range []struct {
		hit  merchants.Hit
		role access.Role
		want string
	}{
		{hit(merchants.TerminalHit, "1"), access.Auditor, merchantsPath + "/1"},
		{hit(merchants.PaymentHit, "1"), access.ClearingOperator, paymentsPath + "/X"},
		{hit(merchants.RefundHit, "1"), access.Risk, paymentsPath + "/X"},
		{hit(merchants.PaymentHit, "1"), access.OnboardingReviewer, merchantsPath + "/1?view=rates&order=X"},
		{hit(merchants.RefundHit, "1"), access.OnboardingReviewer, merchantsPath + "/1"},
		{hit(merchants.ApplicationHit, ""), access.Risk, "/console/applications/X"},
		{hit(merchants.ApplicationHit, "1"), access.ClearingOperator, ""},
		{hit(merchants.PlateHit, ""), access.Operator, platesPath + "/X"}, // a blank one
		{hit(merchants.PlateHit, "1"), access.ClearingOperator, merchantsPath + "/1"},
		{hit(merchants.PlateHit, ""), access.ClearingOperator, ""},
	} {
		if got := hitPath(c.hit, c.role); got != c.want {
			t.Errorf("%s of %q for %s: %q, want %q", c.hit.Kind, c.hit.MerchantNo, c.role, got, c.want)
		}
	}
}

func TestMerchantFileIsMasked(t *testing.T) {
	s, p := newSite(t), deskProfile()
	for session := range map[string]bool{"operator": true, "audit": true, "clear": true} {
		page := wantStatus(t, s.browser(t, safariUA).as(session).get(merchantAt), http.StatusOK)
		for _, secret := range []string{p.Legal.IDNo, p.Legal.Phone, p.Legal.Name, p.Contact.Phone, p.Account.No} {
			if strings.Contains(page, secret) {
				t.Errorf("%s reads %q in full", session, secret)
			}
		}
		if linked := strings.Contains(page, "/console/applications/01JQAPPLICATION00000000005"); linked != (session != "clear") {
			t.Errorf("%s is led to the application: %v", session, linked)
		}
		wantContains(t, page, p.USCC, mask.Card(p.Account.No), mask.Phone(p.Legal.Phone), "西湖店", "00000011", "00000012")
	}
	wantStatus(t, s.browser(t, safariUA).as("operator").get(merchantsPath+"/999000000000000"), http.StatusNotFound)
}

func TestOperatorSuspendsAndResumes(t *testing.T) {
	s := newSite(t)
	wantContains(t, wantStatus(t, s.operate("operator", "suspend", nil), http.StatusUnprocessableEntity), zh.text("error.merchant_reason"))
	wantStatus(t, s.operate("risk", "suspend", url.Values{"reason": {"投诉"}}), http.StatusSeeOther)
	if m := s.shop(t); m.State != merchants.Suspended {
		t.Fatalf("state %s", m.State)
	}
	wantContains(t, wantStatus(t, s.operate("risk", "suspend", url.Values{"reason": {"投诉"}}), http.StatusConflict), zh.text("error.merchant_moved"))
	wantStatus(t, s.operate("operator", "resume", url.Values{"reason": {"已核实"}}), http.StatusSeeOther)
	page := bodyOf(t, s.browser(t, safariUA).as("audit").get(merchantAt+"?view=history"))
	wantContains(t, page, "投诉", "已核实", zh.text("merchants.event.merchant.suspended"), zh.text("merchants.message", zh.text("merchants.event.merchant.suspended")))
	if strings.Index(page, "已核实") > strings.Index(page, "投诉") {
		t.Error("the oldest comes first")
	}
	if page := bodyOf(t, s.browser(t, safariUA).as("audit").get(merchantAt)); strings.Contains(page, merchantAt+"/suspend") {
		t.Error("an auditor is offered what he may not do")
	}
}

// TestClosingListsOpenMoney: the refusal says what is open, and nothing is closed.
func TestClosingListsOpenMoney(t *testing.T) {
	s := newSite(t)
	order := acquiring.Payment{
		OrderNo: "P2026031000000011000001", MerchantNo: merchantA, StoreID: deskStore, TerminalNo: "00000011", Channel: channel.WeChat, Amount: 12345, State: acquiring.Pending,
		RequestID: "r1", ResultToken: "t1", Trace: "000001", RRN: "606900000777", CreatedAt: noon, ExpiresAt: noon, NextQueryAt: noon, Entry: acquiring.ByScan,
	}
	must(t, s.shops.ready().store.Acquiring().Update(context.Background(), func(tx acquiring.Tx) error { return tx.InsertPayment(order) }))
	page := wantStatus(t, s.operate("operator", "close", url.Values{"reason": {"停业"}}), http.StatusUnprocessableEntity)
	wantContains(t, page, zh.text("error.merchant_open"), zh.text("merchants.open.payment"), order.OrderNo, "¥123.45")
	if m := s.shop(t); m.State != merchants.Active {
		t.Errorf("state %s after a refused closing", m.State)
	}
}

func TestOperatorClosesWhenNothingIsOpen(t *testing.T) {
	s := newSite(t)
	wantStatus(t, s.operate("operator", "close", url.Values{"reason": {"停业"}}), http.StatusSeeOther)
	if m := s.shop(t); m.State != merchants.Closed {
		t.Errorf("state %s", m.State)
	}
	if page := bodyOf(t, s.browser(t, safariUA).as("operator").get(merchantAt)); strings.Contains(page, "<form class=\"form\"") {
		t.Error("a closed merchant can be acted on")
	}
}

// TestWhichRateAndWhy: by day, and by a payment.
func TestWhichRateAndWhy(t *testing.T) {
	s := newSite(t)
	s.back.payments[0].AgreementID, s.back.payments[0].Channel = "01JQAGREEMENT0000000000001", channel.WeChat // the older, and dearer, version
	b := s.browser(t, safariUA).as("audit")
	ask := func(query string) string { return wantStatus(t, b.get(merchantAt+"?view=rates&"+query), http.StatusOK) }
	wantContains(t, ask("channel=wechat&card=&on=2026-03-10"), zh.text("merchants.applies", "2026-03-10", "0.30%", 2), zh.text("merchants.why.replaced"))
	wantContains(t, ask("channel=wechat&card=&on=2026-02-10"), zh.text("merchants.applies", "2026-02-10", "0.38%", 1), zh.text("merchants.why.not_yet"))
	wantContains(t, ask("channel=unionpay&card=debit&on=2026-03-10"), zh.text("merchants.applies_none", "2026-03-10"))
	wantContains(t, ask("channel=wechat&on=yesterday"), zh.text("error.apply_date"))
	no := s.back.payments[0].OrderNo
	wantContains(t, ask("order="+no), zh.text("merchants.charged", no, "0.38%", 1), zh.text("merchants.differs"), zh.text("merchants.applies", "2026-03-10", "0.30%", 2))
	wantContains(t, ask("order=P2026031000000009000001"), zh.text("error.merchant_order")) // of merchant B
	wantContains(t, ask("order=none"), zh.text("error.merchant_order"))
}

func TestRatesTakeTwoPeople(t *testing.T) {
	s := newSite(t)
	for field, c := range map[string][2]string{
		"rate": {"lots", "rate_percent"}, "from": {"2026-03-09", "rate_from"}, "channel": {"cash", "rate_channel"}, "cap": {"1.234", "amount"}, "reason": {"", "merchant_reason"},
	} {
		form := newRate()
		form.Set(field, c[0])
		wantContains(t, wantStatus(t, s.operate("operator", "rates", form), http.StatusUnprocessableEntity), zh.text("error."+c[1]))
	}
	wantStatus(t, s.operate("operator", "rates", newRate()), http.StatusSeeOther)
	open, err := s.shops.RateChanges(context.Background(), merchants.RateProposed, merchantA, deskChange, 5)
	must(t, err)
	if len(open) != 1 || open[0].Rate != 2500 || open[0].ProposedBy != "operator" {
		t.Fatalf("proposals %+v", open)
	}
	wantContains(t, wantStatus(t, s.operate("operator", "rates", newRate()), http.StatusConflict), zh.text("error.rate_open"))
	own, yes := "rates/"+open[0].ID, url.Values{"decision": {"approve"}}
	wantContains(t, wantStatus(t, s.operate("operator", own, yes), http.StatusUnprocessableEntity), zh.text("error.rate_own"))
	wantStatus(t, s.operate("risk", own, yes), http.StatusSeeOther)
	all, err := s.shops.Agreements(context.Background(), merchantA)
	must(t, err)
	if e := merchants.RateFor(all, "wechat", merchants.AnyCard, 20260401); e.Applied.Rate != 2500 || e.Applied.Version != 3 || e.Applied.CheckedBy != "risk" {
		t.Errorf("applies %+v", e.Applied)
	}
	wantContains(t, wantStatus(t, s.operate("operator", "rates/"+deskChange, url.Values{"decision": {"reject"}}), http.StatusUnprocessableEntity), zh.text("error.merchant_reason"))
	wantStatus(t, s.operate("operator", "rates/"+deskChange, url.Values{"decision": {"reject"}, "reason": {"太低"}}), http.StatusSeeOther)
	wantContains(t, wantStatus(t, s.operate("risk", "rates/"+deskChange, yes), http.StatusConflict), zh.text("error.rate_open"))
	elsewhere := probe{route: "POST x", path: merchantsPath + "/" + merchantB + "/rates/" + deskChange, form: yes}
	wantStatus(t, elsewhere.send(s, "risk"), http.StatusNotFound)
}

// TestRejectedEnrolmentIsHandedInAnew: the channel's own words are shown, and the
// next version goes out.
func TestRejectedEnrolmentIsHandedInAnew(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("reviewer")
	wantContains(t, wantStatus(t, b.get(merchantAt+"?view=channels"), http.StatusOK), alipayReason, subMerchant, zh.text("apply.picture.storefront"), zh.text("merchants.resubmit"))
	wantStatus(t, s.operate("reviewer", "resubmit", url.Values{"channel": {"alipay"}}), http.StatusUnprocessableEntity)
	wantStatus(t, s.operate("reviewer", "resubmit", url.Values{"channel": {"wechat"}, "reason": {"x"}}), http.StatusConflict)
	wantStatus(t, s.operate("reviewer", "resubmit", url.Values{"channel": {"cash"}, "reason": {"x"}}), http.StatusNotFound)
	wantStatus(t, s.operate("reviewer", "resubmit", url.Values{"channel": {"alipay"}, "reason": {"换了门头照"}}), http.StatusSeeOther)
	all, err := s.shops.Enrolments(context.Background(), merchantA)
	must(t, err)
	for _, e := range all {
		if e.Channel == "alipay" && (e.State != merchants.EnrolRequested || e.Version != 2) {
			t.Errorf("alipay: %s version %d", e.State, e.Version)
		}
	}
	wantContains(t, bodyOf(t, b.get(merchantAt+"?view=history")), "换了门头照", zh.text("merchants.event.enrolment.requested"))
}

// TestTimelineHasWordsForWhatIsAudited: every action on a merchant that the domain
// puts on record is told in both languages.
func TestTimelineHasWordsForWhatIsAudited(t *testing.T) {
	names, err := filepath.Glob("../merchants/*.go")
	must(t, err)
	writes, action := regexp.MustCompile(`Audit\(|record\(|Entry\(|(?i:action)`), regexp.MustCompile(`"((?:merchant|rate|store|terminal|account)\.[a-z_]+)"`)
	found := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		must(t, err)
		for line := range strings.Lines(string(text)) {
			if strings.HasSuffix(name, "_test.go") || !writes.MatchString(line) {
				continue
			}
			for _, m := range action.FindAllStringSubmatch(line, -1) {
				found++
				if _, told := merchantEvents[m[1]]; !told {
					t.Errorf("%s puts %s on record, and the timeline has no words for it", name, m[1])
				}
			}
		}
	}
	if found < 15 {
		t.Errorf("only %d actions were found: look at how they are written", found)
	}
}
