package store_test

import (
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/dbtest"
	"juma/internal/store"
)

func TestWalkThroughPayments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		if latest, err := s.Latest(ctx); err != nil || !latest.IsZero() {
			t.Errorf("latest of nothing: %v, %v", latest, err)
		}
		insertPaid(t, s, day, payment(1), payment(2), payment(4))
		update(t, s, func(tx acquiring.Tx) error { return tx.InsertPayment(payment(3)) })
		var got []string
		for after := ""; ; {
			page, err := s.PaymentsIn(ctx, []acquiring.PaymentState{acquiring.Paid}, after, 2)
			must(t, err)
			if len(page) == 0 {
				break
			}
			for _, p := range page {
				after = p.OrderNo
				got = append(got, p.Trace)
			}
		}
		if len(got) != 3 || got[0] != "000001" || got[1] != "000002" || got[2] != "000004" {
			t.Errorf("paid payments: %v", got)
		}
		if all := get[[]acquiring.Payment](t)(s.PaymentsIn(ctx, []acquiring.PaymentState{acquiring.Paid, acquiring.Created}, "", 10)); len(all) != 4 || all[2].State != acquiring.Created {
			t.Errorf("payments of two states: %+v", all)
		}
		wantLatest := func(want time.Time) {
			t.Helper()
			if latest, err := s.Latest(ctx); err != nil || !latest.Equal(want) {
				t.Errorf("latest is %v, %v; want %v", latest, err, want)
			}
		}
		wantLatest(payment(4).CreatedAt.Add(time.Minute)) // paid
		insertRefunded(t, s, day, time.Time{}, refund(9, payment(4), 1))
		wantLatest(noon.Add(time.Hour))
		insertRefunded(t, s, day, noon.Add(2*time.Hour), refund(10, payment(4), 1))
		wantLatest(noon.Add(2 * time.Hour))
		clear(t, s, func(tx clearing.Tx) error {
			return tx.InsertBatch(clearing.Batch{Date: day, SettlementDate: day.AddDays(1), State: clearing.Computed, UpdatedAt: noon.Add(24 * time.Hour)})
		})
		wantLatest(noon.Add(24 * time.Hour))
	})
}

// A filed day's figures stay what they were, however many payments follow and
// settle.
func TestUnsettledOfAFiledDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		c := s.Clearing()
		tomorrow := day.AddDays(1)
		settled, held, next := payment(10), payment(20), payment(30)
		insertPaid(t, s, day, settled, held)
		insertPaid(t, s, tomorrow, next)
		heldBack, nextBack := refund(40, held, 7), refund(41, next, 5)
		insertRefunded(t, s, day, noon.Add(time.Hour), heldBack)
		insertRefunded(t, s, tomorrow, noon.Add(time.Hour), nextBack)
		settle := func(on clearing.Item) {
			t.Helper()
			clear(t, s, func(tx clearing.Tx) error {
				if err := tx.InsertItems([]clearing.Item{on}); err != nil {
					return err
				}
				return tx.SettleItems([]clearing.Item{on})
			})
		}
		first := item(channel.PaymentLine, settled.OrderNo, settled.Amount)
		first.SettledOn = day
		settle(first)
		wantFigures := func(when string) {
			t.Helper()
			h, n, rh, rn, err := c.Unsettled(ctx, day)
			if want := (clearing.Sum{Count: 1, Amount: 2000}); err != nil || h != want {
				t.Errorf("%s: held %+v, %v; want %+v", when, h, err, want)
			}
			if want := (clearing.Sum{Count: 1, Amount: 3000}); n != want {
				t.Errorf("%s: next day %+v, want %+v", when, n, want)
			}
			if rh != (clearing.Sum{Count: 1, Amount: 7}) || rn != (clearing.Sum{Count: 1, Amount: 5}) {
				t.Errorf("%s: refunds held %+v, next day %+v", when, rh, rn)
			}
		}
		wantFigures("before the batch")
		clear(t, s, func(tx clearing.Tx) error {
			return tx.InsertBatch(clearing.Batch{Date: day, SettlementDate: tomorrow, State: clearing.Filed, UpdatedAt: noon.Add(4 * time.Hour), SettledAt: noon.Add(3 * time.Hour)})
		})
		late, lateOfTheDay := payment(50), payment(60)
		late.CreatedAt, lateOfTheDay.CreatedAt = noon.Add(4*time.Hour), noon.Add(5*time.Hour)
		insertPaid(t, s, tomorrow, late)
		insertPaid(t, s, day, lateOfTheDay)
		back := refund(70, late, 9)
		back.CreatedAt = noon.Add(6 * time.Hour)
		insertRefunded(t, s, tomorrow, noon.Add(6*time.Hour), back)
		wantFigures("after more payments")
		for _, p := range []acquiring.Payment{held, next} {
			it := item(channel.PaymentLine, p.OrderNo, p.Amount)
			it.SettledOn = tomorrow
			settle(it)
		}
		wantFigures("after the next batch")
		if h, n, _, _, err := c.Unsettled(ctx, tomorrow); err != nil || h.Count != 2 || n.Count != 0 {
			t.Errorf("tomorrow, without a batch: held %+v, next day %+v, %v", h, n, err)
		}
	})
}
