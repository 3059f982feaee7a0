package alipay_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay"
	"juma/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

var ref = channel.OrderRef{OrderNo: "P2026031000000001000001", MerchantID: "2088999000000201", CreatedAt: noon}

func prepay() channel.PrepayRequest {
	return channel.PrepayRequest{
		OrderRef: ref, Amount: 6800, Description: "示例餐厅一店-扫码消费", PayerID: "2088999000000101", TerminalNo: "00000001",
		NotifyURL: "http://127.0.0.1/notify/alipay", ExpiresAt: noon.Add(15 * time.Minute),
	}
}

func refund() channel.RefundRequest {
	return channel.RefundRequest{OrderRef: ref, RefundNo: "R2026031000000001000002", Amount: 1800, Total: 6800, Reason: "退货"}
}

func TestAuth(t *testing.T) {
	g := newGateway(t)
	got, err := g.adapter.AuthURL(ctx, channel.AuthRequest{RedirectURL: "https://pay.example.com/auth/alipay", State: "S+/="})
	want := g.server.URL + "/oauth2/publicAppAuthorize.htm?app_id=" + appID + "&scope=auth_base" +
		"&redirect_uri=https%3A%2F%2Fpay.example.com%2Fauth%2Falipay&state=S%2B%2F%3D"
	if err != nil || got != want {
		t.Errorf("AuthURL = %q, %v\nwant %q", got, err, want)
	}
	for _, bad := range []channel.AuthRequest{{RedirectURL: "/auth", State: "x"}, {RedirectURL: "https://pay.example.com/a"}} {
		if _, err := g.adapter.AuthURL(ctx, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("AuthURL(%+v): %v", bad, err)
		}
	}
}

func TestIdentify(t *testing.T) {
	const method = "alipay.system.oauth.token"
	for _, c := range []struct {
		name, answer, want string
		kind               fault.Kind
	}{
		{"user id", `{"user_id":"2088999000000101","access_token":"x","expires_in":300}`, "2088999000000101", ""},
		{"open id", `{"open_id":"074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5","expires_in":"300"}`, "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5", ""},
		{"code used", `error:{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.code-invalid","sub_msg":"授权码code无效"}`, "", fault.Refused},
		{"nobody", `{"access_token":"x"}`, "", fault.Unknown},
		{"busy", `error:{"code":"20000","msg":"Service Currently Unavailable","sub_code":"isp.unknow-error"}`, "", fault.Unknown},
		{"too often", `error:{"code":"40005","msg":"Call Limited"}`, "", fault.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGateway(t)
			g.answers[method] = c.answer
			payer, err := g.adapter.Identify(ctx, channel.IdentifyRequest{Query: url.Values{"auth_code": {"abc"}, "app_id": {appID}}})
			if payer.ID != c.want || (c.kind == "") != (err == nil) || (err != nil && fault.KindOf(err) != c.kind) {
				t.Errorf("Identify = %+v, %v", payer, err)
			}
			form := g.last(method).form
			if form.Get("grant_type") != "authorization_code" || form.Get("code") != "abc" || form.Has("biz_content") {
				t.Errorf("request %v: want grant_type and code outside biz_content", form)
			}
		})
	}
	g := newGateway(t)
	for _, q := range []url.Values{{}, {"auth_code": {"abc"}, "app_id": {"2021000000000000"}}} {
		if _, err := g.adapter.Identify(ctx, channel.IdentifyRequest{Query: q}); !fault.Is(err, fault.Invalid) {
			t.Errorf("Identify(%v): %v", q, err)
		}
	}
}

