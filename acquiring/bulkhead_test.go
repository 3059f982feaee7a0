package acquiring_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bus"
	"juma/internal/dbtest"
	"juma/internal/fault"
)

// The load of a benchmark: each wallet's payers press at a fixed pace, whatever becomes
// of the presses before.
const (
	pressGap   = 40 * time.Millisecond
	presses    = 40 // of each wallet in a phase
	slowAnswer = 700 * time.Millisecond
)

// BenchmarkOneWalletSlow measures how long the payers of two wallets wait for their
// order while the third wallet is well, slow, and down, over the message bus and a
// database. The phases take turns, so that a noisy machine is noisy for all. One round
// is one of each. With bulkheads the ratios are 100 % ± 10, on a machine that has
// nothing else to do:
//
//	go test ./acquiring -run xxx -bench OneWalletSlow -benchtime 10x
func BenchmarkOneWalletSlow(b *testing.B) {
	w := open(b, dbtest.SQLite(b))
	behindTheBus(b, w)
	sick := w.wallets[channel.WeChat]
	phases := []struct {
		name   string
		prepay func(channel.PrepayRequest) (channel.PrepayResult, error)
	}{
		{"well", nil},
		{"slow", func(channel.PrepayRequest) (channel.PrepayResult, error) {
			time.Sleep(slowAnswer)
			return channel.PrepayResult{Result: channel.Result{Outcome: channel.Unknown}}, nil
		}},
		{"down", func(channel.PrepayRequest) (channel.PrepayResult, error) {
			return channel.PrepayResult{}, fault.New("wallet", fault.Unavailable, "no connection")
		}},
	}
	waits := map[string][]time.Duration{}
	press, round := 0, 0
	for b.Loop() {
		round++
		for i := range phases {
			phase := phases[(i+round)%len(phases)]
			sick.set(func(s *wallet) { s.prepay = phase.prepay })
			w.clock.AdvanceTo(w.clock.Now().Add(10 * time.Minute)) // its breaker is closed again
			waits[phase.name] = append(waits[phase.name], w.othersWait(b, &press)...)
		}
	}
	for _, q := range []int{50, 99} {
		well := quantile(waits["well"], q)
		b.ReportMetric(float64(well.Microseconds())/1000, fmt.Sprintf("p%d-well-ms", q))
		for _, name := range []string{"slow", "down"} {
			b.ReportMetric(100*float64(quantile(waits[name], q))/float64(well), fmt.Sprintf("p%d-%s-%%", q, name))
		}
	}
	b.ReportMetric(0, "ns/op") // says nothing: the pace is fixed
}

// behindTheBus puts the wallets behind a message bus, as in production.
func behindTheBus(b *testing.B, w *bench) {
	b.Helper()
	nats, err := bus.Start(bus.Config{StoreDir: b.TempDir()})
	must(b, err)
	b.Cleanup(nats.Close)
	for name, fake := range w.wallets {
		_, err := nats.Serve(ctx, fake)
		must(b, err)
		w.acquiring.Channels[name] = nats.Remote(name)
	}
}

// othersWait lets payers of all three wallets press and returns how long those of the
// two that are well have waited.
func (w *bench) othersWait(b *testing.B, press *int) []time.Duration {
	b.Helper()
	var mu sync.Mutex
	var waits []time.Duration
	var payers sync.WaitGroup
	scan, err := w.acquiring.Resolve(ctx, w.plate.Key)
	must(b, err)
	tick := time.NewTicker(pressGap)
	defer tick.Stop()
	for range presses {
		<-tick.C
		for _, name := range channel.Wallets {
			*press++
			in := w.input(fmt.Sprint("bulkhead-", *press), 100)
			in.Scan, in.Wallet, in.PayerID = scan, name, fmt.Sprint("payer-", *press)
			payers.Go(func() {
				start := time.Now()
				_, err := w.acquiring.Pay(ctx, in)
				took := time.Since(start)
				if name == channel.WeChatWallet {
					return // the sick one: its payers may wait, or be refused
				}
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					b.Errorf("%s: %v", name, err)
				}
				waits = append(waits, took)
			})
		}
	}
	payers.Wait()
	return waits
}

func quantile(all []time.Duration, percent int) time.Duration {
	slices.Sort(all)
	return all[len(all)*percent/100]
}
