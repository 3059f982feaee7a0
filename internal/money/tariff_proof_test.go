//go:build proof

package money

import "testing"

// TestEveryFee: all amounts from 1 to 1,000,000 fen at all rates from 0 to 100 bp.
func TestEveryFee(t *testing.T) { compareByHand(t, 1) }
