package alipay

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"juma/internal/bizdate"
	"juma/internal/money"
)

func load(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func vectorKey(t *testing.T, text string) *rsa.PublicKey {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PublicKey)
}

func TestRequestVector(t *testing.T) {
	var v struct {
		Key  string `json:"app_public_key"`
		Text string `json:"sign_string"`
		Form string `json:"form_body"`
	}
	if err := json.Unmarshal(load(t, "alipay-request.json"), &v); err != nil {
		t.Fatal(err)
	}
	p, err := url.ParseQuery(v.Form)
	if err != nil {
		t.Fatal(err)
	}
	if got := requestText(p); got != v.Text {
		t.Errorf("text %s\nwant %s", got, v.Text)
	}
	key := vectorKey(t, v.Key)
	if !verifyRSA2(key, requestText(p), p.Get("sign")) {
		t.Error("the vector does not verify")
	}
	p.Set("timestamp", "2026-03-10 11:02:12")
	if verifyRSA2(key, requestText(p), p.Get("sign")) {
		t.Error("an altered request verifies")
	}
}

// The answer that the sandbox writes has the vector's signed text, byte for byte,
// in the vector's frame.
func TestResponseVector(t *testing.T) {
	var v struct {
		Key    string `json:"alipay_public_key"`
		Signed string `json:"signed_substring"`
		Raw    string `json:"raw"`
	}
	if err := json.Unmarshal(load(t, "alipay-response.json"), &v); err != nil {
		t.Fatal(err)
	}
	_, end, _ := strings.Cut(v.Raw, v.Signed)
	sign := strings.TrimSuffix(strings.TrimPrefix(end, `,"sign":"`), `"}`)
	if !verifyRSA2(vectorKey(t, v.Key), v.Signed, sign) {
		t.Error("the vector does not verify")
	}
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	w := &Wallet{signers: []signer{{key: own}}}
	rec := httptest.NewRecorder()
	w.write(rec, nil, "alipay_trade_create_response", createAnswer{done, "P20260310000005", "2026031022009990000000000001"})
	head, end, found := strings.Cut(rec.Body.String(), v.Signed)
	sign = strings.TrimSuffix(strings.TrimPrefix(end, `,"sign":"`), `"}`)
	if !found || head != `{"alipay_trade_create_response":` || !verifyRSA2(&own.PublicKey, v.Signed, sign) {
		t.Errorf("answer %s\nwant the text %s in it, signed", rec.Body, v.Signed)
	}
}

func TestNoticeVector(t *testing.T) {
	var v struct {
		Key  string `json:"alipay_public_key"`
		Text string `json:"sign_string"`
		Form string `json:"raw_form_body"`
	}
	if err := json.Unmarshal(load(t, "alipay-notify.json"), &v); err != nil {
		t.Fatal(err)
	}
	p, err := url.ParseQuery(v.Form)
	if err != nil {
		t.Fatal(err)
	}
	if got := noticeText(p); got != v.Text {
		t.Errorf("text %s\nwant %s", got, v.Text)
	}
	if !verifyRSA2(vectorKey(t, v.Key), noticeText(p), p.Get("sign")) {
		t.Error("the vector does not verify")
	}
}

