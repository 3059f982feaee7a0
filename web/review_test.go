package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"juma/merchants"
)

func (s *site) review(action string, form url.Values) *http.Response {
	return probe{route: "POST /console/applications/:id/" + action, path: reviewAt + "/" + action, form: form}.send(s, "reviewer")
}

func (s *site) reviewed(t *testing.T) merchants.ApplicationFile {
	t.Helper()
	a, err := s.desk.Application(context.Background(), reviewID)
	must(t, err)
	return a
}

func TestReviewerApproves(t *testing.T) {
	s := newSite(t)
	if page := bodyOf(t, s.browser(t, safariUA).as("reviewer").get("/console/applications")); !strings.Contains(page, reviewAt) {
		t.Error("the queue lacks the application that waits")
	}
	if res := s.review("approve", url.Values{"revision": {"1"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("approval: status %d", res.StatusCode)
	}
	if a := s.reviewed(t); a.State != merchants.Approved || a.MerchantNo == "" || a.UpdatedBy != "reviewer" {
		t.Errorf("after the approval: %s, merchant %q, by %s", a.State, a.MerchantNo, a.UpdatedBy)
	}
	res := s.review("approve", url.Values{"revision": {"1"}})
	if page := bodyOf(t, res); res.StatusCode != http.StatusConflict || !strings.Contains(page, "reviewer 于") {
		t.Errorf("a second decision: status %d, want 409 with who was faster", res.StatusCode)
	}
}

func TestReviewerRejectsByField(t *testing.T) {
	s := newSite(t)
	if res := s.review("reject", url.Values{"revision": {"1"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: status %d, want 422", res.StatusCode)
	}
	if res := s.review("reject", url.Values{"revision": {"1"}, "code.short_name": {"mismatch"}, "text.short_name": {"与门头不同"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("rejection: status %d", res.StatusCode)
	}
	reasons, err := s.desk.ReasonsOf(context.Background(), reviewID, 1)
	must(t, err)
	if len(reasons) != 1 || reasons[0] != (merchants.Reason{Path: "short_name", Code: "mismatch", Text: "与门头不同"}) {
		t.Errorf("reasons %v", reasons)
	}
}

// TestRevealIsOnRecord: the page masks, one answer shows the value, and the audit
// says who read it and why.
func TestRevealIsOnRecord(t *testing.T) {
	s := newSite(t)
	f, _ := s.reviewed(t).Profile.Field("legal.phone")
	if strings.Contains(bodyOf(t, s.browser(t, safariUA).as("reviewer").get(reviewAt)), f.Value) {
		t.Error("the page shows a phone in full")
	}
	if res := s.review("reveal", url.Values{"path": {"legal.phone"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: status %d, want 422", res.StatusCode)
	}
	if !strings.Contains(bodyOf(t, s.review("reveal", url.Values{"path": {"legal.phone"}, "reason": {"回访"}})), f.Value) {
		t.Error("the value is not shown")
	}
	entries, err := s.desk.Timeline(context.Background(), s.reviewed(t))
	must(t, err)
	if n := len(entries); n != 1 || entries[0].Action != "application.revealed" || entries[0].Actor != "reviewer" || entries[0].Reason != "回访" {
		t.Errorf("audit %v", entries)
	}
}
