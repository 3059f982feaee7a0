package qrcode_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/store"
	"juma/qrcode"
)

var ctx = context.Background()

// bench is the plate service over a real database.
type bench struct {
	*qrcode.Service
	repo  qrcode.Repository
	clock *clock.Sim
}

func each(t *testing.T, f func(t *testing.T, b bench)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		b := bench{repo: open().Plates(), clock: clock.NewSim(bizdate.Date(20260310).Start().Add(9*time.Hour), 1)}
		b.Service = qrcode.NewService(b.repo, b.clock, id.NewULIDs(id.Seeded(1, "ids")), id.Seeded(1, "keys"), "q.example.com")
		f(t, b)
	})
}

func (b bench) issue(t *testing.T, count, from int) []qrcode.Plate {
	t.Helper()
	_, plates, err := b.Issue(ctx, qrcode.Own, "", count, from, "printer")
	if err != nil {
		t.Fatal(err)
	}
	return plates
}

func TestIssue(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		batch, plates, err := b.Issue(ctx, qrcode.UnionPay, "99982900", 1000, 7, "printer")
		if err != nil || batch.Count != 1000 || len(plates) != 1000 {
			t.Fatal(batch, len(plates), err)
		}
		if p := plates[0]; p.Serial != "260310000007" || p.State != qrcode.Blank || p.BatchID != batch.ID || p.Payload != "https://qr.95516.com/99982900/"+p.Key {
			t.Errorf("first plate %+v", p)
		}
		seen := map[string]bool{}
		for _, p := range plates {
			if seen[p.Key] || seen[p.Serial] {
				t.Fatalf("%s or its serial %s is there twice", p.Key, p.Serial)
			}
			seen[p.Key], seen[p.Serial] = true, true
			if g, _, key, err := qrcode.ParsePayload(p.Payload); g != qrcode.UnionPay || key != p.Key || err != nil {
				t.Fatalf("%s: %v", p.Payload, err)
			}
		}
		if _, _, err := b.Issue(ctx, qrcode.Own, "", 10, 1000, "printer"); !fault.Is(err, fault.Conflict) { // serials 7 to 1006 are taken
			t.Errorf("serials were given out twice: %v", err)
		}
		if counts, err := b.repo.CountPlates(ctx); err != nil || counts[qrcode.Blank] != 1000 {
			t.Errorf("%v, %v: a batch that fails leaves no plate", counts, err)
		}
	})
}

func TestIssueRefuses(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		for _, c := range []struct {
			grammar     qrcode.Grammar
			institution string
			count, from int
			field       string
		}{
			{qrcode.Own, "", 0, 1, "count"},
			{qrcode.Own, "", qrcode.MaxBatch + 1, 1, "count"},
			{qrcode.Own, "", 1, 0, "serial_from"},
			{qrcode.Own, "", 2, 999_999, "serial_from"},
			{"emv", "", 1, 1, "payload"},
			{qrcode.UnionPay, "", 1, 1, "institution"},
			{qrcode.UnionPay, "9998290", 1, 1, "institution"},
			{qrcode.UnionPay, "9998290x", 1, 1, "institution"},
		} {
			_, _, err := b.Issue(ctx, c.grammar, c.institution, c.count, c.from, "printer")
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.field) {
				t.Errorf("%+v: got %v", c, err)
			}
		}
	})
}

// TestLifeCycle has a row for each move from each state.
func TestLifeCycle(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		moves := map[string]func(key string) error{
			"bind": func(key string) error {
				_, err := b.Bind(ctx, key, "999290058120001", "S", "10000001", "agent")
				return err
			},
			"suspend": func(key string) error { return b.Suspend(ctx, key, "risk", "odd place") },
			"resume":  func(key string) error { return b.Resume(ctx, key, "risk", "explained") },
			"void":    func(key string) error { return b.Void(ctx, key, "risk", "lost") },
		}
		way := map[qrcode.State][]string{qrcode.Blank: {}, qrcode.Bound: {"bind"}, qrcode.Suspended: {"bind", "suspend"}, qrcode.Void: {"void"}}
		allowed := map[qrcode.State]map[string]qrcode.State{
			qrcode.Blank:     {"bind": qrcode.Bound, "void": qrcode.Void},
			qrcode.Bound:     {"suspend": qrcode.Suspended, "void": qrcode.Void},
			qrcode.Suspended: {"resume": qrcode.Bound, "void": qrcode.Void},
			qrcode.Void:      {},
		}
		plates := b.issue(t, 16, 1)
		for state, steps := range way {
			for name, move := range moves {
				key := plates[0].Key
				plates = plates[1:]
				for _, step := range steps {
					if err := moves[step](key); err != nil {
						t.Fatal(err)
					}
				}
				err := move(key)
				want, ok := allowed[state][name]
				if !ok {
					want = state
				}
				if ok != (err == nil) || (err != nil && !fault.Is(err, fault.Conflict)) {
					t.Errorf("%s of a %s plate: %v", name, state, err)
				}
				if p, _, err := b.Resolve(ctx, key); err != nil || p.State != want {
					t.Errorf("%s of a %s plate left it %s, %v; want %s", name, state, p.State, err, want)
				}
			}
		}
	})
}

