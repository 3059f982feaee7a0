package wechat

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
	"juma/internal/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is when every test happens.
var start = time.Date(2026, 3, 10, 9, 15, 1, 0, bizdate.Zone)

const merchant = "1999000001"

// shop is a service provider with a running wallet: it knows only what the
// credentials say.
type shop struct {
	t     testing.TB
	w     *Wallet
	core  *sandbox.Core
	sim   *clock.Sim
	srv   *httptest.Server
	creds map[string]string
	key   *rsa.PrivateKey
	serial,
	ua string
	nonces int

	mu      sync.Mutex
	named   string         // Wechatpay-Serial of requests, "" = none
	modes   map[string]int // answers by Wechatpay-Serial
	inbox   *httptest.Server
	letters []letter
	reply   int // status that notices are answered with
}

type letter struct {
	at     time.Time
	header http.Header
	body   []byte
}

// fixed are the keys that the tests share: making some for each takes its time.
var fixed = sync.OnceValue(func() *secrets {
	s, err := newSecrets(start)
	if err != nil {
		panic(err)
	}
	return s
})

func newShop(t testing.TB) *shop { return newShopWith(t, fixed()) }

func newShopWith(t testing.TB, keys *secrets) *shop {
	t.Helper()
	s := &shop{t: t, sim: clock.NewSim(start, 4), modes: map[string]int{}, creds: map[string]string{}, reply: 204, ua: "juma test"}
	s.core = sandbox.NewCore(s.sim, nil)
	var err error
	if s.w, err = newWallet(s.core, keys); err != nil {
		t.Fatal(err)
	}
	s.srv = httptest.NewServer(s.w.Handler())
	s.inbox = httptest.NewServer(http.HandlerFunc(s.receive))
	t.Cleanup(func() { s.srv.Close(); s.inbox.Close(); s.core.Notices.Close() })
	s.w.SetBaseURL(s.srv.URL + "/")
	for k, v := range s.w.Credentials() {
		s.creds[k] = v.(string)
	}
	block, _ := pem.Decode([]byte(s.creds["private_key_pem"]))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	s.key, s.serial = key.(*rsa.PrivateKey), s.creds["cert_serial"]
	return s
}

func (s *shop) receive(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.letters = append(s.letters, letter{s.sim.Now(), r.Header, body})
	status := s.reply
	s.mu.Unlock()
	w.WriteHeader(status)
}

func (s *shop) took() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.letters
	s.letters = nil
	return l
}

// platformKey is the key that a serial in an answer stands for.
func (s *shop) platformKey(serial string) *rsa.PublicKey {
	switch serial {
	case s.creds["platform_cert_serial"]:
		return publicKey(s.t, s.creds["platform_cert_pem"])
	case s.creds["platform_public_key_id"]:
		return publicKey(s.t, s.creds["platform_public_key_pem"])
	}
	s.t.Fatalf("unknown Wechatpay-Serial %q", serial)
	return nil
}

// signedBy checks the signature of an answer or notice and tells whether it
// holds.
func (s *shop) signedBy(h http.Header, body []byte) error {
	return verify(s.platformKey(h.Get("Wechatpay-Serial")), answerMessage(h.Get("Wechatpay-Timestamp"), h.Get("Wechatpay-Nonce"), body), h.Get("Wechatpay-Signature"))
}

// request signs and sends; change may spoil it before it goes.
func (s *shop) request(method, address, body string, change func(*http.Request)) (*http.Response, []byte, error) {
	s.t.Helper()
	s.mu.Lock()
	s.nonces++
	nonce := fmt.Sprintf("NONCE%027d", s.nonces)
	s.mu.Unlock()
	req, err := http.NewRequest(method, s.srv.URL+address, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	at := strconv.FormatInt(s.sim.Now().Unix(), 10)
	sig, err := sign(s.key, requestMessage(method, address, at, nonce, []byte(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", fmt.Sprintf(`WECHATPAY2-SHA256-RSA2048 mchid="%s",nonce_str="%s",timestamp="%s",serial_no="%s",signature="%s"`, s.creds["sp_mchid"], nonce, at, s.serial, sig))
	req.Header.Set("User-Agent", s.ua)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	if s.named != "" {
		req.Header.Set("Wechatpay-Serial", s.named)
	}
	if change != nil {
		change(req)
	}
	resp, err := s.srv.Client().Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, b, err
}

// call wants a status and returns the decoded answer; its signature must hold.
func (s *shop) call(status int, method, address string, body any) map[string]any {
	s.t.Helper()
	text := ""
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		text = string(b)
	}
	resp, b, err := s.request(method, address, text, nil)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, address, err)
	}
	if resp.StatusCode != status {
		s.t.Fatalf("%s %s: status %d %s, want %d", method, address, resp.StatusCode, b, status)
	}
	if resp.Header.Get("Request-Id") == "" {
		s.t.Errorf("%s %s: no Request-Id", method, address)
	}
	if err := s.signedBy(resp.Header, b); err != nil {
		s.t.Errorf("%s %s: answer signature: %v", method, address, err)
	}
	s.mu.Lock()
	s.modes[resp.Header.Get("Wechatpay-Serial")]++
	s.mu.Unlock()
	out := map[string]any{}
	if len(b) > 0 {
		if err := json.Unmarshal(b, &out); err != nil {
			s.t.Fatal(err)
		}
	}
	return out
}

const jsapi = "/v3/pay/partner/transactions/jsapi"

type object = map[string]any

func (s *shop) order(no string, total int) object {
	return object{"sp_appid": s.creds["sp_appid"], "sp_mchid": s.creds["sp_mchid"], "sub_mchid": merchant, "description": "午餐,含饮料",
		"out_trade_no": no, "attach": "T0000001", "notify_url": s.inbox.URL + "/notify", "time_expire": "2027-03-10T23:59:59+08:00",
		"amount": object{"total": total, "currency": "CNY"}, "payer": object{"sp_openid": openID("ann")},
		"scene_info": object{"payer_client_ip": "192.0.2.10", "device_id": "T0000001", "store_info": object{"id": "S001"}}}
}

func (s *shop) place(no string, total int) string {
	s.t.Helper()
	id, _ := s.call(200, "POST", jsapi, s.order(no, total))["prepay_id"].(string)
	if !strings.HasPrefix(id, "wx") || len(id) != 36 {
		s.t.Fatalf("prepay_id %q", id)
	}
	return id
}

func (s *shop) paid(no string, total int) {
	s.t.Helper()
	s.place(no, total)
	if err := s.w.Confirm(no, ""); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) pass(d time.Duration) { s.sim.AdvanceTo(s.sim.Now().Add(d)) }

func byNumber(no string) string {
	return "/v3/pay/partner/transactions/out-trade-no/" + no + "?sp_mchid=1999000000&sub_mchid=" + merchant
}

func (s *shop) fault(f sandbox.Fault) {
	s.t.Helper()
	f.Wallet = sandbox.WeChat
	if err := s.core.Faults.Add(f); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) refund(no, refundNo string, refund, total int) object {
	return object{"sub_mchid": merchant, "out_trade_no": no, "out_refund_no": refundNo, "notify_url": s.inbox.URL + "/notify",
		"amount": object{"refund": refund, "total": total, "currency": "CNY"}}
}

const refunds = "/v3/refund/domestic/refunds"

func dig(v any, path ...string) any {
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

func lines(b []byte) []string {
	return strings.Split(string(bytes.TrimSuffix(b, []byte("\r\n"))), "\r\n")
}
