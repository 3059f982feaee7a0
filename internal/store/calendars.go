package store

import (
	"context"
	"fmt"

	"juma/clearing/calendar"
)

// calendarStore is the Store as the business calendar sees it.
type calendarStore struct{ *Store }

// calendarTx is a transaction as it sees it.
type calendarTx struct{ *conn }

var (
	_ calendar.Store = calendarStore{}
	_ calendar.Tx    = calendarTx{}
)

// Calendar is the store of the business calendar.
func (s *Store) Calendar() calendar.Store { return calendarStore{s} }

// calendarRow is a version with the keys that let only one be open and one in force.
type calendarRow struct {
	calendar.Version
	open, force *string
}

var calendars = table[calendarRow]{"business_calendars", func(r *calendarRow) []field {
	return []field{
		{"version", &r.Version.Version},
		{"state", &r.State},
		{"days", text(&r.Days)},
		{"reason", text(&r.Reason)},
		{"proposed_by", &r.ProposedBy},
		{"proposed_at", at(&r.ProposedAt)},
		{"decided_by", &r.DecidedBy},
		{"decided_at", at(&r.DecidedAt)},
		{"note", text(&r.Note)},
		{"open_key", &r.open},
		{"force_key", &r.force},
	}
}}

// CalendarVersion reads one version.
func (s calendarStore) CalendarVersion(ctx context.Context, version int) (calendar.Version, error) {
	r, err := calendars.one(s.reader(ctx), "store.CalendarVersion", "version", fmt.Sprint(version), "version = ?", version)
	return r.Version, err
}

// CalendarIn reads the one version in a state.
func (s calendarStore) CalendarIn(ctx context.Context, state calendar.State) (calendar.Version, error) {
	column := "force_key"
	if state == calendar.Proposed {
		column = "open_key"
	}
	r, err := calendars.one(s.reader(ctx), "store.CalendarIn", "state", string(state), column+" = ?", string(state))
	return r.Version, err
}

// Calendars lists versions, newest first.
func (s calendarStore) Calendars(ctx context.Context, limit int) ([]calendar.Version, error) {
	c := s.reader(ctx)
	rows, err := calendars.list(c, "store.Calendars", c.from(calendars.name).Order("version DESC").Limit(limit))
	all := make([]calendar.Version, len(rows))
	for i, r := range rows {
		all[i] = r.Version
	}
	return all, err
}

// UpdateCalendar runs f in a transaction.
func (s calendarStore) UpdateCalendar(ctx context.Context, f func(calendar.Tx) error) error {
	return s.update(ctx, func(c *conn) error { return f(calendarTx{c}) })
}

// InsertCalendar stores a proposal.
func (c calendarTx) InsertCalendar(v calendar.Version) error {
	r := calendarRow{Version: v}
	r.open, r.force = versionKeys(v.State, calendar.Proposed, calendar.InForce)
	return calendars.insert(c.conn, "store.InsertCalendar", r)
}

// MoveCalendar moves a version that is in the state that it was read in.
func (c calendarTx) MoveCalendar(v calendar.Version, to calendar.State) (bool, error) {
	open, force := versionKeys(to, calendar.Proposed, calendar.InForce)
	return c.moved("store.MoveCalendar", "UPDATE business_calendars SET state = ?, decided_by = ?, decided_at = ?, note = ?, open_key = ?, force_key = ? WHERE version = ? AND state = ?",
		to, v.DecidedBy, micros(v.DecidedAt), text(&v.Note), open, force, v.Version, v.State)
}
