package wechat

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"juma/acquiring/sandbox"
)

func TestOrderLife(t *testing.T) {
	s := newShop(t)
	id := s.place("P20260310000001", 10000)
	if again := s.place("P20260310000001", 10000); again != id {
		t.Errorf("the same order again has prepay_id %s, was %s", again, id)
	}
	if o, ok := s.w.Find("prepay_id=" + id); !ok || o.OutTradeNo != "P20260310000001" || o.Payer != openID("ann") || o.State != "NOTPAY" {
		t.Errorf("found %+v", o)
	}
	q := s.call(200, "GET", byNumber("P20260310000001"), nil)
	if q["trade_state"] != "NOTPAY" || q["transaction_id"] != nil || dig(q, "amount", "total") != 10000.0 {
		t.Errorf("unpaid: %v", q)
	}
	s.pass(time.Minute)
	if err := s.w.Confirm("P20260310000001", "ann"); err != nil {
		t.Fatal(err)
	}
	if err := s.w.Confirm("P20260310000001", "ann"); err == nil || !strings.Contains(err.Error(), "paid already") {
		t.Errorf("paid twice: %v", err)
	}
	q = s.call(200, "GET", byNumber("P20260310000001"), nil)
	for k, want := range map[string]any{"trade_state": "SUCCESS", "trade_type": "JSAPI", "success_time": "2026-03-10T09:16:01+08:00", "attach": "T0000001",
		"sp_appid": spAppID, "sp_mchid": spMchID, "sub_mchid": merchant, "bank_type": "OTHERS"} {
		if q[k] != want {
			t.Errorf("%s = %v, want %v", k, q[k], want)
		}
	}
	if dig(q, "payer", "sp_openid") != openID("ann") || dig(q, "amount", "payer_total") != 10000.0 || dig(q, "scene_info", "device_id") != "T0000001" {
		t.Errorf("paid: %v", q)
	}
	tx := q["transaction_id"].(string)
	if len(tx) != 28 {
		t.Errorf("transaction_id %s", tx)
	}
	if b := s.call(200, "GET", "/v3/pay/partner/transactions/id/"+tx+"?sp_mchid=1999000000&sub_mchid="+merchant, nil); b["out_trade_no"] != "P20260310000001" {
		t.Errorf("by transaction: %v", b)
	}
	if e := s.call(400, "POST", jsapi, s.order("P20260310000001", 10000)); e["code"] != "INVALID_REQUEST" || !strings.Contains(e["message"].(string), "ORDERPAID") {
		t.Errorf("order of a paid number: %v", e)
	}
	if e := s.call(400, "POST", "/v3/pay/partner/transactions/out-trade-no/P20260310000001/close", object{"sp_mchid": spMchID, "sub_mchid": merchant}); e["code"] != "INVALID_REQUEST" {
		t.Errorf("close of a paid order: %v", e)
	}
	if got := s.w.Orders(); len(got) != 1 || got[0].State != "SUCCESS" || got[0].TradeNo != tx {
		t.Errorf("orders %+v", got)
	}
}

func TestClose(t *testing.T) {
	s := newShop(t)
	s.place("P20260310000001", 100)
	closing := "/v3/pay/partner/transactions/out-trade-no/P20260310000001/close"
	body := object{"sp_mchid": spMchID, "sub_mchid": merchant}
	for range 2 {
		s.call(204, "POST", closing, body)
	}
	if q := s.call(200, "GET", byNumber("P20260310000001"), nil); q["trade_state"] != "CLOSED" {
		t.Errorf("got %v", q)
	}
	if err := s.w.Confirm("P20260310000001", ""); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a closed order was paid: %v", err)
	}
	s.fault(sandbox.Fault{Kind: sandbox.PayLate, OutTradeNo: "P20260310000003"})
	s.place("P20260310000003", 100)
	s.call(204, "POST", strings.Replace(closing, "000001", "000003", 1), body)
	if err := s.w.Confirm("P20260310000003", ""); err != nil {
		t.Errorf("scripted to win against its end: %v", err)
	}
	if q := s.call(200, "GET", byNumber("P20260310000003"), nil); q["trade_state"] != "SUCCESS" {
		t.Errorf("got %v", q)
	}
	if e := s.call(400, "POST", jsapi, s.order("P20260310000001", 100)); e["code"] != "ORDER_CLOSED" {
		t.Errorf("got %v", e)
	}
	if e := s.call(404, "POST", "/v3/pay/partner/transactions/out-trade-no/P20260310000002/close", body); e["code"] != "ORDER_NOT_EXIST" {
		t.Errorf("got %v", e)
	}
	if e := s.call(400, "POST", closing, object{"sp_mchid": "1", "sub_mchid": merchant}); dig(e, "detail", "location") != "body" {
		t.Errorf("got %v", e)
	}
	if err := s.w.Confirm("P20260310000009", ""); err == nil || !strings.Contains(err.Error(), "no such order") {
		t.Errorf("an unknown order was paid: %v", err)
	}
}

