package acquiring

import (
	"context"
	"slices"
	"time"

	"juma/acquiring/channel"
)

// codeDead is how long after its time an order that the wallet does not know could
// still arrive there: payment codes live for a minute, and calls are given up
// sooner.
const codeDead = 2 * time.Minute

// sweepCode takes a payment by code on: asks about it, and undoes it when its time
// is up.
func (s *Service) sweepCode(ctx context.Context, p Payment, fence int64) error {
	switch p.State {
	case Reversing:
		return s.reverse(ctx, p, fence)
	case Created: // the process ended before it could send anything
		if s.Clock.Now().Before(p.ExpiresAt) {
			return s.askAgain(ctx, p, fence, codeGap, channel.Result{})
		}
		return s.closeOurs(ctx, p, fence, channel.Result{Code: "never_sent", Message: "the code was never sent"})
	}
	a, err := s.adapter(p.Channel)
	if err != nil {
		return err
	}
	res, err := a.Query(ctx, refOf(p))
	if err != nil {
		res.Result = channel.Result{Outcome: channel.Unknown, Message: err.Error()}
	}
	switch {
	case res.Outcome == channel.Succeeded && amountFits(p, res.Amount):
		return s.confirmQuery(ctx, p, fence, res)
	case res.Outcome == channel.Refused && !res.NotFound:
		return s.refuseCode(ctx, p, fence, res.Result)
	case s.Clock.Now().Before(p.ExpiresAt):
		return s.askAgain(ctx, p, fence, codeGap, res.Result)
	}
	return s.giveUpCode(ctx, p, fence)
}

// refuseCode ends a payment by code that the wallet calls not paid.
func (s *Service) refuseCode(ctx context.Context, p Payment, fence int64, res channel.Result) error {
	return s.asked(ctx, p, fence, func(tx Tx) error {
		_, err := tx.MovePayment(p.OrderNo, []PaymentState{Pending, Unknown}, Refused, PaymentChange{Code: &res.Code, Message: &res.Message, Reason: &res.Reason})
		return err
	})
}

// giveUpCode decides that a payment whose time is up is undone, and begins with it.
// The decision is committed first: whoever comes after a crash goes on with it.
func (s *Service) giveUpCode(ctx context.Context, p Payment, fence int64) error {
	moved, none, now := false, 0, s.Clock.Now()
	err := s.asked(ctx, p, fence, func(tx Tx) (err error) {
		moved, err = tx.MovePayment(p.OrderNo, []PaymentState{Pending, Unknown}, Reversing, PaymentChange{Attempts: &none, NextQueryAt: &now})
		return err
	})
	if err != nil || !moved {
		return err
	}
	p.State, p.Attempts, p.NextQueryAt = Reversing, 0, now
	return s.reverse(ctx, p, noFence)
}

// reverse asks the wallet to undo an order. Only "done" and "I will not" end it.
func (s *Service) reverse(ctx context.Context, p Payment, fence int64) error {
	codes, err := s.codePayer(p.Channel)
	if err != nil {
		return err
	}
	res, err := codes.Reverse(ctx, refOf(p))
	if err != nil {
		res.Result = channel.Result{Outcome: channel.Unknown, Message: err.Error()}
	}
	switch {
	case res.Outcome == channel.Succeeded:
		return s.reversed(ctx, p, fence, res)
	case res.Outcome == channel.Refused && res.NotFound && !s.Clock.Now().Before(p.ExpiresAt.Add(codeDead)):
		return s.reversed(ctx, p, fence, res)
	case res.Outcome == channel.Refused && !res.NotFound:
		return s.notReversible(ctx, p, fence, res.Result)
	}
	return s.askAgain(ctx, p, fence, queryAfter(p.Attempts), res.Result)
}

