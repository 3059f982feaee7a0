package wechat

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
)

var ctx = context.Background()

func ref() channel.OrderRef {
	return channel.OrderRef{OrderNo: "P20260310000001", MerchantID: "1999000001", CreatedAt: testNow}
}

func prepay() channel.PrepayRequest {
	return channel.PrepayRequest{OrderRef: ref(), Amount: 10000, Description: "示例餐厅一店-扫码消费", PayerID: "oTestOpenid0000000000000001",
		StoreID: "S001", StoreName: "示例门店", TerminalNo: "T0000001", ClientIP: "192.0.2.10",
		NotifyURL: "https://pay.example.com/notify/wechat", ExpiresAt: testNow.UTC().Add(14*time.Minute + 59*time.Second)}
}

func TestPrepay(t *testing.T) {
	f, a := newFake(t)
	f.body = `{"prepay_id":"wx10091501000000testprepay0001"}`
	got, err := a.Prepay(ctx, prepay())
	if err != nil || got.Outcome != channel.Succeeded || got.Bridge.Kind != "wechat" {
		t.Fatalf("%+v %v", got, err)
	}
	r := f.last()
	if r.Method != "POST" || r.URI != "/v3/pay/partner/transactions/jsapi" || r.Header.Get("Wechatpay-Serial") != testKeyID {
		t.Errorf("%s %s %v", r.Method, r.URI, r.Header)
	}
	want := `{"sp_appid":"wx99990000aaaabbbb","sp_mchid":"1999000000","sub_mchid":"1999000001","description":"示例餐厅一店-扫码消费",
		"out_trade_no":"P20260310000001","time_expire":"2026-03-10T09:30:00+08:00","attach":"T0000001",
		"notify_url":"https://pay.example.com/notify/wechat","amount":{"total":10000,"currency":"CNY"},
		"payer":{"sp_openid":"oTestOpenid0000000000000001"},
		"scene_info":{"payer_client_ip":"192.0.2.10","device_id":"T0000001","store_info":{"id":"S001","name":"示例门店"}}}`
	if !sameJSON(r.Body, want) {
		t.Errorf("body %s", r.Body)
	}
	p := got.Bridge.Params
	if len(p) != 6 || p["appId"] != "wx99990000aaaabbbb" || p["timeStamp"] != "1773105301" || p["signType"] != "RSA" ||
		p["package"] != "prepay_id=wx10091501000000testprepay0001" || len(p["nonceStr"]) != 32 {
		t.Errorf("bridge %v", p)
	}
	sum := sha256.Sum256([]byte(p["appId"] + "\n" + p["timeStamp"] + "\n" + p["nonceStr"] + "\n" + p["package"] + "\n"))
	sig, _ := base64.StdEncoding.DecodeString(p["paySign"])
	if err := rsa.VerifyPKCS1v15(&keyring().merchant.PublicKey, crypto.SHA256, sum[:], sig); err != nil {
		t.Error("paySign:", err)
	}
}

