package acquiring

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
)

// Notice verifies a notification, applies it in one transaction and returns the
// exact bytes to answer. An error means that nothing is known to be committed:
// answer 500, the wallet sends it again.
func (s *Service) Notice(ctx context.Context, ch channel.Name, raw channel.RawNotice) (channel.Reply, error) {
	const op = "acquiring.Notice"
	a, err := s.adapter(ch)
	if err != nil {
		return channel.Reply{}, err
	}
	verdict, err := a.ReadNotice(ctx, raw)
	if err != nil {
		return channel.Reply{}, fault.Wrap(op, "", err)
	}
	if !verdict.OK {
		now := s.Clock.Now()
		if err := s.Store.RecordForgery(ctx, s.IDs.At(now), ch, verdict.Problem, now); err != nil {
			return channel.Reply{}, fault.Wrap(op, "", err)
		}
		s.Log.WarnContext(ctx, "notification refused", "channel", ch, "problem", verdict.Problem)
		return verdict.Nack, nil
	}
	if err := s.Confirm(ctx, ch, verdict.Notice); err != nil {
		return channel.Reply{}, fault.Wrap(op, "", err)
	}
	return verdict.Ack, nil
}

// Confirm applies a verified notification: notice row, guarded state, ledger and
// outbox in one transaction. A notice that contradicts our order is kept and
// held, never posted.
func (s *Service) Confirm(ctx context.Context, ch channel.Name, n channel.Notice) error {
	now := s.Clock.Now()
	row := NoticeRow{
		ID: s.IDs.At(now), Channel: ch, NoticeID: n.ID, Event: n.Event, OrderNo: n.OrderNo, RefundNo: n.RefundNo,
		Amount: n.Amount, ChannelNo: n.ChannelNo, Disposition: Already, ReceivedAt: now, Deliveries: 1,
	}
	err := s.Store.Update(ctx, func(tx Tx) error {
		fresh, err := tx.RecordNotice(row)
		if err != nil || !fresh {
			return err
		}
		disposition, reason, err := s.applyNotice(tx, ch, n)
		if err != nil || disposition == row.Disposition {
			return err
		}
		return tx.SetDisposition(ch, n.ID, disposition, reason)
	})
	if err == nil {
		s.AfterCommit()
	}
	return err
}

func (s *Service) applyNotice(tx Tx, ch channel.Name, n channel.Notice) (Disposition, string, error) {
	if n.Event == channel.RefundEvent {
		return s.applyRefundNotice(tx, ch, n)
	}
	if n.Result.Outcome != channel.Succeeded {
		return Already, "", nil // only success is news here; failures are asked for by the sweep
	}
	p, err := tx.Payment(n.OrderNo)
	if fault.Is(err, fault.NotFound) {
		return Held, "no such order", nil
	}
	if err != nil {
		return "", "", err
	}
	if reason := contradiction(p, ch, n); reason != "" {
		s.Log.Error("notification held", "channel", ch, "order", p.OrderNo, "reason", reason)
		return Held, reason, nil
	}
	moved, err := s.markPaid(tx, p, proof{ChannelNo: n.ChannelNo, Payer: n.Payer, PaidAt: n.Time, SettleDate: n.SettleDate}, string(ch))
	if err != nil || moved {
		return Applied, "", err
	}
	// Another success was faster, perhaps since the payment was read above: it must
	// be the same one (invariant I5).
	if p, err = tx.Payment(n.OrderNo); err != nil {
		return "", "", err
	}
	if reason := contradiction(p, ch, n); reason != "" {
		s.Log.Error("notification held", "channel", ch, "order", p.OrderNo, "reason", reason)
		return Held, reason, nil
	}
	return Already, "", nil
}

