package store

import (
	"context"
	"time"

	"juma/acquiring"
	"juma/internal/fault"
)

// eventRow is an outbox row. PublishedAt 0 means that it waits.
type eventRow struct {
	acquiring.Event
	PublishedAt time.Time
	Owner       string
	LeasedUntil time.Time
	Fence       int64
}

var events = table[eventRow]{"events", func(e *eventRow) []field {
	return append(eventFields(&e.Event),
		field{"published_at", at(&e.PublishedAt)},
		field{"owner", &e.Owner},
		field{"leased_until", at(&e.LeasedUntil)},
		field{"fence", &e.Fence})
}}

func eventFields(e *acquiring.Event) []field {
	return []field{
		{"id", &e.ID},
		{"subject", &e.Subject},
		{"event_key", &e.Key},
		{"payload", &e.Payload},
		{"happened_at", at(&e.At)},
	}
}

// Emit puts an event into the outbox: it exists if and only if the transaction
// is committed.
func (c acquiringTx) Emit(e acquiring.Event) error {
	if e.Payload == nil {
		e.Payload = []byte{} // the column is never NULL
	}
	return events.insert(c.conn, "store.Emit", eventRow{Event: e})
}

// The counters of fencing tokens: of the outbox, and of what the sweep asks about.
const (
	outboxFence = "outbox"
	sweepFence  = "sweep"
)

// ClaimEvents leases up to limit events that are not published and not leased to
// somebody else, oldest first, until now+lease. The fence is larger than every
// fence before it and must be shown to MarkPublished: an owner that stood still
// past its lease moves nothing any more. No events, no fence: 0.
func (s *Store) ClaimEvents(ctx context.Context, now time.Time, owner string, lease time.Duration, limit int) ([]acquiring.Event, int64, error) {
	const op = "store.ClaimEvents"
	ids, err := s.claimable(ctx, op, now, limit)
	if err != nil || len(ids) == 0 {
		return nil, 0, err
	}
	var claimed []acquiring.Event
	var fence int64
	err = s.update(ctx, func(c *conn) error {
		claimed = nil
		if fence, err = c.nextFence(op, outboxFence); err != nil {
			return err
		}
		n, err := c.exec(op, "UPDATE events SET owner = ?, fence = ?, leased_until = ? WHERE id IN ? AND published_at = 0 AND leased_until <= ?",
			owner, fence, micros(now.Add(lease)), ids, micros(now))
		if err != nil || n == 0 {
			return err
		}
		claimed, err = scanAll(c, op, c.from("events").Select("id, subject, event_key, payload, happened_at").
			Where("id IN ? AND fence = ?", ids, fence).Order("happened_at, id"), eventFields)
		return err
	})
	if err != nil || len(claimed) == 0 {
		return nil, 0, err
	}
	return claimed, fence, nil
}

// claimable looks for events without taking any lock, so that an idle relay
// costs a read.
func (s *Store) claimable(ctx context.Context, op string, now time.Time, limit int) ([]string, error) {
	c := s.reader(ctx)
	return scanAll(c, op, c.from("events").Select("id").
		Where("published_at = 0 AND leased_until <= ?", micros(now)).
		Order("happened_at, id").Limit(min(limit, maxParams)), idField)
}

func idField(id *string) []field { return []field{{"id", id}} }

// nextFence takes the counter's next fencing token. Claims wait for each other here.
func (c *conn) nextFence(op, name string) (int64, error) {
	moved, err := c.moved(op, "UPDATE fences SET token = token + 1 WHERE name = ?", name)
	if err == nil && !moved {
		err = c.fail(fault.New(op, fault.Corrupt, "table fences has no row %q; run the migrations on an empty database", name))
	}
	if err != nil {
		return 0, err
	}
	tokens, err := scanAll(c, op, c.from("fences").Select("token").Where("name = ?", name),
		func(t *int64) []field { return []field{{"token", t}} })
	if err != nil {
		return 0, err
	}
	return tokens[0], nil
}

// MarkPublished notes that the events are out, as far as they are still leased
// under the fence, and says how many were: fewer than len(ids) means that the
// lease was lost and somebody else publishes the rest again.
func (s *Store) MarkPublished(ctx context.Context, ids []string, fence int64, at time.Time) (int, error) {
	const op = "store.MarkPublished"
	marked := 0
	err := s.update(ctx, func(c *conn) error {
		marked = 0
		for _, chunk := range chunks(ids, maxParams/2) {
			n, err := c.exec(op, "UPDATE events SET published_at = ? WHERE id IN ? AND fence = ? AND published_at = 0", micros(at), chunk, fence)
			if err != nil {
				return err
			}
			marked += n
		}
		return nil
	})
	return marked, err
}

// UnpublishedEvents counts the events that are not published, leased ones too.
func (s *Store) UnpublishedEvents(ctx context.Context) (int, error) {
	c := s.reader(ctx)
	counts, err := scanAll(c, "store.UnpublishedEvents", c.from("events").Select("COUNT(*)").Where("published_at = 0"),
		func(n *int) []field { return []field{{"count", n}} })
	if err != nil {
		return 0, err
	}
	return counts[0], nil
}

// RequeueEvents makes published events of the subjects wait again, for when the
// message store was lost, and says how many. Consumers do each fact once, so a
// fact that is done already is told once more without harm. Leases end: the
// fence of an owner from before moves nothing.
func (s *Store) RequeueEvents(ctx context.Context, subjects ...string) (int, error) {
	requeued := 0
	err := s.update(ctx, func(c *conn) (err error) {
		requeued = 0
		if len(subjects) == 0 {
			return nil
		}
		requeued, err = c.exec("store.RequeueEvents",
			"UPDATE events SET published_at = 0, owner = '', leased_until = 0, fence = 0 WHERE subject IN ? AND published_at > 0", subjects)
		return err
	})
	return requeued, err
}

// chunks cuts a slice into parts of at most size.
func chunks[T any](all []T, size int) [][]T {
	var parts [][]T
	for len(all) > 0 {
		n := min(size, len(all))
		parts = append(parts, all[:n])
		all = all[n:]
	}
	return parts
}
