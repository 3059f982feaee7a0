// Package measure keeps account of the calls to channels: how many ended how, and how
// long they took, in buckets of five minutes over a day. It is put around the adapters
// by the process that calls them, so that it counts what the caller got, whether the
// adapter is in this process or behind the message bus. It decides nothing and has no
// state besides its counts, whose memory is bounded.
package measure

import (
	"sync"
	"time"

	"juma/acquiring/channel"
	"juma/internal/clock"
	"juma/internal/fault"
)

// Kind says what a call was for.
type Kind int

// The kinds of call. Calls that ask nothing of the wallet (AuthURL, ReadNotice), and
// those whose time is not a payment's (Statement, Enrol), are not counted.
const (
	Orders    Kind = iota // prepay, payment by code
	Backs                 // refund, close, reversal
	Questions             // who is it, what became of it
	Kinds                 // how many there are
)

// Count is how calls ended. Unavailable: nothing was sent, or the adapter itself failed.
type Count struct {
	Succeeded, Refused, Pending, Unknown, Unavailable int
}

// All is the number of calls.
func (c Count) All() int {
	return c.Succeeded + c.Refused + c.Pending + c.Unknown + c.Unavailable
}

// Lost is the number of calls that got no answer from the channel.
func (c Count) Lost() int { return c.Unknown + c.Unavailable }

// Plus is the sum of both.
func (c Count) Plus(o Count) Count {
	return Count{c.Succeeded + o.Succeeded, c.Refused + o.Refused, c.Pending + o.Pending, c.Unknown + o.Unknown, c.Unavailable + o.Unavailable}
}

func (c *Count) add(how channel.Outcome) {
	switch how {
	case channel.Succeeded:
		c.Succeeded++
	case channel.Refused:
		c.Refused++
	case channel.Pending:
		c.Pending++
	case channel.Unknown:
		c.Unknown++
	default:
		c.Unavailable++
	}
}

const (
	// Length is the time that one bucket covers; buckets begin on its multiples.
	Length = 5 * time.Minute
	// Kept is for how long buckets are kept.
	Kept = 24 * time.Hour
)

// Bucket is what happened to the calls that ended in a stretch of time.
type Bucket struct {
	From   time.Time
	Counts [Kinds]Count
	spread spread
}

// Total is the count of all kinds.
func (b Bucket) Total() Count {
	var sum Count
	for _, c := range b.Counts {
		sum = sum.Plus(c)
	}
	return sum
}

// Latency is the time within which so many of a thousand calls had ended, to 10 %;
// zero when there were none. The median is Latency(500).
func (b Bucket) Latency(permille int) time.Duration { return b.spread.quantile(permille) }

// Incident tells whether the channel failed its callers noticeably: at least three
// calls, and more than one in twenty without an answer.
func (b Bucket) Incident() bool {
	c := b.Total()
	return c.Lost() >= 3 && 20*c.Lost() > c.All()
}

// Sum puts buckets together; it begins with the first.
func Sum(buckets []Bucket) Bucket {
	var sum Bucket
	for i, b := range buckets {
		if i == 0 {
			sum.From = b.From
		}
		for k := range b.Counts {
			sum.Counts[k] = sum.Counts[k].Plus(b.Counts[k])
		}
		sum.spread.merge(b.spread)
	}
	return sum
}

// Meter counts. It is safe for concurrent use.
type Meter struct {
	clock, stopwatch clock.Clock
	since            time.Time

	mu sync.Mutex
	of map[channel.Name][]Bucket // newest last, at most Kept/Length, none empty
}

// New returns a meter. The clock says into which bucket a call falls; the stopwatch,
// how long it took: where a day is simulated, only that one is real.
func New(clk, stopwatch clock.Clock) *Meter {
	return &Meter{clock: clk, stopwatch: stopwatch, since: clk.Now(), of: map[channel.Name][]Bucket{}}
}

// Since is when counting began.
func (m *Meter) Since() time.Time { return m.since }

// Buckets are those of a channel in which something ended, of the last Kept, oldest
// first.
func (m *Meter) Buckets(name channel.Name) []Bucket {
	oldest := m.clock.Now().Add(-Kept)
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Bucket
	for _, b := range m.of[name] {
		if b.From.After(oldest) {
			b.spread = b.spread.clone()
			out = append(out, b)
		}
	}
	return out
}

func (m *Meter) note(name channel.Name, kind Kind, how channel.Outcome, took time.Duration) {
	from := m.clock.Now().Truncate(Length)
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.of[name]
	if n := len(all); n == 0 || all[n-1].From.Before(from) {
		if most := int(Kept / Length); n >= most {
			all = append(all[:0:0], all[n-most+1:]...)
		}
		all = append(all, Bucket{From: from})
		m.of[name] = all
	}
	b := &all[len(all)-1]
	b.Counts[kind].add(how)
	b.spread.add(took)
}

// ended is the outcome of a call, "" for one that nobody answered.
func ended(how channel.Outcome, err error) channel.Outcome {
	switch {
	case err == nil:
		return how
	case fault.Is(err, fault.Refused):
		return channel.Refused
	case fault.Is(err, fault.Unknown):
		return channel.Unknown
	}
	return ""
}
