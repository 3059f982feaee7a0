package acquiring

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// queryGaps is how long to wait before asking again, by how often was asked.
var queryGaps = []time.Duration{5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}

// queryAfter is how long to wait before asking for the n-th time (from 0).
func queryAfter(n int) time.Duration { return queryGaps[min(max(n, 0), len(queryGaps)-1)] }

// nextQuery is when a payment is asked about next. The end of its time to pay
// begins the schedule anew: then it can be closed, and somebody may be waiting for
// that. What is asked before is not put off beyond it.
func nextQuery(p Payment, now time.Time) time.Time {
	next := now.Add(queryAfter(p.Attempts + 1))
	if now.Before(p.ExpiresAt) {
		if next.After(p.ExpiresAt) {
			next = p.ExpiresAt
		}
		return next
	}
	asked := p.ExpiresAt
	for _, gap := range queryGaps {
		if asked = asked.Add(gap); asked.After(now) {
			return asked
		}
	}
	return now.Add(queryAfter(len(queryGaps)))
}

const (
	// sweepWidth is how many of a channel's answers a sweep waits for at once.
	sweepWidth = 8
	// sweepPage is how many rows are leased at once: few, because a wallet that does
	// not answer must be through with them before the lease ends.
	sweepPage = 2 * sweepWidth
	// sweepLease covers a page of questions that all time out, query and close.
	sweepLease = 90 * time.Second
)

// Sweep asks the wallets about every payment and refund that is not final and
// due, and closes at the wallet what has expired. It returns how many it asked
// about. An answer that does not come leaves the row as it is, to be asked about
// again: no timer ever makes a payment failed. Channels are swept side by side.
func (s *Service) Sweep(ctx context.Context) (asked int, err error) {
	const op = "acquiring.Sweep"
	due, err := s.Store.DueChannels(ctx, s.Clock.Now())
	if err != nil {
		return 0, fault.Wrap(op, "", err)
	}
	counts, errs := make([]int, len(due)), make([]error, len(due))
	var wg sync.WaitGroup
	for i, ch := range due {
		wg.Go(func() { counts[i], errs[i] = s.SweepChannel(ctx, ch) })
	}
	wg.Wait()
	for i := range due {
		asked += counts[i]
		err = cmp.Or(err, errs[i])
	}
	return asked, fault.Wrap(op, "", err)
}

// SweepChannel is Sweep for one channel: a bulkhead, so that a wallet that is slow
// to answer holds up nobody else's. Any number of processes may sweep a channel:
// each row is leased to one of them under a fencing token, and what a process that
// stood still finds out after its lease is not written.
func (s *Service) SweepChannel(ctx context.Context, ch channel.Name) (asked int, err error) {
	n, err := sweepPages(ctx, s.claim(ch), s.Store.ClaimPayments, func(p Payment) string { return p.OrderNo }, s.sweepPayment)
	m, refundErr := sweepPages(ctx, s.claim(ch), s.Store.ClaimRefunds, func(r Refund) string { return r.RefundNo }, s.sweepRefund)
	return n + m, fault.Wrap("acquiring.SweepChannel", "", cmp.Or(err, refundErr))
}

// Unswept is the fault that rows are due at a channel that is not configured here;
// it says at which. Nobody asks about them.
func (s *Service) Unswept(ctx context.Context) (int, error) {
	due, err := s.Store.DueChannels(ctx, s.Clock.Now())
	for _, ch := range due {
		if _, gone := s.adapter(ch); gone != nil {
			err = cmp.Or(err, gone)
		}
	}
	return 0, fault.Wrap("acquiring.Unswept", "", err)
}

// claim asks for the next page of a channel, as of now.
func (s *Service) claim(ch channel.Name) func(after string) Claim {
	return func(after string) Claim {
		return Claim{Channel: ch, Now: s.Clock.Now(), Lease: sweepLease, After: after, Limit: sweepPage}
	}
}

// sweepPages walks pages by key, a few rows side by side. A row that fails keeps
// no other waiting: all are handled, and the first error is returned at the end.
func sweepPages[T any](ctx context.Context, next func(after string) Claim, page func(context.Context, Claim) ([]T, int64, error),
	key func(T) string, handle func(context.Context, T, int64) error) (n int, err error) {
	var (
		once  sync.Once
		first error
	)
	for after := ""; ctx.Err() == nil; {
		rows, fence, err := page(ctx, next(after))
		if err != nil {
			return n, err
		}
		if len(rows) == 0 {
			return n, first
		}
		var wg sync.WaitGroup
		places := make(chan struct{}, sweepWidth)
		for _, row := range rows {
			places <- struct{}{}
			wg.Go(func() {
				defer func() { <-places }()
				if err := handle(ctx, row, fence); err != nil {
					once.Do(func() { first = err })
				}
			})
		}
		wg.Wait()
		n += len(rows)
		after = key(rows[len(rows)-1])
	}
	return n, ctx.Err()
}

// noFence is for questions that are asked out of turn: state alone guards what
// they find out.
const noFence int64 = 0

// holds gives the payment's lease back and tells whether it was still ours.
func holds(tx Tx, p Payment, fence int64) (bool, error) {
	if fence == noFence {
		return true, nil
	}
	return tx.EndPaymentLease(p.OrderNo, fence)
}

