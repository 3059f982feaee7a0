package wire

import (
	"context"
	"crypto/md5"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/smartwalle/alipay/v3"
)

// Certs turns a Client to certificate mode: requests name the app's certificate and
// the root's, answers and notices name Alipay's, which chains to the root.
type Certs struct {
	App    *x509.Certificate
	Alipay []*x509.Certificate // the certificate, and behind it those between it and the root
	Root   string              // the bundle of root certificates, PEM
}

// CertSN is how Alipay numbers a certificate: MD5 of the issuer's name (RFC 2253, most
// specific part first) and the decimal serial number.
func CertSN(cert *x509.Certificate) string {
	sum := md5.Sum([]byte(cert.Issuer.String() + cert.SerialNumber.String()))
	return hex.EncodeToString(sum[:])
}

// snShape is what a certificate number looks like; only such a one is asked about.
var snShape = regexp.MustCompile(`^[0-9a-f]{32}$`)

const (
	// downloadGap is the least time between two downloads: a number that is made up,
	// in a forged notice, must not make us ask at every delivery.
	downloadGap = time.Minute
	// downloadTime is how long a download may take. It is nobody's own: the call or
	// notice that happened to need it may end before.
	downloadTime = 10 * time.Second
)

// keyring holds Alipay's public keys: those handed out, and in certificate mode those
// that were downloaded since. When Alipay changes its certificate, its number in an
// answer is unknown, and the certificate is fetched; the root proves it.
type keyring struct {
	given []*rsa.PublicKey
	roots *x509.CertPool // nil without certificate mode
	now   func() time.Time

	mu sync.RWMutex
	by map[string]*rsa.PublicKey // by certificate number
	// certs are the app's certificate, and those of Alipay's behind the keys of by.
	certs []*x509.Certificate

	downloading sync.Mutex // held by the one who downloads
	asked       time.Time
}

func (k *keyring) find(sn string) *rsa.PublicKey {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.by[sn]
}

// all are the keys that what names no certificate may be signed with.
func (k *keyring) all() []*rsa.PublicKey {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return slices.AppendSeq(slices.Clone(k.given), maps.Values(k.by))
}

// keysFor are the keys that may have signed what names the certificate sn. The number
// is not signed, so nothing is believed for its sake: without certificate mode it is
// passed over.
func (c *Client) keysFor(ctx context.Context, sn string) ([]*rsa.PublicKey, error) {
	if sn == "" || c.keys.roots == nil {
		return c.keys.all(), nil
	}
	if key := c.keys.find(sn); key != nil {
		return []*rsa.PublicKey{key}, nil
	}
	if err := c.download(ctx, sn); err != nil {
		return nil, fmt.Errorf("certificate %.32q of Alipay is not known: %w", sn, err)
	}
	return []*rsa.PublicKey{c.keys.find(sn)}, nil
}

// download fetches Alipay's certificate by its number. Whoever needs it at the same
// time waits for the one download.
func (c *Client) download(ctx context.Context, sn string) error {
	k := &c.keys
	if !snShape.MatchString(sn) {
		return errors.New("want 32 hexadecimal digits")
	}
	k.downloading.Lock()
	defer k.downloading.Unlock()
	if k.find(sn) != nil {
		return nil
	}
	now := k.now()
	if !k.asked.IsZero() && now.Sub(k.asked).Abs() < downloadGap {
		return errors.New("one was downloaded less than a minute ago")
	}
	k.asked = now
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), downloadTime)
	defer cancel()
	chain, err := c.certificate(ctx, sn)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.by[sn] = chain[0].PublicKey.(*rsa.PublicKey)
	k.certs = append(k.certs, chain[0])
	return nil
}

// Certificates are, in certificate mode, the app's and those of Alipay's that are known;
// none otherwise.
func (c *Client) Certificates() []*x509.Certificate {
	c.keys.mu.RLock()
	defer c.keys.mu.RUnlock()
	return slices.Clone(c.keys.certs)
}

// certificate asks for a certificate (alipay.open.app.alipaycert.download). The answer
// may be signed under that very certificate, so its signature proves nothing; the chain
// to the root does.
func (c *Client) certificate(ctx context.Context, sn string) ([]*x509.Certificate, error) {
	values, err := c.sdk.URLValues(alipay.CertDownload{AliPayCertSN: sn})
	if err != nil {
		return nil, err
	}
	body, err := c.post(ctx, values.Encode())
	if err != nil {
		return nil, err
	}
	var answer struct {
		Content string `json:"alipay_cert_content"`
	}
	if _, err := c.readUnproved(alipay.CertDownload{}.APIName(), body, &answer); err != nil {
		return nil, err
	}
	text, err := base64.StdEncoding.DecodeString(answer.Content)
	if err != nil || answer.Content == "" {
		return nil, errors.New("the answer carries no certificate")
	}
	chain, err := ReadChain(text)
	if err != nil {
		return nil, err
	}
	if CertSN(chain[0]) != sn {
		return nil, errors.New("another certificate came")
	}
	return chain, c.keys.prove(chain)
}

// prove checks that a certificate chains to the roots, now.
func (k *keyring) prove(chain []*x509.Certificate) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: k.roots, Intermediates: between, CurrentTime: k.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return fmt.Errorf("the certificate does not chain to alipay_root_cert_pem: %w", err)
	}
	return nil
}

// ReadChain reads a certificate with an RSA key and whatever stands behind it in the
// text: PEM, or DER of the one.
func ReadChain(text []byte) ([]*x509.Certificate, error) {
	block, rest := pem.Decode(text)
	if block == nil {
		block, rest = &pem.Block{Bytes: text}, nil
	}
	var chain []*x509.Certificate
	for ; block != nil; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("not a certificate")
		}
		chain = append(chain, cert)
	}
	if _, ok := chain[0].PublicKey.(*rsa.PublicKey); !ok {
		return nil, errors.New("the certificate's key is not RSA: RSA2 needs one")
	}
	return chain, nil
}

// useCerts turns a new client to certificate mode.
func (c *Client) useCerts(o *Certs) error {
	k := &c.keys
	k.roots = x509.NewCertPool()
	if !k.roots.AppendCertsFromPEM([]byte(o.Root)) {
		return errors.New("alipay_root_cert_pem: no certificate in PEM")
	}
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: o.App.Raw})
	if err := errors.Join(c.sdk.LoadAppCertPublicKey(string(own)), c.sdk.LoadAliPayRootCert(o.Root)); err != nil {
		return err
	}
	if err := k.prove(o.Alipay); err != nil {
		return fmt.Errorf("alipay_cert_pem: %w", err)
	}
	k.by[CertSN(o.Alipay[0])] = o.Alipay[0].PublicKey.(*rsa.PublicKey)
	k.certs = []*x509.Certificate{o.App, o.Alipay[0]}
	return nil
}