func TestPrepayRefusesBadRequests(t *testing.T) {
	f, a := newFake(t)
	for name, change := range map[string]func(r *channel.PrepayRequest){
		"order_no":    func(r *channel.PrepayRequest) { r.OrderNo = "short" },
		"merchant_id": func(r *channel.PrepayRequest) { r.MerchantID = "" },
		"amount_fen":  func(r *channel.PrepayRequest) { r.Amount = 0 },
		"payer_id":    func(r *channel.PrepayRequest) { r.PayerID = "" },
		"description": func(r *channel.PrepayRequest) { r.Description = "" },
		"notify_url":  func(r *channel.PrepayRequest) { r.NotifyURL += "?a=1" },
	} {
		r := prepay()
		change(&r)
		if _, err := a.Prepay(ctx, r); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(f.seen()) != 0 {
		t.Error("a bad request was sent")
	}
}

// TestAnswers is the table of what each answer proves, for a call that acts and
// for one that asks.
func TestAnswers(t *testing.T) {
	system := `{"code":"SYSTEM_ERROR","message":"系统异常"}`
	for _, c := range []struct {
		name          string
		set           func(f *fake)
		prepay, query channel.Outcome // "" = an error of kind unavailable
		code          string
	}{
		{"line cut", func(f *fake) { f.status = 0 }, channel.Unknown, channel.Unknown, ""},
		{"line cut in the answer", func(f *fake) { f.status = 1 }, channel.Unknown, channel.Unknown, ""},
		{"500", func(f *fake) { f.status, f.body = 500, system }, channel.Unknown, channel.Unknown, "SYSTEM_ERROR"},
		{"system error as 400", func(f *fake) { f.status, f.body = 400, system }, channel.Unknown, channel.Unknown, "SYSTEM_ERROR"},
		{"502 of a gateway", func(f *fake) { f.status, f.body, f.signer = 502, "<html>", nil }, channel.Unknown, channel.Unknown, ""},
		{"redirect", func(f *fake) { f.status, f.body = 302, "{}" }, channel.Unknown, channel.Unknown, ""},
		{"429", func(f *fake) { f.status, f.body = 429, `{"code":"FREQUENCY_LIMITED"}` }, "", "", ""},
		{"429 of a gateway", func(f *fake) { f.status, f.body, f.signer = 429, "", nil }, "", "", ""},
		{"refusal", func(f *fake) { f.status, f.body = 403, `{"code":"NO_AUTH","message":"无权限"}` }, channel.Refused, channel.Unknown, "NO_AUTH"},
		{"bad request", func(f *fake) { f.status, f.body = 400, `{"code":"PARAM_ERROR"}` }, channel.Refused, channel.Unknown, "PARAM_ERROR"},
		{"number used", func(f *fake) { f.status, f.body = 403, `{"code":"OUT_TRADE_NO_USED"}` }, channel.Refused, channel.Unknown, "OUT_TRADE_NO_USED"},
		{"paid already", func(f *fake) { f.status, f.body = 400, `{"code":"ORDERPAID"}` }, channel.Unknown, channel.Unknown, "ORDERPAID"},
		{"paid already, or a bad request", func(f *fake) { f.status, f.body = 400, `{"code":"INVALID_REQUEST"}` }, channel.Unknown, channel.Unknown, "INVALID_REQUEST"},
		{"unsigned refusal", func(f *fake) { f.status, f.body, f.signer = 401, `{"code":"SIGN_ERROR"}`, nil }, channel.Unknown, channel.Unknown, "SIGN_ERROR"},
		{"stranger's key", func(f *fake) { f.body, f.signer = `{"prepay_id":"x"}`, keyring().stranger }, channel.Unknown, channel.Unknown, ""},
		{"unknown serial", func(f *fake) { f.body, f.serial = `{"prepay_id":"x"}`, "0BAD" }, channel.Unknown, channel.Unknown, ""},
		{"probe", func(f *fake) {
			f.body = `{"prepay_id":"x"}`
			f.mangle = func(h http.Header) {
				h.Set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+h.Get("Wechatpay-Signature"))
			}
		}, channel.Unknown, channel.Unknown, ""},
		{"old signature", func(f *fake) {
			f.body = `{"prepay_id":"x"}`
			f.mangle = func(h http.Header) { h.Set("Wechatpay-Timestamp", "1773105001") }
		}, channel.Unknown, channel.Unknown, ""},
		{"200 without content", func(f *fake) { f.body = `{}` }, channel.Unknown, channel.Unknown, ""},
		{"200 not JSON", func(f *fake) { f.body = `ok` }, channel.Unknown, channel.Unknown, ""},
		{"public key signs", func(f *fake) {
			f.body, f.signer, f.serial = `{"prepay_id":"x","sp_mchid":"1999000000","sub_mchid":"1999000001","out_trade_no":"P20260310000001","trade_state":"NOTPAY"}`, keyring().public, testKeyID
		}, channel.Succeeded, channel.Pending, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, a := newFake(t)
			c.set(f)
			p, err := a.Prepay(ctx, prepay())
			check(t, "prepay", p.Result, err, c.prepay, c.code)
			q, err := a.Query(ctx, ref())
			check(t, "query", q.Result, err, c.query, c.code)
			if q.NotFound {
				t.Error("query: not found")
			}
		})
	}
}