// asked runs f in a transaction if the payment is still ours to write.
func (s *Service) asked(ctx context.Context, p Payment, fence int64, f func(Tx) error) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		if held, err := holds(tx, p, fence); err != nil || !held {
			return err
		}
		return f(tx)
	})
}

func (s *Service) sweepPayment(ctx context.Context, p Payment, fence int64) error {
	if p.Entry == ByCode {
		return s.sweepCode(ctx, p, fence)
	}
	a, err := s.adapter(p.Channel)
	if err != nil {
		return err
	}
	res, err := a.Query(ctx, refOf(p))
	if err != nil {
		return s.askLater(ctx, p, fence, channel.Result{Outcome: channel.Unknown, Message: err.Error()})
	}
	expired := !s.Clock.Now().Before(p.ExpiresAt)
	switch {
	case res.Outcome == channel.Succeeded && !amountFits(p, res.Amount):
		s.Log.ErrorContext(ctx, "query answer held", "order", p.OrderNo, "said", res.Amount, "order_amount", p.Amount)
		return s.askLater(ctx, p, fence, channel.Result{Outcome: channel.Unknown, Code: "amount", Message: fmt.Sprintf("the wallet speaks of %s", res.Amount)})
	case res.Outcome == channel.Succeeded:
		return s.confirmQuery(ctx, p, fence, res)
	case res.Outcome == channel.Refused && res.NotFound && !expired:
		return s.askLater(ctx, p, fence, res.Result) // the order may still be on its way
	case res.Outcome == channel.Refused:
		return s.closeOurs(ctx, p, fence, res.Result)
	case res.Outcome == channel.Pending && expired:
		return s.closeAtWallet(ctx, a, p, fence)
	}
	return s.askLater(ctx, p, fence, res.Result)
}

func (s *Service) confirmQuery(ctx context.Context, p Payment, fence int64, res channel.PaymentResult) error {
	err := s.drawing(ctx, func(tx Tx, draw int) error {
		if held, err := holds(tx, p, fence); err != nil || !held {
			return err
		}
		_, _, err := s.success(tx, p, proof{ChannelNo: res.ChannelNo, Payer: res.Payer, Card: res.Card, PaidAt: res.PaidAt, SettleDate: res.SettleDate, draw: draw}, "query")
		return err
	})
	if err == nil {
		s.AfterCommit()
	}
	return err
}

// closeAtWallet makes an expired order unpayable at the wallet before it is
// closed here. If it was paid meanwhile the wallet refuses, and the next sweep
// finds it paid.
func (s *Service) closeAtWallet(ctx context.Context, a channel.Adapter, p Payment, fence int64) error {
	res, err := a.Close(ctx, refOf(p))
	if err != nil {
		res = channel.Result{Outcome: channel.Unknown, Message: err.Error()}
	}
	if res.Outcome == channel.Succeeded {
		return s.closeOurs(ctx, p, fence, res)
	}
	return s.askLater(ctx, p, fence, res)
}

func (s *Service) closeOurs(ctx context.Context, p Payment, fence int64, res channel.Result) error {
	return s.asked(ctx, p, fence, func(tx Tx) error {
		_, err := tx.MovePayment(p.OrderNo, PaymentMoves.Into(Closed), Closed, PaymentChange{Code: &res.Code, Message: &res.Message})
		return err
	})
}

func (s *Service) askLater(ctx context.Context, p Payment, fence int64, res channel.Result) error {
	now := s.Clock.Now()
	return s.askAgain(ctx, p, fence, nextQuery(p, now).Sub(now), res)
}

func (s *Service) sweepRefund(ctx context.Context, r Refund, fence int64) error {
	a, err := s.adapter(r.Channel)
	if err != nil {
		return err
	}
	req, err := s.refundRequest(ctx, r)
	if err != nil {
		return err
	}
	res, err := a.QueryRefund(ctx, req)
	if err == nil && res.NotFound {
		r, res, err = s.sendAgain(ctx, a, r) // it never arrived; the number makes sending it again safe
	}
	if err != nil {
		res = channel.RefundResult{Result: channel.Result{Outcome: channel.Unknown, Message: err.Error()}}
	}
	return s.storeRefundResult(ctx, r, fence, res)
}

func (s *Service) sendAgain(ctx context.Context, a channel.Adapter, r Refund) (Refund, channel.RefundResult, error) {
	r, err := s.rightWay(ctx, r)
	if err != nil {
		return r, channel.RefundResult{}, err
	}
	req, err := s.refundRequest(ctx, r)
	if err != nil {
		return r, channel.RefundResult{}, err
	}
	res, err := a.Refund(ctx, req)
	return r, res, err
}

// Ask asks the wallet once more about one payment or refund of ours, whatever
// its age. Final ones are left alone; an order that we never made is fault kind
// NotFound.
func (s *Service) Ask(ctx context.Context, kind channel.LineKind, orderNo string) error {
	if kind == channel.RefundLine {
		r, err := s.Store.Refund(ctx, orderNo)
		if err != nil || slices.Contains(RefundMoves.Final, r.State) {
			return err
		}
		return s.sweepRefund(ctx, r, noFence)
	}
	p, err := s.Store.Payment(ctx, orderNo)
	if err != nil || p.State == Paid || p.State == Reversed {
		return err
	}
	return s.sweepPayment(ctx, p, noFence)
}
