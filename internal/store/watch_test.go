package store_test

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/watch"
	"juma/internal/audit"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
	"juma/internal/store"
	"juma/merchants"
	"juma/qrcode"
)

// street is a row of plates in shops, on a clock.
type street struct {
	t    *testing.T
	s    *store.Store
	clk  *clock.Sim
	w    *watch.Service
	keys []string
	n    int // payments made
	gap  time.Duration
}

const (
	inShanghai  = "SHANGHAI"
	inGuangzhou = "GUANGZHOU"
)

// openStreet binds n plates in Shanghai three weeks before the test's noon.
func openStreet(t *testing.T, s *store.Store, n int) *street {
	t.Helper()
	clk := clock.NewSim(noon, 1)
	w, err := watch.NewService(watch.Config{Store: s.Watch(), Clock: clk, IDs: ids})
	must(t, err)
	r := &street{t: t, s: s, clk: clk, w: w, gap: watch.SweepGap}
	must(t, s.Merchants().CreateMerchant(ctx, merchants.Merchant{No: shop, Name: "上海某某餐饮有限公司", ShortName: "某某面馆", RegionCode: "310115", State: merchants.Active, CreatedAt: noon},
		[]merchants.Store{{ID: inShanghai, MerchantNo: shop, Name: "浦东店", RegionCode: "310115"}, {ID: inGuangzhou, MerchantNo: shop, Name: "越秀店", RegionCode: "440104"}},
		[]merchants.Terminal{{No: terminal, MerchantNo: shop, StoreID: inShanghai}}, nil, nil))
	b, all := plateBatch(n)
	storePlates(t, s, b, all)
	for _, p := range all {
		r.keys = append(r.keys, p.Key)
		bind := binding(p.Key, terminal)
		bind.StoreID, bind.From = inShanghai, noon.AddDate(0, 0, -21)
		_, _, err := s.Plates().Bind(ctx, bind)
		must(t, err)
	}
	return r
}

// sale is a payment on a plate; paid after some seconds, or not at all.
func (r *street) sale(plate int, storeID, payer string, amount money.Fen, at time.Time, paidAfter time.Duration) acquiring.Payment {
	r.n++
	p := payment(r.n)
	p.OrderNo, p.RRN = fmt.Sprintf("P%022d", r.n), fmt.Sprintf("%012d", r.n)
	p.PlateKey, p.StoreID, p.PayerID, p.Amount, p.CreatedAt = r.keys[plate], storeID, payer, amount, at
	if paidAfter > 0 {
		p.State, p.PaidAt, p.ClearingDate = acquiring.Paid, at.Add(paidAfter), day
	}
	return p
}

func (r *street) store(all ...acquiring.Payment) {
	r.t.Helper()
	update(r.t, r.s, func(tx acquiring.Tx) error {
		for _, p := range all {
			if err := tx.InsertPayment(p); err != nil {
				return err
			}
		}
		return nil
	})
}

// past sells twice an hour from 9 to 21 o'clock for three weeks, until noon.
func (r *street) past(plates ...int) {
	var all []acquiring.Payment
	for _, plate := range plates {
		for d := 21; d >= 0; d-- {
			for half := 18; half < 42; half++ {
				if at := day.AddDays(-d).Start().Add(time.Duration(half) * 30 * time.Minute); at.Before(noon) {
					all = append(all, r.sale(plate, inShanghai, fmt.Sprint("guest ", half), 2300, at, 8*time.Second))
				}
			}
		}
	}
	r.store(all...)
}

// wait lets the watch sweep every gap until a time, and returns when each alarm
// came up, by kind and plate.
func (r *street) wait(until time.Time, events map[time.Duration]func()) map[string]time.Time {
	r.t.Helper()
	up := map[string]time.Time{}
	for now := r.clk.Now(); now.Before(until); now = r.clk.Now() {
		if event := events[now.Sub(noon)]; event != nil {
			event()
		}
		if _, err := r.w.Sweep(ctx); err != nil {
			r.t.Fatal(err)
		}
		for _, a := range get[[]watch.Alarm](r.t)(r.w.Alarms(ctx, watch.Query{States: []watch.State{watch.Open}, Limit: 50})) {
			if name := string(a.Kind) + " " + a.PlateKey; up[name].IsZero() {
				up[name] = now
			}
		}
		r.clk.AdvanceTo(now.Add(r.gap))
	}
	return up
}