// The sample's bill, made again from its rows: byte for byte.
func TestBillSample(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.ParseInLocation(timeLayout, "2026-03-10 "+s, bizdate.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	p := row{tradeNo: "2026031022009990000000000001", outTradeNo: "P20260310000005", subject: "示例餐厅一店-扫码消费", merchant: "S001", store: "示例门店",
		terminal: "T0000001", payer: "*试(138****0000)", created: at("11:02:11"), done: at("11:02:19"), amount: 6800, fee: -26}
	r := p
	r.refund, r.requestNo, r.created, r.done, r.amount, r.fee = true, "R20260310000002", at("16:05:00"), at("16:05:01"), -1800, 7
	q := p
	q.tradeNo, q.outTradeNo, q.subject, q.payer = "2026031022009990000000000003", "P20260310000007", "常用药品", "*例(te***@example.com)"
	q.created, q.done, q.amount, q.fee = at("12:40:00"), at("12:40:09"), 1990, -8
	rows := []row{r, q, p}
	sortRows(rows)
	name, data, err := makeBill(bizdate.New(2026, 3, 10), rows)
	if err != nil || name != "20889990000000010156_20260310.csv.zip" {
		t.Fatal(name, err)
	}
	got, want := unzip(t, data), unzip(t, load(t, "sample.csv.zip"))
	if len(got) != 2 || got[0].head != want[0].head || got[1].head != want[1].head {
		t.Errorf("entries %+v %+v, want %+v %+v", got[0].head, got[1].head, want[0].head, want[1].head)
	}
	for i, file := range []string{"detail.csv", "summary.csv"} {
		if !bytes.Equal(got[i].body, load(t, file)) {
			t.Errorf("%s:\n%q\nwant\n%q", file, got[i].body, load(t, file))
		}
	}
	_, again, _ := makeBill(bizdate.New(2026, 3, 10), rows)
	if !bytes.Equal(data, again) {
		t.Error("the same day gives other bytes")
	}
}

type entry struct {
	head struct {
		name  string
		flags uint16
	}
	body []byte
}

func unzip(t *testing.T, data []byte) (out []entry) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		var e entry
		e.head.name, e.head.flags = f.Name, f.Flags&0x800
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if e.body, err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

func TestCellsStayInTheirColumns(t *testing.T) {
	p := row{tradeNo: "1", outTradeNo: "P1", subject: "午餐,含\t饮料\r\n😀", amount: 1}
	text, err := gbk(p.detail())
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte(",")); n != 24 {
		t.Errorf("%d columns, want 25", n+1)
	}
	if bytes.ContainsAny(text, "\r\n\x1a") {
		t.Errorf("%q", text)
	}
}

func TestPayers(t *testing.T) {
	if userID("2088999000000101") != "2088999000000101" {
		t.Error("a user id is itself")
	}
	if a, b := userID("consumer-1"), userID("consumer-2"); a == b || !userIDForm.MatchString(a) {
		t.Error(a, b)
	}
	for i := range 500 {
		u := userID(time.Duration(i).String())
		if logonID(u) == otherLogonID(u) {
			t.Fatal(u)
		}
	}
}

func TestExpiry(t *testing.T) {
	now := time.Date(2026, 3, 10, 11, 2, 11, 0, bizdate.Zone)
	for in, want := range map[string]time.Duration{"15m": 15 * time.Minute, "1h": time.Hour, "15d": 360 * time.Hour, "1c": 0, "16d": -1, "0m": -1, "15": -1, "m": -1, "1s": -1} {
		at, ok := expiry(content{TimeoutExpress: text(in)}, now)
		if in == "1c" {
			want = bizdate.New(2026, 3, 11).Start().Sub(now)
		}
		if ok != (want >= 0) || (ok && at.Sub(now) != want) {
			t.Errorf("%s: %v %v, want %v", in, at, ok, want)
		}
	}
	if at, ok := expiry(content{TimeExpire: "2026-03-10 11:17:11"}, now); !ok || at.Sub(now) != 15*time.Minute {
		t.Error(at, ok)
	}
	if _, ok := expiry(content{TimeExpire: "soon"}, now); ok {
		t.Error("time_expire")
	}
}

func TestYuan(t *testing.T) {
	for in, want := range map[text]money.Fen{"68.00": 6800, "0.01": 1, "1": 100, "1.5": 150, "100000000": 10_000_000_000,
		"0": 0, "0.00": 0, "-1": 0, "1.001": 0, "1,000": 0, "1e3": 0, "": 0, "100000000.01": 0, " 1": 0} {
		if got, ok := yuan(in); ok != (want > 0) || (ok && got != want) {
			t.Errorf("%q: %d %v, want %d", in, got, ok, want)
		}
	}
}
