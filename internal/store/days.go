package store

import (
	"context"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

var days = table[clearing.Day]{"clearing_days", func(d *clearing.Day) []field {
	return []field{
		{"channel", &d.Channel},
		{"clearing_date", &d.Date},
		{"state", &d.State},
		{"theirs_lines", &d.TheirsLines},
		{"updated_at", at(&d.UpdatedAt)},
	}
}}

// Day returns a channel's day; one that nothing is known of is Open.
func (s clearingStore) Day(ctx context.Context, ch channel.Name, d bizdate.Date) (clearing.Day, error) {
	day, err := days.one(s.reader(ctx), "store.Day", "clearing_date", d.String(), "channel = ? AND clearing_date = ?", ch, d)
	if fault.Is(err, fault.NotFound) {
		return clearing.Day{Channel: ch, Date: d, State: clearing.Open}, nil
	}
	return day, err
}

// Days lists the days since a date, newest first.
func (s clearingStore) Days(ctx context.Context, since bizdate.Date) ([]clearing.Day, error) {
	c := s.reader(ctx)
	return days.list(c, "store.Days", c.from(days.name).Where("clearing_date >= ?", since).Order("clearing_date DESC, channel"))
}

// MoveDay moves a channel's day. The row of an open day does not exist until it
// is first moved; of two that move it first, the primary key lets one through.
func (c clearingTx) MoveDay(ch channel.Name, d bizdate.Date, from, to clearing.DayState, theirsLines int, at time.Time) (bool, error) {
	const op = "store.MoveDay"
	moved, err := c.moved(op, "UPDATE clearing_days SET state = ?, theirs_lines = ?, updated_at = ? WHERE channel = ? AND clearing_date = ? AND state = ?",
		to, theirsLines, micros(at), ch, d, from)
	if moved || err != nil || from != clearing.Open {
		return moved, err
	}
	err = days.insert(c.conn, op, clearing.Day{Channel: ch, Date: d, State: to, TheirsLines: theirsLines, UpdatedAt: at})
	if fault.Is(err, fault.Conflict) {
		return false, nil
	}
	return err == nil, err
}
