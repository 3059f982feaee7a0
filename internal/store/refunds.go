package store

import (
	"context"

	"juma/acquiring"
)

var refunds = table[acquiring.Refund]{"refunds", func(r *acquiring.Refund) []field {
	return []field{
		{"refund_no", &r.RefundNo},
		{"order_no", &r.OrderNo},
		{"merchant_no", &r.MerchantNo},
		{"terminal_no", &r.TerminalNo},
		{"channel", &r.Channel},
		{"channel_id", &r.ChannelID},
		{"trace", &r.Trace},
		{"rrn", &r.RRN},
		{"amount_fen", &r.Amount},
		{"state", &r.State},
		{"reason", text(&r.Reason)},
		{"request_id", &r.RequestID},
		{"requested_by", &r.RequestedBy},
		{"created_at", at(&r.CreatedAt)},
		{"refunded_at", at(&r.RefundedAt)},
		{"clearing_date", &r.ClearingDate},
		{"channel_no", &r.ChannelNo},
		{"code", text(&r.Code)},
		{"message", text(&r.Message)},
		{"attempts", &r.Attempts},
		{"next_query_at", at(&r.NextQueryAt)},
		{"way", &r.Way},
		{"tries", &r.Tries},
		{"tried_at", at(&r.TriedAt)},
		{"second_no", &r.SecondNo},
	}
}}

// InsertRefund stores a new refund.
func (c acquiringTx) InsertRefund(r acquiring.Refund) error {
	const op = "store.InsertRefund"
	if err := refunds.insert(c.conn, op, r); err != nil {
		return err
	}
	return rrns.insert(c.conn, op, number{r.RRN, r.RefundNo, r.MerchantNo})
}

// Refund reads the refund inside the transaction.
func (c acquiringTx) Refund(refundNo string) (acquiring.Refund, error) {
	return refunds.one(c.conn, "store.Refund", "refund_no", refundNo, "refund_no = ?", refundNo)
}

// MoveRefund moves the refund if it is in one of the states from.
func (c acquiringTx) MoveRefund(refundNo string, from []acquiring.RefundState, to acquiring.RefundState, set acquiring.RefundChange) (bool, error) {
	const op = "store.MoveRefund"
	if err := allowed(op, acquiring.RefundMoves, from, to); err != nil {
		return false, c.fail(err)
	}
	ch := change{}
	ch.set("state", to)
	setTime(&ch, "refunded_at", set.RefundedAt)
	setValue(&ch, "clearing_date", set.ClearingDate)
	setValue(&ch, "channel_no", set.ChannelNo)
	setText(&ch, "code", set.Code)
	setText(&ch, "message", set.Message)
	setValue(&ch, "attempts", set.Attempts)
	setTime(&ch, "next_query_at", set.NextQueryAt)
	setValue(&ch, "way", set.Way)
	setValue(&ch, "tries", set.Tries)
	setTime(&ch, "tried_at", set.TriedAt)
	return c.moved(op, "UPDATE refunds SET "+ch.columns()+" WHERE refund_no = ? AND state IN ? AND (tries = ? OR ? = 0)", append(ch.args, refundNo, from, set.OfTry, set.OfTry)...)
}

// Refund reads one refund.
func (s acquiringStore) Refund(ctx context.Context, refundNo string) (acquiring.Refund, error) {
	return refunds.one(s.reader(ctx), "store.Refund", "refund_no", refundNo, "refund_no = ?", refundNo)
}

// RefundByRequest finds the refund that a request made.
func (s acquiringStore) RefundByRequest(ctx context.Context, requestID string) (acquiring.Refund, error) {
	return refunds.one(s.reader(ctx), "store.RefundByRequest", "request_id", requestID, "request_id = ?", requestID)
}

// RefundsOf lists a payment's refunds by number.
func (s acquiringStore) RefundsOf(ctx context.Context, orderNo string) ([]acquiring.Refund, error) {
	c := s.reader(ctx)
	return refunds.list(c, "store.RefundsOf", c.from("refunds").Where("order_no = ?", orderNo).Order("refund_no"))
}
