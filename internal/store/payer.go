package store

import (
	"hash/fnv"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
	"juma/internal/money"
)

// payerBuckets is how many rows payer_locks has.
const payerBuckets = 256

// PayerStatic sums a payer's payments on plates under the payer's lock, see
// acquiring.Tx. The lock is a row that is written, because that is what every database
// waits for: no reading lock is the same in all of them.
func (c acquiringTx) PayerStatic(w channel.Wallet, payerID string, from, to, now time.Time) (paid, open money.Fen, err error) {
	const op = "store.PayerStatic"
	h := fnv.New32a()
	_, _ = h.Write([]byte(string(w) + " " + payerID)) // a hash does not fail
	locked, err := c.moved(op, "UPDATE payer_locks SET taken = taken + 1 WHERE bucket = ?", h.Sum32()%payerBuckets)
	if err == nil && !locked {
		err = c.fail(fault.New(op, fault.Internal, "payer_locks has no row %d; its rows come with the migration", h.Sum32()%payerBuckets))
	}
	if err != nil {
		return 0, 0, err
	}
	type sums struct{ paid, open money.Fen }
	got, err := scanAll(c.conn, op, c.from("payments").
		Select("COALESCE(SUM(CASE WHEN state = ? THEN amount_fen ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state IN ? AND expires_at > ? THEN amount_fen ELSE 0 END), 0)",
			acquiring.Paid, texts(acquiring.PaymentMoves.Open()), micros(now)).
		Where("payer_id = ? AND wallet = ? AND plate_key <> '' AND created_at >= ? AND created_at < ?", payerID, w, micros(from), micros(to)),
		func(s *sums) []field { return []field{{"paid", &s.paid}, {"open", &s.open}} })
	if err != nil {
		return 0, 0, err
	}
	return got[0].paid, got[0].open, nil
}
