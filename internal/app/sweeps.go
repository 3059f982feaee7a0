package app

import (
	"context"
	"sync"
	"time"

	"juma/acquiring/watch"
	"juma/qrcode"
)

// sweepGap is how often what is due is looked for.
const sweepGap = 5 * time.Second

// unsweptGap is how often it is looked for rows of channels that were taken out of
// the configuration: it is only to be told.
const unsweptGap = 5 * time.Minute

// sessionSweep is how often ended sessions are removed; nothing depends on it.
const sessionSweep = 10 * time.Minute

// sweep is work that is done again and again; it says how much it did.
type sweep struct {
	name string
	gap  time.Duration
	run  func(context.Context) (int, error)
}

// RunSweeps asks again about what is not known, every few seconds, takes
// merchants to the channels and their affairs on, and removes ended sessions now
// and then, until ctx ends. Each has a loop of its own: a registry, bank or channel
// that is slow to answer must not hold up payments, nor one wallet another.
func (a *App) RunSweeps(ctx context.Context) {
	var loops sync.WaitGroup
	sweeps := []sweep{
		{"channels that nobody asks", unsweptGap, a.Acquiring.Unswept},
		{"identity verification", sweepGap, a.Onboarding.Verify},
		{"enrolment", sweepGap, a.Enrolment.Sweep},
		{"changes of settlement accounts", sweepGap, a.Upkeep.SweepAccounts},
		{"messages to merchants", sweepGap, a.Upkeep.Send},
		{"watch over plates", watch.SweepGap, a.Watch.Sweep},
		{"sweep of sessions", sessionSweep, a.Access.Sweep},
		{"sweep of old messages", sessionSweep, a.journal.sweep},
	}
	if a.ClearDays != DaysOff {
		sweeps = append(sweeps, sweep{"clearing days", daysGap, func(ctx context.Context) (int, error) { return a.Clearing.RunDays(ctx, a.ClearDays == DaysSettle) }})
	}
	for _, name := range a.accounts {
		sweeps = append(sweeps, sweep{"sweep of " + string(name), sweepGap, func(ctx context.Context) (int, error) { return a.Acquiring.SweepChannel(ctx, name) }})
	}
	for _, s := range sweeps {
		loops.Go(func() { a.repeat(ctx, s) })
	}
	loops.Wait()
}

// repeat runs a sweep until ctx ends, and logs what it could not do: the next run
// tries again.
func (a *App) repeat(ctx context.Context, s sweep) {
	tick := time.NewTicker(s.gap)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := s.run(ctx); err != nil && ctx.Err() == nil {
				a.Log.Error(s.name, "error", err)
			}
		}
	}
}

// daysGap is how often clearing days are looked after.
const daysGap = 30 * time.Second

// ClearDays says how far clearing days go by themselves.
type ClearDays string

// How far they go.
const (
	DaysOff     ClearDays = ""        // people run each step
	DaysPrepare ClearDays = "prepare" // cut off, fetched and reconciled; people settle
	DaysSettle  ClearDays = "settle"  // the batch and its files too; people release
)

// refused lets the watch count scans of plates that were stopped: blank, replaced
// and void ones are refused too, and mean nothing.
func (a *App) refused(p qrcode.Plate) {
	if p.State == qrcode.Suspended || p.State == qrcode.Lost {
		a.Watch.Refused(p.Key)
	}
}
