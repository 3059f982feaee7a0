package store

import (
	"context"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
)

// ClaimPayments leases payments that the sweep must ask about, see
// acquiring.Store.
func (s acquiringStore) ClaimPayments(ctx context.Context, claim acquiring.Claim) ([]acquiring.Payment, int64, error) {
	return claimRows(ctx, s.Store, "store.ClaimPayments", payments, "order_no", texts(acquiring.PaymentMoves.Open()), claim)
}

// ClaimRefunds is the same for refunds.
func (s acquiringStore) ClaimRefunds(ctx context.Context, claim acquiring.Claim) ([]acquiring.Refund, int64, error) {
	return claimRows(ctx, s.Store, "store.ClaimRefunds", refunds, "refund_no", texts(acquiring.RefundMoves.Open()), claim)
}

// claimRows leases what is due. It looks first without taking any lock, so that an
// idle sweep costs a read; then one guarded update decides who gets which row.
func claimRows[T any](ctx context.Context, s *Store, op string, t table[T], key string, states []string, claim acquiring.Claim) ([]T, int64, error) {
	now := micros(claim.Now)
	due := "channel = ? AND state IN ? AND " + key + " > ? AND next_query_at <= ? AND leased_until <= ?"
	c := s.reader(ctx)
	keys, err := scanAll(c, op, c.from(t.name).Select(key).
		Where(due, claim.Channel, states, claim.After, now, now).Order(key).Limit(min(claim.Limit, maxParams/2)), idField)
	if err != nil || len(keys) == 0 {
		return nil, 0, err
	}
	var claimed []T
	var fence int64
	err = s.update(ctx, func(c *conn) error {
		claimed = nil
		if fence, err = c.nextFence(op, sweepFence); err != nil {
			return err
		}
		n, err := c.exec(op, "UPDATE "+t.name+" SET fence = ?, leased_until = ? WHERE "+key+" IN ? AND state IN ? AND next_query_at <= ? AND leased_until <= ?",
			fence, micros(claim.Now.Add(claim.Lease)), keys, states, now, now)
		if err != nil || n == 0 {
			return err
		}
		claimed, err = t.list(c, op, c.from(t.name).Where(key+" IN ? AND fence = ?", keys, fence).Order(key))
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return claimed, fence, nil
}

// EndPaymentLease gives a lease back if it is still held under the fence. The row
// stays locked until the commit, so nobody gets it in between.
func (c acquiringTx) EndPaymentLease(orderNo string, fence int64) (held bool, err error) {
	return c.moved("store.EndPaymentLease", "UPDATE payments SET leased_until = 0 WHERE order_no = ? AND fence = ? AND leased_until > 0", orderNo, fence)
}

// EndRefundLease is the same for refunds.
func (c acquiringTx) EndRefundLease(refundNo string, fence int64) (held bool, err error) {
	return c.moved("store.EndRefundLease", "UPDATE refunds SET leased_until = 0 WHERE refund_no = ? AND fence = ? AND leased_until > 0", refundNo, fence)
}

// DueChannels lists the channels at which a payment or refund is due.
func (s acquiringStore) DueChannels(ctx context.Context, now time.Time) ([]channel.Name, error) {
	c := s.reader(ctx)
	const due = "SELECT channel FROM payments WHERE state IN ? AND next_query_at <= ? UNION SELECT channel FROM refunds WHERE state IN ? AND next_query_at <= ? ORDER BY channel"
	at := micros(now)
	return scanAll(c, "store.DueChannels", c.db.Raw(due, texts(acquiring.PaymentMoves.Open()), at, texts(acquiring.RefundMoves.Open()), at),
		func(name *channel.Name) []field { return []field{{"channel", name}} })
}

// texts are states as they stand in a column.
func texts[S ~string](states []S) []string {
	all := make([]string, len(states))
	for i, s := range states {
		all[i] = string(s)
	}
	return all
}
