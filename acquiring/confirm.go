package acquiring

import (
	"context"
	"encoding/json"
	"fmt"

	"juma/acquiring/channel"
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
	err := s.drawing(ctx, func(tx Tx, draw int) error {
		fresh, err := tx.RecordNotice(row)
		if err != nil || !fresh {
			return err
		}
		disposition, reason, err := s.applyNotice(tx, ch, n, draw)
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

func (s *Service) applyNotice(tx Tx, ch channel.Name, n channel.Notice, draw int) (Disposition, string, error) {
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
	return s.success(tx, p, proof{ChannelNo: n.ChannelNo, Payer: n.Payer, Card: n.Card, PaidAt: n.Time, SettleDate: n.SettleDate, draw: draw}, string(ch))
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
	}
	return ""
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
