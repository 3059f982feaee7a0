package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
	"juma/merchants"
	"juma/merchants/check"
)

// merchantRates is what the view of rates shows.
type merchantRates struct {
	Agreements []merchants.Agreement
	Proposals  []merchants.RateChange // that wait for a decision
	Channels   []Option
	Cards      []Option
	Today      bizdate.Date
	Asked      rateQuestion
	Answer     *rateAnswer
	Proposal   rateForm
	Problems   problems
}

// rateQuestion is "which rate and why" as it was asked, with the code of what was
// wrong with it.
type rateQuestion struct{ Channel, Card, On, Order, Code string }

// rateAnswer is the answer. Stored is what the payment was charged by, when a
// payment was asked about.
type rateAnswer struct {
	merchants.PaymentRate
	Order string
	On    bizdate.Date
}

// rateForm is a proposal as it was typed.
type rateForm struct{ Channel, Card, Rate, Cap, From, Contract, Reason string }

// maxProposals bounds how many open proposals a page lists: there is at most one for
// each channel and card kind.
const maxProposals = 50

// cardKinds lists the kinds in the order in which they are shown.
var cardKinds = []merchants.CardKind{merchants.AnyCard, merchants.Debit, merchants.Credit}

// cardTexts name them.
var cardTexts = map[merchants.CardKind]textKey{
	merchants.AnyCard: textKey("merchants.card.any"), merchants.Debit: textKey("apply.card.debit"), merchants.Credit: textKey("apply.card.credit"),
}

func (s *Server) fillRates(ctx context.Context, r *request, page *merchantFilePage) (err error) {
	page.Today = bizdate.Of(s.cfg.Clock.Now())
	for _, ch := range channel.Names {
		page.Channels = append(page.Channels, option(ch, r.lang.text("wallet."+string(ch))))
	}
	for _, card := range cardKinds {
		page.Cards = append(page.Cards, option(card, r.lang.textOf(cardTexts[card])))
	}
	if page.Agreements, err = s.cfg.MerchantRecords.Agreements(ctx, page.No); err != nil {
		return err
	}
	slices.SortStableFunc(page.Agreements, byRate)
	if page.Proposals, err = s.cfg.MerchantLife.RateChanges(ctx, merchants.RateProposed, page.No, "", maxProposals); err != nil {
		return err
	}
	return s.explainRate(ctx, r, page)
}

// byRate orders agreements by what they are for, the latest version first.
func byRate(a, b merchants.Agreement) int {
	at := func(x merchants.Agreement) int {
		return slices.Index(channel.Names, channel.Name(x.Channel))*len(cardKinds) + slices.Index(cardKinds, x.CardKind)
	}
	if d := at(a) - at(b); d != 0 {
		return d
	}
	return b.Version - a.Version
}

// explainRate answers which rate applies, or applied to a payment, and why.
func (s *Server) explainRate(ctx context.Context, r *request, page *merchantFilePage) error {
	q := r.URL.Query()
	page.Asked = rateQuestion{Channel: q.Get("channel"), Card: q.Get("card"), On: q.Get("on"), Order: strings.TrimSpace(q.Get("order"))}
	if page.Asked.Channel == "" {
		page.Asked.On = page.Today.String()
	}
	switch {
	case page.Asked.Order != "":
		return s.explainPayment(ctx, page)
	case page.Asked.Channel == "":
		return nil
	}
	on, err := bizdate.Parse(page.Asked.On)
	if err != nil {
		page.Asked.Code = "apply_date"
		return nil
	}
	e := merchants.RateFor(page.Agreements, page.Asked.Channel, merchants.CardKind(page.Asked.Card), on)
	page.Answer = &rateAnswer{PaymentRate: merchants.PaymentRate{RateExplanation: e}, On: on}
	return nil
}

func (s *Server) explainPayment(ctx context.Context, page *merchantFilePage) error {
	p, err := s.cfg.Payments.Payment(ctx, page.Asked.Order)
	if fault.Is(err, fault.NotFound) || err == nil && p.MerchantNo != page.No {
		page.Asked.Code = "merchant_order"
		return nil
	}
	if err != nil {
		return err
	}
	day := bizdate.Of(p.CreatedAt) // Pay picks the agreement when the order is made, whatever it is paid from
	answer, err := s.cfg.MerchantLife.ExplainPaymentRate(ctx, merchants.PaidFacts{
		MerchantNo: p.MerchantNo, Channel: string(p.Channel), Day: day, AgreementID: p.AgreementID,
	})
	page.Answer = &rateAnswer{PaymentRate: answer, Order: p.OrderNo, On: day}
	return err
}

