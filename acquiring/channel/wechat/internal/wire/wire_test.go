package wire

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"

	"juma/internal/clock"
)

func vector(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile("../../testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(name, err)
	}
}

func publicKey(t *testing.T, text string) *rsa.PublicKey {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PublicKey)
}

func checkSignature(t *testing.T, key *rsa.PublicKey, message, signature string) {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(message))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw); err != nil {
		t.Errorf("signature over %q: %v", message, err)
	}
}

// The vectors' keys are gone, so the texts that are signed are compared, and the
// signatures are verified over ours.
func TestRequestVectors(t *testing.T) {
	var v struct {
		Key   string `json:"merchant_public_key"`
		Cases []struct {
			Method, Body, Message, Signature, Authorization string
			URL                                             string `json:"canonical_url"`
			Timestamp                                       string
			Nonce                                           string `json:"nonce_str"`
			MchID                                           string
			Serial                                          string `json:"serial_no"`
		}
	}
	vector(t, "wechat-request.json", &v)
	if len(v.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range v.Cases {
		if got := requestMessage(c.Method, c.URL, 1773105301, c.Nonce, c.Body); got != c.Message {
			t.Errorf("%s %s: message %q, want %q", c.Method, c.URL, got, c.Message)
		}
		checkSignature(t, publicKey(t, v.Key), requestMessage(c.Method, c.URL, 1773105301, c.Nonce, c.Body), c.Signature)
		cl := Client{opt: Options{Signer: fixedSigner{auth.SignatureResult{MchID: c.MchID, CertificateSerialNo: c.Serial, Signature: c.Signature}},
			Clock: clock.NewSim(time.Unix(1773105301, 0), 1)}}
		got, err := cl.authorize(context.Background(), c.Method, c.URL, c.Body)
		if err != nil {
			t.Fatal(err)
		}
		// The nonce is drawn anew; everything else stands as in the vector.
		_, rest, _ := strings.Cut(got, `nonce_str="`)
		nonce, _, _ := strings.Cut(rest, `"`)
		if len(nonce) != 32 || strings.Replace(got, nonce, c.Nonce, 1) != c.Authorization {
			t.Errorf("authorization %s\nwant          %s", got, c.Authorization)
		}
	}
}

type fixedSigner struct{ res auth.SignatureResult }

func (f fixedSigner) Sign(context.Context, string) (*auth.SignatureResult, error) { return &f.res, nil }
func (fixedSigner) Algorithm() string                                             { return "SHA256-RSA2048" }

func TestPaySignVector(t *testing.T) {
	var v struct {
		Key     string `json:"merchant_public_key"`
		Message string
		Params  map[string]string
	}
	vector(t, "wechat-jsapi-paysign.json", &v)
	p := v.Params
	got := payMessage(p["appId"], p["timeStamp"], p["nonceStr"], p["package"])
	if got != v.Message {
		t.Errorf("message %q, want %q", got, v.Message)
	}
	checkSignature(t, publicKey(t, v.Key), got, p["paySign"])
}

type noticeVectors struct {
	Key    string `json:"platform_public_key"`
	Serial string `json:"platform_serial"`
	APIKey string `json:"api_v3_key"`
	Cases  []struct {
		Headers   map[string]string
		Body      string
		Plaintext string
	}
}

func noticeClient(t *testing.T, v noticeVectors, now time.Time) *Client {
	nowhere, err := url.Parse("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{Base: nowhere, Platform: []PlatformKey{{ID: v.Serial, Key: publicKey(t, v.Key)}}, Signer: fixedSigner{},
		HTTP: &http.Client{}, APIv3Key: v.APIKey, Clock: clock.NewSim(now, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func headers(h map[string]string) map[string][]string {
	out := map[string][]string{}
	for k, v := range h {
		out[strings.ToLower(k)] = []string{v} // any letter case must do
	}
	return out
}

func TestNoticeVectors(t *testing.T) {
	var v noticeVectors
	vector(t, "wechat-notify.json", &v)
	c := noticeClient(t, v, time.Unix(1773105301, 0))
	for _, n := range v.Cases {
		env, plain, err := c.OpenNotice(context.Background(), headers(n.Headers), []byte(n.Body))
		if err != nil || string(plain) != n.Plaintext {
			t.Errorf("%s: %v, %s", env.ID, err, plain)
		}
	}
}

func TestNoticeVectorOfTheLibrary(t *testing.T) {
	var v struct {
		Now         int64  `json:"now_unix"`
		APIKey      string `json:"api_v3_key"`
		Certificate string
		Headers     map[string]string
		Body        string
	}
	vector(t, "wechat-notify-library.json", &v)
	key, err := ReadCertificate(v.Certificate, "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{Platform: []PlatformKey{key}, HTTP: &http.Client{}, APIv3Key: v.APIKey, Clock: clock.NewSim(time.Unix(v.Now, 0), 1)})
	if err != nil {
		t.Fatal(err)
	}
	env, plain, err := c.OpenNotice(context.Background(), headers(v.Headers), []byte(v.Body))
	if err != nil || env.EventType != "PAYSCORE.USER_OPEN_SERVICE" || !json.Valid(plain) {
		t.Errorf("%v %v %s", err, env, plain)
	}
}

func TestNoticeRefusals(t *testing.T) {
	var v noticeVectors
	vector(t, "wechat-notify.json", &v)
	at := time.Unix(1773105301, 0)
	for _, c := range []struct {
		name   string
		now    time.Time
		change func(h map[string]string, body *string)
		ok     bool
		says   string
	}{
		{"299 s late", at.Add(299 * time.Second), nil, true, ""},
		{"300 s late", at.Add(300 * time.Second), nil, false, "off our clock"},
		{"299 s early", at.Add(-299 * time.Second), nil, true, ""},
		{"300 s early", at.Add(-300 * time.Second), nil, false, "off our clock"},
		{"probe", at, func(h map[string]string, _ *string) {
			h["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + h["Wechatpay-Signature"]
		}, false, "probe"},
		{"unknown serial", at, func(h map[string]string, _ *string) { h["Wechatpay-Serial"] = "4E1A" }, false, "4E1A"},
		{"no serial", at, func(h map[string]string, _ *string) { delete(h, "Wechatpay-Serial") }, false, "missing"},
		{"no signature", at, func(h map[string]string, _ *string) { delete(h, "Wechatpay-Signature") }, false, "missing"},
		{"no nonce", at, func(h map[string]string, _ *string) { delete(h, "Wechatpay-Nonce") }, false, "missing"},
		{"no timestamp", at, func(h map[string]string, _ *string) { delete(h, "Wechatpay-Timestamp") }, false, "missing"},
		{"timestamp not a number", at, func(h map[string]string, _ *string) { h["Wechatpay-Timestamp"] = "now" }, false, "want seconds"},
		{"other signature type", at, func(h map[string]string, _ *string) { h["Wechatpay-Signature-Type"] = "WECHATPAY2-SM2" }, false, "want WECHATPAY2-SHA256"},
		{"other nonce", at, func(h map[string]string, _ *string) { h["Wechatpay-Nonce"] += "0" }, false, "verify"},
		{"altered body", at, func(_ map[string]string, b *string) { *b = strings.Replace(*b, "EV-", "EW-", 1) }, false, "verify"},
		{"signature not base64", at, func(h map[string]string, _ *string) { h["Wechatpay-Signature"] = "***" }, false, "base64"},
	} {
		n := v.Cases[0]
		h := map[string]string{}
		for k, s := range n.Headers {
			h[k] = s
		}
		body := n.Body
		if c.change != nil {
			c.change(h, &body)
		}
		_, _, err := noticeClient(t, v, c.now).OpenNotice(context.Background(), headers(h), []byte(body))
		if (err == nil) != c.ok || (err != nil && !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want ok %v saying %q", c.name, err, c.ok, c.says)
		}
	}
}

func TestUnsealRefusals(t *testing.T) {
	var v noticeVectors
	vector(t, "wechat-notify.json", &v)
	var env Notification
	if err := json.Unmarshal([]byte(v.Cases[0].Body), &env); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(r *Resource, key *string){
		"other key":     func(_ *Resource, key *string) { *key = strings.Repeat("k", 32) },
		"short nonce":   func(r *Resource, _ *string) { r.Nonce = "short" },
		"other nonce":   func(r *Resource, _ *string) { r.Nonce = "aB3dE5gH7jK0" },
		"other AAD":     func(r *Resource, _ *string) { r.AssociatedData = "refund" },
		"algorithm":     func(r *Resource, _ *string) { r.Algorithm = "AEAD_SM4_GCM" },
		"not base64":    func(r *Resource, _ *string) { r.Ciphertext = "***" },
		"no ciphertext": func(r *Resource, _ *string) { r.Ciphertext = "" },
	} {
		r, key := env.Resource, v.APIKey
		change(&r, &key)
		if _, err := unseal(key, r); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestBillAddress(t *testing.T) {
	base, _ := url.Parse("http://127.0.0.1:4711")
	c := &Client{opt: Options{Base: base}}
	for in, want := range map[string]string{
		"https://api.mch.weixin.qq.com/v3/billdownload/file?token=a%2Bb&x=1":  "http://127.0.0.1:4711/v3/billdownload/file?token=a%2Bb&x=1",
		"https://api2.mch.weixin.qq.com/v3/billdownload/file?token=t":         "http://127.0.0.1:4711/v3/billdownload/file?token=t",
		"http://127.0.0.1:4711/v3/billdownload/file?token=t":                  "http://127.0.0.1:4711/v3/billdownload/file?token=t",
		"http://api.mch.weixin.qq.com/v3/billdownload/file?token=t":           "",
		"https://127.0.0.1:4711/v3/billdownload/file":                         "",
		"https://evil.example/v3/billdownload/file?token=t":                   "",
		"https://api.mch.weixin.qq.com.evil.example/v3/billdownload/file":     "",
		"https://api.mch.weixin.qq.com@evil.example/v3/billdownload/file?t=1": "",
		"/v3/billdownload/file": "",
		"":                      "",
	} {
		got, err := c.BillAddress(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", in, got, err, want)
		}
	}
}

func TestSerialHeaderAsksForTheConfiguredKey(t *testing.T) {
	var v noticeVectors
	vector(t, "wechat-notify.json", &v)
	c, err := New(Options{Platform: []PlatformKey{{ID: "PUB_KEY_ID_1", Key: publicKey(t, v.Key)}}, HTTP: &http.Client{}})
	if err != nil || c.ring.current().ID != "PUB_KEY_ID_1" {
		t.Errorf("error %v", err)
	}
}
