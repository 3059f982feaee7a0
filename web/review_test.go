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
	if !strings.Contains(bodyOf(t, s.review("reveal", url.Values{"path": {"legal.phone"}, "why": {"回访"}})), f.Value) {
		t.Error("the value is not shown")
	}
	entries, err := s.desk.Timeline(context.Background(), s.reviewed(t))
	must(t, err)
	if n := len(entries); n != 1 || entries[0].Action != "application.revealed" || entries[0].Actor != "reviewer" || entries[0].Reason != "回访" {
		t.Errorf("audit %v", entries)
	}
}

// TestRefusedDecisionKeepsWhatWasTyped: neither a sentence that is too long nor a
// look at a masked value costs the reviewer what stands beside the other fields.
func TestRefusedDecisionKeepsWhatWasTyped(t *testing.T) {
	s := newSite(t)
	long := strings.Repeat("长", maxReason+1)
	for name, c := range map[string]struct {
		action string
		form   url.Values
		keeps  string
		status int
	}{
		"a sentence that is too long": {"reject", url.Values{"revision": {"1"}, "code.short_name": {"mismatch"}, "text.short_name": {"与门头不同"}, "code.uscc": {"other"}, "text.uscc": {long}}, "与门头不同", 422},
		"a sentence without a reason": {"reject", url.Values{"revision": {"1"}, "text.short_name": {"与门头不同"}}, "与门头不同", 422},
		"a note that is too long":     {"approve", url.Values{"revision": {"1"}, "reason": {long}}, long, 422},
		"a look without a reason":     {"reveal", url.Values{"path": {"legal.phone"}, "text.short_name": {"与门头不同"}}, "与门头不同", 422},
		"a look":                      {"reveal", url.Values{"path": {"legal.phone"}, "why": {"回访"}, "text.short_name": {"与门头不同"}}, "与门头不同", 200},
	} {
		res := s.review(c.action, c.form)
		if page := bodyOf(t, res); res.StatusCode != c.status || !strings.Contains(page, `value="`+c.keeps+`"`) {
			t.Errorf("%s: status %d, want %d and what was typed", name, res.StatusCode, c.status)
		}
	}
	if a := s.reviewed(t); a.State != merchants.InReview {
		t.Errorf("the application is %s", a.State)
	}
}

// TestMissingPictureIsRejected: what was not sent has no value and can be asked for.
func TestMissingPictureIsRejected(t *testing.T) {
	s := newSite(t)
	if res := s.review("reject", url.Values{"revision": {"1"}, "code.pictures.agreement": {"incomplete"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("status %d", res.StatusCode)
	}
	reasons, err := s.desk.ReasonsOf(context.Background(), reviewID, 1)
	must(t, err)
	if len(reasons) != 1 || reasons[0].Path != "pictures.agreement" {
		t.Errorf("reasons %v", reasons)
	}
}

// TestOverrideTakesTwoReviewers: who proposed to accept a person does not confirm
// it, and confirming needs a reason too.
func TestOverrideTakesTwoReviewers(t *testing.T) {
	s := newSite(t)
	s.desk.denied = true
	if res := s.review("override", url.Values{}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: status %d, want 422", res.StatusCode)
	}
	if res := s.review("override", url.Values{"reason": {"见原件"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("proposal: status %d: %s", res.StatusCode, bodyOf(t, res))
	}
	confirm := url.Values{"decision": {"confirm"}, "reason": {"同意"}}
	if res := s.review("override", confirm); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("confirmed by who proposed: status %d, want 422", res.StatusCode)
	}
	if page := bodyOf(t, s.browser(t, safariUA).as("reviewer-2").get(reviewAt)); !strings.Contains(page, "reviewer 已提议人工认定") {
		t.Error("the second reviewer is not told who proposed")
	}
	second := probe{route: "POST /console/applications/:id/override", path: reviewAt + "/override", form: confirm}.send(s, "reviewer-2")
	if second.StatusCode != http.StatusSeeOther {
		t.Fatalf("confirmation: status %d", second.StatusCode)
	}
	all, err := s.desk.VerificationsOf(context.Background(), reviewID)
	must(t, err)
	if p := merchants.ProofOf(all, 1, merchants.IdentityOf); p.State != merchants.Passed || p.Method != merchants.Override {
		t.Errorf("the identity is %s by %s", p.State, p.Method)
	}
}

// TestReviewPicturesBelongToTheirApplication: the number of a picture does not open
// it under another application.
func TestReviewPicturesBelongToTheirApplication(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("reviewer")
	if res := b.get(reviewAt + "/pictures/" + reviewPictureID); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("its picture: status %d, %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	if res := b.get(reviewAt + "/pictures/" + pictureID); res.StatusCode != http.StatusNotFound {
		t.Errorf("another's picture: status %d, want 404", res.StatusCode)
	}
}
