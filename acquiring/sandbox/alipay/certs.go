package alipay

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"time"
)

// Certificates are valid through any business date that a demo may be set to.
var (
	validFrom  = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	validUntil = time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC)
)

// authority is the root of certificate mode: it certifies the app and Alipay itself.
type authority struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

// signer is a key that Alipay signs with, and its certificate.
type signer struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(key *rsa.PrivateKey) (*authority, error) {
	a := &authority{key: key}
	root := &x509.Certificate{Subject: name("Ant Financial Sandbox Root R1"), BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign}
	cert, err := a.issue(root, root, &key.PublicKey)
	a.cert = cert
	return a, err
}

// certify gives a key a certificate.
func (a *authority) certify(cn string, key *rsa.PublicKey) (*x509.Certificate, error) {
	return a.issue(&x509.Certificate{Subject: name(cn), KeyUsage: x509.KeyUsageDigitalSignature}, a.cert, key)
}

func (a *authority) issue(of, by *x509.Certificate, key *rsa.PublicKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		return nil, fmt.Errorf("serial number: %w", err)
	}
	of.SerialNumber, of.NotBefore, of.NotAfter = serial.Add(serial, big.NewInt(1)), validFrom, validUntil
	of.SignatureAlgorithm = x509.SHA256WithRSA
	der, err := x509.CreateCertificate(rand.Reader, of, by, key, a.key)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", of.Subject.CommonName, err)
	}
	return x509.ParseCertificate(der)
}

func name(cn string) pkix.Name {
	return pkix.Name{Country: []string{"CN"}, Organization: []string{"Ant Financial Sandbox"}, OrganizationalUnit: []string{"Certification Authority"}, CommonName: cn}
}

// certSN numbers a certificate: MD5 of the issuer's name and the decimal serial number.
func certSN(c *x509.Certificate) string {
	sum := md5.Sum([]byte(c.Issuer.String() + c.SerialNumber.String()))
	return hex.EncodeToString(sum[:])
}

func certPEM(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

func publicPEM(key *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("printing a public key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// ChangeKeys makes Alipay sign with a new key, under a new certificate, from now on.
func (w *Wallet) ChangeKeys() error {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return fmt.Errorf("alipay key: %w", err)
	}
	cert, err := w.keys.root.certify(alipayCN, &key.PublicKey)
	if err != nil {
		return err
	}
	text, err := publicPEM(&key.PublicKey)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.signers = append(w.signers, signer{key, cert})
	w.publicPEM = text + w.publicPEM
	return nil
}

// MixKeys makes answers and notices name a certificate where the provider named none,
// and none where it did, or stop doing so.
func (w *Wallet) MixKeys(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mixed = on
}

// signing is what signs now, and whether its certificate is named to a provider that
// works with certificates or without.
func (w *Wallet) signing(certificates bool) (signer, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.signers[len(w.signers)-1], certificates != w.mixed
}

// certificateMode tells whether a request names certificates.
func certificateMode(p url.Values) bool {
	return p.Get("app_cert_sn") != "" || p.Get("alipay_root_cert_sn") != ""
}

// checkCerts refuses certificates that are not the app's and the root's.
func (w *Wallet) checkCerts(p url.Values) error {
	if certificateMode(p) && (p.Get("app_cert_sn") != certSN(w.keys.appCert) || p.Get("alipay_root_cert_sn") != certSN(w.keys.root.cert)) {
		return errors.New("another certificate")
	}
	return nil
}

type certAnswer struct {
	success
	Content string `json:"alipay_cert_content"`
}

// certificate is alipay.open.app.alipaycert.download. How an unknown number is refused
// is not confirmed.
func (w *Wallet) certificate(_ url.Values, biz content) outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.signers {
		if certSN(s.cert) == string(biz.AlipayCertSN) {
			return outcome{answer: certAnswer{success: done, Content: base64.StdEncoding.EncodeToString([]byte(certPEM(s.cert)))}}
		}
	}
	return outcome{answer: badParam("alipay_cert_sn", "没有这个证书")}
}
