package unionpay

import (
	"encoding/json"
	"strings"
	"testing"

	"juma/internal/clock"
	"juma/internal/fault"
)

func TestNewReportsEveryFault(t *testing.T) {
	_, err := New(Config{GatewayURL: "ftp://x", FileURL: "files", AuthURL: "?", MerID: "12", CertID: "0x1", PrivateKeyPEM: "no key",
		AcqInsCode: "1", OrderLifeMinutes: -1}, clock.Real{}, nil)
	if !fault.Is(err, fault.Invalid) {
		t.Fatalf("got %v, want kind invalid", err)
	}
	for _, field := range []string{"gateway_url", "file_url", "auth_url", "mer_id", "cert_id", "private_key_pem", "root_cert_pem",
		"acq_ins_code", "mer_cat_code", "order_life_minutes"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not reported in: %v", field, err)
		}
	}
	if strings.Contains(err.Error(), "no key") {
		t.Error("the key is quoted")
	}
}

func TestSigningCertificateMustFitTheKey(t *testing.T) {
	g := newGateway(t)
	cfg := g.config()
	cfg.SignCertPEM, cfg.CertID = keys().leaf, "3" // a certificate of that number, of another key
	if _, err := New(cfg, clock.Real{}, nil); err == nil || !strings.Contains(err.Error(), "sign_cert_pem") {
		t.Errorf("got %v, want sign_cert_pem reported", err)
	}
	cfg.CertID = "68759585097" // the certificate is another one
	if _, err := New(cfg, clock.Real{}, nil); err == nil || !strings.Contains(err.Error(), "cert_id says 68759585097") {
		t.Errorf("got %v, want both numbers named", err)
	}
	cfg.SignCertPEM = "rubbish"
	if _, err := New(cfg, clock.Real{}, nil); err == nil {
		t.Error("an unreadable certificate was accepted")
	}
}

func TestEndpoints(t *testing.T) {
	for _, c := range []struct{ gateway, auth, wantQuery, wantAuth string }{
		{"https://gateway.95516.com/gateway/api/", "", "https://gateway.95516.com/gateway/api/queryTrans.do", "https://qr.95516.com/qrcGtwWeb-web/api/userAuth"},
		{"https://gateway.95516.com", "", "https://gateway.95516.com/gateway/api/queryTrans.do", "https://qr.95516.com/qrcGtwWeb-web/api/userAuth"},
		{"http://127.0.0.1:4711", "", "http://127.0.0.1:4711/gateway/api/queryTrans.do", "http://127.0.0.1:4711/qrcGtwWeb-web/api/userAuth"},
		{"http://127.0.0.1:4711/up/gateway/api", "", "http://127.0.0.1:4711/up/gateway/api/queryTrans.do", "http://127.0.0.1:4711/qrcGtwWeb-web/api/userAuth"},
		{"http://127.0.0.1:4711/", "http://phone.test/up/", "http://127.0.0.1:4711/gateway/api/queryTrans.do", "http://phone.test/up/qrcGtwWeb-web/api/userAuth"},
	} {
		ep := Config{GatewayURL: c.gateway, AuthURL: c.auth, FileURL: "http://files.test"}.endpoints(func(f string, err error) {
			if err != nil {
				t.Errorf("%s: %v", f, err)
			}
		})
		if ep.query != c.wantQuery || ep.auth != c.wantAuth || ep.file != "http://files.test/" {
			t.Errorf("%+v: got %+v", c, ep)
		}
	}
}

func TestConfigDecodesSandboxLine(t *testing.T) {
	var c Config
	const line = `{"gateway_url":"a","file_url":"b","mer_id":"c","cert_id":"d","private_key_pem":"e","sign_cert_pem":"f","root_cert_pem":"g","middle_cert_pem":"h"}`
	if err := json.Unmarshal([]byte(line), &c); err != nil {
		t.Fatal(err)
	}
	want := Config{GatewayURL: "a", FileURL: "b", MerID: "c", CertID: "d", PrivateKeyPEM: "e", SignCertPEM: "f", RootCertPEM: "g", MiddleCertPEM: "h"}
	if c != want {
		t.Fatalf("got %+v", c)
	}
}
