package wechat

import (
	"fmt"
	"testing"
	"time"
)

func TestRefunds(t *testing.T) {
	s := newShop(t)
	s.paid("P20260310000001", 10000)
	s.pass(time.Minute)
	a := s.call(200, "POST", refunds, s.refund("P20260310000001", "R20260310000001", 2500, 10000))
	for k, want := range map[string]any{"status": "SUCCESS", "out_refund_no": "R20260310000001", "out_trade_no": "P20260310000001", "channel": "ORIGINAL",
		"success_time": "2026-03-10T09:16:01+08:00", "create_time": "2026-03-10T09:16:01+08:00"} {
		if a[k] != want {
			t.Errorf("%s = %v, want %v", k, a[k], want)
		}
	}
	if dig(a, "amount", "refund") != 2500.0 || dig(a, "amount", "settlement_refund") != 2500.0 || dig(a, "amount", "total") != 10000.0 {
		t.Errorf("amount %v", a["amount"])
	}
	s.pass(time.Minute)
	byTransaction := s.refund("", "R20260310000001", 2500, 10000)
	delete(byTransaction, "out_trade_no")
	byTransaction["transaction_id"] = a["transaction_id"]
	if again := s.call(200, "POST", refunds, byTransaction); again["refund_id"] != a["refund_id"] || again["create_time"] != a["create_time"] {
		t.Errorf("the same refund again: %v", again)
	}
	if q := s.call(200, "GET", refunds+"/R20260310000001?sub_mchid="+merchant, nil); q["refund_id"] != a["refund_id"] {
		t.Errorf("query: %v", q)
	}
	if q := s.call(200, "GET", byNumber("P20260310000001"), nil); q["trade_state"] != "REFUND" {
		t.Errorf("order: %v", q)
	}
	s.place("P20260310000002", 100)
	for _, c := range []struct {
		name    string
		body    object
		status  int
		code    string
		change  string
		changed any
		field   string
	}{
		{"other amount under the number", s.refund("P20260310000001", "R20260310000001", 2501, 10000), 400, "INVALID_REQUEST", "", nil, ""},
		{"more than is left", s.refund("P20260310000001", "R20260310000002", 7501, 10000), 400, "INVALID_REQUEST", "", nil, ""},
		{"unpaid", s.refund("P20260310000002", "R20260310000002", 1, 100), 403, "TRADE_ERROR", "", nil, ""},
		{"unknown order", s.refund("P20260310000009", "R20260310000002", 1, 100), 404, "RESOURCE_NOT_EXISTS", "", nil, ""},
		{"other merchant", s.refund("P20260310000001", "R20260310000002", 1, 10000), 404, "RESOURCE_NOT_EXISTS", "sub_mchid", "1999000002", ""},
		{"number of another order", s.refund("P20260310000001", "R20260310000002", 1, 10000), 404, "RESOURCE_NOT_EXISTS", "transaction_id", "4299", ""},
		{"wrong total", s.refund("P20260310000001", "R20260310000002", 1, 9999), 400, "PARAM_ERROR", "", nil, "amount.total"},
		{"nothing", s.refund("P20260310000001", "R20260310000002", 0, 10000), 400, "PARAM_ERROR", "", nil, "amount.refund"},
		{"no order", s.refund("", "R20260310000002", 1, 10000), 400, "PARAM_ERROR", "", nil, "transaction_id"},
		{"refund number", s.refund("P20260310000001", "R 1", 1, 10000), 400, "PARAM_ERROR", "", nil, "out_refund_no"},
		{"notify with a query", s.refund("P20260310000001", "R20260310000002", 1, 10000), 400, "PARAM_ERROR", "notify_url", "https://x.test/?a=1", "notify_url"},
		{"no currency", s.refund("P20260310000001", "R20260310000002", 1, 10000), 400, "PARAM_ERROR", "amount", object{"refund": 1, "total": 10000}, "amount.currency"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.change != "" {
				c.body[c.change] = c.changed
			}
			e := s.call(c.status, "POST", refunds, c.body)
			field, _ := dig(e, "detail", "field").(string)
			if e["code"] != c.code || field != c.field {
				t.Fatalf("got %v, want %s about %q", e, c.code, c.field)
			}
		})
	}
	for address, status := range map[string]int{"/R20260310000009?sub_mchid=1999000001": 404, "/R20260310000001?sub_mchid=1999000002": 404, "/R20260310000001": 400} {
		s.call(status, "GET", refunds+address, nil)
	}
	s.pass(366 * 24 * time.Hour)
	if e := s.call(403, "POST", refunds, s.refund("P20260310000001", "R20260310000002", 1, 10000)); e["code"] != "RULE_LIMIT" {
		t.Errorf("after a year: %v", e)
	}
}

func TestAtMostFiftyRefunds(t *testing.T) {
	s := newShop(t)
	s.paid("P20260310000001", 10000)
	for i := range maxRefunds {
		s.call(200, "POST", refunds, s.refund("P20260310000001", fmt.Sprintf("R202603100000%02d", i), 1, 10000))
	}
	if e := s.call(403, "POST", refunds, s.refund("P20260310000001", "R20260310000099", 1, 10000)); e["code"] != "RULE_LIMIT" {
		t.Errorf("got %v", e)
	}
	if o, _ := s.w.Find("P20260310000001"); len(o.Refunds) != maxRefunds || o.State != "REFUND" {
		t.Errorf("%d refunds, state %s", len(o.Refunds), o.State)
	}
}
