package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"juma/internal/fault"
	"juma/internal/money"
	"juma/merchants"
	"juma/merchants/check"
)

// statusPage is what apply_status.html shows.
type statusPage struct {
	File       merchants.ApplicationFile
	Code       string // text code of what went wrong
	Editable   bool
	Withdrawal bool // it may still be withdrawn
	Transfer   bool // a small transfer waits for its amount
	TriesLeft  int
	Amount     string // as typed
	Events     []Event
	Reasons    []applyProblem
	Sections   []applySection
}

func (s *Server) applyStatus(ctx context.Context, r *request) (response, error) {
	a, err := s.cfg.Onboarding.Own(ctx, r.param("id"), r.user.Login)
	if err != nil {
		return response{}, err
	}
	return s.showStatus(ctx, r, http.StatusOK, statusPage{File: a})
}

func (s *Server) showStatus(ctx context.Context, r *request, status int, page statusPage) (response, error) {
	a := page.File
	page.Editable = editable(a)
	page.Withdrawal = slices.Contains(merchants.ApplicationMoves(merchants.Withdrawn), a.State)
	page.Sections = r.lang.sections(a)
	entries, err := s.cfg.Onboarding.Timeline(ctx, a)
	if err != nil {
		return response{}, err
	}
	for _, e := range entries {
		if event, ok := r.lang.applyEvent(e.Action, e.After, e.Reason); ok {
			event.Time = e.At
			page.Events = append(page.Events, event)
		}
	}
	if a.State == merchants.Rejected {
		reasons, err := s.cfg.Applications.ReasonsOf(ctx, a.ID, a.Submission)
		if err != nil {
			return response{}, err
		}
		for _, reason := range reasons {
			page.Reasons = append(page.Reasons, applyProblem{r.lang.label(reason.Path), r.lang.reason(reason), stepPath(a.ID, stepOf(reason.Path)) + "#f-" + reason.Path})
		}
	}
	all, err := s.cfg.Applications.VerificationsOf(ctx, a.ID)
	if err != nil {
		return response{}, err
	}
	for _, v := range all {
		if a.State == merchants.Submitted && v.Submission == a.Submission && v.Method == merchants.SmallTransfer && v.State == merchants.Awaiting {
			page.Transfer, page.TriesLeft = true, merchants.TransferTries-v.Tries
		}
	}
	return s.page(r, "apply_status", status, page), nil
}

// applyEvents are the tones of what an applicant is told about: the rest of the
// audit is between the people of the platform.
var applyEvents = map[string]string{
	"started": Idle, "submitted": Info, "imported": Info, "to_review": Info, "approved": Good, "rejected": Bad, "withdrawn": Idle,
	"identity_passed": Good, "identity_failed": Warn, "account_passed": Good, "account_failed": Warn, "account_awaiting": Warn,
}

// applyEvent is an entry of the audit as the applicant reads it.
func (l lang) applyEvent(action, after, reason string) (Event, bool) {
	word := strings.TrimPrefix(action, "application.")
	if word == "verification" {
		subject, _, _ := strings.Cut(reason, ":")
		word = subject + "_" + after
	}
	tone, told := applyEvents[word]
	if !told || !strings.HasPrefix(action, "application.") {
		return Event{}, false
	}
	return Event{Title: l.text("apply.event." + word), Tone: tone}, true
}

// applyWithdraw ends the application.
func (s *Server) applyWithdraw(ctx context.Context, r *request) (response, error) {
	a, err := s.cfg.Onboarding.Own(ctx, r.param("id"), r.user.Login)
	if err != nil {
		return response{}, err
	}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	if reason == "" || len([]rune(reason)) > maxReason {
		return s.showStatus(ctx, r, http.StatusUnprocessableEntity, statusPage{File: a, Code: "reason"})
	}
	_, err = s.cfg.Onboarding.Withdraw(ctx, a.ID, r.user.Login, reason)
	if fault.Is(err, fault.Conflict) {
		return s.showStatus(ctx, r, http.StatusConflict, statusPage{File: a, Code: "apply_moved"})
	}
	return s.withToast(redirect(http.StatusSeeOther, applicationPath(a.ID)), "application_withdrawn"), err
}

