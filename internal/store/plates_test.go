package store_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
	"juma/qrcode"
)

// plateBatch makes an approved batch of n plates with serials from 0.
func plateBatch(n int) (qrcode.Batch, []qrcode.Plate) {
	b := qrcode.Batch{ID: newID(), State: qrcode.Approved, Source: qrcode.Issued, Grammar: qrcode.Own, Host: "pay.example.com", Count: n, SerialDay: day, CreatedAt: noon.Add(-time.Second).UTC(), CreatedBy: "operator"}
	all := make([]qrcode.Plate, n)
	for i := range all {
		key := fmt.Sprintf("KEY%019d", i)
		all[i] = qrcode.Plate{Key: key, Serial: fmt.Sprintf("2603%07d", i), BatchID: b.ID, Grammar: qrcode.Own, Payload: "https://pay.example.com/q/" + key, State: qrcode.Blank, CreatedAt: noon.UTC()}
	}
	return b, all
}

// storePlates stores a whole batch.
func storePlates(t testing.TB, s *store.Store, b qrcode.Batch, all []qrcode.Plate) {
	t.Helper()
	b, err := s.Plates().RequestBatch(ctx, b)
	must(t, err)
	if moved, err := s.Plates().AddPlates(ctx, b, 0, all, noon.Add(-time.Millisecond)); !moved || err != nil {
		t.Fatalf("add plates: %v, %v", moved, err)
	}
}

func binding(key, terminal string) qrcode.Binding {
	return qrcode.Binding{PlateKey: key, MerchantNo: shop, StoreID: "S", TerminalNo: terminal, From: noon.UTC(), BoundBy: "op"}
}

func change(at time.Time) qrcode.Change { return qrcode.Change{By: "op", Reason: "reason", At: at} }

func TestPlatesAreStoredAllOrNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		b, all := plateBatch(700)
		storePlates(t, s, b, all)
		b2, twice := plateBatch(400)
		for i := range twice {
			twice[i].Serial = "x" + twice[i].Serial
			if i < 399 {
				twice[i].Key = "x" + twice[i].Key
			}
		}
		b2, err := s.Plates().RequestBatch(ctx, b2)
		must(t, err)
		_, err = s.Plates().AddPlates(ctx, b2, 0, twice, noon)
		wantFault(t, err, fault.Conflict, "plate_key")
		twice[399].Key, twice[399].Serial = "y", all[0].Serial
		_, err = s.Plates().AddPlates(ctx, b2, 0, twice, noon)
		wantFault(t, err, fault.Conflict, "serial")
		if got := get[map[qrcode.State]int](t)(s.Plates().CountPlates(ctx)); !reflect.DeepEqual(got, map[qrcode.State]int{qrcode.Blank: 700}) {
			t.Errorf("plates by state: %v", got)
		}
		if got := get[qrcode.Batch](t)(s.Plates().Batch(ctx, b2.ID)); got.Made != 0 || got.State != qrcode.Approved {
			t.Errorf("batch after a failure: %+v", got)
		}
		page, bound, err := s.Plates().Plates(ctx, all[697].Serial, 5)
		if err != nil || len(page) != 2 || page[1] != all[699] || len(bound) != 2 || bound[0] != (qrcode.Binding{}) {
			t.Errorf("last page %+v %+v %v", page, bound, err)
		}
		_, _, err = s.Plates().Plate(ctx, "another-shop's-key")
		wantFault(t, err, fault.NotFound, "plate_key")
		if strings.Contains(err.Error(), "another-shop") {
			t.Errorf("the fault repeats the key: %v", err)
		}
		taken := get[map[string]bool](t)(s.Plates().Taken(ctx, []string{all[3].Key, "z"}))
		if !reflect.DeepEqual(taken, map[string]bool{all[3].Key: true}) {
			t.Errorf("taken %v", taken)
		}
	})
}

