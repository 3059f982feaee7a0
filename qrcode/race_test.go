package qrcode_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"juma/internal/fault"
	"juma/qrcode"
)

// rounds is how often two people meet over one plate.
func rounds() int {
	if testing.Short() {
		return 50
	}
	return 1000
}

// contest lets two functions meet over each plate, many plates side by side, and
// calls judge with what each of them got.
func contest(t *testing.T, b bench, a, z func(key string) error, judge func(plate qrcode.Plate, a, z error)) {
	t.Helper()
	plates := b.issue(t, rounds())
	next := make(chan qrcode.Plate)
	var workers sync.WaitGroup
	for range 48 {
		workers.Go(func() {
			for p := range next {
				var first, second error
				var both sync.WaitGroup
				both.Go(func() { first = a(p.Key) })
				both.Go(func() { second = z(p.Key) })
				both.Wait()
				judge(p, first, second)
			}
		})
	}
	for _, p := range plates {
		next <- p
	}
	close(next)
	workers.Wait()
}

// lost tells that somebody was refused and told who was faster, and when.
func lost(err error, words ...string) bool {
	if !fault.Is(err, fault.Conflict) {
		return false
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			return false
		}
	}
	return true
}

// TestTD2TwoPeopleBindOnePlate to two stores: one wins, the other is told who has
// it since when, and there is one binding.
func TestTD2TwoPeopleBindOnePlate(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		bind := func(n int) func(key string) error {
			return func(key string) error {
				_, err := b.Bind(ctx, key, fmt.Sprintf("99929005812000%d", n), fmt.Sprint("store ", n), fmt.Sprintf("1000000%d", n), fmt.Sprint("agent ", n))
				return err
			}
		}
		contest(t, b, bind(1), bind(2), func(p qrcode.Plate, first, second error) {
			winner := 1
			if first != nil {
				winner, first, second = 2, second, first
			}
			if first != nil || !lost(second, fmt.Sprintf("merchant 99929005812000%d since 2026-03-10 09:00:00 by agent %d", winner, winner)) {
				t.Errorf("plate %s: %v and %v", p.Serial, first, second)
			}
			history, err := b.repo.Bindings(ctx, p.Key)
			if err != nil || len(history) != 1 || history[0].BoundBy != fmt.Sprint("agent ", winner) || !history[0].To.IsZero() {
				t.Errorf("plate %s: %+v, %v", p.Serial, history, err)
			}
		})
	})
}

// TestTD2BindAgainstVoid: either the plate is void and was never bound, or it was
// bound and is void; whoever binds too late is told.
func TestTD2BindAgainstVoid(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		bind := func(key string) error {
			_, err := b.Bind(ctx, key, "999290058120001", "S", "10000001", "agent")
			return err
		}
		contest(t, b, bind, func(key string) error { return b.Void(ctx, key, "risk", "lost") }, func(p qrcode.Plate, bound, voided error) {
			now, in, err := b.repo.Plate(ctx, p.Key)
			if err != nil || voided != nil || now.State != qrcode.Void || in.Version != 0 {
				t.Errorf("plate %s is %s, %+v: %v, %v", p.Serial, now.State, in, voided, err)
			}
			history, err := b.repo.Bindings(ctx, p.Key)
			if err != nil || (bound == nil) != (len(history) == 1) || (bound != nil && !lost(bound, "void by risk at")) {
				t.Errorf("plate %s: %v, %+v, %v", p.Serial, bound, history, err)
			}
		})
	})
}

// TestTD2RebindAgainstSuspend: one wins; a suspended plate keeps the terminal
// that it had.
func TestTD2RebindAgainstSuspend(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		ready := func(key string) error {
			_, err := b.Bind(ctx, key, "999290058120001", "S", "10000001", "agent")
			return err
		}
		rebind := func(key string) error {
			_, err := b.Rebind(ctx, key, "999290058120001", "S", "10000002", "agent", "moved")
			return err
		}
		suspend := func(key string) error { return b.Suspend(ctx, key, "risk", "odd place") }
		var meet sync.Map // a plate is bound once, before the two meet
		both := func(do func(string) error) func(string) error {
			return func(key string) error {
				once, _ := meet.LoadOrStore(key, sync.OnceValue(func() error { return ready(key) }))
				if err := once.(func() error)(); err != nil {
					return err
				}
				return do(key)
			}
		}
		contest(t, b, both(rebind), both(suspend), func(p qrcode.Plate, moved, suspended error) {
			now, in, err := b.repo.Plate(ctx, p.Key)
			if err != nil || suspended != nil || now.State != qrcode.Suspended {
				t.Errorf("plate %s is %s: %v, %v", p.Serial, now.State, suspended, err)
			}
			want := "10000001"
			if moved == nil {
				want = "10000002"
			} else if !lost(moved, "suspend by risk at") {
				t.Errorf("plate %s: %v", p.Serial, moved)
			}
			if in.TerminalNo != want || !in.To.IsZero() {
				t.Errorf("plate %s is at terminal %s, want %s", p.Serial, in.TerminalNo, want)
			}
		})
	})
}

// TestTD2TwoReplaceOnePlate: of two people who replace one broken plate with two
// new ones, one does; the other's new plate stays blank.
func TestTD2TwoReplaceOnePlate(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		spares := b.issue(t, 2*rounds())
		var taken atomic.Int64
		spare := func() string { return spares[taken.Add(1)-1].Key }
		bound := map[string]*sync.Once{}
		var mu sync.Mutex
		replace := func(key string) error {
			mu.Lock()
			once := bound[key]
			if once == nil {
				once = new(sync.Once)
				bound[key] = once
			}
			mu.Unlock()
			once.Do(func() {
				if _, err := b.Bind(ctx, key, "999290058120001", "S", "10000001", "agent"); err != nil {
					t.Error(err)
				}
			})
			_, err := b.Replace(ctx, key, spare(), "agent", "broken")
			return err
		}
		contest(t, b, replace, replace, func(p qrcode.Plate, first, second error) {
			if (first == nil) == (second == nil) || !lost(errorOf(first, second), "replace by agent at") {
				t.Errorf("plate %s: %v and %v", p.Serial, first, second)
			}
		})
		counts, err := b.repo.CountPlates(ctx)
		n := rounds()
		if err != nil || counts[qrcode.Replaced] != n || counts[qrcode.Bound] != n || counts[qrcode.Blank] != n {
			t.Errorf("%v, %v; want %d of each", counts, err, n)
		}
	})
}

func errorOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
