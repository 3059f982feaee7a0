package acquiring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
)

// RefundInput asks for a refund.
type RefundInput struct {
	OrderNo   string
	Amount    money.Fen
	Reason    string
	RequestID string // idempotency key: the same again is the same refund
	By        string // login of who asks
}

// commandFirst is how long the sweep leaves a new refund to its command.
const commandFirst = time.Minute

// RequestRefund reserves the amount and commits the refund together with the
// command that carries it out. The sum of an order's refunds never exceeds what
// was paid, however many ask at once: that is fault kind Refused. The same
// RequestID with the same content gives the same refund again; with other content
// it is a Conflict that names the field.
func (s *Service) RequestRefund(ctx context.Context, in RefundInput) (Refund, error) {
	const op = "acquiring.RequestRefund"
	if in.Amount <= 0 {
		return Refund{}, fault.Field(op, "amount", in.Amount.Yuan(), "want more than 0")
	}
	if in.RequestID == "" {
		return Refund{}, fault.Field(op, "request_id", "", "must be given")
	}
	if r, err := s.Store.RefundByRequest(ctx, in.RequestID); err == nil {
		return r, sameRefund(r, in)
	} else if !fault.Is(err, fault.NotFound) {
		return Refund{}, fault.Wrap(op, "", err)
	}
	p, err := s.Store.Payment(ctx, in.OrderNo)
	if err != nil {
		return Refund{}, fault.Wrap(op, "", err)
	}
	var r Refund
	err = s.drawing(ctx, func(tx Tx, draw int) (err error) {
		r, err = s.insertRefund(tx, p, in, "", draw)
		return err
	})
	if taken(err, "request_id") { // the same request at the same time
		if r, err = s.Store.RefundByRequest(ctx, in.RequestID); err == nil {
			return r, sameRefund(r, in)
		}
	}
	if err != nil {
		return Refund{}, fault.Wrap(op, "", err)
	}
	s.AfterCommit()
	return r, nil
}

// taken tells whether an error is the conflict over a unique field.
func taken(err error, field string) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Kind == fault.Conflict && f.Field == field
}

func sameRefund(r Refund, in RefundInput) error {
	differs := func(field, was, is string) error {
		return &fault.Error{Op: "acquiring.RequestRefund", Kind: fault.Conflict, Field: field, Value: is,
			Msg: fmt.Sprintf("request %s was made with %s %q; use a new request id for another refund", in.RequestID, field, was)}
	}
	switch {
	case r.OrderNo != in.OrderNo:
		return differs("order_no", r.OrderNo, in.OrderNo)
	case r.Amount != in.Amount:
		return differs("amount", r.Amount.Yuan(), in.Amount.Yuan())
	}
	return nil
}

// wayOf chooses how money goes back: the whole of a payment within the channel's
// clearing day by cancellation where there is one, anything else by refund.
func wayOf(p Payment, amount money.Fen, secondNo string, now time.Time) RefundWay {
	if p.Channel.Cancels() && secondNo == "" && amount == p.Amount && p.Channel.Cut().DateOf(now) == p.ClearingDate {
		return ByCancel
	}
	return ByRefund
}

// insertRefund commits a refund with its reservation, audit and command. secondNo
// names a second success that is given back, for which nothing is reserved. draw is
// how often its reference number was drawn in vain.
func (s *Service) insertRefund(tx Tx, p Payment, in RefundInput, secondNo string, draw int) (Refund, error) {
	now := s.Clock.Now()
	day := bizdate.Of(now)
	if secondNo == "" {
		if err := s.reserve(tx, p, in.Amount); err != nil {
			return Refund{}, err
		}
		var err error
		if p, err = tx.Payment(p.OrderNo); err != nil { // what its clearing date is, now that it is certainly paid
			return Refund{}, err
		}
	}
	trace, err := tx.NextTrace(p.TerminalNo)
	if err != nil {
		return Refund{}, err
	}
	r := Refund{
		RefundNo: id.OrderNo('R', day, p.TerminalNo, trace), OrderNo: p.OrderNo, MerchantNo: p.MerchantNo,
		TerminalNo: p.TerminalNo, Channel: p.Channel, ChannelID: p.ChannelID, Trace: id.Trace(trace),
		Amount: in.Amount, State: RefundMoves.First, Reason: in.Reason, RequestID: in.RequestID, RequestedBy: in.By,
		CreatedAt: now, NextQueryAt: now.Add(commandFirst), Way: wayOf(p, in.Amount, secondNo, now), Tries: 1, TriedAt: now, SecondNo: secondNo,
	}
	r.RRN = id.RRN(day, r.RefundNo, draw)
	if err := tx.InsertRefund(r); err != nil {
		return Refund{}, err
	}
	if err := tx.Audit(s.newAudit(in.By, "refund.requested", "payment "+p.OrderNo, "", in.Amount.Yuan(), in.Reason)); err != nil {
		return Refund{}, err
	}
	return r, s.newCommand(tx, r)
}

// reserve holds a part of what was paid for a refund; Refused when it is not there.
func (s *Service) reserve(tx Tx, p Payment, amount money.Fen) error {
	reserved, err := tx.ReserveRefund(p.OrderNo, amount)
	if err == nil && !reserved {
		err = &fault.Error{Op: "acquiring.RequestRefund", Kind: fault.Refused, Field: "amount", Value: amount.Yuan(),
			Msg: fmt.Sprintf("order %s is not paid, or less than this is left to refund of its %s", p.OrderNo, p.Amount)}
	}
	return err
}

