package acquiring_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
)

// instance is a second process over the same database.
func (b *bench) instance() *acquiring.Service {
	b.Helper()
	s, err := acquiring.NewService(b.acquiring.Config)
	must(b, err)
	return s
}

// tally counts how often the wallet is asked about each order, and how many of
// those questions overlap.
type tally struct {
	mu      sync.Mutex
	open    map[string]int
	asked   map[string]int
	overlap int
}

func (y *tally) begin(no string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.asked[no]++
	if y.open[no]++; y.open[no] > 1 {
		y.overlap++
	}
}

func (y *tally) end(no string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.open[no]--
}

// TestTD4TwoInstancesNeverAskAboutOneRowAtOnce: each row that is due is asked about
// once, whichever of two sweeps gets it.
func TestTD4TwoInstancesNeverAskAboutOneRowAtOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		y := &tally{open: map[string]int{}, asked: map[string]int{}}
		b.wallets[channel.WeChat].query = func(r channel.OrderRef) (channel.PaymentResult, error) {
			y.begin(r.OrderNo)
			defer y.end(r.OrderNo)
			time.Sleep(time.Millisecond)
			return channel.PaymentResult{Result: channel.Result{Outcome: channel.Pending}}, nil
		}
		const n = 60
		for i := range n {
			b.placed(fmt.Sprint("wish-", i), 1200)
		}
		b.clock.AdvanceTo(noon.Add(6 * time.Second))
		other := b.instance()
		var wg sync.WaitGroup
		for _, s := range []*acquiring.Service{b.acquiring, other, b.acquiring, other} {
			wg.Go(func() {
				if _, err := s.Sweep(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if y.overlap != 0 || len(y.asked) != n {
			t.Errorf("asked about %d orders of %d, %d times while somebody else was asking", len(y.asked), n, y.overlap)
		}
		for no, times := range y.asked {
			if times != 1 {
				t.Errorf("%s was asked about %d times", no, times)
			}
		}
	})
}

// TestTD4WhoStoodStillWritesNothing: an instance stops for longer than its lease
// while it waits for the wallet's answer; another takes the row over. What the
// first one then brings is not written.
func TestTD4WhoStoodStillWritesNothing(t *testing.T) {
	past, present := channel.Result{Outcome: channel.Refused, Code: "from the past"}, channel.Result{Outcome: channel.Pending, Code: "now"}
	each(t, func(t *testing.T, b *bench) {
		p := b.placed("wish-1", 1200)
		paid := b.paid("wish-2", 1000)
		in := b.input("wish-3", 1000) // Alipay's, so that both stop: a channel's refunds come after its payments
		in.Wallet = channel.AlipayWallet
		out, err := b.acquiring.Pay(ctx, in)
		must(t, err)
		must(t, b.acquiring.Confirm(ctx, channel.Alipay, b.notice(out.Payment)))
		r := b.ask(out.Payment.OrderNo, "back-1", 300)
		stopped, resume := make(chan bool, 2), make(chan struct{})
		stop := func() { stopped <- true; <-resume }
		b.wallets[channel.WeChat].set(func(w *wallet) {
			w.query = func(channel.OrderRef) (channel.PaymentResult, error) {
				stop()
				return channel.PaymentResult{Result: past}, nil
			}
		})
		b.wallets[channel.Alipay].set(func(w *wallet) {
			w.queryRefund = func(channel.RefundRequest) (channel.RefundResult, error) {
				stop()
				return channel.RefundResult{Result: past}, nil
			}
		})
		b.clock.AdvanceTo(noon.Add(2 * time.Minute))
		zombie := b.instance()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := zombie.Sweep(ctx); err != nil {
				t.Error(err)
			}
		})
		<-stopped
		<-stopped
		b.wallets[channel.WeChat].set(func(w *wallet) {
			w.query = func(channel.OrderRef) (channel.PaymentResult, error) {
				return channel.PaymentResult{Result: present}, nil
			}
		})
		b.wallets[channel.Alipay].set(func(w *wallet) {
			w.queryRefund = func(channel.RefundRequest) (channel.RefundResult, error) {
				return channel.RefundResult{Result: present}, nil
			}
		})
		if n := b.advance(time.Minute); n != 0 {
			t.Errorf("asked about %d rows that somebody else holds", n)
		}
		if n := b.advance(time.Minute); n != 2 {
			t.Errorf("asked about %d rows after their lease, want 2", n)
		}
		want := func(when string) {
			if got := b.payment(p.OrderNo); got.State != acquiring.Pending || got.Code != "now" {
				t.Errorf("%s: payment is %s (%s), want what the second instance found out", when, got.State, got.Code)
			}
			if got := b.refundOf(r.RefundNo); got.State != acquiring.RefundUnknown || got.Code != "now" {
				t.Errorf("%s: refund is %s (%s), want what the second instance found out", when, got.State, got.Code)
			}
		}
		want("taken over")
		close(resume)
		wg.Wait()
		want("the first one is back")
		b.wantState(paid.OrderNo, acquiring.Paid)
	})
}

// TestASlowWalletHoldsUpNobody: WeChat does not answer; Alipay's orders are asked
// about all the same, in the same sweep and in the next ones.
func TestASlowWalletHoldsUpNobody(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		resume := make(chan struct{})
		b.wallets[channel.WeChat].query = func(channel.OrderRef) (channel.PaymentResult, error) {
			<-resume
			return channel.PaymentResult{Result: channel.Result{Outcome: channel.Pending}}, nil
		}
		done := make(chan string, 100)
		b.wallets[channel.Alipay].query = func(r channel.OrderRef) (channel.PaymentResult, error) {
			done <- r.OrderNo
			return channel.PaymentResult{Result: succeeded, Amount: 1200, ChannelNo: "a" + r.OrderNo}, nil
		}
		for i := range 20 {
			b.placed(fmt.Sprint("slow-", i), 1200)
		}
		const quick = 12
		for i := range quick {
			in := b.input(fmt.Sprint("quick-", i), 1200)
			in.Wallet = channel.AlipayWallet
			_, err := b.acquiring.Pay(ctx, in)
			must(t, err)
		}
		b.clock.AdvanceTo(noon.Add(6 * time.Second))
		var wg sync.WaitGroup
		wg.Go(func() {
			if n, err := b.acquiring.Sweep(ctx); err != nil || n != 20+quick {
				t.Errorf("asked about %d orders, %v", n, err)
			}
		})
		for range quick {
			select {
			case <-done:
			case <-time.After(10 * time.Second):
				t.Error("Alipay's orders wait for WeChat")
			}
		}
		close(resume)
		wg.Wait()
	})
}
