package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"juma/internal/access"
	"juma/internal/fault"
	"juma/merchants"
)

// reviewPage is what review_file.html shows.
type reviewPage struct {
	File     merchants.ApplicationFile
	Code     string // text code of what went wrong
	Stale    bool   // somebody else was faster: File says who and when
	Whole    reviewField
	Sections []reviewSection
	Pictures []merchants.PictureRef
	Proofs   []merchants.Verification
	Changes  []Change
	Events   []Event
	Codes    []Option
	Decides  bool   // the reader may decide on it now
	Unproven bool   // the identity: two people may override it
	Reveals  bool   // the reader may see a personal value in full
	Shown    string // path of a personal value that is shown in full, once
	Value    string
	Note     string     // what was typed beside an approval that was refused
	Override string     // what was typed for an override that was refused
	Why      string     // why a value is to be shown
	Typed    url.Values // of a rejection that was refused, or interrupted by a look
}

// reviewSection are the values of one step of the application.
type reviewSection struct {
	Title  string
	Fields []reviewField
}

// reviewField is one value under review, or a section as a whole.
type reviewField struct {
	Path, Label, Value string
	Personal           bool
	Whole              bool // a section, or the application: it has no value
	Changed            bool // since the submission before
	Code, Text         string
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
	page.Reveals = r.user.Role == access.OnboardingReviewer
	page.Decides = page.Reveals && slices.Contains(queueStates, a.State) && a.Login != r.user.Login
	for _, code := range merchants.ReasonCodes {
		page.Codes = append(page.Codes, option(code, r.lang.text("apply.reason."+code)))
	}
	if page.Proofs, err = s.cfg.Applications.VerificationsOf(ctx, a.ID); err != nil {
		return response{}, err
	}
	page.Unproven = merchants.ProofOf(page.Proofs, a.Submission, merchants.IdentityOf).State != merchants.Passed
	changes, err := s.cfg.Review.Changes(ctx, a)
	if err != nil {
		return response{}, err
	}
	for _, c := range changes {
		page.Changes = append(page.Changes, r.lang.reviewChange(c))
	}
	page.fields(r.lang, changes)
	if page.Events, err = s.reviewTimeline(ctx, r, a); err != nil {
		return response{}, err
	}
	return s.page(r, "review_file", status, page), nil
}

// fields fills the sections, each with what may be rejected as a whole at its end.
func (page *reviewPage) fields(l lang, changes []merchants.Change) {
	profile := page.File.Profile
	section := map[string]*reviewSection{}
	for _, step := range applySteps[:len(applySteps)-1] {
		section[step] = &reviewSection{Title: l.text("apply.step." + step)}
	}
	for _, f := range profile.Fields() {
		field := page.typed(reviewField{Path: f.Path, Label: l.factLabel(f.Path), Value: l.factValue(f), Personal: f.Personal() && f.Value != ""})
		field.Changed = slices.ContainsFunc(changes, func(c merchants.Change) bool { return c.Path == f.Path })
		to := section[stepOf(f.Path)]
		to.Fields = append(to.Fields, field)
	}
	for _, path := range merchants.RejectableSections() {
		if _, given := profile.Field(path); !given {
			to := section[stepOf(path)]
			to.Fields = append(to.Fields, page.typed(reviewField{Path: path, Label: l.sectionLabel(path), Whole: true}))
		}
	}
	for _, step := range applySteps[:len(applySteps)-1] {
		page.Sections = append(page.Sections, *section[step])
	}
	page.Whole = page.typed(reviewField{Label: l.text("apply.field.whole"), Whole: true})
}

// typed puts back what stood beside a field.
func (page *reviewPage) typed(f reviewField) reviewField {
	f.Code, f.Text = page.Typed.Get("code."+f.Path), page.Typed.Get("text."+f.Path)
	return f
}

// sectionLabel names a section, or a picture that was not sent.
func (l lang) sectionLabel(path string) string {
	if kind, picture := strings.CutPrefix(path, "pictures."); picture {
		return l.text("review.missing", l.text("apply.picture."+kind))
	}
	return l.text("review.section." + path)
}

// reviewChange shows a change as the data is shown, and says so where two values
// differ but look the same masked.
func (l lang) reviewChange(c merchants.Change) Change {
	if strings.HasPrefix(c.Path, "pictures.") {
		shown := Change{Label: l.factLabel(c.Path)}
		if c.Before != "" {
			shown.Before = l.text("review.picture_before")
		}
		if c.After != "" {
			shown.After = l.text("review.picture_after")
		}
		return shown
	}
	show := func(value string) string { return l.factValue(merchants.ProfileField{Path: c.Path, Value: value}) }
	shown := Change{l.factLabel(c.Path), show(c.Before), show(c.After)}
	if !shown.Changed() {
		shown.After = l.text("review.differs", shown.After)
	}
	return shown
}

