// Package clock gives time to everything that needs it, so that a business day
// can pass in seconds and be replayed. Nothing in Juma asks the wall clock
// except Real.
package clock

import (
	"container/heap"
	"sync"
	"time"
)

// Clock tells the time and runs functions later.
type Clock interface {
	// Now is the current instant.
	Now() time.Time
	// AfterFunc runs f once d has passed, in a goroutine of its own, and returns
	// a function that cancels it (true if it had not started).
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Real is the wall clock.
type Real struct{}

// Now is time.Now.
func (Real) Now() time.Time { return time.Now() }

// AfterFunc is time.AfterFunc.
func (Real) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

// Sim is a clock that stands still until it is told to advance. Functions that
// fall due are run by the goroutine that advances it; those due at the very
// same instant run side by side and all end before time moves on, so a day is
// repeatable as long as simultaneous functions do not depend on each other.
type Sim struct {
	mu     sync.Mutex
	now    time.Time
	timers timerHeap
	seq    uint64
	width  int
	live   func() time.Duration // real time passed since GoLive, nil before
}

// NewSim returns a clock that stands at start and runs at most width
// simultaneous functions side by side (1 if width < 1).
func NewSim(start time.Time, width int) *Sim {
	return &Sim{now: start, width: max(1, width)}
}

// Now is the simulated instant.
func (s *Sim) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live != nil {
		return s.now.Add(s.live())
	}
	return s.now
}

// AfterFunc plans f for Now()+d.
func (s *Sim) AfterFunc(d time.Duration, f func()) func() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live != nil {
		return time.AfterFunc(d, f).Stop
	}
	s.seq++
	t := &simTimer{at: s.now.Add(max(0, d)), seq: s.seq, f: f}
	heap.Push(&s.timers, t)
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if t.f == nil {
			return false
		}
		t.f = nil
		return true
	}
}

// AdvanceTo moves time to end, running everything that falls due on the way,
// also what those functions plan themselves. It returns when all of it has run.
func (s *Sim) AdvanceTo(end time.Time) {
	for {
		s.mu.Lock()
		if len(s.timers) == 0 || s.timers[0].at.After(end) {
			if end.After(s.now) {
				s.now = end
			}
			s.mu.Unlock()
			return
		}
		at := s.timers[0].at
		if at.After(s.now) {
			s.now = at
		}
		var due []func()
		for len(s.timers) > 0 && !s.timers[0].at.After(at) {
			t := heap.Pop(&s.timers).(*simTimer)
			if t.f != nil {
				due = append(due, t.f)
				t.f = nil
			}
		}
		s.mu.Unlock()
		s.runAll(due)
	}
}

func (s *Sim) runAll(due []func()) {
	sem := make(chan struct{}, s.width)
	var wg sync.WaitGroup
	for _, f := range due {
		sem <- struct{}{}
		wg.Go(func() {
			defer func() { <-sem }()
			f()
		})
	}
	wg.Wait()
}

// GoLive lets the simulated clock run on at the speed of real time. What was
// planned before runs at its simulated instant.
func (s *Sim) GoLive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live != nil {
		return
	}
	started := time.Now()
	s.live = func() time.Duration { return time.Since(started) }
	for _, t := range s.timers {
		if t.f != nil {
			time.AfterFunc(t.at.Sub(s.now), t.f)
			t.f = nil
		}
	}
	s.timers = nil
}

type simTimer struct {
	at  time.Time
	seq uint64
	f   func()
}

type timerHeap []*simTimer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)   { *h = append(*h, x.(*simTimer)) }
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	*h = old[:len(old)-1]
	return t
}
