package acquiring_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
)

func answer(outcome channel.Outcome) channel.PaymentResult {
	return channel.PaymentResult{Result: channel.Result{Outcome: outcome}}
}

// TestWhatTheSweepFindsOut has a row for each answer that a wallet can give about
// an order, before and after its time is up. No timer ever makes a payment
// failed (R7): only the wallet's word does.
func TestWhatTheSweepFindsOut(t *testing.T) {
	paid := channel.PaymentResult{Result: succeeded, Amount: 1200, ChannelNo: "w1", PaidAt: noon.Add(time.Second), Payer: "oPayer"}
	silent := channel.PaymentResult{Result: succeeded, ChannelNo: "w1", PaidAt: noon.Add(time.Second)}
	wrong := channel.PaymentResult{Result: succeeded, Amount: 1199, ChannelNo: "w1"}
	never := channel.PaymentResult{Result: channel.Result{Outcome: channel.Refused}, NotFound: true}
	const before, after = time.Minute, 20 * time.Minute
	type row struct {
		name   string
		wait   time.Duration
		answer channel.PaymentResult
		err    error
		close  channel.Outcome
		state  acquiring.PaymentState
		closes int
	}
	table := []row{
		{name: "paid", wait: before, answer: paid, state: acquiring.Paid},
		{name: "paid, found late", wait: after, answer: paid, state: acquiring.Paid},
		{name: "paid, amount not told", wait: before, answer: silent, state: acquiring.Paid},
		{name: "paid, another amount", wait: before, answer: wrong, state: acquiring.Pending},
		{name: "paid, another amount, late", wait: after, answer: wrong, state: acquiring.Pending},
		{name: "not paid yet", wait: before, answer: answer(channel.Pending), state: acquiring.Pending},
		{name: "time is up", wait: after, answer: answer(channel.Pending), close: channel.Succeeded, state: acquiring.Closed, closes: 1},
		{name: "time is up, paid in that instant", wait: after, answer: answer(channel.Pending), close: channel.Refused, state: acquiring.Pending, closes: 1},
		{name: "time is up, close not answered", wait: after, answer: answer(channel.Pending), close: channel.Unknown, state: acquiring.Pending, closes: 1},
		{name: "never arrived, may be on its way", wait: before, answer: never, state: acquiring.Pending},
		{name: "never arrived, time is up", wait: after, answer: never, state: acquiring.Closed},
		{name: "closed at the wallet", wait: before, answer: answer(channel.Refused), state: acquiring.Closed},
		{name: "no answer", wait: before, answer: answer(channel.Unknown), state: acquiring.Pending},
		{name: "no answer, time is up", wait: after, answer: answer(channel.Unknown), state: acquiring.Pending},
		{name: "out of reach, time is up", wait: after, err: errors.New("nobody serves the channel"), state: acquiring.Pending},
	}
	each(t, func(t *testing.T, b *bench) {
		rows(t, b, table, func(c row) string { return c.name }, func(t *testing.T, b *bench, c row) {
			w := b.wallets[channel.WeChat]
			w.query = func(channel.OrderRef) (channel.PaymentResult, error) { return c.answer, c.err }
			w.close = func(channel.OrderRef) (channel.Result, error) { return channel.Result{Outcome: c.close}, nil }
			p := b.placed(c.name, 1200)
			if asked := b.advance(c.wait); asked != 1 {
				t.Errorf("asked about %d orders, want 1", asked)
			}
			b.wantState(p.OrderNo, c.state)
			if n := w.called("close"); n != c.closes {
				t.Errorf("closed %d times, want %d", n, c.closes)
			}
			posted := 0
			if c.state == acquiring.Paid {
				posted = 1
			}
			if n := b.postings("payment_paid", p.OrderNo); n != posted {
				t.Errorf("%d entries, want %d", n, posted)
			}
			if c.state != acquiring.Pending {
				return
			}
			if got := b.payment(p.OrderNo); got.Attempts != 1 || !got.NextQueryAt.After(b.clock.Now()) {
				t.Errorf("attempts %d, next at %s", got.Attempts, got.NextQueryAt)
			}
			for range 5 { // still asked about, however long it takes
				if asked := b.advance(24 * time.Hour); asked != 1 && !c.answer.NotFound && c.close == "" && c.answer.Outcome != channel.Pending {
					t.Errorf("asked about %d orders, want 1", asked)
				}
			}
			if c.answer.Outcome != channel.Pending && !c.answer.NotFound {
				b.wantState(p.OrderNo, acquiring.Pending)
			}
		})
	})
}

