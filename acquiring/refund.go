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

// RequestRefund reserves the amount and commits the refund together with the
// command that carries it out. The sum of an order's refunds never exceeds what
// was paid, however many ask at once: that is fault kind Refused.
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
	for attempt := 0; ; attempt++ {
		r, err := s.insertRefund(ctx, in, p, attempt)
		var f *fault.Error
		switch {
		case err == nil:
			s.AfterCommit()
			return r, nil
		case errors.As(err, &f) && f.Kind == fault.Conflict && f.Field == "rrn" && attempt < 20:
			continue
		case errors.As(err, &f) && f.Kind == fault.Conflict && f.Field == "request_id":
			if r, err = s.Store.RefundByRequest(ctx, in.RequestID); err != nil {
				return Refund{}, fault.Wrap(op, "", err)
			}
			return r, sameRefund(r, in)
		}
		return Refund{}, fault.Wrap(op, "", err)
	}
}

func sameRefund(r Refund, in RefundInput) error {
	if r.OrderNo != in.OrderNo || r.Amount != in.Amount {
		return &fault.Error{Op: "acquiring.RequestRefund", Kind: fault.Conflict, Field: "request_id", Value: in.RequestID,
			Msg: fmt.Sprintf("was used for a refund of %s of order %s", r.Amount, r.OrderNo)}
	}
	return nil
}

func (s *Service) insertRefund(ctx context.Context, in RefundInput, p Payment, attempt int) (Refund, error) {
	now := s.Clock.Now()
	day := bizdate.Of(now)
	var r Refund
	err := s.Store.Update(ctx, func(tx Tx) error {
		reserved, err := tx.ReserveRefund(p.OrderNo, in.Amount)
		if err != nil {
			return err
		}
		if !reserved {
			return &fault.Error{Op: "acquiring.RequestRefund", Kind: fault.Refused, Field: "amount", Value: in.Amount.Yuan(),
				Msg: fmt.Sprintf("order %s is not paid, or less than this is left to refund of its %s", p.OrderNo, p.Amount)}
		}
		trace, err := tx.NextTrace(p.TerminalNo)
		if err != nil {
			return err
		}
		r = Refund{
			RefundNo: id.OrderNo('R', day, p.TerminalNo, trace), OrderNo: p.OrderNo, MerchantNo: p.MerchantNo,
			TerminalNo: p.TerminalNo, Channel: p.Channel, ChannelID: p.ChannelID, Trace: id.Trace(trace),
			Amount: in.Amount, State: RefundCreated, Reason: in.Reason, RequestID: in.RequestID, RequestedBy: in.By,
			CreatedAt: now, NextQueryAt: now.Add(time.Minute), // the command comes first; the sweep only if it got lost
			Way: ByRefund, Tries: 1, TriedAt: now,
		}
		r.RRN = id.RRN(day, r.RefundNo, attempt)
		if err := tx.InsertRefund(r); err != nil {
			return err
		}
		if err := tx.Audit(s.newAudit(in.By, "refund.requested", "payment "+p.OrderNo, "", in.Amount.Yuan(), in.Reason)); err != nil {
			return err
		}
		return s.newCommand(tx, r)
	})
	return r, err
}

// ExecuteRefund carries a requested refund out. It may be called any number of
// times: the wallet knows the refund by its number. An error means that it was
// certainly not sent and must be called again.
func (s *Service) ExecuteRefund(ctx context.Context, refundNo string) error {
	const op = "acquiring.ExecuteRefund"
	r, err := s.Store.Refund(ctx, refundNo)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	if r.State != RefundCreated && r.State != RefundUnknown {
		return nil
	}
	a, err := s.adapter(r.Channel)
	if err != nil {
		return err
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

func (s *Service) refundRequest(ctx context.Context, r Refund) (channel.RefundRequest, error) {
	p, err := s.Store.Payment(ctx, r.OrderNo)
	if err != nil {
		return channel.RefundRequest{}, err
	}
	return channel.RefundRequest{
		OrderRef: refOf(p), RefundNo: r.RefundNo, RefundCreatedAt: r.CreatedAt, Amount: r.Amount, Total: p.Amount,
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
