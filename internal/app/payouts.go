package app

import (
	"context"

	"juma/clearing/payout"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/id"
	"juma/internal/store"
)

// newPayouts is the service that pays merchants, over a store.
func newPayouts(s *store.Store, clk clock.Clock, ids *id.ULIDs, dataDir string) *payout.Service {
	return payout.NewService(payout.Config{
		Store: s.Payouts(), Books: s.Clearing(), Parties: s.Merchants(), Calendar: bizdate.Official(), Clock: clk, IDs: ids, DataDir: dataDir,
	})
}

// pays makes the payouts of a batch when it is released.
func pays(p *payout.Service) func(context.Context, bizdate.Date) error {
	return func(ctx context.Context, d bizdate.Date) error {
		_, err := p.Instruct(ctx, d)
		return err
	}
}