func TestOrderExpires(t *testing.T) {
	s := newShop(t)
	o := s.order("P20260310000001", 100)
	o["time_expire"] = start.Add(5 * time.Minute).Format(time.RFC3339)
	s.call(200, "POST", jsapi, o)
	delete(o, "time_expire")
	o["out_trade_no"] = "P20260310000002"
	s.call(200, "POST", jsapi, o)
	s.pass(5 * time.Minute)
	if err := s.w.Confirm("P20260310000001", ""); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("paid after time_expire: %v", err)
	}
	s.pass(2 * time.Hour)
	if err := s.w.Confirm("P20260310000002", ""); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("paid with a prepay_id of two hours: %v", err)
	}
}

func TestOrderFields(t *testing.T) {
	s := newShop(t)
	s.place("P20260310000001", 100)
	for _, c := range []struct {
		name   string
		change func(object)
		status int
		code   string
		field  string
	}{
		{"app", func(o object) { o["sp_appid"] = "wx1" }, 400, "APPID_MCHID_NOT_MATCH", ""},
		{"provider", func(o object) { o["sp_mchid"] = "1" }, 400, "APPID_MCHID_NOT_MATCH", ""},
		{"sub-merchant", func(o object) { o["sub_mchid"] = "12a" }, 400, "PARAM_ERROR", "sub_mchid"},
		{"no description", func(o object) { o["description"] = "" }, 400, "PARAM_ERROR", "description"},
		{"long description", func(o object) { o["description"] = strings.Repeat("字", 128) }, 400, "PARAM_ERROR", "description"},
		{"number too short", func(o object) { o["out_trade_no"] = "P1" }, 400, "PARAM_ERROR", "out_trade_no"},
		{"number with a dot", func(o object) { o["out_trade_no"] = "P2026.000002" }, 400, "PARAM_ERROR", "out_trade_no"},
		{"expiry not a time", func(o object) { o["time_expire"] = "tomorrow" }, 400, "PARAM_ERROR", "time_expire"},
		{"expiry over", func(o object) { o["time_expire"] = "2026-03-10T09:15:01+08:00" }, 400, "PARAM_ERROR", "time_expire"},
		{"long attach", func(o object) { o["attach"] = strings.Repeat("x", 129) }, 400, "PARAM_ERROR", "attach"},
		{"notify with a query", func(o object) { o["notify_url"] = "https://x.test/n?a=1" }, 400, "PARAM_ERROR", "notify_url"},
		{"notify relative", func(o object) { o["notify_url"] = "/n" }, 400, "PARAM_ERROR", "notify_url"},
		{"no amount", func(o object) { o["amount"] = object{"total": 0} }, 400, "PARAM_ERROR", "amount.total"},
		{"amount beyond all limits", func(o object) { o["amount"] = object{"total": mostFen + 1} }, 400, "PARAM_ERROR", "amount.total"},
		{"amount in yuan", func(o object) { o["amount"] = object{"total": 1.5} }, 400, "PARAM_ERROR", "amount.total"},
		{"amount as text", func(o object) { o["amount"] = object{"total": "100"} }, 400, "PARAM_ERROR", "amount.total"},
		{"other currency", func(o object) { o["amount"] = object{"total": 1, "currency": "USD"} }, 400, "PARAM_ERROR", "amount.currency"},
		{"no payer", func(o object) { delete(o, "payer") }, 400, "PARAM_ERROR", "payer"},
		{"sub_openid without sub_appid", func(o object) { o["payer"] = object{"sub_openid": "o1"} }, 400, "PARAM_ERROR", "sub_appid"},
		{"scene without ip", func(o object) { o["scene_info"] = object{} }, 400, "PARAM_ERROR", "scene_info.payer_client_ip"},
		{"short device", func(o object) { o["scene_info"] = object{"payer_client_ip": "::1", "device_id": "T1"} }, 400, "PARAM_ERROR", "scene_info.device_id"},
		{"store without id", func(o object) { o["scene_info"] = object{"payer_client_ip": "::1", "store_info": object{}} }, 400, "PARAM_ERROR", "scene_info.store_info.id"},
		{"used with another amount", func(o object) { o["out_trade_no"] = "P20260310000001"; o["amount"] = object{"total": 101} }, 403, "OUT_TRADE_NO_USED", ""},
		{"used by another merchant", func(o object) { o["out_trade_no"] = "P20260310000001"; o["sub_mchid"] = "1999000002" }, 403, "OUT_TRADE_NO_USED", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := s.order("P20260310000002", 100)
			c.change(o)
			e := s.call(c.status, "POST", jsapi, o)
			field, _ := dig(e, "detail", "field").(string)
			if e["code"] != c.code || field != c.field {
				t.Fatalf("got %v, want %s about %q", e, c.code, c.field)
			}
		})
	}
	if n := len(s.w.Orders()); n != 1 {
		t.Errorf("%d orders, want the first one only", n)
	}
	resp, b, err := s.request("POST", jsapi, "{", nil)
	if err != nil || resp.StatusCode != 400 || !strings.Contains(string(b), "PARAM_ERROR") {
		t.Errorf("broken JSON: %s, %v", b, err)
	}
}

