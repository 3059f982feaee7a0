package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"juma/internal/fault"
	"juma/merchants"
)

// changePage is what change_file.html shows.
type changePage struct {
	Change   merchants.AccountChange
	Merchant merchants.Merchant
	Code     string // text code of what went wrong
	Stale    bool   // somebody else was faster: LastBy and LastAt
	LastBy   string
	LastAt   time.Time
	Steps    Stepper
	Changes  []Change
	Events   []Event
	Shown    *Fact // the number in full, in this answer only
	Approves bool  // the reader may approve it now
	Refuses  bool  // … or end it
	Reveals  bool
	// What was typed into a form that was refused.
	Note, Refusal, Why string
}

func (s *Server) changeFile(ctx context.Context, r *request) (response, error) {
	return s.showChange(ctx, r, http.StatusOK, changePage{})
}

func (s *Server) showChange(ctx context.Context, r *request, status int, page changePage) (response, error) {
	c, err := s.cfg.Upkeep.AccountChange(ctx, r.param("id"), "")
	if err != nil {
		return response{}, err
	}
	if page.Merchant, err = s.cfg.Merchants.Merchant(ctx, c.MerchantNo); err != nil {
		return response{}, err
	}
	before, err := s.accountBefore(ctx, c, page.Merchant)
	if err != nil {
		return response{}, err
	}
	page.Change, page.Steps, page.Events = c, r.lang.changeStepper(c), r.lang.changeEvents(c, false)
	page.Changes = r.lang.accountChanges(before, c.Account)
	page.LastBy, page.LastAt = c.LastMove()
	decides := slices.Contains(changeDeciders, r.user.Role)
	page.Approves = decides && c.State == merchants.AccountApproving && r.user.Login != c.RequestedBy && r.user.Login != c.FirstBy
	page.Refuses, page.Reveals = decides && c.State.Open(), decides
	return s.page(r, "change_file", status, page), nil
}

// accountBefore is the account that a change replaces, or has replaced. Its kind
// and phone are on file only while it is the one that is paid to.
func (s *Server) accountBefore(ctx context.Context, c merchants.AccountChange, m merchants.Merchant) (merchants.ProfileAccount, error) {
	old := m.Account
	if c.State == merchants.AccountEffective {
		old = c.Before
	}
	before := merchants.ProfileAccount{No: old.AccountNo, Name: old.AccountName, BankName: old.BankName, CNAPS: old.CNAPS}
	p, err := s.cfg.Upkeep.ProfileOf(ctx, c.MerchantNo)
	switch {
	case fault.Is(err, fault.NotFound):
		return before, nil
	case err == nil && p.Account.No == before.No:
		before.Kind, before.Phone = p.Account.Kind, p.Account.Phone
	}
	return before, err
}

// changeCodes are the text codes of what may go wrong with a decision.
var changeCodes = map[fault.Kind]string{fault.Invalid: "change_reason", fault.Forbidden: "change_own"}

// changeDecided goes back to the change, or says why nothing was decided; typed is
// what the form held.
func (s *Server) changeDecided(ctx context.Context, r *request, err error, done string, typed changePage) (response, error) {
	if fault.Is(err, fault.Conflict) {
		typed.Stale = true
		return s.showChange(ctx, r, http.StatusConflict, typed)
	}
	if code := changeCodes[fault.KindOf(err)]; err != nil && code != "" {
		typed.Code = code
		return s.showChange(ctx, r, http.StatusUnprocessableEntity, typed)
	}
	return s.withToast(redirect(http.StatusSeeOther, "/console/changes/"+r.param("id")), done), err
}

func (s *Server) changeApprove(ctx context.Context, r *request) (response, error) {
	note, err := typedReason(r)
	if err == nil {
		_, err = s.cfg.Upkeep.ApproveAccount(ctx, r.param("id"), r.user.Login, revisionRead(r), note)
	}
	return s.changeDecided(ctx, r, err, "change_approved", changePage{Note: note})
}

func (s *Server) changeRefuse(ctx context.Context, r *request) (response, error) {
	reason, err := typedReason(r)
	if err == nil {
		_, err = s.cfg.Upkeep.RefuseAccount(ctx, r.param("id"), r.user.Login, reason)
	}
	return s.changeDecided(ctx, r, err, "change_refused", changePage{Refusal: reason})
}

// changeReveal shows the new account's number in full, in this answer only.
func (s *Server) changeReveal(ctx context.Context, r *request) (response, error) {
	why, err := typedReason(r)
	var a merchants.ProfileAccount
	if err == nil {
		a, err = s.cfg.Upkeep.RevealAccount(ctx, r.param("id"), r.user.Login, why)
	}
	if err != nil {
		return s.changeDecided(ctx, r, err, "", changePage{Why: why})
	}
	return s.showChange(ctx, r, http.StatusOK, changePage{Shown: &Fact{Label: r.lang.label("account.no"), Value: a.No}})
}