func TestPrepayRequest(t *testing.T) {
	const method = "alipay.trade.create"
	g := newGateway(t, func(c *alipay.Config) { c.PID = "2088999000000000" })
	g.answers[method] = `{"code":"10000","msg":"Success","out_trade_no":"` + ref.OrderNo + `","trade_no":"2026031022001"}`
	got, err := g.adapter.Prepay(ctx, prepay())
	if err != nil || got.Outcome != channel.Succeeded || got.Bridge.Kind != "alipay" || got.Bridge.Params["tradeNO"] != "2026031022001" {
		t.Fatalf("Prepay = %+v, %v", got, err)
	}
	c := g.last(method)
	want := map[string]any{
		"out_trade_no": ref.OrderNo, "total_amount": "68.00", "subject": "示例餐厅一店-扫码消费", "product_code": "JSAPI_PAY",
		"op_app_id": appID, "buyer_id": "2088999000000101", "time_expire": "2026-03-10 12:15:00", "store_id": ref.MerchantID,
		"terminal_id": "00000001", "sub_merchant": map[string]any{"merchant_id": ref.MerchantID},
		"extend_params": map[string]any{"sys_service_provider_id": "2088999000000000"},
	}
	if !reflect.DeepEqual(c.biz, want) || c.form.Get("notify_url") != "http://127.0.0.1/notify/alipay" {
		t.Errorf("request %v %v\nwant %v", c.form.Get("notify_url"), c.biz, want)
	}
	open := prepay()
	open.PayerID, open.Description = "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5", strings.Repeat("长", 300)
	if _, err := g.adapter.Prepay(ctx, open); err != nil {
		t.Fatal(err)
	}
	c = g.last(method)
	if c.biz["buyer_open_id"] != open.PayerID || c.biz["buyer_id"] != nil || len([]rune(c.biz["subject"].(string))) != 256 {
		t.Errorf("open id order: %v", c.biz)
	}
}