// contradiction says in what a notice differs from our order; "" when it fits
// (invariant I8).
func contradiction(p Payment, ch channel.Name, n channel.Notice) string {
	switch {
	case p.Channel != ch:
		return fmt.Sprintf("order belongs to channel %s", p.Channel)
	case n.MerchantID != "" && n.MerchantID != p.ChannelID:
		return fmt.Sprintf("merchant %q, order has %q", n.MerchantID, p.ChannelID)
	case n.Currency != "" && n.Currency != "CNY":
		return fmt.Sprintf("currency %q, order is in CNY", n.Currency)
	case n.Amount != p.Amount:
		return fmt.Sprintf("amount %s, order has %s", n.Amount, p.Amount)
	case p.State == Paid && p.ChannelNo != n.ChannelNo:
		return fmt.Sprintf("second success %s, order was paid by %s", n.ChannelNo, p.ChannelNo)
	}
	return ""
}

// proof is what a notice, a query or a statement says about a success.
type proof struct {
	ChannelNo  string
	Payer      string
	PaidAt     time.Time // zero: not said
	SettleDate bizdate.Date
}

// markPaid moves the payment to paid and posts it; moved is false when it was
// paid already.
func (s *Service) markPaid(tx Tx, p Payment, by proof, actor string) (moved bool, err error) {
	now := s.Clock.Now()
	if by.PaidAt.IsZero() {
		by.PaidAt = now
	}
	if by.SettleDate == 0 {
		by.SettleDate = p.Channel.Cut().DateOf(by.PaidAt)
	}
	change := PaymentChange{PaidAt: &by.PaidAt, ClearingDate: &by.SettleDate, ChannelNo: &by.ChannelNo}
	if by.Payer != "" {
		change.PayerAccount = &by.Payer
	}
	moved, err = tx.MovePayment(p.OrderNo, PaymentMoves.Into(Paid), Paid, change)
	if err != nil || !moved {
		return false, err
	}
	if err := tx.Post(s.withID(ledger.PostPaid(p.OrderNo, p.MerchantNo, string(p.Channel), by.SettleDate, now, p.Amount))); err != nil {
		return false, err
	}
	if p.State == Closed || p.State == Refused {
		if err := tx.Audit(s.newAudit(actor, "payment.late_success", "payment "+p.OrderNo, string(p.State), string(Paid), "the wallet took the money after all")); err != nil {
			return false, err
		}
	}
	return true, tx.Emit(s.event("payment.paid", p.OrderNo, map[string]any{
		"order_no": p.OrderNo, "merchant_no": p.MerchantNo, "store_id": p.StoreID, "terminal_no": p.TerminalNo,
		"wallet": p.Wallet, "channel": p.Channel, "amount_fen": p.Amount, "paid_at": by.PaidAt.In(bizdate.Zone).Format(time.RFC3339),
	}))
}

func (s *Service) applyRefundNotice(tx Tx, ch channel.Name, n channel.Notice) (Disposition, string, error) {
	r, err := tx.Refund(n.RefundNo)
	if fault.Is(err, fault.NotFound) {
		return Held, "no such refund", nil
	}
	if err != nil {
		return "", "", err
	}
	if reason := refundContradiction(r, ch, n); reason != "" {
		s.Log.Error("notification held", "channel", ch, "refund", r.RefundNo, "reason", reason)
		return Held, reason, nil
	}
	moved, err := s.applyRefundResult(tx, r, channel.RefundResult{
		Result: n.Result, Amount: n.Amount, ChannelNo: n.ChannelNo, RefundedAt: n.Time, SettleDate: n.SettleDate,
	})
	if err != nil || !moved {
		return Already, "", err
	}
	return Applied, "", nil
}

