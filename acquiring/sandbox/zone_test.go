package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/clock"
)

// TestControlSpeaksChinaTime: whatever zone a wallet keeps its times in.
func TestControlSpeaksChinaTime(t *testing.T) {
	core := sandbox.NewCore(clock.Real{}, nil)
	w := newTill(core, "wechat", "P1", "P2")
	for i := range w.orders {
		o := &w.orders[i]
		o.CreatedAt = time.Date(2026, 3, 10, 1, 0, i, 0, time.UTC)
		o.Refunds = []sandbox.Refund{{OutRefundNo: "R", CreatedAt: time.Date(2026, 3, 9, 20, 0, 0, 0, time.FixedZone("", -4*3600))}}
	}
	w.orders[1].PaidAt, w.orders[1].State = time.Date(2026, 3, 10, 23, 59, 59, 0, time.UTC), "PAID"
	s, err := sandbox.Start(t.Context(), core, []sandbox.Wallet{w}, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	_, body := call(t, "GET", s.ControlURL()+"/orders", "")
	for _, want := range []string{`"created_at":"2026-03-10T09:00:00+08:00"`, `"paid_at":"2026-03-11T07:59:59+08:00"`, `"created_at":"2026-03-10T08:00:00+08:00"`} {
		if !strings.Contains(body, want) {
			t.Errorf("want %s in %s", want, body)
		}
	}
	if strings.Count(body, "paid_at") != 1 || strings.Contains(body, `Z"`) {
		t.Errorf("orders: %s", body)
	}
	if o, _ := w.Find("P1"); o.Refunds[0].CreatedAt.Location() == o.CreatedAt.Location() {
		t.Error("the wallet's own order was changed")
	}
	if _, body := call(t, "POST", s.ControlURL()+"/confirm", `{"wallet":"wechat","out_trade_no":"P1"}`); strings.Count(body, "+08:00") != 3 {
		t.Errorf("confirmed: %s", body)
	}
	if status, body := call(t, "POST", s.ControlURL()+"/faults", `[[]]`); status != 400 || strings.Contains(body, "sandbox.") {
		t.Errorf("a list of lists: %d %s", status, body)
	}
}
