package store

import (
	"context"
	"time"

	"juma/acquiring"
)

// PaymentsIn lists payments in one of the states by order number after the
// given one ("" = from the first), at most limit: a walk through all of them, a
// page at a time.
func (s *Store) PaymentsIn(ctx context.Context, states []acquiring.PaymentState, afterOrderNo string, limit int) ([]acquiring.Payment, error) {
	c := s.reader(ctx)
	return payments.list(c, "store.PaymentsIn", c.from(payments.name).
		Where("order_no > ? AND state IN ?", afterOrderNo, states).Order("order_no").Limit(limit))
}

// latestInstant is over all that payments, refunds and settlement batches say of
// when they happened.
const latestInstant = "SELECT COALESCE(MAX(at), 0) FROM (" +
	"SELECT MAX(created_at) AS at FROM payments UNION ALL SELECT MAX(paid_at) FROM payments" +
	" UNION ALL SELECT MAX(created_at) FROM refunds UNION ALL SELECT MAX(refunded_at) FROM refunds" +
	" UNION ALL SELECT MAX(updated_at) FROM settlement_batches) AS newest"

// Latest is the newest instant in the books: of creation and success of payments
// and refunds, and of the settlement batches. Zero when there is none. A
// simulated clock must not begin before it.
func (s *Store) Latest(ctx context.Context) (time.Time, error) {
	c := s.reader(ctx)
	newest, err := scanAll(c, "store.Latest", c.db.Raw(latestInstant), func(t *time.Time) []field { return []field{{"at", at(t)}} })
	if err != nil {
		return time.Time{}, err
	}
	return newest[0], nil
}