func (s *Server) reviewTimeline(ctx context.Context, r *request, a merchants.ApplicationFile) ([]Event, error) {
	entries, err := s.cfg.Review.Timeline(ctx, a)
	if err != nil {
		return nil, err
	}
	var events []Event
	for _, e := range entries {
		event, told := r.lang.applyEvent(e.Action, e.After, e.Reason)
		if !told {
			event = r.lang.reviewEvent(e.Action)
		}
		event.Time, event.By, event.Text = e.At, e.Actor, e.Reason
		events = append(events, event)
	}
	return events, nil
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

// decided goes back to the application, or shows it with what was typed and says
// why nothing was decided.
func (s *Server) decided(ctx context.Context, r *request, err error, done string, typed reviewPage) (response, error) {
	if fault.Is(err, fault.Conflict) {
		return s.showReview(ctx, r, http.StatusConflict, reviewPage{Stale: true})
	}
	if code := reviewCodes[fault.KindOf(err)]; err != nil && code != "" {
		typed.Code = code
		return s.showReview(ctx, r, http.StatusUnprocessableEntity, typed)
	}
	return s.withToast(redirect(http.StatusSeeOther, "/console/applications/"+r.param("id")), done), err
}

// revisionRead is the revision that the reviewer's page was made from.
func revisionRead(r *request) int {
	n, _ := strconv.Atoi(r.PostForm.Get("revision")) // 0 is no revision: a conflict
	return n
}

// typedReason is the reason of a form; one that is longer than what is kept is kind
// Invalid, because half a reason may say the contrary.
func typedReason(r *request) (string, error) {
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	if utf8.RuneCountInString(reason) > maxReason {
		return reason, fault.Field("web.typedReason", "reason", "", "want at most %d characters", maxReason)
	}
	return reason, nil
}

func (s *Server) reviewApprove(ctx context.Context, r *request) (response, error) {
	note, err := typedReason(r)
	if err == nil {
		_, err = s.cfg.Review.Approve(ctx, r.param("id"), r.user.Login, revisionRead(r), note)
	}
	return s.decided(ctx, r, err, "review_approved", reviewPage{Note: note})
}

func (s *Server) reviewReject(ctx context.Context, r *request) (response, error) {
	a, err := s.cfg.ReviewFiles.Application(ctx, r.param("id"))
	if err != nil {
		return response{}, err
	}
	reasons, err := typedReasons(r, a.Profile)
	if err == nil {
		_, err = s.cfg.Review.Reject(ctx, a.ID, r.user.Login, revisionRead(r), reasons)
	}
	return s.decided(ctx, r, err, "review_rejected", reviewPage{Typed: r.PostForm})
}

// typedReasons reads a rejection: a code, and a sentence for the applicant, by field.
func typedReasons(r *request, p merchants.Profile) ([]merchants.Reason, error) {
	paths := append([]string{""}, merchants.RejectableSections()...)
	for _, f := range p.Fields() {
		if !slices.Contains(paths, f.Path) {
			paths = append(paths, f.Path)
		}
	}
	var reasons []merchants.Reason
	for _, path := range paths {
		code, text := r.PostForm.Get("code."+path), strings.TrimSpace(r.PostForm.Get("text."+path))
		switch {
		case utf8.RuneCountInString(text) > maxReason:
			return nil, fault.Field("web.typedReasons", path, "", "want at most %d characters", maxReason)
		case code == "" && text != "":
			return nil, fault.Field("web.typedReasons", path, "", "has a sentence and no reason")
		case code != "":
			reasons = append(reasons, merchants.Reason{Path: path, Code: code, Text: text})
		}
	}
	return reasons, nil
}

// reviewOverride proposes, or confirms what another reviewer proposed.
func (s *Server) reviewOverride(ctx context.Context, r *request) (response, error) {
	act, done := s.cfg.Review.ProposeOverride, "override_proposed"
	if r.PostForm.Get("decision") == "confirm" {
		act, done = s.cfg.Review.ConfirmOverride, "override_confirmed"
	}
	reason, err := typedReason(r)
	if err == nil {
		_, err = act(ctx, r.param("id"), r.user.Login, reason)
	}
	return s.decided(ctx, r, err, done, reviewPage{Override: reason})
}

// reviewReveal shows one personal value in full, in this answer only. The button of
// a field belongs to the form of the rejection, whose inputs therefore come along
// and are put back.
func (s *Server) reviewReveal(ctx context.Context, r *request) (response, error) {
	path, why := r.PostForm.Get("path"), strings.TrimSpace(r.PostForm.Get("why"))
	page := reviewPage{Typed: r.PostForm, Why: why}
	value, err := "", error(nil)
	if utf8.RuneCountInString(why) > maxReason {
		err = fault.Field("web.reviewReveal", "why", "", "want at most %d characters", maxReason)
	} else {
		value, err = s.cfg.Review.Reveal(ctx, r.param("id"), path, r.user.Login, why)
	}
	if fault.Is(err, fault.Invalid) {
		page.Code = "review_why"
		return s.showReview(ctx, r, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return response{}, err
	}
	page.Shown, page.Value = path, value
	p, err := s.showReview(ctx, r, http.StatusOK, page)
	return p.with("Cache-Control", "no-store"), err
}
