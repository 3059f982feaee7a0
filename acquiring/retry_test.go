package acquiring_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
	"juma/internal/money"
)

var no = channel.RefundResult{Result: channel.Result{Outcome: channel.Refused, Code: "NOTENOUGH"}}

// TestFailedRefundIsTriedAgain: the same refund under the same number, reserved
// anew by one of those who press at once; what is heard of the try before does
// nothing.
func TestFailedRefundIsTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid("wish-1", 1000)
		r := b.ask(p.OrderNo, "back-1", 700)
		_, err := b.acquiring.RetryRefund(ctx, r.RefundNo, "ops", "it is slow")
		wantFault(t, err, fault.Conflict, "state")
		b.answers(no, channel.RefundResult{})
		must(t, b.acquiring.CarryOut(ctx, r.RefundNo))
		b.wantRefund(r.RefundNo, acquiring.RefundFailed, 0)
		b.wantCommand(r.RefundNo, acquiring.CommandDone, 0)
		_, err = b.acquiring.RetryRefund(ctx, r.RefundNo, "ops", "")
		wantFault(t, err, fault.Invalid, "reason")

		b.clock.AdvanceTo(noon.Add(time.Hour))
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := b.acquiring.RetryRefund(ctx, r.RefundNo, "ops", "there is balance now"); err == nil {
					won.Add(1)
				} else if !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		b.wantRefund(r.RefundNo, acquiring.RefundCreated, 700)
		b.wantCommand(r.RefundNo, acquiring.CommandWaiting, 0)
		got := b.refundOf(r.RefundNo)
		if won.Load() != 1 || got.Tries != 2 || !got.TriedAt.Equal(noon.Add(time.Hour)) || !got.CreatedAt.Equal(noon) || b.sent(r.RefundNo) != 2 {
			t.Errorf("%d won; %+v, sent %d times", won.Load(), got, b.sent(r.RefundNo))
		}
		if again := b.ask(p.OrderNo, "back-1", 700); again.RefundNo != r.RefundNo {
			t.Errorf("the same request became %s", again.RefundNo)
		}
		if audit := b.audits("refund " + r.RefundNo); audit != "refund.retried failed>created;" {
			t.Errorf("audit %q", audit)
		}

		late := b.refundNotice(r) // of the first try
		late.Result.Outcome = channel.Refused
		must(t, b.acquiring.Confirm(ctx, channel.WeChat, late))
		b.wantRefund(r.RefundNo, acquiring.RefundUnknown, 700)
		var named []time.Time
		b.wallets[channel.WeChat].set(func(w *wallet) {
			w.queryRefund = func(q channel.RefundRequest) (channel.RefundResult, error) {
				named = append(named, q.RefundCreatedAt)
				return channel.RefundResult{Result: succeeded, Amount: 700, RefundedAt: b.clock.Now()}, nil
			}
		})
		must(t, b.acquiring.CarryOut(ctx, r.RefundNo))
		b.wantRefund(r.RefundNo, acquiring.RefundSucceeded, 700)
		if len(named) != 1 || !named[0].Equal(got.TriedAt) || b.postings("refund_succeeded", r.RefundNo) != 1 {
			t.Errorf("asked about the tries of %v; %d postings", named, b.postings("refund_succeeded", r.RefundNo))
		}
	})
}

// TestRetryNeedsTheMoney: what a failed refund released may have gone back another
// way meanwhile.
func TestRetryNeedsTheMoney(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid("wish-1", 1000)
		r := b.ask(p.OrderNo, "back-1", 700)
		b.answers(no, channel.RefundResult{})
		must(t, b.acquiring.CarryOut(ctx, r.RefundNo))
		b.ask(p.OrderNo, "back-2", 301)
		_, err := b.acquiring.RetryRefund(ctx, r.RefundNo, "ops", "again")
		wantFault(t, err, fault.Refused, "amount")
		b.wantRefund(r.RefundNo, acquiring.RefundFailed, 301)
		if got := b.refundOf(r.RefundNo); got.Tries != 1 || b.sent(r.RefundNo) != 1 {
			t.Errorf("a refused retry left %+v", got)
		}
	})
}

// TestSameDayCancelOrRefund: which way money goes back is decided by the channel's
// clearing day at the moment it is sent.
func TestSameDayCancelOrRefund(t *testing.T) {
	beforeCut := day.Start().Add(22*time.Hour + 50*time.Minute)
	each(t, func(t *testing.T, b *bench) {
		pay := func(w channel.Wallet, request string) acquiring.Payment {
			in := b.input(request, 1000)
			in.Wallet = w
			out, err := b.acquiring.Pay(ctx, in)
			must(t, err)
			must(t, b.acquiring.Confirm(ctx, w.Direct(), b.notice(out.Payment)))
			return b.payment(out.Payment.OrderNo)
		}
		b.clock.AdvanceTo(beforeCut)
		union, other := channel.UnionPayWallet, channel.AlipayWallet
		whole, part, alipay, later, refused := pay(union, "1"), pay(union, "2"), pay(other, "3"), pay(union, "4"), pay(union, "5")
		asked := map[string][]channel.RefundRequest{}
		refuse := ""
		for _, w := range b.wallets {
			w.set(func(w *wallet) {
				w.refund = func(r channel.RefundRequest) (channel.RefundResult, error) {
					asked[r.OrderNo] = append(asked[r.OrderNo], r)
					if r.OrderNo == refuse && r.Cancel {
						return no, nil
					}
					return channel.RefundResult{Result: succeeded, Amount: r.Amount}, nil
				}
				w.queryRefund = func(channel.RefundRequest) (channel.RefundResult, error) {
					return channel.RefundResult{Result: channel.Result{Outcome: channel.Refused}, NotFound: true}, nil
				}
			})
		}
		want := func(p acquiring.Payment, cancels ...bool) {
			t.Helper()
			var got []bool
			for _, r := range asked[p.OrderNo] {
				got = append(got, r.Cancel)
			}
			if len(got) != len(cancels) || got[0] != cancels[0] || got[len(got)-1] != cancels[len(cancels)-1] {
				t.Errorf("%s: asked to cancel %v, want %v", p.RequestID, got, cancels)
			}
		}
		for p, amount := range map[*acquiring.Payment]money.Fen{&whole: 1000, &part: 999, &alipay: 1000} {
			r := b.ask(p.OrderNo, "back-"+p.RequestID, amount)
			must(t, b.acquiring.CarryOut(ctx, r.RefundNo))
		}
		want(whole, true)
		want(part, false)
		want(alipay, false)

		r := b.ask(later.OrderNo, "back-later", 1000)
		if r.Way != acquiring.ByCancel {
			t.Errorf("way %s", r.Way)
		}
		refuse = refused.OrderNo
		mind := b.ask(refused.OrderNo, "back-refused", 1000)
		must(t, b.acquiring.CarryOut(ctx, mind.RefundNo)) // the wallet's clock is ahead: its day is over
		b.wantRefund(mind.RefundNo, acquiring.RefundUnknown, 1000)
		b.advance(time.Second)
		b.wantRefund(mind.RefundNo, acquiring.RefundSucceeded, 1000)
		want(refused, true, false)
		if tries := asked[refused.OrderNo]; tries[0].RefundNo != tries[1].RefundNo || !tries[1].RefundCreatedAt.After(tries[0].RefundCreatedAt) {
			t.Errorf("tries %+v: want the same number at another time", tries)
		}
		b.clock.AdvanceTo(day.Start().Add(23 * time.Hour))
		must(t, b.acquiring.CarryOut(ctx, r.RefundNo))
		want(later, false)
	})
}
