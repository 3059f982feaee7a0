package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/merchants"
	"juma/merchants/check"
)

// maxApplications is how many of the own applications are listed.
const maxApplications = 50

// applicationsPage is what apply.html shows.
type applicationsPage struct {
	Applications []merchants.ApplicationFile
	Kinds        []Option
	Code         string
}

func (s *Server) applications(ctx context.Context, r *request) (response, error) {
	return s.showApplications(ctx, r, http.StatusOK, "")
}

func (s *Server) showApplications(ctx context.Context, r *request, status int, code string) (response, error) {
	page := applicationsPage{Code: code}
	for _, k := range merchants.Kinds {
		page.Kinds = append(page.Kinds, option(k, r.lang.text("apply.kind."+string(k)), r.lang.text("apply.kindtext."+string(k))))
	}
	var err error
	page.Applications, err = s.cfg.Applications.Applications(ctx, merchants.ApplicationQuery{Login: r.user.Login, Limit: maxApplications})
	return s.page(r, "apply", status, page), err
}

// applyStart opens a draft and leads to its first step.
func (s *Server) applyStart(ctx context.Context, r *request) (response, error) {
	kind := merchants.Kind(r.PostForm.Get("kind"))
	if !slices.Contains(merchants.Kinds, kind) {
		return s.showApplications(ctx, r, http.StatusUnprocessableEntity, "apply_kind")
	}
	p := merchants.Profile{Kind: kind, Rates: slices.Clone(StandardRates)}
	if kind == merchants.Micro {
		p.Account.Kind = merchants.Personal
	}
	a, err := s.cfg.Onboarding.Start(ctx, r.user.Login, p)
	if err != nil {
		return response{}, err
	}
	return redirect(http.StatusSeeOther, stepPath(a.ID, stepSubject)), nil
}

func applicationPath(id string) string { return "/apply/" + id }

func stepPath(id, step string) string { return applicationPath(id) + "/" + step }

// editable tells whether the applicant may still change it.
func editable(a merchants.ApplicationFile) bool {
	return a.State == merchants.Draft || a.State == merchants.Rejected
}

// ownDraft is the application that the address names, for its applicant, if it
// can be changed; else elsewhere is where its state is shown.
func (s *Server) ownDraft(ctx context.Context, r *request) (a merchants.ApplicationFile, elsewhere *response, err error) {
	a, err = s.cfg.Onboarding.Own(ctx, r.param("id"), r.user.Login)
	if err == nil && !editable(a) {
		p := redirect(http.StatusSeeOther, applicationPath(a.ID))
		elsewhere = &p
	}
	return a, elsewhere, err
}

// applyStep shows one step.
func (s *Server) applyStep(ctx context.Context, r *request) (response, error) {
	a, elsewhere, err := s.ownDraft(ctx, r)
	switch step := r.param("step"); {
	case err != nil:
		return response{}, err
	case !slices.Contains(applySteps, step):
		return response{}, fault.New("web.applyStep", fault.NotFound, "no such step")
	case elsewhere != nil:
		return *elsewhere, nil
	default:
		withRows(step, &a.Profile, r.URL.Query().Has("add"))
		return s.showStep(ctx, r, http.StatusOK, stepShown{step: step, file: a})
	}
}

// applySave keeps what a step's form brings, right or not, and goes on to the
// next step when nothing of it is wrong.
func (s *Server) applySave(ctx context.Context, r *request) (response, error) {
	a, elsewhere, err := s.ownDraft(ctx, r)
	step := r.param("step")
	switch {
	case err != nil:
		return response{}, err
	case !slices.Contains(applySteps, step) || step == stepPictures:
		return response{}, fault.New("web.applySave", fault.NotFound, "no such step")
	case elsewhere != nil:
		return *elsewhere, nil
	}
	unreadable := readStep(step, &a.Profile, r.PostForm)
	if step == stepContract {
		s.readContract(&a.Profile, r.PostForm.Get("contract"))
	}
	saved, err := s.saveDraft(ctx, r, a)
	if fault.Is(err, fault.Conflict) {
		a.Revision = 0 // of no version: sent again as it is, the form overwrites nothing either
		return s.showStep(ctx, r, http.StatusConflict, stepShown{step: step, file: a, code: "apply_stale", wrong: unreadable})
	}
	if err != nil {
		return response{}, err
	}
	return s.stepSaved(ctx, r, step, saved, unreadable)
}

// saveDraft saves over the revision that the form was made from.
func (s *Server) saveDraft(ctx context.Context, r *request, a merchants.ApplicationFile) (merchants.ApplicationFile, error) {
	revision, err := strconv.Atoi(r.PostForm.Get("revision"))
	if err != nil {
		return a, fault.New("web.saveDraft", fault.Conflict, "the form names no revision")
	}
	return s.cfg.Onboarding.Save(ctx, a.ID, r.user.Login, revision, a.Profile)
}