// TestBatchesDrawSerials: batches that are ordered at the same time have serials
// of their own, and the same number again is the same batch.
func TestBatchesDrawSerials(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		stores := []*store.Store{open(), open()}
		var mu sync.Mutex
		from := map[int]bool{}
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				b, _ := plateBatch(0)
				b.ID, b.Count = fmt.Sprintf("BATCH%d", i), 10
				for range 2 {
					got, err := stores[i%2].Plates().RequestBatch(ctx, b)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					from[got.SerialFrom] = true
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for i := range 16 {
			if !from[1+10*i] || len(from) != 16 {
				t.Fatalf("serials begin at %v", from)
			}
		}
		b, _ := plateBatch(0)
		b.Count = 9_999_999 - 160
		if _, err := stores[0].Plates().RequestBatch(ctx, b); err != nil {
			t.Fatal(err)
		}
		b.ID, b.Count = "ONE MORE", 1
		_, err := stores[0].Plates().RequestBatch(ctx, b)
		wantFault(t, err, fault.Refused, "")
	})
}

// TestOfTwoWhoGenerateOneGoesOn: the same part of a batch is stored once.
func TestOfTwoWhoGenerateOneGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		stores := []*store.Store{open(), open()}
		b, all := plateBatch(40)
		b, err := stores[0].Plates().RequestBatch(ctx, b)
		must(t, err)
		var winners atomic.Int64
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				part := all[:30]
				if i == 1 {
					part = all[:20]
				}
				moved, err := stores[i].Plates().AddPlates(ctx, b, 0, part, noon)
				if err != nil {
					t.Error(err)
				}
				if moved {
					winners.Add(1)
				}
			})
		}
		wg.Wait()
		got := get[qrcode.Batch](t)(stores[0].Plates().Batch(ctx, b.ID))
		if winners.Load() != 1 || (got.Made != 20 && got.Made != 30) || got.State != qrcode.Approved {
			t.Fatalf("%d winners, %+v", winners.Load(), got)
		}
		if moved, err := stores[1].Plates().AddPlates(ctx, b, got.Made, all[got.Made:], noon); !moved || err != nil {
			t.Errorf("the rest: %v, %v", moved, err)
		}
		if got := get[qrcode.Batch](t)(stores[0].Plates().Batch(ctx, b.ID)); got.State != qrcode.Generated {
			t.Errorf("batch %+v", got)
		}
	})
}

