package unionpay

import (
	"net/url"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/clock"
	"juma/internal/fault"
)

func newSim() *clock.Sim { return clock.NewSim(start, 1) }

func refund() channel.RefundRequest {
	r := channel.RefundRequest{OrderRef: order, RefundNo: "R2026031000000001000002", RefundCreatedAt: start.Add(time.Hour),
		Amount: 2000, Total: 5000, NotifyURL: "https://pay.example.com/notify/unionpay"}
	r.ChannelNo = "202603101015301001088"
	return r
}

func TestRefund(t *testing.T) {
	g := newGateway(t)
	a, _ := newAdapter(t, g)
	g.answer = values("queryId", "202603101115001001098", "txnAmt", "2000")
	r, err := a.Refund(ctx, refund())
	if err != nil || r.Outcome != channel.Pending || r.Amount != 2000 || r.ChannelNo != "202603101115001001098" {
		t.Fatalf("got %+v, %v", r, err)
	}
	for k, want := range map[string]string{"txnType": "04", "txnSubType": "00", "orderId": refund().RefundNo, "txnTime": "20260310111500",
		"txnAmt": "2000", "origQryId": "202603101015301001088", "origOrderId": "", "backUrl": "https://pay.example.com/notify/unionpay", "merId": merchant} {
		if got := g.last().form.Get(k); got != want {
			t.Errorf("%s = %q, want %q", k, got, want)
		}
	}
	if g.last().path != "/gateway/api/backTransReq.do" {
		t.Errorf("path %s", g.last().path)
	}
	byNumber := refund()
	byNumber.ChannelNo = ""
	if _, err := a.Refund(ctx, byNumber); err != nil || g.last().form.Get("origOrderId") != order.OrderNo || g.last().form.Get("origTxnTime") != "20260310101500" {
		t.Errorf("without the wallet's number: %v, %v", g.last().form, err)
	}
	for name, change := range map[string]func(*channel.RefundRequest){
		"number":         func(r *channel.RefundRequest) { r.RefundNo = "R-1" },
		"amount":         func(r *channel.RefundRequest) { r.Amount = 0 },
		"more than paid": func(r *channel.RefundRequest) { r.Amount = 5001 },
		"channel number": func(r *channel.RefundRequest) { r.ChannelNo = "x" },
		"nothing to go by": func(r *channel.RefundRequest) {
			r.ChannelNo, r.OrderNo = "", ""
		},
		"no notify": func(r *channel.RefundRequest) { r.NotifyURL = "" },
	} {
		req := refund()
		change(&req)
		if _, err := a.Refund(ctx, req); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want kind invalid", name, err)
		}
	}
}

// A refund number that the wallet has had before is that refund.
func TestRefundAgain(t *testing.T) {
	for _, c := range []struct {
		name, code string
		query      url.Values
		want       channel.Outcome
	}{
		{"done before", "12", url.Values{"origRespCode": {"00"}, "txnAmt": {"2000"}, "queryId": {"7"}}, channel.Succeeded},
		{"under way", "12", url.Values{"origRespCode": {"05"}}, channel.Pending},
		{"failed before", "12", url.Values{"origRespCode": {"64"}}, channel.Refused},
		{"of another amount", "12", url.Values{"origRespCode": {"00"}, "txnAmt": {"1000"}}, channel.Refused},
		{"duplicate that is not there", "12", url.Values{"respCode": {"34"}}, channel.Unknown},
		{"refunded by something else", "45", url.Values{"respCode": {"34"}}, channel.Refused},
		{"refunded by this", "45", url.Values{"origRespCode": {"00"}, "txnAmt": {"2000"}}, channel.Succeeded},
		{"query unclear", "12", url.Values{"respCode": {"03"}}, channel.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGateway(t)
			g.answer = func(k call) url.Values {
				if k.form.Get("txnType") == "04" {
					return url.Values{"respCode": {c.code}}
				}
				return c.query
			}
			a, _ := newAdapter(t, g)
			r, err := a.Refund(ctx, refund())
			if err != nil || r.Outcome != c.want || r.NotFound {
				t.Fatalf("got %+v, %v; want %s", r, err, c.want)
			}
		})
	}
}

func TestQueryRefund(t *testing.T) {
	g := newGateway(t)
	a, _ := newAdapter(t, g)
	g.answer = values("origRespCode", "00", "txnAmt", "2000", "queryId", "7", "settleDate", "0310")
	r, err := a.QueryRefund(ctx, refund())
	if err != nil || r.Outcome != channel.Succeeded || r.Amount != 2000 || !r.RefundedAt.IsZero() || r.SettleDate != 20260310 {
		t.Fatalf("got %+v, %v", r, err)
	}
	if f := g.last().form; f.Get("orderId") != refund().RefundNo || f.Get("txnTime") != "20260310111500" {
		t.Errorf("asked for %v", f)
	}
	g.answer = values("respCode", "34")
	if r, err := a.QueryRefund(ctx, refund()); err != nil || r.Outcome != channel.Refused || !r.NotFound {
		t.Errorf("not found: %+v, %v", r, err)
	}
	g.answer = values("origRespCode", "00")
	if r, err := a.QueryRefund(ctx, refund()); err != nil || r.Outcome != channel.Unknown {
		t.Errorf("without amount: %+v, %v", r, err)
	}
}
