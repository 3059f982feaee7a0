package store_test

import (
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/dbtest"
	"juma/internal/store"
)

// TestWireMessages: messages are read in the order in which they were sent, whatever
// was in them, and old ones go while young ones stay.
func TestWireMessages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		message := func(id, orderNo string, at time.Time) acquiring.WireMessage {
			return acquiring.WireMessage{ID: id, OrderNo: orderNo, Channel: channel.WeChat, Method: "query", Outcome: channel.Pending,
				Exchange: channel.Exchange{At: at, Took: 12, Method: "GET", URL: "https://wallet.test/" + orderNo, Request: "\xff…", Status: 200, Answer: "{}"}}
		}
		must(t, s.AddWire(ctx, []acquiring.WireMessage{message("c", "P1", noon.Add(time.Minute)), message("a", "P1", noon), message("b", "P2", noon)}))
		got := get[[]acquiring.WireMessage](t)(s.Desk().WireOf(ctx, "P1", 10))
		if len(got) != 2 || got[0].ID != "a" || got[1].ID != "c" || got[0].Took != 12 || got[0].URL != "https://wallet.test/P1" || !got[0].At.Equal(noon) {
			t.Errorf("messages of P1: %+v", got)
		}
		if first := get[[]acquiring.WireMessage](t)(s.Desk().WireOf(ctx, "P1", 1)); len(first) != 1 {
			t.Errorf("%d messages, asked for one", len(first))
		}
		for _, want := range []int{1, 1, 0} { // two are old, one at a time
			if n, err := s.DropWire(ctx, noon.Add(time.Second), 1); err != nil || n != want {
				t.Errorf("%d removed, %v; want %d", n, err, want)
			}
		}
		if left := get[[]acquiring.WireMessage](t)(s.Desk().WireOf(ctx, "P1", 10)); len(left) != 1 || left[0].ID != "c" {
			t.Errorf("left: %+v", left)
		}
	})
}
