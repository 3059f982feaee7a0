package unionpay_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/unionpay"
	"juma/internal/clock"
)

// A small acp client of the test's own, written from the documents: it signs
// with the credentials and believes no answer that does not verify.

type fields map[string]string

type client struct {
	t      *testing.T
	wallet *unionpay.Wallet
	core   *sandbox.Core
	clock  *clock.Sim
	server *httptest.Server
	cred   map[string]string
	key    *rsa.PrivateKey
	chain  *x509.CertPool // middle
	roots  *x509.CertPool
	inbox  *inbox
}

var china = time.FixedZone("CST", 8*3600)

var morning = time.Date(2026, 3, 10, 10, 15, 0, 0, china)

func newClient(t *testing.T) *client {
	t.Helper()
	sim := clock.NewSim(morning, 4)
	core := sandbox.NewCore(sim, nil)
	w := unionpay.NewWithSharedKeys(core)
	c := &client{t: t, wallet: w, core: core, clock: sim, cred: map[string]string{}, chain: x509.NewCertPool(), roots: x509.NewCertPool()}
	c.server = httptest.NewServer(w.Handler())
	c.inbox = newInbox(c)
	t.Cleanup(func() {
		c.server.Close()
		c.inbox.server.Close()
		core.Notices.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	w.SetBaseURL(c.server.URL)
	for name, value := range w.Credentials() {
		c.cred[name] = value.(string)
	}
	block, _ := pem.Decode([]byte(c.cred["private_key_pem"]))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	c.key = key.(*rsa.PrivateKey)
	c.chain.AppendCertsFromPEM([]byte(c.cred["middle_cert_pem"]))
	c.roots.AppendCertsFromPEM([]byte(c.cred["root_cert_pem"]))
	return c
}

func digest(f fields) []byte {
	var parts []string
	for name, value := range f {
		if name != "signature" && value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	sort.Strings(parts)
	sum := sha256.Sum256([]byte(strings.Join(parts, "&")))
	again := sha256.Sum256([]byte(hex.EncodeToString(sum[:])))
	return again[:]
}

// sign completes a request; fields given as "" are left out.
func (c *client) sign(f fields) url.Values {
	all := fields{
		"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "certId": c.cred["cert_id"], "bizType": "000000",
		"channelType": "08", "accessType": "0", "merId": c.cred["mer_id"], "txnTime": "20260310101500",
	}
	for name, value := range f {
		all[name] = value
	}
	sig, err := rsa.SignPKCS1v15(rand.Reader, c.key, crypto.SHA256, digest(all))
	if err != nil {
		c.t.Fatal(err)
	}
	form := url.Values{"signature": {base64.StdEncoding.EncodeToString(sig)}}
	for name, value := range all {
		if value != "" {
			form.Set(name, value)
		}
	}
	return form
}

// send posts a request to a path of the gateway ("" is the file host).
func (c *client) send(path string, f fields) fields {
	c.t.Helper()
	answer, err := c.post(path, c.sign(f))
	if err != nil {
		c.t.Fatal(err)
	}
	return answer
}

func (c *client) post(path string, form url.Values) (fields, error) {
	address := c.cred["gateway_url"] + path
	if path == "" {
		address = c.cred["file_url"]
	}
	resp, err := http.Post(address, "application/x-www-form-urlencoded;charset=UTF-8", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %s", resp.StatusCode, body)
	}
	answer := fields{}
	for _, part := range strings.Split(string(body), "&") {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, fmt.Errorf("answer part %q", part)
		}
		answer[name] = value
	}
	return answer, c.verify(answer)
}

// verify believes a message whose certificate chains up to the root and names
// UnionPay.
func (c *client) verify(f fields) error {
	block, _ := pem.Decode([]byte(f["signPubKeyCert"]))
	if block == nil {
		return fmt.Errorf("no signPubKeyCert")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: c.roots, Intermediates: c.chain, CurrentTime: morning}); err != nil {
		return err
	}
	parts := strings.Split(cert.Subject.CommonName, "@")
	if len(parts) != 4 || parts[2] != "中国银联股份有限公司" {
		return fmt.Errorf("certificate of %q", cert.Subject.CommonName)
	}
	sig, err := base64.StdEncoding.DecodeString(f["signature"])
	if err != nil {
		return err
	}
	return rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest(f), sig)
}

// inbox is a backUrl: it keeps what arrives and answers as told.
type inbox struct {
	server *httptest.Server
	mu     sync.Mutex
	got    []fields
	at     []time.Time
	errs   []error
	status int
}

func newInbox(c *client) *inbox {
	in := &inbox{status: http.StatusOK}
	in.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		f := fields{}
		for name := range r.PostForm {
			f[name] = r.PostForm.Get(name)
		}
		err := c.verify(f)
		in.mu.Lock()
		defer in.mu.Unlock()
		in.got, in.at, in.errs = append(in.got, f), append(in.at, c.clock.Now()), append(in.errs, err)
		if err != nil {
			rw.WriteHeader(http.StatusBadRequest)
			return
		}
		rw.WriteHeader(in.status)
	}))
	return in
}

// wait moves time on and gives what has arrived so far.
func (c *client) wait(d time.Duration) []fields {
	c.clock.AdvanceTo(c.clock.Now().Add(d))
	c.inbox.mu.Lock()
	defer c.inbox.mu.Unlock()
	return append([]fields(nil), c.inbox.got...)
}

// order places an order and gives its answer.
func (c *client) order(orderID string, fen int, more ...fields) fields {
	c.t.Helper()
	f := fields{
		"txnType": "01", "txnSubType": "01", "tradeType": "mobileWeb", "currencyCode": "156", "orderId": orderID, "txnAmt": fmt.Sprint(fen),
		"appUserId": "ann", "termId": "00000001", "backUrl": c.inbox.server.URL + "/notify", "frontUrl": c.inbox.server.URL + "/done",
		"payTimeout": "20260310103000", "txnTime": c.clock.Now().In(china).Format("20060102150405"),
	}
	for _, m := range more {
		for name, value := range m {
			f[name] = value
		}
	}
	return c.send("newAppTransReq.do", f)
}

// buy places an order and pays it.
func (c *client) buy(orderID string, fen int, more ...fields) {
	c.t.Helper()
	if a := c.order(orderID, fen, more...); a["respCode"] != "00" {
		c.t.Fatalf("order %s: %v", orderID, a)
	}
	if err := c.wallet.Confirm(orderID, ""); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) query(orderID string, more ...fields) fields {
	c.t.Helper()
	f := fields{"txnType": "00", "txnSubType": "00", "orderId": orderID}
	for _, m := range more {
		for name, value := range m {
			f[name] = value
		}
	}
	return c.send("queryTrans.do", f)
}

func (c *client) refund(orderID string, fen int, more ...fields) fields {
	c.t.Helper()
	f := fields{
		"txnType": "04", "txnSubType": "00", "orderId": orderID, "txnAmt": fmt.Sprint(fen), "backUrl": c.inbox.server.URL + "/notify",
		"txnTime": c.clock.Now().In(china).Format("20060102150405"),
	}
	for _, m := range more {
		for name, value := range m {
			f[name] = value
		}
	}
	return c.send("backTransReq.do", f)
}

func want(t *testing.T, what string, got fields, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got[pairs[i]] != pairs[i+1] {
			t.Errorf("%s: %s = %q, want %q (%s %s)", what, pairs[i], got[pairs[i]], pairs[i+1], got["respCode"], got["respMsg"])
		}
	}
}