// Every alarm is up within fifteen minutes of its facts, and a shop that sells as
// ever has none.
func TestAlarmsAreUpWithinFifteenMinutes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		const healthy, silent, tested, paidOn, scanned, moved, photo, other = 0, 1, 2, 3, 4, 5, 6, 7
		r := openStreet(t, open(), 8)
		r.past(healthy, silent)
		plates := r.s.Plates()
		suspend := func(plate int) {
			_, err := plates.Move(ctx, r.keys[plate], qrcode.MoveSuspend, change(r.clk.Now()))
			must(t, err)
		}
		events := map[time.Duration]func(){
			2 * time.Minute: func() {
				var all []acquiring.Payment
				for i := range 6 {
					all = append(all, r.sale(tested, inShanghai, "tester", 1, r.clk.Now().Add(time.Duration(i)*time.Second), 0))
				}
				r.store(all...)
			},
			10 * time.Minute: func() { suspend(paidOn) },
			11 * time.Minute: func() {
				r.store(r.sale(paidOn, inShanghai, "late", 900, r.clk.Now().Add(-90*time.Second), 80*time.Second))
			},
			20 * time.Minute: func() { suspend(scanned) },
			21 * time.Minute: func() {
				for range 3 {
					r.w.Refused(r.keys[scanned])
				}
			},
			30 * time.Minute: func() {
				b := binding(r.keys[moved], terminal)
				b.StoreID, b.From = inGuangzhou, r.clk.Now()
				_, ok, err := plates.Rebind(ctx, 1, b)
				if must(t, err); !ok {
					t.Fatal("not bound anew")
				}
			},
			40 * time.Minute: func() {
				for _, payer := range []string{"a", "b"} {
					r.store(r.sale(other, inGuangzhou, payer, 700, r.clk.Now().Add(-9*time.Minute), time.Second), r.sale(photo, inShanghai, payer, 800, r.clk.Now(), time.Second))
				}
			},
		}
		for half := range 6 { // the healthy shop goes on, the silent one does not
			at := time.Duration(half) * 30 * time.Minute
			before := events[at]
			events[at] = func() {
				if before != nil {
					before()
				}
				r.store(r.sale(healthy, inShanghai, "guest", 2300, r.clk.Now(), 8*time.Second))
			}
		}
		up := r.wait(noon.Add(3*time.Hour), events)
		for name, after := range map[string]time.Duration{
			"small " + r.keys[tested]: 2 * time.Minute, "suspended " + r.keys[paidOn]: 11 * time.Minute, "suspended " + r.keys[scanned]: 21 * time.Minute,
			"city " + r.keys[moved]: 30 * time.Minute, "city " + r.keys[photo]: 40 * time.Minute,
			// The last sale was at half past eleven, and six are missed three hours later.
			"silent " + r.keys[silent]: 150 * time.Minute,
		} {
			if late := up[name].Sub(noon.Add(after)); up[name].IsZero() || late < 0 || late > 15*time.Minute {
				t.Errorf("%s: up at %s, its facts were complete at %s", name, up[name], noon.Add(after))
			}
			delete(up, name)
		}
		if len(up) != 0 {
			t.Errorf("alarms without a reason: %v", up)
		}
		if got, want := get[map[watch.Kind]int](t)(r.w.CountAlarms(ctx)), (map[watch.Kind]int{watch.Suspended: 2, watch.City: 2, watch.SmallTest: 1, watch.Silent: 1}); !reflect.DeepEqual(got, want) {
			t.Errorf("counted %v, want %v", got, want)
		}
	})
}

// The scans of a stopped plate are forgotten by the window after an hour, and not by
// the alarm that a payment keeps alive.
func TestAnAlarmTellsTheMostThatWasSeen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		r := openStreet(t, open(), 1)
		r.gap = 5 * time.Minute
		_, err := r.s.Plates().Move(ctx, r.keys[0], qrcode.MoveSuspend, change(noon))
		must(t, err)
		r.store(r.sale(0, inShanghai, "late", 900, noon.Add(-time.Minute), 2*time.Minute))
		for range 5 {
			r.w.Refused(r.keys[0])
		}
		r.wait(noon.Add(2*time.Hour), nil)
		a := get[[]watch.Alarm](t)(r.w.Alarms(ctx, watch.Query{Limit: 9}))
		if len(a) != 1 || a[0].Finding.Count != 5 || a[0].Finding.Paid != 1 {
			t.Errorf("two hours later the alarms are %+v", a)
		}
	})
}

