package alipay_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"juma/acquiring/sandbox"
)

// told is all that the wallet tells of its orders.
func (s *shop) told(numbers, requests []string) string {
	s.t.Helper()
	seen := []any{s.wallet.Orders()}
	for _, no := range numbers {
		seen = append(seen, s.call("alipay.trade.query", nil, m{"out_trade_no": no}))
	}
	for _, no := range requests {
		seen = append(seen, s.call("alipay.trade.fastpay.refund.query", nil, m{"out_trade_no": numbers[0], "out_request_no": no}))
	}
	detail, summary, _ := s.bill("2026-03-10")
	text, err := json.Marshal(append(seen, detail, summary))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

func TestRestore(t *testing.T) {
	before, after := newShop(t), newShop(t)
	numbers, requests := []string{"P1", "P2", "P3"}, []string{"R1", "R2"}
	for _, no := range numbers {
		before.create(no, m{"total_amount": "68.01", "store_id": "2088999000000777", "passback_params": "T1", "body": ""})
	}
	before.clk.AdvanceTo(start.Add(time.Minute))
	before.pay("P1")
	before.pay("P2")
	for _, no := range requests {
		before.clk.AdvanceTo(before.clk.Now().Add(time.Minute))
		before.call("alipay.trade.refund", nil, m{"out_trade_no": "P1", "refund_amount": "20.07", "out_request_no": no, "refund_reason": "退货"})
	}
	var past []sandbox.Past
	for _, o := range before.wallet.Orders() {
		p := sandbox.Past{OutTradeNo: o.OutTradeNo, MerchantID: o.MerchantID, Store: o.MerchantID, Description: o.Description, Terminal: "00000001", Attach: "T1",
			AmountFen: o.AmountFen, Payer: o.Payer, NotifyURL: after.page.URL, CreatedAt: o.CreatedAt, PaidAt: o.PaidAt}
		if !o.PaidAt.IsZero() {
			p.TradeNo = o.TradeNo
		}
		for _, r := range o.Refunds {
			p.Refunds = append([]sandbox.PastRefund{{OutRefundNo: r.OutRefundNo, RefundNo: r.RefundNo, AmountFen: r.AmountFen, Reason: "退货", RequestedAt: r.CreatedAt, At: r.CreatedAt}}, p.Refunds...)
		}
		past = append(past, p)
	}
	for _, s := range []*shop{before, after} {
		s.clk.AdvanceTo(start.Add(24 * time.Hour))
	}
	if err := after.wallet.Restore(past); err != nil {
		t.Fatal(err)
	}
	if err := after.wallet.Restore(past[2:]); err == nil || !strings.Contains(err.Error(), "order P3 cannot be restored: it is known already") {
		t.Errorf("restored twice: %v", err)
	}
	if a, b := before.told(numbers, requests), after.told(numbers, requests); a != b {
		t.Errorf("restored otherwise:\n%.2000s\n%.2000s", a, b)
	}
	for _, s := range []*shop{before, after} {
		got := s.call("alipay.trade.refund", nil, m{"out_trade_no": "P1", "refund_amount": "20.07", "out_request_no": "R1"})
		want(t, "the same refund again", got, m{"code": "10000", "fund_change": "N"})
		got = s.call("alipay.trade.refund", nil, m{"out_trade_no": "P1", "refund_amount": "27.87", "out_request_no": "R3"})
		want(t, "the rest", got, m{"code": "10000", "fund_change": "Y", "refund_fee": "68.01"})
		want(t, "afterwards", s.call("alipay.trade.query", nil, m{"out_trade_no": "P1"}), m{"trade_status": "TRADE_CLOSED"})
		s.pay("P3") // still waits
		s.clk.AdvanceTo(start.Add(48 * time.Hour))
	}
	a, _, _ := before.bill("2026-03-11")
	if b, _, _ := after.bill("2026-03-11"); a != b {
		t.Errorf("what happened since differs:\n%s\n%s", a, b)
	}
	told := map[string]int{}
	for _, n := range after.received() {
		told[n.Get("out_trade_no")+" "+n.Get("out_biz_no")]++
	}
	if len(told) != 2 || told["P1 R3"] != 1 || told["P3 "] != 1 {
		t.Errorf("notices %v", told)
	}
}

func TestRestoredOrderExpires(t *testing.T) {
	s := newShop(t)
	p := sandbox.Past{OutTradeNo: "P1", MerchantID: "2088999000000777", AmountFen: 5, Payer: "2088999000000101", CreatedAt: start.Add(-time.Hour), ExpiresAt: start.Add(-time.Minute)}
	if err := s.wallet.Restore([]sandbox.Past{p}); err != nil {
		t.Fatal(err)
	}
	s.clk.AdvanceTo(start.Add(time.Second))
	want(t, "expired", s.call("alipay.trade.query", nil, m{"out_trade_no": "P1"}), m{"trade_status": "TRADE_CLOSED"})
	if err := s.wallet.Restore([]sandbox.Past{{OutTradeNo: "P2"}}); err == nil || !strings.Contains(err.Error(), "alipay sandbox: order \"P2\"") {
		t.Error(err)
	}
	s.wallet.Introduce([]string{"ann"})
}
