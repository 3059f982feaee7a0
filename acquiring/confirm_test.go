package acquiring_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

func TestConfirmPostsAndTells(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid("wish-1", 1200)
		if p.State != acquiring.Paid || p.ChannelNo != "w"+p.OrderNo || p.PayerAccount != "oPayer" || p.ClearingDate != day || !p.PaidAt.Equal(noon.Add(10*time.Second)) {
			t.Errorf("payment %+v", p)
		}
		b.wantNotice("n-"+p.OrderNo, acquiring.Applied)
		if b.postings("payment_paid", p.OrderNo) != 1 || b.number("SELECT COUNT(*) FROM events WHERE subject = 'payment.paid' AND event_key = ?", p.OrderNo) != 1 {
			t.Error("want one posting and one event")
		}
		payload := b.text("SELECT payload FROM events WHERE event_key = ?", p.OrderNo)
		if !strings.Contains(payload, `"amount_fen":1200`) || strings.Contains(payload, "payer-1") || strings.Contains(payload, "oPayer") {
			t.Errorf("event %s: want the amount, and nobody's account", payload)
		}
		if b.committed.Load() == 0 {
			t.Error("nobody was told that an event waits")
		}
	})
}

// TestI8ContradictionsAreHeld: a genuine notification that does not fit the order
// is kept, and moves nothing.
func TestI8ContradictionsAreHeld(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.placed("wish-1", 1200)
		for name, c := range map[string]struct {
			ch     channel.Name
			change func(*channel.Notice)
			reason string
		}{
			"amount":         {channel.WeChat, func(n *channel.Notice) { n.Amount++ }, "amount ¥12.01"},
			"no amount":      {channel.WeChat, func(n *channel.Notice) { n.Amount = 0 }, "amount ¥0.00"},
			"merchant":       {channel.WeChat, func(n *channel.Notice) { n.MerchantID = "somebody" }, `merchant "somebody"`},
			"currency":       {channel.WeChat, func(n *channel.Notice) { n.Currency = "HKD" }, `currency "HKD"`},
			"channel":        {channel.Alipay, func(*channel.Notice) {}, "channel wechat"},
			"order":          {channel.WeChat, func(n *channel.Notice) { n.OrderNo = "P2026031099999999000001" }, "no such order"},
			"refund unknown": {channel.WeChat, func(n *channel.Notice) { n.Event, n.RefundNo = channel.RefundEvent, "R2026031099999999000001" }, "no such refund"},
		} {
			n := b.notice(p)
			n.ID = name
			c.change(&n)
			must(t, b.acquiring.Confirm(ctx, c.ch, n))
			b.wantNotice(name, acquiring.Held)
			if reason := b.text("SELECT reason FROM notices WHERE notice_id = ?", name); !strings.Contains(reason, c.reason) {
				t.Errorf("%s is held because of %q, want %q", name, reason, c.reason)
			}
			b.wantState(p.OrderNo, acquiring.Pending)
		}
		if n := b.number("SELECT COUNT(*) FROM ledger_entries"); n != 0 {
			t.Errorf("%d entries were posted", n)
		}
		must(t, b.acquiring.Confirm(ctx, channel.WeChat, b.notice(p))) // the honest one still counts
		b.wantState(p.OrderNo, acquiring.Paid)
	})
}

func TestFailureNoticeIsNoNews(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.placed("wish-1", 1200)
		for _, outcome := range []channel.Outcome{channel.Refused, channel.Pending, channel.Unknown} {
			n := b.notice(p)
			n.ID, n.Result.Outcome = string(outcome), outcome
			must(t, b.acquiring.Confirm(ctx, channel.WeChat, n))
			b.wantNotice(n.ID, acquiring.Already)
			b.wantState(p.OrderNo, acquiring.Pending)
		}
	})
}

