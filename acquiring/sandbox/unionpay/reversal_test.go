package unionpay_test

import (
	"testing"
	"time"
)

func TestRefund(t *testing.T) {
	c := newClient(t)
	c.buy(paidNo, 5000)
	id := c.query(paidNo)["queryId"]
	c.clock.AdvanceTo(morning.Add(time.Hour))
	r1 := c.refund("R2026031000000001000002", 2000, fields{"origQryId": id, "reqReserved": "r1"})
	want(t, "part", r1, "respCode", "00", "txnType", "04", "origQryId", id, "txnAmt", "2000")
	want(t, "the same again", c.refund("R2026031000000001000002", 2000, fields{"origQryId": id}), "respCode", "00", "queryId", r1["queryId"])
	want(t, "the same name, other amount", c.refund("R2026031000000001000002", 2001, fields{"origQryId": id}), "respCode", "12")
	want(t, "the payment's name", c.refund(paidNo, 1, fields{"origQryId": id, "txnTime": "20260310101500"}), "respCode", "12")
	want(t, "too much", c.refund("R2026031000000001000003", 3001, fields{"origQryId": id}), "respCode", "33")
	want(t, "the rest, by order", c.refund("R2026031000000001000004", 3000, fields{"origOrderId": paidNo, "origTxnTime": "20260310101500"}), "respCode", "00")
	want(t, "more", c.refund("R2026031000000001000005", 1, fields{"origQryId": id}), "respCode", "33")
	want(t, "no original", c.refund("R2026031000000001000006", 1), "respCode", "13")
	want(t, "unknown original", c.refund("R2026031000000001000007", 1, fields{"origQryId": "202603101015301001088"}), "respCode", "35")
	want(t, "another merchant's", c.refund("R2026031000000001000008", 1, fields{"origQryId": id, "merId": "999581054110002"}), "respCode", "35")
	want(t, "contradicting originals", c.refund("R2026031000000001000009", 1, fields{"origQryId": id, "origOrderId": "P0000000000001"}), "respCode", "36")
	want(t, "cancel after refund", c.refund("V2026031000000001000010", 5000, fields{"txnType": "31", "origQryId": id}), "respCode", "36")
	q := c.query("R2026031000000001000002", fields{"txnTime": "20260310111500"})
	want(t, "refund query", q, "respCode", "00", "origRespCode", "00", "txnAmt", "2000", "queryId", r1["queryId"], "settleDate", "0310", "origQryId", id, "traceTime", "0310111500")
	want(t, "payment query", c.query(paidNo), "origRespCode", "00")
	var notice fields
	for _, n := range c.wait(2 * time.Second) {
		if n["orderId"] == "R2026031000000001000002" {
			notice = n
		}
	}
	want(t, "refund notice", notice, "txnType", "04", "respCode", "00", "txnAmt", "2000", "settleAmt", "2000", "settleDate", "0310", "queryId", r1["queryId"],
		"origQryId", id, "reqReserved", "r1", "traceTime", "", "accNo", "", "txnTime", "20260310111500")
	if o, _ := c.wallet.Find(paidNo); len(o.Refunds) != 2 || o.Refunds[0].AmountFen != 2000 || o.Refunds[0].RefundNo != r1["queryId"] {
		t.Errorf("order %+v", o)
	}
	unpaid := "P2026031000000001000011"
	c.order(unpaid, 100, fields{"payTimeout": ""})
	want(t, "unpaid original", c.refund("R2026031000000001000012", 1, fields{"origOrderId": unpaid, "origTxnTime": c.clock.Now().In(china).Format("20060102150405")}), "respCode", "35")
	c.clock.AdvanceTo(morning.AddDate(0, 11, 1))
	want(t, "too old", c.refund("R2027021100000001000013", 1, fields{"origQryId": id}), "respCode", "35")
}

func TestCancel(t *testing.T) {
	c := newClient(t)
	c.buy(paidNo, 700)
	id := c.query(paidNo)["queryId"]
	cancel := func(no string, fen int) fields {
		return c.refund(no, fen, fields{"txnType": "31", "origQryId": id})
	}
	want(t, "in part", cancel("V2026031000000001000001", 699), "respCode", "36")
	want(t, "whole", cancel("V2026031000000001000002", 700), "respCode", "00")
	want(t, "twice", cancel("V2026031000000001000003", 700), "respCode", "45")
	want(t, "refund of a cancelled one", c.refund("R2026031000000001000004", 1, fields{"origQryId": id}), "respCode", "45")
	var notice fields
	for _, n := range c.wait(2 * time.Second) {
		if n["orderId"] == "V2026031000000001000002" {
			notice = n
		}
	}
	want(t, "notice", notice, "txnType", "31", "traceTime", "", "txnAmt", "700")
	late := "P2026031000000001000005"
	c.buy(late, 700)
	id = c.query(late, fields{"txnTime": "20260310101502"})["queryId"]
	c.clock.AdvanceTo(time.Date(2026, 3, 10, 23, 0, 0, 0, china))
	want(t, "after the cut", cancel("V2026031000000001000006", 700), "respCode", "35")
}

func TestReversal(t *testing.T) {
	c := newClient(t)
	reverse := func(orderID string) fields {
		return c.send("backTransReq.do", fields{"txnType": "99", "txnSubType": "01", "orderId": orderID})
	}
	want(t, "unknown", reverse("P0000000000001"), "respCode", "35")
	c.order("P2026031000000001000001", 100)
	want(t, "unpaid", reverse("P2026031000000001000001"), "respCode", "00")
	want(t, "unpaid, then", c.query("P2026031000000001000001"), "origRespCode", "45")
	if err := c.wallet.Confirm("P2026031000000001000001", ""); err == nil {
		t.Error("paid after its reversal")
	}
	c.buy("P2026031000000001000002", 200)
	want(t, "paid", reverse("P2026031000000001000002"), "respCode", "00")
	want(t, "again", reverse("P2026031000000001000002"), "respCode", "00")
	want(t, "paid, then", c.query("P2026031000000001000002"), "origRespCode", "45")
	c.buy("P2026031000000001000003", 300)
	id := c.query("P2026031000000001000003")["queryId"]
	c.refund("R2026031000000001000004", 1, fields{"origQryId": id})
	want(t, "refunded in part", reverse("P2026031000000001000003"), "respCode", "45")
	c.buy("P2026031000000001000005", 400)
	c.clock.AdvanceTo(time.Date(2026, 3, 10, 23, 0, 0, 0, china))
	want(t, "after the cut", reverse("P2026031000000001000005"), "respCode", "35")
}
