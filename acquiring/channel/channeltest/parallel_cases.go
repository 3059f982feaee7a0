package channeltest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/money"
)

// testParallel has 32 consumers at once; with -race it is the proof that an
// adapter may be shared.
func (s *suite) testParallel(t *testing.T) {
	orders := make([]channel.PrepayRequest, 32)
	payers := make([]channel.Payer, 4)
	for i := range payers {
		payers[i] = s.identify(t, "parallel-"+string(rune('a'+i)))
	}
	for i := range orders {
		orders[i] = s.order(payers[i%len(payers)], money.Fen(1000+i))
	}
	atOnce(t, orders, s.placeAndPress)
	s.pass(2 * time.Second)
	told := map[string]money.Fen{}
	for _, l := range s.Inbox.Take() {
		if !l.Verdict.OK {
			t.Fatalf("notice refused: %s", l.Verdict.Problem)
		}
		told[l.Verdict.Notice.OrderNo] = l.Verdict.Notice.Amount
	}
	for _, o := range orders {
		if told[o.OrderNo] != o.Amount {
			t.Errorf("%s: the notice says %d fen, want %d", o.OrderNo, told[o.OrderNo], o.Amount)
		}
	}
	atOnce(t, orders, func(ctx context.Context, o channel.PrepayRequest) error {
		return s.expect(ctx, o, channel.Succeeded)
	})
}

// atOnce runs f for every order, all side by side, and reports what fails.
func atOnce(t *testing.T, orders []channel.PrepayRequest, f func(context.Context, channel.PrepayRequest) error) {
	t.Helper()
	var all sync.WaitGroup
	for _, o := range orders {
		all.Go(func() {
			if err := f(t.Context(), o); err != nil {
				t.Errorf("%s: %v", o.OrderNo, err)
			}
		})
	}
	all.Wait()
}

func (s *suite) placeAndPress(ctx context.Context, o channel.PrepayRequest) error {
	res, err := s.Adapter.Prepay(ctx, o)
	if err != nil || res.Outcome != channel.Succeeded {
		return fmt.Errorf("prepay: %s, error %v", show(res.Result), err)
	}
	if err := s.expect(ctx, o, channel.Pending); err != nil {
		return err
	}
	return s.Wallet.Confirm(o.OrderNo, "")
}

// expect queries an order.
func (s *suite) expect(ctx context.Context, o channel.PrepayRequest, want channel.Outcome) error {
	res, err := s.Adapter.Query(ctx, o.OrderRef)
	if err != nil || res.Outcome != want {
		return fmt.Errorf("query: %s, error %v; want %s", show(res.Result), err, want)
	}
	if want == channel.Succeeded && res.Amount != o.Amount {
		return fmt.Errorf("query: %d fen, want %d", res.Amount, o.Amount)
	}
	return nil
}
