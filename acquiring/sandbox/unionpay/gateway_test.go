package unionpay_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/unionpay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const paidNo = "P2026031000000001000001"

func TestCredentials(t *testing.T) {
	c := newClient(t)
	other, err := unionpay.New(c.core)
	if err != nil {
		t.Fatal(err)
	}
	if other.Credentials()["private_key_pem"] == c.cred["private_key_pem"] || other.Credentials()["root_cert_pem"] == c.cred["root_cert_pem"] {
		t.Error("two wallets, one key")
	}
	for _, name := range []string{"gateway_url", "file_url", "mer_id", "cert_id", "private_key_pem", "sign_cert_pem", "root_cert_pem", "middle_cert_pem"} {
		if c.cred[name] == "" {
			t.Errorf("%s is missing", name)
		}
	}
	if strings.Trim(c.cred["cert_id"], "0123456789") != "" {
		t.Errorf("cert_id %q is not decimal", c.cred["cert_id"])
	}
	shown := c.query("P0000000000001")["signPubKeyCert"]
	a, _ := pem.Decode([]byte(shown))
	b, _ := pem.Decode([]byte(c.cred["unionpay_cert_pem"]))
	if string(a.Bytes) != string(b.Bytes) {
		t.Error("answers carry another certificate than unionpay_cert_pem")
	}
	if c.wallet.Name() != sandbox.UnionPay {
		t.Errorf("Name = %q", c.wallet.Name())
	}
}

// The documents name three addresses for a JS-pay order; each makes the same one.
func TestOrderAddresses(t *testing.T) {
	c := newClient(t)
	f := fields{
		"txnType": "01", "txnSubType": "01", "tradeType": "mobileWeb", "currencyCode": "156", "orderId": paidNo, "txnAmt": "100", "appUserId": "ann",
		"backUrl": c.inbox.server.URL + "/notify", "txnTime": c.clock.Now().In(china).Format("20060102150405"),
	}
	tn := c.send("newAppTransReq.do", f)["tn"]
	for _, path := range []string{"newAppTransReq.do", "order.do", "backTransReq.do"} {
		want(t, path, c.send(path, f), "respCode", "00", "tn", tn)
	}
	want(t, "the query's", c.send("queryTrans.do", f), "respCode", "32")
}

// A notice comes in the role in which the order or refund was sent: merchant or
// acquirer.
func TestNoticeRole(t *testing.T) {
	c := newClient(t)
	acquirer := fields{"accessType": "1", "acqInsCode": "99982900"}
	c.buy(paidNo, 100, acquirer)
	c.refund("R2026031000000001000001", 40, acquirer, fields{"origQryId": c.query(paidNo)["queryId"]})
	c.refund("R2026031000000001000002", 40, fields{"origQryId": c.query(paidNo)["queryId"]})
	got := c.wait(3 * time.Second)
	if len(got) != 3 {
		t.Fatalf("%d notices", len(got))
	}
	for _, n := range got {
		role := []string{"accessType", "1", "acqInsCode", "99982900"}
		if n["orderId"] == "R2026031000000001000002" {
			role = []string{"accessType", "0", "acqInsCode", ""}
		}
		want(t, n["orderId"], n, role...)
	}
}