func check(t *testing.T, what string, res channel.Result, err error, want channel.Outcome, code string) {
	t.Helper()
	if want == "" {
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %+v %v, want an error of kind unavailable", what, res, err)
		}
		return
	}
	if err != nil || res.Outcome != want || (code != "" && res.Code != code) {
		t.Errorf("%s: %+v %v, want %s %s", what, res, err, want, code)
	}
}

func TestNothingSent(t *testing.T) {
	srv := httptest.NewServer(nil)
	url := srv.URL
	srv.Close()
	a, err := New(goodConfig(url), clock.NewSim(testNow, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Prepay(ctx, prepay())
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("connection refused: %v", err)
	}
	_, err = a.Identify(ctx, channel.IdentifyRequest{Query: map[string][]string{"code": {"c"}}})
	if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("connection refused: %v", err)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	f, b := newFake(t)
	if _, err := b.Prepay(done, prepay()); !fault.Is(err, fault.Unavailable) || len(f.seen()) != 0 {
		t.Errorf("cancelled before: %v", err)
	}
}

func TestCancelledOnTheWayIsUnknown(t *testing.T) {
	f, a := newFake(t)
	on, cancel := context.WithCancel(ctx)
	f.answers["/v3/pay/partner/transactions/jsapi"] = func(http.ResponseWriter, *http.Request) { cancel(); <-on.Done() }
	p, err := a.Prepay(on, prepay())
	check(t, "prepay", p.Result, err, channel.Unknown, "")
}

const paid = `{"sp_appid":"wx99990000aaaabbbb","sp_mchid":"1999000000","sub_mchid":"1999000001","out_trade_no":"P20260310000001",
	"transaction_id":"4299990001202603100000000001","trade_type":"JSAPI","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"OTHERS",
	"success_time":"2026-03-10T09:15:01+08:00","payer":{"sp_openid":"oTest"},"amount":{"total":10000,"payer_total":10000,"currency":"CNY","payer_currency":"CNY"}}`

func TestQuery(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       channel.Outcome
	}{
		{"paid", paid, channel.Succeeded},
		{"paid and refunded", strings.Replace(paid, `"SUCCESS"`, `"REFUND"`, 1), channel.Succeeded},
		{"not paid", strings.Replace(paid, `"SUCCESS"`, `"NOTPAY"`, 1), channel.Pending},
		{"typing", strings.Replace(paid, `"SUCCESS"`, `"USERPAYING"`, 1), channel.Pending},
		{"closed", strings.Replace(paid, `"SUCCESS"`, `"CLOSED"`, 1), channel.Refused},
		{"revoked", strings.Replace(paid, `"SUCCESS"`, `"REVOKED"`, 1), channel.Refused},
		{"failed", strings.Replace(paid, `"SUCCESS"`, `"PAYERROR"`, 1), channel.Refused},
		{"a new state", strings.Replace(paid, `"SUCCESS"`, `"THINKING"`, 1), channel.Unknown},
		{"another order", strings.Replace(paid, "P20260310000001", "P20260310000002", 1), channel.Unknown},
		{"another provider", strings.Replace(paid, `"1999000000"`, `"1888000000"`, 1), channel.Unknown},
		{"another merchant", strings.Replace(paid, `"1999000001"`, `"1999000002"`, 1), channel.Unknown},
		{"no amount", without(paid, `"total":10000,`), channel.Unknown},
		{"another currency", strings.Replace(paid, `"CNY"`, `"HKD"`, 1), channel.Unknown},
		{"part of a fen", strings.Replace(paid, `"total":10000`, `"total":10000.5`, 1), channel.Unknown},
		{"no number", strings.Replace(paid, "4299990001202603100000000001", "", 1), channel.Unknown},
		{"bad time", strings.Replace(paid, "2026-03-10T09:15:01+08:00", "yesterday", 1), channel.Unknown},
	} {
		f, a := newFake(t)
		f.body = c.body
		q, err := a.Query(ctx, ref())
		check(t, c.name, q.Result, err, c.want, "")
		if r := f.last(); r.Method != "GET" || r.URI != "/v3/pay/partner/transactions/out-trade-no/P20260310000001?sp_mchid=1999000000&sub_mchid=1999000001" || r.Body != "" {
			t.Errorf("%s: %s %s", c.name, r.Method, r.URI)
		}
		if c.want == channel.Succeeded && (q.Amount != 10000 || q.ChannelNo != "4299990001202603100000000001" || q.Payer != "oTest" || !q.PaidAt.Equal(testNow)) {
			t.Errorf("%s: %+v", c.name, q)
		}
		if c.want == channel.Unknown && q.Message == "" && c.name != "a new state" {
			t.Errorf("%s: no message", c.name)
		}
	}
}