func TestPrepayInvalid(t *testing.T) {
	g := newGateway(t)
	for field, spoil := range map[string]func(*channel.PrepayRequest){
		"order_no":    func(r *channel.PrepayRequest) { r.OrderNo = "P-1" },
		"amount_fen":  func(r *channel.PrepayRequest) { r.Amount = 0 },
		"merchant_id": func(r *channel.PrepayRequest) { r.MerchantID = "" },
		"payer_id":    func(r *channel.PrepayRequest) { r.PayerID = "" },
		"description": func(r *channel.PrepayRequest) { r.Description = "" },
		"notify_url":  func(r *channel.PrepayRequest) { r.NotifyURL = "notify" },
	} {
		req := prepay()
		spoil(&req)
		if _, err := g.adapter.Prepay(ctx, req); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if len(g.calls) != 0 {
		t.Errorf("%d calls were made for invalid requests", len(g.calls))
	}
}

// outcome runs one call by name against one answer.
func outcome(g *gateway, call string) (result channel.Result, notFound bool, err error) {
	switch call {
	case "prepay":
		r, err := g.adapter.Prepay(ctx, prepay())
		return r.Result, false, err
	case "query":
		r, err := g.adapter.Query(ctx, ref)
		return r.Result, r.NotFound, err
	case "close":
		r, err := g.adapter.Close(ctx, ref)
		return r, false, err
	case "refund":
		r, err := g.adapter.Refund(ctx, refund())
		return r.Result, r.NotFound, err
	}
	r, err := g.adapter.QueryRefund(ctx, refund())
	return r.Result, r.NotFound, err
}

var methods = map[string]string{
	"prepay": "alipay.trade.create", "query": "alipay.trade.query", "close": "alipay.trade.close",
	"refund": "alipay.trade.refund", "refund_query": "alipay.trade.fastpay.refund.query",
}

func failure(code, sub string) string {
	return fmt.Sprintf(`{"code":%q,"msg":"Business Failed","sub_code":%q,"sub_msg":"…"}`, code, sub)
}

func TestOutcomes(t *testing.T) {
	order := `"out_trade_no":"` + ref.OrderNo + `","trade_no":"2026031022001"`
	trade := func(more string) string { return `{"code":"10000","msg":"Success",` + order + `,` + more + `}` }
	state := func(more string) string {
		return trade(`"out_request_no":"` + refund().RefundNo + `","total_amount":"68.00",` + more)
	}
	for _, c := range []struct {
		call, answer string
		want         channel.Outcome
		notFound     bool
	}{
		{"prepay", trade(`"x":1`), channel.Succeeded, false},
		{"prepay", `{"code":"10000","out_trade_no":"OTHER","trade_no":"1"}`, channel.Unknown, false},
		{"prepay", `{"code":"10000","out_trade_no":"` + ref.OrderNo + `"}`, channel.Unknown, false},
		{"prepay", failure("40004", "ACQ.TRADE_HAS_SUCCESS"), channel.Unknown, false},
		{"prepay", failure("40004", "ACQ.TRADE_HAS_CLOSE"), channel.Refused, false},
		{"prepay", failure("40004", "ACQ.BUYER_SELLER_EQUAL"), channel.Refused, false},
		{"prepay", "error:" + failure("40002", "isv.invalid-signature"), channel.Refused, false},
		{"prepay", failure("40004", "ACQ.SYSTEM_ERROR"), channel.Unknown, false},
		{"prepay", failure("20000", "isp.unknow-error"), channel.Unknown, false},
		{"prepay", failure("50000", ""), channel.Unknown, false},
		{"query", trade(`"trade_status":"WAIT_BUYER_PAY","total_amount":"68.00"`), channel.Pending, false},
		{"query", trade(`"trade_status":"TRADE_SUCCESS","total_amount":"68.00","send_pay_date":"2026-03-10 12:00:09"`), channel.Succeeded, false},
		{"query", trade(`"trade_status":"TRADE_FINISHED","total_amount":"68.00"`), channel.Succeeded, false},
		{"query", trade(`"trade_status":"TRADE_CLOSED","total_amount":"68.00"`), channel.Refused, false},
		{"query", trade(`"trade_status":"TRADE_CLOSED","total_amount":"68.00","send_pay_date":"2026-03-10 12:00:09"`), channel.Succeeded, false},
		{"query", trade(`"trade_status":"TRADE_DREAMT","total_amount":"68.00"`), channel.Unknown, false},
		{"query", trade(`"trade_status":"TRADE_SUCCESS","total_amount":"68.001"`), channel.Unknown, false},
		{"query", trade(`"trade_status":"TRADE_SUCCESS","total_amount":"68.00","send_pay_date":"soon"`), channel.Unknown, false},
		{"query", `{"code":"10000","out_trade_no":"OTHER","trade_status":"TRADE_SUCCESS","total_amount":"68.00"}`, channel.Unknown, false},
		{"query", failure("40004", "ACQ.TRADE_NOT_EXIST"), channel.Refused, true},
		{"query", failure("40004", "ACQ.SYSTEM_ERROR"), channel.Unknown, false},
		{"query", failure("20000", ""), channel.Unknown, false},
		{"close", trade(`"x":1`), channel.Succeeded, false},
		{"close", `{"code":"10000","out_trade_no":"OTHER"}`, channel.Unknown, false},
		{"close", failure("40004", "ACQ.TRADE_HAS_CLOSE"), channel.Succeeded, false},
		{"close", failure("40004", "ACQ.TRADE_NOT_EXIST"), channel.Refused, false},
		{"close", failure("40004", "ACQ.SYSTEM_ERROR"), channel.Unknown, false},
		{"refund", trade(`"fund_change":"Y","refund_fee":"18.00"`), channel.Succeeded, false},
		{"refund", trade(`"fund_change":"Y","refund_fee":"50.00"`), channel.Succeeded, false}, // the second of two
		{"refund", trade(`"fund_change":"Y","refund_fee":"17.99"`), channel.Unknown, false},
		{"refund", trade(`"fund_change":"Y","refund_fee":"68.01"`), channel.Unknown, false},
		{"refund", `{"code":"10000","out_trade_no":"OTHER","fund_change":"Y","refund_fee":"18.00"}`, channel.Unknown, false},
		{"refund", failure("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"), channel.Refused, false},
		{"refund", failure("40004", "ACQ.DISCORDANT_REPEAT_REQUEST"), channel.Refused, false},
		{"refund", failure("40004", "ACQ.TRADE_NOT_EXIST"), channel.Refused, true},
		{"refund", failure("40004", "aop.ACQ.SYSTEM_ERROR"), channel.Unknown, false},
		{"refund_query", state(`"refund_amount":"18.00","refund_status":"REFUND_SUCCESS","gmt_refund_pay":"2026-03-10 12:30:00"`), channel.Succeeded, false},
		{"refund_query", state(`"refund_amount":"18.00"`), channel.Pending, false},
		{"refund_query", `{"code":"10000","msg":"Success"}`, channel.Refused, true},
		{"refund_query", state(`"refund_amount":"18.01","refund_status":"REFUND_SUCCESS"`), channel.Unknown, false},
		{"refund_query", trade(`"out_request_no":"R-OTHER","refund_amount":"18.00","refund_status":"REFUND_SUCCESS"`), channel.Unknown, false},
		{"refund_query", failure("40004", "ACQ.TRADE_NOT_EXIST"), channel.Refused, true},
		{"refund_query", failure("20000", ""), channel.Unknown, false},
	} {
		t.Run(c.call+" "+c.answer, func(t *testing.T) {
			g := newGateway(t)
			g.answers[methods[c.call]] = c.answer
			got, notFound, err := outcome(g, c.call)
			if err != nil || got.Outcome != c.want || notFound != c.notFound {
				t.Errorf("%+v not found %t, %v; want %s, not found %t", got, notFound, err, c.want, c.notFound)
			}
			if strings.Contains(c.answer, "sub_code") && got.Code == "" {
				t.Error("the wallet's code is lost")
			}
		})
	}
}

func TestQueryTellsAll(t *testing.T) {
	g := newGateway(t)
	g.answers[methods["query"]] = `{"code":"10000","out_trade_no":"` + ref.OrderNo + `","trade_no":"2026031022001","trade_status":"TRADE_SUCCESS",
		"total_amount":"68.00","send_pay_date":"2026-03-10 12:00:09","buyer_logon_id":"138****0000","fund_bill_list":"surprise"}`
	got, err := g.adapter.Query(ctx, ref)
	if err != nil || got.Amount != 6800 || got.ChannelNo != "2026031022001" || got.Payer != "138****0000" || !got.PaidAt.Equal(noon.Add(9*time.Second)) {
		t.Errorf("Query = %+v, %v", got, err)
	}
	known := ref
	known.ChannelNo = "2026031022002"
	if got, err := g.adapter.Query(ctx, known); err != nil || got.Outcome != channel.Unknown {
		t.Errorf("another trade number: %+v, %v", got, err)
	}
}

func TestCloseOfWrongState(t *testing.T) {
	for status, want := range map[string]channel.Outcome{"TRADE_CLOSED": channel.Succeeded, "TRADE_SUCCESS": channel.Refused} {
		g := newGateway(t)
		g.answers[methods["close"]] = failure("40004", "ACQ.TRADE_STATUS_ERROR")
		g.answers[methods["query"]] = `{"code":"10000","out_trade_no":"` + ref.OrderNo + `","trade_no":"1","trade_status":"` + status + `","total_amount":"68.00"}`
		if got, err := g.adapter.Close(ctx, ref); err != nil || got.Outcome != want {
			t.Errorf("%s: %+v, %v; want %s", status, got, err, want)
		}
	}
}

func TestRefundRepeated(t *testing.T) {
	unmoved := `{"code":"10000","out_trade_no":"` + ref.OrderNo + `","trade_no":"1","fund_change":"N","refund_fee":"18.00"}`
	for name, c := range map[string]struct {
		state string
		want  channel.Outcome
	}{
		"done before":   {`{"code":"10000","out_trade_no":"` + ref.OrderNo + `","out_request_no":"` + refund().RefundNo + `","refund_amount":"18.00","refund_status":"REFUND_SUCCESS","trade_no":"1"}`, channel.Succeeded},
		"not known yet": {`{"code":"10000"}`, channel.Unknown},
		"no answer":     {failure("20000", ""), channel.Unknown},
	} {
		g := newGateway(t)
		g.answers[methods["refund"]], g.answers[methods["refund_query"]] = unmoved, c.state
		got, err := g.adapter.Refund(ctx, refund())
		if err != nil || got.Outcome != c.want || got.NotFound {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestRefundRequest(t *testing.T) {
	g := newGateway(t)
	g.answers[methods["refund"]] = `{"code":"10000","out_trade_no":"` + ref.OrderNo + `","trade_no":"2026031022001","fund_change":"Y","refund_fee":"18.00","gmt_refund_pay":"2026-03-10 12:00:00"}`
	got, err := g.adapter.Refund(ctx, refund())
	if err != nil || got.Amount != 1800 || got.ChannelNo != "2026031022001" || !got.RefundedAt.Equal(noon) {
		t.Errorf("Refund = %+v, %v", got, err)
	}
	want := map[string]any{"out_trade_no": ref.OrderNo, "refund_amount": "18.00", "out_request_no": refund().RefundNo, "refund_reason": "退货"}
	if biz := g.last(methods["refund"]).biz; !reflect.DeepEqual(biz, want) {
		t.Errorf("request %v, want %v", biz, want)
	}
	for field, spoil := range map[string]func(*channel.RefundRequest){
		"refund_no":  func(r *channel.RefundRequest) { r.RefundNo = "" },
		"amount_fen": func(r *channel.RefundRequest) { r.Amount = 6801 },
		"order_no":   func(r *channel.RefundRequest) { r.OrderNo = "" },
	} {
		req := refund()
		spoil(&req)
		if _, err := g.adapter.Refund(ctx, req); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// What was sent and not answered is Unknown, whatever happened to the answer.
func TestUnanswered(t *testing.T) {
	good := `{"code":"10000","out_trade_no":"` + ref.OrderNo + `","trade_no":"1","trade_status":"TRADE_SUCCESS","total_amount":"68.00","fund_change":"Y","refund_fee":"18.00"}`
	for name, spoil := range map[string]func(*gateway){
		"connection cut": func(g *gateway) { g.lost = true },
		"not JSON":       func(g *gateway) { g.spoil = func(string) string { return "<html>502</html>" } },
		"forged": func(g *gateway) {
			g.spoil = func(s string) string { return strings.Replace(s, "68.00", "0.01", 1) + " " }
		},
		"signed by another": func(g *gateway) { g.spoil = func(string) string { return resign(good) } },
		"signature missing": func(g *gateway) { g.spoil = func(s string) string { return s[:strings.Index(s, `,"sign"`)] + "}" } },
		"unsigned refusal": func(g *gateway) {
			g.spoil = func(string) string { return `{"error_response":` + failure("40004", "X") + `}` }
		},
		"answer to another": func(g *gateway) {
			g.spoil = func(s string) string { return strings.Replace(s, "alipay_trade", "alipay_fund", 1) }
		},
		"broken off": func(g *gateway) { g.spoil = func(s string) string { return s[:len(s)/2] } },
	} {
		for call, method := range methods {
			if name == "forged" && (call == "close" || call == "prepay") {
				continue // the amount is not theirs to say; the other spoilings cover them
			}
			g := newGateway(t)
			g.answers[method] = good
			spoil(g)
			got, notFound, err := outcome(g, call)
			if err != nil || got.Outcome != channel.Unknown || notFound {
				t.Errorf("%s, %s: %+v, %v; want unknown", name, call, got, err)
			}
		}
	}
}

func resign(inner string) string {
	var all []string
	for _, m := range methods {
		all = append(all, fmt.Sprintf(`"%s_response":%s`, strings.ReplaceAll(m, ".", "_"), inner))
	}
	return `{` + strings.Join(all, ",") + `,"sign":"` + sign(keys().stranger, inner) + `"}`
}

// What was certainly not sent is an error of kind Unavailable.
func TestNotSent(t *testing.T) {
	g := newGateway(t)
	g.server.Close()
	dead, cancel := context.WithCancel(ctx)
	cancel()
	for call := range methods {
		if _, _, err := outcome(g, call); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s to a closed port: %v", call, err)
		}
	}
	if _, err := g.adapter.Query(dead, ref); !fault.Is(err, fault.Unavailable) {
		t.Errorf("cancelled before sending: %v", err)
	}
}

func TestTooOften(t *testing.T) {
	g := newGateway(t)
	for call, method := range methods {
		g.answers[method] = failure("40005", "isv.app-call-limited")
		if _, _, err := outcome(g, call); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func TestGatewayRedirectIsNotFollowed(t *testing.T) {
	g := newGateway(t)
	elsewhere := newGateway(t)
	g.server.Config.Handler = http.RedirectHandler(elsewhere.server.URL+"/gateway.do", http.StatusTemporaryRedirect)
	if got, err := g.adapter.Query(ctx, ref); err != nil || got.Outcome != channel.Unknown || len(elsewhere.calls) != 0 {
		t.Errorf("%+v, %v; %d calls went elsewhere", got, err, len(elsewhere.calls))
	}
}