// RetryRefund tries a refund again that the wallet has refused: the same refund
// under the same number, reserved anew, by the way that is right now. Fault kind
// Conflict (Field "state") when it has not failed, Refused when the money is no
// longer there.
func (s *Service) RetryRefund(ctx context.Context, refundNo, by, reason string) (Refund, error) {
	const op = "acquiring.RetryRefund"
	if reason == "" {
		return Refund{}, fault.Field(op, "reason", "", "must say why the refund is to be tried again")
	}
	var r Refund
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		if r, err = tx.Refund(refundNo); err != nil {
			return err
		}
		p, err := tx.Payment(r.OrderNo)
		if err != nil {
			return err
		}
		if r, err = s.nextTry(tx, r, wayOf(p, r.Amount, r.SecondNo, s.Clock.Now())); err != nil {
			return err
		}
		if r.SecondNo == "" {
			if err := s.reserve(tx, p, r.Amount); err != nil {
				return err
			}
		}
		if err := tx.Audit(s.newAudit(by, "refund.retried", "refund "+refundNo, string(RefundFailed), string(RefundCreated), reason)); err != nil {
			return err
		}
		if _, err := s.moveCommand(tx, refundNo, CommandWaiting, CommandChange{}); err != nil {
			return err
		}
		return s.sendRefund(tx, r)
	})
	if err != nil {
		return Refund{}, fault.Wrap(op, "", err)
	}
	s.AfterCommit()
	return r, nil
}

// nextTry moves a failed refund back to the beginning.
func (s *Service) nextTry(tx Tx, r Refund, way RefundWay) (Refund, error) {
	now := s.tryAfter(r)
	r.Tries, r.TriedAt, r.NextQueryAt, r.Way, r.Attempts = r.Tries+1, now, now.Add(commandFirst), way, 0
	moved, err := tx.MoveRefund(r.RefundNo, []RefundState{RefundFailed}, RefundCreated,
		RefundChange{Way: &r.Way, Tries: &r.Tries, TriedAt: &r.TriedAt, NextQueryAt: &r.NextQueryAt, Attempts: &r.Attempts})
	if err == nil && !moved {
		err = &fault.Error{Op: "acquiring.RetryRefund", Kind: fault.Conflict, Field: "state", Value: string(r.State),
			Msg: fmt.Sprintf("only a refund that has failed is tried again; %s is %s", r.RefundNo, r.State)}
	}
	r.State = RefundCreated
	return r, err
}

// ExecuteRefund carries a requested refund out. It may be called any number of
// times: the wallet knows the refund by its number. One of which it is not known
// whether the wallet has it is asked about first. An error means that it was
// certainly not sent and must be called again.
func (s *Service) ExecuteRefund(ctx context.Context, refundNo string) error {
	const op = "acquiring.ExecuteRefund"
	r, err := s.Store.Refund(ctx, refundNo)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	a, err := s.adapter(r.Channel)
	switch {
	case err != nil:
		return err
	case r.State == RefundUnknown:
		return fault.Wrap(op, "", s.sweepRefund(ctx, r, noFence))
	case r.State != RefundCreated:
		return nil
	}
	if r, err = s.rightWay(ctx, r); err != nil {
		return fault.Wrap(op, "", err)
	}
	req, err := s.refundRequest(ctx, r)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	res, err := a.Refund(ctx, req)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	return fault.Wrap(op, "", s.storeRefundResult(ctx, r, noFence, res))
}

// rightWay turns a cancellation that was not sent in its clearing day into a
// refund. Only for one that the wallet certainly does not have.
func (s *Service) rightWay(ctx context.Context, r Refund) (Refund, error) {
	if r.Way != ByCancel {
		return r, nil
	}
	p, err := s.Store.Payment(ctx, r.OrderNo)
	if err != nil || wayOf(p, r.Amount, r.SecondNo, s.Clock.Now()) == ByCancel {
		return r, err
	}
	r.Way = ByRefund
	return r, s.Store.Update(ctx, func(tx Tx) error {
		_, err := tx.MoveRefund(r.RefundNo, []RefundState{r.State}, r.State, RefundChange{OfTry: r.Tries, Way: &r.Way})
		return err
	})
}

func (s *Service) refundRequest(ctx context.Context, r Refund) (channel.RefundRequest, error) {
	p, err := s.Store.Payment(ctx, r.OrderNo)
	if err != nil {
		return channel.RefundRequest{}, err
	}
	ref := refOf(p)
	if r.SecondNo != "" {
		ref.ChannelNo = r.SecondNo
	}
	return channel.RefundRequest{
		OrderRef: ref, RefundNo: r.RefundNo, RefundCreatedAt: r.TriedAt, Cancel: r.Way == ByCancel, Amount: r.Amount, Total: p.Amount,
		Reason: r.Reason, NotifyURL: s.NotifyURL(r.Channel),
	}, nil
}

func (s *Service) storeRefundResult(ctx context.Context, r Refund, fence int64, res channel.RefundResult) error {
	if res.Outcome == channel.Succeeded && res.Amount != 0 && res.Amount != r.Amount {
		res.Result = channel.Result{Outcome: channel.Unknown, Code: "amount", Message: fmt.Sprintf("the wallet speaks of %s, the refund is %s", res.Amount, r.Amount)}
	}
	err := s.Store.Update(ctx, func(tx Tx) error {
		if fence != noFence {
			if held, err := tx.EndRefundLease(r.RefundNo, fence); err != nil || !held {
				return err
			}
		}
		_, err := s.applyRefundResult(tx, r, res)
		return err
	})
	if err == nil {
		s.AfterCommit()
	}
	return err
}