func TestAdmission(t *testing.T) {
	c := newClient(t)
	q := func(more ...string) fields {
		f := fields{"txnType": "00", "txnSubType": "00", "orderId": "P0000000000001"}
		for i := 0; i < len(more); i += 2 {
			f[more[i]] = more[i+1]
		}
		return f
	}
	for name, c2 := range map[string]struct {
		path string
		f    fields
		code string
	}{
		"in order":           {"queryTrans.do", q(), "34"},
		"other version":      {"queryTrans.do", q("version", "5.0.0"), "10"},
		"other signMethod":   {"queryTrans.do", q("signMethod", "11"), "10"},
		"other certId":       {"queryTrans.do", q("certId", "1"), "11"},
		"unknown txnType":    {"queryTrans.do", q("txnType", "13"), "32"},
		"wrong path":         {"backTransReq.do", q(), "32"},
		"query at file host": {"", q(), "32"},
		"orderId missing":    {"queryTrans.do", q("orderId", ""), "13"},
		"merId missing":      {"queryTrans.do", q("merId", ""), "13"},
		"orderId with dash":  {"queryTrans.do", q("orderId", "P-000000001"), "10"},
		"orderId short":      {"queryTrans.do", q("orderId", "P000001"), "10"},
		"merId short":        {"queryTrans.do", q("merId", "99929005812000"), "10"},
		"txnTime with dots":  {"queryTrans.do", q("txnTime", "20260310101500.5"), "10"},
		"txnTime impossible": {"queryTrans.do", q("txnTime", "20260230101500"), "10"},
		"bizType unknown":    {"queryTrans.do", q("bizType", "000201"), "10"},
		"any merchant":       {"queryTrans.do", q("merId", "ABC290058120777"), "34"},
	} {
		want(t, name, c.send(c2.path, c2.f), "respCode", c2.code)
	}
	form := c.sign(q())
	form.Set("orderId", "P0000000000002")
	answer, err := c.post("queryTrans.do", form)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "changed after signing", answer, "respCode", "11", "merId", c.cred["mer_id"])
	form = c.sign(q())
	form.Del("signature")
	if answer, err := c.post("queryTrans.do", form); err != nil || answer["respCode"] != "11" {
		t.Errorf("unsigned: %v, %v", answer, err)
	}
	form = c.sign(q())
	form.Add("orderId", "P0000000000003")
	if answer, err := c.post("queryTrans.do", form); err == nil {
		t.Errorf("a field twice: %v", answer)
	}
	form = c.sign(q("reqReserved", "a&b"))
	if answer, err := c.post("queryTrans.do", form); err != nil || answer["respCode"] != "10" {
		t.Errorf("reqReserved with &: %v, %v", answer, err)
	}
}

func TestIdentity(t *testing.T) {
	c := newClient(t)
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	visit := func(query, consumer string) *http.Response {
		req, _ := http.NewRequest(http.MethodGet, c.server.URL+"/qrcGtwWeb-web/api/userAuth?"+query, nil)
		if consumer != "" {
			req.AddCookie(&http.Cookie{Name: sandbox.PayerCookie, Value: consumer})
		}
		resp, err := noFollow.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	code := func(consumer string) string {
		resp := visit("version=1.0.0&redirectUrl="+url.QueryEscape("http://pay.example.com/auth/unionpay?state=S%2B1"), consumer)
		back, err := resp.Location()
		if err != nil {
			t.Fatalf("%s: %v", resp.Status, err)
		}
		q := back.Query()
		if resp.StatusCode != http.StatusFound || back.Host != "pay.example.com" || back.Path != "/auth/unionpay" || q.Get("state") != "S+1" || q.Get("respCode") != "00" {
			t.Errorf("sent back to %s", back)
		}
		for _, sign := range "+/=" {
			if !strings.ContainsRune(q.Get("userAuthCode"), sign) {
				t.Errorf("userAuthCode %q has no %c", q.Get("userAuthCode"), sign)
			}
		}
		return q.Get("userAuthCode")
	}
	identify := func(code string, more ...fields) fields {
		f := fields{"txnType": "00", "txnSubType": "10", "orderId": "A0000000000001", "userAuthCode": code, "appUpIdentifier": "UnionPay/1.0 CloudPay"}
		for _, m := range more {
			for name, value := range m {
				f[name] = value
			}
		}
		return c.send("newAppTransReq.do", f)
	}
	first := code("ann")
	ann := identify(first)
	want(t, "first use", ann, "respCode", "00")
	want(t, "second use", identify(first), "respCode", "73", "appUserId", "")
	want(t, "invented code", identify("AAAA+AAAA/AAAAAAAAAAAA=="), "respCode", "73")
	again, bob := identify(code("ann")), identify(code("bob"))
	if ann["appUserId"] == "" || ann["appUserId"] != again["appUserId"] || ann["appUserId"] == bob["appUserId"] {
		t.Errorf("appUserId: ann %q and %q, bob %q", ann["appUserId"], again["appUserId"], bob["appUserId"])
	}
	want(t, "another app", identify(code("ann"), fields{"appUpIdentifier": "UnionPay/1.0 CCBLoongPay"}), "respCode", "00")
	want(t, "no app", identify(code("ann"), fields{"appUpIdentifier": "CloudPay"}), "respCode", "10")
	late := code("")
	c.clock.AdvanceTo(morning.Add(5 * time.Minute))
	want(t, "too late", identify(late), "respCode", "73")
	for _, query := range []string{"redirectUrl=http%3A%2F%2Fx%2F", "version=1.0.0", "version=1.0.0&redirectUrl=%2Fauth", "version=1.0.0&redirectUrl=javascript%3Aalert(1)"} {
		if resp := visit(query, ""); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", query, resp.Status)
		}
	}
	// The consumer behind an appUserId is who the wallet says has paid.
	c.buy(paidNo, 100, fields{"appUserId": bob["appUserId"]})
	if o, ok := c.wallet.Find(paidNo); !ok || o.Payer != "bob" {
		t.Errorf("order %+v", o)
	}
}

