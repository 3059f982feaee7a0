package watch

import (
	"sync"
	"time"
)

// maxCounted bounds the memory of refusals that wait to be stored. Only genuine
// plates that are stopped are counted, so nobody fills it by guessing.
const maxCounted = 50_000

// counter gathers refused scans between two sweeps: however often a plate is
// scanned, the database is written to once an interval and sweep.
type counter struct {
	mu   sync.Mutex
	seen map[slot]int
}

type slot struct {
	plateKey string
	from     time.Time
}

// Refused counts a scan of a stopped plate. It is cheap and never fails; a process
// that dies loses what it counted since its last sweep.
func (s *Service) Refused(plateKey string) {
	at := slot{plateKey, s.Clock.Now().UTC().Truncate(Interval)}
	s.refused.mu.Lock()
	defer s.refused.mu.Unlock()
	if s.refused.seen == nil {
		s.refused.seen = map[slot]int{}
	}
	if _, known := s.refused.seen[at]; known || len(s.refused.seen) < maxCounted {
		s.refused.seen[at]++
	}
}

// take empties the counter.
func (c *counter) take() []Refusals {
	c.mu.Lock()
	seen := c.seen
	c.seen = nil
	c.mu.Unlock()
	all := make([]Refusals, 0, len(seen))
	for at, n := range seen {
		all = append(all, Refusals{PlateKey: at.plateKey, From: at.from, Count: n})
	}
	return all
}

// putBack counts again what could not be stored.
func (c *counter) putBack(all []Refusals) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[slot]int{}
	}
	for _, r := range all {
		c.seen[slot{r.PlateKey, r.From}] += r.Count
	}
}