// Shown are the agreements that were considered for the channel: those of other
// channels explain nothing.
func (a rateAnswer) Shown() []merchants.ConsideredRate {
	return slices.DeleteFunc(slices.Clone(a.Considered), func(c merchants.ConsideredRate) bool { return c.Why == merchants.OtherChannel })
}

// ratePropose files a new rate, for another person to decide on.
func (s *Server) ratePropose(ctx context.Context, r *request) (response, error) {
	f := r.PostForm
	page := merchantFilePage{View: viewRates}
	page.Proposal = rateForm{f.Get("channel"), f.Get("card"), strings.TrimSpace(f.Get("rate")), strings.TrimSpace(f.Get("cap")), f.Get("from"), strings.TrimSpace(f.Get("contract")), f.Get("reason")}
	change, wrong := page.Proposal.read()
	var err error
	change.MerchantNo = r.param("no")
	if change.Reason, err = typedReason(r); err != nil || change.Reason == "" {
		wrong["reason"] = "merchant_reason"
	}
	if page.Problems = wrong; len(wrong) > 0 {
		return s.showMerchant(ctx, r, http.StatusUnprocessableEntity, page)
	}
	_, err = s.cfg.MerchantLife.ProposeRate(ctx, change, r.user.Login)
	if fault.Is(err, fault.Invalid) {
		page.Problems = problems{"from": "rate_from"}
		return s.showMerchant(ctx, r, http.StatusUnprocessableEntity, page)
	}
	return s.rateDone(ctx, r, err, page, "rate_proposed")
}

// read makes a change of what was typed. The rate is a percentage with at most two
// decimals.
func (f rateForm) read() (merchants.RateChange, problems) {
	wrong := problems{}
	c := merchants.RateChange{Channel: f.Channel, CardKind: merchants.CardKind(f.Card), Contract: f.Contract}
	if !slices.Contains(channel.Names, channel.Name(f.Channel)) {
		wrong["channel"] = "rate_channel"
	}
	if !slices.Contains(cardKinds, c.CardKind) {
		wrong["card"] = "rate_channel"
	}
	hundredths, err := money.ParseYuan(strings.TrimSuffix(f.Rate, "%"))
	if c.Rate = money.RatePPM(hundredths * 100); err != nil || c.Rate > check.MaxRate {
		wrong["rate"] = "rate_percent"
	}
	if f.Cap != "" {
		if c.Cap, err = money.ParseYuan(f.Cap); err != nil {
			wrong["cap"] = "amount"
		}
	}
	if c.From, err = bizdate.Parse(f.From); err != nil {
		wrong["from"] = "apply_date"
	}
	return c, wrong
}

// rateDecide approves or rejects what another person proposed.
func (s *Server) rateDecide(ctx context.Context, r *request) (response, error) {
	c, err := s.cfg.MerchantLife.RateChange(ctx, r.param("id"))
	if err == nil && c.MerchantNo != r.param("no") {
		err = fault.New("web.rateDecide", fault.NotFound, "no such change of this merchant")
	}
	if err != nil {
		return response{}, err
	}
	act, done := s.cfg.MerchantLife.RejectRate, "rate_rejected"
	if r.PostForm.Get("decision") == "approve" {
		act, done = s.cfg.MerchantLife.ApproveRate, "rate_approved"
	}
	note, err := typedReason(r)
	if err == nil {
		_, err = act(ctx, c.ID, r.user.Login, note)
	}
	page := merchantFilePage{View: viewRates}
	if fault.Is(err, fault.Invalid) {
		page.Code = "merchant_reason"
		return s.showMerchant(ctx, r, http.StatusUnprocessableEntity, page)
	}
	return s.rateDone(ctx, r, err, page, done)
}

// rateCodes are the text codes of what may be in the way of a rate.
var rateCodes = map[fault.Kind]string{fault.Conflict: "rate_open", fault.Forbidden: "rate_own", fault.Refused: "rate_refused"}

func (s *Server) rateDone(ctx context.Context, r *request, err error, page merchantFilePage, done string) (response, error) {
	if code := rateCodes[fault.KindOf(err)]; err != nil && code != "" {
		page.Code = code
		status := http.StatusUnprocessableEntity
		if fault.Is(err, fault.Conflict) {
			status = http.StatusConflict
		}
		return s.showMerchant(ctx, r, status, page)
	}
	return s.withToast(redirect(http.StatusSeeOther, merchantPath(r.param("no"))+"?view="+viewRates), done), err
}
