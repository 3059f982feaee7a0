package alipay_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"juma/acquiring/sandbox"
)

func TestGatewayAdmits(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		name   string
		change func(p url.Values)
		sign   bool
		code   string
		sub    string
	}{
		{"other key or altered", func(p url.Values) { p.Set("biz_content", "{}") }, false, "40002", "isv.invalid-signature"},
		{"sign not base64", func(p url.Values) { p.Set("sign", "***") }, false, "40002", "isv.invalid-signature"},
		{"no sign", func(p url.Values) { p.Del("sign") }, false, "40001", "isv.missing-signature"},
		{"no sign_type", func(p url.Values) { p.Del("sign_type") }, true, "40001", "isv.missing-signature-type"},
		{"no app_id", func(p url.Values) { p.Del("app_id") }, true, "40001", "isv.missing-app-id"},
		{"other app", func(p url.Values) { p.Set("app_id", "2021") }, true, "40002", "isv.invalid-app-id"},
		{"other method", func(p url.Values) { p.Set("method", "alipay.trade.win") }, true, "40002", "isv.invalid-method"},
		{"RSA", func(p url.Values) { p.Set("sign_type", "RSA") }, true, "40002", "isv.invalid-signature-type"},
		{"GBK", func(p url.Values) { p.Set("charset", "gbk") }, true, "40002", "isv.invalid-charset"},
		{"version", func(p url.Values) { p.Set("version", "2.0") }, true, "40002", "isv.invalid-version"},
		{"format", func(p url.Values) { p.Set("format", "XML") }, true, "40002", "isv.invalid-format"},
		{"timestamp", func(p url.Values) { p.Set("timestamp", "now") }, true, "40002", "isv.invalid-timestamp"},
		{"biz_content", func(p url.Values) { p.Set("biz_content", "{") }, true, "40002", "isv.invalid-arguments"},
		{"no biz_content", func(p url.Values) { p.Del("biz_content") }, true, "40001", "isv.missing-biz-content"},
	} {
		p := s.form("alipay.trade.query", nil, m{"out_trade_no": "P1"})
		c.change(p)
		if c.sign {
			s.signed(p)
		}
		got, err := s.post(p)
		if err != nil {
			t.Fatal(c.name, err)
		}
		want(t, c.name, got, m{"root": "error_response", "code": c.code, "sub_code": c.sub})
	}
	p := s.form("alipay.trade.query", nil, m{"out_trade_no": "P1"})
	p.Set("return_url", "") // empty parameters are not signed
	got, _ := s.post(p)
	want(t, "empty parameter", got, refused("ACQ.TRADE_NOT_EXIST"))
}

func TestAuthorisation(t *testing.T) {
	s := newShop(t)
	authorise := func(cookie string) url.Values {
		req, _ := http.NewRequest("GET", s.srv.URL+"/oauth2/publicAppAuthorize.htm?app_id="+s.appID+"&scope=auth_base&redirect_uri="+
			url.QueryEscape("https://pay.example.com/back?x=1")+"&state=S%2B1", nil)
		if cookie != "" {
			req.AddCookie(&http.Cookie{Name: sandbox.PayerCookie, Value: cookie})
		}
		resp, err := s.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		back, err := resp.Location()
		if err != nil || resp.StatusCode != 302 || back.Host != "pay.example.com" || back.Path != "/back" {
			t.Fatal(resp.Status, back, err)
		}
		return back.Query()
	}
	q := authorise("")
	if q.Get("x") != "1" || q.Get("app_id") != s.appID || q.Get("scope") != "auth_base" || q.Get("state") != "S+1" {
		t.Error(q)
	}
	exchange := func(code string) map[string]any {
		return s.call("alipay.system.oauth.token", url.Values{"grant_type": {"authorization_code"}, "code": {code}}, nil)
	}
	got := exchange(q.Get("auth_code"))
	id, _ := got["user_id"].(string)
	if len(id) != 16 || !strings.HasPrefix(id, "2088") || got["root"] != "alipay_system_oauth_token_response" {
		t.Error(got)
	}
	want(t, "used code", exchange(q.Get("auth_code")), m{"root": "error_response", "sub_code": "isv.code-invalid"})
	want(t, "invented code", exchange("x"), m{"root": "error_response", "sub_code": "isv.code-invalid"})
	want(t, "same consumer", exchange(authorise(sandbox.DefaultPayer).Get("auth_code")), m{"user_id": id})
	if other := exchange(authorise("consumer-2").Get("auth_code")); other["user_id"] == id {
		t.Error("two consumers, one id")
	}
	late := authorise("").Get("auth_code")
	s.clk.AdvanceTo(start.Add(25 * time.Hour))
	want(t, "old code", exchange(late), m{"sub_code": "isv.code-invalid"})
	for _, bad := range []string{"app_id=1&scope=auth_base&redirect_uri=https%3A%2F%2Fa", "app_id=" + s.appID + "&scope=auth_user&redirect_uri=https%3A%2F%2Fa", "app_id=" + s.appID + "&scope=auth_base&redirect_uri=%2Fa"} {
		resp, err := s.http.Get(s.srv.URL + "/oauth2/publicAppAuthorize.htm?" + bad)
		if err != nil || resp.StatusCode != 400 {
			t.Error(bad, resp.Status, err)
		}
		resp.Body.Close()
	}
}