// refundContradiction is contradiction for a refund. What a notice leaves out is
// not compared: an adapter leaves the amount 0 where the wallet carries only the
// order's sum so far.
func refundContradiction(r Refund, ch channel.Name, n channel.Notice) string {
	switch {
	case r.Channel != ch:
		return fmt.Sprintf("refund belongs to channel %s", r.Channel)
	case n.OrderNo != "" && n.OrderNo != r.OrderNo:
		return fmt.Sprintf("order %q, refund is of %q", n.OrderNo, r.OrderNo)
	case n.MerchantID != "" && n.MerchantID != r.ChannelID:
		return fmt.Sprintf("merchant %q, refund has %q", n.MerchantID, r.ChannelID)
	case n.Currency != "" && n.Currency != "CNY":
		return fmt.Sprintf("currency %q, refund is in CNY", n.Currency)
	case n.Amount != 0 && n.Amount != r.Amount:
		return fmt.Sprintf("amount %s, refund has %s", n.Amount, r.Amount)
	case r.State == RefundFailed && n.Result.Outcome == channel.Succeeded:
		return "succeeded at the wallet after it had been refused; the reservation was released"
	case r.State == RefundSucceeded && n.Result.Outcome == channel.Refused:
		return "refused by the wallet after it had succeeded"
	}
	return ""
}

// clearingDateOf dates a refund as the channel's bill does: WeChat by its
// acceptance, Alipay by its completion, UnionPay by its own settle date.
func clearingDateOf(r Refund, res channel.RefundResult) bizdate.Date {
	switch {
	case res.SettleDate != 0:
		return res.SettleDate
	case r.Channel == channel.Alipay && !res.RefundedAt.IsZero():
		return r.Channel.Cut().DateOf(res.RefundedAt)
	}
	return r.Channel.Cut().DateOf(r.CreatedAt)
}

// applyRefundResult moves a refund by what the wallet said; moved is false when
// it was final already or nothing is decided.
func (s *Service) applyRefundResult(tx Tx, r Refund, res channel.RefundResult) (moved bool, err error) {
	open := RefundMoves.Open()
	now := s.Clock.Now()
	switch res.Outcome {
	case channel.Succeeded:
		date := clearingDateOf(r, res)
		change := RefundChange{ClearingDate: &date, ChannelNo: &res.ChannelNo, Code: &res.Code, Message: &res.Message}
		if !res.RefundedAt.IsZero() {
			change.RefundedAt = &res.RefundedAt
		}
		moved, err = tx.MoveRefund(r.RefundNo, open, RefundSucceeded, change)
		if err != nil || !moved {
			return false, err
		}
		if _, err := s.moveCommand(tx, r.RefundNo, CommandDone, CommandChange{}); err != nil {
			return false, err
		}
		if err := tx.Post(s.withID(ledger.PostRefunded(r.RefundNo, r.MerchantNo, string(r.Channel), date, now, r.Amount))); err != nil {
			return false, err
		}
		return true, tx.Emit(s.event("refund.succeeded", r.RefundNo, map[string]any{
			"refund_no": r.RefundNo, "order_no": r.OrderNo, "merchant_no": r.MerchantNo, "channel": r.Channel, "amount_fen": r.Amount,
		}))
	case channel.Refused:
		moved, err = tx.MoveRefund(r.RefundNo, open, RefundFailed, RefundChange{Code: &res.Code, Message: &res.Message})
		if err != nil || !moved {
			return false, err
		}
		if _, err := s.moveCommand(tx, r.RefundNo, CommandDone, CommandChange{}); err != nil {
			return false, err
		}
		return true, tx.ReleaseRefund(r.OrderNo, r.Amount)
	}
	next, attempts := now.Add(queryAfter(r.Attempts)), r.Attempts+1
	return tx.MoveRefund(r.RefundNo, open, RefundUnknown, RefundChange{Code: &res.Code, Message: &res.Message, NextQueryAt: &next, Attempts: &attempts})
}

func (s *Service) withID(e ledger.Entry) ledger.Entry {
	e.ID = s.IDs.At(e.At)
	return e
}

func (s *Service) event(subject, key string, payload map[string]any) Event {
	now := s.Clock.Now()
	b, err := json.Marshal(payload)
	if err != nil {
		panic("acquiring: event payload: " + err.Error()) // maps of strings and integers always marshal
	}
	return Event{ID: s.IDs.At(now), Subject: subject, Key: key, Payload: b, At: now}
}

// amountFits tells whether a wallet's answer speaks of the order's amount.
func amountFits(p Payment, said money.Fen) bool { return said == 0 || said == p.Amount }
