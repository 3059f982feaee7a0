package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
)

// playDay walks through the steps: what falls due on the way (notices, their
// repetitions) runs, the sweep asks about what is unknown, refunds that are due
// are requested, then the step's consumers press their buttons together.
func (d *Demo) playDay(ctx context.Context) error {
	deeds := d.deeds()
	total, done := d.plan.paying(), 0
	for _, step := range d.plan.Steps {
		at := step[0].At
		for len(deeds) > 0 && deeds[0].at.Before(at) {
			if err := deeds[0].do(ctx); err != nil {
				return err
			}
			deeds = deeds[1:]
		}
		if err := d.advance(ctx, at); err != nil {
			return err
		}
		if err := d.playStep(ctx, step); err != nil {
			return err
		}
		d.clock.AdvanceTo(at.Add(2 * time.Second)) // the first notices
		for _, v := range step {
			if v.pays() {
				done++
			}
		}
		d.cfg.Progress("consumers", done, total)
	}
	for _, due := range deeds {
		if err := due.do(ctx); err != nil {
			return err
		}
	}
	if err := d.trouble(ctx); err != nil {
		return err
	}
	return d.settleDown(ctx)
}

// advance moves time to at and lets the sweep ask.
func (d *Demo) advance(ctx context.Context, at time.Time) error {
	d.line.cut(d.plan.Outage.holds(at))
	d.clock.AdvanceTo(at)
	if _, err := d.app.Acquiring.Sweep(ctx); err != nil {
		return err
	}
	return d.keepWatch(ctx)
}

// settleDown lets the sweep ask until nothing is open: unpaid orders expire and
// are closed at the wallet, lost answers are found out.
func (d *Demo) settleDown(ctx context.Context) error {
	for range 40 {
		if err := d.advance(ctx, d.clock.Now().Add(time.Minute)); err != nil {
			return err
		}
	}
	return d.app.Relay.Drain(ctx)
}

// playStep lets all consumers of an instant go through the pages side by side.
func (d *Demo) playStep(ctx context.Context, step []Visit) error {
	if slices.ContainsFunc(step, func(v Visit) bool { return v.Down }) {
		d.line.cut(true) // however late the step has become
	}
	errs := make([]error, len(step))
	var wg sync.WaitGroup
	for i, v := range step {
		wg.Go(func() { errs[i] = d.visit(ctx, v) })
	}
	wg.Wait()
	return firstOf(errs)
}

// firstOf is the first error in one sentence: what goes wrong for one consumer
// of an instant often goes wrong for all.
func firstOf(errs []error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	default:
		return fmt.Errorf("%w (%d more like it)", errs[0], len(errs)-1)
	}
}

// visit is one consumer's way from the plate to the payment.
func (d *Demo) visit(ctx context.Context, v Visit) error {
	fail := func(what string, err error) error {
		return fmt.Errorf("visit %d (%s, %s at %s): %s: %w", v.No, v.Wallet, v.Amount, v.At.In(bizdate.Zone).Format(time.DateTime), what, err)
	}
	if v.ByCode {
		if err := d.scanCode(ctx, v); err != nil {
			return fail("scan the code", err)
		}
		return nil
	}
	if v.Answer != "" {
		if err := d.core.Faults.Add(sandbox.Fault{Wallet: string(v.Wallet), Kind: v.Answer, Call: "prepay", Payer: v.Payer}); err != nil {
			return fail("script", err)
		}
	}
	c, err := d.street.consumer(v.Wallet, v.Payer)
	if err != nil {
		return fail("wallet", err)
	}
	page, err := c.scan(ctx, d.plateOf(v.Terminal).plate.Payload)
	if err != nil {
		return fail("scan", err)
	}
	order, err := c.order(ctx, page, visitRequestID(d.cfg.Seed, v.No), v.Amount.Yuan())
	var no *refusal
	if v.OverLimit {
		if !errors.As(err, &no) {
			return fail("pay", fmt.Errorf("an amount above the static-code limit was not refused: %v", err))
		}
		d.mu.Lock()
		d.refused++
		d.mu.Unlock()
		return nil
	}
	if err != nil {
		return fail("pay", err)
	}
	d.mu.Lock()
	d.orders[v.No] = order.OrderNo
	d.mu.Unlock()
	if v.Late != "" {
		d.mu.Lock()
		d.late[v.No] = lateOrder{c, order}
		d.mu.Unlock()
	}
	if v.Abandon || v.Late != "" {
		return nil
	}
	if err := d.stopPlate(ctx, v); err != nil {
		return fail("stop", err)
	}
	if v.Notice != "" {
		if err := d.core.Faults.Add(noticeFault(v, order.OrderNo)); err != nil {
			return fail("script", err)
		}
	}
	if err := c.confirm(ctx, v.carrier(), order); err != nil {
		return fail("confirm", err)
	}
	return nil
}

// carrier is the channel that a visit's order is placed at.
func (v Visit) carrier() channel.Name {
	if v.Down {
		return outageCarrier
	}
	return v.Wallet
}

// visitRequestID is the idempotency key of a visit's page.
func visitRequestID(seed uint64, visit int) string {
	return fmt.Sprintf("demo-%06d-visit-%07d", seed, visit)
}

func noticeFault(v Visit, orderNo string) sandbox.Fault {
	f := sandbox.Fault{Wallet: string(v.Wallet), Kind: v.Notice, OutTradeNo: orderNo}
	switch v.Notice {
	case sandbox.NoticeDuplicate:
		f.Times = 1 + v.No%3
	case sandbox.NoticeLate:
		f.DelaySeconds = 600 + v.No%3600
	}
	return f
}

// refundWork is a planned refund with its visit.
type refundWork struct {
	visit Visit
	n     int // which of the visit's refunds
	plan  RefundPlan
}

func (d *Demo) giveRefund(ctx context.Context, w refundWork) error {
	if err := d.reach(ctx, w.plan.At); err != nil {
		return err
	}
	r, err := d.requestRefund(ctx, w)
	if err != nil {
		return err
	}
	if err := d.awaitRefund(ctx, r.RefundNo); err != nil {
		return err
	}
	return d.advance(ctx, d.clock.Now().Add(2*time.Second)) // its notice
}

func (d *Demo) requestRefund(ctx context.Context, w refundWork) (acquiring.Refund, error) {
	orderNo := d.orders[w.visit.No]
	if w.plan.Answer != "" {
		if err := d.core.Faults.Add(sandbox.Fault{Wallet: string(w.visit.Wallet), Kind: w.plan.Answer, Call: "refund", OutTradeNo: orderNo}); err != nil {
			return acquiring.Refund{}, err
		}
	}
	r, err := d.app.Acquiring.RequestRefund(ctx, acquiring.RefundInput{
		OrderNo: orderNo, Amount: w.plan.Amount, Reason: "顾客退货",
		RequestID: refundRequestID(d.cfg.Seed, w), By: "demo",
	})
	if err != nil {
		err = fmt.Errorf("refund of visit %d: %w", w.visit.No, err)
	}
	return r, err
}

// awaitRefund waits, in real time, until the command has travelled through the
// outbox and the stream and the wallet was asked.
func (d *Demo) awaitRefund(ctx context.Context, refundNo string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		r, err := d.app.Store.Acquiring().Refund(ctx, refundNo)
		if err != nil {
			return err
		}
		if r.State != acquiring.RefundCreated {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("refund %s was requested and its command has not been carried out within 30 s", refundNo)
		case <-time.After(time.Millisecond):
		}
	}
}
