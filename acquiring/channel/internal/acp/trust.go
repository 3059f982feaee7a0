package acp

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"juma/acquiring/channel"
	"juma/internal/clock"
)

// signerName is the third part, between @ signs, of the common name in every
// certificate that UnionPay signs answers and notifications with.
const signerName = "中国银联股份有限公司"

// Trust verifies what claims to come from UnionPay. It is safe for concurrent
// use.
type Trust struct {
	clk           clock.Clock
	roots, middle *x509.CertPool
	configured    []*x509.Certificate // root, then middle

	mu    sync.RWMutex
	known map[[sha256.Size]byte]verified // only certificates whose chain has held: cannot be filled from outside
}

// verified is a signer certificate whose chain and name have been checked, with
// the time in which the whole chain is valid.
type verified struct {
	serial   string
	key      *rsa.PublicKey
	from, to time.Time
}

// NewTrust takes the configured root and middle certificates as PEM.
func NewTrust(rootPEM, middlePEM string, clk clock.Clock) (*Trust, error) {
	t := &Trust{clk: clk, roots: x509.NewCertPool(), middle: x509.NewCertPool(), known: map[[sha256.Size]byte]verified{}}
	for _, c := range []struct {
		name, text string
		pool       *x509.CertPool
	}{{"root_cert_pem", rootPEM, t.roots}, {"middle_cert_pem", middlePEM, t.middle}} {
		cert, err := ParseCertificate(c.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		c.pool.AddCert(cert)
		t.configured = append(t.configured, cert)
	}
	return t, nil
}

// ParseCertificate reads one PEM certificate.
func ParseCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("no PEM certificate found")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("certificate cannot be read: %w", err)
	}
	return cert, nil
}

// Verify proves that UnionPay signed p: protocol variant, signer certificate,
// signature. The error says which of them failed.
func (t *Trust) Verify(p Params) error {
	if p[fieldVersion] != version510 || p[fieldSignMethod] != methodRSA {
		return fmt.Errorf("version %q with signMethod %q: want %s with %s", p[fieldVersion], p[fieldSignMethod], version510, methodRSA)
	}
	if e := p[fieldEncoding]; e != "" && !strings.EqualFold(e, encoding) {
		return fmt.Errorf("encoding %q: want %s", e, encoding)
	}
	key, err := t.signerKey(p[fieldSignerCert])
	if err != nil {
		return err
	}
	return VerifyBare(key, p)
}

// signerKey returns the public key of a signer certificate that is valid now.
func (t *Trust) signerKey(text string) (*rsa.PublicKey, error) {
	sum := sha256.Sum256([]byte(text))
	t.mu.RLock()
	v, ok := t.known[sum]
	t.mu.RUnlock()
	if !ok {
		var err error
		if v, err = t.check(text); err != nil {
			return nil, err
		}
		t.mu.Lock()
		t.known[sum] = v
		t.mu.Unlock()
	}
	// A cached certificate expires like any other.
	if now := t.clk.Now(); now.Before(v.from) || now.After(v.to) {
		return nil, fmt.Errorf("signPubKeyCert is valid from %s to %s, not now", v.from.Format(time.RFC3339), v.to.Format(time.RFC3339))
	}
	return v.key, nil
}

func (t *Trust) check(text string) (verified, error) {
	cert, err := ParseCertificate(text)
	if err != nil {
		return verified{}, fmt.Errorf("signPubKeyCert: %w", err)
	}
	chains, err := cert.Verify(x509.VerifyOptions{
		Roots: t.roots, Intermediates: t.middle, CurrentTime: t.clk.Now(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return verified{}, fmt.Errorf("signPubKeyCert does not chain to the configured certificates: %w", err)
	}
	if parts := strings.Split(cert.Subject.CommonName, "@"); len(parts) < 3 || parts[2] != signerName {
		return verified{}, fmt.Errorf("signPubKeyCert names %q, not UnionPay", cert.Subject.CommonName)
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return verified{}, fmt.Errorf("signPubKeyCert holds a %T, want RSA", cert.PublicKey)
	}
	v := verified{serial: cert.SerialNumber.String(), key: key, from: cert.NotBefore, to: cert.NotAfter}
	for _, c := range chains[0] {
		if c.NotBefore.After(v.from) {
			v.from = c.NotBefore
		}
		if c.NotAfter.Before(v.to) {
			v.to = c.NotAfter
		}
	}
	return v, nil
}

// Credentials are the configured certificates and those that have signed what came
// since the start: UnionPay changes them without telling.
func (t *Trust) Credentials() []channel.Credential {
	var all []channel.Credential
	t.mu.RLock()
	for _, v := range t.known {
		all = append(all, channel.Credential{Use: channel.ProvesAnswers, Kind: channel.CertificateForm, Serial: v.serial, NotAfter: v.to})
	}
	t.mu.RUnlock()
	slices.SortFunc(all, func(a, b channel.Credential) int { return strings.Compare(a.Serial, b.Serial) })
	for _, cert := range t.configured {
		all = append(all, channel.Credential{Use: channel.Authority, Kind: channel.CertificateForm, Serial: cert.SerialNumber.String(), NotAfter: cert.NotAfter})
	}
	return all
}
