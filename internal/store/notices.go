package store

import (
	"context"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
)

var notices = table[acquiring.NoticeRow]{"notices", func(n *acquiring.NoticeRow) []field {
	return []field{
		{"channel", &n.Channel},
		{"notice_id", &n.NoticeID},
		{"id", &n.ID},
		{"event", &n.Event},
		{"order_no", &n.OrderNo},
		{"refund_no", &n.RefundNo},
		{"amount_fen", &n.Amount},
		{"channel_no", &n.ChannelNo},
		{"disposition", &n.Disposition},
		{"reason", text(&n.Reason)},
		{"received_at", at(&n.ReceivedAt)},
		{"deliveries", &n.Deliveries},
	}
}}

// forgery is a notification that was refused for its signature.
type forgery struct {
	ID         string
	Channel    channel.Name
	Problem    string
	ReceivedAt time.Time
}

var forgeries = table[forgery]{"forgeries", func(f *forgery) []field {
	return []field{{"id", &f.ID}, {"channel", &f.Channel}, {"problem", text(&f.Problem)}, {"received_at", at(&f.ReceivedAt)}}
}}

// RecordNotice stores the notice, or counts a delivery of the one that is there.
// The update comes first: it is one statement that takes the row's lock at once,
// so deliveries side by side wait for each other and do not deadlock. When the
// row is inserted by another transaction in between, the insert fails and the
// update is made after all.
func (c acquiringTx) RecordNotice(n acquiring.NoticeRow) (fresh bool, err error) {
	const op = "store.RecordNotice"
	n.Deliveries = 1
	known, err := c.countDelivery(op, n)
	if known || err != nil {
		return false, err
	}
	err = notices.insert(c.conn, op, n)
	if !fault.Is(err, fault.Conflict) {
		return err == nil, err
	}
	if known, again := c.countDelivery(op, n); known || again != nil {
		return false, again
	}
	return false, err // the row's id is taken, not the notice's
}

func (c acquiringTx) countDelivery(op string, n acquiring.NoticeRow) (known bool, err error) {
	return c.moved(op, "UPDATE notices SET deliveries = deliveries + 1 WHERE channel = ? AND notice_id = ?", n.Channel, n.NoticeID)
}

// SetDisposition completes a notice row.
func (c acquiringTx) SetDisposition(ch channel.Name, noticeID string, d acquiring.Disposition, reason string) error {
	const op = "store.SetDisposition"
	moved, err := c.moved(op, "UPDATE notices SET disposition = ?, reason = ? WHERE channel = ? AND notice_id = ?", d, text(&reason), ch, noticeID)
	if err == nil && !moved {
		err = &fault.Error{Op: op, Kind: fault.NotFound, Field: "notice_id", Value: noticeID, Msg: "is not in notices; record it first"}
	}
	return err
}

// RecordForgery counts a refused notification.
func (s acquiringStore) RecordForgery(ctx context.Context, id string, ch channel.Name, problem string, at time.Time) error {
	return s.update(ctx, func(c *conn) error {
		return forgeries.insert(c, "store.RecordForgery", forgery{id, ch, problem, at})
	})
}
