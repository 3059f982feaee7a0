package alipay_test

import (
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

	"juma/acquiring/channel/alipay"
	"juma/internal/bizdate"
	"juma/internal/clock"
)

// One pair of keys for all tests: making them costs more than everything else.
var keys = sync.OnceValue(func() (k struct{ app, wallet, stranger *rsa.PrivateKey }) {
	var wg sync.WaitGroup
	for _, p := range []**rsa.PrivateKey{&k.app, &k.wallet, &k.stranger} {
		wg.Go(func() {
			var err error
			if *p, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
				panic(err)
			}
		})
	}
	wg.Wait()
	return k
})

const appID = "2021999000000001"

// noon is the tests' present.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, bizdate.Zone)

func privatePEM(k *rsa.PrivateKey) string {
	der, _ := x509.MarshalPKCS8PrivateKey(k)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func publicPEM(k *rsa.PrivateKey) string {
	der, _ := x509.MarshalPKIXPublicKey(&k.PublicKey)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func sign(k *rsa.PrivateKey, text string) string {
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(sig)
}

func sorted(form url.Values, leave ...string) string {
	var parts []string
	for name := range form {
		if form.Get(name) != "" && !strings.Contains(" "+strings.Join(leave, " ")+" ", " "+name+" ") {
			parts = append(parts, name+"="+form.Get(name))
		}
	}
	sort.Strings(parts)
	return strings.Join(parts, "&")
}

// gateway is a small Alipay: it proves the request's signature and answers what
// the test says, signed.
type gateway struct {
	t       *testing.T
	server  *httptest.Server
	clock   *clock.Sim
	adapter *alipay.Adapter
	// answer by method; "{}" stands for the inner object.
	answers map[string]string
	// spoil changes the whole answer after signing.
	spoil func(body string) string
	// lost cuts the connection instead of answering.
	lost  bool
	bill  http.HandlerFunc
	mu    sync.Mutex
	calls []call
}

type call struct {
	method string
	form   url.Values
	biz    map[string]any
}

func newGateway(t *testing.T, change ...func(*alipay.Config)) *gateway {
	t.Helper()
	g := &gateway{t: t, answers: map[string]string{}, clock: clock.NewSim(noon, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /gateway.do", g.serve)
	mux.HandleFunc("GET /bill", func(w http.ResponseWriter, r *http.Request) { g.bill(w, r) })
	g.server = httptest.NewServer(mux)
	t.Cleanup(g.server.Close)
	cfg := alipay.Config{
		GatewayURL: g.server.URL + "/gateway.do", AppID: appID,
		AppPrivateKeyPEM: privatePEM(keys().app), AlipayPublicKeyPEM: publicPEM(keys().wallet),
	}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if g.adapter, err = alipay.New(cfg, g.clock, g.server.Client()); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *gateway) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, err := url.ParseQuery(string(body))
	if err != nil {
		g.t.Errorf("request is not a form: %v", err)
	}
	if ct := r.Header.Get("Content-Type"); ct != "application/x-www-form-urlencoded;charset=utf-8" {
		g.t.Errorf("Content-Type = %q", ct)
	}
	for name, want := range map[string]string{
		"app_id": appID, "format": "JSON", "charset": "utf-8", "sign_type": "RSA2", "version": "1.0",
		"timestamp": g.clock.Now().In(bizdate.Zone).Format("2006-01-02 15:04:05"),
	} {
		if got := form.Get(name); got != want {
			g.t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	sum := sha256.Sum256([]byte(sorted(form, "sign")))
	sig, _ := base64.StdEncoding.DecodeString(form.Get("sign"))
	if err := rsa.VerifyPKCS1v15(&keys().app.PublicKey, crypto.SHA256, sum[:], sig); err != nil {
		g.t.Errorf("request signature: %v", err)
	}
	c := call{method: form.Get("method"), form: form}
	if biz := form.Get("biz_content"); biz != "" {
		if err := json.Unmarshal([]byte(biz), &c.biz); err != nil {
			g.t.Errorf("biz_content: %v", err)
		}
	}
	g.mu.Lock()
	g.calls = append(g.calls, c)
	g.mu.Unlock()
	if g.lost {
		panic(http.ErrAbortHandler)
	}
	inner, ok := g.answers[c.method]
	if !ok {
		g.t.Errorf("unexpected call %s", c.method)
	}
	name := strings.ReplaceAll(c.method, ".", "_") + "_response"
	if strings.HasPrefix(inner, "error:") {
		inner, name = strings.TrimPrefix(inner, "error:"), "error_response"
	}
	answer := `{"` + name + `":` + inner + `,"sign":"` + sign(keys().wallet, inner) + `"}`
	if g.spoil != nil {
		answer = g.spoil(answer)
	}
	io.WriteString(w, answer)
}

// last is the newest request of a method.
func (g *gateway) last(method string) call {
	g.t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := len(g.calls) - 1; i >= 0; i-- {
		if g.calls[i].method == method {
			return g.calls[i]
		}
	}
	g.t.Fatalf("%s was not called", method)
	return call{}
}

// notice signs a notification's form.
func notice(k *rsa.PrivateKey, fields map[string]string) []byte {
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	form.Set("sign_type", "RSA2")
	form.Set("sign", sign(k, sorted(form, "sign", "sign_type")))
	return []byte(form.Encode())
}
