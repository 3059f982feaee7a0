package measure

import (
	"slices"
	"time"
)

// spread is a distribution of durations: counts of steps that grow by a tenth, from a
// millisecond to some four minutes. It takes no memory before the first.
type spread struct {
	counts []uint32
	most   time.Duration
}

// bounds are the longest durations of the steps; what is longer is in the last.
var bounds = growing(time.Millisecond, 130)

func growing(from time.Duration, n int) []time.Duration {
	all := []time.Duration{from}
	for len(all) < n {
		last := all[len(all)-1]
		all = append(all, last+last/10)
	}
	return all
}

func stepOf(d time.Duration) int {
	step, _ := slices.BinarySearch(bounds, d)
	return min(step, len(bounds)-1)
}

func (s *spread) add(d time.Duration) {
	if s.counts == nil {
		s.counts = make([]uint32, len(bounds))
	}
	s.counts[stepOf(d)]++
	s.most = max(s.most, d)
}

func (s *spread) merge(o spread) {
	if o.counts == nil {
		return
	}
	if s.counts == nil {
		s.counts = make([]uint32, len(bounds))
	}
	for i, n := range o.counts {
		s.counts[i] += n
	}
	s.most = max(s.most, o.most)
}

func (s spread) clone() spread { return spread{slices.Clone(s.counts), s.most} }

// quantile is the bound of the step that the first permille of all end in, and never
// more than the longest that was seen.
func (s spread) quantile(permille int) time.Duration {
	all := 0
	for _, n := range s.counts {
		all += int(n)
	}
	rank, seen := max(1, (all*permille+999)/1000), 0
	for i, n := range s.counts {
		if seen += int(n); seen >= rank {
			return min(bounds[i], s.most)
		}
	}
	return s.most
}
