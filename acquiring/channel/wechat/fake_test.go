package wechat

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/internal/bizdate"
	"juma/internal/clock"
)

const (
	testKey   = "0123456789abcdef0123456789ABCDEF"
	testKeyID = "PUB_KEY_ID_0119990000002026"
)

var testNow = time.Date(2026, 3, 10, 9, 15, 1, 0, bizdate.Zone)

// keyring makes the keys once: they are the slow part of these tests.
var keyring = sync.OnceValue(func() (k struct {
	merchant, platform, public, stranger *rsa.PrivateKey
	certPEM, serial                      string
}) {
	for _, into := range []**rsa.PrivateKey{&k.merchant, &k.platform, &k.public, &k.stranger} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		*into = key
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(0x5157F09EFDC096), Subject: pkix.Name{CommonName: "platform"}, NotAfter: testNow}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.platform.PublicKey, k.platform)
	if err != nil {
		panic(err)
	}
	k.certPEM, k.serial = pemText("CERTIFICATE", der), "5157F09EFDC096"
	return k
})

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func goodConfig(base string) Config {
	k := keyring()
	key, _ := x509.MarshalPKCS8PrivateKey(k.merchant)
	pub, _ := x509.MarshalPKIXPublicKey(&k.public.PublicKey)
	return Config{BaseURL: base, SPAppID: "wx99990000aaaabbbb", SPMchID: "1999000000", CertSerial: "4E1A00A1", AppSecret: "s3cret",
		PrivateKeyPEM: pemText("PRIVATE KEY", key), APIv3Key: testKey, PlatformCertSerial: k.serial, PlatformCertPEM: k.certPEM,
		PlatformPublicKeyID: testKeyID, PlatformPublicKeyPEM: pemText("PUBLIC KEY", pub)}
}

// request is what the fake saw.
type request struct {
	Method, URI, Body string
	Header            http.Header
}

// fake answers one canned answer and keeps what it was asked.
type fake struct {
	t   *testing.T
	srv *httptest.Server
	mu  sync.Mutex
	log []request

	status  int
	body    string
	signer  *rsa.PrivateKey // nil = unsigned
	serial  string
	mangle  func(h http.Header)
	answers map[string]func(w http.ResponseWriter, r *http.Request) // by path, before the canned answer
}

func newFake(t *testing.T) (*fake, *Adapter) {
	f := &fake{t: t, status: 200, signer: keyring().platform, serial: keyring().serial, answers: map[string]func(http.ResponseWriter, *http.Request){}}
	f.srv = httptest.NewServer(f)
	client := &http.Client{Transport: &http.Transport{}, Timeout: 5 * time.Second}
	t.Cleanup(func() { client.CloseIdleConnections(); f.srv.Close() })
	a, err := New(goodConfig(f.srv.URL), clock.NewSim(testNow, 1), client)
	if err != nil {
		t.Fatal(err)
	}
	return f, a
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	f.log = append(f.log, request{r.Method, r.RequestURI, string(body), r.Header})
	f.mu.Unlock()
	if answer := f.answers[r.URL.Path]; answer != nil {
		answer(w, r)
		return
	}
	switch f.status {
	case 0: // the line is cut before any answer
		panic(http.ErrAbortHandler)
	case 1: // … in the middle of one
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, "{")
		panic(http.ErrAbortHandler)
	}
	f.sign(w.Header(), f.body)
	w.WriteHeader(f.status)
	io.WriteString(w, f.body)
}

func (f *fake) sign(h http.Header, body string) {
	if f.signer == nil {
		return
	}
	stamp, nonce := strconv.FormatInt(testNow.Unix(), 10), "593BEC0C930BF1AFEB40B4A08C8FB242"
	h.Set("Wechatpay-Timestamp", stamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Serial", f.serial)
	h.Set("Wechatpay-Signature", sign(f.signer, stamp+"\n"+nonce+"\n"+body+"\n"))
	if f.mangle != nil {
		f.mangle(h)
	}
}

func sign(key *rsa.PrivateKey, message string) string {
	sum := sha256.Sum256([]byte(message))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(sig)
}

var authorization = regexp.MustCompile(`^WECHATPAY2-SHA256-RSA2048 mchid="1999000000",nonce_str="(\w{32})",timestamp="(\d+)",serial_no="4E1A00A1",signature="([^"]+)"$`)

// seen is what the wallet was asked so far.
func (f *fake) seen() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.log)
}

// last returns the one request that was seen and checks its signature.
func (f *fake) last() request {
	f.t.Helper()
	seen := f.seen()
	if len(seen) == 0 {
		f.t.Fatal("the wallet saw no request")
	}
	r := seen[len(seen)-1]
	m := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		f.t.Fatalf("authorization %q", r.Header.Get("Authorization"))
	}
	sum := sha256.Sum256([]byte(r.Method + "\n" + r.URI + "\n" + m[2] + "\n" + m[1] + "\n" + r.Body + "\n"))
	raw, _ := base64.StdEncoding.DecodeString(m[3])
	if err := rsa.VerifyPKCS1v15(&keyring().merchant.PublicKey, crypto.SHA256, sum[:], raw); err != nil {
		f.t.Errorf("signature of %s %s: %v", r.Method, r.URI, err)
	}
	if m[2] != strconv.FormatInt(testNow.Unix(), 10) {
		f.t.Errorf("timestamp %s is not the given clock's", m[2])
	}
	if r.Header.Get("User-Agent") == "" || r.Header.Get("Accept") != "application/json" {
		f.t.Errorf("headers %v", r.Header)
	}
	if r.Body != "" && r.Header.Get("Content-Type") != "application/json" {
		f.t.Errorf("content type %q", r.Header.Get("Content-Type"))
	}
	return r
}

// notice makes a signed notification of sealed content.
func notice(key *rsa.PrivateKey, serial, id, event, kind, plain string) (map[string][]string, []byte) {
	block, _ := aes.NewCipher([]byte(testKey))
	gcm, _ := cipher.NewGCM(block)
	sealed := base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte("aB3dE5gH7jK9"), []byte(plain), []byte(kind)))
	body := fmt.Sprintf(`{"id":%q,"create_time":"2026-03-10T09:15:02+08:00","resource_type":"encrypt-resource","event_type":%q,"summary":"s",`+
		`"resource":{"original_type":%q,"algorithm":"AEAD_AES_256_GCM","ciphertext":%q,"associated_data":%q,"nonce":"aB3dE5gH7jK9"}}`, id, event, kind, sealed, kind)
	stamp := strconv.FormatInt(testNow.Unix(), 10)
	return map[string][]string{"Wechatpay-Timestamp": {stamp}, "Wechatpay-Nonce": {"n"}, "Wechatpay-Serial": {serial},
		"Wechatpay-Signature": {sign(key, stamp+"\nn\n"+body+"\n")}}, []byte(body)
}

// sameJSON compares two texts as JSON.
func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return bytes.Equal(p, q)
}

func without(body string, part string) string { return strings.Replace(body, part, "", 1) }