func (s *Service) reversed(ctx context.Context, p Payment, fence int64, res channel.ReverseResult) error {
	err := s.asked(ctx, p, fence, func(tx Tx) error {
		moved, err := tx.MovePayment(p.OrderNo, []PaymentState{Reversing}, Reversed, PaymentChange{Code: &res.Code, Message: &res.Message})
		if err != nil || !moved {
			return err
		}
		return tx.Emit(s.event("payment.reversed", p.OrderNo, map[string]any{
			"order_no": p.OrderNo, "merchant_no": p.MerchantNo, "channel": p.Channel, "amount_fen": p.Amount, "gave_back": res.GaveBack,
		}))
	})
	if err == nil {
		s.AfterCommit()
	}
	return err
}

// notReversible asks what holds when the wallet will not undo an order: a paid one
// is paid after all, and one that was not paid needs no undoing.
func (s *Service) notReversible(ctx context.Context, p Payment, fence int64, why channel.Result) error {
	a, err := s.adapter(p.Channel)
	if err != nil {
		return err
	}
	res, err := a.Query(ctx, refOf(p))
	switch {
	case err != nil:
		return s.askAgain(ctx, p, fence, queryAfter(p.Attempts), why)
	case res.Outcome == channel.Succeeded && amountFits(p, res.Amount):
		return s.paidAfterAll(ctx, p, fence, res)
	case res.Outcome == channel.Refused && !res.NotFound:
		return s.reversed(ctx, p, fence, channel.ReverseResult{Result: res.Result})
	}
	return s.askAgain(ctx, p, fence, queryAfter(p.Attempts), why)
}

// paidAfterAll pays an order that the wallet will not undo.
func (s *Service) paidAfterAll(ctx context.Context, p Payment, fence int64, res channel.PaymentResult) error {
	by := proof{ChannelNo: res.ChannelNo, Payer: res.Payer, Card: res.Card, PaidAt: res.PaidAt, SettleDate: res.SettleDate}
	by.date(p.Channel, s.Clock.Now())
	err := s.asked(ctx, p, fence, func(tx Tx) error {
		moved, err := tx.MovePayment(p.OrderNo, []PaymentState{Reversing}, Paid, by.change())
		if err != nil || !moved {
			return err
		}
		if err := s.postPaid(tx, p, by); err != nil {
			return err
		}
		if err := tx.Audit(s.newAudit("reversal", "payment.late_success", "payment "+p.OrderNo, string(Reversing), string(Paid), "the wallet will not undo it")); err != nil {
			return err
		}
		return tx.Emit(s.event("payment.paid", p.OrderNo, paidFacts(p, by)))
	})
	if err == nil {
		s.AfterCommit()
	}
	return err
}

// undoAgain is what becomes of a success that comes while an order is being undone
// or after it was: it is undone again. That is its one end, whenever it comes.
// again is false for an order that nobody undoes.
func (s *Service) undoAgain(tx Tx, orderNo string) (again bool, err error) {
	now, none := s.Clock.Now(), 0
	again, err = tx.MovePayment(orderNo, []PaymentState{Reversing}, Reversing, PaymentChange{NextQueryAt: &now, Attempts: &none})
	if err != nil || again {
		return again, err
	}
	again, err = tx.MovePayment(orderNo, []PaymentState{Reversed}, Reversing, PaymentChange{NextQueryAt: &now, Attempts: &none})
	if again {
		s.Log.Warn("a success came after the reversal and is undone again", "order", orderNo)
	}
	return again, err
}

// askAgain leaves a payment where it is, to be asked about after a while. One that
// has ended and was asked about out of turn stays as it is.
func (s *Service) askAgain(ctx context.Context, p Payment, fence int64, after time.Duration, res channel.Result) error {
	if slices.Contains(PaymentMoves.Final, p.State) {
		return nil
	}
	next, attempts := s.Clock.Now().Add(after), p.Attempts+1
	return s.asked(ctx, p, fence, func(tx Tx) error {
		_, err := tx.MovePayment(p.OrderNo, []PaymentState{p.State}, p.State, PaymentChange{Code: &res.Code, Message: &res.Message, Attempts: &attempts, NextQueryAt: &next})
		return err
	})
}
