package demo

import (
	"context"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
)

// known is what the wallets know of the orders that the books call paid.
func known(t *testing.T, d *Demo) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, w := range d.wallets {
		for _, o := range w.Orders() {
			if o.PaidAt.IsZero() {
				continue
			}
			o.CreatedAt, o.PaidAt = o.CreatedAt.UTC(), o.PaidAt.UTC()
			for i := range o.Refunds {
				o.Refunds[i].CreatedAt = o.Refunds[i].CreatedAt.UTC()
			}
			text, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			all[o.OutTradeNo] = string(text)
		}
	}
	return all
}

// wantKnown wants the wallets to know exactly these orders.
func wantKnown(t *testing.T, d *Demo, want map[string]string) {
	t.Helper()
	got := known(t, d)
	for no := range want {
		if got[no] != want[no] {
			t.Errorf("was %s\nis  %s", want[no], got[no])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d orders were known, %d are", len(want), len(got))
	}
}

// oldPayment finds a payment with something left to refund.
func oldPayment(t *testing.T, d *Demo, ch channel.Name) acquiring.Payment {
	t.Helper()
	page, err := d.app.Store.PaymentsIn(context.Background(), []acquiring.PaymentState{acquiring.Paid}, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range page {
		if p.Channel == ch && p.Refunded < p.Amount {
			return p
		}
	}
	t.Fatalf("no payment of %s is left to refund", ch)
	return acquiring.Payment{}
}

// refundAll gives an old payment's rest back and waits for the wallet's word.
func refundAll(t *testing.T, d *Demo, p acquiring.Payment) {
	t.Helper()
	ctx := context.Background()
	r, err := d.app.Acquiring.RequestRefund(ctx, acquiring.RefundInput{OrderNo: p.OrderNo, Amount: p.Amount - p.Refunded, RequestID: "again-" + p.OrderNo, By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.awaitRefund(ctx, r.RefundNo); err != nil {
		t.Fatal(err)
	}
	for range 5 { // its notice, or the sweep's question
		if err := d.advance(ctx, d.clock.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if r, err = d.app.Store.Acquiring().Refund(ctx, r.RefundNo); err != nil || r.State != acquiring.RefundSucceeded {
		t.Errorf("%s: the refund of an old payment is %s (%s %s), %v", p.Channel, r.State, r.Code, r.Message, err)
	}
}

// payAnew lets one more consumer pay.
func payAnew(t *testing.T, d *Demo, w channel.Name) {
	t.Helper()
	ctx := context.Background()
	plates, bindings, err := d.app.Store.Plates().Plates(ctx, "", 1)
	if err != nil || bindings[0].MerchantNo == "" {
		t.Fatal(bindings, err)
	}
	c, err := d.street.consumer(w, sandbox.DefaultPayer)
	if err != nil {
		t.Fatal(err)
	}
	page, err := c.scan(ctx, plates[0].Payload)
	if err != nil {
		t.Fatal(err)
	}
	order, err := c.order(ctx, page, "test-payment-made-anew-"+string(w), "12.34")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.confirm(ctx, w, order); err != nil {
		t.Fatal(err)
	}
	if err := d.advance(ctx, d.clock.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if p, err := d.app.Store.Acquiring().Payment(ctx, order.OrderNo); err != nil || p.State != acquiring.Paid {
		t.Errorf("%s: a new payment is %s, %v", w, p.State, err)
	}
}

// TestServedAgainRemembers: what was paid before can be refunded, new payments
// come after old ones, and the day that was filed stays as it was.
func TestServedAgainRemembers(t *testing.T) {
	ctx := context.Background()
	cfg := someDay(t, 7, 24)
	cfg.plates = 8
	d := open(t, cfg)
	s := result(t, d)
	before := known(t, d)
	d.Close()
	files := contents(t, cfg.DataDir, "settlement", "statements", summaryFile)

	again := open(t, cfg)
	result(t, again)
	if len(before) != cfg.Payments {
		t.Fatalf("%d paid orders are known, want %d", len(before), cfg.Payments)
	}
	wantKnown(t, again, before)
	if afternoonOfNextDay := cfg.Date.AddDays(1).Start().Add(afternoon); again.clock.Now().Before(afternoonOfNextDay) {
		t.Errorf("the clock stands at %s", again.clock.Now())
	}
	for _, w := range channel.Wallets {
		ch := w.Direct()
		refundAll(t, again, oldPayment(t, again, ch))
		payAnew(t, again, ch)
	}
	figures, err := again.settlement(ctx, cfg.Date)
	if err != nil || figures != s.Settlement {
		t.Errorf("figures of the filed day: %+v, %v; were %+v", figures, err, s.Settlement)
	}
	ended, before := again.clock.Now(), known(t, again)
	again.Close()

	third := open(t, cfg)
	result(t, third)
	wantKnown(t, third, before)
	if latest, err := third.app.Store.Latest(ctx); err != nil || !third.clock.Now().After(latest) || third.clock.Now().After(ended.Add(time.Minute)) {
		t.Errorf("the clock stands at %s, the newest row at %s, %v", third.clock.Now(), latest, err)
	}
	if !maps.Equal(files, contents(t, cfg.DataDir, "settlement", "statements", summaryFile)) {
		t.Error("serving changed files")
	}
	if _, ok := third.wallets[0].(sandbox.Restorer); !ok {
		t.Error("the first wallet cannot be reminded")
	}
}
