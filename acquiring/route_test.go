package acquiring_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/routing"
	"juma/internal/fault"
)

// fixed gives the same rules for ever.
type fixed routing.Set

func (f fixed) InForce(context.Context) (routing.Set, int, error) { return routing.Set(f), 7, nil }

// withReserve lets the aggregate stand behind WeChat's own channel.
func withReserve() fixed {
	set := routing.Direct()
	set.Rules[0].Targets = append(set.Rules[0].Targets, routing.Target{Channel: channel.UnionPayAggregate})
	return fixed(set)
}

// routed is the bench's service with rules and breakers.
func (b *bench) routed(rules acquiring.Routes, breaker routing.BreakerSettings) *acquiring.Service {
	b.Helper()
	cfg := b.acquiring.Config
	cfg.Routes, cfg.Breakers = rules, routing.NewBreakers(breaker)
	s, err := acquiring.NewService(cfg)
	must(b, err)
	return s
}

func (b *bench) prepays(ch channel.Name, f func(channel.PrepayRequest) (channel.PrepayResult, error)) {
	b.wallets[ch].set(func(w *wallet) { w.prepay = f })
}

func answers(r channel.Result, err error) func(channel.PrepayRequest) (channel.PrepayResult, error) {
	return func(channel.PrepayRequest) (channel.PrepayResult, error) { return channel.PrepayResult{Result: r}, err }
}

var unsent = fault.New("fake", fault.Unavailable, "no connection")

// TestFailOver has a row for each end of the first try.
func TestFailOver(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for i, c := range []struct {
			name    string
			result  channel.Result
			err     error
			carrier channel.Name
			state   acquiring.PaymentState
			kind    fault.Kind
			ends    string
		}{
			{"placed", succeeded, nil, channel.WeChat, acquiring.Pending, "", "[wechat:]"},
			{"nothing was sent", channel.Result{}, unsent, channel.UnionPayAggregate, acquiring.Pending, "", "[wechat:not_sent unionpay-aggregate:]"},
			{"said no", channel.Result{Outcome: channel.Refused, Code: "NOAUTH", Reason: channel.NotPossible}, nil, channel.UnionPayAggregate, acquiring.Pending, "", "[wechat:said_no unionpay-aggregate:]"},
			{"answer lost", channel.Result{Outcome: channel.Unknown}, nil, channel.WeChat, acquiring.Unknown, "", "[wechat:]"},
			{"undecided", channel.Result{Outcome: channel.Pending}, nil, channel.WeChat, acquiring.Unknown, "", "[wechat:]"},
			{"the payer's limit", channel.Result{Outcome: channel.Refused, Reason: channel.StaticLimit}, nil, channel.WeChat, acquiring.Refused, fault.Refused, "[wechat:]"},
			{"the payer's account", channel.Result{Outcome: channel.Refused, Reason: channel.BlockedPayer}, nil, channel.WeChat, acquiring.Refused, fault.Refused, "[wechat:]"},
		} {
			s := b.routed(withReserve(), routing.DefaultBreaker)
			b.prepays(channel.WeChat, answers(c.result, c.err))
			b.prepays(channel.UnionPayAggregate, answers(succeeded, nil))
			out, err := s.Pay(ctx, b.input(fmt.Sprint("wish-", i), 1200))
			if fault.KindOf(err) != c.kind && (err != nil || c.kind != "") {
				t.Errorf("%s: %v, want kind %q", c.name, err, c.kind)
			}
			p, record, err := s.RouteOf(ctx, out.Payment.OrderNo)
			must(t, err)
			var ends []string
			for _, try := range record.Tries {
				ends = append(ends, string(try.Channel)+":"+string(try.Result))
			}
			if p.Channel != c.carrier || p.State != c.state || fmt.Sprint(ends) != c.ends || p.ChannelID != "at-"+string(c.carrier) || record.Version != 7 || p.Wallet != channel.WeChatWallet {
				t.Errorf("%s: %s at %s (%s), tries %v, version %d; want %s at %s, %s", c.name, p.State, p.Channel, p.ChannelID, ends, record.Version, c.state, c.carrier, c.ends)
			}
		}
	})
}

