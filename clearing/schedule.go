package clearing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// Job is what processes do by themselves about a channel's clearing day, or about the
// day's batch. Who works on it holds a lease under a fence: what a process finds out
// after its lease was taken by another is not written.
type Job struct {
	Channel     channel.Name // "" is the batch
	Date        bizdate.Date
	Tries       int // that failed
	NextAt      time.Time
	Problem     string    // of the last try; "" when it went well
	AlarmedAt   time.Time // when people were told that it is late; zero: they were not
	Fence       int64
	LeasedUntil time.Time
}

// When the steps of a day happen by themselves, counted from the start of the next day:
// wallets have their statements ready from nine, and at noon people must know.
const (
	statementsFrom = 9 * time.Hour
	alarmAt        = 12 * time.Hour
	tryAgain       = 10 * time.Minute
	tryLate        = time.Hour // after the alarm
	jobLease       = 5 * time.Minute
)

// scheduleDays is how far back days are still taken on: what is older is for people.
const scheduleDays = 14

// SchedulerName is the maker of batches that no person has settled.
const SchedulerName = "scheduler"

// RunDays does what is due about the clearing days since the first payment: it cuts
// channels off, fetches their statements from nine o'clock on, every ten minutes, and
// reconciles. settle makes the batches and their files too, as SchedulerName; otherwise
// people do, from the preview that is ready then. Nothing is released. Any number of
// processes may call it at any time; each thing is done once. It says how many things
// were done.
func (s *Service) RunDays(ctx context.Context, settle bool) (int, error) {
	first, err := s.Store.FirstClearingDate(ctx)
	if err != nil || first == 0 {
		return 0, err
	}
	today := bizdate.Of(s.Clock.Now())
	since := max(first, today.AddDays(-scheduleDays))
	days, err := s.Store.Days(ctx, since)
	if err != nil {
		return 0, err
	}
	reconciled := map[bizdate.Date]map[channel.Name]bool{}
	for _, day := range days {
		if day.State == Reconciled {
			if reconciled[day.Date] == nil {
				reconciled[day.Date] = map[channel.Name]bool{}
			}
			reconciled[day.Date][day.Channel] = true
		}
	}
	done, errs := 0, []error{}
	for d := since; d <= today; d = d.AddDays(1) {
		n, err := s.runDay(ctx, d, reconciled[d], settle)
		done += n
		errs = append(errs, err)
	}
	return done, errors.Join(errs...)
}

// runDay works on the channels of a date that are not reconciled, and on its batch when
// all are.
func (s *Service) runDay(ctx context.Context, d bizdate.Date, reconciled map[channel.Name]bool, settle bool) (done int, err error) {
	names, err := s.Names(ctx, d)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, ch := range names {
		if _, end := ch.Cut().Bounds(d); reconciled[ch] || s.Clock.Now().Before(end) {
			continue
		}
		worked, err := s.work(ctx, ch, d, func(ctx context.Context, s *Service) (time.Time, error) { return s.prepare(ctx, ch, d) })
		if worked {
			done++
		}
		errs = append(errs, err)
	}
	if !settle || slices.ContainsFunc(names, func(ch channel.Name) bool { return !reconciled[ch] }) {
		return done, errors.Join(errs...)
	}
	if batch, err := s.Store.Batch(ctx, d); !fault.Is(err, fault.NotFound) && (err != nil || batch.State != Computed) {
		return done, err
	}
	worked, err := s.work(ctx, "", d, func(ctx context.Context, s *Service) (time.Time, error) {
		if err := s.Settle(ctx, d, SchedulerName); err != nil {
			return time.Time{}, err
		}
		return time.Time{}, s.WriteFiles(ctx, d)
	})
	if worked {
		done++
	}
	return done, errors.Join(append(errs, err)...)
}

// prepare takes a channel's day as far as it goes now. A time says when to go on.
func (s *Service) prepare(ctx context.Context, ch channel.Name, d bizdate.Date) (time.Time, error) {
	if err := s.CutOff(ctx, ch, d); err != nil {
		return time.Time{}, err
	}
	if ready := d.AddDays(1).Start().Add(statementsFrom); s.Clock.Now().Before(ready) {
		return ready, nil
	}
	if err := s.Fetch(ctx, ch, d); err != nil {
		return time.Time{}, err
	}
	return time.Time{}, s.Reconcile(ctx, ch, d)
}

// work does a job if it is due and nobody else is at it.
func (s *Service) work(ctx context.Context, ch channel.Name, d bizdate.Date, do func(context.Context, *Service) (time.Time, error)) (bool, error) {
	now := s.Clock.Now()
	job, claimed, err := s.Store.ClaimJob(ctx, ch, d, now, now.Add(jobLease))
	if err != nil || !claimed {
		return false, err
	}
	s.Step(fmt.Sprintf("%s of %s", jobName(ch), d))
	next, failed := do(ctx, s.under(job))
	if ctx.Err() != nil {
		return false, ctx.Err() // the lease ends by itself
	}
	switch {
	case errors.Is(failed, errLeaseLost):
		return false, s.lost(job)
	case failed == nil:
		job.Problem, job.NextAt = "", next
	default:
		s.late(&job, s.Clock.Now(), failed)
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		held, err := tx.EndJob(job)
		if err == nil && !held {
			err = errLeaseLost
		}
		return err
	})
	if errors.Is(err, errLeaseLost) {
		return false, s.lost(job)
	}
	return failed == nil, err
}

// lost notes that another process goes on.
func (s *Service) lost(job Job) error {
	s.Log.Warn("clearing: a lease was lost; another process goes on", "job", jobName(job.Channel), "date", job.Date.String())
	return nil
}

// late notes a try that failed, and tells people once when it is late.
func (s *Service) late(job *Job, now time.Time, why error) {
	job.Tries++
	job.Problem = why.Error()
	job.NextAt = now.Add(tryAgain)
	if now.Before(job.Date.AddDays(1).Start().Add(alarmAt)) {
		s.Log.Info("clearing: not ready, tried again", "job", jobName(job.Channel), "date", job.Date.String(), "why", why)
		return
	}
	job.NextAt = now.Add(tryLate)
	if job.AlarmedAt.IsZero() {
		job.AlarmedAt = now
		s.Log.Error("clearing: late, people must look", "job", jobName(job.Channel), "date", job.Date.String(), "tries", job.Tries, "why", why)
	}
}

func jobName(ch channel.Name) string {
	if ch == "" {
		return "batch"
	}
	return string(ch)
}

// errLeaseLost says that another process has taken the job over.
var errLeaseLost = fault.New("clearing.RunDays", fault.Conflict, "the lease of this job was lost to another process: nothing was written")

// under is the service whose every commit proves that the job's lease is still held.
func (s *Service) under(job Job) *Service {
	fenced := *s
	fenced.Store = fencedStore{s.Store, job, func() time.Time { return s.Clock.Now().Add(jobLease) }}
	return &fenced
}

// fencedStore proves a lease in each of its transactions, and extends it.
type fencedStore struct {
	Store
	job   Job
	until func() time.Time
}

// Update runs f if the lease is held.
func (s fencedStore) Update(ctx context.Context, f func(Tx) error) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		held, err := tx.KeepJob(s.job, s.until())
		if err == nil && !held {
			err = errLeaseLost
		}
		if err != nil {
			return err
		}
		return f(tx)
	})
}
