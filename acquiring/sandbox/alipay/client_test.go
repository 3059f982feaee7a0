package alipay_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/alipay"
	"juma/internal/bizdate"
	"juma/internal/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 3, 10, 11, 2, 11, 0, bizdate.Zone)

// shop is a client of the gateway written for these tests alone, with a page
// that receives notices.
type shop struct {
	t      *testing.T
	wallet *alipay.Wallet
	core   *sandbox.Core
	clk    *clock.Sim
	srv    *httptest.Server
	page   *httptest.Server
	http   *http.Client

	appID, gateway string
	key            *rsa.PrivateKey
	alipayKey      *rsa.PublicKey

	mu      sync.Mutex
	notices []url.Values // verified ones
	forged  int
	reply   string
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, clk: clock.NewSim(start, 4), reply: "success", http: &http.Client{Transport: &http.Transport{}, Timeout: 5 * time.Second}}
	s.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.core = sandbox.NewCore(s.clk, s.http)
	var err error
	if s.wallet, err = alipay.New(s.core); err != nil {
		t.Fatal(err)
	}
	s.srv = httptest.NewServer(s.wallet.Handler())
	s.wallet.SetBaseURL(s.srv.URL)
	s.page = httptest.NewServer(http.HandlerFunc(s.receive))
	t.Cleanup(func() { s.http.CloseIdleConnections(); s.page.Close(); s.srv.Close() })
	cred := s.wallet.Credentials()
	s.appID, s.gateway = cred["app_id"].(string), cred["gateway_url"].(string)
	block, _ := pem.Decode([]byte(cred["app_private_key_pem"].(string)))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	s.key = key.(*rsa.PrivateKey)
	block, _ = pem.Decode([]byte(cred["alipay_public_key_pem"].(string)))
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	s.alipayKey = pub.(*rsa.PublicKey)
	return s
}

func (s *shop) receive(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p, err := url.ParseQuery(string(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || !s.genuine(joined(p, "sign", "sign_type"), p.Get("sign")) {
		s.forged++
		io.WriteString(w, "fail")
		return
	}
	s.notices = append(s.notices, p)
	io.WriteString(w, s.reply)
}

func (s *shop) received() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]url.Values(nil), s.notices...)
}

func (s *shop) genuine(text, sign string) bool {
	sig, err := base64.StdEncoding.DecodeString(sign)
	sum := sha256.Sum256([]byte(text))
	return err == nil && rsa.VerifyPKCS1v15(s.alipayKey, crypto.SHA256, sum[:], sig) == nil
}

func joined(p url.Values, leaveOut ...string) string {
	var parts []string
	for k := range p {
		if v := p.Get(k); v != "" && !strings.Contains(" "+strings.Join(leaveOut, " ")+" ", " "+k+" ") {
			parts = append(parts, k+"="+v)
		}
	}
	sort.Strings(parts)
	return strings.Join(parts, "&")
}

// form makes a signed form.
func (s *shop) form(method string, extra url.Values, biz any) url.Values {
	p := url.Values{"app_id": {s.appID}, "method": {method}, "format": {"JSON"}, "charset": {"utf-8"}, "sign_type": {"RSA2"},
		"timestamp": {s.clk.Now().In(bizdate.Zone).Format("2006-01-02 15:04:05")}, "version": {"1.0"}}
	for k, v := range extra {
		p[k] = v
	}
	if biz != nil {
		b, err := json.Marshal(biz)
		if err != nil {
			s.t.Fatal(err)
		}
		p.Set("biz_content", string(b))
	}
	return s.signed(p)
}

func (s *shop) signed(p url.Values) url.Values {
	sum := sha256.Sum256([]byte(joined(p, "sign")))
	sig, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
	if err != nil {
		s.t.Fatal(err)
	}
	p.Set("sign", base64.StdEncoding.EncodeToString(sig))
	return p
}

// post sends a form and gives the verified inner object, with the answer's name
// under "root".
func (s *shop) post(p url.Values) (map[string]any, error) {
	req, _ := http.NewRequestWithContext(context.Background(), "POST", s.gateway, strings.NewReader(p.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	// The signature covers the inner object's bytes: from behind the first
	// colon to before ,"sign".
	from, to := bytes.IndexByte(raw, ':'), bytes.LastIndex(raw, []byte(`,"sign":"`))
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil || from < 0 || to < from {
		s.t.Fatalf("answer %s: %v", raw, err)
	}
	var sign string
	json.Unmarshal(whole["sign"], &sign)
	if !s.genuine(string(raw[from+1:to]), sign) {
		s.t.Errorf("answer's signature: %s", raw)
	}
	inner := map[string]any{}
	if err := json.Unmarshal(raw[from+1:to], &inner); err != nil {
		s.t.Fatal(err)
	}
	inner["root"] = strings.Trim(string(raw[1:from]), `"`)
	return inner, nil
}

// call is post of a signed form, which must be answered.
func (s *shop) call(method string, extra url.Values, biz any) map[string]any {
	s.t.Helper()
	got, err := s.post(s.form(method, extra, biz))
	if err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
	return got
}

type m = map[string]any

// create places an order of 68.00 with changes.
func (s *shop) create(no string, change m) map[string]any {
	s.t.Helper()
	biz := m{"out_trade_no": no, "total_amount": "68.00", "subject": "示例餐厅一店-扫码/消费", "product_code": "JSAPI_PAY", "buyer_id": "2088999000000101",
		"store_id": "S001", "terminal_id": "00000001", "sub_merchant": m{"merchant_id": "2088999000000777"}}
	for k, v := range change {
		biz[k] = v
	}
	return s.call("alipay.trade.create", url.Values{"notify_url": {s.page.URL}}, biz)
}

func (s *shop) pay(no string) {
	s.t.Helper()
	if err := s.wallet.Confirm(no, ""); err != nil {
		s.t.Fatal(err)
	}
}

func want(t *testing.T, what string, got map[string]any, fields m) {
	t.Helper()
	for k, v := range fields {
		if got[k] != v {
			t.Errorf("%s: %s is %v, want %v in %v", what, k, got[k], v, got)
		}
	}
}

var ok = m{"code": "10000", "msg": "Success"}

func refused(sub string) m { return m{"code": "40004", "sub_code": sub} }