func TestQueryRefuses(t *testing.T) {
	s := newShop(t)
	s.place("P20260310000001", 100)
	base := "/v3/pay/partner/transactions/out-trade-no/"
	for address, want := range map[string]string{
		base + "P20260310000009?sp_mchid=1999000000&sub_mchid=1999000001": "ORDER_NOT_EXIST",
		base + "P20260310000001?sp_mchid=1999000000&sub_mchid=1999000002": "ORDER_NOT_EXIST",
		base + "P20260310000001?sp_mchid=1&sub_mchid=1999000001":          "PARAM_ERROR",
		base + "P20260310000001?sp_mchid=1999000000":                      "PARAM_ERROR",
		"/v3/nothing": "RESOURCE_NOT_EXISTS",
	} {
		status := 404
		if want == "PARAM_ERROR" {
			status = 400
		}
		if e := s.call(status, "GET", address, nil); e["code"] != want {
			t.Errorf("%s: %v", address, e)
		}
	}
}

// Every way in which a request is not signed as it must be.
func TestRequestSignature(t *testing.T) {
	s := newShop(t)
	auth := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
		}
	}
	at := fmt.Sprintf(`timestamp="%d"`, start.Unix())
	for name, change := range map[string]func(*http.Request){
		"no header":       func(r *http.Request) { r.Header.Del("Authorization") },
		"other scheme":    auth("WECHATPAY2-SHA256-RSA2048", "WECHATPAY2-SM2-WITH-SM3"),
		"other merchant":  auth("1999000000", "1999000009"),
		"other serial":    auth(s.serial, strings.Repeat("A", 40)),
		"other nonce":     auth("NONCE0", "NONCE1"),
		"long nonce":      auth("NONCE0", "NONCE00000"),
		"other time":      auth(at, fmt.Sprintf(`timestamp="%d"`, start.Unix()+1)),
		"old":             auth(at, fmt.Sprintf(`timestamp="%d"`, start.Unix()-301)),
		"other query":     func(r *http.Request) { r.URL.RawQuery = "sub_mchid=1999000001&sp_mchid=1999000000" },
		"other path":      func(r *http.Request) { r.URL.Path += "1" },
		"broken Base64":   auth(`signature="`, `signature="*`),
		"other signature": auth(`signature="`, `signature="AAAA`),
	} {
		t.Run(name, func(t *testing.T) {
			resp, b, err := s.request("GET", byNumber("P20260310000001"), "", change)
			if err != nil {
				t.Fatal(err)
			}
			var e apiError
			if json.Unmarshal(b, &e); resp.StatusCode != 401 || e.Code != "SIGN_ERROR" || resp.Header.Get("Wechatpay-Signature") != "" {
				t.Fatalf("status %d %s", resp.StatusCode, b)
			}
		})
	}
	// A signature of the very same request 299 seconds ago is still fresh.
	s.place("P20260310000001", 100)
	sigTime := s.sim.Now()
	resp, b, err := s.request("GET", byNumber("P20260310000001"), "", func(r *http.Request) { s.sim.AdvanceTo(sigTime.Add(299 * time.Second)) })
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("299 seconds old: %s, %v", b, err)
	}
	resp, b, err = s.request("GET", byNumber("P20260310000001"), "", func(r *http.Request) { s.sim.AdvanceTo(s.sim.Now().Add(301 * time.Second)) })
	if err != nil || resp.StatusCode != 401 {
		t.Errorf("301 seconds old: %s, %v", b, err)
	}
	resp, _, err = s.request("GET", byNumber("P20260310000001"), "", func(r *http.Request) { r.Header["User-Agent"] = nil })
	if err != nil || resp.StatusCode != 403 {
		t.Errorf("no User-Agent: %v", err)
	}
}