func TestCreate(t *testing.T) {
	s := newShop(t)
	first := s.create("P1", nil)
	want(t, "create", first, m{"root": "alipay_trade_create_response", "code": "10000", "out_trade_no": "P1"})
	if no, _ := first["trade_no"].(string); len(no) != 28 || !strings.HasPrefix(no, "2026031022") {
		t.Error(first)
	}
	want(t, "again", s.create("P1", nil), m{"code": "10000", "trade_no": first["trade_no"]})
	want(t, "again as a number", s.create("P1", m{"total_amount": 68}), m{"trade_no": first["trade_no"]})
	for name, change := range map[string]m{"amount": {"total_amount": "68.01"}, "subject": {"subject": "x"}, "buyer": {"buyer_id": "2088999000000102"}, "merchant": {"sub_merchant": m{"merchant_id": "2088999000000778"}}} {
		want(t, "other "+name, s.create("P1", change), refused("ACQ.CONTEXT_INCONSISTENT"))
	}
	for name, change := range map[string]m{
		"number": {"out_trade_no": "P-1"}, "no number": {"out_trade_no": ""}, "amount 0": {"total_amount": "0.00"}, "three decimals": {"total_amount": "1.001"},
		"negative": {"total_amount": "-1"}, "subject": {"subject": ""}, "buyer": {"buyer_id": ""}, "terminal": {"terminal_id": strings.Repeat("1", 33)},
		"expiry": {"timeout_express": "soon"}, "past": {"time_expire": "2026-03-10 11:02:11"},
	} {
		if change["out_trade_no"] == nil {
			change["out_trade_no"] = "P2"
		}
		want(t, name, s.create("P2", change), refused("ACQ.INVALID_PARAMETER"))
	}
	s.pay("P1")
	want(t, "paid", s.create("P1", nil), refused("ACQ.TRADE_HAS_SUCCESS"))
	want(t, "open id", s.create("P3", m{"buyer_id": nil, "buyer_open_id": "o1"}), ok)
}

func TestQueryAndPay(t *testing.T) {
	s := newShop(t)
	no := s.create("P1", nil)["trade_no"].(string)
	q := func() map[string]any { return s.call("alipay.trade.query", nil, m{"out_trade_no": "P1"}) }
	want(t, "unpaid", q(), m{"trade_status": "WAIT_BUYER_PAY", "total_amount": "68.00", "receipt_amount": "0.00", "send_pay_date": nil})
	if err := s.wallet.Confirm("P0", ""); err == nil {
		t.Error("an order that does not exist was paid")
	}
	s.clk.AdvanceTo(start.Add(8 * time.Second))
	s.pay("P1")
	if err := s.wallet.Confirm("P1", ""); err == nil || !strings.Contains(err.Error(), "paid already") {
		t.Error(err)
	}
	paid := q()
	want(t, "paid", paid, m{"root": "alipay_trade_query_response", "code": "10000", "trade_status": "TRADE_SUCCESS", "trade_no": no, "receipt_amount": "68.00",
		"buyer_pay_amount": "68.00", "send_pay_date": "2026-03-10 11:02:19", "buyer_user_id": "2088999000000101", "terminal_id": "00000001",
		"store_id": "S001", "alipay_sub_merchant_id": "2088999000000777"})
	if id, _ := paid["buyer_logon_id"].(string); !strings.Contains(id, "****") {
		t.Error(paid)
	}
	want(t, "by trade number", s.call("alipay.trade.query", nil, m{"trade_no": no}), m{"out_trade_no": "P1"})
	want(t, "numbers of two", s.call("alipay.trade.query", nil, m{"trade_no": no, "out_trade_no": "P2"}), refused("ACQ.TRADE_NOT_EXIST"))
	want(t, "never seen", s.call("alipay.trade.query", nil, m{"out_trade_no": "P2"}), refused("ACQ.TRADE_NOT_EXIST"))
	o, found := s.wallet.Find(no)
	if !found || o.OutTradeNo != "P1" || o.State != "TRADE_SUCCESS" || o.AmountFen != 6800 || o.MerchantID != "2088999000000777" {
		t.Error(o)
	}
	if _, found := s.wallet.Find("nothing"); found {
		t.Error("found nothing")
	}
}

