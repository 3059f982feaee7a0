package acquiring_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// ask requests a refund.
func (b *bench) ask(orderNo, requestID string, amount money.Fen) acquiring.Refund {
	b.Helper()
	r, err := b.acquiring.RequestRefund(ctx, acquiring.RefundInput{OrderNo: orderNo, Amount: amount, Reason: "顾客退货", RequestID: requestID, By: "owner"})
	must(b, err)
	return r
}

// answers scripts the wallet's answer to a refund and to the question about it.
func (b *bench) answers(refund, query channel.RefundResult) {
	b.wallets[channel.WeChat].set(func(w *wallet) {
		w.refund = func(channel.RefundRequest) (channel.RefundResult, error) { return refund, nil }
		w.queryRefund = func(channel.RefundRequest) (channel.RefundResult, error) { return query, nil }
	})
}

// TestTD1RefundsNeverExceedWhatWasPaid: 64 people give back parts of one order at
// the same instant. What fits is reserved to the fen, the rest is refused.
func TestTD1RefundsNeverExceedWhatWasPaid(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for round := range refundRounds {
			b.sixtyFourRefunds(fmt.Sprint("wish-", round))
		}
		b.mustHold()
	})
}

func (b *bench) sixtyFourRefunds(wish string) {
	b.Helper()
	p := b.paid(wish, 10_000)
	var granted atomic.Int64
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			r, err := b.acquiring.RequestRefund(ctx, acquiring.RefundInput{OrderNo: p.OrderNo, Amount: 300, RequestID: fmt.Sprint(wish, "-back-", i), By: "owner"})
			if err == nil {
				granted.Add(int64(r.Amount))
			} else if !fault.Is(err, fault.Refused) {
				b.Error(err)
			}
		})
	}
	wg.Wait()
	if got := b.payment(p.OrderNo).Refunded; granted.Load() != 9900 || got != 9900 {
		b.Errorf("granted %d, reserved %d; want 9900: 33 of 64 fit", granted.Load(), got)
	}
	_, err := b.acquiring.RequestRefund(ctx, acquiring.RefundInput{OrderNo: p.OrderNo, Amount: 101, RequestID: wish + "-too-much", By: "owner"})
	wantFault(b, err, fault.Refused, "amount")
	b.ask(p.OrderNo, wish+"-the-rest", 100)
	refunds, err := b.store.Acquiring().RefundsOf(ctx, p.OrderNo)
	must(b, err)
	var sum money.Fen
	for _, r := range refunds {
		must(b, b.acquiring.ExecuteRefund(ctx, r.RefundNo))
		sum += r.Amount
	}
	n := b.number("SELECT SUM(l.debit_fen) FROM ledger_lines l JOIN ledger_entries e ON e.id = l.entry_id JOIN refunds r ON r.refund_no = e.ref WHERE e.kind = 'refund_succeeded' AND r.order_no = ?", p.OrderNo)
	if n != 10_000 || sum != 10_000 {
		b.Errorf("gave back %d of the refunds' %d, want 10000", n, sum)
	}
}

func TestRefundRequestAgain(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid("wish-1", 10_000)
		first := b.ask(p.OrderNo, "back-1", 300)
		if first.RefundNo != "R2026031010000001000002" || first.State != acquiring.RefundCreated || first.ChannelID != "at-wechat" {
			t.Errorf("refund %+v", first)
		}
		if again := b.ask(p.OrderNo, "back-1", 300); again.RefundNo != first.RefundNo {
			t.Errorf("the same request became %s", again.RefundNo)
		}
		other := b.paid("wish-2", 10_000)
		for field, in := range map[string]acquiring.RefundInput{"amount": {OrderNo: p.OrderNo, Amount: 301, RequestID: "back-1"}, "order_no": {OrderNo: other.OrderNo, Amount: 300, RequestID: "back-1"}} {
			_, err := b.acquiring.RequestRefund(ctx, in)
			wantFault(t, err, fault.Conflict, field)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { b.ask(p.OrderNo, "back-2", 700) })
		}
		wg.Wait()
		if got := b.payment(p.OrderNo).Refunded; got != 1000 {
			t.Errorf("%d fen reserved, want 1000", got)
		}
		if n := b.number("SELECT COUNT(*) FROM events WHERE subject = 'refund.requested.wechat'"); n != 2 {
			t.Errorf("%d commands, want 2", n)
		}
		if got := b.audits("payment " + p.OrderNo); got != "refund.requested >3.00;refund.requested >7.00;" {
			t.Errorf("audit %q", got)
		}
	})
}

func TestRefundRequestsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		unpaid := b.placed("wish-1", 1000)
		for _, c := range []struct {
			in    acquiring.RefundInput
			kind  fault.Kind
			field string
		}{
			{acquiring.RefundInput{OrderNo: unpaid.OrderNo, Amount: 0, RequestID: "a"}, fault.Invalid, "amount"},
			{acquiring.RefundInput{OrderNo: unpaid.OrderNo, Amount: -5, RequestID: "a"}, fault.Invalid, "amount"},
			{acquiring.RefundInput{OrderNo: unpaid.OrderNo, Amount: 5}, fault.Invalid, "request_id"},
			{acquiring.RefundInput{OrderNo: unpaid.OrderNo, Amount: 5, RequestID: "a"}, fault.Refused, "amount"},
			{acquiring.RefundInput{OrderNo: "P0", Amount: 5, RequestID: "a"}, fault.NotFound, ""},
		} {
			_, err := b.acquiring.RequestRefund(ctx, c.in)
			wantFault(t, err, c.kind, c.field)
		}
		if n := b.number("SELECT COUNT(*) FROM refunds") + b.number("SELECT COUNT(*) FROM audit WHERE action NOT LIKE 'plate.%' AND action NOT LIKE 'batch.%'"); n != 0 {
			t.Errorf("refused requests left %d rows", n)
		}
	})
}

// TestWhatBecomesOfARefund has a row for each way in which a refund can go on.
func TestWhatBecomesOfARefund(t *testing.T) {
	done := channel.RefundResult{Result: succeeded, Amount: 300, ChannelNo: "wr-1", RefundedAt: noon}
	unknown := channel.RefundResult{Result: channel.Result{Outcome: channel.Unknown}}
	pending := channel.RefundResult{Result: channel.Result{Outcome: channel.Pending}}
	no := channel.RefundResult{Result: channel.Result{Outcome: channel.Refused, Code: "NOTENOUGH"}}
	never := channel.RefundResult{Result: channel.Result{Outcome: channel.Refused}, NotFound: true}
	other := channel.RefundResult{Result: succeeded, Amount: 299}
	type row struct {
		name           string
		answer, query  channel.RefundResult
		first, later   acquiring.RefundState
		reserved       money.Fen
		refundsAtTheir int
	}
	table := []row{
		{"done", done, unknown, acquiring.RefundSucceeded, acquiring.RefundSucceeded, 300, 1},
		{"refused", no, unknown, acquiring.RefundFailed, acquiring.RefundFailed, 0, 1},
		{"in progress, then done", pending, done, acquiring.RefundUnknown, acquiring.RefundSucceeded, 300, 1},
		{"answer lost, was done", unknown, done, acquiring.RefundUnknown, acquiring.RefundSucceeded, 300, 1},
		{"answer lost, was refused", unknown, no, acquiring.RefundUnknown, acquiring.RefundFailed, 0, 1},
		{"lost for good: sent again", unknown, never, acquiring.RefundUnknown, acquiring.RefundUnknown, 300, 2},
		{"still unknown", unknown, unknown, acquiring.RefundUnknown, acquiring.RefundUnknown, 300, 1},
		{"another amount is not ours", other, other, acquiring.RefundUnknown, acquiring.RefundUnknown, 300, 1},
	}
	each(t, func(t *testing.T, b *bench) {
		rows(t, b, table, func(c row) string { return c.name }, func(t *testing.T, b *bench, c row) {
			p := b.paid(c.name, 1000)
			r := b.ask(p.OrderNo, c.name, 300)
			b.answers(c.answer, c.query)
			must(t, b.acquiring.ExecuteRefund(ctx, r.RefundNo))
			if got := b.refundOf(r.RefundNo).State; got != c.first {
				t.Errorf("at first %s, want %s", got, c.first)
			}
			b.advance(2 * time.Minute)
			b.wantRefund(r.RefundNo, c.later, c.reserved)
			if n := b.wallets[channel.WeChat].called("refund"); n != c.refundsAtTheir {
				t.Errorf("the wallet was told %d times, want %d", n, c.refundsAtTheir)
			}
			posted := 0
			if c.later == acquiring.RefundSucceeded {
				posted = 1
			}
			if b.postings("refund_succeeded", r.RefundNo) != posted || b.number("SELECT COUNT(*) FROM events WHERE subject = 'refund.succeeded' AND event_key = ?", r.RefundNo) != posted {
				t.Errorf("want %d postings and events", posted)
			}
		})
	})
}

// TestRefundCommandAgain: the command travels at least once, and the wallet may
// be out of reach; the refund is given once.
func TestRefundCommandAgain(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid("wish-1", 1000)
		r := b.ask(p.OrderNo, "back-1", 300)
		w := b.wallets[channel.WeChat]
		w.set(func(w *wallet) {
			w.refund = func(channel.RefundRequest) (channel.RefundResult, error) {
				return channel.RefundResult{}, fault.New("bus", fault.Unavailable, "nobody serves the channel")
			}
		})
		wantFault(t, b.acquiring.ExecuteRefund(ctx, r.RefundNo), fault.Unavailable, "")
		b.wantRefund(r.RefundNo, acquiring.RefundCreated, 300)
		w.set(func(w *wallet) { w.refund = nil })
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				if err := b.acquiring.ExecuteRefund(ctx, r.RefundNo); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		b.wantRefund(r.RefundNo, acquiring.RefundSucceeded, 300)
		if b.postings("refund_succeeded", r.RefundNo) != 1 {
			t.Error("given back more than once")
		}
		must(t, b.acquiring.ExecuteRefund(ctx, r.RefundNo))
		wantFault(t, b.acquiring.ExecuteRefund(ctx, "R0"), fault.NotFound, "")
	})
}

