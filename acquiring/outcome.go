package acquiring

import (
	"fmt"
	"slices"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/merchants"
)

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
	if n.Result.Outcome == channel.Refused && r.Tries > 1 {
		// It may be about a try before this one, under the same number: ask.
		now := s.Clock.Now()
		_, err := tx.MoveRefund(r.RefundNo, RefundMoves.Open(), RefundUnknown, RefundChange{NextQueryAt: &now})
		return Already, "", err
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
	case r.Channel.Base() == channel.Alipay && !res.RefundedAt.IsZero():
		return r.Channel.Cut().DateOf(res.RefundedAt)
	}
	return r.Channel.Cut().DateOf(r.TriedAt)
}

// applyRefundResult moves a refund by what the wallet said; moved is false when
// it was final already or nothing is decided.
func (s *Service) applyRefundResult(tx Tx, r Refund, res channel.RefundResult) (moved bool, err error) {
	switch {
	case res.Outcome == channel.Succeeded:
		return s.refundSucceeded(tx, r, res)
	case res.Outcome == channel.Refused && r.Way == ByCancel:
		return s.refundInstead(tx, r, res)
	case res.Outcome == channel.Refused:
		return s.refundFailed(tx, r, res)
	}
	next, attempts := s.Clock.Now().Add(queryAfter(r.Attempts)), r.Attempts+1
	return tx.MoveRefund(r.RefundNo, RefundMoves.Open(), RefundUnknown, RefundChange{OfTry: r.Tries, Code: &res.Code, Message: &res.Message, NextQueryAt: &next, Attempts: &attempts})
}

func (s *Service) refundSucceeded(tx Tx, r Refund, res channel.RefundResult) (moved bool, err error) {
	now, date := s.Clock.Now(), clearingDateOf(r, res)
	change := RefundChange{ClearingDate: &date, ChannelNo: &res.ChannelNo, Code: &res.Code, Message: &res.Message}
	if !res.RefundedAt.IsZero() {
		change.RefundedAt = &res.RefundedAt
	}
	moved, err = tx.MoveRefund(r.RefundNo, RefundMoves.Open(), RefundSucceeded, change)
	if err != nil || !moved {
		return false, err
	}
	if _, err := s.moveCommand(tx, r.RefundNo, CommandDone, CommandChange{}); err != nil {
		return false, err
	}
	post := ledger.PostRefunded
	if r.SecondNo != "" {
		post = ledger.PostSecondBack
	}
	if err := tx.Post(s.withID(post(r.RefundNo, r.MerchantNo, string(r.Channel), date, now, r.Amount))); err != nil {
		return false, err
	}
	return true, tx.Emit(s.event("refund.succeeded", r.RefundNo, refundFacts(r)))
}

func refundFacts(r Refund) map[string]any {
	return map[string]any{"refund_no": r.RefundNo, "order_no": r.OrderNo, "merchant_no": r.MerchantNo, "channel": r.Channel, "amount_fen": r.Amount}
}

// refundInstead goes on by refund when a cancellation was refused: its clearing
// day may have ended on the way. The sweep sends it, as a try of its own.
func (s *Service) refundInstead(tx Tx, r Refund, res channel.RefundResult) (moved bool, err error) {
	now, way, tries := s.tryAfter(r), ByRefund, r.Tries+1
	return tx.MoveRefund(r.RefundNo, RefundMoves.Open(), RefundUnknown, RefundChange{
		OfTry: r.Tries, Way: &way, Tries: &tries, TriedAt: &now, NextQueryAt: &now, Code: &res.Code, Message: &res.Message,
	})
}

// tryAfter is when the next try of a refund begins: now, but in another second than
// the one before, because UnionPay names a try by the second.
func (s *Service) tryAfter(r Refund) time.Time {
	now := s.Clock.Now()
	if next := r.TriedAt.Add(time.Second); now.Before(next) {
		return next
	}
	return now
}

func (s *Service) refundFailed(tx Tx, r Refund, res channel.RefundResult) (moved bool, err error) {
	moved, err = tx.MoveRefund(r.RefundNo, RefundMoves.Open(), RefundFailed, RefundChange{OfTry: r.Tries, Code: &res.Code, Message: &res.Message})
	if err != nil || !moved {
		return false, err
	}
	if _, err := s.moveCommand(tx, r.RefundNo, CommandDone, CommandChange{}); err != nil || r.SecondNo != "" {
		return true, err
	}
	return true, tx.ReleaseRefund(r.OrderNo, r.Amount)
}

// proof is what a notice, a query or a statement says about a success.
type proof struct {
	ChannelNo  string
	Payer      string
	Card       channel.CardKind
	PaidAt     time.Time // zero: not said
	SettleDate bizdate.Date
	draw       int                  // see drawing
	rate       *merchants.Agreement // of the card, when it is not the payment's; see rateOfCard
}