// TestTB1DeliveriesInAnyNumberAndOrder: each notice comes 1 to 50 times,
// all mixed and side by side, at two instances on one database. Each is posted
// once, and every delivery is counted.
func TestTB1DeliveriesInAnyNumberAndOrder(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		rnd := rand.New(rand.NewPCG(1, 1))
		var deliveries []channel.Notice
		for i := range noticesDelivered {
			n := b.notice(b.placed(fmt.Sprint("wish-", i), 1200))
			for range 1 + rnd.IntN(50) {
				deliveries = append(deliveries, n)
			}
		}
		rnd.Shuffle(len(deliveries), func(i, j int) { deliveries[i], deliveries[j] = deliveries[j], deliveries[i] })
		second, err := acquiring.NewService(b.acquiring.Config)
		must(t, err)
		var wg sync.WaitGroup
		work := make(chan channel.Notice)
		for i := range 16 {
			wg.Go(func() {
				for n := range work {
					if err := []*acquiring.Service{b.acquiring, second}[i%2].Confirm(ctx, channel.WeChat, n); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for _, n := range deliveries {
			work <- n
		}
		close(work)
		wg.Wait()
		totals, err := b.store.Clearing().Totals(ctx)
		must(t, err)
		if n := totals.Notices; n.Received != len(deliveries) || n.Duplicates != len(deliveries)-noticesDelivered || totals.Paid[channel.WeChat].Count != noticesDelivered {
			t.Errorf("%d deliveries gave %+v and %d payments", len(deliveries), n, totals.Paid[channel.WeChat].Count)
		}
		for query, want := range map[string]int{
			"SELECT COUNT(*) FROM notices WHERE disposition = 'applied'":         noticesDelivered,
			"SELECT COUNT(*) FROM notices":                                       noticesDelivered,
			"SELECT COUNT(*) FROM ledger_entries":                                noticesDelivered,
			"SELECT COUNT(*) FROM events":                                        noticesDelivered,
			"SELECT SUM(credit_fen) FROM ledger_lines WHERE account LIKE 'mer%'": noticesDelivered * 1200,
			"SELECT COUNT(*) FROM payments WHERE state = 'paid' AND paid_at > 0": noticesDelivered,
			"SELECT COUNT(*) FROM audit WHERE action NOT LIKE 'refund.req%' AND action NOT LIKE 'plate.%' AND action NOT LIKE 'batch.%'": 0,
			"SELECT COUNT(*) FROM (SELECT DISTINCT ref FROM ledger_entries) AS er":                                                       noticesDelivered,
		} {
			if n := b.number(query); n != want {
				t.Errorf("%s: %d, want %d", query, n, want)
			}
		}
	})
}

// TestI5SecondSuccessIsGivenBack: two successes with different numbers of the
// wallet for one order are one payment and one refund of the other, also when both
// come at the same instant, and however often each is told.
func TestI5SecondSuccessIsGivenBack(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		const n = 25
		for i := range n {
			p := b.placed(fmt.Sprint("wish-", i), 1200)
			var wg sync.WaitGroup
			for _, no := range []string{"first", "second", "first", "second"} {
				n := b.notice(p)
				n.ID, n.ChannelNo = fmt.Sprint(n.ID, no, len(no)), n.ChannelNo+no
				wg.Go(func() {
					if err := b.acquiring.Confirm(ctx, channel.WeChat, n); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			refunds, err := b.store.Acquiring().RefundsOf(ctx, p.OrderNo)
			must(t, err)
			paidBy := b.payment(p.OrderNo).ChannelNo
			if len(refunds) != 1 || refunds[0].SecondNo == "" || refunds[0].SecondNo == paidBy || refunds[0].Amount != 1200 {
				t.Fatalf("paid by %s, given back: %+v; want the other success, once", paidBy, refunds)
			}
			must(t, b.acquiring.CarryOut(ctx, refunds[0].RefundNo))
			b.wantRefund(refunds[0].RefundNo, acquiring.RefundSucceeded, 0) // nothing of the order's own amount
			b.ask(p.OrderNo, fmt.Sprint("back-", i), 1200)                  // … all of which is there to be refunded
		}
		applied, seconds := b.number("SELECT COUNT(*) FROM notices WHERE disposition = 'applied'"), b.number("SELECT COUNT(*) FROM notices WHERE reason LIKE 'second success%'")
		if paid := b.number("SELECT COUNT(*) FROM ledger_entries WHERE kind = 'payment_paid'"); applied != 2*n || seconds != n || paid != n {
			t.Errorf("%d applied, %d seconds, %d paid; want %d, %d, %d", applied, seconds, paid, 2*n, n, n)
		}
		if in, out := b.number("SELECT COUNT(*) FROM ledger_entries WHERE kind = 'second_success'"), b.number("SELECT COUNT(*) FROM ledger_entries WHERE kind = 'second_refunded'"); in != n || out != n {
			t.Errorf("%d second successes in the book and %d given back, want %d", in, out, n)
		}
		if rest := b.number("SELECT SUM(debit_fen) - SUM(credit_fen) FROM ledger_lines WHERE account = 'suspense/wechat'"); rest != 0 {
			t.Errorf("%d fen stay in suspense", rest)
		}
	})
}

// TestSecondSuccessIsRefundedAtItsOwnNumber: the wallet is told which of its two
// transactions to give back, also when the query was first.
func TestSecondSuccessIsRefundedAtItsOwnNumber(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.placed("wish-1", 900)
		var asked []channel.RefundRequest
		b.wallets[channel.WeChat].set(func(w *wallet) {
			w.refund = func(r channel.RefundRequest) (channel.RefundResult, error) {
				asked = append(asked, r)
				return channel.RefundResult{Result: channel.Result{Outcome: channel.Refused, Code: "NOTENOUGH"}}, nil
			}
			w.query = func(channel.OrderRef) (channel.PaymentResult, error) {
				n := b.notice(p) // the notice overtakes the query's answer, which tells of another success
				must(t, b.acquiring.Confirm(ctx, channel.WeChat, n))
				return channel.PaymentResult{Result: succeeded, Amount: 900, ChannelNo: "the other"}, nil
			}
		})
		b.advance(6 * time.Second)
		refunds, err := b.store.Acquiring().RefundsOf(ctx, p.OrderNo)
		must(t, err)
		if len(refunds) != 1 || refunds[0].RequestedBy != "second success" {
			t.Fatalf("refunds %+v", refunds)
		}
		no := refunds[0].RefundNo
		must(t, b.acquiring.CarryOut(ctx, no))
		if len(asked) != 1 || asked[0].ChannelNo != "the other" || asked[0].Amount != 900 || asked[0].Cancel {
			t.Errorf("the wallet was asked %+v", asked)
		}
		b.wantRefund(no, acquiring.RefundFailed, 0)
		b.wallets[channel.WeChat].set(func(w *wallet) { w.refund = nil })
		_, err = b.acquiring.RetryRefund(ctx, no, "ops", "there is balance now")
		must(t, err)
		must(t, b.acquiring.CarryOut(ctx, no))
		b.wantRefund(no, acquiring.RefundSucceeded, 0)
	})
}

// TestSecondSuccessThatAStatementShows: given back once, however often it is asked
// for, and neither for an order that is not paid nor for the payment itself.
func TestSecondSuccessThatAStatementShows(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		unpaid, p := b.placed("wish-1", 900), b.placed("wish-2", 800)
		n := b.notice(p)
		must(t, b.acquiring.Confirm(ctx, channel.WeChat, n))
		for range 2 {
			must(t, b.acquiring.RefundSecond(ctx, p.OrderNo, "the other", day))
		}
		for orderNo, no := range map[string]string{unpaid.OrderNo: "the other", p.OrderNo: n.ChannelNo} {
			if err := b.acquiring.RefundSecond(ctx, orderNo, no, day); !fault.Is(err, fault.Refused) {
				t.Errorf("%s by %s: %v", orderNo, no, err)
			}
		}
		refunds, err := b.store.Acquiring().RefundsOf(ctx, p.OrderNo)
		if err != nil || len(refunds) != 1 || refunds[0].SecondNo != "the other" || refunds[0].Amount != 800 {
			t.Errorf("refunds %+v, %v", refunds, err)
		}
		if in := b.number("SELECT COUNT(*) FROM ledger_entries WHERE kind = 'second_success'"); in != 1 {
			t.Errorf("%d second successes in the book, want 1", in)
		}
	})
}

