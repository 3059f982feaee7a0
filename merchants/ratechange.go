package merchants

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// RateChangeState is where a proposed rate stands.
type RateChangeState string

// The states of a rate change.
const (
	RateProposed RateChangeState = "proposed"
	RateApproved RateChangeState = "approved" // AgreementID is the new version
	RateRejected RateChangeState = "rejected"
)

// RateChange is a rate that one person proposed and another decides on. At most
// one is open for a merchant, channel and card kind.
type RateChange struct {
	ID          string // ULID
	MerchantNo  string
	Channel     string
	CardKind    CardKind
	Rate        money.RatePPM
	Cap         money.Fen    // per payment; 0 = no cap
	From        bizdate.Date // first day, never in the past
	Contract    string
	Reason      string // why it is proposed
	State       RateChangeState
	ProposedBy  string
	ProposedAt  time.Time
	DecidedBy   string
	DecidedAt   time.Time
	Note        string // of who decided
	AgreementID string // once approved
}

// OpenKey is what only one open change may have; "" once it is decided.
func (c RateChange) OpenKey() string {
	if c.State != RateProposed {
		return ""
	}
	return c.MerchantNo + " " + c.Channel + " " + string(c.CardKind)
}

// ProposeRate files a new rate for the decision of another person. Only what is
// agreed is read of c: merchant, channel, card kind, rate, cap, first day, contract
// and reason. A first day before today is kind Invalid, a second open change of the
// same rate kind Conflict.
func (s *Service) ProposeRate(ctx context.Context, c RateChange, by string) (RateChange, error) {
	const op = "merchants.ProposeRate"
	now := s.clock.Now()
	if err := checkProposal(op, c, by, bizdate.Of(now)); err != nil {
		return RateChange{}, err
	}
	c.ID, c.State, c.ProposedBy, c.ProposedAt = s.ids.At(now), RateProposed, by, now
	c.DecidedBy, c.DecidedAt, c.Note, c.AgreementID = "", time.Time{}, "", ""
	err := s.repo.UpdateLife(ctx, func(tx LifeTx) error {
		m, err := tx.Merchant(c.MerchantNo)
		if err != nil {
			return err
		}
		if m.State == Closed {
			return fault.New(op, fault.Refused, "merchant %s is closed", c.MerchantNo)
		}
		all, err := tx.Agreements(c.MerchantNo)
		if err != nil {
			return err
		}
		if err := tx.InsertRateChange(c); err != nil {
			return err
		}
		old := RateFor(all, c.Channel, c.CardKind, c.From)
		return tx.Audit(rateEntry(c, now, by, "rate.proposed", rateText(old.Applied, old.Found), c.Reason))
	})
	if err != nil {
		return RateChange{}, fault.Wrap(op, "", err)
	}
	return c, nil
}

func checkProposal(op string, c RateChange, by string, today bizdate.Date) error {
	switch {
	case by == "":
		return fault.Field(op, "by", by, "say who proposes it")
	case c.Channel == "":
		return fault.Field(op, "channel", "", "say for which channel")
	case c.CardKind != AnyCard && c.CardKind != Debit && c.CardKind != Credit:
		return fault.Field(op, "card_kind", string(c.CardKind), "want debit, credit or none")
	case strings.TrimSpace(c.Reason) == "":
		return fault.Field(op, "reason", "", "say why the rate changes")
	case c.From != 0 && c.From < today:
		return fault.Field(op, "valid_from", c.From.String(), "lies in the past; the first day is %s or later", today)
	}
	return checkAgreement(Agreement{Rate: c.Rate, Cap: c.Cap, From: c.From})
}

// ApproveRate makes a proposed rate the next version of the agreement. Whoever
// proposed it may not: kind Forbidden. A change that is decided already is kind
// Conflict, and one whose first day has gone by kind Refused: what was paid since
// was charged by the rate in force.
func (s *Service) ApproveRate(ctx context.Context, id, by, note string) (RateChange, error) {
	return s.decideRate(ctx, "merchants.ApproveRate", id, by, note, RateApproved)
}

// RejectRate declines a proposed rate, with the reason. Faults are as those of
// ApproveRate.
func (s *Service) RejectRate(ctx context.Context, id, by, reason string) (RateChange, error) {
	const op = "merchants.RejectRate"
	if strings.TrimSpace(reason) == "" {
		return RateChange{}, fault.Field(op, "reason", "", "say why it is rejected")
	}
	return s.decideRate(ctx, op, id, by, reason, RateRejected)
}

