package unionpay

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/fault"
)

var (
	ctx   = context.Background()
	order = channel.OrderRef{OrderNo: "P2026031000000001000001", MerchantID: merchant, CreatedAt: start}
)

func prepay() channel.PrepayRequest {
	return channel.PrepayRequest{OrderRef: order, Amount: 5000, Description: "午餐", PayerID: "user-1", StoreName: "示例餐厅一店",
		TerminalNo: "00000001", NotifyURL: "https://pay.example.com/notify/unionpay", ReturnURL: "https://pay.example.com/r",
		ExpiresAt: start.Add(5 * time.Minute)}
}

func TestAuthURL(t *testing.T) {
	g := newGateway(t)
	a, _ := newAdapter(t, g)
	got, err := a.AuthURL(ctx, channel.AuthRequest{RedirectURL: "https://pay.example.com/back", State: "s 1"})
	if want := g.srv.URL + "/qrcGtwWeb-web/api/userAuth?version=1.0.0&redirectUrl=https%3A%2F%2Fpay.example.com%2Fback%3Fstate%3Ds%2B1"; err != nil || got != want {
		t.Fatalf("got %q, %v\nwant %q", got, err, want)
	}
	for _, bad := range []channel.AuthRequest{{RedirectURL: "/back", State: "s"}, {RedirectURL: "https://x/?a=1", State: "s"}, {RedirectURL: "https://x/"}} {
		if _, err := a.AuthURL(ctx, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: got %v", bad, err)
		}
	}
}

func TestIdentify(t *testing.T) {
	const ua = "Mozilla/5.0 (com.unionpay.chsp) (UnionPay/1.0 ICBCeLife) x"
	g := newGateway(t)
	a, _ := newAdapter(t, g)
	good := channel.IdentifyRequest{Query: url.Values{"userAuthCode": {"usk+/A=="}, "respCode": {"00"}}, UserAgent: ua,
		MerchantID: merchant, OrderNo: "A20260310000001", Time: start}

	g.answer = values("appUserId", "user-1")
	p, err := a.Identify(ctx, good)
	if err != nil || p.ID != "user-1" {
		t.Fatalf("got %+v, %v", p, err)
	}
	for k, want := range map[string]string{"txnType": "00", "txnSubType": "10", "bizType": "000000", "channelType": "08", "accessType": "0",
		"merId": merchant, "orderId": "A20260310000001", "txnTime": "20260310101500", "userAuthCode": "usk+/A==", "appUpIdentifier": "UnionPay/1.0 ICBCeLife"} {
		if got := g.last().form.Get(k); got != want {
			t.Errorf("%s = %q, want %q", k, got, want)
		}
	}
	if g.last().path != "/gateway/api/newAppTransReq.do" {
		t.Errorf("path %s", g.last().path)
	}

	spaced := good
	spaced.Query = url.Values{"userAuthCode": {"usk /A=="}}
	if _, err := a.Identify(ctx, spaced); err != nil || g.last().form.Get("userAuthCode") != "usk+/A==" {
		t.Errorf("a lost + was not mended: %v", err)
	}

	for _, c := range []struct {
		name   string
		change func(*channel.IdentifyRequest)
		answer func(call) url.Values
		kind   fault.Kind
	}{
		{"no UnionPay app", func(r *channel.IdentifyRequest) { r.UserAgent = "MicroMessenger" }, nil, fault.Invalid},
		{"no code", func(r *channel.IdentifyRequest) { r.Query = url.Values{"respCode": {"00"}} }, nil, fault.Invalid},
		{"refused on the page", func(r *channel.IdentifyRequest) { r.Query.Set("respCode", "34") }, nil, fault.Refused},
		{"bad order number", func(r *channel.IdentifyRequest) { r.OrderNo = "a-b" }, nil, fault.Invalid},
		{"refused", nil, values("respCode", "10"), fault.Refused},
		{"unclear", nil, values("respCode", "05"), fault.Unknown},
		{"no user in the answer", nil, nil, fault.Unknown},
		{"another request's answer", nil, values("orderId", "A20260310000002", "appUserId", "user-2"), fault.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := good
			req.Query = url.Values{"userAuthCode": {"x"}, "respCode": {"00"}}
			if c.change != nil {
				c.change(&req)
			}
			g.answer = c.answer
			if _, err := a.Identify(ctx, req); !fault.Is(err, c.kind) {
				t.Fatalf("got %v, want kind %s", err, c.kind)
			}
		})
	}
}

