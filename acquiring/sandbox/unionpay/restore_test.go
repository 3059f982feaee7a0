package unionpay_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/unionpay"
)

const (
	firstNo, secondNo, waitsNo = "P2026031000000001", "P2026031000000002", "P2026031000000003"
	refundNo1, refundNo2       = "R2026031000000001", "R2026031000000002"
)

// told is all that the wallet tells of its orders; at are their names' times.
func (c *client) told(at map[string]string) string {
	c.t.Helper()
	seen := []any{c.wallet.Orders()}
	for _, no := range []string{firstNo, secondNo, waitsNo, refundNo1, refundNo2} {
		answer := c.query(no, fields{"txnTime": at[no]})
		delete(answer, "signature")
		seen = append(seen, answer)
	}
	_, text := unwrap(c.t, c.file("0310")["fileContent"])
	out, err := json.Marshal(append(seen, text))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(out)
}

func TestRestore(t *testing.T) {
	before, after := newClient(t), newClient(t)
	at := map[string]string{}
	now := func(no string) string {
		at[no] = before.clock.Now().In(china).Format("20060102150405")
		return no
	}
	life := fields{"payTimeout": "20260312103000"}
	before.buy(now(firstNo), 10001, life)
	before.clock.AdvanceTo(morning.Add(time.Second))
	before.buy(now(secondNo), 333, life)
	before.order(now(waitsNo), 500, life)
	for i, no := range []string{refundNo1, refundNo2} {
		before.clock.AdvanceTo(before.clock.Now().Add(time.Minute))
		before.refund(now(no), 2501+i, fields{"origOrderId": firstNo, "origTxnTime": at[firstNo]})
	}
	var past []sandbox.Past
	stamped := func(no string) time.Time {
		v, err := time.ParseInLocation("20060102150405", at[no], china)
		if err != nil {
			t.Fatal(err)
		}
		return v.UTC()
	}
	for _, o := range before.wallet.Orders() {
		p := sandbox.Past{OutTradeNo: o.OutTradeNo, MerchantID: o.MerchantID, Terminal: "00000001", AmountFen: o.AmountFen, Payer: "ann",
			NotifyURL: after.inbox.server.URL + "/notify", CreatedAt: stamped(o.OutTradeNo), PaidAt: o.PaidAt, ExpiresAt: morning.Add(48*time.Hour + 15*time.Minute)}
		if !o.PaidAt.IsZero() {
			p.TradeNo = o.TradeNo
		}
		for _, r := range o.Refunds {
			p.Refunds = append([]sandbox.PastRefund{{OutRefundNo: r.OutRefundNo, RefundNo: r.RefundNo, AmountFen: r.AmountFen, RequestedAt: stamped(r.OutRefundNo), At: r.CreatedAt}}, p.Refunds...)
		}
		past = append(past, p)
	}
	for _, c := range []*client{before, after} {
		c.clock.AdvanceTo(morning.Add(24 * time.Hour))
	}
	if err := after.wallet.Restore(past); err != nil {
		t.Fatal(err)
	}
	if err := after.wallet.Restore(past[1:]); err == nil || !strings.Contains(err.Error(), "known already") {
		t.Errorf("restored twice: %v", err)
	}
	if a, b := before.told(at), after.told(at); a != b {
		t.Errorf("restored otherwise:\n%.2000s\n%.2000s", a, b)
	}
	for _, c := range []*client{before, after} {
		want(t, "by queryId", c.refund("R2026031100000001", 333, fields{"origQryId": past[1].TradeNo}), "respCode", "00")
		want(t, "the rest", c.refund("R2026031100000002", 10001-2501-2502, fields{"origQryId": past[0].TradeNo}), "respCode", "00")
		if a := c.refund("R2026031100000003", 1, fields{"origQryId": past[0].TradeNo}); a["respCode"] == "00" {
			t.Error("more than was paid went back")
		}
		if err := c.wallet.Confirm(waitsNo, ""); err != nil {
			t.Error(err)
		}
		c.clock.AdvanceTo(morning.Add(48 * time.Hour))
	}
	_, a := unwrap(t, before.file("0311")["fileContent"])
	if _, b := unwrap(t, after.file("0311")["fileContent"]); a != b || strings.Count(a, "\r\n") != 3 {
		t.Errorf("what happened since differs:\n%s\n%s", a, b)
	}
}

// Whoever paid before is known by an appUserId only: introduced consumers have
// their account again, of others the one that was shown is kept.
func TestRestoredPayers(t *testing.T) {
	c := newClient(t)
	c.wallet.Introduce([]string{"consumer-000001"})
	ids := map[string]string{}
	for _, name := range []string{"consumer-000001", "stranger"} {
		ids[name] = unionpay.UserIDOf(name)
	}
	base := sandbox.Past{MerchantID: c.cred["mer_id"], Terminal: "00000001", AmountFen: 5, CreatedAt: morning, PaidAt: morning, PayerAccount: "621626*********4711"}
	known, other := base, base
	known.OutTradeNo, known.TradeNo, known.Payer = firstNo, "202603101015000000018", ids["consumer-000001"]
	other.OutTradeNo, other.TradeNo, other.Payer = secondNo, "202603101015000000028", ids["stranger"]
	if err := c.wallet.Restore([]sandbox.Past{known, other}); err != nil {
		t.Fatal(err)
	}
	if o, _ := c.wallet.Find(firstNo); o.Payer != "consumer-000001" || o.State != "PAID" {
		t.Errorf("introduced: %+v", o)
	}
	c.clock.AdvanceTo(morning.Add(24 * time.Hour))
	_, text := unwrap(t, c.file("0310")["fileContent"])
	rows := strings.Split(strings.TrimSpace(text), "\r\n")
	if len(rows) != 2 || strings.Contains(rows[0], "4711") || !strings.Contains(rows[1], "621626*********4711") {
		t.Errorf("statement:\n%s", text)
	}
	for _, no := range []string{"2026031010150000000", "2026031010150x0000018", "202613101015000000018"} {
		bad := base
		bad.OutTradeNo, bad.TradeNo, bad.Payer = waitsNo, no, "ann"
		if err := c.wallet.Restore([]sandbox.Past{bad}); err == nil || !strings.Contains(err.Error(), "queryId") {
			t.Errorf("queryId %s: %v", no, err)
		}
	}
}
