package store

import (
	"context"

	"juma/acquiring/watch"
	"juma/internal/audit"
	"juma/internal/fault"
)

// watchStore is the Store as the watch sees it.
type watchStore struct{ *Store }

var _ watch.Store = watchStore{}

// Watch is the store as watch.Service needs it.
func (s *Store) Watch() watch.Store { return watchStore{s} }

// alarmRow is an alarm with what keeps it the only one of its kind and plate.
type alarmRow struct {
	watch.Alarm
	openKey string
}

func alarmOf(a watch.Alarm) alarmRow {
	r := alarmRow{Alarm: a}
	if a.State != watch.Closed {
		r.openKey = openAlarm(a.Kind, a.PlateKey)
	}
	return r
}

func openAlarm(k watch.Kind, plateKey string) string { return string(k) + " " + plateKey }

var alarms = table[alarmRow]{"alarms", func(a *alarmRow) []field {
	f := &a.Finding
	return []field{
		{"id", &a.ID},
		{"kind", &a.Kind},
		{"state", &a.State},
		{"plate_key", &a.PlateKey},
		{"serial", &a.Serial},
		{"merchant_no", &a.MerchantNo},
		{"store_id", &a.StoreID},
		{"fact_count", &f.Count},
		{"paid_count", &f.Paid},
		{"region_was", &f.Was},
		{"region_is", &f.Is},
		{"first_at", at(&f.From)},
		{"last_at", at(&f.To)},
		{"raised_at", at(&a.RaisedAt)},
		{"acked_at", at(&a.AckedAt)},
		{"acked_by", &a.AckedBy},
		{"ack_note", text(&a.AckNote)},
		{"closed_at", at(&a.ClosedAt)},
		{"closed_by", &a.ClosedBy},
		{"reason", text(&a.Reason)},
		{"open_key", orNull(&a.openKey)},
	}
}}

// Raise stores an alarm, or brings the one that is up to date. Who is overtaken by
// another process meets the index, and has raised nothing.
func (s watchStore) Raise(ctx context.Context, a watch.Alarm, e audit.Entry) (raised bool, err error) {
	const op = "store.Raise"
	err = s.update(ctx, func(c *conn) error {
		raised = false
		up, err := alarms.list(c, op, c.from("alarms").Where("open_key = ?", openAlarm(a.Kind, a.PlateKey)))
		if err != nil {
			return err
		}
		if len(up) > 0 {
			now := up[0]
			now.Finding = a.Finding
			_, err := alarms.save(c, op, now, "id = ? AND state = ?", now.ID, now.State)
			return err
		}
		err = alarms.insert(c, op, alarmOf(a))
		if fault.Is(err, fault.Conflict) {
			return nil
		}
		if err != nil {
			return err
		}
		raised = true
		return c.Audit(e)
	})
	return raised && err == nil, err
}

// SaveAlarm stores an alarm if it still is in the state seen.
func (s watchStore) SaveAlarm(ctx context.Context, a watch.Alarm, seen watch.State, e audit.Entry) (moved bool, err error) {
	const op = "store.SaveAlarm"
	err = s.update(ctx, func(c *conn) (err error) {
		if moved, err = alarms.save(c, op, alarmOf(a), "id = ? AND state = ?", a.ID, seen); err != nil || !moved {
			return err
		}
		return c.Audit(e)
	})
	return moved && err == nil, err
}

// Alarm returns an alarm.
func (s watchStore) Alarm(ctx context.Context, id string) (watch.Alarm, error) {
	a, err := alarms.one(s.reader(ctx), "store.Alarm", "alarm", id, "id = ?", id)
	return a.Alarm, err
}

// Alarms lists alarms, newest first.
func (s watchStore) Alarms(ctx context.Context, q watch.Query) ([]watch.Alarm, error) {
	c := s.reader(ctx)
	query := c.from("alarms").Order("id DESC").Limit(q.Limit)
	if len(q.States) > 0 {
		query = query.Where("state IN ?", q.States)
	}
	if q.Kind != "" {
		query = query.Where("kind = ?", q.Kind)
	}
	if q.PlateKey != "" {
		query = query.Where("plate_key = ?", q.PlateKey)
	}
	if q.BeforeID != "" {
		query = query.Where("id < ?", q.BeforeID)
	}
	rows, err := alarms.list(c, "store.Alarms", query)
	all := make([]watch.Alarm, len(rows))
	for i, r := range rows {
		all[i] = r.Alarm
	}
	return all, err
}

// alarmCount is how many alarms of a kind are not closed.
type alarmCount struct {
	Kind  watch.Kind
	Count int
}

// CountAlarms counts the alarms that are not closed, by kind.
func (s watchStore) CountAlarms(ctx context.Context) (map[watch.Kind]int, error) {
	c := s.reader(ctx)
	counts, err := scanAll(c, "store.CountAlarms", c.from("alarms").Select("kind, COUNT(*)").Where("state IN ?", []watch.State{watch.Open, watch.Acknowledged}).Group("kind"),
		func(n *alarmCount) []field { return []field{{"kind", &n.Kind}, {"count", &n.Count}} })
	byKind := make(map[watch.Kind]int, len(counts))
	for _, n := range counts {
		byKind[n.Kind] = n.Count
	}
	return byKind, err
}