// stepSaved answers a save: by what button it was, and whether faults remain.
func (s *Server) stepSaved(ctx context.Context, r *request, step string, a merchants.ApplicationFile, unreadable problems) (response, error) {
	then := r.PostForm.Get("then")
	switch {
	case len(unreadable) > 0:
	case then == "later":
		return s.withToast(redirect(http.StatusSeeOther, applicationPath(a.ID)), "saved"), nil
	case then == "add":
		return redirect(http.StatusSeeOther, stepPath(a.ID, step)+"?add"), nil
	case len(s.problemsOf(a.Profile, step)) == 0:
		return redirect(http.StatusSeeOther, stepPath(a.ID, nextStep(step))), nil
	}
	withRows(step, &a.Profile, false)
	return s.showStep(ctx, r, http.StatusUnprocessableEntity, stepShown{step: step, file: a, code: "apply_mend", wrong: unreadable, all: true})
}

// readContract takes the contract and the rates that are part of it.
func (s *Server) readContract(p *merchants.Profile, version string) {
	p.Rates, p.Contract = slices.Clone(StandardRates), ""
	if version == s.cfg.Contract {
		p.Contract = version
	}
}

// problemsOf lists what a submission would be refused for; step "" is all.
func (s *Server) problemsOf(p merchants.Profile, step string) []merchants.Problem {
	all := check.Application(p, bizdate.Of(s.cfg.Clock.Now()))
	return slices.DeleteFunc(all, func(pr merchants.Problem) bool { return step != "" && stepOf(pr.Field) != step })
}

// applySubmit sends the application on.
func (s *Server) applySubmit(ctx context.Context, r *request) (response, error) {
	a, elsewhere, err := s.ownDraft(ctx, r)
	if err != nil {
		return response{}, err
	}
	if elsewhere != nil {
		return *elsewhere, nil
	}
	revision, err := strconv.Atoi(r.PostForm.Get("revision"))
	if err != nil {
		revision = 0 // of no version
	}
	_, err = s.cfg.Onboarding.Submit(ctx, a.ID, r.user.Login, revision)
	switch {
	case err == nil:
		return s.withToast(redirect(http.StatusSeeOther, applicationPath(a.ID)), "submitted"), nil
	case fault.Is(err, fault.Invalid):
		return s.showStep(ctx, r, http.StatusUnprocessableEntity, stepShown{step: stepSubmit, file: a, code: "apply_mend"})
	case fault.Is(err, fault.Conflict) && faultField(err) == "uscc":
		return s.showStep(ctx, r, http.StatusConflict, stepShown{step: stepSubmit, file: a, code: "apply_taken"})
	case fault.Is(err, fault.Conflict):
		return s.showStep(ctx, r, http.StatusConflict, stepShown{step: stepSubmit, file: a, code: "apply_stale"})
	}
	return response{}, err
}

// checkAnswer is what apply.js is told about a value.
type checkAnswer struct {
	Wrong string `json:"wrong,omitempty"` // the sentence of the rule that it breaks
	Note  string `json:"note,omitempty"`  // what is known of it: a card's bank
}

// applyCheck checks one value while it is typed. It comes in the body: addresses
// are logged by proxies, and these values are of persons.
func (s *Server) applyCheck(_ context.Context, r *request) (response, error) {
	if ok, wait := s.limits.checks.take(r.user.Login); !ok {
		return response{}, tooMany(wait)
	}
	q := question{what: check.What(r.PostForm.Get("what"))}
	value := q.clean(r.PostForm.Get("value"))
	if q.what == accountNo {
		q.what = check.CorporateAccount
		if r.PostForm.Get("kind") == string(merchants.Personal) {
			q.what = check.Card
		}
	}
	if !slices.Contains(checkedTyping, q.what) {
		return jsonResponse(http.StatusOK, checkAnswer{}), nil
	}
	var answer checkAnswer
	if rule := q.what.Rule(value, bizdate.Of(s.cfg.Clock.Now())); rule != "" {
		answer.Wrong = r.lang.text("rule." + string(rule))
	} else if issuer, ok := check.Issuer(value); ok && q.what == check.Card {
		answer.Note = issuer.In(r.lang.tag())
	}
	return jsonResponse(http.StatusOK, answer), nil
}

// checkedTyping are the kinds of value that may be asked about.
var checkedTyping = []check.What{
	check.USCC, check.IDNo, check.Card, check.CorporateAccount, check.CNAPS, check.Phone, check.Email,
	check.PersonName, check.HolderName, check.BusinessName, check.ShortName, check.Address,
}