// TestLateSuccess: the wallet took the money of an order that we had closed or
// given up. It is there: it is posted, and the audit says why the state left its
// end.
func TestLateSuccess(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		closed := b.placed("wish-1", 1200)
		b.advance(20 * time.Minute) // expired, closed at the wallet
		b.wantState(closed.OrderNo, acquiring.Closed)
		b.wallets[channel.WeChat].set(func(w *wallet) {
			w.prepay = func(channel.PrepayRequest) (channel.PrepayResult, error) {
				return channel.PrepayResult{Result: channel.Result{Outcome: channel.Refused}}, nil
			}
		})
		out, err := b.acquiring.Pay(ctx, b.input("wish-2", 900))
		if err == nil {
			t.Fatal("a refused order was placed")
		}
		for _, p := range []acquiring.Payment{b.payment(closed.OrderNo), out.Payment} {
			must(t, b.acquiring.Confirm(ctx, channel.WeChat, b.notice(p)))
			b.wantState(p.OrderNo, acquiring.Paid)
			if got, want := b.audits("payment "+p.OrderNo), "payment.late_success "+string(p.State)+">paid;"; got != want {
				t.Errorf("audit %q, want %q", got, want)
			}
			if b.postings("payment_paid", p.OrderNo) != 1 {
				t.Error("the money is not in the book")
			}
		}
	})
}

