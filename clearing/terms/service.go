package terms

import (
	"context"
	"fmt"
	"time"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

// Store is what terms and holds need from storage. Missing rows are faults of kind
// NotFound.
type Store interface {
	// TermsOn returns the terms that count for a clearing date, by merchant.
	TermsOn(ctx context.Context, d bizdate.Date) (map[string]Terms, error)
	// Changes lists changes, newest first: of a merchant ("" = of all) and in a state
	// ("" = in any).
	Changes(ctx context.Context, merchantNo string, state State, limit int) ([]Change, error)
	Change(ctx context.Context, id string) (Change, error)
	// Holds lists holds, newest first, likewise.
	Holds(ctx context.Context, merchantNo string, state HoldState, limit int) ([]Hold, error)
	Hold(ctx context.Context, id string) (Hold, error)
	// HeldNow lists every hold in force.
	HeldNow(ctx context.Context) ([]Hold, error)
	// Owner returns the merchant of a merchant or payment, and whether a payment has
	// settled already.
	Owner(ctx context.Context, scope Scope, objectNo string) (merchantNo string, settled bool, err error)
	UpdateTerms(ctx context.Context, f func(Tx) error) error
}

// Tx is a transaction over terms and holds.
type Tx interface {
	// InsertChange stores a proposal; Conflict (Field "open_key") while the merchant has
	// an open one.
	InsertChange(c Change) error
	// MoveChange decides a proposal.
	MoveChange(id string, to State, by string, at time.Time, note string) (moved bool, err error)
	// InsertHold stores a hold; Conflict (Field "open_key") when the object is held.
	InsertHold(h Hold) error
	// EndHold ends a hold that somebody else has put.
	EndHold(id, by string, at time.Time, reason string) (moved bool, err error)
	Audit(e audit.Entry) error
}

// Service keeps terms and holds: every change takes two people and is on record.
type Service struct {
	Store
	clock clock.Clock
	ids   *id.ULIDs
}

// NewService returns the service.
func NewService(store Store, clk clock.Clock, ids *id.ULIDs) *Service {
	return &Service{Store: store, clock: clk, ids: ids}
}

// InForce gathers what a batch of the date is computed by.
func (s *Service) InForce(ctx context.Context, d bizdate.Date) (InForce, error) {
	f := InForce{Merchants: map[string]bool{}, Payments: map[string]bool{}}
	var err error
	if f.Terms, err = s.TermsOn(ctx, d); err != nil {
		return f, err
	}
	holds, err := s.HeldNow(ctx)
	for _, h := range holds {
		if h.Scope == OfMerchant {
			f.Merchants[h.ObjectNo] = true
		} else {
			f.Payments[h.ObjectNo] = true
		}
	}
	return f, err
}

// Propose stores terms for somebody else to decide on. They count for clearing dates
// from a date that must not lie behind. Kinds: Invalid with the field, NotFound for an
// unknown merchant, Conflict while another proposal of the merchant is open.
func (s *Service) Propose(ctx context.Context, merchantNo string, t Terms, from bizdate.Date, by, reason string) (Change, error) {
	const op = "terms.Propose"
	now := s.clock.Now()
	switch err := t.Check(); {
	case err != nil:
		return Change{}, err
	case from < bizdate.Of(now):
		return Change{}, fault.Field(op, "from", from.String(), "terms count from %s at the earliest: what lies behind was settled by those of its time", bizdate.Of(now))
	case by == "" || reason == "":
		return Change{}, fault.Field(op, "reason", "", "say who asks and why")
	}
	if _, _, err := s.Owner(ctx, OfMerchant, merchantNo); err != nil {
		return Change{}, err
	}
	c := Change{ID: s.ids.At(now), MerchantNo: merchantNo, State: Proposed, Terms: t, From: from, Reason: reason, ProposedBy: by, ProposedAt: now}
	return c, s.UpdateTerms(ctx, func(tx Tx) error {
		if err := tx.InsertChange(c); err != nil {
			return err
		}
		return tx.Audit(entry(s.ids.At(now), now, by, "terms.proposed", "merchant "+merchantNo, "", fmt.Sprintf("%s since %s", t, from), reason))
	})
}

// Approve lets a proposal count. Kinds: Forbidden for who proposed it, Conflict when it
// was decided or its date has passed meanwhile.
func (s *Service) Approve(ctx context.Context, id, by, note string) error {
	const op = "terms.Approve"
	c, err := s.Change(ctx, id)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	switch {
	case by == "" || by == c.ProposedBy:
		return &fault.Error{Op: op, Kind: fault.Forbidden, Field: "by", Value: by, Msg: "proposed these terms; another person decides"}
	case c.State == Proposed && c.From < bizdate.Of(now):
		return fault.New(op, fault.Conflict, "these terms were to count from %s, which has passed: propose them anew", c.From)
	}
	return s.decide(ctx, c, Approved, by, note, "terms.approved", fmt.Sprintf("%s since %s", c.Terms, c.From))
}

// Reject ends a proposal; who proposed it may withdraw it so.
func (s *Service) Reject(ctx context.Context, id, by, note string) error {
	if by == "" || note == "" {
		return fault.Field("terms.Reject", "note", "", "say why")
	}
	c, err := s.Change(ctx, id)
	if err != nil {
		return err
	}
	return s.decide(ctx, c, Rejected, by, note, "terms.rejected", string(Rejected))
}

func (s *Service) decide(ctx context.Context, c Change, to State, by, note, action, after string) error {
	now := s.clock.Now()
	return s.UpdateTerms(ctx, func(tx Tx) error {
		moved, err := tx.MoveChange(c.ID, to, by, now, note)
		if err == nil && !moved {
			err = fault.New("terms.decide", fault.Conflict, "these terms were decided by somebody else; look at them again")
		}
		if err != nil {
			return err
		}
		return tx.Audit(entry(s.ids.At(now), now, by, action, "merchant "+c.MerchantNo, string(Proposed), after, note))
	})
}

// Put holds a merchant's money or a payment from the next batch on. Kinds: Invalid,
// NotFound, Conflict when it is held already or a payment has settled.
func (s *Service) Put(ctx context.Context, scope Scope, objectNo string, kind Kind, by, reason string) (Hold, error) {
	const op = "terms.Put"
	if by == "" || reason == "" {
		return Hold{}, fault.Field(op, "reason", "", "say who holds it and why")
	}
	if scope != OfMerchant && scope != OfPayment {
		return Hold{}, fault.Field(op, "scope", string(scope), "want %s or %s", OfMerchant, OfPayment)
	}
	if kind != Ordinary && kind != Risk {
		return Hold{}, fault.Field(op, "kind", string(kind), "want %s or %s", Ordinary, Risk)
	}
	owner, settled, err := s.Owner(ctx, scope, objectNo)
	if err != nil {
		return Hold{}, err
	}
	if settled {
		return Hold{}, &fault.Error{Op: op, Kind: fault.Conflict, Field: "object_no", Value: objectNo, Msg: "has settled; hold the merchant, or work it as a dispute"}
	}
	now := s.clock.Now()
	h := Hold{ID: s.ids.At(now), Scope: scope, ObjectNo: objectNo, MerchantNo: owner, Kind: kind, State: Held, Reason: reason, HeldBy: by, HeldAt: now}
	return h, s.UpdateTerms(ctx, func(tx Tx) error {
		if err := tx.InsertHold(h); err != nil {
			return err
		}
		return tx.Audit(entry(s.ids.At(now), now, by, "hold.put", string(scope)+" "+objectNo, "", string(kind), reason))
	})
}

// End lets go what is held. Kinds: Forbidden for who put it, Conflict when it was ended
// before.
func (s *Service) End(ctx context.Context, id, by, reason string) error {
	const op = "terms.End"
	if by == "" || reason == "" {
		return fault.Field(op, "reason", "", "say who lets it go and why")
	}
	h, err := s.Hold(ctx, id)
	if err != nil {
		return err
	}
	if h.HeldBy == by {
		return &fault.Error{Op: op, Kind: fault.Forbidden, Field: "by", Value: by, Msg: "put this hold; another person ends it"}
	}
	now := s.clock.Now()
	return s.UpdateTerms(ctx, func(tx Tx) error {
		moved, err := tx.EndHold(id, by, now, reason)
		if err == nil && !moved {
			err = fault.New(op, fault.Conflict, "this hold was ended by somebody else")
		}
		if err != nil {
			return err
		}
		return tx.Audit(entry(s.ids.At(now), now, by, "hold.ended", string(h.Scope)+" "+h.ObjectNo, string(h.Kind), "", reason))
	})
}
