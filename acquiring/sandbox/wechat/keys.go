package wechat

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"
)

// keyBits is the size that WeChat issues.
const keyBits = 2048

// certYears is how long a WeChat certificate is valid.
const certYears = 5

// secrets are all keys of one start.
type secrets struct {
	merchant   *rsa.PrivateKey // the service provider's API key
	certSerial string          // of its certificate, upper-case hex
	ownCert    string          // PEM
	pub        *rsa.PrivateKey // behind the platform public key
	pubID      string          // PUB_KEY_ID_…
	stranger   *rsa.PrivateKey // nobody's: forged notices are signed with it
	apiV3      string          // 32 characters
	appSecret  string
	platform   platformCert // the first one
}

// platformCert is a platform certificate with its key.
type platformCert struct {
	key      *rsa.PrivateKey
	pem      string
	serial   string // upper-case hex
	from, to time.Time
}

// newSecrets makes fresh keys. The certificates begin a year before now, so that
// a simulated day shortly before the start of the sandbox is covered.
func newSecrets(now time.Time) (*secrets, error) {
	s := &secrets{}
	keys := []**rsa.PrivateKey{&s.merchant, &s.platform.key, &s.pub, &s.stranger}
	errs := make([]error, len(keys))
	var wg sync.WaitGroup
	for i, k := range keys {
		wg.Go(func() { *k, errs[i] = rsa.GenerateKey(rand.Reader, keyBits) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("making a key: %w", err)
		}
	}
	if err := s.platform.certify(now.AddDate(-1, 0, 0)); err != nil {
		return nil, err
	}
	// On the wire the merchant's certificate is never asked for: only its number is.
	own := platformCert{key: s.merchant}
	if err := own.certify(s.platform.from); err != nil {
		return nil, err
	}
	s.certSerial, s.ownCert = own.serial, own.pem
	s.pubID = "PUB_KEY_ID_01" + randomText(32, digitSet)
	s.apiV3, s.appSecret = randomText(32, textSet), randomText(32, textSet)
	return s, nil
}

// certify gives the key a certificate that begins at an instant.
func (p *platformCert) certify(from time.Time) error {
	p.from = from.Truncate(time.Second)
	p.to = p.from.AddDate(certYears, 0, 0)
	serial, err := newSerial()
	if err != nil {
		return err
	}
	p.serial = fmt.Sprintf("%040X", serial)
	p.pem, err = selfSigned(serial, p.key, p.from, p.to)
	return err
}

// ChangeKeys issues a new platform certificate and signs under it from now on. The old
// one stays in the list of certificates, as during a real change.
func (w *Wallet) ChangeKeys() error {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	next := platformCert{key: key}
	if err := next.certify(w.core.Clock.Now()); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.platform = append(w.platform, next)
	return nil
}

// MixKeys makes the wallet sign under the other kind of key than the one that the
// request names, or stop doing so.
func (w *Wallet) MixKeys(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mixed = on
}

// platformCerts are the certificates so far: the last one signs.
func (w *Wallet) platformCerts() []platformCert {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.platform)
}

// newSerial draws a serial number of at most 20 octets whose first digit is not
// zero, so that it prints with 40 digits.
func newSerial() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 158))
	if err != nil {
		return nil, fmt.Errorf("drawing a serial number: %w", err)
	}
	return n.SetBit(n, 158, 1), nil
}

func selfSigned(serial *big.Int, key *rsa.PrivateKey, from, to time.Time) (string, error) {
	t := &x509.Certificate{
		SerialNumber: serial, NotBefore: from, NotAfter: to,
		Subject:  pkix.Name{CommonName: "Tenpay.com sandbox", Organization: []string{"Tenpay.com"}, Country: []string{"CN"}},
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return "", fmt.Errorf("making the platform certificate: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}

func privatePEM(k *rsa.PrivateKey) (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return "", fmt.Errorf("printing a private key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

func publicPEM(k *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(k)
	if err != nil {
		return "", fmt.Errorf("printing a public key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

const (
	digitSet = "0123456789"
	textSet  = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// randomText draws n characters of set. For nonces and secrets only: nothing
// that reaches a bill comes from here.
func randomText(n int, set string) string {
	out := make([]byte, 0, n)
	buf := make([]byte, 2*n)
	for len(out) < n {
		rand.Read(buf) // never fails: crypto/rand ends the program instead
		for _, b := range buf {
			// A multiple of the set's size, so that no character is favoured.
			if int(b) < 256/len(set)*len(set) && len(out) < n {
				out = append(out, set[int(b)%len(set)])
			}
		}
	}
	return string(out)
}
