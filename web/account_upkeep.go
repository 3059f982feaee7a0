package web

import (
	"context"
	"net/http"
	"strings"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
	"juma/merchants"
	"juma/merchants/check"
)

// maxPastChanges is how many changes that are over a merchant is shown.
const maxPastChanges = 20

// settledPage is what settlement_account.html shows.
type settledPage struct {
	Code   string // text code of what went wrong
	Now    []Fact // the account that is paid to
	Barred string // why no change can be asked for: a word of accountBars
	Boxes  []applyBox
	Reason Field
	Change *ownChange
	Past   []merchants.AccountChange
	// What was typed into a form that was refused.
	Amount, Withdrawal string
}

// ownChange is the change under way as its merchant sees it.
type ownChange struct {
	merchants.AccountChange
	Steps     Stepper
	Facts     []Fact
	Events    []Event
	Transfer  bool // a small transfer waits for its amount
	TriesLeft int
}

// accountBars are why a merchant cannot ask for another account.
var accountBars = []string{"closed", "wallet", "no_file"}

// settlementAccount shows where the merchant is paid, and the change under way.
func (s *Server) settlementAccount(ctx context.Context, r *request) (response, error) {
	return s.showSettled(ctx, r, http.StatusOK, settledPage{}, accountForm{})
}

// accountForm is what the form for another account was filled with.
type accountForm struct {
	account merchants.ProfileAccount
	reason  string
	sent    bool              // somebody filled it in
	wrong   map[string]string // texts by path
}

func (s *Server) showSettled(ctx context.Context, r *request, status int, page settledPage, form accountForm) (response, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return response{}, err
	}
	m, err := s.cfg.Merchants.Merchant(ctx, no)
	if err != nil {
		return response{}, err
	}
	page.Now = r.lang.accountFacts(m.Account)
	changes, err := s.cfg.Upkeep.AccountChanges(ctx, merchants.ChangeQuery{MerchantNo: no, Limit: maxPastChanges + 1})
	if err != nil {
		return response{}, err
	}
	for _, c := range changes {
		if c.State.Open() {
			page.Change = r.lang.ownChange(c)
		} else {
			page.Past = append(page.Past, c)
		}
	}
	if page.Change == nil {
		err = s.fillAccountForm(ctx, r, m, &page, form)
	}
	if err != nil {
		return response{}, err
	}
	return s.page(r, "settlement_account", status, page), nil
}

func (l lang) ownChange(c merchants.AccountChange) *ownChange {
	return &ownChange{
		AccountChange: c, Steps: l.changeStepper(c), Facts: l.maskedFacts(c.Account), Events: l.changeEvents(c, true),
		Transfer: c.State == merchants.AccountProving && c.Proof.State == merchants.Awaiting, TriesLeft: merchants.TransferTries - c.Proof.Tries,
	}
}

func (l lang) maskedFacts(a merchants.ProfileAccount) []Fact {
	var all []Fact
	for _, f := range a.Fields() {
		if f.Value != "" {
			all = append(all, Fact{Label: l.factLabel(f.Path), Value: l.factValue(f)})
		}
	}
	return all
}

// fillAccountForm makes the form for another account, or says why there is none.
func (s *Server) fillAccountForm(ctx context.Context, r *request, m merchants.Merchant, page *settledPage, form accountForm) error {
	p, err := s.cfg.Upkeep.ProfileOf(ctx, m.No)
	switch {
	case m.State == merchants.Closed:
		page.Barred = "closed"
	case m.SettledByWallet:
		page.Barred = "wallet"
	case fault.Is(err, fault.NotFound):
		page.Barred = "no_file"
	case err != nil:
		return err
	}
	if page.Barred != "" {
		return nil
	}
	p.Account = merchants.ProfileAccount{Kind: p.Account.Kind}
	if form.sent {
		p.Account = form.account
	}
	for _, q := range accountQuestions(&p) {
		page.Boxes = append(page.Boxes, r.lang.box(q, p, form.wrong[q.path]))
	}
	page.Reason = Field{
		Name: "reason", Label: r.lang.text("upkeep.why"), Hint: r.lang.text("upkeep.why_hint"), Value: form.reason, Error: form.wrong["reason"],
		Required: true, Max: maxReason,
	}
	return nil
}

