package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

var items = table[clearing.Item]{"clearing_items", func(i *clearing.Item) []field {
	return []field{
		{"id", &i.ID},
		{"channel", &i.Channel},
		{"clearing_date", &i.Date},
		{"kind", &i.Kind},
		{"order_no", &i.OrderNo},
		{"class", &i.Class},
		{"state", &i.State},
		{"merchant_no", &i.MerchantNo},
		{"ours", &i.Ours},
		{"theirs", &i.Theirs},
		{"ours_amount_fen", &i.OursAmount},
		{"theirs_amount_fen", &i.TheirsAmount},
		{"ours_date", &i.OursDate},
		{"ours_cost_fen", &i.OursCost},
		{"theirs_fee_fen", &i.TheirsFee},
		{"ours_payer", text(&i.OursPayer)},
		{"theirs_payer", text(&i.TheirsPayer)},
		{"theirs_time", at(&i.TheirsTime)},
		{"channel_no", &i.ChannelNo},
		{"trace_no", &i.TraceNo},
		{"file", &i.File},
		{"line_no", &i.LineNo},
		{"note", text(&i.Note)},
		{"settled_on", &i.SettledOn},
		{"merchant_fee_fen", &i.MerchantFee},
		{"network_fee_fen", &i.NetworkFee},
	}
}}

// sortRecords orders by kind and order number.
func sortRecords(all []clearing.Record) {
	slices.SortFunc(all, func(a, b clearing.Record) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.OrderNo, b.OrderNo))
	})
}

// WaitingItems returns the channel's waiting items of dates before a date, by
// date, kind and order number.
func (s clearingStore) WaitingItems(ctx context.Context, ch channel.Name, before bizdate.Date) ([]clearing.Item, error) {
	c := s.reader(ctx)
	return items.list(c, "store.WaitingItems", c.from(items.name).
		Where("state = ? AND clearing_date < ? AND channel = ?", clearing.Waiting, before, ch).
		Order("clearing_date, kind, order_no, id"))
}

// Items returns the items proved on a date.
func (s clearingStore) Items(ctx context.Context, d bizdate.Date) ([]clearing.Item, error) {
	c := s.reader(ctx)
	return items.list(c, "store.Items", c.from(items.name).
		Where("clearing_date = ?", d).Order("channel, kind, order_no, id"))
}

// ReadyItems returns what may settle up to a date.
func (s clearingStore) ReadyItems(ctx context.Context, d bizdate.Date) ([]clearing.Item, error) {
	c := s.reader(ctx)
	return items.list(c, "store.ReadyItems", c.from(items.name).
		Where("state = ? AND clearing_date <= ?", clearing.Ready, d).Order("merchant_no, kind, order_no, id"))
}

// SettledItems returns the items of a batch.
func (s clearingStore) SettledItems(ctx context.Context, d bizdate.Date) ([]clearing.Item, error) {
	c := s.reader(ctx)
	return items.list(c, "store.SettledItems", c.from(items.name).
		Where("settled_on = ? AND state = ?", d, clearing.Settled).Order("merchant_no, kind, order_no, id"))
}

// PaymentSettled tells which of the payments have settled; the others are left
// out.
func (s clearingStore) PaymentSettled(ctx context.Context, orderNos []string) (map[string]bool, error) {
	c := s.reader(ctx)
	settled := map[string]bool{}
	for _, part := range chunks(orderNos, maxParams/2) {
		found, err := scanAll(c, "store.PaymentSettled", c.from(items.name).Select("order_no").
			Where("order_no IN ? AND kind = ? AND state = ?", part, channel.PaymentLine, clearing.Settled), idField)
		if err != nil {
			return nil, err
		}
		for _, orderNo := range found {
			settled[orderNo] = true
		}
	}
	return settled, nil
}

// RefundSettled sums the settled refunds of each payment; payments without any are
// left out.
func (s clearingStore) RefundSettled(ctx context.Context, orderNos []string) (map[string]money.Fen, error) {
	type sum struct {
		orderNo string
		amount  money.Fen
	}
	c := s.reader(ctx)
	settled := map[string]money.Fen{}
	for _, part := range chunks(orderNos, maxParams/2) {
		sums, err := scanAll(c, "store.RefundSettled", c.from(items.name+" i").
			Joins("JOIN refunds r ON r.refund_no = i.order_no").
			Select("r.order_no, SUM(r.amount_fen) AS amount_fen").
			Where("r.order_no IN ? AND i.kind = ? AND i.state = ?", part, channel.RefundLine, clearing.Settled).Group("r.order_no"),
			func(s *sum) []field { return []field{{"order_no", &s.orderNo}, {"amount_fen", &s.amount}} })
		if err != nil {
			return nil, err
		}
		for _, s := range sums {
			settled[s.orderNo] = s.amount
		}
	}
	return settled, nil
}

// InsertItems stores reconciled lines.
func (c clearingTx) InsertItems(all []clearing.Item) error {
	return items.insert(c.conn, "store.InsertItems", all...)
}

// MoveItem moves an item if it is in state from. Settling is SettleItems' work:
// it needs the batch.
func (c clearingTx) MoveItem(id string, from, to clearing.ItemState) (bool, error) {
	const op = "store.MoveItem"
	if to == clearing.Settled || from == clearing.Settled {
		return false, fault.Field(op, "state", string(to), "items are settled by SettleItems and stay settled")
	}
	return c.moved(op, "UPDATE clearing_items SET state = ? WHERE id = ? AND state = ?", to, id, from)
}

// settleChunk is how many items one statement settles.
const settleChunk = 200

// SettleItems moves ready items into a batch. Fault kind Conflict: an item was
// not ready (Field "id"), or its order has settled before (Field "order_no").
func (c clearingTx) SettleItems(all []clearing.Item) error {
	const op = "store.SettleItems"
	for _, part := range chunks(all, settleChunk) {
		statement, args := settleStatement(part)
		n, err := c.exec(op, statement, args...)
		if d := asDuplicate(err); d != nil {
			return items.taken(op, part, d)
		}
		if err != nil {
			return err
		}
		if n != len(part) {
			return &fault.Error{Op: op, Kind: fault.Conflict, Field: "id", Value: part[0].ID + " …",
				Msg: "of these items some are not ready any more; read them again"}
		}
	}
	return nil
}

// settleStatement sets each item's own batch and fees in one guarded update.
func settleStatement(part []clearing.Item) (string, []any) {
	var on, fee, network, ref, ids []any
	for _, i := range part {
		on = append(on, i.ID, i.SettledOn)
		fee = append(fee, i.ID, i.MerchantFee)
		network = append(network, i.ID, i.NetworkFee)
		ref = append(ref, i.ID, string(i.Kind)+"/"+i.OrderNo)
		ids = append(ids, i.ID)
	}
	byID := "CASE id" + strings.Repeat(" WHEN ? THEN ?", len(part)) + " END"
	statement := "UPDATE clearing_items SET settled_on = " + byID + ", merchant_fee_fen = " + byID + ", network_fee_fen = " + byID + ", settled_ref = " + byID +
		", state = ? WHERE id IN (" + marks(len(part)) + ") AND state = ?"
	args := slices.Concat(on, fee, network, ref, []any{clearing.Settled}, ids, []any{clearing.Ready})
	return statement, args
}