func TestConfirmByAnother(t *testing.T) {
	s := newShop(t)
	s.create("P1", nil)
	if err := s.wallet.Confirm("P1", "consumer-7"); err != nil {
		t.Fatal(err)
	}
	got := s.call("alipay.trade.query", nil, m{"out_trade_no": "P1"})
	if got["buyer_user_id"] == "2088999000000101" {
		t.Error("who pays is the buyer", got)
	}
}

// An app that knows its buyers by open id is told the open id again, and never
// a user number that it could take for its own.
func TestOpenIDBuyer(t *testing.T) {
	const open = "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"
	s := newShop(t)
	s.create("P1", m{"buyer_id": nil, "buyer_open_id": open})
	if err := s.wallet.Confirm("P1", open); err != nil {
		t.Fatal(err)
	}
	want(t, "query", s.call("alipay.trade.query", nil, m{"out_trade_no": "P1"}), m{"trade_status": "TRADE_SUCCESS", "buyer_open_id": open, "buyer_user_id": nil})
	want(t, "refund", s.call("alipay.trade.refund", nil, m{"out_trade_no": "P1", "refund_amount": "68.00"}), m{"fund_change": "Y", "buyer_open_id": open, "buyer_user_id": nil})
	s.clk.AdvanceTo(start.Add(time.Minute))
	for _, n := range s.received() {
		if n.Get("buyer_open_id") != open || n.Has("buyer_id") {
			t.Errorf("notice %v", n)
		}
	}
}

// Clients add up real_amount; a part's own items are shown when they are asked for.
func TestFundItems(t *testing.T) {
	s := newShop(t)
	s.create("P1", nil)
	s.pay("P1")
	item := func(a map[string]any, list string) string { return fmt.Sprint(a[list]) }
	if got := item(s.call("alipay.trade.query", nil, m{"out_trade_no": "P1"}), "fund_bill_list"); got != "[map[amount:68.00 fund_channel:ALIPAYACCOUNT real_amount:68.00]]" {
		t.Error("query", got)
	}
	refund := m{"out_trade_no": "P1", "refund_amount": "8.00", "out_request_no": "R1"}
	s.call("alipay.trade.refund", nil, refund)
	const list = "refund_detail_item_list"
	want(t, "not asked for", s.call("alipay.trade.fastpay.refund.query", nil, refund), m{"refund_status": "REFUND_SUCCESS", list: nil})
	refund["query_options"] = []string{list}
	if got := item(s.call("alipay.trade.fastpay.refund.query", nil, refund), list); got != "[map[amount:8.00 fund_channel:ALIPAYACCOUNT real_amount:8.00]]" {
		t.Error("refund query", got)
	}
}

func TestCloseCancelExpire(t *testing.T) {
	s := newShop(t)
	call := func(method, no string) map[string]any {
		return s.call("alipay.trade."+method, nil, m{"out_trade_no": no})
	}
	for _, no := range []string{"P1", "P2", "P3", "P4"} {
		s.create(no, nil)
	}
	want(t, "close", call("close", "P1"), m{"root": "alipay_trade_close_response", "code": "10000", "out_trade_no": "P1"})
	want(t, "close again", call("close", "P1"), refused("ACQ.TRADE_HAS_CLOSE"))
	want(t, "create closed", s.create("P1", nil), refused("ACQ.TRADE_HAS_CLOSE"))
	if err := s.wallet.Confirm("P1", ""); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Error(err)
	}
	s.pay("P2")
	want(t, "close paid", call("close", "P2"), refused("ACQ.TRADE_STATUS_ERROR"))
	want(t, "close unknown", call("close", "P9"), refused("ACQ.TRADE_NOT_EXIST"))
	want(t, "cancel unpaid", call("cancel", "P3"), m{"code": "10000", "action": "close", "retry_flag": "N"})
	want(t, "cancel paid", call("cancel", "P2"), m{"code": "10000", "action": "refund", "retry_flag": "N"})
	want(t, "cancel again", call("cancel", "P2"), m{"code": "10000", "action": nil})
	if o, _ := s.wallet.Find("P2"); o.State != "TRADE_CLOSED" || len(o.Refunds) != 1 || o.Refunds[0].AmountFen != 6800 {
		t.Error(o)
	}
	want(t, "with expiry", s.create("P5", m{"timeout_express": "15m"}), ok)
	s.clk.AdvanceTo(start.Add(15 * time.Minute))
	want(t, "expired", call("query", "P5"), m{"trade_status": "TRADE_CLOSED", "send_pay_date": nil})
	want(t, "not expired", call("query", "P4"), m{"trade_status": "WAIT_BUYER_PAY"})
	if err := s.wallet.Confirm("P5", ""); err == nil {
		t.Error("an expired order was paid")
	}
	s.create("P6", m{"timeout_express": "1m"})
	s.pay("P6")
	s.clk.AdvanceTo(start.Add(time.Hour))
	want(t, "paid in time", call("query", "P6"), m{"trade_status": "TRADE_SUCCESS"})
}

