package store

import (
	"context"
	"time"

	"juma/acquiring"
)

var wireMessages = table[acquiring.WireMessage]{"wire_messages", func(m *acquiring.WireMessage) []field {
	x := &m.Exchange
	return []field{
		{"id", &m.ID},
		{"order_no", &m.OrderNo},
		{"refund_no", &m.RefundNo},
		{"channel", &m.Channel},
		{"method", &m.Method},
		{"outcome", &m.Outcome},
		{"sent_at", at(&x.At)},
		{"took_ms", &x.Took},
		{"http_method", &x.Method},
		{"url", text(&x.URL)},
		{"request", text(&x.Request)},
		{"status", &x.Status},
		{"answer", text(&x.Answer)},
		{"problem", &x.Problem},
	}
}}

// AddWire stores messages.
func (s *Store) AddWire(ctx context.Context, all []acquiring.WireMessage) error {
	return s.update(ctx, func(c *conn) error { return wireMessages.insert(c, "store.AddWire", all...) })
}

// WireOf lists the messages about a payment and its refunds, oldest first.
func (s Desk) WireOf(ctx context.Context, orderNo string, limit int) ([]acquiring.WireMessage, error) {
	c := s.reader(ctx)
	return wireMessages.list(c, "store.WireOf", c.from(wireMessages.name).Where("order_no = ?", orderNo).Order("sent_at, id").Limit(limit))
}

// DropWire removes messages from before a time, at most limit, the oldest first, and
// says how many.
func (s *Store) DropWire(ctx context.Context, before time.Time, limit int) (int, error) {
	const op = "store.DropWire"
	c := s.reader(ctx)
	ids, err := scanAll(c, op, c.from(wireMessages.name).Select("id").Where("sent_at < ?", micros(before)).Order("sent_at").Limit(min(limit, maxParams)), idField)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	dropped := 0
	err = s.update(ctx, func(c *conn) (err error) {
		dropped, err = c.exec(op, "DELETE FROM wire_messages WHERE id IN ?", ids)
		return err
	})
	return dropped, err
}