func TestQueryNeverSeen(t *testing.T) {
	f, a := newFake(t)
	f.status, f.body = 404, `{"code":"ORDER_NOT_EXIST","message":"订单不存在"}`
	q, err := a.Query(ctx, ref())
	if check(t, "query", q.Result, err, channel.Refused, "ORDER_NOT_EXIST"); !q.NotFound {
		t.Error("want NotFound")
	}
	f.status, f.body = 202, `{"code":"USERPAYING","message":"输密码"}`
	q, err = a.Query(ctx, ref())
	check(t, "query", q.Result, err, channel.Pending, "USERPAYING")
}

func TestOrderNumberIsEscaped(t *testing.T) {
	f, a := newFake(t)
	f.body = "{}"
	r := ref()
	r.OrderNo = "P2026|03*10"
	if _, err := a.Query(ctx, r); err != nil {
		t.Fatal(err)
	}
	if got := f.last().URI; !strings.Contains(got, "/P2026%7C03%2A10?") {
		t.Error(got)
	}
}

func TestClose(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   channel.Outcome
	}{
		{"closed now", 204, "", channel.Succeeded},
		{"closed before", 400, `{"code":"ORDER_CLOSED"}`, channel.Succeeded},
		{"paid", 400, `{"code":"ORDERPAID"}`, channel.Refused},
		{"never seen", 404, `{"code":"ORDER_NOT_EXIST"}`, channel.Refused},
		{"unknown", 500, `{"code":"SYSTEM_ERROR"}`, channel.Unknown},
		{"lost", 0, "", channel.Unknown},
	} {
		f, a := newFake(t)
		f.status, f.body = c.status, c.body
		res, err := a.Close(ctx, ref())
		check(t, c.name, res, err, c.want, "")
		r := f.last()
		if r.Method != "POST" || r.URI != "/v3/pay/partner/transactions/out-trade-no/P20260310000001/close" ||
			!sameJSON(r.Body, `{"sp_mchid":"1999000000","sub_mchid":"1999000001"}`) {
			t.Errorf("%s: %s %s %s", c.name, r.Method, r.URI, r.Body)
		}
	}
}

func refund() channel.RefundRequest {
	return channel.RefundRequest{OrderRef: ref(), RefundNo: "R20260310000001", Amount: 500, Total: 10000, Reason: "退菜",
		RefundCreatedAt: testNow, NotifyURL: "https://pay.example.com/notify/wechat"}
}