func TestBindingIsHistory(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		key := b.issue(t, 1, 1)[0].Key
		first, err := b.Bind(ctx, key, "999290058120001", "S", "10000001", "agent")
		if err != nil || first.Version != 1 || !first.To.IsZero() {
			t.Fatal(first, err)
		}
		_, err = b.Bind(ctx, key, "999581054110002", "S2", "10000002", "another agent")
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "999290058120001 since 2026-03-10 09:00:00") {
			t.Errorf("the second is not told who and when: %v", err)
		}
		if _, err := b.Bind(ctx, id.NewPlateKey(id.Seeded(5, "unknown")), "999290058120001", "S", "10000001", "agent"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a plate that was never issued: %v", err)
		}
		history, err := b.repo.Bindings(ctx, key)
		if err != nil || len(history) != 1 || history[0].MerchantNo != "999290058120001" || history[0].BoundBy != "agent" {
			t.Errorf("history %+v, %v", history, err)
		}
	})
}

// TestTD2OneBinds: eight people bind one plate to different terminals, and one
// voids it, at the same instant. One wins, the others are told; 40 rounds.
func TestTD2OneBinds(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		for round, plate := range b.issue(t, 40, 1) {
			var winners atomic.Int32
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					_, err := b.Bind(ctx, plate.Key, "999290058120001", "S", fmt.Sprintf("1000000%d", i), fmt.Sprint("agent ", i))
					if err == nil {
						winners.Add(1)
					} else if !fault.Is(err, fault.Conflict) {
						t.Error(err)
					}
				})
			}
			voided := false
			wg.Go(func() { voided = round%2 == 0 && b.Void(ctx, plate.Key, "risk", "lost") == nil })
			wg.Wait()
			p, binding, err := b.Resolve(ctx, plate.Key)
			if err != nil {
				t.Fatal(err)
			}
			history, err := b.repo.Bindings(ctx, plate.Key)
			if err != nil || len(history) != int(winners.Load()) || winners.Load() > 1 || (winners.Load() == 0 && !voided) {
				t.Errorf("round %d: %d winners, voided %v, history %+v, %v", round, winners.Load(), voided, history, err)
			}
			if want := map[bool]qrcode.State{true: qrcode.Void, false: qrcode.Bound}[voided]; p.State != want || (want == qrcode.Bound) != (binding.Version == 1) {
				t.Errorf("round %d: plate is %s with binding %+v, want %s", round, p.State, binding, want)
			}
		}
	})
}

// countingRepo tells whether the database was asked.
type countingRepo struct {
	qrcode.Repository
	asked int
}

func (r *countingRepo) Plate(ctx context.Context, key string) (qrcode.Plate, qrcode.Binding, error) {
	r.asked++
	return qrcode.Plate{}, qrcode.Binding{}, fault.New("repo", fault.NotFound, "no such plate")
}

// TestTQ1AlteredKeys: a guess or an altered key finds nothing and, but for one in
// 31, does not even reach the database.
func TestTQ1AlteredKeys(t *testing.T) {
	repo := &countingRepo{}
	s := qrcode.NewService(repo, clock.Real{}, id.NewULIDs(id.Seeded(1, "ids")), id.Seeded(1, "keys"), "q.example.com")
	key := keyOf(3)
	for i := range key {
		altered := key[:i] + string("01"[map[bool]int{true: 1}[key[i] == '0']]) + key[i+1:]
		if _, _, err := s.Resolve(ctx, altered); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", altered, err)
		}
	}
	if repo.asked != 0 {
		t.Errorf("the database was asked %d times about altered keys", repo.asked)
	}
}
