package acquiring

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// WireMessage is what went over a wallet's wire for an order, masked.
type WireMessage struct {
	ID       string
	OrderNo  string // of the payment
	RefundNo string // "" but for refunds
	Channel  channel.Name
	Method   string // of the channel contract, or "notice"
	Outcome  channel.Outcome
	channel.Exchange
}

// WireMethods lists what a message can be about.
var WireMethods = []string{"prepay", "query", "close", "refund", "query_refund", "pay_by_code", "reverse", "notice"}

// WireKept is how long messages are kept: as long as wallets let a payment be disputed.
const WireKept = 180 * 24 * time.Hour

// Resend tells once more that a payment was paid, or that a refund succeeded, to
// whoever listens for events: as a new event of the same facts, because every consumer
// does a fact once and some have lost it. Who asked for it and why is on record. Fault
// kinds: Invalid with Field "reason", NotFound, Refused when there is nothing to tell.
func (s *Service) Resend(ctx context.Context, kind channel.LineKind, no, by, reason string) error {
	const op = "acquiring.Resend"
	reason = strings.TrimSpace(reason)
	if reason == "" || utf8.RuneCountInString(reason) > maxAskReason {
		return fault.Field(op, "reason", "", "want 1 to %d characters", maxAskReason)
	}
	e, object, err := s.toldAgain(ctx, kind, no)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := tx.Emit(e); err != nil {
			return err
		}
		return tx.Audit(s.newAudit(by, strings.Fields(object)[0]+".resent", object, "", e.ID, reason))
	})
	if err == nil {
		s.AfterCommit()
	}
	return fault.Wrap(op, "", err)
}

// toldAgain makes the event anew from what the books say.
func (s *Service) toldAgain(ctx context.Context, kind channel.LineKind, no string) (Event, string, error) {
	if kind == channel.RefundLine {
		r, err := s.Store.Refund(ctx, no)
		if err == nil && r.State != RefundSucceeded {
			err = nothingToTell(no, string(r.State))
		}
		return s.event("refund.succeeded", r.RefundNo, refundFacts(r)), "refund " + no, err
	}
	p, err := s.Store.Payment(ctx, no)
	if err == nil && p.State != Paid {
		err = nothingToTell(no, string(p.State))
	}
	return s.event("payment.paid", p.OrderNo, paidFacts(p, proof{PaidAt: p.PaidAt})), "payment " + no, err
}

func nothingToTell(no, state string) error {
	return &fault.Error{Op: "acquiring.Resend", Kind: fault.Refused, Field: "state", Value: state, Msg: no + " did not succeed: there is nothing to tell"}
}