func TestPlateMovesAndBindingHistory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		p := s.Plates()
		b, all := plateBatch(3)
		storePlates(t, s, b, all)
		key := all[0].Key
		move := func(key string, m qrcode.Move, at time.Time, want bool) {
			t.Helper()
			if moved, err := p.Move(ctx, key, m, change(at)); moved != want || err != nil {
				t.Errorf("%s: %v, %v; want %v", m.Name, moved, err, want)
			}
		}
		stored, taken, err := p.Bind(ctx, binding(key, terminal))
		if err != nil || len(taken) != 0 || stored[0].Version != 1 {
			t.Fatalf("bind: %+v, %v, %v", stored, taken, err)
		}
		// All or nothing: the second is free and stays so.
		if _, taken, err := p.Bind(ctx, binding(all[1].Key, terminal), binding(key, terminal)); err != nil || !reflect.DeepEqual(taken, []int{1}) {
			t.Errorf("bound twice: %v, %v", taken, err)
		}
		move(all[1].Key, qrcode.MoveSuspend, noon, false)
		move(key, qrcode.MoveSuspend, noon.Add(time.Hour), true)
		if got, in, err := p.Plate(ctx, key); err != nil || got.State != qrcode.Suspended || in.Version != 1 {
			t.Errorf("a suspended plate keeps its binding: %+v %+v %v", got, in, err)
		}
		if _, moved, err := p.Rebind(ctx, 1, binding(key, "00000002")); moved || err != nil {
			t.Errorf("a suspended plate was moved: %v, %v", moved, err)
		}
		move(key, qrcode.MoveResume, noon.Add(2*time.Hour), true)
		moving := binding(key, "00000002")
		moving.From = noon.Add(3 * time.Hour).UTC()
		if _, moved, err := p.Rebind(ctx, 7, moving); moved || err != nil {
			t.Errorf("moved from a binding that was not in force: %v, %v", moved, err)
		}
		if stored, moved, err := p.Rebind(ctx, 1, moving); !moved || err != nil || stored.Version != 2 {
			t.Fatalf("rebind: %+v, %v, %v", stored, moved, err)
		}
		taking := moving
		taking.PlateKey, taking.From = all[1].Key, noon.Add(4*time.Hour).UTC()
		if _, moved, err := p.Replace(ctx, 2, key, taking); !moved || err != nil {
			t.Fatalf("replace: %v, %v", moved, err)
		}
		again := taking
		again.PlateKey = all[2].Key
		if _, moved, err := p.Replace(ctx, 2, key, again); moved || err != nil {
			t.Errorf("replaced twice: %v, %v", moved, err)
		}
		move(key, qrcode.MoveVoid, noon.Add(5*time.Hour), true)
		move("none", qrcode.MoveVoid, noon, false)

		history := get[[]qrcode.Binding](t)(p.Bindings(ctx, key))
		if len(history) != 2 || !history[0].To.Equal(moving.From) || !history[1].From.Equal(moving.From) || !history[1].To.Equal(taking.From) {
			t.Errorf("history %+v", history)
		}
		for at, want := range map[time.Duration]string{0: terminal, 3*time.Hour - time.Microsecond: terminal, 3 * time.Hour: "00000002", 4 * time.Hour: "", -1 * time.Microsecond: ""} {
			got, err := p.BindingAt(ctx, key, noon.Add(at))
			if got.TerminalNo != want || (want == "") != fault.Is(err, fault.NotFound) {
				t.Errorf("binding after %v: %+v, %v; want terminal %q", at, got, err, want)
			}
		}
		changes, err := s.Column("SELECT CONCAT(action, ' ', value_before, '>', value_after, ' ', actor, ' ', reason) FROM audit WHERE object = ? ORDER BY happened_at", "plate "+all[0].Serial)
		want := "plate.bind blank>bound op , plate.suspend bound>suspended op reason, plate.resume suspended>bound op reason, plate.rebind bound>bound op , plate.replace bound>replaced op , plate.void replaced>void op reason"
		if err != nil || strings.Join(changes, ", ") != want {
			t.Errorf("audit %v, %v", changes, err)
		}
		var words []string
		for _, e := range get[[]qrcode.Event](t)(p.History(ctx, all[0])) {
			words = append(words, e.Action)
		}
		if got := strings.Join(words, " "); got != "request generate bind suspend resume rebind replace void" {
			t.Errorf("history: %s", got)
		}
	})
}

// TestBindingsNeverOverlap: whatever the clock says, the next binding begins no
// earlier than the one before it ended, and none is empty.
func TestBindingsNeverOverlap(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		b, all := plateBatch(1)
		storePlates(t, s, b, all)
		p, key := s.Plates(), all[0].Key
		must(t, bindErr(p.Bind(ctx, binding(key, "00000001"))))
		for i, shift := range []time.Duration{0, -time.Hour, time.Second, 0} { // the clock goes back, too
			next := binding(key, fmt.Sprintf("0000001%d", i))
			next.From = noon.Add(shift).UTC()
			if _, moved, err := p.Rebind(ctx, i+1, next); !moved || err != nil {
				t.Fatalf("rebind %d: %v, %v", i, moved, err)
			}
		}
		var end time.Time
		for _, b := range get[[]qrcode.Binding](t)(p.Bindings(ctx, key)) {
			if b.From.Before(end) || (!b.To.IsZero() && !b.To.After(b.From)) {
				t.Errorf("version %d runs from %v to %v, the one before to %v", b.Version, b.From, b.To, end)
			}
			end = b.To
		}
	})
}

func bindErr(_ []qrcode.Binding, _ []int, err error) error { return err }

