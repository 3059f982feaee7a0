package unionpay

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/internal/bizdate"
	"juma/internal/clock"
)

const merchant = "999290058120001"

// start is when every test happens.
var start = time.Date(2026, 3, 10, 10, 15, 0, 0, bizdate.Zone)

// chain is UnionPay's side of the keys, made once.
type chain struct {
	root, middle, leaf, stranger string // PEM
	key, strangerKey             *rsa.PrivateKey
	merchantKey                  *rsa.PrivateKey
}

var keys = sync.OnceValue(func() chain {
	newKey := func() *rsa.PrivateKey {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return k
	}
	cert := func(serial int64, cn string, ca bool, parent *x509.Certificate, parentKey, own *rsa.PrivateKey) (*x509.Certificate, string) {
		t := &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: cn}, BasicConstraintsValid: true, IsCA: ca,
			NotBefore: start.AddDate(-1, 0, 0), NotAfter: start.AddDate(1, 0, 0),
		}
		if parent == nil {
			parent, parentKey = t, own
		}
		der, err := x509.CreateCertificate(rand.Reader, t, parent, &own.PublicKey, parentKey)
		if err != nil {
			panic(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			panic(err)
		}
		return c, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	var c chain
	rootKey, middleKey := newKey(), newKey()
	c.key, c.strangerKey, c.merchantKey = newKey(), newKey(), newKey()
	root, rootPEM := cert(1, "TEST-ROOT", true, nil, nil, rootKey)
	middle, middlePEM := cert(2, "TEST-MIDDLE", true, root, rootKey, middleKey)
	_, c.leaf = cert(3, "TEST@00040000:SIGN@中国银联股份有限公司@00000001", false, middle, middleKey, c.key)
	_, c.stranger = cert(4, "TEST@00040000:SIGN@某公司@00000001", false, middle, middleKey, c.strangerKey)
	c.root, c.middle = rootPEM, middlePEM
	return c
})

// signString and sign are the fake's own reading of the protocol, made without
// the code under test.
func signString(v url.Values) string {
	var parts []string
	for k := range v {
		if k != "signature" && v.Get(k) != "" {
			parts = append(parts, k+"="+v.Get(k))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}

func hashed(v url.Values) []byte {
	in := sha256.Sum256([]byte(signString(v)))
	out := sha256.Sum256([]byte(hex.EncodeToString(in[:])))
	return out[:]
}

func signed(v url.Values, certPEM string, key *rsa.PrivateKey) url.Values {
	v.Set("version", "5.1.0")
	v.Set("encoding", "UTF-8")
	v.Set("signMethod", "01")
	v.Set("signPubKeyCert", certPEM)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, hashed(v))
	if err != nil {
		panic(err)
	}
	v.Set("signature", base64.StdEncoding.EncodeToString(sig))
	return v
}

func raw(v url.Values) string {
	var parts []string
	for k := range v {
		parts = append(parts, k+"="+v.Get(k))
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}

// gateway is a scripted UnionPay: it checks every request's signature, remembers
// it, and answers with what the test has set, echoing the order by default.
type gateway struct {
	t      *testing.T
	srv    *httptest.Server
	mu     sync.Mutex
	asked  []call
	answer func(c call) url.Values              // nil: an empty 00
	spoil  func(http.ResponseWriter, call) bool // true: has answered itself
}

type call struct {
	path string
	form url.Values
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{t: t}
	g.srv = httptest.NewServer(g)
	t.Cleanup(g.srv.Close)
	return g
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost {
		g.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	if ct := r.Header.Get("Content-Type"); ct != "application/x-www-form-urlencoded;charset=UTF-8" {
		g.t.Errorf("content type %q", ct)
	}
	c := call{r.URL.Path, r.PostForm}
	sig, _ := base64.StdEncoding.DecodeString(c.form.Get("signature"))
	if err := rsa.VerifyPKCS1v15(&keys().merchantKey.PublicKey, crypto.SHA256, hashed(c.form), sig); err != nil {
		g.t.Errorf("request to %s is signed wrongly: %v", c.path, err)
	}
	g.mu.Lock()
	g.asked = append(g.asked, c)
	g.mu.Unlock()
	if g.spoil != nil && g.spoil(w, c) {
		return
	}
	v := url.Values{"respCode": {"00"}, "respMsg": {"成功[0000000]"}}
	for _, k := range []string{"orderId", "merId", "txnTime", "txnType", "txnSubType"} {
		if c.form.Get(k) != "" {
			v.Set(k, c.form.Get(k))
		}
	}
	if g.answer != nil {
		for k, s := range g.answer(c) {
			v[k] = s
		}
	}
	w.Write([]byte(raw(signed(v, keys().leaf, keys().key))))
}

func (g *gateway) last() call {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.asked) == 0 {
		g.t.Fatal("nothing was asked")
	}
	return g.asked[len(g.asked)-1]
}

func (g *gateway) config() Config {
	k := keys()
	key := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k.merchantKey)})
	return Config{GatewayURL: g.srv.URL + "/gateway/api/", FileURL: g.srv.URL + "/files/", MerID: merchant, CertID: "68759585097",
		PrivateKeyPEM: string(key), RootCertPEM: k.root, MiddleCertPEM: k.middle}
}

func newAdapter(t *testing.T, g *gateway) (*Adapter, *clock.Sim) {
	t.Helper()
	sim := clock.NewSim(start, 1)
	a, err := New(g.config(), sim, g.srv.Client())
	if err != nil {
		t.Fatal(err)
	}
	return a, sim
}

func values(kv ...string) func(call) url.Values {
	return func(call) url.Values {
		v := url.Values{}
		for i := 0; i < len(kv); i += 2 {
			v.Set(kv[i], kv[i+1])
		}
		return v
	}
}