// TestLateMoneyHasOneEnd: a merchant that wants no late payments gets none: the
// money is given back whole, in the commit that finds it, however often and by
// whomever it is told.
func TestLateMoneyHasOneEnd(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		wantFault(t, b.acquiring.SetLatePolicy(ctx, shopNo, "perhaps", "owner", ""), fault.Invalid, "policy")
		wantFault(t, b.acquiring.SetLatePolicy(ctx, "999290058120099", acquiring.RefundLate, "owner", ""), fault.NotFound, "")
		for range 2 {
			must(t, b.acquiring.SetLatePolicy(ctx, shopNo, acquiring.RefundLate, "owner", "we serve who paid at the till"))
		}
		if got := b.audits("merchant " + shopNo); !strings.HasSuffix(got, "merchant.late_policy_set >refund;") {
			t.Errorf("audit %q", got)
		}
		p, inTime := b.placed("wish-1", 1200), b.paid("wish-2", 700)
		b.advance(20 * time.Minute)
		b.wantState(p.OrderNo, acquiring.Closed)
		var wg sync.WaitGroup
		for i := range 6 {
			n := b.notice(p)
			n.ID = fmt.Sprint("late-", i)
			wg.Go(func() {
				if err := b.acquiring.Confirm(ctx, channel.WeChat, n); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		refunds, err := b.store.Acquiring().RefundsOf(ctx, p.OrderNo)
		must(t, err)
		if len(refunds) != 1 || refunds[0].Amount != 1200 || refunds[0].RequestedBy != "late policy" {
			t.Fatalf("refunds %+v", refunds)
		}
		b.wantState(p.OrderNo, acquiring.Paid)
		must(t, b.acquiring.CarryOut(ctx, refunds[0].RefundNo))
		b.wantRefund(refunds[0].RefundNo, acquiring.RefundSucceeded, 1200)
		if told, late := b.number("SELECT COUNT(*) FROM events WHERE subject = 'payment.paid' AND event_key = ?", p.OrderNo), b.number("SELECT COUNT(*) FROM events WHERE subject = 'payment.late'"); told != 0 || late != 1 {
			t.Errorf("told %d times that it is paid and %d times that it is late; want 0 and 1: nobody may hand out goods for it", told, late)
		}
		if got := b.payment(inTime.OrderNo).Refunded; got != 0 {
			t.Errorf("%d fen of a payment in time were given back", got)
		}
		must(t, b.acquiring.SetLatePolicy(ctx, shopNo, acquiring.AcceptLate, "owner", "on second thoughts"))
		if got, err := b.acquiring.LatePolicyOf(ctx, shopNo); got != acquiring.AcceptLate || err != nil {
			t.Errorf("policy %s, %v", got, err)
		}
	})
}

// TestClearingDateOfSuccess: the channel's own date wins, else its cut decides
// by the channel's time, and without a time ours does.
func TestClearingDateOfSuccess(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		evening := day.Start().Add(23*time.Hour + 30*time.Minute)
		b.clock.AdvanceTo(evening)
		for i, c := range []struct {
			ch         channel.Name
			at         time.Time
			settleDate bizdate.Date
			want       bizdate.Date
		}{
			{channel.WeChat, evening, 0, day},
			{channel.Alipay, evening, 0, day},
			{channel.UnionPay, evening, 0, day.AddDays(1)},
			{channel.UnionPay, day.Start().Add(23*time.Hour - time.Second), 0, day},
			{channel.UnionPay, evening, day, day},
			{channel.WeChat, day.AddDays(1).Start(), 0, day.AddDays(1)},
			{channel.WeChat, day.AddDays(1).Start().Add(-time.Millisecond), 0, day},
			{channel.UnionPay, time.Time{}, 0, day.AddDays(1)},
		} {
			in := b.input(fmt.Sprint("wish-", i), 1200)
			in.Wallet = channel.Wallet(c.ch)
			out, err := b.acquiring.Pay(ctx, in)
			must(t, err)
			n := b.notice(out.Payment)
			n.Time, n.SettleDate = c.at, c.settleDate
			must(t, b.acquiring.Confirm(ctx, c.ch, n))
			p := b.payment(out.Payment.OrderNo)
			if p.ClearingDate != c.want || (!c.at.IsZero() && !p.PaidAt.Equal(c.at)) {
				t.Errorf("%s at %s dated %s: clearing date %s, want %s", c.ch, c.at, c.settleDate, p.ClearingDate, c.want)
			}
			if got := b.number("SELECT clearing_date FROM ledger_entries WHERE ref = ?", p.OrderNo); bizdate.Date(got) != c.want {
				t.Errorf("posted on %d, want %s", got, c.want)
			}
		}
	})
}

