//go:build proof

package demo

import (
	"fmt"
	"maps"
	"testing"

	"juma/internal/dbtest"
)

// TestProof plays whole days of 3,000 payments on both databases, for several
// seeds: minutes of work, so only with -tags proof.
func TestProof(t *testing.T) {
	for _, seed := range []uint64{1, 2, 7, 42, 2026} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			var want map[string]string
			for _, db := range []string{"", dbtest.MariaDB(t).DSN} {
				cfg := someDay(t, seed, DefaultPayments)
				cfg.Merchants, cfg.DB = DefaultMerchants, db
				s := result(t, open(t, cfg))
				files := contents(t, cfg.DataDir, "settlement", "plates")
				if want != nil && !maps.Equal(want, files) {
					t.Error("the two databases give different files")
				}
				want = files
				t.Logf("%d payments, %s, in %d ms", s.Payments.Paid, s.Payments.Amount, s.ElapsedMS)
			}
		})
	}
}