// One alarm is looked at by one person, and what was looked at is not told again.
func TestAnAlarmIsAcknowledgedAndClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		r := openStreet(t, open(), 1)
		r.gap = 5 * time.Minute
		r.past(0)
		up := r.wait(noon.Add(3*time.Hour), nil)
		if len(up) != 1 {
			t.Fatalf("alarms %v", up)
		}
		first := get[[]watch.Alarm](t)(r.w.Alarms(ctx, watch.Query{Kind: watch.Silent, PlateKey: r.keys[0], Limit: 9}))[0]
		if first.Finding.Count < 6 || first.MerchantNo != shop || first.Serial == "" || first.State != watch.Open {
			t.Errorf("alarm %+v", first)
		}
		a := get[watch.Alarm](t)(r.w.Acknowledge(ctx, first.ID, "risk", "calling the shop"))
		if a.State != watch.Acknowledged || a.AckedBy != "risk" || a.AckNote != "calling the shop" || a.AckedAt.IsZero() {
			t.Errorf("acknowledged %+v", a)
		}
		late, err := r.w.Acknowledge(ctx, a.ID, "other", "")
		if wantFault(t, err, fault.Conflict, ""); late.AckedBy != "risk" {
			t.Errorf("who was late is told of %q", late.AckedBy)
		}
		_, err = r.w.Close(ctx, a.ID, "risk", "")
		wantFault(t, err, fault.Invalid, "reason")
		a = get[watch.Alarm](t)(r.w.Close(ctx, a.ID, "risk", "closed for a wedding"))
		if got := get[watch.Alarm](t)(r.w.Alarm(ctx, a.ID)); !got.ClosedAt.Equal(a.ClosedAt) || got.State != watch.Closed || got.Reason != "closed for a wedding" || got.ClosedBy != "risk" {
			t.Errorf("closed %+v", got)
		}
		_, err = r.w.Close(ctx, a.ID, "risk", "again")
		wantFault(t, err, fault.Conflict, "")
		if up := r.wait(r.clk.Now().Add(2*time.Hour), nil); len(up) != 0 {
			t.Errorf("told again: %v", up)
		}
		if up := r.wait(r.clk.Now().Add(2*time.Hour), nil); len(up) != 1 {
			t.Errorf("three more silent hours: %v", up)
		}
		r.store(r.sale(0, inShanghai, "guest", 900, r.clk.Now(), time.Second))
		r.wait(r.clk.Now().Add(10*time.Minute), nil)
		second := get[[]watch.Alarm](t)(r.w.Alarms(ctx, watch.Query{Limit: 9}))[0]
		if second.ID == first.ID || second.State != watch.Closed || second.ClosedBy != watch.Actor {
			t.Errorf("the shop sells again, and its alarm is %+v", second)
		}
	})
}

// Many processes sweep at once: one alarm, one entry in the audit.
func TestAnAlarmIsRaisedOnce(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) {
		_, err := store.Migrate(ctx, cfg)
		must(t, err)
		s := dbtest.Open(t, cfg)
		var wg sync.WaitGroup
		var mu sync.Mutex
		raised := 0
		for i := range 20 {
			wg.Go(func() {
				a := watch.Alarm{ID: id.NewULIDs(id.Seeded(uint64(i), "alarm")).At(noon), Kind: watch.City, State: watch.Open, PlateKey: "K", Finding: watch.Finding{Count: i}, RaisedAt: noon}
				ok, err := s.Watch().Raise(ctx, a, audit.Entry{At: noon, Actor: watch.Actor, Action: "alarm.open", Object: "alarm"})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if ok {
					raised++
				}
			})
		}
		wg.Wait()
		entries := 0
		must(t, dbtest.Raw(t, cfg).QueryRow("SELECT COUNT(*) FROM audit WHERE action = ?", "alarm.open").Scan(&entries))
		if all := get[[]watch.Alarm](t)(s.Watch().Alarms(ctx, watch.Query{Limit: 50})); raised != 1 || len(all) != 1 || entries != 1 {
			t.Errorf("raised %d times, %d rows, %d entries", raised, len(all), entries)
		}
	})
}

// However often a stopped plate is scanned, an interval is one row.
func TestRefusedScansAreCountedByInterval(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) {
		_, err := store.Migrate(ctx, cfg)
		must(t, err)
		r := openStreet(t, dbtest.Open(t, cfg), 1)
		for range 7 {
			for range 1000 {
				r.w.Refused(r.keys[0])
			}
			_, err := r.w.Sweep(ctx)
			must(t, err)
			r.clk.AdvanceTo(r.clk.Now().Add(time.Minute))
		}
		rows, sum := 0, 0
		raw := dbtest.Raw(t, cfg)
		must(t, raw.QueryRow("SELECT COUNT(*), SUM(refused) FROM plate_refusals").Scan(&rows, &sum))
		if rows != 2 || sum != 7000 {
			t.Errorf("%d rows of %d scans, want 2 of 7000", rows, sum)
		}
		r.clk.AdvanceTo(r.clk.Now().Add(8 * 24 * time.Hour))
		_, err = r.w.Sweep(ctx)
		must(t, err)
		if must(t, raw.QueryRow("SELECT COUNT(*) FROM plate_refusals").Scan(&rows)); rows != 0 {
			t.Errorf("%d rows are kept for ever", rows)
		}
	})
}
