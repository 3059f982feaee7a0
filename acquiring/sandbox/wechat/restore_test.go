package wechat

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"juma/acquiring/sandbox"
)

// remembered is what a provider's books say of the wallet's orders.
func remembered(w *Wallet) []sandbox.Past {
	var all []sandbox.Past
	for _, o := range w.Orders() {
		p := sandbox.Past{OutTradeNo: o.OutTradeNo, TradeNo: o.TradeNo, MerchantID: o.MerchantID, Description: o.Description, Terminal: "T0000001", Attach: "T0000001",
			AmountFen: o.AmountFen, Payer: o.Payer, NotifyURL: "http://127.0.0.1/gone", CreatedAt: o.CreatedAt.UTC(), PaidAt: o.PaidAt}
		for _, r := range o.Refunds {
			p.Refunds = append([]sandbox.PastRefund{{OutRefundNo: r.OutRefundNo, RefundNo: r.RefundNo, AmountFen: r.AmountFen, RequestedAt: r.CreatedAt, At: r.CreatedAt.UTC()}}, p.Refunds...)
		}
		all = append(all, p)
	}
	return all
}

// told is all that the wallet tells of its orders.
func (s *shop) told(orders, refundNos []string) string {
	s.t.Helper()
	seen := []any{s.w.Orders()}
	for _, no := range orders {
		seen = append(seen, s.call(200, "GET", byNumber(no), nil))
	}
	for _, no := range refundNos {
		seen = append(seen, s.call(200, "GET", refunds+"/"+no+"?sub_mchid="+merchant, nil))
	}
	text, err := json.Marshal(append(seen, string(s.bill("2026-03-10", "ALL", ""))))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

func TestRestore(t *testing.T) {
	before, after := newShop(t), newShop(t)
	orders, refundNos := []string{"P20260310000001", "P20260310000002", "P20260310000003"}, []string{"R20260310000001", "R20260310000002"}
	before.paid(orders[0], 10001)
	before.paid(orders[1], 333)
	prepay := before.place(orders[2], 500)
	for i, no := range refundNos {
		before.pass(time.Minute)
		before.call(200, "POST", refunds, before.refund(orders[0], no, 2501+i, 10001))
	}
	past := remembered(before.w)
	for _, s := range []*shop{before, after} {
		s.sim.AdvanceTo(start.Add(24 * time.Hour))
	}
	if err := after.w.Restore(past[:1]); err != nil {
		t.Fatal(err)
	}
	if err := after.w.Restore(past); err == nil || !strings.Contains(err.Error(), "known already") {
		t.Errorf("restored twice: %v", err)
	}
	if err := after.w.Restore(past[1:]); err != nil {
		t.Fatal(err)
	}
	if a, b := before.told(orders, refundNos), after.told(orders, refundNos); a != b {
		t.Errorf("restored otherwise:\n%.2000s\n%.2000s", a, b)
	}
	if o, ok := after.w.Find("prepay_id=" + prepay); !ok || o.OutTradeNo != orders[2] {
		t.Errorf("the unpaid order's prepay_id: %+v", o)
	}
	for _, s := range []*shop{before, after} { // the same refund again, and what is left of both
		s.call(200, "POST", refunds, s.refund(orders[0], refundNos[0], 2501, 10001))
		s.call(200, "POST", refunds, s.refund(orders[0], "R20260310000003", 10001-2501-2502, 10001))
		s.call(400, "POST", refunds, s.refund(orders[0], "R20260310000004", 1, 10001))
		s.call(200, "POST", refunds, s.refund(orders[1], "R20260310000005", 333, 333))
		s.sim.AdvanceTo(start.Add(48 * time.Hour))
	}
	if a, b := before.bill("2026-03-11", "ALL", ""), after.bill("2026-03-11", "ALL", ""); string(a) != string(b) {
		t.Errorf("fees of the refunds differ:\n%s\n%s", a, b)
	}
}

func TestRestoredOrderIsPaid(t *testing.T) {
	s := newShop(t)
	p := sandbox.Past{OutTradeNo: "P20260310000009", MerchantID: merchant, AmountFen: 5, Payer: openID("ann"), NotifyURL: s.inbox.URL, CreatedAt: start.Add(-time.Minute), ExpiresAt: start.Add(time.Hour)}
	if err := s.w.Restore([]sandbox.Past{p}); err != nil {
		t.Fatal(err)
	}
	if err := s.w.Confirm(p.OutTradeNo, ""); err != nil {
		t.Fatal(err)
	}
	s.pass(time.Minute)
	got := s.took()
	if len(got) != 1 {
		t.Fatalf("%d notices", len(got))
	}
	if err := s.signedBy(got[0].header, got[0].body); err != nil {
		t.Error(err)
	}
	s.w.Introduce([]string{"ann"})
	s.fault(sandbox.Fault{Wallet: sandbox.WeChat, Kind: sandbox.AnswerError, Call: "query", Payer: "ann"})
	if a := s.call(500, "GET", byNumber(p.OutTradeNo), nil); a["code"] != "SYSTEM_ERROR" {
		t.Errorf("a fault by the consumer's name: %v", a)
	}
}

func TestRestoreRefuses(t *testing.T) {
	good := sandbox.Past{OutTradeNo: "P20260310000001", TradeNo: "42", MerchantID: merchant, AmountFen: 100, Payer: "o", CreatedAt: start, PaidAt: start,
		Refunds: []sandbox.PastRefund{{OutRefundNo: "R1", RefundNo: "52", AmountFen: 60, RequestedAt: start, At: start}}}
	for want, change := range map[string]func(*sandbox.Past){
		"payer \"\"":                      func(p *sandbox.Past) { p.Payer = "" },
		"want more than 0":                func(p *sandbox.Past) { p.AmountFen = 0 },
		"time of its creation":            func(p *sandbox.Past) { p.CreatedAt = time.Time{} },
		"no time of payment":              func(p *sandbox.Past) { p.PaidAt = time.Time{} },
		"no trade number":                 func(p *sandbox.Past) { p.TradeNo = "" },
		"amount 60 fen, want 1 to the 50": func(p *sandbox.Past) { p.AmountFen = 50 },
		"refund \"R1\": its numbers":      func(p *sandbox.Past) { p.Refunds[0].RefundNo = "" },
		"refund R1 of order":              func(p *sandbox.Past) { p.AmountFen, p.Refunds = 200, append(p.Refunds, p.Refunds[0]) },
	} {
		s := newShop(t)
		bad := good
		bad.OutTradeNo, bad.Refunds = "P20260310000002", append([]sandbox.PastRefund(nil), good.Refunds...)
		change(&bad)
		err := s.w.Restore([]sandbox.Past{{OutTradeNo: "P20260310000003", MerchantID: merchant, AmountFen: 1, Payer: "o", CreatedAt: start}, bad})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), bad.OutTradeNo) {
			t.Errorf("%v, want %q", err, want)
		}
		if n := len(s.w.Orders()); n != 0 {
			t.Error(fmt.Sprint(want, ": ", n, " orders were taken all the same"))
		}
	}
}
