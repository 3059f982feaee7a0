package store

import (
	"context"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

var clearingJobs = table[clearing.Job]{"clearing_jobs", func(j *clearing.Job) []field {
	return []field{
		{"channel", &j.Channel},
		{"clearing_date", &j.Date},
		{"tries", &j.Tries},
		{"next_at", at(&j.NextAt)},
		{"problem", text(&j.Problem)},
		{"alarmed_at", at(&j.AlarmedAt)},
		{"fence", &j.Fence},
		{"leased_until", at(&j.LeasedUntil)},
	}
}}

// FirstClearingDate is that of the first payment that was paid; 0 while there is none.
func (s clearingStore) FirstClearingDate(ctx context.Context) (bizdate.Date, error) {
	c := s.reader(ctx)
	first, err := scanAll(c, "store.FirstClearingDate", c.from("payments").Select("COALESCE(MIN(clearing_date), 0)").Where("clearing_date > 0"),
		func(d *bizdate.Date) []field { return []field{{"clearing_date", d}} })
	if err != nil || len(first) == 0 {
		return 0, err
	}
	return first[0], nil
}

// Jobs lists jobs since a date, newest first, then by channel.
func (s clearingStore) Jobs(ctx context.Context, since bizdate.Date) ([]clearing.Job, error) {
	c := s.reader(ctx)
	return clearingJobs.list(c, "store.Jobs", c.from(clearingJobs.name).Where("clearing_date >= ?", since).Order("clearing_date DESC, channel"))
}

// ClaimJob leases a job that is due. It looks first without any lock, so that an idle
// scheduler costs a read; then one guarded update decides who gets it.
func (s clearingStore) ClaimJob(ctx context.Context, ch channel.Name, d bizdate.Date, now, until time.Time) (clearing.Job, bool, error) {
	const op = "store.ClaimJob"
	key := []any{ch, d}
	job, err := clearingJobs.one(s.reader(ctx), op, "clearing_date", d.String(), "channel = ? AND clearing_date = ?", key...)
	switch {
	case fault.Is(err, fault.NotFound):
		err = s.update(ctx, func(c *conn) error { return clearingJobs.insert(c, op, clearing.Job{Channel: ch, Date: d}) })
		if err != nil && !fault.Is(err, fault.Conflict) { // another process made it
			return clearing.Job{}, false, err
		}
	case err != nil || job.NextAt.After(now) || job.LeasedUntil.After(now):
		return clearing.Job{}, false, err
	}
	claimed := false
	err = s.update(ctx, func(c *conn) error {
		n, err := c.exec(op, "UPDATE clearing_jobs SET fence = fence + 1, leased_until = ? WHERE channel = ? AND clearing_date = ? AND next_at <= ? AND leased_until <= ?",
			micros(until), ch, d, micros(now), micros(now))
		if claimed = n > 0; err != nil || !claimed {
			return err
		}
		job, err = clearingJobs.one(c, op, "clearing_date", d.String(), "channel = ? AND clearing_date = ?", key...)
		return err
	})
	return job, claimed && err == nil, err
}

// KeepJob extends a lease that is held under the job's fence. The row stays locked until
// the commit, so nobody gets it in between.
func (c clearingTx) KeepJob(j clearing.Job, until time.Time) (bool, error) {
	return c.moved("store.KeepJob", "UPDATE clearing_jobs SET leased_until = ? WHERE channel = ? AND clearing_date = ? AND fence = ?", micros(until), j.Channel, j.Date, j.Fence)
}

// EndJob gives a lease back and says what came of it, if it is held.
func (c clearingTx) EndJob(j clearing.Job) (bool, error) {
	return c.moved("store.EndJob", "UPDATE clearing_jobs SET leased_until = 0, tries = ?, next_at = ?, problem = ?, alarmed_at = ? WHERE channel = ? AND clearing_date = ? AND fence = ? AND leased_until > 0",
		j.Tries, micros(j.NextAt), text(&j.Problem), micros(j.AlarmedAt), j.Channel, j.Date, j.Fence)
}
