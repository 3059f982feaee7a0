package web

import (
	"context"

	"juma/internal/ledger"
)

// Book reads the ledger; see store.Store.
type Book interface {
	BookBalances(ctx context.Context, m ledger.Moment) ([]ledger.Balance, error)
	BookEntries(ctx context.Context, account ledger.Account, m ledger.Moment, before string, limit int) ([]ledger.Entry, error)
	BookSeals(ctx context.Context, before int64, limit int) ([]ledger.Seal, error)
}