func TestPrepay(t *testing.T) {
	g := newGateway(t)
	a, _ := newAdapter(t, g)
	g.answer = values("payUrl", "https://qr.95516.com/pay?tn=1", "tn", "1", "txnAmt", "5000")
	got, err := a.Prepay(ctx, prepay())
	if err != nil || got.Outcome != channel.Succeeded || got.Bridge.Kind != "redirect" || got.Bridge.URL != "https://qr.95516.com/pay?tn=1" {
		t.Fatalf("got %+v, %v", got, err)
	}
	for k, want := range map[string]string{"txnType": "01", "txnSubType": "01", "tradeType": "mobileWeb", "txnAmt": "5000", "currencyCode": "156",
		"appUserId": "user-1", "termId": "00000001", "backUrl": "https://pay.example.com/notify/unionpay", "frontUrl": "https://pay.example.com/r",
		"payTimeout": "20260310102000", "orderId": order.OrderNo, "merId": merchant, "certId": "68759585097"} {
		if got := g.last().form.Get(k); got != want {
			t.Errorf("%s = %q, want %q", k, got, want)
		}
	}
	long := prepay()
	long.ExpiresAt = start.Add(3 * time.Hour)
	if _, err := a.Prepay(ctx, long); err != nil || g.last().form.Get("payTimeout") != "20260310103000" {
		t.Errorf("an order may live longer than Close assumes: %s, %v", g.last().form.Get("payTimeout"), err)
	}

	for name, change := range map[string]func(*channel.PrepayRequest){
		"short number": func(r *channel.PrepayRequest) { r.OrderNo = "P1" },
		"dash":         func(r *channel.PrepayRequest) { r.OrderNo = "P2026-000001" },
		"merchant":     func(r *channel.PrepayRequest) { r.MerchantID = "12" },
		"no time":      func(r *channel.PrepayRequest) { r.CreatedAt = time.Time{} },
		"no amount":    func(r *channel.PrepayRequest) { r.Amount = 0 },
		"too much":     func(r *channel.PrepayRequest) { r.Amount = acp.MaxAmount + 1 },
		"no payer":     func(r *channel.PrepayRequest) { r.PayerID = "" },
		"no notify":    func(r *channel.PrepayRequest) { r.NotifyURL = "" },
		"long return":  func(r *channel.PrepayRequest) { r.ReturnURL = strings.Repeat("x", 257) },
	} {
		req := prepay()
		change(&req)
		if _, err := a.Prepay(ctx, req); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want kind invalid", name, err)
		}
	}
}