func TestOrderToNotice(t *testing.T) {
	c := newClient(t)
	a := c.order(paidNo, 5000, fields{"reqReserved": "abc", "orderDesc": "示例餐厅"})
	want(t, "order", a, "respCode", "00", "orderId", paidNo, "txnTime", "20260310101500", "reqReserved", "abc", "txnType", "01")
	if a["tn"] == "" || a["payUrl"] != c.server.URL+"/qrcGtwWeb-web/pay?tn="+a["tn"] {
		t.Fatalf("tn %q, payUrl %q", a["tn"], a["payUrl"])
	}
	want(t, "the same again", c.order(paidNo, 5000), "respCode", "00", "tn", a["tn"])
	want(t, "other amount", c.order(paidNo, 5001), "respCode", "12", "tn", "")
	want(t, "unpaid", c.query(paidNo), "respCode", "00", "origRespCode", "05", "txnAmt", "5000", "queryId", "")
	want(t, "other txnTime", c.query(paidNo, fields{"txnTime": "20260310101501"}), "respCode", "34")
	want(t, "other merchant", c.query(paidNo, fields{"merId": "999581054110002"}), "respCode", "34")
	c.clock.AdvanceTo(morning.Add(30 * time.Second))
	if err := c.wallet.Confirm(paidNo, ""); err != nil {
		t.Fatal(err)
	}
	q := c.query(paidNo)
	want(t, "paid", q, "respCode", "00", "origRespCode", "00", "txnAmt", "5000", "settleAmt", "5000", "settleDate", "0310", "currencyCode", "156", "traceTime", "0310101530")
	if q["queryId"] != "20260310101530"+q["traceNo"]+"8" || len(q["traceNo"]) != 6 {
		t.Errorf("queryId %q, traceNo %q", q["queryId"], q["traceNo"])
	}
	want(t, "paid, ordered again", c.order(paidNo, 5000, fields{"txnTime": "20260310101500"}), "respCode", "12")
	got := c.wait(2 * time.Second)
	if len(got) != 1 || c.inbox.errs[0] != nil {
		t.Fatalf("%d notices, %v", len(got), c.inbox.errs)
	}
	for _, name := range []string{"queryId", "traceNo", "traceTime", "settleDate", "settleAmt", "accNo", "payCardType"} {
		want(t, "notice", got[0], name, q[name])
	}
	want(t, "notice", got[0], "version", "5.1.0", "encoding", "UTF-8", "signMethod", "01", "txnType", "01", "txnSubType", "01", "bizType", "000000",
		"accessType", "0", "merId", c.cred["mer_id"], "orderId", paidNo, "txnTime", "20260310101500", "txnAmt", "5000", "currencyCode", "156",
		"settleCurrencyCode", "156", "respCode", "00", "reqReserved", "abc", "respMsg", "成功[0000000]")
	if err := c.wallet.Confirm(paidNo, ""); err == nil {
		t.Error("paid twice")
	}
	if err := c.wallet.Confirm("P0000000000009", ""); err == nil {
		t.Error("an unknown order was paid")
	}
}

// A code that the shop shows is for anybody: what other clients of the gateway
// begin with.
func TestShopsCode(t *testing.T) {
	c := newClient(t)
	ask := fields{"txnType": "01", "txnSubType": "07", "orderId": paidNo, "txnAmt": "5000", "currencyCode": "156", "backUrl": c.inbox.server.URL}
	a := c.send("backTransReq.do", ask)
	want(t, "code", a, "respCode", "00", "txnAmt", "5000", "tn", "")
	if !strings.HasPrefix(a["qrCode"], "https://qr.95516.com/00010000/62") {
		t.Fatalf("qrCode %q", a["qrCode"])
	}
	want(t, "the same again", c.send("backTransReq.do", ask), "respCode", "00", "qrCode", a["qrCode"])
	if err := c.wallet.Confirm(paidNo, "bob"); err != nil {
		t.Fatal(err)
	}
	want(t, "paid", c.query(paidNo), "origRespCode", "00", "txnAmt", "5000")
	if got := c.wait(2 * time.Second); len(got) != 1 || got[0]["txnSubType"] != "07" || got[0]["respCode"] != "00" {
		t.Fatalf("notices %v", got)
	}
	want(t, "refund", c.refund("R20260310000008", 200, fields{"origOrderId": paidNo, "origTxnTime": "20260310101500"}), "respCode", "00")
	ask["orderId"], ask["txnAmt"] = "P2026031000000001000002", "0"
	want(t, "no amount", c.send("backTransReq.do", ask), "respCode", "10")
}

