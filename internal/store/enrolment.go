package store

import (
	"context"

	"gorm.io/gorm"

	"juma/acquiring"
	"juma/merchants"
)

// enrolmentStore is the Store as the enrolment sees it.
type enrolmentStore struct{ *Store }

// enrolmentTx is a transaction as the enrolment sees it.
type enrolmentTx struct{ *conn }

var (
	_ merchants.EnrolmentStore = enrolmentStore{}
	_ merchants.EnrolmentTx    = enrolmentTx{}
)

// Enrolments is the store as merchants.EnrolmentService needs it.
func (s *Store) Enrolments() merchants.EnrolmentStore { return enrolmentStore{s} }

var resubmissions = table[merchants.Resubmission]{"enrolment_resubmissions", func(r *merchants.Resubmission) []field {
	return []field{
		{"id", &r.ID},
		{"merchant_no", &r.MerchantNo},
		{"channel", &r.Channel},
		{"version", &r.Version},
		{"profile", sealedJSON(&r.Profile, "enrolment_resubmissions.profile", &r.ID)},
		{"rejected_code", &r.RejectedCode},
		{"rejected_for", inJSON(&r.RejectedFor)},
		{"rejected_answer", text(&r.RejectedAnswer)},
		{"made_by", &r.By},
		{"reason", text(&r.Why)},
		{"made_at", at(&r.At)},
	}
}}

// UpdateEnrolments runs f in a transaction.
func (s enrolmentStore) UpdateEnrolments(ctx context.Context, f func(merchants.EnrolmentTx) error) error {
	return s.update(ctx, func(c *conn) error { return f(enrolmentTx{c}) })
}

// InsertEnrolment stores a new row.
func (c enrolmentTx) InsertEnrolment(e merchants.Enrolment) error {
	return enrolments.insert(c.conn, "store.InsertEnrolment", e)
}

// SaveEnrolment writes the row if it is as it was seen.
func (c enrolmentTx) SaveEnrolment(e, seen merchants.Enrolment) (bool, error) {
	const op = "store.SaveEnrolment"
	moved, err := enrolments.save(c.conn, op, e, "merchant_no = ? AND channel = ? AND version = ? AND state = ? AND attempts = ?",
		seen.MerchantNo, seen.Channel, seen.Version, seen.State, seen.Attempts)
	if d := asDuplicate(err); d != nil { // the number is another merchant's
		err = enrolments.taken(op, []merchants.Enrolment{e}, d)
	}
	return moved, err
}

// KeepResubmission stores what was handed in anew.
func (c enrolmentTx) KeepResubmission(r merchants.Resubmission) error {
	return resubmissions.insert(c.conn, "store.KeepResubmission", r)
}

// Emit puts an event into the outbox.
func (c enrolmentTx) Emit(e merchants.EnrolmentEvent) error {
	return acquiringTx(c).Emit(acquiring.Event{ID: e.ID, Subject: e.Subject, Key: e.Key, Payload: e.Payload, At: e.At})
}

// Enrolment returns a merchant's enrolment at a channel.
func (s enrolmentStore) Enrolment(ctx context.Context, merchantNo, channel string) (merchants.Enrolment, error) {
	return enrolments.one(s.reader(ctx), "store.Enrolment", "channel", channel, "merchant_no = ? AND channel = ?", merchantNo, channel)
}

// EnrolmentQueue lists enrolments by merchant and channel.
func (s enrolmentStore) EnrolmentQueue(ctx context.Context, q merchants.EnrolmentQuery) ([]merchants.Enrolment, error) {
	c := s.reader(ctx)
	query := c.from("channel_enrolments")
	if len(q.States) > 0 {
		query = query.Where("state IN ?", q.States)
	}
	if !q.DueAt.IsZero() {
		query = query.Where("next_at <= ?", micros(q.DueAt))
	}
	return enrolments.list(c, "store.EnrolmentQueue", afterEnrolment(query, q).Order("merchant_no, channel").Limit(q.Limit))
}

// afterEnrolment goes on behind a place.
func afterEnrolment(query *gorm.DB, q merchants.EnrolmentQuery) *gorm.DB {
	if q.AfterMerchantNo == "" {
		return query
	}
	return query.Where("(merchant_no > ? OR (merchant_no = ? AND channel > ?))", q.AfterMerchantNo, q.AfterMerchantNo, q.AfterChannel)
}

// enrolmentCount is how many enrolments are in a state.
type enrolmentCount struct {
	State merchants.EnrolmentState
	Count int
}

// CountEnrolments counts enrolments by state.
func (s enrolmentStore) CountEnrolments(ctx context.Context) (map[merchants.EnrolmentState]int, error) {
	c := s.reader(ctx)
	counts, err := scanAll(c, "store.CountEnrolments", c.from("channel_enrolments").Select("state, COUNT(*)").Group("state"),
		func(n *enrolmentCount) []field { return []field{{"state", &n.State}, {"count", &n.Count}} })
	byState := make(map[merchants.EnrolmentState]int, len(counts))
	for _, n := range counts {
		byState[n.State] = n.Count
	}
	return byState, err
}

// Resubmissions lists what was handed in anew, oldest first.
func (s enrolmentStore) Resubmissions(ctx context.Context, merchantNo, channel string) ([]merchants.Resubmission, error) {
	c := s.reader(ctx)
	return resubmissions.list(c, "store.Resubmissions", c.from("enrolment_resubmissions").
		Where("merchant_no = ? AND channel = ?", merchantNo, channel).Order("version"))
}
