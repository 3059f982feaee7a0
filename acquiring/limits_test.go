package acquiring_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/risk"
	"juma/internal/fault"
)

// limited is the bench's service with a payer's limit of 500 yuan and no limit of pace.
func (b *bench) limited() *acquiring.Service {
	b.Helper()
	cfg := b.acquiring.Config
	cfg.Limits = risk.Settings{Velocity: risk.Pace{Mode: risk.Off}}
	s, err := acquiring.NewService(cfg)
	must(b, err)
	return s
}

// TestOpenOrdersNeverExceedTheLimitTogether: one payer begins 64 payments at the same
// instant. What fits is made to the fen, the rest is refused.
func TestOpenOrdersNeverExceedTheLimitTogether(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		s := b.limited()
		b.paid("before", 1_900)
		var made atomic.Int64
		var wg sync.WaitGroup
		for i := range 64 {
			in := b.input(fmt.Sprint("at once ", i), 3_000)
			wg.Go(func() {
				out, err := s.Pay(ctx, in)
				switch {
				case err == nil:
					made.Add(int64(out.Payment.Amount))
				case !fault.Is(err, fault.Refused):
					b.Error(err)
				}
			})
		}
		wg.Wait()
		stored := b.number("SELECT SUM(amount_fen) FROM payments WHERE payer_id = 'payer-1' AND plate_key <> ''")
		if made.Load() != 48_000 || stored != 49_900 {
			t.Errorf("made %d and stored %d fen, want 48000 and 49900: 16 of 64 fit", made.Load(), stored)
		}
		_, err := s.Pay(ctx, b.input("101 fen more", 101))
		wantFault(t, err, fault.Refused, "static_limit_open")
		_, err = s.Pay(ctx, b.input("the last 100 fen", 100))
		must(t, err)
	})
}

// TestExpiredOrdersFreeTheLimit: what can no longer be paid stands in nobody's way, and
// what is paid does for the day.
func TestExpiredOrdersFreeTheLimit(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		s := b.limited()
		b.paid("paid", 20_000)
		_, err := s.Pay(ctx, b.input("left lying", 30_000))
		must(t, err)
		_, err = s.Pay(ctx, b.input("too early", 1))
		wantFault(t, err, fault.Refused, "static_limit_open")
		b.clock.AdvanceTo(b.clock.Now().Add(b.acquiring.Expiry + time.Second))
		_, err = s.Pay(ctx, b.input("expired", 30_000))
		must(t, err)
		_, err = s.Pay(ctx, b.input("paid before", 30_001))
		wantFault(t, err, fault.Refused, "static_limit")
		b.clock.AdvanceTo(day.AddDays(1).Start())
		_, err = s.Pay(ctx, b.input("the next day", 50_000))
		must(t, err)
	})
}
