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
	if err != nil || len(all) == 0 {
		return nil, err
	}
	ids, at := make([]string, len(all)), map[string]*ledger.Entry{}
	for i := range all {
		ids[i], at[all[i].ID] = all[i].ID, &all[i]
	}
	sides, err := lines.list(c, op, c.from(lines.name).Where("entry_id IN ?", ids).Order("entry_id, line_no"))
	for _, l := range sides {
		e := at[l.EntryID]
		e.Lines = append(e.Lines, ledger.Line{Account: l.Account, Debit: l.Debit, Credit: l.Credit})
	}
	return all, err
}

// ItemsOf lists what reconciliation made of the orders given by their numbers, by
// day and kind.
func (s Desk) ItemsOf(ctx context.Context, orderNos ...string) ([]clearing.Item, error) {
	c := s.reader(ctx)
	return items.list(c, "store.ItemsOf", c.from(items.name).Where("order_no IN ?", orderNos).Order("clearing_date, kind, order_no, id"))
}
