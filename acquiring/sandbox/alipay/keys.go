package alipay

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
)

const keyBits = 2048 // RSA2 asks for at least this

// keys are the key pairs of a run. The app's private half is handed to the client and
// not kept.
type keys struct {
	app           *rsa.PublicKey // verifies requests
	appCert       *x509.Certificate
	appPrivatePEM string
	alipay        signer // the first one that signs answers and notices
	root          *authority
	// stranger signs forged notices. It is made when first needed.
	stranger func() (*rsa.PrivateKey, error)
}

// alipayCN is whom Alipay's certificate names.
const alipayCN = "支付宝(中国)网络技术有限公司-沙箱"

func newKeys() (*keys, error) {
	var drawn [3]*rsa.PrivateKey // side by side: that is most of a start's time
	var errs [3]error
	var wg sync.WaitGroup
	for i := range drawn {
		wg.Go(func() { drawn[i], errs[i] = rsa.GenerateKey(rand.Reader, keyBits) })
	}
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("drawing a key: %w", err)
	}
	app, own := drawn[0], drawn[1]
	k := &keys{app: &app.PublicKey, stranger: sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, keyBits) })}
	var err error
	if k.root, err = newAuthority(drawn[2]); err != nil {
		return nil, err
	}
	if k.appCert, err = k.root.certify(appID, k.app); err != nil {
		return nil, err
	}
	k.alipay.key = own
	if k.alipay.cert, err = k.root.certify(alipayCN, &own.PublicKey); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(app)
	if err != nil {
		return nil, fmt.Errorf("app key: %w", err)
	}
	k.appPrivatePEM = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return k, nil
}

// signRSA2 is Alipay's RSA2: PKCS#1 v1.5 over SHA-256, Base64.
func signRSA2(key *rsa.PrivateKey, text []byte) (string, error) {
	sum := sha256.Sum256(text)
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return base64.StdEncoding.EncodeToString(sig), err
}

// verifyRSA2 tells whether sign is the key's over text.
func verifyRSA2(key *rsa.PublicKey, text, sign string) bool {
	sig, err := base64.StdEncoding.DecodeString(sign)
	if err != nil {
		return false
	}
	sum := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) == nil
}

// signText is the text that a signature over parameters covers: all that are
// not empty and not left out, by name, raw values.
func signText(params url.Values, leaveOut ...string) string {
	names := make([]string, 0, len(params))
	for name := range params {
		if params.Get(name) != "" && !slices.Contains(leaveOut, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(name + "=" + params.Get(name))
	}
	return b.String()
}

// requestText is what a request's signature covers: sign_type is part of it.
func requestText(params url.Values) string { return signText(params, "sign") }

// noticeText is what a notice's signature covers: neither sign_type nor the certificate
// is part of it.
func noticeText(params url.Values) string {
	return signText(params, "sign", "sign_type", "alipay_cert_sn")
}
