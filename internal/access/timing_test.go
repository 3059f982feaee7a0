//go:build proof

package access_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"juma/internal/access"
	"juma/internal/clock"
	"juma/internal/id"
	"juma/internal/seal"
	"juma/internal/store"
)

// TestTimeDoesNotTellWhichAccountsExist measures real logins on a real database:
// wrong password, no such account, locked account. The medians may differ by 10 ms
// (T-Z6). A busy machine gets three tries; a leak shows in all of them. It measures
// time and therefore belongs to the proof, not to the suite that must pass on any
// machine.
func TestTimeDoesNotTellWhichAccountsExist(t *testing.T) {
	keys, err := seal.New(id.Seeded(1, "seal"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(ctx, store.Config{Path: filepath.Join(t.TempDir(), "juma.db"), Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	clk := clock.NewSim(time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC), 1)
	s, err := access.New(db.Access(), clk, id.Seeded(1, t.Name()), access.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"there", "locked"} {
		if _, err := s.CreateUser(ctx, access.NewUser{Login: login, Name: login, Role: access.Risk, Password: goodPassword}); err != nil {
			t.Fatal(err)
		}
	}
	for range access.MaxFailures {
		s.Login(ctx, "locked", "not the password", "")
	}
	for try := 1; ; try++ {
		spread := loginSpread(t, s)
		if spread <= 10*time.Millisecond {
			return
		}
		if try == 3 {
			t.Fatalf("medians differ by %v, want at most 10ms", spread)
		}
	}
}

// loginSpread takes turns, so that the machine's moods meet all cases alike.
func loginSpread(t *testing.T, s *access.Service) time.Duration {
	took := map[string][]time.Duration{}
	for range 11 {
		for _, login := range []string{"there", "nobody", "locked"} {
			began := time.Now()
			if _, _, err := s.Login(ctx, login, "not the password", ""); err == nil {
				t.Fatal("let in")
			}
			took[login] = append(took[login], time.Since(began))
		}
		if len(took["there"])%5 == 0 { // so that it does not lock meanwhile
			if _, _, err := s.Login(ctx, "there", goodPassword, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	var medians []time.Duration
	for _, all := range took {
		slices.Sort(all)
		medians = append(medians, all[len(all)/2])
	}
	return slices.Max(medians) - slices.Min(medians)
}