// applyTransfer takes the amount that came into the account.
func (s *Server) applyTransfer(ctx context.Context, r *request) (response, error) {
	a, err := s.cfg.Onboarding.Own(ctx, r.param("id"), r.user.Login)
	if err != nil {
		return response{}, err
	}
	typed := strings.TrimSpace(r.PostForm.Get("amount"))
	amount, err := money.ParseYuan(typed)
	if err != nil { // costs no try
		return s.showStatus(ctx, r, http.StatusUnprocessableEntity, statusPage{File: a, Code: "amount", Amount: typed})
	}
	err = s.cfg.Onboarding.ConfirmTransfer(ctx, a.ID, r.user.Login, amount)
	switch {
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Refused):
		return s.showStatus(ctx, r, http.StatusUnprocessableEntity, statusPage{File: a, Code: "apply_transfer", Amount: typed})
	case fault.Is(err, fault.Conflict):
		return s.showStatus(ctx, r, http.StatusConflict, statusPage{File: a, Code: "apply_moved"})
	case err != nil:
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, applicationPath(a.ID)), "transfer_confirmed"), nil
}

// label names the field at a path.
func (l lang) label(path string) string {
	if kind, ok := strings.CutPrefix(path, "pictures."); ok {
		return l.text("apply.picture." + kind)
	}
	if strings.HasPrefix(path, "rates") {
		path = "rates"
	}
	if path == "" {
		path = "whole"
	}
	label := l.text("apply.field." + labelWord(path))
	if n, err := strconv.Atoi(strings.Trim(rowNumber.FindString(path), "[]")); err == nil { // people count from 1
		label = l.text("apply.numbered", label, n+1)
	}
	return label
}

// sections are the values of an application by step, masked where they identify a
// person: the page may be shown to somebody, the forms are where one reads on.
func (l lang) sections(a merchants.ApplicationFile) []applySection {
	var all []applySection
	for _, step := range applySteps[:len(applySteps)-1] {
		section := applySection{Title: l.text("apply.step." + step), Path: stepPath(a.ID, step)}
		for _, f := range a.Profile.Fields() {
			if stepOf(f.Path) == step {
				section.Facts = append(section.Facts, Fact{Label: l.factLabel(f.Path), Value: l.factValue(f)})
			}
		}
		if len(section.Facts) > 0 {
			all = append(all, section)
		}
	}
	return all
}

// factLabel tells the rates of a profile apart, which share a label in problems.
func (l lang) factLabel(path string) string {
	parts := strings.Split(path, ".")
	if parts[0] != "rates" || len(parts) < 3 {
		return l.label(path)
	}
	label := l.text("wallet." + parts[1])
	if len(parts) == 4 {
		label += " " + l.text("apply.card."+parts[2])
	}
	return label + " " + l.text("apply.rate."+parts[len(parts)-1])
}

func (l lang) factValue(f merchants.ProfileField) string {
	switch word := labelWord(f.Path); {
	case f.Value == "":
		return ""
	case word == "kind":
		return l.text("apply.kind." + f.Value)
	case word == "account.kind":
		return l.text("apply.account." + f.Value)
	case word == "mcc":
		if c, ok := check.Category(f.Value); ok {
			return f.Value + " " + c.Name.In(l.tag())
		}
	case word == "region", word == "stores.region":
		return check.RegionName(f.Value, l.tag())
	case strings.HasPrefix(word, "pictures."):
		return l.text("apply.sent")
	case strings.HasSuffix(word, ".cap"):
		return "¥" + f.Value
	}
	return f.Masked()
}
