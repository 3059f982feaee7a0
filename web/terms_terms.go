package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"juma/clearing/terms"
	"juma/internal/access"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// maxTerms is how many changes and holds the page lists of each.
const maxTerms = 100

// termPage is what terms.html shows: both lists, and the forms for who may fill them in.
type termPage struct {
	Changes []terms.Change
	Holds   []terms.Hold
	Login   string // of the reader, who decides on nobody's own

	Proposes, Decides, HoldsBack, Ends bool

	Form     map[string]string // what was typed
	Problems problems
	Code     string
}

func (s *Server) termList(ctx context.Context, r *request) (response, error) {
	return s.showTerms(ctx, r, http.StatusOK, termPage{})
}

func (s *Server) showTerms(ctx context.Context, r *request, status int, page termPage) (response, error) {
	var err error
	if page.Changes, err = s.cfg.TermOffice.Changes(ctx, "", "", maxTerms); err != nil {
		return response{}, err
	}
	if page.Holds, err = s.cfg.TermOffice.Holds(ctx, "", "", maxTerms); err != nil {
		return response{}, err
	}
	may := func(roles []access.Role) bool { return slices.Contains(roles, r.user.Role) }
	page.Login, page.Proposes, page.Decides = r.user.Login, may(termProposers), may(termDeciders)
	page.HoldsBack, page.Ends = may(holders), may(holdEnders)
	return s.page(r, "terms", status, page), nil
}

// typedTerms are the fields of a form as they were sent.
func typedTerms(r *request, names ...string) map[string]string {
	form := map[string]string{}
	for _, n := range names {
		form[n] = strings.TrimSpace(r.PostForm.Get(n))
	}
	return form
}

func (s *Server) termPropose(ctx context.Context, r *request) (response, error) {
	form := typedTerms(r, "merchant_no", "cycle", "minimum", "from", "why")
	wrong := problems{}
	minimum, err := money.ParseYuan(form["minimum"])
	if form["minimum"] == "" {
		minimum, err = 0, nil
	}
	if err != nil {
		wrong["minimum"] = "term_minimum"
	}
	from, err := bizdate.Parse(form["from"])
	if err != nil {
		wrong["from"] = "term_from"
	}
	if form["why"] == "" {
		wrong["why"] = "why_needed"
	}
	if len(wrong) == 0 {
		_, err = s.cfg.TermOffice.Propose(ctx, form["merchant_no"], terms.Terms{Cycle: terms.Cycle(form["cycle"]), Minimum: minimum}, from, r.user.Login, form["why"])
		return s.termDone(ctx, r, err, "term_proposed", form)
	}
	return s.showTerms(ctx, r, http.StatusUnprocessableEntity, termPage{Form: form, Problems: wrong})
}

func (s *Server) termDecide(ctx context.Context, r *request) (response, error) {
	form := typedTerms(r, "id", "note", "decision")
	decide, done := s.cfg.TermOffice.Approve, "term_approved"
	if form["decision"] != "approve" {
		decide, done = s.cfg.TermOffice.Reject, "term_rejected"
	}
	return s.termDone(ctx, r, decide(ctx, form["id"], r.user.Login, form["note"]), done, nil)
}

func (s *Server) holdPut(ctx context.Context, r *request) (response, error) {
	form := typedTerms(r, "object_no", "scope", "reason")
	kind := terms.Ordinary
	if r.user.Role == access.Risk {
		kind = terms.Risk
	}
	_, err := s.cfg.TermOffice.Put(ctx, terms.Scope(form["scope"]), form["object_no"], kind, r.user.Login, form["reason"])
	return s.termDone(ctx, r, err, "hold_put", form)
}

func (s *Server) holdEnd(ctx context.Context, r *request) (response, error) {
	form := typedTerms(r, "id", "note")
	return s.termDone(ctx, r, s.cfg.TermOffice.End(ctx, form["id"], r.user.Login, form["note"]), "hold_ended", nil)
}

// termFields are the fields that a fault of the office may name, with what is wrong.
var termFields = map[string]string{
	"cycle": "term_cycle", "minimum": "term_minimum", "from": "term_from", "merchant_no": "term_unknown", "order_no": "term_unknown",
	"reason": "why_needed", "note": "why_needed",
}

// termDone leads back to the page, which says what was done or why nothing was.
func (s *Server) termDone(ctx context.Context, r *request, err error, done string, form map[string]string) (response, error) {
	page := termPage{Form: form}
	switch {
	case err == nil:
		return s.withToast(redirect(http.StatusSeeOther, termsPath), done), nil
	case fault.Is(err, fault.Forbidden):
		page.Code = "term_own"
		return s.showTerms(ctx, r, http.StatusForbidden, page)
	case fault.Is(err, fault.Conflict):
		page.Code = "term_conflict"
		return s.showTerms(ctx, r, http.StatusConflict, page)
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.NotFound):
		var f *fault.Error
		if page.Code = "term_invalid"; errors.As(err, &f) && termFields[f.Field] != "" {
			page.Code = termFields[f.Field]
		}
		return s.showTerms(ctx, r, http.StatusUnprocessableEntity, page)
	}
	return response{}, err
}