// TestSweepAsksLessOften: 5, 10, 30 s, 1, 2, 5, 5 … minutes, and once more from the
// beginning when the time to pay is over.
func TestSweepAsksLessOften(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		w := b.wallets[channel.WeChat]
		w.query = func(channel.OrderRef) (channel.PaymentResult, error) { return answer(channel.Unknown), nil }
		b.placed("wish-1", 1200)
		var gaps []string
		last := noon
		for b.clock.Now().Before(noon.Add(18 * time.Minute)) {
			if b.advance(5*time.Second) > 0 {
				gaps = append(gaps, b.clock.Now().Sub(last).String())
				last = b.clock.Now()
			}
		}
		if got := strings.Join(gaps, " "); got != "5s 10s 30s 1m0s 2m0s 5m0s 5m0s 1m15s 5s 10s 30s 1m0s" {
			t.Errorf("asked after %s", got)
		}
	})
}

// TestD7SweepLeavesNoRowOut: rows vanish from the due list while the sweep works
// through it, in pages of 200; and one row that cannot be asked about does not
// keep the others waiting.
func TestD7SweepLeavesNoRowOut(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		const n = 450
		first := b.placed("wish-0", 1200)
		must(t, b.store.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
			for i := 1; i < n; i++ {
				p := first
				p.OrderNo, p.RRN, p.RequestID, p.ResultToken = fmt.Sprintf("P20260310100000%03d000001", i), fmt.Sprintf("R%011d", i), fmt.Sprint("wish-", i), fmt.Sprint("token-", i)
				if err := tx.InsertPayment(p); err != nil {
					return err
				}
			}
			return nil
		}))
		p := b.paid("refunded", 1000)
		refund := b.ask(p.OrderNo, "back-1", 300)
		b.wallets[channel.WeChat].queryRefund = func(channel.RefundRequest) (channel.RefundResult, error) {
			return channel.RefundResult{Result: succeeded, Amount: 300}, nil
		}
		var mu sync.Mutex
		asked := map[string]int{}
		b.wallets[channel.WeChat].query = func(r channel.OrderRef) (channel.PaymentResult, error) {
			mu.Lock()
			defer mu.Unlock()
			asked[r.OrderNo]++
			return channel.PaymentResult{Result: succeeded, Amount: 1200, ChannelNo: "w" + r.OrderNo}, nil
		}
		_, err := b.raw.Exec("UPDATE payments SET channel = 'gone' WHERE order_no = ?", first.OrderNo) // a channel that was taken out of the configuration
		must(t, err)
		b.clock.AdvanceTo(noon.Add(2 * time.Minute))
		if _, err := b.acquiring.Sweep(ctx); !fault.Is(err, fault.Invalid) {
			t.Errorf("the row that cannot be asked about must be told: %v", err)
		}
		if len(asked) != n-1 {
			t.Errorf("asked about %d orders, want %d", len(asked), n-1)
		}
		for no, times := range asked {
			if times != 1 {
				t.Errorf("%s was asked about %d times", no, times)
			}
		}
		if open := b.number("SELECT COUNT(*) FROM payments WHERE state <> 'paid'"); open != 1 {
			t.Errorf("%d orders are still open, want 1", open)
		}
		b.wantRefund(refund.RefundNo, acquiring.RefundSucceeded, 300)
	})
}

