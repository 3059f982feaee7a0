package match

import (
	"math/big"
	"math/bits"
)

// Summary counts and adds up what Run has seen.
type Summary struct {
	Ours, Theirs Side
	Matched      int64 // pairs without a difference …
	MatchedSum   Sum   // … and their amount
	Differing    int64 // pairs with at least one
	kinds        map[Kind]Tally
}

// Side is one side: Rows = Matched + Differing + Missing + Duplicates + Outside.
type Side struct {
	Rows       int64
	Sum        Sum
	Missing    int64 // rows that the other side lacks
	Duplicates int64 // rows that stand here again
	Outside    int64 // rows outside of the asked day's pool
}

// Tally is what a kind comes to: lines of the result, and the sum of the values
// in fen on both sides; for kinds without a value in fen, the rows' amounts.
type Tally struct {
	Lines        int64
	Ours, Theirs Sum
}

// Of gives the tally of a kind.
func (s Summary) Of(k Kind) Tally { return s.kinds[k] }

// Differences is the number of lines of the result.
func (s Summary) Differences() (n int64) {
	for _, t := range s.kinds {
		n += t.Lines
	}
	return n
}

// Proved tells whether every row of both sides is in exactly one class.
func (s Summary) Proved() bool {
	for _, side := range []Side{s.Ours, s.Theirs} {
		if side.Rows != s.Matched+s.Differing+side.Missing+side.Duplicates+side.Outside {
			return false
		}
	}
	return true
}

func (s *Summary) side(i int) *Side {
	if i == our {
		return &s.Ours
	}
	return &s.Theirs
}

// add takes over what a worker has counted; rows and sums of a side were counted
// when they were read.
func (s *Summary) add(o Summary) {
	s.Matched += o.Matched
	s.Differing += o.Differing
	s.MatchedSum = s.MatchedSum.plus(o.MatchedSum)
	for i := range 2 {
		a, b := s.side(i), o.side(i)
		a.Missing += b.Missing
		a.Duplicates += b.Duplicates
		a.Outside += b.Outside
	}
	if s.kinds == nil {
		s.kinds = map[Kind]Tally{}
	}
	for k, t := range o.kinds {
		have := s.kinds[k]
		s.kinds[k] = Tally{have.Lines + t.Lines, have.Ours.plus(t.Ours), have.Theirs.plus(t.Theirs)}
	}
}

// Sum is a sum of amounts that cannot overflow: 128 bits, two's complement.
type Sum struct {
	hi int64
	lo uint64
}

func (s *Sum) add(v int64) { *s = s.plus(Sum{v >> 63, uint64(v)}) }

func (s *Sum) sub(v int64) {
	lo, borrow := bits.Sub64(s.lo, uint64(v), 0)
	*s = Sum{s.hi - v>>63 - int64(borrow), lo}
}

func (s Sum) plus(o Sum) Sum {
	lo, carry := bits.Add64(s.lo, o.lo, 0)
	return Sum{s.hi + o.hi + int64(carry), lo}
}

// String prints the sum as a whole number.
func (s Sum) String() string {
	n := new(big.Int).Lsh(big.NewInt(s.hi), 64)
	return n.Add(n, new(big.Int).SetUint64(s.lo)).String()
}