// date fills in what was not said.
func (by *proof) date(ch channel.Name, now time.Time) {
	if by.PaidAt.IsZero() {
		by.PaidAt = now
	}
	if by.SettleDate == 0 {
		by.SettleDate = ch.Cut().DateOf(by.PaidAt)
	}
}

// markPaid moves the payment to paid and posts it; moved is false when it was
// paid already. Whether it comes late is read from the state that it is found in.
func (s *Service) markPaid(tx Tx, p Payment, by proof, actor string) (moved bool, err error) {
	by.date(p.Channel, s.Clock.Now())
	if by.rate, err = rateOfCard(tx, p, by.Card); err != nil {
		return false, err
	}
	was, moved, err := s.moveToPaid(tx, p.OrderNo, by)
	if err != nil || !moved {
		return false, err
	}
	p.ClearingDate = by.SettleDate
	if err := s.postPaid(tx, p, by); err != nil {
		return false, err
	}
	if was != "" {
		return true, s.lateSuccess(tx, p, was, by, actor)
	}
	return true, tx.Emit(s.event("payment.paid", p.OrderNo, paidFacts(p, by)))
}

// payable lists the open states that a success makes paid: all but reversing,
// which only the wallet's refusal to undo the order leads to paid.
var payable = slices.DeleteFunc(PaymentMoves.Open(), func(s PaymentState) bool { return s == Reversing })

// change is what the proof writes into the payment.
func (by *proof) change() PaymentChange {
	c := PaymentChange{PaidAt: &by.PaidAt, ClearingDate: &by.SettleDate, ChannelNo: &by.ChannelNo}
	if by.Payer != "" {
		c.PayerAccount = &by.Payer
	}
	if by.Card != channel.UnknownCard {
		c.Card = &by.Card
	}
	if by.rate != nil {
		c.AgreementID, c.FeeRate, c.FeeCap = &by.rate.ID, &by.rate.Rate, &by.rate.Cap
	}
	return c
}

// rateOfCard is what is agreed for the very kind of card that paid, when that is
// another agreement than the one the payment was made by: before it is paid, nobody
// knows the card. nil: the payment keeps its agreement.
func rateOfCard(tx Tx, p Payment, card channel.CardKind) (*merchants.Agreement, error) {
	if card == channel.UnknownCard {
		return nil, nil
	}
	all, err := tx.Agreements(p.MerchantNo)
	if err != nil {
		return nil, err
	}
	kind := merchants.CardKind(card)
	e := merchants.RateFor(all, string(p.Wallet), kind, bizdate.Of(p.CreatedAt))
	if !e.Found || e.Applied.CardKind != kind || e.Applied.ID == p.AgreementID {
		return nil, nil
	}
	return &e.Applied, nil
}

// postPaid posts a payment that has been moved to paid.
func (s *Service) postPaid(tx Tx, p Payment, by proof) error {
	return tx.Post(s.withID(ledger.PostPaid(p.OrderNo, p.MerchantNo, string(p.Channel), by.SettleDate, s.Clock.Now(), p.Amount)))
}

// moveToPaid moves the payment from wherever it is. was is the state that it had
// ended in; "" when it was open, as nearly always.
func (s *Service) moveToPaid(tx Tx, orderNo string, by proof) (was PaymentState, moved bool, err error) {
	change := by.change()
	if moved, err = tx.MovePayment(orderNo, payable, Paid, change); moved || err != nil {
		return "", moved, err
	}
	for _, was := range PaymentMoves.Final {
		if !PaymentMoves.Allows(was, Paid) {
			continue
		}
		if moved, err = tx.MovePayment(orderNo, []PaymentState{was}, Paid, change); moved || err != nil {
			return was, moved, err
		}
	}
	return "", false, nil
}

func paidFacts(p Payment, by proof) map[string]any {
	return map[string]any{
		"order_no": p.OrderNo, "merchant_no": p.MerchantNo, "store_id": p.StoreID, "terminal_no": p.TerminalNo,
		"wallet": p.Wallet, "channel": p.Channel, "amount_fen": p.Amount, "paid_at": by.PaidAt.In(bizdate.Zone).Format(time.RFC3339),
	}
}

// success applies the proof of a success: it pays the payment, or finds that it
// tells what is known, or that the wallet took the money a second time.
func (s *Service) success(tx Tx, p Payment, by proof, actor string) (Disposition, string, error) {
	moved, err := s.markPaid(tx, p, by, actor)
	if err != nil || moved {
		return Applied, "", err
	}
	if again, err := s.undoAgain(tx, p.OrderNo); err != nil || again {
		return Already, "the order is being undone: this is undone with it", err
	}
	if p, err = tx.Payment(p.OrderNo); err != nil {
		return "", "", err
	}
	if by.ChannelNo == "" || p.ChannelNo == "" || p.ChannelNo == by.ChannelNo {
		return Already, "", nil
	}
	return s.secondSuccess(tx, p, by)
}