// The documents name the numbers of an order as what a query of the service
// provider's interface asks by: it need not say which wallet it was for.
func TestPartnerAsksWithoutTheKindOfOrder(t *testing.T) {
	c := newClient(t)
	c.wallet.ServeProvider()
	provider := httptest.NewServer(c.wallet.Handler())
	t.Cleanup(provider.Close)
	send := func(call string, f fields) (answer fields) {
		f["serProvId"], f["merId"], f["orderTime"] = unionpay.SerProvID, c.cred["mer_id"], "20260310101500"
		sig, err := rsa.SignPKCS1v15(rand.Reader, c.key, crypto.SHA256, digest(f))
		if err != nil {
			t.Fatal(err)
		}
		f["signature"] = base64.StdEncoding.EncodeToString(sig)
		body, _ := json.Marshal(f)
		resp, err := http.Post(provider.URL+"/gateway/api/pay/"+call, "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	order := fields{"orderNo": paidNo, "orderType": "upJs", "txnAmt": "500", "currencyCode": "156", "backUrl": c.inbox.server.URL, "userId": "u1"}
	want(t, "order", send("unifiedorder", order), "respCode", "00")
	want(t, "query", send("queryOrder", fields{"orderNo": paidNo}), "respCode", "00", "txnAmt", "500")
	want(t, "close", send("closeOrder", fields{"orderNo": paidNo}), "respCode", "00")
	want(t, "of another wallet", send("queryOrder", fields{"orderNo": paidNo, "orderType": "wechat"}), "respCode", "34")
}

func TestOrderRefused(t *testing.T) {
	c := newClient(t)
	for name, f := range map[string]fields{
		"no payer": {"appUserId": ""}, "no backUrl": {"backUrl": ""}, "no tradeType": {"tradeType": ""},
	} {
		want(t, name, c.order(paidNo, 100, f), "respCode", "13")
	}
	for name, f := range map[string]fields{
		"amount 0": {"txnAmt": "0"}, "amount with point": {"txnAmt": "1.00"}, "amount too long": {"txnAmt": "1234567890123"}, "dollars": {"currencyCode": "840"},
		"backUrl": {"backUrl": "ftp://x/"}, "termId": {"termId": "1"}, "an old txnTime": {"txnTime": "20260308101500"}, "past payTimeout": {"payTimeout": "20260310101500"},
	} {
		want(t, name, c.order(paidNo, 100, f), "respCode", "10")
	}
	if len(c.wallet.Orders()) != 0 {
		t.Errorf("orders: %+v", c.wallet.Orders())
	}
}

func TestPayTimeout(t *testing.T) {
	c := newClient(t)
	c.order(paidNo, 100)
	c.clock.AdvanceTo(time.Date(2026, 3, 10, 10, 29, 59, 0, china))
	want(t, "a second before", c.query(paidNo), "origRespCode", "05")
	c.clock.AdvanceTo(time.Date(2026, 3, 10, 10, 30, 0, 0, china))
	want(t, "at the time", c.query(paidNo), "respCode", "00", "origRespCode", "69")
	if err := c.wallet.Confirm(paidNo, ""); err == nil || !strings.Contains(err.Error(), "2026-03-10 10:30:00") {
		t.Errorf("paid after its time: %v", err)
	}
	if o, _ := c.wallet.Find(paidNo); o.State != "EXPIRED" {
		t.Errorf("state %s", o.State)
	}
}

func TestNoticeRetry(t *testing.T) {
	c := newClient(t)
	c.inbox.status = http.StatusInternalServerError
	c.buy(paidNo, 100)
	got := c.wait(time.Hour)
	if len(got) != 6 {
		t.Fatalf("%d notices", len(got))
	}
	var gaps []time.Duration
	for i := 1; i < len(c.inbox.at); i++ {
		gaps = append(gaps, c.inbox.at[i].Sub(c.inbox.at[i-1]))
	}
	if want := "[1m0s 2m0s 4m0s 5m0s 5m0s]"; fmt.Sprint(gaps) != want {
		t.Errorf("gaps %v, want %s", gaps, want)
	}
}

func TestForgedNotices(t *testing.T) {
	c := newClient(t)
	why := map[string]bool{}
	for i := range 6 {
		no := fmt.Sprintf("P20260310000000010%05d", i)
		if err := c.core.Faults.Add(sandbox.Fault{Wallet: sandbox.UnionPay, Kind: sandbox.NoticeForged, OutTradeNo: no}); err != nil {
			t.Fatal(err)
		}
		c.buy(no, 100)
	}
	c.wait(2 * time.Second)
	for _, err := range c.inbox.errs {
		if err != nil {
			why[fmt.Sprintf("%T", err)] = true
		}
	}
	s := c.core.Notices.Stats()
	if s.Forged != 6 || s.Fooled != 0 || s.Accepted != 6 || len(why) != 2 {
		t.Errorf("%+v, refused for %v; want both kinds of forgery", s, why)
	}
}

func TestAnswerFaults(t *testing.T) {
	c := newClient(t)
	plant := func(kind, call, no, payer string) {
		if err := c.core.Faults.Add(sandbox.Fault{Wallet: sandbox.UnionPay, Kind: kind, Call: call, OutTradeNo: no, Payer: payer}); err != nil {
			t.Fatal(err)
		}
	}
	order := fields{
		"txnType": "01", "txnSubType": "01", "tradeType": "mobileWeb", "currencyCode": "156", "orderId": paidNo, "txnAmt": "100", "appUserId": "ann",
		"backUrl": c.inbox.server.URL,
	}
	plant(sandbox.AnswerLost, "prepay", "", "ann")
	if a, err := c.post("newAppTransReq.do", c.sign(order)); err == nil {
		t.Errorf("lost answer arrived: %v", a)
	}
	want(t, "done all the same", c.query(paidNo), "origRespCode", "05")
	plant(sandbox.AnswerError, "prepay", paidNo, "")
	want(t, "order", c.send("newAppTransReq.do", order), "respCode", "04", "tn", "", "orderId", paidNo)
	plant(sandbox.AnswerError, "query", paidNo, "")
	want(t, "query", c.query(paidNo), "respCode", "03", "origRespCode", "")
	want(t, "query again", c.query(paidNo), "respCode", "00")
	if err := c.wallet.Confirm(paidNo, ""); err != nil {
		t.Fatal(err)
	}
	id := c.query(paidNo)["queryId"]
	plant(sandbox.AnswerError, "refund", "R2026031000000001000002", "")
	plant(sandbox.AnswerError, "refund_query", "", "")
	want(t, "refund", c.refund("R2026031000000001000002", 60, fields{"origQryId": id}), "respCode", "04", "queryId", "")
	want(t, "payment query is another call", c.query(paidNo), "respCode", "00")
	want(t, "refund query", c.query("R2026031000000001000002"), "respCode", "03", "origRespCode", "")
	want(t, "refund was done", c.query("R2026031000000001000002"), "origRespCode", "00")
	want(t, "and stays one", c.refund("R2026031000000001000003", 60, fields{"origQryId": id}), "respCode", "33")
}

func TestManyAtOnce(t *testing.T) {
	c := newClient(t)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 6 {
				no := fmt.Sprintf("P202603100000%04d%06d", worker, i)
				c.buy(no, 1000+i)
				id := c.query(no)["queryId"]
				c.refund("R"+no[1:], 10, fields{"origQryId": id})
			}
		})
	}
	// The same refund from many sides is one refund.
	c.buy("P2026031099999999000001", 100)
	id := c.query("P2026031099999999000001")["queryId"]
	var ok sync.Map
	for i := range 16 {
		wg.Go(func() {
			a := c.refund(fmt.Sprintf("R2026031099999999%06d", i), 30, fields{"origQryId": id})
			ok.Store(i, a["respCode"])
		})
	}
	wg.Wait()
	done := 0
	ok.Range(func(_, code any) bool {
		if code == "00" {
			done++
		}
		return true
	})
	if orders := c.wallet.Orders(); len(orders) != 25 || done != 3 {
		t.Errorf("%d orders; %d refunds of 30 out of 100 went through, want 3", len(orders), done)
	}
}