// requestAccount asks for another account, checked by the rules of an application.
func (s *Server) requestAccount(ctx context.Context, r *request) (response, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return response{}, err
	}
	p, err := s.cfg.Upkeep.ProfileOf(ctx, no)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return response{}, err
	}
	form := s.readAccount(r, p)
	page := settledPage{}
	if len(form.wrong) > 0 {
		page.Code = "apply_mend"
		return s.showSettled(ctx, r, http.StatusUnprocessableEntity, page, form)
	}
	_, err = s.cfg.Upkeep.RequestAccount(ctx, no, r.user.Login, form.reason, form.account)
	switch {
	case err == nil:
		return s.withToast(redirect(http.StatusSeeOther, "/merchant/account"), "account_requested"), nil
	case fault.Is(err, fault.Conflict):
		return s.showSettled(ctx, r, http.StatusConflict, settledPage{Code: "upkeep_under_way"}, accountForm{})
	case fault.Is(err, fault.Refused) && faultField(err) == "account.no":
		form.wrong = map[string]string{"account.no": r.lang.text("error.upkeep_same")}
		page.Code = "apply_mend"
	case fault.Is(err, fault.Refused): // the page says why
		page = settledPage{Code: "upkeep_barred"}
	default:
		return response{}, err
	}
	return s.showSettled(ctx, r, http.StatusUnprocessableEntity, page, form)
}

// readAccount reads the form for another account of whom p tells, and names what is
// wrong with it.
func (s *Server) readAccount(r *request, p merchants.Profile) accountForm {
	form := accountForm{sent: true, wrong: map[string]string{}}
	p.Account = merchants.ProfileAccount{}
	for _, q := range accountQuestions(&p) {
		q.read(r.PostForm.Get(q.path)) // texts alone: nothing that cannot be kept
	}
	if p.Kind == merchants.Micro {
		p.Account.Kind = merchants.Personal
	}
	form.account = p.Account
	for _, problem := range check.Application(p, bizdate.Of(s.cfg.Clock.Now())) {
		if strings.HasPrefix(problem.Field, "account.") {
			form.wrong[problem.Field] = r.lang.text("rule." + problem.Rule)
		}
	}
	var err error
	if form.reason, err = typedReason(r); err != nil || form.reason == "" {
		form.wrong["reason"] = r.lang.text("error.reason")
	}
	return form
}

// ownChangeOf is the change that the address names, of the user's merchant.
func (s *Server) ownChangeOf(ctx context.Context, r *request) (merchants.AccountChange, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return merchants.AccountChange{}, err
	}
	return s.cfg.Upkeep.AccountChange(ctx, r.param("id"), no)
}

// tellAmount takes the amount that came into the new account.
func (s *Server) tellAmount(ctx context.Context, r *request) (response, error) {
	c, err := s.ownChangeOf(ctx, r)
	if err != nil {
		return response{}, err
	}
	typed := strings.TrimSpace(r.PostForm.Get("amount"))
	amount, err := money.ParseYuan(typed)
	if err != nil { // costs no try
		return s.showSettled(ctx, r, http.StatusUnprocessableEntity, settledPage{Code: "amount", Amount: typed}, accountForm{})
	}
	_, err = s.cfg.Upkeep.TellAmount(ctx, c.ID, c.MerchantNo, r.user.Login, amount)
	switch {
	case err == nil:
		return s.withToast(redirect(http.StatusSeeOther, "/merchant/account"), "transfer_confirmed"), nil
	case fault.Is(err, fault.Invalid):
		return s.showSettled(ctx, r, http.StatusUnprocessableEntity, settledPage{Code: "apply_transfer", Amount: typed}, accountForm{})
	}
	return s.accountMoved(ctx, r, err)
}

// accountMoved shows the change as it stands when somebody else was faster.
func (s *Server) accountMoved(ctx context.Context, r *request, err error) (response, error) {
	if fault.Is(err, fault.Conflict) {
		return s.showSettled(ctx, r, http.StatusConflict, settledPage{Code: "upkeep_moved"}, accountForm{})
	}
	return response{}, err
}

// withdrawAccount ends the change, also while it cools.
func (s *Server) withdrawAccount(ctx context.Context, r *request) (response, error) {
	c, err := s.ownChangeOf(ctx, r)
	if err != nil {
		return response{}, err
	}
	reason, err := typedReason(r)
	if err != nil || reason == "" {
		return s.showSettled(ctx, r, http.StatusUnprocessableEntity, settledPage{Code: "reason", Withdrawal: reason}, accountForm{})
	}
	if _, err = s.cfg.Upkeep.WithdrawAccount(ctx, c.ID, c.MerchantNo, r.user.Login, reason); err != nil {
		return s.accountMoved(ctx, r, err)
	}
	return s.withToast(redirect(http.StatusSeeOther, "/merchant/account"), "account_withdrawn"), nil
}