func TestStock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		p := s.Plates()
		b, all := plateBatch(10)
		storePlates(t, s, b, all)
		whole := qrcode.Range{BatchID: b.ID}
		if n, err := p.Stock(ctx, whole, "branch", change(noon)); n != 0 || err != nil {
			t.Errorf("%d plates went into stock before they were exported, %v", n, err)
		}
		if moved, err := p.MoveBatch(ctx, b.ID, qrcode.MoveApprove, "", change(noon)); moved || err != nil {
			t.Errorf("approved twice: %v, %v", moved, err)
		}
		if moved, err := p.MoveBatch(ctx, b.ID, qrcode.MoveExport, "digest", change(noon)); !moved || err != nil {
			t.Fatalf("export: %v, %v", moved, err)
		}
		must(t, bindErr(p.Bind(ctx, binding(all[0].Key, terminal))))
		if n, err := p.Stock(ctx, whole, "branch", change(noon.Add(time.Hour))); n != 9 || err != nil {
			t.Errorf("%d plates, %v; want the 9 blank ones", n, err)
		}
		part := qrcode.Range{FromSerial: all[8].Serial, ToSerial: all[8].Serial}
		if n, err := p.Stock(ctx, part, "agent", change(noon.Add(2*time.Hour))); n != 1 || err != nil {
			t.Errorf("%d plates, %v; want one", n, err)
		}
		held, _, err := p.FindPlates(ctx, qrcode.Filter{Holder: "branch", BatchID: b.ID, State: qrcode.Blank}, "", 100)
		if err != nil || len(held) != 8 {
			t.Errorf("the branch has %d, %v", len(held), err)
		}
		bound, in, err := p.FindPlates(ctx, qrcode.Filter{MerchantNo: shop}, "", 100)
		if err != nil || len(bound) != 1 || in[0].TerminalNo != terminal {
			t.Errorf("the shop has %+v %+v, %v", bound, in, err)
		}
		events := get[[]qrcode.Event](t)(p.History(ctx, all[8]))
		if last := events[len(events)-1]; last.Action != "stock" || last.After != "agent" || len(events) != 5 {
			t.Errorf("history %+v", events)
		}
		if events := get[[]qrcode.Event](t)(p.History(ctx, all[7])); len(events) != 4 {
			t.Errorf("the neighbour's history %+v", events)
		}
		if got := get[qrcode.Batch](t)(p.Batch(ctx, b.ID)); got.Manifest != "digest" || got.State != qrcode.Exported {
			t.Errorf("batch %+v", got)
		}
	})
}

func TestImportIsAllOrNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		b, all := plateBatch(50)
		b.Source, b.State, b.Shape = qrcode.Imported, qrcode.Generated, "22 2 KEY"
		failing := fmt.Errorf("the file ends here")
		feed := func(err error) func(qrcode.Batch) ([]qrcode.Plate, error) {
			parts := [][]qrcode.Plate{all[:20], all[20:], nil}
			return func(qrcode.Batch) ([]qrcode.Plate, error) {
				part := parts[0]
				parts = parts[1:]
				if len(part) == 0 {
					return nil, err
				}
				return part, nil
			}
		}
		if _, err := s.Plates().ImportBatch(ctx, b, feed(failing)); err == nil {
			t.Error("half a file was imported")
		}
		if n := len(get[[]qrcode.Batch](t)(s.Plates().Batches(ctx, "", 10))); n != 0 {
			t.Errorf("%d batches after a failure", n)
		}
		must(t, func() error { _, err := s.Plates().ImportBatch(ctx, b, feed(nil)); return err }())
		if got := get[map[qrcode.State]int](t)(s.Plates().CountPlates(ctx)); got[qrcode.Blank] != 50 {
			t.Errorf("plates %v", got)
		}
		if shapes := get[[]string](t)(s.Plates().Shapes(ctx)); !reflect.DeepEqual(shapes, []string{"22 2 KEY"}) {
			t.Errorf("shapes %v", shapes)
		}
	})
}
