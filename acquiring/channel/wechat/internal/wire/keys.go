package wire

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"juma/internal/clock"
)

// PlatformKey is a key that WeChat signs with and that is encrypted for.
type PlatformKey struct {
	ID  string // serial number of a platform certificate, or PUB_KEY_ID_… of a public key
	Key *rsa.PublicKey
	// NotAfter is the end of a certificate; zero for a public key, which has none.
	NotAfter time.Time
}

// publicKeyPrefix begins the id of a platform public key. Such a key is only ever
// handed out by hand; certificates can be fetched.
const publicKeyPrefix = "PUB_KEY_ID_"

const (
	// fetchGap is the least time between two fetches of the certificates: a number
	// that is made up, in a forged notice, must not make us ask at every delivery.
	fetchGap = time.Minute
	// fetchTime is how long a fetch may take. It is nobody's own: the call or notice
	// that happened to need it may end before.
	fetchTime = 10 * time.Second
)

// ring holds the platform's keys: the configured ones for good, and the
// certificates that were last fetched. WeChat begins to sign with a new certificate
// without asking anybody; then its number is unknown, and the list is fetched.
type ring struct {
	clock clock.Clock

	mu         sync.RWMutex
	configured []PlatformKey
	fetched    []PlatformKey // the newest first

	fetching sync.Mutex // held by the one who fetches
	asked    time.Time
}

// current is the key to name in requests and to encrypt for: a public key, which
// replaces the certificates where there is one, else the newest certificate.
func (r *ring) current() PlatformKey {
	r.mu.RLock()
	defer r.mu.RUnlock()
	first := r.configured[0]
	if !strings.HasPrefix(first.ID, publicKeyPrefix) && len(r.fetched) > 0 {
		return r.fetched[0]
	}
	return first
}

func (r *ring) find(id string) (PlatformKey, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, list := range [][]PlatformKey{r.configured, r.fetched} {
		for _, k := range list {
			if k.ID == id {
				return k, true
			}
		}
	}
	return PlatformKey{}, false
}

// PlatformKeys are the keys that answers are proved by: the configured ones, and the
// certificates that were fetched since.
func (c *Client) PlatformKeys() []PlatformKey {
	r := &c.ring
	r.mu.RLock()
	defer r.mu.RUnlock()
	all := slices.Clone(r.configured)
	for _, k := range r.fetched {
		if !slices.ContainsFunc(all, func(o PlatformKey) bool { return o.ID == k.ID }) {
			all = append(all, k)
		}
	}
	return all
}

// verifySignature proves a signature under the platform key that id names, which is
// fetched when it is a certificate that has not been seen yet.
func (c *Client) verifySignature(ctx context.Context, id, message, signature string) error {
	key, known := c.ring.find(id)
	if !known && !strings.HasPrefix(id, publicKeyPrefix) {
		if err := c.learn(ctx, id); err != nil {
			return fmt.Errorf("platform certificate %q is not known: %w", id, err)
		}
		key, known = c.ring.find(id)
	}
	if !known {
		return fmt.Errorf("platform key %q is not known", id)
	}
	return key.verify(ctx, message, signature)
}

func (k PlatformKey) verify(ctx context.Context, message, signature string) error {
	return verifiers.NewSHA256WithRSAPubkeyVerifier(k.ID, *k.Key).Verify(ctx, k.ID, message, signature)
}

// learn fetches the platform's certificates because id is not among ours. Whoever
// needs it at the same time waits for the one fetch.
func (c *Client) learn(ctx context.Context, id string) error {
	r := &c.ring
	r.fetching.Lock()
	defer r.fetching.Unlock()
	if _, known := r.find(id); known {
		return nil
	}
	now := r.clock.Now()
	if !r.asked.IsZero() && now.Sub(r.asked).Abs() < fetchGap {
		return errors.New("the certificates were fetched less than a minute ago")
	}
	r.asked = now
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
	defer cancel()
	keys, err := c.certificates(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fetched = keys
	return nil
}

// certificateList is the answer of GET /v3/certificates.
type certificateList struct {
	Data []struct {
		SerialNo           string    `json:"serial_no"`
		EffectiveTime      time.Time `json:"effective_time"`
		EncryptCertificate Resource  `json:"encrypt_certificate"`
	} `json:"data"`
}

// certificates fetches the platform's certificates, the newest first. They are
// sealed under the APIv3 key, which only WeChat and the provider hold; the answer
// must be signed under a key that we know, or under one of those it brings.
func (c *Client) certificates(ctx context.Context) ([]PlatformKey, error) {
	resp, err := c.send(ctx, http.MethodGet, join(c.opt.Base, "/v3/certificates"), nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := readLimited(resp.Body, maxAnswer)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetching the certificates: status %d", resp.StatusCode)
	}
	keys, err := c.openCertificates(raw)
	if err != nil {
		return nil, err
	}
	s, err := c.signatureOf(resp.Header, raw)
	if err != nil {
		return nil, err
	}
	signer, known := c.ring.find(s.serial)
	for _, k := range keys {
		if !known && k.ID == s.serial {
			signer, known = k, true
		}
	}
	if !known {
		return nil, fmt.Errorf("the list of certificates is signed under %q, which is not in it", s.serial)
	}
	return keys, signer.verify(ctx, s.message, s.signature)
}

// openCertificates unseals the certificates of a list.
func (c *Client) openCertificates(raw []byte) ([]PlatformKey, error) {
	var list certificateList
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, errors.New("the list of certificates cannot be read")
	}
	var keys []PlatformKey
	var newest time.Time
	for _, d := range list.Data {
		plain, err := unseal(c.opt.APIv3Key, d.EncryptCertificate)
		if err != nil {
			return nil, err
		}
		k, err := ReadCertificate(string(plain), d.SerialNo)
		if err != nil {
			return nil, fmt.Errorf("platform certificate %s: %w", d.SerialNo, err)
		}
		// A certificate is listed a while before WeChat signs with it.
		if d.EffectiveTime.After(newest) && !d.EffectiveTime.After(c.ring.clock.Now()) {
			newest, keys = d.EffectiveTime, append([]PlatformKey{k}, keys...)
			continue
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// ReadCertificate reads a platform certificate in PEM. serial is how WeChat spells
// its number; "" takes it from the certificate. Its validity is not checked: the
// platform names the certificate that it signs with, and a day may be replayed years
// later.
func ReadCertificate(text, serial string) (PlatformKey, error) {
	cert, err := utils.LoadCertificate(text)
	if err != nil {
		return PlatformKey{}, errors.New("not a certificate in PEM")
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return PlatformKey{}, errors.New("the key is not RSA")
	}
	if serial == "" {
		serial = utils.GetCertificateSerialNumber(*cert)
	}
	if !sameNumber(serial, cert) {
		return PlatformKey{}, fmt.Errorf("serial number %q: the certificate's is %X", serial, cert.SerialNumber)
	}
	return PlatformKey{ID: serial, Key: key, NotAfter: cert.NotAfter}, nil
}

func sameNumber(serial string, cert *x509.Certificate) bool {
	n, ok := new(big.Int).SetString(serial, 16)
	return ok && n.Cmp(cert.SerialNumber) == 0
}
