package store

import (
	"context"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/bill"
	"juma/internal/bizdate"
)

// Bills is the store as a merchant's statements read it.
func (s *Store) Bills() bill.Repository { return billStore{s} }

type billStore struct{ *Store }

// The views are not tables: they are only read.
var (
	// Where the refund was told without a time, the statement's time is on the item.
	billRefunds  = table[billRow]{"clearing_items i JOIN refunds r ON r.refund_no = i.order_no JOIN payments p ON p.order_no = r.order_no LEFT JOIN stores s ON s.id = p.store_id", billFields("r.order_no", "r.refunded_at", "r.channel_no", "r.terminal_no")}
	billPayments = table[billRow]{"clearing_items i JOIN payments p ON p.order_no = i.order_no LEFT JOIN stores s ON s.id = p.store_id", billFields("''", "p.paid_at", "p.channel_no", "p.terminal_no")}
)

// billRow is a row with the time by the statement.
type billRow struct {
	bill.Row
	TheirsTime time.Time
}

func billFields(origin, succeeded, channelNo, terminal string) func(*billRow) []field {
	return func(r *billRow) []field {
		return []field{
			{"i.settled_on", &r.Date},
			{succeeded, at(&r.Time)},
			{"i.kind", &r.Kind},
			{"i.order_no", &r.OrderNo},
			{origin, &r.Origin},
			{"p.wallet", &r.Wallet},
			{channelNo, &r.ChannelNo},
			{"COALESCE(s.name, '')", &r.Store},
			{terminal, &r.TerminalNo},
			{"i.ours_amount_fen", &r.Amount},
			{"i.merchant_fee_fen", &r.Fee},
			{"i.theirs_time", at(&r.TheirsTime)},
		}
	}
}

// BillDays lists a merchant's settlements of a span of clearing dates, by date.
func (s billStore) BillDays(ctx context.Context, merchantNo string, from, to bizdate.Date) ([]clearing.Settlement, error) {
	c := s.reader(ctx)
	return settlements.list(c, "store.BillDays", c.from(settlements.name).
		Where("merchant_no = ? AND clearing_date BETWEEN ? AND ?", merchantNo, from, to).Order("clearing_date"))
}

// BillRows lists a merchant's settled payments or refunds of a clearing date.
func (s billStore) BillRows(ctx context.Context, merchantNo string, d bizdate.Date, kind channel.LineKind, after string, limit int) ([]bill.Row, error) {
	view := billPayments
	if kind == channel.RefundLine {
		view = billRefunds
	}
	c := s.reader(ctx)
	found, err := view.list(c, "store.BillRows", c.from(view.name).
		Where("i.settled_on = ? AND i.merchant_no = ? AND i.kind = ? AND i.state = ? AND i.order_no > ?", d, merchantNo, kind, clearing.Settled, after).
		Order("i.order_no").Limit(limit))
	rows := make([]bill.Row, len(found))
	for i, r := range found {
		rows[i] = r.Row
		if r.Time.IsZero() {
			rows[i].Time = r.TheirsTime
		}
	}
	return rows, err
}