// TestSweepMeetsNotice (T-B2): the query's answer and the notice arrive together.
func TestSweepMeetsNotice(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.wallets[channel.WeChat].query = func(r channel.OrderRef) (channel.PaymentResult, error) {
			return channel.PaymentResult{Result: succeeded, Amount: 1200, ChannelNo: "w" + r.OrderNo}, nil
		}
		var payments []acquiring.Payment
		for i := range 20 {
			payments = append(payments, b.placed(fmt.Sprint("wish-", i), 1200))
		}
		b.clock.AdvanceTo(noon.Add(time.Minute))
		var wg sync.WaitGroup
		for _, p := range payments {
			wg.Go(func() {
				if err := b.acquiring.Confirm(ctx, channel.WeChat, b.notice(p)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			if _, err := b.acquiring.Sweep(ctx); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if entries, events := b.number("SELECT COUNT(*) FROM ledger_entries"), b.number("SELECT COUNT(*) FROM events"); entries != 20 || events != 20 {
			t.Errorf("%d entries and %d events, want 20", entries, events)
		}
	})
}

// TestPaidWhileWeClose (T-B2): the consumer pays while the order is being closed.
// Whichever way the wallet decides, the money it took is in the book.
func TestPaidWhileWeClose(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.placed("wish-1", 1200)
		b.wallets[channel.WeChat].close = func(channel.OrderRef) (channel.Result, error) {
			must(t, b.acquiring.Confirm(ctx, channel.WeChat, b.notice(p)))
			return succeeded, nil // and still says that it has closed it
		}
		b.advance(20 * time.Minute)
		b.wantState(p.OrderNo, acquiring.Paid)
		if b.postings("payment_paid", p.OrderNo) != 1 {
			t.Error("the money is not in the book")
		}
	})
}

// TestAskAboutWhatHasEnded: clearing may ask about a payment that has ended, and the
// answer may be lost. (Ten thousand races found that this was a fault.)
func TestAskAboutWhatHasEnded(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.placed("wish-1", 1200)
		b.advance(20 * time.Minute)
		b.wantState(p.OrderNo, acquiring.Closed)
		for _, outcome := range []channel.Outcome{channel.Unknown, channel.Pending} {
			b.wallets[channel.WeChat].set(func(w *wallet) {
				w.query = func(channel.OrderRef) (channel.PaymentResult, error) { return answer(outcome), nil }
				w.close = func(channel.OrderRef) (channel.Result, error) { return channel.Result{Outcome: channel.Unknown}, nil }
			})
			must(t, b.acquiring.Ask(ctx, channel.PaymentLine, p.OrderNo))
			b.wantState(p.OrderNo, acquiring.Closed)
		}
		b.wallets[channel.WeChat].set(func(w *wallet) { // and it may have been paid after all
			w.query = func(r channel.OrderRef) (channel.PaymentResult, error) {
				return channel.PaymentResult{Result: succeeded, Amount: 1200, ChannelNo: "w" + r.OrderNo}, nil
			}
		})
		must(t, b.acquiring.Ask(ctx, channel.PaymentLine, p.OrderNo))
		b.wantState(p.OrderNo, acquiring.Paid)
	})
}

// TestAsk: clearing asks once more about what a statement shows.
func TestAsk(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.wallets[channel.WeChat].query = func(r channel.OrderRef) (channel.PaymentResult, error) {
			return channel.PaymentResult{Result: succeeded, Amount: 1200, ChannelNo: "w" + r.OrderNo}, nil
		}
		p := b.placed("wish-1", 1200)
		must(t, b.acquiring.Ask(ctx, channel.PaymentLine, p.OrderNo)) // not due yet, asked all the same
		b.wantState(p.OrderNo, acquiring.Paid)
		must(t, b.acquiring.Ask(ctx, channel.PaymentLine, p.OrderNo))
		if n := b.wallets[channel.WeChat].called("query"); n != 1 {
			t.Errorf("asked %d times; what is final is left alone", n)
		}
		r := b.ask(p.OrderNo, "back-1", 300)
		b.answers(channel.RefundResult{}, channel.RefundResult{Result: succeeded, Amount: 300})
		for range 2 {
			must(t, b.acquiring.Ask(ctx, channel.RefundLine, r.RefundNo))
			b.wantRefund(r.RefundNo, acquiring.RefundSucceeded, 300)
		}
		wantFault(t, b.acquiring.Ask(ctx, channel.PaymentLine, "P0"), fault.NotFound, "")
		wantFault(t, b.acquiring.Ask(ctx, channel.RefundLine, "R0"), fault.NotFound, "")
	})
}
