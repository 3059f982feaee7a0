package store

import (
	"context"

	"juma/clearing"
	"juma/internal/ledger"
)

// EntriesOf lists the entries of the book about the orders given by their numbers,
// with their lines, in the order in which they were posted.
func (s Desk) EntriesOf(ctx context.Context, refs ...string) ([]ledger.Entry, error) {
	const op = "store.EntriesOf"
	c := s.reader(ctx)
	all, err := entries.list(c, op, c.from(entries.name).Where("kind IN ? AND ref IN ?", ledger.OrderKinds, refs).Order("posted_at, id"))
	if err != nil {
		return nil, err
	}
	return c.withLines(op, all)
}

// ItemsOf lists what reconciliation made of the orders given by their numbers, by
// day and kind.
func (s Desk) ItemsOf(ctx context.Context, orderNos ...string) ([]clearing.Item, error) {
	c := s.reader(ctx)
	return items.list(c, "store.ItemsOf", c.from(items.name).Where("order_no IN ?", orderNos).Order("clearing_date, kind, order_no, id"))
}