func TestRefund(t *testing.T) {
	s := newShop(t)
	s.create("P1", nil)
	refund := func(no, amount string) map[string]any {
		return s.call("alipay.trade.refund", nil, m{"out_trade_no": "P1", "out_request_no": no, "refund_amount": amount, "refund_reason": "退菜"})
	}
	query := func(no string) map[string]any {
		return s.call("alipay.trade.fastpay.refund.query", nil, m{"out_trade_no": "P1", "out_request_no": no})
	}
	want(t, "unpaid", refund("R1", "18.00"), refused("ACQ.TRADE_STATUS_ERROR"))
	s.pay("P1")
	want(t, "part without number", refund("", "18.00"), refused("ACQ.INVALID_PARAMETER"))
	want(t, "nothing", refund("R1", "0"), refused("ACQ.INVALID_PARAMETER"))
	want(t, "not there", query("R1"), m{"code": "10000", "refund_status": nil})
	want(t, "part", refund("R1", "18.00"), m{"root": "alipay_trade_refund_response", "code": "10000", "fund_change": "Y", "refund_fee": "18.00", "send_back_fee": "18.00"})
	want(t, "again", refund("R1", "18.00"), m{"code": "10000", "fund_change": "N", "refund_fee": "18.00"})
	want(t, "again, other amount", refund("R1", "18.01"), refused("ACQ.DISCORDANT_REPEAT_REQUEST"))
	want(t, "too much", refund("R2", "50.01"), refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"))
	want(t, "query", query("R1"), m{"root": "alipay_trade_fastpay_refund_query_response", "refund_status": "REFUND_SUCCESS", "refund_amount": "18.00", "total_amount": "68.00", "gmt_refund_pay": "2026-03-10 11:02:11"})
	want(t, "rest", refund("R2", "50.00"), m{"fund_change": "Y", "refund_fee": "68.00"})
	want(t, "again when closed", refund("R2", "50.00"), m{"fund_change": "N", "refund_fee": "68.00"})
	want(t, "after the rest", refund("R3", "0.01"), refused("ACQ.TRADE_STATUS_ERROR"))
	want(t, "trade", s.call("alipay.trade.query", nil, m{"out_trade_no": "P1"}), m{"trade_status": "TRADE_CLOSED", "send_pay_date": "2026-03-10 11:02:11"})
	want(t, "unknown trade", s.call("alipay.trade.refund", nil, m{"out_trade_no": "P9", "refund_amount": "1"}), refused("ACQ.TRADE_NOT_EXIST"))
	want(t, "unknown trade", s.call("alipay.trade.fastpay.refund.query", nil, m{"out_trade_no": "P9"}), refused("ACQ.TRADE_NOT_EXIST"))
	s.create("P2", nil)
	s.pay("P2")
	want(t, "whole without number", s.call("alipay.trade.refund", nil, m{"out_trade_no": "P2", "refund_amount": "68"}), m{"fund_change": "Y"})
}

func TestNotices(t *testing.T) {
	s := newShop(t)
	no := s.create("P1", m{"passback_params": "a%3D1"})["trade_no"]
	s.clk.AdvanceTo(start.Add(8 * time.Second))
	s.pay("P1")
	s.clk.AdvanceTo(start.Add(9 * time.Second))
	got := s.received()
	if len(got) != 1 {
		t.Fatalf("%d notices", len(got))
	}
	n := got[0]
	for k, v := range map[string]any{"notify_type": "trade_status_sync", "app_id": s.appID, "charset": "utf-8", "version": "1.0", "sign_type": "RSA2", "trade_no": no,
		"out_trade_no": "P1", "trade_status": "TRADE_SUCCESS", "total_amount": "68.00", "receipt_amount": "68.00", "buyer_id": "2088999000000101",
		"seller_id": "2088999000000777", "gmt_create": "2026-03-10 11:02:11", "gmt_payment": "2026-03-10 11:02:19", "notify_time": "2026-03-10 11:02:20",
		"fund_bill_list": `[{"amount":"68.00","fundChannel":"ALIPAYACCOUNT"}]`, "passback_params": "a%3D1", "subject": "示例餐厅一店-扫码/消费"} {
		if n.Get(k) != v {
			t.Errorf("%s is %q, want %q", k, n.Get(k), v)
		}
	}
	for _, k := range []string{"gmt_refund", "refund_fee", "gmt_close"} {
		if n.Has(k) {
			t.Errorf("%s is there", k)
		}
	}
	s.call("alipay.trade.refund", nil, m{"out_trade_no": "P1", "out_request_no": "R1", "refund_amount": "18.00"})
	s.call("alipay.trade.refund", nil, m{"out_trade_no": "P1", "out_request_no": "R1", "refund_amount": "18.00"}) // a repeat has no notice
	s.clk.AdvanceTo(start.Add(20 * time.Second))
	s.call("alipay.trade.refund", nil, m{"out_trade_no": "P1", "out_request_no": "R2", "refund_amount": "50.00"})
	s.clk.AdvanceTo(start.Add(30 * time.Second))
	got = s.received()
	if len(got) != 3 {
		t.Fatalf("%d notices", len(got))
	}
	for i, w := range []map[string]string{
		{"trade_status": "TRADE_SUCCESS", "gmt_refund": "2026-03-10 11:02:20.000", "refund_fee": "18.00", "refund_amount": "18.00", "out_biz_no": "R1"},
		{"trade_status": "TRADE_CLOSED", "gmt_refund": "2026-03-10 11:02:31.000", "refund_fee": "68.00", "refund_amount": "50.00", "out_biz_no": "R2"},
	} {
		for k, v := range w {
			if got[i+1].Get(k) != v {
				t.Errorf("refund notice %d: %s is %q, want %q", i, k, got[i+1].Get(k), v)
			}
		}
	}
	ids := map[string]bool{}
	for _, n := range got {
		ids[n.Get("notify_id")] = true
	}
	if len(ids) != 3 {
		t.Error("notify_id is not unique", ids)
	}
}

func TestNoticeSchedule(t *testing.T) {
	s := newShop(t)
	s.reply = "success\n" // not exactly success
	s.create("P1", nil)
	s.pay("P1")
	first := start.Add(time.Second)
	at := first
	for i, gap := range []time.Duration{0, 4 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour} {
		at = at.Add(gap)
		s.clk.AdvanceTo(at.Add(-time.Millisecond))
		if n := len(s.received()); n != i {
			t.Fatalf("before send %d: %d sent", i+1, n)
		}
		s.clk.AdvanceTo(at)
		if n := len(s.received()); n != i+1 {
			t.Fatalf("send %d at %s: %d sent", i+1, at, n)
		}
	}
	s.clk.AdvanceTo(at.Add(100 * time.Hour))
	got := s.received()
	if len(got) != 8 {
		t.Errorf("%d sends, want 8", len(got))
	}
	if got[0].Get("notify_id") != got[7].Get("notify_id") || got[0].Get("notify_time") == got[7].Get("notify_time") {
		t.Error("each send is the same event at another time")
	}
}

func TestCloseIsNotified(t *testing.T) {
	s := newShop(t)
	s.create("P1", nil)
	s.call("alipay.trade.close", nil, m{"out_trade_no": "P1"})
	s.clk.AdvanceTo(start.Add(time.Minute))
	got := s.received()
	if len(got) != 1 || got[0].Get("trade_status") != "TRADE_CLOSED" || got[0].Get("gmt_close") == "" || got[0].Has("gmt_payment") {
		t.Error(got)
	}
}

func TestOrdersAreSorted(t *testing.T) {
	s := newShop(t)
	for _, no := range []string{"P3", "P1"} {
		s.create(no, nil)
	}
	s.clk.AdvanceTo(start.Add(time.Second))
	s.create("P0", nil)
	var got []string
	for _, o := range s.wallet.Orders() {
		got = append(got, o.OutTradeNo)
	}
	if strings.Join(got, " ") != "P1 P3 P0" {
		t.Error(got)
	}
}
