package routing

import (
	"slices"
	"sync"
	"time"

	"juma/acquiring/channel"
)

// BreakerSettings say when a channel counts as down.
type BreakerSettings struct {
	// Failures within Window open the breaker when they are at least half of the calls
	// in it.
	Failures int
	Window   time.Duration
	// Rest is how long it stays open before one payment may try; each further failure
	// doubles it, up to MaxRest.
	Rest, MaxRest time.Duration
}

// DefaultBreaker opens after ten failures in ten seconds.
var DefaultBreaker = BreakerSettings{Failures: 10, Window: 10 * time.Second, Rest: 15 * time.Second, MaxRest: 5 * time.Minute}

// BreakerState is where a breaker stands.
type BreakerState string

// The states of a breaker.
const (
	Closed   BreakerState = "closed"    // payments go
	Open     BreakerState = "open"      // none goes until the rest is over
	HalfOpen BreakerState = "half_open" // the rest is over: one payment may try
)

// Breaker is the state machine of one channel. It has no clock: every move is told
// the time. It is a value; Breakers keeps it safe for concurrent use.
type Breaker struct {
	set     BreakerSettings
	calls   []call // of the last Window, oldest first
	until   time.Time
	rest    time.Duration // of the last opening; 0 while closed
	probing bool

	since            time.Time   // of the state, zero if it was never open
	failures, called int         // in the window, when it opened
	openings         []time.Time // the latest, oldest first
}

// openingsKept is how many openings a breaker remembers.
const openingsKept = 32

// BreakerReport is where a breaker stands, and why, for people.
type BreakerReport struct {
	State BreakerState
	// Since is when it came into this state; zero when it was never open.
	Since time.Time
	// Failures of Calls opened it last; both 0 when it was never open.
	Failures, Calls int
	// Until is when one payment may try, while it is open.
	Until time.Time
	// Openings are the latest times that it opened, oldest first.
	Openings []time.Time
}

// Report says where the breaker stands at a time.
func (b *Breaker) Report(at time.Time) BreakerReport {
	r := BreakerReport{State: b.State(at), Since: b.since, Failures: b.failures, Calls: b.called, Openings: slices.Clone(b.openings)}
	switch r.State {
	case Open:
		r.Until = b.until
	case HalfOpen:
		r.Since = b.until
	}
	return r
}

type call struct {
	at     time.Time
	failed bool
}

// NewBreaker returns a closed one.
func NewBreaker(set BreakerSettings) Breaker { return Breaker{set: set} }

// State is where the breaker stands at a time.
func (b *Breaker) State(at time.Time) BreakerState {
	switch {
	case b.rest == 0:
		return Closed
	case at.Before(b.until):
		return Open
	}
	return HalfOpen
}

// Ready tells whether a payment may go: the breaker is closed, or half open and nobody
// is trying.
func (b *Breaker) Ready(at time.Time) bool {
	s := b.State(at)
	return s == Closed || (s == HalfOpen && !b.probing)
}

// Begin is told before a call. It is false when none may go, as when another has taken
// the one try.
func (b *Breaker) Begin(at time.Time) bool {
	if !b.Ready(at) {
		return false
	}
	if b.State(at) == HalfOpen {
		b.probing = true
	}
	return true
}

// End is told what became of a call that had begun: failed when no answer came.
func (b *Breaker) End(at time.Time, failed bool) {
	state := b.State(at)
	switch {
	case state == Open, state == HalfOpen && !b.probing: // a call from before the opening: old news
		return
	case state == HalfOpen && failed:
		b.failures, b.called = 1, 1
		b.open(at, min(2*b.rest, b.set.MaxRest))
		return
	case state == HalfOpen:
		b.rest, b.probing, b.calls, b.since = 0, false, nil, at
	}
	b.calls = append(b.calls, call{at, failed})
	b.calls = slices.DeleteFunc(b.calls, func(c call) bool { return at.Sub(c.at) >= b.set.Window })
	failures := 0
	for _, c := range b.calls {
		if c.failed {
			failures++
		}
	}
	if failures >= b.set.Failures && 2*failures >= len(b.calls) {
		b.failures, b.called = failures, len(b.calls)
		b.open(at, b.set.Rest)
	}
}

func (b *Breaker) open(at time.Time, rest time.Duration) {
	b.until, b.rest, b.probing, b.calls, b.since = at.Add(rest), rest, false, nil, at
	if len(b.openings) == openingsKept {
		b.openings = append(b.openings[:0:0], b.openings[1:]...)
	}
	b.openings = append(b.openings, at)
}

// Breakers are the breakers of all channels, as this process sees them.
type Breakers struct {
	mu  sync.Mutex
	set BreakerSettings
	of  map[channel.Name]*Breaker
}

// NewBreakers returns closed ones.
func NewBreakers(set BreakerSettings) *Breakers {
	return &Breakers{set: set, of: map[channel.Name]*Breaker{}}
}

func (b *Breakers) at(ch channel.Name) *Breaker {
	if b.of[ch] == nil {
		made := NewBreaker(b.set)
		b.of[ch] = &made
	}
	return b.of[ch]
}

// Down lists the channels that no payment may go to now.
func (b *Breakers) Down(at time.Time) []channel.Name {
	b.mu.Lock()
	defer b.mu.Unlock()
	var down []channel.Name
	for ch, breaker := range b.of { // one that was never used is closed
		if !breaker.Ready(at) {
			down = append(down, ch)
		}
	}
	slices.SortFunc(down, channel.Compare)
	return down
}

// State is where a channel's breaker stands.
func (b *Breakers) State(ch channel.Name, at time.Time) BreakerState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at(ch).State(at)
}

// Report is Breaker.Report.
func (b *Breakers) Report(ch channel.Name, at time.Time) BreakerReport {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at(ch).Report(at)
}

// Begin is Breaker.Begin.
func (b *Breakers) Begin(ch channel.Name, at time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at(ch).Begin(at)
}

// End is Breaker.End.
func (b *Breakers) End(ch channel.Name, at time.Time, failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at(ch).End(at, failed)
}