// Whatever goes wrong after the request left is Unknown, never Refused and never
// an error.
func TestAnswersThatProveNothing(t *testing.T) {
	reply := func(body string) func(http.ResponseWriter, call) bool {
		return func(w http.ResponseWriter, _ call) bool { w.Write([]byte(body)); return true }
	}
	echo := func(c call) url.Values {
		return url.Values{"respCode": {"10"}, "orderId": {c.form.Get("orderId")}, "merId": {c.form.Get("merId")}}
	}
	for name, b := range map[string]func(http.ResponseWriter, call) bool{
		"cut connection": func(http.ResponseWriter, call) bool { panic(http.ErrAbortHandler) },
		"status 500":     func(w http.ResponseWriter, _ call) bool { w.WriteHeader(500); return true },
		"redirect": func(w http.ResponseWriter, _ call) bool {
			w.Header().Set("Location", "/x")
			w.WriteHeader(307)
			return true
		},
		"empty":  reply(""),
		"a page": reply("<html>busy</html>"),
		"unsigned refusal": func(w http.ResponseWriter, c call) bool {
			w.Write([]byte(raw(echo(c))))
			return true
		},
		"signed by a stranger": func(w http.ResponseWriter, c call) bool {
			w.Write([]byte(raw(signed(echo(c), keys().stranger, keys().strangerKey))))
			return true
		},
		"changed after signing": func(w http.ResponseWriter, c call) bool {
			v := signed(echo(c), keys().leaf, keys().key)
			v.Set("respCode", "34")
			w.Write([]byte(raw(v)))
			return true
		},
		"endless": func(w http.ResponseWriter, c call) bool {
			w.Write([]byte("a=" + strings.Repeat("x", maxAnswer)))
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t)
			g.spoil = b
			a, _ := newAdapter(t, g)
			checkAll(t, a, channel.Unknown)
			if _, err := a.Statement(ctx, channel.StatementRequest{Date: 20260309}); !fault.Is(err, fault.Unavailable) {
				t.Errorf("statement: %v, want kind unavailable", err)
			}
		})
	}
	for name, answer := range map[string]func(call) url.Values{
		"another order":    values("orderId", "P2026031000000001000002"),
		"another merchant": values("merId", "999290058120002"),
		"another time":     values("txnTime", "20260310101501"),
		"no order":         values("orderId", ""),
		"no code":          values("respCode", ""),
		"time-out":         values("respCode", "03"),
		"unclear":          values("respCode", "04"),
		"query later":      values("respCode", "05"),
		"general error":    values("respCode", "99"),
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t)
			g.answer = answer
			a, _ := newAdapter(t, g)
			checkAll(t, a, channel.Unknown)
		})
	}
	t.Run("another amount", func(t *testing.T) {
		g := newGateway(t)
		g.answer = values("txnAmt", "4999", "payUrl", "https://x")
		a, _ := newAdapter(t, g)
		if r, err := a.Prepay(ctx, prepay()); err != nil || r.Outcome != channel.Unknown || r.Bridge.URL != "" {
			t.Fatalf("got %+v, %v", r, err)
		}
	})
	t.Run("nothing to open", func(t *testing.T) {
		g := newGateway(t)
		a, _ := newAdapter(t, g)
		if r, err := a.Prepay(ctx, prepay()); err != nil || r.Outcome != channel.Unknown {
			t.Fatalf("got %+v, %v", r, err)
		}
	})
	for name, c := range map[string]struct {
		query url.Values
		want  channel.Outcome
	}{
		"duplicate of another amount": {url.Values{"origRespCode": {"05"}, "txnAmt": {"4999"}}, channel.Refused},
		"duplicate of this order":     {url.Values{"origRespCode": {"05"}, "txnAmt": {"5000"}}, channel.Unknown},
		"duplicate, no amount known":  {url.Values{"origRespCode": {"05"}}, channel.Unknown},
		"duplicate that is not there": {url.Values{"respCode": {"34"}}, channel.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t)
			g.answer = func(k call) url.Values {
				if k.form.Get("txnType") == "01" {
					return url.Values{"respCode": {"12"}}
				}
				return c.query
			}
			a, _ := newAdapter(t, g)
			if r, err := a.Prepay(ctx, prepay()); err != nil || r.Outcome != c.want || r.Code != "12" {
				t.Fatalf("got %+v, %v; want %s", r, err, c.want)
			}
		})
	}
}

func checkAll(t *testing.T, a *Adapter, want channel.Outcome) {
	t.Helper()
	p, err := a.Prepay(ctx, prepay())
	q, err2 := a.Query(ctx, order)
	c, err3 := a.Close(ctx, order)
	r, err4 := a.Refund(ctx, refund())
	qr, err5 := a.QueryRefund(ctx, refund())
	for i, o := range []channel.Outcome{p.Outcome, q.Outcome, c.Outcome, r.Outcome, qr.Outcome} {
		if o != want {
			t.Errorf("call %d: outcome %q, want %q", i, o, want)
		}
	}
	for i, e := range []error{err, err2, err3, err4, err5} {
		if e != nil {
			t.Errorf("call %d: %v", i, e)
		}
	}
}