// TestFailOverHasAnEnd: both channels are out of reach, and pressing again finds the
// first that is back.
func TestFailOverHasAnEnd(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		s := b.routed(withReserve(), routing.DefaultBreaker)
		b.prepays(channel.WeChat, answers(channel.Result{}, unsent))
		b.prepays(channel.UnionPayAggregate, answers(channel.Result{}, unsent))
		in := b.input("wish", 1200)
		out, err := s.Pay(ctx, in)
		if !fault.Is(err, fault.Unavailable) || out.Payment.State != acquiring.Created {
			t.Fatalf("%+v, %v", out.Payment.State, err)
		}
		b.prepays(channel.UnionPayAggregate, answers(succeeded, nil))
		out, err = s.Pay(ctx, in)
		must(t, err)
		if out.Payment.Channel != channel.UnionPayAggregate || out.Payment.State != acquiring.Pending {
			t.Errorf("%s at %s", out.Payment.State, out.Payment.Channel)
		}
	})
}

// TestFailOverNeverAfterSomethingMayHaveBeenSent: many requests for one payment, each
// with an end of its own at the first channel. The second is asked only when every
// call to the first has certainly carried nothing.
func TestFailOverNeverAfterSomethingMayHaveBeenSent(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		s := b.routed(withReserve(), routing.BreakerSettings{Failures: 1 << 30, Window: time.Second, Rest: time.Second, MaxRest: time.Second})
		moved := 0
		for seed := range uint64(40) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			var mu sync.Mutex
			arrived, calls, transfer := 0, 0, 0
			b.prepays(channel.WeChat, func(channel.PrepayRequest) (channel.PrepayResult, error) {
				mu.Lock()
				lost := rnd.IntN(3) == 0
				calls++
				if lost {
					arrived++
				}
				mu.Unlock()
				time.Sleep(time.Duration(seed%3) * time.Millisecond)
				if lost {
					return channel.PrepayResult{Result: channel.Result{Outcome: channel.Unknown}}, nil
				}
				return channel.PrepayResult{}, unsent
			})
			b.prepays(channel.UnionPayAggregate, func(channel.PrepayRequest) (channel.PrepayResult, error) {
				mu.Lock()
				defer mu.Unlock()
				transfer++
				return channel.PrepayResult{Result: succeeded}, nil
			})
			in := b.input(fmt.Sprint("wish-", seed), 1200)
			var wg sync.WaitGroup
			for range 1 + seed%4 {
				wg.Go(func() {
					for range 2 {
						_, _ = s.Pay(ctx, in) // its end is not the question here
					}
				})
			}
			wg.Wait()
			if transfer > 0 {
				moved++
			}
			if transfer > 0 && arrived > 0 {
				t.Fatalf("seed %d: %d of %d calls may have reached WeChat, and the aggregate was asked %d times", seed, arrived, calls, transfer)
			}
		}
		if moved == 0 {
			t.Error("no payment moved: nothing was tried")
		}
	})
}

// TestBreakerTakesPaymentsAway: ten calls without answer, and the eleventh payment
// does not wait for the channel; after its rest one tries.
func TestBreakerTakesPaymentsAway(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		s := b.routed(withReserve(), routing.DefaultBreaker)
		b.prepays(channel.WeChat, answers(channel.Result{Outcome: channel.Unknown}, nil))
		b.prepays(channel.UnionPayAggregate, answers(succeeded, nil))
		pay := func(wish string) acquiring.Payment {
			out, err := s.Pay(ctx, b.input(wish, 100))
			must(t, err)
			return out.Payment
		}
		for i := range 10 {
			if p := pay(fmt.Sprint("lost-", i)); p.Channel != channel.WeChat || p.State != acquiring.Unknown {
				t.Fatalf("%s at %s", p.State, p.Channel)
			}
		}
		p := pay("away")
		_, record, err := s.RouteOf(ctx, p.OrderNo)
		must(t, err)
		if p.Channel != channel.UnionPayAggregate || len(record.Passed) == 0 || record.Passed[0].Why != routing.BreakerOpen {
			t.Errorf("%s, %+v", p.Channel, record.Decision)
		}
		b.prepays(channel.WeChat, answers(succeeded, nil))
		b.clock.AdvanceTo(b.clock.Now().Add(routing.DefaultBreaker.Rest))
		if p := pay("back"); p.Channel != channel.WeChat {
			t.Errorf("after the rest: %s", p.Channel)
		}
		if s.Breakers.State(channel.WeChat, b.clock.Now()) != routing.Closed {
			t.Error("an answer does not close the breaker")
		}
	})
}

// TestNoRoute tells a channel that is away for now from one that the merchant lacks.
func TestNoRoute(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		set := routing.Direct()
		set.Paused = []routing.Pause{{Channel: channel.WeChat, Why: "incident"}}
		_, err := b.routed(fixed(set), routing.DefaultBreaker).Pay(ctx, b.input("wish", 100))
		if !fault.Is(err, fault.Unavailable) || b.number("SELECT COUNT(*) FROM payments") != 0 {
			t.Errorf("paused: %v", err)
		}
	})
}