// A merchant that names a platform key gets every answer and notice under it,
// because it may hold no other; one that names none gets the certificate's.
func TestSignatureKeys(t *testing.T) {
	cert, pub := fixed().platform.serial, fixed().pubID
	for i, c := range []struct{ named, want string }{{"", cert}, {cert, cert}, {pub, pub}, {"PUB_KEY_ID_0000", cert}} {
		t.Run(c.named, func(t *testing.T) {
			s := newShop(t)
			s.named = c.named
			for j := range 4 {
				no := fmt.Sprintf("P2026031%d%d", i, j)
				s.paid(no, 100)
				s.call(200, "GET", byNumber(no), nil)
				s.call(200, "POST", refunds, s.refund(no, "R"+no, 100, 100))
				s.call(404, "GET", byNumber("X"+no), nil)
			}
			s.pass(3 * time.Second)
			letters := s.took()
			for _, l := range letters {
				s.content(l)
				s.modes[l.header.Get("Wechatpay-Serial")]++
			}
			if len(letters) != 8 || len(s.modes) != 1 || s.modes[c.want] == 0 {
				t.Errorf("%d notices; signed under %v, want %s alone", len(letters), s.modes, c.want)
			}
		})
	}
}

func TestCertificates(t *testing.T) {
	s := newShop(t)
	a := s.call(200, "GET", "/v3/certificates", nil)
	item := a["data"].([]any)[0]
	var enc sealed
	b, _ := json.Marshal(dig(item, "encrypt_certificate"))
	if err := json.Unmarshal(b, &enc); err != nil {
		t.Fatal(err)
	}
	if got := string(open(t, s.creds["api_v3_key"], enc)); got != s.creds["platform_cert_pem"] || dig(item, "serial_no") != s.creds["platform_cert_serial"] {
		t.Errorf("certificate %s", got)
	}
	if len(s.creds["api_v3_key"]) != 32 || len(s.creds["cert_serial"]) != 40 || !strings.HasPrefix(s.creds["platform_public_key_id"], "PUB_KEY_ID_") {
		t.Errorf("credentials %v", s.creds)
	}
}

func TestAnswerFaults(t *testing.T) {
	s := newShop(t)
	s.fault(sandbox.Fault{Kind: sandbox.AnswerLost, Call: "prepay", OutTradeNo: "P20260310000001"})
	if _, _, err := s.request("POST", jsapi, string(marshal(s.order("P20260310000001", 100))), nil); err == nil {
		t.Error("an answer came")
	}
	if _, ok := s.w.Find("P20260310000001"); !ok {
		t.Error("the order was not placed")
	}
	// The shop's client keeps its connections, so a GET that is cut off without
	// a byte would be sent again by net/http.
	s.fault(sandbox.Fault{Kind: sandbox.AnswerLost, Call: "query"})
	if _, _, err := s.request("GET", byNumber("P20260310000001"), "", nil); err == nil || len(s.core.Faults.Pending()) != 0 {
		t.Errorf("a lost answer to a query: error %v, pending %v", err, s.core.Faults.Pending())
	}
	s.fault(sandbox.Fault{Kind: sandbox.AnswerError, Call: "prepay", Payer: openID("ann")})
	if e := s.call(500, "POST", jsapi, s.order("P20260310000002", 100)); e["code"] != "SYSTEM_ERROR" {
		t.Errorf("got %v", e)
	}
	if _, ok := s.w.Find("P20260310000002"); !ok {
		t.Error("the order was not placed")
	}
	s.place("P20260310000002", 100)
	s.paid("P20260310000003", 100)
	s.fault(sandbox.Fault{Kind: sandbox.AnswerError, Call: "refund", OutTradeNo: "R20260310000001"})
	s.call(500, "POST", refunds, s.refund("P20260310000003", "R20260310000001", 40, 100))
	s.call(200, "POST", refunds, s.refund("P20260310000003", "R20260310000001", 40, 100))
	for call, f := range map[string]func(){
		"query":        func() { s.call(500, "GET", byNumber("P20260310000003"), nil) },
		"refund_query": func() { s.call(500, "GET", refunds+"/R20260310000001?sub_mchid="+merchant, nil) },
		"close": func() {
			s.call(500, "POST", "/v3/pay/partner/transactions/out-trade-no/P20260310000002/close", object{"sp_mchid": spMchID, "sub_mchid": merchant})
		},
	} {
		s.fault(sandbox.Fault{Kind: sandbox.AnswerError, Call: call})
		f()
	}
	if q := s.call(200, "GET", byNumber("P20260310000002"), nil); q["trade_state"] != "CLOSED" {
		t.Errorf("closed with an error answer: %v", q)
	}
	if len(s.core.Faults.Pending()) != 0 {
		t.Errorf("still waiting: %+v", s.core.Faults.Pending())
	}
}
