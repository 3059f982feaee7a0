package app

import (
	"context"
	"time"
)

// enrolSweep is how often due enrolments are looked for.
const enrolSweep = 5 * time.Second

// runEnrolments registers merchants at the channels until ctx ends. It has a loop
// of its own: a channel that is slow to answer must not hold up payments.
func (a *App) runEnrolments(ctx context.Context) {
	tick := time.NewTicker(enrolSweep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := a.Enrolment.Sweep(ctx); err != nil && ctx.Err() == nil {
				a.Log.Error("enrolment", "error", err)
			}
		}
	}
}

// sessionSweep is how often ended sessions are removed; nothing depends on it.
const sessionSweep = 10 * time.Minute

// RunSweeps asks again about what is not known, every few seconds, registers
// merchants at the channels, and removes ended sessions now and then, until ctx
// ends.
func (a *App) RunSweeps(ctx context.Context) {
	enrolments := make(chan struct{})
	go func() {
		defer close(enrolments)
		a.runEnrolments(ctx)
	}()
	defer func() { <-enrolments }()
	tick, sessions := time.NewTicker(5*time.Second), time.NewTicker(sessionSweep)
	defer tick.Stop()
	defer sessions.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := a.Acquiring.Sweep(ctx); err != nil && ctx.Err() == nil {
				a.Log.Error("sweep", "error", err)
			}
			if _, err := a.Onboarding.Verify(ctx); err != nil && ctx.Err() == nil {
				a.Log.Error("identity verification", "error", err)
			}
		case <-sessions.C:
			if _, err := a.Access.Sweep(ctx); err != nil && ctx.Err() == nil {
				a.Log.Error("sweep of sessions", "error", err)
			}
		}
	}
}
