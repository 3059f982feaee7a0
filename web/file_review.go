package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"juma/internal/access"
	"juma/internal/fault"
	"juma/merchants"
)

// reviewPage is what review_file.html shows.
type reviewPage struct {
	File     merchants.ApplicationFile
	Code     string // text code of what went wrong
	Stale    bool   // somebody else was faster: File says who and when
	Fields   []reviewField
	Pictures []merchants.PictureRef
	Proofs   []merchants.Verification
	Changes  []Change
	Events   []Event
	Codes    []Option
	Decides  bool   // the reader may decide on it now
	Shown    string // path of a personal value that is shown in full, once
	Value    string
}

// reviewField is one value under review.
type reviewField struct {
	Path, Label, Value string
	Personal           bool
}

func (s *Server) reviewFile(ctx context.Context, r *request) (response, error) {
	return s.showReview(ctx, r, http.StatusOK, reviewPage{})
}

func (s *Server) showReview(ctx context.Context, r *request, status int, page reviewPage) (response, error) {
	a, err := s.cfg.ReviewFiles.Application(ctx, r.param("id"))
	if err != nil {
		return response{}, err
	}
	page.File, page.Pictures = a, a.Profile.Pictures
	page.Decides = r.user.Role == access.OnboardingReviewer && slices.Contains(queueStates, a.State) && a.Login != r.user.Login
	for _, f := range a.Profile.Fields() {
		if !strings.HasPrefix(f.Path, "pictures.") {
			page.Fields = append(page.Fields, reviewField{f.Path, r.lang.factLabel(f.Path), r.lang.factValue(f), f.Personal() && f.Value != ""})
		}
	}
	for _, code := range merchants.ReasonCodes {
		page.Codes = append(page.Codes, option(code, r.lang.text("apply.reason."+code)))
	}
	if page.Proofs, err = s.cfg.Applications.VerificationsOf(ctx, a.ID); err != nil {
		return response{}, err
	}
	changes, err := s.cfg.Review.Changes(ctx, a)
	if err != nil {
		return response{}, err
	}
	for _, c := range changes {
		page.Changes = append(page.Changes, Change{r.lang.factLabel(c.Path), c.Before, c.After})
	}
	entries, err := s.cfg.Review.Timeline(ctx, a)
	if err != nil {
		return response{}, err
	}
	for _, e := range entries {
		event, told := r.lang.applyEvent(e.Action, e.After, e.Reason)
		if !told {
			event = r.lang.reviewEvent(e.Action)
		}
		event.Time, event.By, event.Text = e.At, e.Actor, e.Reason
		page.Events = append(page.Events, event)
	}
	return s.page(r, "review_file", status, page), nil
}

// reviewEvents are what only the people of the platform read of an application.
var reviewEvents = []string{"approved_first", "override_proposed", "override_confirmed", "revealed"}

// reviewEvent names an entry of the audit; one without a text keeps the audit's word.
func (l lang) reviewEvent(action string) Event {
	if word := strings.TrimPrefix(action, "application."); slices.Contains(reviewEvents, word) {
		return Event{Title: l.text("review.event." + word), Tone: Info}
	}
	return Event{Title: action, Tone: Idle}
}

// reviewPicture serves a picture of the application that the address names.
func (s *Server) reviewPicture(ctx context.Context, r *request) (response, error) {
	a, err := s.cfg.ReviewFiles.Application(ctx, r.param("id"))
	if err != nil {
		return response{}, err
	}
	u, content, err := s.cfg.Uploads.Open(ctx, r.param("upload"))
	if err == nil && u.Owner != a.ID {
		err = fault.New("web.reviewPicture", fault.NotFound, "no such picture")
	}
	return response{contentType: "image/jpeg", body: content}, err
}

// reviewCodes are the text codes of what may go wrong with a decision.
var reviewCodes = map[fault.Kind]string{
	fault.Invalid: "review_invalid", fault.Forbidden: "review_other", fault.Refused: "review_unproven",
}

// decided goes back to the application, or says why nothing was decided.
func (s *Server) decided(ctx context.Context, r *request, err error, done string) (response, error) {
	if fault.Is(err, fault.Conflict) {
		return s.showReview(ctx, r, http.StatusConflict, reviewPage{Stale: true})
	}
	if code := reviewCodes[fault.KindOf(err)]; err != nil && code != "" {
		return s.showReview(ctx, r, http.StatusUnprocessableEntity, reviewPage{Code: code})
	}
	return s.withToast(redirect(http.StatusSeeOther, "/console/applications/"+r.param("id")), done), err
}

// revisionRead is the revision that the reviewer's page was made from.
func revisionRead(r *request) int {
	n, _ := strconv.Atoi(r.PostForm.Get("revision")) // 0 is no revision: a conflict
	return n
}

func typedReason(r *request) string {
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	if len([]rune(reason)) > maxReason {
		return ""
	}
	return reason
}

func (s *Server) reviewApprove(ctx context.Context, r *request) (response, error) {
	_, err := s.cfg.Review.Approve(ctx, r.param("id"), r.user.Login, revisionRead(r), typedReason(r))
	return s.decided(ctx, r, err, "review_approved")
}

func (s *Server) reviewReject(ctx context.Context, r *request) (response, error) {
	a, err := s.cfg.ReviewFiles.Application(ctx, r.param("id"))
	if err != nil {
		return response{}, err
	}
	paths := []string{""}
	for _, f := range a.Profile.Fields() {
		paths = append(paths, f.Path)
	}
	var reasons []merchants.Reason
	for _, path := range paths {
		if code := r.PostForm.Get("code." + path); code != "" {
			reasons = append(reasons, merchants.Reason{Path: path, Code: code, Text: strings.TrimSpace(r.PostForm.Get("text." + path))})
		}
	}
	_, err = s.cfg.Review.Reject(ctx, a.ID, r.user.Login, revisionRead(r), reasons)
	return s.decided(ctx, r, err, "review_rejected")
}

// reviewOverride proposes, or confirms what another reviewer proposed.
func (s *Server) reviewOverride(ctx context.Context, r *request) (response, error) {
	act, done := s.cfg.Review.ProposeOverride, "override_proposed"
	if r.PostForm.Get("decision") == "confirm" {
		act, done = s.cfg.Review.ConfirmOverride, "override_confirmed"
	}
	_, err := act(ctx, r.param("id"), r.user.Login, typedReason(r))
	return s.decided(ctx, r, err, done)
}

// reviewReveal shows one personal value in full, in this answer only.
func (s *Server) reviewReveal(ctx context.Context, r *request) (response, error) {
	path := r.PostForm.Get("path")
	value, err := s.cfg.Review.Reveal(ctx, r.param("id"), path, r.user.Login, typedReason(r))
	if fault.Is(err, fault.Invalid) {
		return s.showReview(ctx, r, http.StatusUnprocessableEntity, reviewPage{Code: "review_invalid"})
	}
	if err != nil {
		return response{}, err
	}
	p, err := s.showReview(ctx, r, http.StatusOK, reviewPage{Shown: r.lang.factLabel(path), Value: value})
	return p.with("Cache-Control", "no-store"), err
}