// TestRefundNotices: before the reply, without a time, again, and those that
// contradict (I8).
func TestRefundNotices(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid("wish-1", 10_000)
		r := b.ask(p.OrderNo, "before the reply", 300)
		for name, change := range map[string]func(*channel.Notice){
			"amount":   func(n *channel.Notice) { n.Amount-- },
			"merchant": func(n *channel.Notice) { n.MerchantID = "somebody" },
			"currency": func(n *channel.Notice) { n.Currency = "USD" },
			"order":    func(n *channel.Notice) { n.OrderNo = "P2026031099999999000001" },
		} {
			n := b.refundNotice(r)
			n.ID = name
			change(&n)
			must(t, b.acquiring.Confirm(ctx, channel.WeChat, n))
			b.wantNotice(name, acquiring.Held)
		}
		n := b.refundNotice(r)
		n.ID = "other channel"
		must(t, b.acquiring.Confirm(ctx, channel.Alipay, n))
		b.wantNotice(n.ID, acquiring.Held)
		b.wantRefund(r.RefundNo, acquiring.RefundCreated, 300)

		n = b.refundNotice(r)
		n.Amount, n.Time = 0, time.Time{} // Alipay tells only the sum, UnionPay no time
		must(t, b.acquiring.Confirm(ctx, channel.WeChat, n))
		b.wantNotice(n.ID, acquiring.Applied)
		b.wantRefund(r.RefundNo, acquiring.RefundSucceeded, 300)
		if got := b.refundOf(r.RefundNo); !got.RefundedAt.IsZero() || got.ClearingDate != day {
			t.Errorf("refund without a time: %+v; the statement will tell", got)
		}
		must(t, b.acquiring.ExecuteRefund(ctx, r.RefundNo)) // the reply comes now
		n.ID = "in other words"
		must(t, b.acquiring.Confirm(ctx, channel.WeChat, n))
		b.wantNotice(n.ID, acquiring.Already)
		if b.postings("refund_succeeded", r.RefundNo) != 1 {
			t.Error("given back more than once")
		}
	})
}

// TestRefundNoticeAgainstItsEnd: a wallet that changes its mind after the end is
// a case for people; the books stay.
func TestRefundNoticeAgainstItsEnd(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid("wish-1", 1000)
		failed, good := b.ask(p.OrderNo, "back-1", 300), b.ask(p.OrderNo, "back-2", 200)
		for _, c := range []struct {
			r           acquiring.Refund
			first, then channel.Outcome
			state       acquiring.RefundState
		}{{failed, channel.Refused, channel.Succeeded, acquiring.RefundFailed}, {good, channel.Succeeded, channel.Refused, acquiring.RefundSucceeded}} {
			n := b.refundNotice(c.r)
			n.Result.Outcome = c.first
			must(t, b.acquiring.Confirm(ctx, channel.WeChat, n))
			b.wantNotice(n.ID, acquiring.Applied)
			n.ID, n.Result.Outcome = n.ID+" again", c.then
			must(t, b.acquiring.Confirm(ctx, channel.WeChat, n))
			b.wantNotice(n.ID, acquiring.Held)
			b.wantRefund(c.r.RefundNo, c.state, 200)
		}
	})
}

// TestClearingDateOfRefund: WeChat dates a refund by its acceptance, Alipay by
// its completion, UnionPay by its own date or its cut.
func TestClearingDateOfRefund(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		late := day.Start().Add(23*time.Hour + 50*time.Minute)
		after := day.AddDays(1).Start().Add(time.Minute)
		b.clock.AdvanceTo(late)
		for i, c := range []struct {
			ch         channel.Name
			at         time.Time
			settleDate bizdate.Date
			want       bizdate.Date
		}{
			{channel.WeChat, after, 0, day},
			{channel.Alipay, after, 0, day.AddDays(1)},
			{channel.Alipay, time.Time{}, 0, day},
			{channel.UnionPay, after, 0, day.AddDays(1)},
			{channel.UnionPay, time.Time{}, day, day},
		} {
			in := b.input(fmt.Sprint("wish-", i), 1000)
			in.Wallet = channel.Wallet(c.ch)
			out, err := b.acquiring.Pay(ctx, in)
			must(t, err)
			must(t, b.acquiring.Confirm(ctx, c.ch, b.notice(out.Payment)))
			r := b.ask(out.Payment.OrderNo, fmt.Sprint("back-", i), 300)
			b.wallets[c.ch].set(func(w *wallet) {
				w.refund = func(channel.RefundRequest) (channel.RefundResult, error) {
					return channel.RefundResult{Result: succeeded, Amount: 300, RefundedAt: c.at, SettleDate: c.settleDate}, nil
				}
			})
			must(t, b.acquiring.ExecuteRefund(ctx, r.RefundNo))
			if got := b.refundOf(r.RefundNo).ClearingDate; got != c.want {
				t.Errorf("%s refunded at %s dated %s: clearing date %s, want %s", c.ch, c.at, c.settleDate, got, c.want)
			}
		}
	})
}
