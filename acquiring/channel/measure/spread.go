package measure

import (
	"math"
	"slices"
	"time"
)

// spread is a distribution of durations: counts of steps that grow by a tenth, from a
// millisecond to some four minutes. It takes no memory before the first.
type spread struct {
	counts []uint32
	most   time.Duration
}

const (
	steps   = 130
	growth  = 1.1
	floorMS = 1.0
)

func stepOf(d time.Duration) int {
	ms := float64(d) / float64(time.Millisecond)
	if ms <= floorMS {
		return 0
	}
	return min(steps-1, int(math.Ceil(math.Log(ms/floorMS)/math.Log(growth))))
}

// upper is the longest duration of a step.
func upper(step int) time.Duration {
	return time.Duration(floorMS * math.Pow(growth, float64(step)) * float64(time.Millisecond))
}

func (s *spread) add(d time.Duration) {
	if s.counts == nil {
		s.counts = make([]uint32, steps)
	}
	s.counts[stepOf(d)]++
	s.most = max(s.most, d)
}

func (s *spread) merge(o spread) {
	if o.counts == nil {
		return
	}
	if s.counts == nil {
		s.counts = make([]uint32, steps)
	}
	for i, n := range o.counts {
		s.counts[i] += n
	}
	s.most = max(s.most, o.most)
}

func (s spread) clone() spread { return spread{slices.Clone(s.counts), s.most} }

// quantile is the upper bound of the step that the q-th of all falls into, and never
// more than the longest that was seen.
func (s spread) quantile(q float64) time.Duration {
	all := uint64(0)
	for _, n := range s.counts {
		all += uint64(n)
	}
	if all == 0 {
		return 0
	}
	rank := max(1, uint64(math.Ceil(q*float64(all))))
	seen := uint64(0)
	for i, n := range s.counts {
		if seen += uint64(n); seen >= rank {
			return min(upper(i), s.most)
		}
	}
	return s.most
}
