package store

import (
	"context"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/fee"
	"juma/internal/ledger"
	"juma/internal/money"
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
func (s *Store) ItemsOf(ctx context.Context, orderNos ...string) ([]clearing.Item, error) {
	c := s.reader(ctx)
	return items.list(c, "store.ItemsOf", c.from(items.name).Where("order_no IN ?", orderNos).Order("clearing_date, kind, order_no, id"))
}

// Explainer is the store with the merchants' agreements and prices, as
// clearing.Explainer needs them.
func (s *Store) Explainer(prices *fee.Table) clearing.Explainer {
	return clearing.Explainer{Store: clearingStore{s}, Merchants: s.Merchants(), Prices: prices}
}

// RefundedBefore sums the refunds of a payment that settled before the item of one
// of them: in an earlier batch, or in the same one under a smaller number.
func (s clearingStore) RefundedBefore(ctx context.Context, orderNo string, it clearing.Item) (money.Fen, error) {
	c := s.reader(ctx)
	sum, err := c.sum("store.RefundedBefore", "SELECT COUNT(*), COALESCE(SUM(r.amount_fen), 0) FROM clearing_items i JOIN refunds r ON r.refund_no = i.order_no"+
		" WHERE r.order_no = ? AND i.kind = ? AND i.state = ? AND (i.settled_on < ? OR (i.settled_on = ? AND i.order_no < ?))",
		orderNo, channel.RefundLine, clearing.Settled, it.SettledOn, it.SettledOn, it.OrderNo)
	return sum.Amount, err
}
