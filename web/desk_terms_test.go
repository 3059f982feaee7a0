package web

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"juma/clearing/terms"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

var termSamples = []sample{{route: termsPath, urls: []string{termsPath}, session: "clear"}}

var termProbes = []probe{
	{route: "GET " + termsPath, anybody: "of the platform"},
	{route: "POST " + termsPath + "/propose", form: termForm, anybody: "of the platform"},
	{route: "POST " + termsPath + "/decide", form: url.Values{"id": {"2"}, "decision": {"approve"}}, anybody: "of the platform"},
	{route: "POST " + termsPath + "/hold", form: url.Values{"object_no": {merchantA}, "scope": {"merchant"}, "reason": {"x"}}, anybody: "of the platform"},
	{route: "POST " + termsPath + "/end", form: url.Values{"id": {"1"}, "note": {"x"}}, anybody: "of the platform"},
}

var termForm = url.Values{"merchant_no": {merchantA}, "cycle": {"D+1"}, "minimum": {"10.00"}, "from": {"2026-03-12"}, "why": {"约定"}}

// termDesk is an office with one proposal and one hold of clear-2's.
type termDesk struct{ b *backend }

func (d termDesk) Changes(context.Context, string, terms.State, int) ([]terms.Change, error) {
	return []terms.Change{
		{ID: "2", MerchantNo: merchantA, State: terms.Proposed, Terms: terms.Terms{Cycle: "D+1", Minimum: 1000}, From: 20260312, Reason: "小额商户", ProposedBy: "clear-2", ProposedAt: noon},
		{ID: "1", MerchantNo: merchantB, State: terms.Approved, Terms: terms.Terms{Cycle: "T+2"}, From: 20260301, Reason: "约定", ProposedBy: "clear-2", ProposedAt: noon, DecidedBy: "approver", DecidedAt: noon, Note: "同意"},
	}, nil
}

func (d termDesk) Holds(context.Context, string, terms.HoldState, int) ([]terms.Hold, error) {
	return []terms.Hold{{ID: "1", Scope: terms.OfPayment, ObjectNo: refundable, MerchantNo: merchantA, Kind: terms.Risk, State: terms.Held, Reason: "投诉", HeldBy: "risk-2", HeldAt: noon}}, nil
}

func (d termDesk) Propose(_ context.Context, no string, t terms.Terms, from bizdate.Date, by, reason string) (terms.Change, error) {
	d.b.called("propose %s %s %s by %s", no, t, from, by)
	return terms.Change{}, t.Check()
}

func (d termDesk) Approve(_ context.Context, id, by, _ string) error {
	d.b.called("approve %s by %s", id, by)
	if id == "own" {
		return fault.New("fake", fault.Forbidden, "own")
	}
	return nil
}

func (d termDesk) Reject(_ context.Context, id, by, note string) error {
	d.b.called("reject %s by %s", id, by)
	if note == "" {
		return fault.Field("fake", "note", "", "say why")
	}
	return nil
}

func (d termDesk) Put(_ context.Context, scope terms.Scope, no string, kind terms.Kind, by, _ string) (terms.Hold, error) {
	d.b.called("hold %s %s %s by %s", scope, no, kind, by)
	if no == refundable {
		return terms.Hold{}, fault.New("fake", fault.Conflict, "held")
	}
	return terms.Hold{}, nil
}

func (d termDesk) End(_ context.Context, id, by, _ string) error {
	d.b.called("end %s by %s", id, by)
	return nil
}

// TestTermsTakeTwoPeopleOnThePage: an operator proposes and holds, an approver decides and
// lets go, and each is shown what it may do.
func TestTermsTakeTwoPeopleOnThePage(t *testing.T) {
	s := newSite(t)
	clear, approver, risk := s.browser(t, safariUA).as("clear"), s.browser(t, safariUA).as("approver"), s.browser(t, safariUA).as("risk")
	wantContains(t, bodyOf(t, clear.get(termsPath)), "D+1", "¥10.00", "小额商户", "止付中", termsPath+"/propose", termsPath+"/hold")
	if shown := bodyOf(t, clear.get(termsPath)); containsText(shown, termsPath+"/decide") || containsText(shown, termsPath+"/end") {
		t.Error("an operator is offered to decide")
	}
	wantContains(t, bodyOf(t, approver.get(termsPath)), termsPath+"/decide", termsPath+"/end")

	with := func(session string, form url.Values, change ...string) url.Values {
		out := url.Values{"csrf": {s.sealer.formToken(session)}}
		for k, v := range form {
			out[k] = v
		}
		for i := 0; i+1 < len(change); i += 2 {
			out.Set(change[i], change[i+1])
		}
		return out
	}
	wantRedirect(t, clear.postForm(termsPath+"/propose", with("clear", termForm)), termsPath)
	for _, c := range []struct{ field, typed, text string }{
		{"cycle", "T+99", "T+1 至 T+30"}, {"minimum", "1.234", "0 至 1,000,000.00"}, {"from", "tomorrow", "今天或以后"}, {"why", "", "请填写说明"},
	} {
		wantContains(t, wantStatus(t, clear.postForm(termsPath+"/propose", with("clear", termForm, c.field, c.typed)), http.StatusUnprocessableEntity), c.text)
	}
	wantRedirect(t, approver.postForm(termsPath+"/decide", with("approver", nil, "id", "2", "decision", "approve")), termsPath)
	wantContains(t, wantStatus(t, approver.postForm(termsPath+"/decide", with("approver", nil, "id", "own", "decision", "approve")), http.StatusForbidden), "须由两人完成")
	wantContains(t, wantStatus(t, approver.postForm(termsPath+"/decide", with("approver", nil, "id", "2")), http.StatusUnprocessableEntity), "请填写说明")
	wantRedirect(t, risk.postForm(termsPath+"/hold", with("risk", nil, "scope", "merchant", "object_no", merchantA, "reason", "x")), termsPath)
	wantStatus(t, clear.postForm(termsPath+"/hold", with("clear", nil, "scope", "payment", "object_no", refundable, "reason", "x")), http.StatusConflict)
	wantRedirect(t, approver.postForm(termsPath+"/end", with("approver", nil, "id", "1", "note", "x")), termsPath)
	wantCalls(t, s.back, "hold", "hold merchant "+merchantA+" risk by risk", "hold payment "+refundable+" ordinary by clear")
	wantCalls(t, s.back, "approve", "approve 2 by approver", "approve own by approver")
	wantCalls(t, s.back, "end", "end 1 by approver")
}