func TestNothingWasSent(t *testing.T) {
	g := newGateway(t)
	a, _ := newAdapter(t, g)
	g.srv.Close() // the port refuses from now on
	_, err1 := a.Prepay(ctx, prepay())
	_, err2 := a.Query(ctx, order)
	_, err3 := a.Refund(ctx, refund())
	_, err4 := a.Close(ctx, order)
	_, err5 := a.Statement(ctx, channel.StatementRequest{Date: 20260309})
	for i, err := range []error{err1, err2, err3, err4, err5} {
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("call %d: got %v, want kind unavailable", i, err)
		}
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := a.Query(gone, order); !fault.Is(err, fault.Unavailable) {
		t.Errorf("cancelled before sending: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	g := newGateway(t)
	g.answer = values("respCode", "32", "respMsg", "无权限[6100032]")
	a, _ := newAdapter(t, g)
	if r, err := a.Prepay(ctx, prepay()); err != nil || r.Outcome != channel.Refused || r.Code != "32" || r.Message != "无权限[6100032]" {
		t.Errorf("prepay: %+v, %v", r, err)
	}
	if r, err := a.Refund(ctx, refund()); err != nil || r.Outcome != channel.Refused || r.Code != "32" {
		t.Errorf("refund: %+v, %v", r, err)
	}
	// A refused question says nothing about the order.
	if r, err := a.Query(ctx, order); err != nil || r.Outcome != channel.Unknown || r.NotFound {
		t.Errorf("query: %+v, %v", r, err)
	}
}

func TestQueryAndClose(t *testing.T) {
	const queryID = "202603101015301001088"
	for _, c := range []struct {
		name         string
		answer       func(call) url.Values
		want         channel.Outcome
		notFound     bool
		close, later channel.Outcome // Close at once, and after the order's life
	}{
		{"paid", values("origRespCode", "00", "txnAmt", "5000", "queryId", queryID), channel.Succeeded, false, channel.Refused, channel.Refused},
		{"paid with a defect", values("origRespCode", "A6", "txnAmt", "5000"), channel.Succeeded, false, channel.Refused, channel.Refused},
		{"paid without an amount", values("origRespCode", "00"), channel.Unknown, false, channel.Unknown, channel.Unknown},
		{"in process", values("origRespCode", "05"), channel.Pending, false, channel.Pending, channel.Succeeded},
		{"timed out at the issuer", values("origRespCode", "03"), channel.Pending, false, channel.Pending, channel.Succeeded},
		{"failed", values("origRespCode", "64", "origRespMsg", "余额不足"), channel.Refused, false, channel.Succeeded, channel.Succeeded},
		{"not found", values("respCode", "34"), channel.Refused, true, channel.Pending, channel.Succeeded},
		{"no result in it", values("origRespCode", ""), channel.Unknown, false, channel.Unknown, channel.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGateway(t)
			g.answer = c.answer
			a, sim := newAdapter(t, g)
			q, err := a.Query(ctx, order)
			if err != nil || q.Outcome != c.want || q.NotFound != c.notFound {
				t.Errorf("query: %+v, %v", q, err)
			}
			r, err := a.Close(ctx, order)
			if err != nil || r.Outcome != c.close {
				t.Errorf("close: %+v, %v; want %s", r, err, c.close)
			}
			sim.AdvanceTo(start.Add(defaultOrderLife + closeGrace + time.Second))
			if r, err = a.Close(ctx, order); err != nil || r.Outcome != c.later {
				t.Errorf("close later: %+v, %v; want %s", r, err, c.later)
			}
		})
	}

	g := newGateway(t)
	g.answer = values("origRespCode", "00", "txnAmt", "5000", "queryId", queryID, "traceTime", "0310101530", "settleDate", "0310", "accNo", "621626*********0018")
	a, _ := newAdapter(t, g)
	q, err := a.Query(ctx, channel.OrderRef{OrderNo: order.OrderNo, CreatedAt: start}) // merchant from the configuration
	if err != nil || q.Amount != 5000 || q.ChannelNo != queryID || q.Payer != "621626*********0018" || q.SettleDate != 20260310 || !q.PaidAt.Equal(start.Add(30*time.Second)) {
		t.Fatalf("got %+v, %v", q, err)
	}
	for k, want := range map[string]string{"txnType": "00", "txnSubType": "00", "merId": merchant, "orderId": order.OrderNo, "txnTime": "20260310101500"} {
		if got := g.last().form.Get(k); got != want {
			t.Errorf("%s = %q, want %q", k, got, want)
		}
	}
	if g.last().path != "/gateway/api/queryTrans.do" {
		t.Errorf("path %s", g.last().path)
	}
}

func TestAcquiringInstitution(t *testing.T) {
	g := newGateway(t)
	cfg := g.config()
	cfg.AcqInsCode, cfg.MerCatCode = "99982900", "5812"
	a, err := New(cfg, newSim(), g.srv.Client())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Prepay(ctx, prepay()); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]string{"accessType": "1", "acqInsCode": "99982900", "merCatCode": "5812", "merName": "示例餐厅一店", "merAbbr": "示例餐厅一店"} {
		if got := g.last().form.Get(k); got != want {
			t.Errorf("%s = %q, want %q", k, got, want)
		}
	}
}
