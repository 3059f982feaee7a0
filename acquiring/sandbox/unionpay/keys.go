package unionpay

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"sync"
	"time"
)

// unionpayCN is the common name of UnionPay's signing certificate in the
// documented form: parts joined by @, the third (index 2) being UnionPay's own
// name.
const unionpayCN = "SANDBOX@00010000:SIGN@中国银联股份有限公司@00000001"

// The certificates are valid through any business date that a demo may be set to.
var (
	validFrom  = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	validUntil = time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC)
)

// identity is a key with its certificate.
type identity struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

// keyring is everything that signs, or pretends to.
type keyring struct {
	root, middle identity
	unionpay     identity // UnionPay's signing certificate
	acquirer     identity // the acquirer's, which its requests are checked against
	impostor     identity // claims unionpay's name and issuer, which never signed it; for forged notices
}

func newKeyring() (*keyring, error) {
	var k keyring
	if err := makeKeys(&k.root, &k.middle, &k.unionpay, &k.acquirer, &k.impostor); err != nil {
		return nil, err
	}
	for _, step := range []struct {
		of     *identity
		cn     string
		issuer *identity
		ca     bool
	}{
		{&k.root, "SANDBOX-ROOT-CA", &k.root, true},
		{&k.middle, "SANDBOX-MIDDLE-CA", &k.root, true},
		{&k.unionpay, unionpayCN, &k.middle, false},
		{&k.acquirer, "SANDBOX@ACQUIRER@聚码@" + DefaultMerID, &k.middle, false},
	} {
		if err := step.of.certify(name(step.cn), *step.issuer, step.ca); err != nil {
			return nil, err
		}
	}
	// The middle CA's name with the impostor's own key under it: only checking the
	// signatures along the chain tells the two apart.
	claimed := identity{key: k.impostor.key, cert: &x509.Certificate{RawSubject: k.middle.cert.RawSubject, SubjectKeyId: k.middle.cert.SubjectKeyId}}
	return &k, k.impostor.certify(name(unionpayCN), claimed, false)
}

func name(cn string) pkix.Name {
	return pkix.Name{Country: []string{"CN"}, Organization: []string{"JUMA SANDBOX"}, CommonName: cn}
}

// signer is what UnionPay signs with now.
func (w *Wallet) signer() identity {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.signers[len(w.signers)-1]
}

// ChangeKeys gives UnionPay a new signing key and certificate, by the same middle one.
// acp's messages bring it along; a service provider is handed the key.
func (w *Wallet) ChangeKeys() error {
	var next identity
	if err := makeKeys(&next); err != nil {
		return err
	}
	if err := next.certify(name(unionpayCN), w.keys.middle, false); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.signers = append(w.signers, next)
	return nil
}

// publicKeys are UnionPay's, as a service provider is handed them: the newest first.
func (w *Wallet) publicKeys() string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var text string
	for _, s := range w.signers {
		der, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
		if err != nil {
			panic("unionpay sandbox: an RSA key that cannot be written: " + err.Error())
		}
		text = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})) + text
	}
	return text
}

// makeKeys draws the keys side by side: that is most of a start's time.
func makeKeys(ids ...*identity) error {
	errs := make([]error, len(ids))
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() { id.key, errs[i] = rsa.GenerateKey(rand.Reader, 2048) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// certify gives the identity a certificate by issuer, which may be itself.
func (id *identity) certify(subject pkix.Name, issuer identity, ca bool) error {
	serial, err := rand.Int(rand.Reader, big.NewInt(1_000_000_000_000))
	if err != nil {
		return err
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)), Subject: subject, NotBefore: validFrom, NotAfter: validUntil,
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true, IsCA: ca,
	}
	if ca {
		tmpl.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	}
	parent := issuer.cert
	if parent == nil {
		parent = tmpl
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &id.key.PublicKey, issuer.key)
	if err != nil {
		return err
	}
	id.cert, err = x509.ParseCertificate(der)
	return err
}

// serial is the certId: the certificate's serial number in decimal.
func (id identity) serial() string { return id.cert.SerialNumber.String() }

// certPEM is the certificate as text.
func (id identity) certPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.cert.Raw}))
}

// signPubKeyCert is the certificate as a signed message carries it: PEM without
// the last line end.
func (id identity) signPubKeyCert() string { return strings.TrimSpace(id.certPEM()) }

func (id identity) privatePEM() string {
	der, err := x509.MarshalPKCS8PrivateKey(id.key)
	if err != nil {
		panic("unionpay sandbox: an RSA key that cannot be written: " + err.Error())
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
