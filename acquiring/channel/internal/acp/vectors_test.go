package acp

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"juma/internal/clock"
)

func vector(t *testing.T, name string) map[string]string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	v := map[string]string{}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The request vector: string, inner digest and signature, as a third party made
// them.
func TestRequestVector(t *testing.T) {
	v := vector(t, "unionpay-510-request.json")
	p, err := ParseForm([]byte(v["form_body"]))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.SignString(); got != v["sign_string"] {
		t.Fatalf("string to sign\n%s\nwant\n%s", got, v["sign_string"])
	}
	inner := sha256.Sum256([]byte(p.SignString()))
	if got := hex.EncodeToString(inner[:]); got != v["sha256_hex_lower"] {
		t.Fatalf("digest %s, want %s", got, v["sha256_hex_lower"])
	}
	cert, err := ParseCertificate(v["sign_cert"])
	if err != nil {
		t.Fatal(err)
	}
	if got := cert.SerialNumber.String(); got != v["cert_id_decimal"] {
		t.Fatalf("serial %s, want %s", got, v["cert_id_decimal"])
	}
	sig, _ := base64.StdEncoding.DecodeString(v["signature"])
	if err := rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest(p.SignString()), sig); err != nil {
		t.Fatal(err)
	}
	if got, err := url.ParseQuery(p.Form()); err != nil || got.Get("signature") != v["signature"] {
		t.Fatalf("form does not carry the signature back: %v", err)
	}
}

// The notification vector: chain, name and signature; and every way to fail.
func TestNotifyVector(t *testing.T) {
	v := vector(t, "unionpay-510-notify.json")
	noon := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	trust, err := NewTrust(v["root_cert"], v["middle_cert"], clock.NewSim(noon, 1))
	if err != nil {
		t.Fatal(err)
	}
	good, err := ParseForm([]byte(v["raw_form_body"]))
	if err != nil {
		t.Fatal(err)
	}
	if good.SignString() != v["sign_string"] {
		t.Fatalf("string to sign\n%s\nwant\n%s", good.SignString(), v["sign_string"])
	}
	for range 2 { // the second time from the cache
		if err := trust.Verify(good); err != nil {
			t.Fatal(err)
		}
	}
	request := vector(t, "unionpay-510-request.json")
	for _, c := range []struct {
		name, field, value, problem string
	}{
		{"amount changed", "txnAmt", "5001", "does not fit"},
		{"parameter added", "extra", "1", "does not fit"},
		{"older version", "version", "5.0.0", "version"},
		{"keyed digest", "signMethod", "11", "signMethod"},
		{"other encoding", "encoding", "GBK", "encoding"},
		{"no signature", "signature", "", "signature"},
		{"signature not Base64", "signature", "!", "signature"},
		{"no certificate", "signPubKeyCert", "", "signPubKeyCert"},
		{"certificate outside the chain", "signPubKeyCert", request["sign_cert"], "chain"},
		{"the middle certificate itself", "signPubKeyCert", v["middle_cert"], "not UnionPay"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := maps.Clone(good)
			p[c.field] = c.value
			if err := trust.Verify(p); err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Fatalf("got %v, want an error about %q", err, c.problem)
			}
		})
	}
}

// A certificate that was accepted once expires in the cache too.
func TestCachedCertificateExpires(t *testing.T) {
	v := vector(t, "unionpay-510-notify.json")
	sim := clock.NewSim(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), 1)
	trust, err := NewTrust(v["root_cert"], v["middle_cert"], sim)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := ParseForm([]byte(v["raw_form_body"]))
	if err := trust.Verify(p); err != nil {
		t.Fatal(err)
	}
	sim.AdvanceTo(time.Date(2051, 1, 1, 0, 0, 0, 0, time.UTC))
	if err := trust.Verify(p); err == nil || !strings.Contains(err.Error(), "valid from") {
		t.Fatalf("got %v, want an expired certificate", err)
	}
}

func TestNewTrustAndSignerRefuse(t *testing.T) {
	v := vector(t, "unionpay-510-notify.json")
	if _, err := NewTrust("", v["middle_cert"], clock.Real{}); err == nil || !strings.Contains(err.Error(), "root_cert_pem") {
		t.Errorf("no root: %v", err)
	}
	if _, err := NewTrust(v["root_cert"], "rubbish", clock.Real{}); err == nil || !strings.Contains(err.Error(), "middle_cert_pem") {
		t.Errorf("no middle: %v", err)
	}
	for _, bad := range []string{"", "rubbish", v["root_cert"]} {
		if _, err := NewSigner("1", bad); err == nil {
			t.Errorf("%.20q was taken as a key", bad)
		}
	}
}

func TestSignerAddsProtocolFields(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for typ, b := range map[string][]byte{"PRIVATE KEY": der, "RSA PRIVATE KEY": x509.MarshalPKCS1PrivateKey(key)} {
		s, err := NewSigner("68759585097", string(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: b})))
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Sign(Params{"orderId": "P1"})
		if err != nil {
			t.Fatal(err)
		}
		if want := "certId=68759585097&encoding=UTF-8&orderId=P1&signMethod=01&version=5.1.0"; p.SignString() != want {
			t.Fatalf("string to sign %q, want %q", p.SignString(), want)
		}
		sig, _ := base64.StdEncoding.DecodeString(p["signature"])
		if err := rsa.VerifyPKCS1v15(s.Public(), crypto.SHA256, digest(p.SignString()), sig); err != nil {
			t.Fatal(err)
		}
	}
}