// TestNoticeReplies: a genuine notice gets the wallet's success bytes after its
// commit, a forged one its refusal and a count, and nothing else.
func TestNoticeReplies(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.placed("wish-1", 1200)
		ack, nack := channel.Reply{Status: 200, Body: []byte("success")}, channel.Reply{Status: 400, Body: []byte("fail")}
		w := b.wallets[channel.WeChat]
		w.verdict = channel.NoticeVerdict{Problem: "the signature does not fit", Notice: b.notice(p), Ack: ack, Nack: nack}
		for range 3 {
			reply, err := b.acquiring.Notice(ctx, channel.WeChat, channel.RawNotice{Body: []byte("forged body")})
			if err != nil || reply.Status != 400 {
				t.Errorf("forged: %+v, %v", reply, err)
			}
		}
		b.wantState(p.OrderNo, acquiring.Pending)
		if n := b.number("SELECT COUNT(*) FROM notices"); n != 0 {
			t.Errorf("a forged notice left %d rows", n)
		}
		w.verdict = channel.NoticeVerdict{OK: true, Notice: b.notice(p), Ack: ack, Nack: nack}
		reply, err := b.acquiring.Notice(ctx, channel.WeChat, channel.RawNotice{})
		if err != nil || reply.Status != 200 || string(reply.Body) != "success" {
			t.Errorf("genuine: %+v, %v", reply, err)
		}
		totals, err := b.store.Clearing().Totals(ctx)
		if err != nil || totals.Notices.ForgedRefused != 3 || totals.Notices.Received != 4 || totals.Notices.Duplicates != 0 {
			t.Errorf("counted %+v, %v", totals.Notices, err)
		}
		if text := b.text("SELECT problem FROM forgeries LIMIT 1"); strings.Contains(text, "body") {
			t.Errorf("the forgery's body was kept: %q", text)
		}
		if _, err := b.acquiring.Notice(ctx, "cash", channel.RawNotice{}); err == nil {
			t.Error("a notice of no channel was answered")
		}
	})
}

// TestNoticeIsNotAnsweredWithoutCommit (R1): when the database is gone the
// wallet is told nothing, so that it sends the notice again.
func TestNoticeIsNotAnsweredWithoutCommit(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.placed("wish-1", 1200)
		b.wallets[channel.WeChat].verdict = channel.NoticeVerdict{OK: true, Notice: b.notice(p), Ack: channel.Reply{Status: 200}}
		_, err := b.raw.Exec("ALTER TABLE ledger_lines RENAME TO gone")
		must(t, err)
		if reply, err := b.acquiring.Notice(ctx, channel.WeChat, channel.RawNotice{}); err == nil || reply.Status != 0 {
			t.Errorf("answered %+v, %v", reply, err)
		}
		_, err = b.raw.Exec("ALTER TABLE gone RENAME TO ledger_lines")
		must(t, err)
		b.wantState(p.OrderNo, acquiring.Pending)
		if n := b.number("SELECT COUNT(*) FROM notices"); n != 0 {
			t.Errorf("%d notice rows outlived the transaction", n)
		}
		if reply, err := b.acquiring.Notice(ctx, channel.WeChat, channel.RawNotice{}); err != nil || reply.Status != 200 {
			t.Errorf("sent again: %+v, %v", reply, err)
		}
		b.wantState(p.OrderNo, acquiring.Paid)
	})
}
