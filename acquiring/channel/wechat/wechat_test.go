package wechat

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"juma/acquiring/channel"
	"juma/acquiring/channel/wechat/statement"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConfigReportsEveryFault(t *testing.T) {
	_, err := New(Config{BaseURL: "ftp://x", APIv3Key: "short", PrivateKeyPEM: "x", PlatformCertPEM: "x", PlatformPublicKeyID: "PUB"}, clock.Real{}, nil)
	if !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
	for _, want := range []string{"base_url", "sp_appid", "sp_mchid", "cert_serial", "api_v3_key has 5 bytes", "private_key_pem", "platform_cert_pem", "platform_public_key_pem"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	for name, change := range map[string]func(c *Config){
		"no platform key": func(c *Config) {
			c.PlatformCertPEM, c.PlatformCertSerial, c.PlatformPublicKeyID, c.PlatformPublicKeyPEM = "", "", "", ""
		},
		"serial and no cert": func(c *Config) { c.PlatformCertPEM = "" },
		"another serial":     func(c *Config) { c.PlatformCertSerial = "5157F09EFDC097" },
		"key without id":     func(c *Config) { c.PlatformPublicKeyID = "" },
		"address with query": func(c *Config) { c.OpenURL = "https://open.example/?a" },
	} {
		c := goodConfig("http://127.0.0.1:1")
		change(&c)
		if _, err := New(c, clock.Real{}, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(c *Config){
		"certificate alone":           func(c *Config) { c.PlatformPublicKeyID, c.PlatformPublicKeyPEM = "", "" },
		"public key alone":            func(c *Config) { c.PlatformCertPEM, c.PlatformCertSerial = "", "" },
		"serial from the certificate": func(c *Config) { c.PlatformCertSerial = "" },
		"production":                  func(c *Config) { c.BaseURL = "" },
	} {
		c := goodConfig("http://127.0.0.1:1")
		change(&c)
		if _, err := New(c, clock.Real{}, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfigDecodesAndHidesSecrets(t *testing.T) {
	c := goodConfig("http://127.0.0.1:1")
	b, _ := json.Marshal(c)
	var d Config
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil || d != c {
		t.Error("round trip:", err)
	}
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c)} {
		if strings.Contains(s, testKey) || strings.Contains(s, "PRIVATE") || strings.Contains(s, "s3cret") {
			t.Error("secret printed:", s)
		}
	}
}

func TestAuthURL(t *testing.T) {
	req := channel.AuthRequest{RedirectURL: "https://pay.example.com/q/KEY/auth", State: "S1"}
	c := goodConfig("")
	a, err := New(c, clock.Real{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.AuthURL(ctx, req)
	want := "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx99990000aaaabbbb&redirect_uri=https%3A%2F%2Fpay.example.com%2Fq%2FKEY%2Fauth" +
		"&response_type=code&scope=snsapi_base&state=S1&connect_redirect=1#wechat_redirect"
	if err != nil || got != want {
		t.Errorf("%s %v\nwant %s", got, err, want)
	}
	c.BaseURL = "http://127.0.0.1:4711/"
	a, _ = New(c, clock.Real{}, nil)
	if got, _ := a.AuthURL(ctx, req); !strings.HasPrefix(got, "http://127.0.0.1:4711/connect/oauth2/authorize?") {
		t.Error(got)
	}
	for _, bad := range []channel.AuthRequest{{RedirectURL: "/q", State: "S"}, {RedirectURL: req.RedirectURL}} {
		if _, err := a.AuthURL(ctx, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestIdentify(t *testing.T) {
	f, a := newFake(t)
	for _, c := range []struct {
		name, body string
		status     int
		kind       fault.Kind
	}{
		{"known", `{"access_token":"t","expires_in":7200,"openid":"oTest","scope":"snsapi_base"}`, 200, ""},
		{"invalid code", `{"errcode":40029,"errmsg":"invalid code"}`, 200, fault.Refused},
		{"used code", `{"errcode":40163,"errmsg":"code been used"}`, 200, fault.Refused},
		{"busy", `{"errcode":-1,"errmsg":"system error"}`, 200, fault.Unavailable},
		{"snapshot", `{"openid":"oTest","is_snapshotuser":1}`, 200, fault.Refused},
		{"nobody", `{}`, 200, fault.Unknown},
		{"not JSON", `<html>`, 200, fault.Unknown},
		{"500", ``, 500, fault.Unknown},
		{"lost", ``, 0, fault.Unknown},
	} {
		f.status, f.body = c.status, c.body
		p, err := a.Identify(ctx, channel.IdentifyRequest{Query: url.Values{"code": {"C+/1"}, "state": {"S"}}})
		if (c.kind == "" && (err != nil || p.ID != "oTest")) || (c.kind != "" && !fault.Is(err, c.kind)) {
			t.Errorf("%s: %+v %v, want kind %q", c.name, p, err, c.kind)
		}
		r := f.seen()[len(f.seen())-1]
		if r.Method != "GET" || r.URI != "/sns/oauth2/access_token?appid=wx99990000aaaabbbb&secret=s3cret&code=C%2B%2F1&grant_type=authorization_code" || r.Header.Get("Authorization") != "" {
			t.Errorf("%s: %s %s", c.name, r.Method, r.URI)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error tells the secret: %v", c.name, err)
		}
	}
	if _, err := a.Identify(ctx, channel.IdentifyRequest{Query: url.Values{}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("no code: %v", err)
	}
}

func TestReadNotice(t *testing.T) {
	_, a := newFake(t)
	k := keyring()
	refundPlain := `{"sp_mchid":"1999000000","sub_mchid":"1999000001","transaction_id":"42","out_trade_no":"P20260310000001","refund_id":"52",
		"out_refund_no":"R20260310000001","refund_status":"SUCCESS","success_time":"2026-03-10T09:15:01+08:00","amount":{"total":10000,"refund":500,"payer_total":10000,"payer_refund":500}}`
	for _, c := range []struct {
		name, event, plain string
		ok                 bool
		outcome            channel.Outcome
	}{
		{"paid", "TRANSACTION.SUCCESS", paid, true, channel.Succeeded},
		{"refunded", "REFUND.SUCCESS", refundPlain, true, channel.Succeeded},
		{"refund abnormal", "REFUND.ABNORMAL", strings.Replace(refundPlain, `"SUCCESS"`, `"ABNORMAL"`, 1), true, channel.Pending},
		{"refund closed", "REFUND.CLOSED", strings.Replace(refundPlain, `"SUCCESS"`, `"CLOSED"`, 1), true, channel.Refused},
		{"other event", "PAYSCORE.USER_OPEN_SERVICE", paid, false, ""},
		{"other provider", "TRANSACTION.SUCCESS", strings.Replace(paid, `"1999000000"`, `"1888000000"`, 1), false, ""},
		{"no merchant", "TRANSACTION.SUCCESS", strings.Replace(paid, `"1999000001"`, `""`, 1), false, ""},
		{"no order", "TRANSACTION.SUCCESS", strings.Replace(paid, "P20260310000001", "", 1), false, ""},
		{"no amount", "TRANSACTION.SUCCESS", without(paid, `"total":10000,`), false, ""},
		{"foreign currency", "TRANSACTION.SUCCESS", strings.Replace(paid, `"CNY"`, `"HKD"`, 1), false, ""},
		{"not JSON", "TRANSACTION.SUCCESS", "x", false, ""},
		{"refund without amount", "REFUND.SUCCESS", without(refundPlain, `"refund":500,`), false, ""},
		{"refund without number", "REFUND.SUCCESS", strings.Replace(refundPlain, "R20260310000001", "", 1), false, ""},
		{"refund state", "REFUND.SUCCESS", strings.Replace(refundPlain, `"SUCCESS"`, `"HM"`, 1), false, ""},
	} {
		h, body := notice(k.platform, k.serial, "EV-1", c.event, "x", c.plain)
		v, err := a.ReadNotice(ctx, channel.RawNotice{Header: h, Body: body})
		if err != nil || v.OK != c.ok || v.Notice.Result.Outcome != c.outcome || (c.ok == (v.Problem != "")) {
			t.Errorf("%s: %+v %v", c.name, v, err)
		}
		if v.Ack.Status != 204 || len(v.Ack.Body) != 0 || v.Nack.Status != 400 || !bytes.HasPrefix(v.Nack.Body, []byte(`{"code":"FAIL","message":"`)) {
			t.Errorf("%s: replies %+v %+v", c.name, v.Ack, v.Nack)
		}
	}
	h, body := notice(k.platform, k.serial, "EV-1", "TRANSACTION.SUCCESS", "transaction", paid)
	v, _ := a.ReadNotice(ctx, channel.RawNotice{Header: h, Body: body})
	n := v.Notice
	if n.ID != "EV-1" || n.Event != channel.PaymentEvent || n.OrderNo != "P20260310000001" || n.MerchantID != "1999000001" || n.Currency != "CNY" ||
		n.Amount != 10000 || n.ChannelNo != "4299990001202603100000000001" || n.Payer != "oTest" || !n.Time.Equal(testNow) {
		t.Errorf("%+v", n)
	}
	h, body = notice(k.public, testKeyID, "EV-2", "REFUND.SUCCESS", "refund", refundPlain)
	v, _ = a.ReadNotice(ctx, channel.RawNotice{Header: h, Body: body})
	n = v.Notice
	if n.Event != channel.RefundEvent || n.RefundNo != "R20260310000001" || n.OrderNo != "P20260310000001" || n.Amount != 500 || n.ChannelNo != "52" || n.Currency != "CNY" {
		t.Errorf("%+v", n)
	}
	h, body = notice(k.stranger, k.serial, "EV-3", "TRANSACTION.SUCCESS", "transaction", paid)
	if v, _ := a.ReadNotice(ctx, channel.RawNotice{Header: h, Body: body}); v.OK {
		t.Error("forged notice accepted")
	}
}

func TestStatement(t *testing.T) {
	day := bizdate.New(2026, 3, 9)
	plain, err := os.ReadFile("statement/testdata/20260310_ALL.csv")
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(plain)
	z.Close()
	sum := sha1.Sum(plain)
	digest := hex.EncodeToString(sum[:])
	serve := func(f *fake, data []byte, status int) {
		f.answers["/v3/billdownload/file"] = func(w http.ResponseWriter, r *http.Request) {
			f.last()
			w.WriteHeader(status)
			w.Write(data)
		}
	}
	location := func(digest, host string) string {
		return fmt.Sprintf(`{"hash_type":"SHA1","hash_value":%q,"download_url":"%s/v3/billdownload/file?token=T%%2B1"}`, digest, host)
	}
	for _, c := range []struct {
		name string
		at   time.Time
		set  func(f *fake)
		kind fault.Kind
		want func(s channel.StatementFile) bool
	}{
		{"packed", testNow, func(f *fake) {
			f.body = location(digest, "https://api.mch.weixin.qq.com")
			serve(f, packed.Bytes(), 200)
		}, "", func(s channel.StatementFile) bool { return bytes.Equal(s.Data, plain) && !s.Empty }},
		{"plain from our host", testNow, func(f *fake) { f.body = location(strings.ToUpper(digest), f.srv.URL); serve(f, plain, 200) }, "", func(s channel.StatementFile) bool { return bytes.Equal(s.Data, plain) }},
		{"another host", testNow, func(f *fake) { f.body = location(digest, "https://evil.example") }, fault.Corrupt, nil},
		{"altered", testNow, func(f *fake) {
			f.body = location(digest, f.srv.URL)
			serve(f, append(plain[:len(plain):len(plain)], 'x'), 200)
		}, fault.Corrupt, nil},
		{"cut", testNow, func(f *fake) { f.body = location(digest, f.srv.URL); serve(f, packed.Bytes()[:packed.Len()/2], 200) }, fault.Corrupt, nil},
		{"digest of another kind", testNow, func(f *fake) { f.body = strings.Replace(location(digest, f.srv.URL), "SHA1", "MD5", 1) }, fault.Corrupt, nil},
		{"address expired", testNow, func(f *fake) { f.body = location(digest, f.srv.URL); serve(f, nil, 403) }, fault.Unavailable, nil},
		{"answer not verified", testNow, func(f *fake) { f.body, f.signer = location(digest, f.srv.URL), keyring().stranger }, fault.Corrupt, nil},
		{"not yet", testNow, func(f *fake) { f.status, f.body = 400, `{"code":"NO_STATEMENT_EXIST"}` }, fault.NotReady, nil},
		{"being made", testNow, func(f *fake) { f.status, f.body = 400, `{"code":"INVALID_REQUEST"}` }, fault.NotReady, nil},
		{"no trade", testNow.Add(45 * time.Minute), func(f *fake) { f.status, f.body = 400, `{"code":"NO_STATEMENT_EXIST"}` }, "", func(s channel.StatementFile) bool { return s.Empty && s.Data == nil }},
		{"refused", testNow.Add(45 * time.Minute), func(f *fake) { f.status, f.body = 400, `{"code":"INVALID_REQUEST"}` }, fault.Refused, nil},
		{"system error", testNow, func(f *fake) { f.status, f.body = 500, `{"code":"SYSTEM_ERROR"}` }, fault.Unavailable, nil},
		{"lost", testNow, func(f *fake) { f.status = 0 }, fault.Unavailable, nil},
	} {
		f, _ := newFake(t)
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		// The fake signs at testNow; minutes later it is still fresh enough only
		// because the adapter's clock is moved and the answer's with it.
		f.mangle = func(h http.Header) { resign(f, h, c.at) }
		a, err := New(goodConfig(f.srv.URL), clock.NewSim(c.at, 1), client)
		if err != nil {
			t.Fatal(err)
		}
		c.set(f)
		s, err := a.Statement(ctx, channel.StatementRequest{Date: day})
		if c.kind != "" {
			if !fault.Is(err, c.kind) {
				t.Errorf("%s: %v, want kind %s", c.name, err, c.kind)
			}
		} else if err != nil || !c.want(s) || s.Date != day || s.Channel != channel.WeChat {
			t.Errorf("%s: %+v %v", c.name, s.Name, err)
		}
		if want := "/v3/bill/tradebill?bill_date=2026-03-09&bill_type=ALL&tar_type=GZIP"; f.seen()[0].URI != want || f.seen()[0].Method != "GET" {
			t.Errorf("%s: %s", c.name, f.seen()[0].URI)
		}
		if c.name == "packed" && f.seen()[1].URI != "/v3/billdownload/file?token=T%2B1" {
			t.Error(f.seen()[1].URI)
		}
	}
	f, a := newFake(t)
	if _, err := a.Statement(ctx, channel.StatementRequest{Date: bizdate.Of(testNow)}); !fault.Is(err, fault.NotReady) || len(f.seen()) != 0 {
		t.Errorf("today's bill: %v", err)
	}
	if _, err := (statement.Reader{Account: "1999000000"}).Read(channel.StatementFile{Channel: channel.WeChat, Date: bizdate.New(2026, 3, 10), Data: plain}); err != nil {
		t.Error(err)
	}
}

// resign signs the fake's canned answer at another time.
func resign(f *fake, h http.Header, at time.Time) {
	stamp := fmt.Sprint(at.Unix())
	h.Set("Wechatpay-Timestamp", stamp)
	h.Set("Wechatpay-Signature", sign(f.signer, stamp+"\n"+h.Get("Wechatpay-Nonce")+"\n"+f.body+"\n"))
}
