package acquiring

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// queryAfter is how long to wait before asking for the n-th time (from 0).
func queryAfter(n int) time.Duration {
	gaps := []time.Duration{5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute}
	if n < len(gaps) {
		return gaps[n]
	}
	return 5 * time.Minute
}

// sweepWidth is how many wallets' answers a sweep waits for at once.
const sweepWidth = 8

// Sweep asks the wallets about every payment and refund that is not final and
// due, and closes at the wallet what has expired. It returns how many it asked
// about. An answer that does not come leaves the row as it is, to be asked about
// again: no timer ever makes a payment failed.
func (s *Service) Sweep(ctx context.Context) (asked int, err error) {
	now := s.Clock.Now()
	n, err := sweepPages(ctx, func(after string) ([]Payment, error) {
		return s.Store.DuePayments(ctx, now, after, sweepPage)
	}, func(p Payment) string { return p.OrderNo }, s.sweepPayment)
	m, refundErr := sweepPages(ctx, func(after string) ([]Refund, error) {
		return s.Store.DueRefunds(ctx, now, after, sweepPage)
	}, func(r Refund) string { return r.RefundNo }, s.sweepRefund)
	return n + m, fault.Wrap("acquiring.Sweep", "", cmp.Or(err, refundErr))
}

const sweepPage = 200

// sweepPages walks pages by key, a few rows side by side. A row that fails keeps
// no other waiting: all are handled, and the first error is returned at the end.
func sweepPages[T any](ctx context.Context, page func(after string) ([]T, error), key func(T) string, handle func(context.Context, T) error) (n int, err error) {
	var (
		once  sync.Once
		first error
	)
	for after := ""; ctx.Err() == nil; {
		rows, err := page(after)
		if err != nil {
			return n, err
		}
		if len(rows) == 0 {
			return n, first
		}
		var wg sync.WaitGroup
		sem := make(chan struct{}, sweepWidth)
		for _, row := range rows {
			sem <- struct{}{}
			wg.Go(func() {
				defer func() { <-sem }()
				if err := handle(ctx, row); err != nil {
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

func (s *Service) sweepPayment(ctx context.Context, p Payment) error {
	a, err := s.adapter(p.Channel)
	if err != nil {
		return err
	}
	res, err := a.Query(ctx, refOf(p))
	if err != nil {
		return s.askLater(ctx, p, channel.Result{Outcome: channel.Unknown, Message: err.Error()})
	}
	expired := !s.Clock.Now().Before(p.ExpiresAt)
	switch {
	case res.Outcome == channel.Succeeded && !amountFits(p, res.Amount):
		s.Log.ErrorContext(ctx, "query answer held", "order", p.OrderNo, "said", res.Amount, "order_amount", p.Amount)
		return s.askLater(ctx, p, channel.Result{Outcome: channel.Unknown, Code: "amount", Message: fmt.Sprintf("the wallet speaks of %s", res.Amount)})
	case res.Outcome == channel.Succeeded:
		return s.confirmQuery(ctx, p, res)
	case res.Outcome == channel.Refused && res.NotFound && !expired:
		return s.askLater(ctx, p, res.Result) // the order may still be on its way
	case res.Outcome == channel.Refused:
		return s.closeOurs(ctx, p, res.Result)
	case res.Outcome == channel.Pending && expired:
		return s.closeAtWallet(ctx, a, p)
	}
	return s.askLater(ctx, p, res.Result)
}

func (s *Service) confirmQuery(ctx context.Context, p Payment, res channel.PaymentResult) error {
	err := s.Store.Update(ctx, func(tx Tx) error {
		_, err := s.markPaid(tx, p, proof{ChannelNo: res.ChannelNo, Payer: res.Payer, PaidAt: res.PaidAt, SettleDate: res.SettleDate}, "query")
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
func (s *Service) closeAtWallet(ctx context.Context, a channel.Adapter, p Payment) error {
	res, err := a.Close(ctx, refOf(p))
	if err != nil {
		res = channel.Result{Outcome: channel.Unknown, Message: err.Error()}
	}
	if res.Outcome == channel.Succeeded {
		return s.closeOurs(ctx, p, res)
	}
	return s.askLater(ctx, p, res)
}

func (s *Service) closeOurs(ctx context.Context, p Payment, res channel.Result) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		_, err := tx.MovePayment(p.OrderNo, []PaymentState{Created, Pending, Unknown}, Closed, PaymentChange{Code: &res.Code, Message: &res.Message})
		return err
	})
}

func (s *Service) askLater(ctx context.Context, p Payment, res channel.Result) error {
	next, attempts := s.Clock.Now().Add(queryAfter(p.Attempts+1)), p.Attempts+1
	return s.Store.Update(ctx, func(tx Tx) error {
		_, err := tx.MovePayment(p.OrderNo, []PaymentState{p.State}, p.State, PaymentChange{Code: &res.Code, Message: &res.Message, Attempts: &attempts, NextQueryAt: &next})
		return err
	})
}

func (s *Service) sweepRefund(ctx context.Context, r Refund) error {
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
		res, err = a.Refund(ctx, req) // it never arrived; the number makes sending it again safe
	}
	if err != nil {
		res = channel.RefundResult{Result: channel.Result{Outcome: channel.Unknown, Message: err.Error()}}
	}
	return s.storeRefundResult(ctx, r, res)
}

// Ask asks the wallet once more about one payment or refund of ours, whatever
// its age. Final ones are left alone; an order that we never made is fault kind
// NotFound.
func (s *Service) Ask(ctx context.Context, kind channel.LineKind, orderNo string) error {
	if kind == channel.RefundLine {
		r, err := s.Store.Refund(ctx, orderNo)
		if err != nil || r.State == RefundSucceeded || r.State == RefundFailed {
			return err
		}
		return s.sweepRefund(ctx, r)
	}
	p, err := s.Store.Payment(ctx, orderNo)
	if err != nil || p.State == Paid {
		return err
	}
	return s.sweepPayment(ctx, p)
}