func (s *Service) decideRate(ctx context.Context, op, id, by, note string, to RateChangeState) (RateChange, error) {
	c, err := s.repo.RateChange(ctx, id)
	now := s.clock.Now()
	switch {
	case err != nil:
		return c, fault.Wrap(op, "", err)
	case by == "":
		return c, fault.Field(op, "by", by, "say who decides")
	case c.ProposedBy == by:
		return c, fault.New(op, fault.Forbidden, "%s proposed it: another person must decide", by)
	case c.State != RateProposed:
		return c, decided(op, c)
	case to == RateApproved && c.From < bizdate.Of(now):
		return c, &fault.Error{Op: op, Kind: fault.Refused, Field: "valid_from", Value: c.From.String(), Msg: "has gone by; reject the change and propose it from a later day"}
	}
	c.State, c.DecidedBy, c.DecidedAt, c.Note = to, by, now, note
	action := "rate.rejected"
	if to == RateApproved {
		action, c.AgreementID = "rate.approved", s.ids.At(now)
	}
	err = s.repo.UpdateLife(ctx, func(tx LifeTx) error {
		moved, err := tx.SaveRateChange(c)
		if err != nil {
			return err
		}
		if !moved {
			return decided(op, c)
		}
		if to == RateApproved {
			if err := errors.Join(addVersion(tx, c), tx.InsertMessage(s.rateMessage(c))); err != nil {
				return err
			}
		}
		return tx.Audit(rateEntry(c, now, by, action, string(RateProposed), note))
	})
	return c, fault.Wrap(op, "", err)
}

// rateMessage tells the merchant what it is charged, and from when.
func (s *Service) rateMessage(c RateChange) Message {
	return newMessage(s.ids, c.DecidedAt, c.MerchantNo, "rate.changed", Contact{}, "channel", c.Channel, "card_kind", string(c.CardKind),
		"rate", c.Rate.Percent(), "cap", c.Cap.Yuan(), "from", c.From.String())
}

// addVersion stores the new version beside the old ones, which stay as they are.
func addVersion(tx LifeTx, c RateChange) error {
	all, err := tx.Agreements(c.MerchantNo)
	if err != nil {
		return err
	}
	version := 1
	for _, a := range all {
		if a.Channel == c.Channel && a.CardKind == c.CardKind {
			version = max(version, a.Version+1)
		}
	}
	return tx.InsertAgreement(Agreement{
		ID: c.AgreementID, MerchantNo: c.MerchantNo, Channel: c.Channel, CardKind: c.CardKind, Rate: c.Rate, Cap: c.Cap,
		From: c.From, Version: version, Contract: c.Contract, Reason: c.Reason, MadeBy: c.ProposedBy, CheckedBy: c.DecidedBy,
	})
}

func decided(op string, c RateChange) error {
	return &fault.Error{Op: op, Kind: fault.Conflict, Field: "state", Value: string(c.State), Msg: "the change is decided already; look at it again"}
}

func rateEntry(c RateChange, at time.Time, by, action, before, reason string) audit.Entry {
	after := rateText(Agreement{Channel: c.Channel, CardKind: c.CardKind, Rate: c.Rate, Cap: c.Cap, From: c.From}, true)
	if c.State == RateRejected {
		after = string(c.State)
	}
	return audit.Entry{At: at, Actor: by, Action: action, Object: MerchantObject(c.MerchantNo), Before: before, After: after, Reason: reason}
}

func rateText(a Agreement, found bool) string {
	if !found {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s cap %s from %s", a.Channel, a.CardKind, a.Rate.Percent(), a.Cap.Yuan(), a.From))
}

// RateChange returns a change by its id.
func (s *Service) RateChange(ctx context.Context, id string) (RateChange, error) {
	return s.repo.RateChange(ctx, id)
}

// RateChanges lists changes by id, after the given one: those of a state, of a
// merchant, or with "" of all.
func (s *Service) RateChanges(ctx context.Context, state RateChangeState, merchantNo, afterID string, limit int) ([]RateChange, error) {
	return s.repo.RateChanges(ctx, state, merchantNo, afterID, limit)
}

// PaidFacts are what decides on a payment's rate, and which agreement it was
// charged by.
type PaidFacts struct {
	MerchantNo, Channel string
	CardKind            CardKind
	Day                 bizdate.Date
	AgreementID         string
}

// PaymentRate answers by which agreement a payment was charged and why.
type PaymentRate struct {
	RateExplanation           // what the agreements say now about that day
	Stored          Agreement // what the payment was charged by
	StoredFound     bool
	// Differs: an agreement that came later in the day, or was added since, would be
	// picked now. The payment keeps what it was charged by.
	Differs bool
}

// ExplainPaymentRate says which rate applied to a payment and why.
func (s *Service) ExplainPaymentRate(ctx context.Context, p PaidFacts) (PaymentRate, error) {
	all, err := s.repo.Agreements(ctx, p.MerchantNo)
	if err != nil {
		return PaymentRate{}, fault.Wrap("merchants.ExplainPaymentRate", "", err)
	}
	r := PaymentRate{RateExplanation: RateFor(all, p.Channel, p.CardKind, p.Day)}
	for _, a := range all {
		if a.ID == p.AgreementID {
			r.Stored, r.StoredFound = a, true
		}
	}
	r.Differs = !r.StoredFound || !r.Found || r.Applied.ID != r.Stored.ID
	return r, nil
}
