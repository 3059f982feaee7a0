package acquiring

import (
	"context"
	"fmt"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
)

// LatePolicy says what becomes of money that a wallet took after the order had
// ended here, closed or refused. The money is in the book either way; what differs
// is its one end.
type LatePolicy string

// The policies.
const (
	AcceptLate LatePolicy = "accept" // the payment counts; the merchant is told. The default
	RefundLate LatePolicy = "refund" // the payment is given back whole, at once
)

// LatePolicyOf is the merchant's policy.
func (s *Service) LatePolicyOf(ctx context.Context, merchantNo string) (LatePolicy, error) {
	policy, err := s.Store.LatePolicy(ctx, merchantNo)
	if policy == "" {
		policy = AcceptLate
	}
	return policy, fault.Wrap("acquiring.LatePolicyOf", "", err)
}

// SetLatePolicy changes the merchant's policy for money that comes from now on.
func (s *Service) SetLatePolicy(ctx context.Context, merchantNo string, policy LatePolicy, by, reason string) error {
	const op = "acquiring.SetLatePolicy"
	if policy != AcceptLate && policy != RefundLate {
		return fault.Field(op, "policy", string(policy), "want %s or %s", AcceptLate, RefundLate)
	}
	if _, err := s.Merchants.Merchant(ctx, merchantNo); err != nil {
		return fault.Wrap(op, "", err)
	}
	return fault.Wrap(op, "", s.Store.Update(ctx, func(tx Tx) error {
		before, err := tx.LatePolicy(merchantNo)
		if err != nil || before == policy {
			return err
		}
		if err := tx.SetLatePolicy(merchantNo, policy, by, s.Clock.Now()); err != nil {
			return err
		}
		return tx.Audit(s.newAudit(by, "merchant.late_policy_set", "merchant "+merchantNo, string(before), string(policy), reason))
	}))
}

// These ask for refunds by themselves. Their request ids have a colon, which no
// page and no interface lets into a request id: nobody can take them beforehand.
const (
	byLatePolicy    = "late policy"
	bySecondSuccess = "second success"
)

// lateSuccess ends a payment that was paid after it had ended as the merchant's
// policy says. The payment is paid and posted already.
func (s *Service) lateSuccess(tx Tx, p Payment, was PaymentState, by proof, actor string) error {
	if err := tx.Audit(s.newAudit(actor, "payment.late_success", "payment "+p.OrderNo, string(was), string(Paid), "the wallet took the money after all")); err != nil {
		return err
	}
	policy, err := tx.LatePolicy(p.MerchantNo)
	if err != nil {
		return err
	}
	if policy != RefundLate {
		return tx.Emit(s.event("payment.paid", p.OrderNo, paidFacts(p, by)))
	}
	if err := tx.Emit(s.event("payment.late", p.OrderNo, paidFacts(p, by))); err != nil {
		return err
	}
	_, err = s.insertRefund(tx, p, RefundInput{
		OrderNo: p.OrderNo, Amount: p.Amount, Reason: "paid after the order had ended", RequestID: "late:" + p.OrderNo, By: byLatePolicy,
	}, "", by.draw)
	return err
}

// secondSuccess opens the refund of money that the wallet took for an order that
// was paid before, under another number (invariant I5). It is the payer's: nothing
// of it is the merchant's, and no part of the order's own amount is reserved. The
// same second success is one case, however often and by whom it is told.
func (s *Service) secondSuccess(tx Tx, p Payment, by proof) (Disposition, string, error) {
	r, err := s.insertRefund(tx, p, RefundInput{
		OrderNo: p.OrderNo, Amount: p.Amount, Reason: fmt.Sprintf("paid twice: %s after %s", by.ChannelNo, p.ChannelNo),
		RequestID: fmt.Sprintf("second:%s:%s", p.Channel, by.ChannelNo), By: bySecondSuccess,
	}, by.ChannelNo, by.draw)
	if taken(err, "request_id") {
		return Already, "", nil
	}
	if err != nil {
		return "", "", err
	}
	s.Log.Error("second success is given back", "channel", p.Channel, "order", p.OrderNo, "refund", r.RefundNo)
	by.date(p.Channel, s.Clock.Now())
	ref := string(p.Channel) + "/" + by.ChannelNo
	if err := tx.Post(s.withID(ledger.PostSecond(ref, p.MerchantNo, string(p.Channel), by.SettleDate, s.Clock.Now(), p.Amount))); err != nil {
		return "", "", err
	}
	return Applied, fmt.Sprintf("second success %s, order was paid by %s: given back by %s", by.ChannelNo, p.ChannelNo, r.RefundNo), nil
}

// RefundSecond gives back money that the wallet took for a paid order once more, as
// a statement shows it: under another number of the channel. d is the clearing date
// that it is booked on. Again it is the same refund. Kinds: NotFound for no such
// order; Refused when the order is not paid, or the number is that of its payment.
func (s *Service) RefundSecond(ctx context.Context, orderNo, channelNo string, d bizdate.Date) error {
	const op = "acquiring.RefundSecond"
	p, err := s.Store.Payment(ctx, orderNo)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	if p.State != Paid || channelNo == "" || channelNo == p.ChannelNo {
		return &fault.Error{Op: op, Kind: fault.Refused, Field: "channel_no", Value: channelNo,
			Msg: fmt.Sprintf("order %s is %s, with number %s at the channel: this is no second success", orderNo, p.State, p.ChannelNo)}
	}
	err = s.drawing(ctx, func(tx Tx, draw int) error {
		_, _, err := s.secondSuccess(tx, p, proof{ChannelNo: channelNo, SettleDate: d, draw: draw})
		return err
	})
	if err == nil {
		s.AfterCommit()
	}
	return fault.Wrap(op, "", err)
}

// drawing runs f in a transaction, and again with the next draw when a number that
// f drew for a refund was taken already.
func (s *Service) drawing(ctx context.Context, f func(tx Tx, draw int) error) error {
	for draw := 0; ; draw++ {
		err := s.Store.Update(ctx, func(tx Tx) error { return f(tx, draw) })
		if !taken(err, "rrn") || draw >= maxDraws {
			return err
		}
	}
}

// maxDraws is how often a reference number is drawn: eight digits a day are enough
// that the second is nearly always free.
const maxDraws = 20