const refunded = `{"refund_id":"5299990001202603100000000001","out_refund_no":"R20260310000001","transaction_id":"42","out_trade_no":"P20260310000001",
	"channel":"ORIGINAL","success_time":"2026-03-11T00:00:08+08:00","create_time":"2026-03-10T23:59:58+08:00","status":"SUCCESS","amount":{"total":10000,"refund":500,"currency":"CNY"}}`

func TestRefund(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   channel.Outcome
	}{
		{"done", 200, refunded, channel.Succeeded},
		{"accepted", 200, strings.Replace(refunded, `"SUCCESS"`, `"PROCESSING"`, 1), channel.Pending},
		{"card would not take it", 200, strings.Replace(refunded, `"SUCCESS"`, `"ABNORMAL"`, 1), channel.Pending},
		{"closed", 200, strings.Replace(refunded, `"SUCCESS"`, `"CLOSED"`, 1), channel.Refused},
		{"another refund", 200, strings.Replace(refunded, "R20260310000001", "R2", 1), channel.Unknown},
		{"another order", 200, strings.Replace(refunded, "P20260310000001", "P2", 1), channel.Unknown},
		{"another amount", 200, strings.Replace(refunded, `"refund":500`, `"refund":501`, 1), channel.Unknown},
		{"another total", 200, strings.Replace(refunded, `"total":10000`, `"total":9999`, 1), channel.Unknown},
		{"unknown", 500, `{"code":"SYSTEM_ERROR"}`, channel.Unknown},
		{"lost", 0, "", channel.Unknown},
		{"no money", 403, `{"code":"NOT_ENOUGH"}`, channel.Refused},
	} {
		f, a := newFake(t)
		f.status, f.body = c.status, c.body
		res, err := a.Refund(ctx, refund())
		check(t, c.name, res.Result, err, c.want, "")
		r := f.last()
		if r.Method != "POST" || r.URI != "/v3/refund/domestic/refunds" || !sameJSON(r.Body, `{"sub_mchid":"1999000001","out_trade_no":"P20260310000001",
			"out_refund_no":"R20260310000001","reason":"退菜","notify_url":"https://pay.example.com/notify/wechat","amount":{"refund":500,"total":10000,"currency":"CNY"}}`) {
			t.Errorf("%s: %s %s %s", c.name, r.Method, r.URI, r.Body)
		}
		if c.want == channel.Succeeded && (res.Amount != 500 || res.ChannelNo != "5299990001202603100000000001" ||
			res.SettleDate != bizdate.New(2026, 3, 10) || bizdate.Of(res.RefundedAt) != bizdate.New(2026, 3, 11)) {
			t.Errorf("%+v", res)
		}
	}
	_, a := newFake(t)
	r := refund()
	r.Amount = r.Total + 1
	if _, err := a.Refund(ctx, r); !fault.Is(err, fault.Invalid) {
		t.Errorf("more than the order: %v", err)
	}
	r = refund()
	r.RefundNo = ""
	if _, err := a.Refund(ctx, r); !fault.Is(err, fault.Invalid) {
		t.Errorf("no number: %v", err)
	}
}

func TestQueryRefund(t *testing.T) {
	f, a := newFake(t)
	f.body = refunded
	res, err := a.QueryRefund(ctx, refund())
	check(t, "done", res.Result, err, channel.Succeeded, "")
	if r := f.last(); r.Method != "GET" || r.URI != "/v3/refund/domestic/refunds/R20260310000001?sub_mchid=1999000001" {
		t.Errorf("%s %s", r.Method, r.URI)
	}
	f.status, f.body = 404, `{"code":"RESOURCE_NOT_EXISTS"}`
	if res, err = a.QueryRefund(ctx, refund()); !res.NotFound {
		t.Error("want NotFound")
	}
	check(t, "never seen", res.Result, err, channel.Refused, "RESOURCE_NOT_EXISTS")
	f.status, f.body = 403, `{"code":"NO_AUTH"}`
	res, err = a.QueryRefund(ctx, refund())
	check(t, "question refused", res.Result, err, channel.Unknown, "NO_AUTH")
}
