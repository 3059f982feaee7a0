package store_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
)

// emit puts n events into the outbox, a millisecond apart, and returns their ids.
func emit(t *testing.T, s *store.Store, subject string, n int) (names []string) {
	t.Helper()
	update(t, s, func(tx acquiring.Tx) error {
		names = nil
		for i := range n {
			at := noon.Add(time.Duration(i) * time.Millisecond)
			e := acquiring.Event{ID: ids.At(at), Subject: subject, Key: fmt.Sprint("K", i), Payload: fmt.Appendf(nil, `{"n":%d}`, i), At: at}
			names = append(names, e.ID)
			if err := tx.Emit(e); err != nil {
				return err
			}
		}
		return nil
	})
	return names
}

func idsOf(events []acquiring.Event) (names []string) {
	for _, e := range events {
		names = append(names, e.ID)
	}
	return names
}

func TestClaimLeasesOldestFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		names := emit(t, s, "payment.paid", 5)
		first, fence1, err := s.ClaimEvents(ctx, noon, "a", time.Minute, 3)
		if err != nil || fmt.Sprint(idsOf(first)) != fmt.Sprint(names[:3]) {
			t.Fatalf("first claim %v, %v; want the three oldest", idsOf(first), err)
		}
		e := first[1]
		if e.Subject != "payment.paid" || e.Key != "K1" || !bytes.Equal(e.Payload, []byte(`{"n":1}`)) || !e.At.Equal(noon.Add(time.Millisecond)) {
			t.Errorf("event %+v", e)
		}
		second, fence2, err := s.ClaimEvents(ctx, noon, "b", time.Minute, 10)
		if err != nil || fmt.Sprint(idsOf(second)) != fmt.Sprint(names[3:]) || fence2 <= fence1 {
			t.Fatalf("second claim %v, fence %d after %d, %v; want the other two and a larger fence", idsOf(second), fence2, fence1, err)
		}
		none, fence3, err := s.ClaimEvents(ctx, noon.Add(time.Second), "c", time.Minute, 10)
		if err != nil || len(none) != 0 || fence3 != 0 {
			t.Fatalf("third claim %v, fence %d, %v; want nothing while all are leased", none, fence3, err)
		}
		if n, err := s.MarkPublished(ctx, idsOf(first), fence1, noon); n != 3 || err != nil {
			t.Fatalf("marked %d, %v", n, err)
		}
		if n, err := s.UnpublishedEvents(ctx); n != 2 || err != nil {
			t.Fatalf("%d unpublished, %v; want 2", n, err)
		}
	})
}

func TestZombieMarksNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		emit(t, s, "payment.paid", 2)
		zombie, old, err := s.ClaimEvents(ctx, noon, "zombie", time.Minute, 10)
		must(t, err)
		heir, fence, err := s.ClaimEvents(ctx, noon.Add(time.Minute), "heir", time.Minute, 10)
		if err != nil || len(heir) != 2 {
			t.Fatalf("after the lease: %v, %v; want both events", heir, err)
		}
		if n, err := s.MarkPublished(ctx, idsOf(zombie), old, noon); n != 0 || err != nil {
			t.Errorf("the zombie marked %d, %v; want 0", n, err)
		}
		if n, err := s.MarkPublished(ctx, idsOf(heir), fence, noon); n != 2 || err != nil {
			t.Errorf("the heir marked %d, %v; want 2", n, err)
		}
		if n, err := s.MarkPublished(ctx, idsOf(heir), fence, noon); n != 0 || err != nil {
			t.Errorf("marked again: %d, %v; want 0", n, err)
		}
		if n, err := s.MarkPublished(ctx, nil, fence, noon); n != 0 || err != nil {
			t.Errorf("marked none: %d, %v", n, err)
		}
	})
}

func TestClaimsSideBySideShareNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		stores := []*store.Store{open(), open()}
		emit(t, stores[0], "payment.paid", 60)
		var mu sync.Mutex
		owner := map[string]int64{}
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				for {
					claimed, fence, err := stores[i%2].ClaimEvents(ctx, noon, fmt.Sprint("owner-", i), time.Minute, 7)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for _, e := range claimed {
						if other, taken := owner[e.ID]; taken {
							t.Errorf("event %s claimed under fences %d and %d", e.ID, other, fence)
						}
						owner[e.ID] = fence
					}
					done := len(owner) == 60
					mu.Unlock()
					if done {
						return
					}
				}
			})
		}
		wg.Wait()
	})
}

func TestRequeueTellsTheSubjectsAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		emit(t, s, "payment.paid", 2)
		emit(t, s, "refund.requested", 3)
		claimed, fence, err := s.ClaimEvents(ctx, noon, "a", time.Hour, 10)
		must(t, err)
		_, err = s.MarkPublished(ctx, idsOf(claimed), fence, noon)
		must(t, err)
		for _, row := range []struct {
			subjects []string
			want     int
		}{{nil, 0}, {[]string{"none"}, 0}, {[]string{"refund.requested", "none"}, 3}, {[]string{"refund.requested"}, 0}} {
			if n, err := s.RequeueEvents(ctx, row.subjects...); n != row.want || err != nil {
				t.Errorf("requeued %v: %d, %v; want %d", row.subjects, n, err, row.want)
			}
		}
		if n, _ := s.MarkPublished(ctx, idsOf(claimed), fence, noon); n != 0 {
			t.Errorf("the owner from before marked %d, want 0", n)
		}
		if again, _, err := s.ClaimEvents(ctx, noon, "b", time.Hour, 10); len(again) != 3 || err != nil {
			t.Errorf("claimed %d, %v; want 3 at once", len(again), err)
		}
	})
}

func TestEventExistsOnlyWithItsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		event := acquiring.Event{ID: newID(), Subject: "payment.paid", At: noon}
		err := s.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
			if err := tx.Emit(event); err != nil {
				return err
			}
			return fault.New("test", fault.Refused, "no")
		})
		wantFault(t, err, fault.Refused, "")
		if n, err := s.UnpublishedEvents(ctx); n != 0 || err != nil {
			t.Errorf("%d events, %v; want none of a transaction that was rolled back", n, err)
		}
		update(t, s, func(tx acquiring.Tx) error { return tx.Emit(event) }) // no payload at all
		wantFault(t, s.Acquiring().Update(ctx, func(tx acquiring.Tx) error { return tx.Emit(event) }), fault.Conflict, "id")
	})
}
