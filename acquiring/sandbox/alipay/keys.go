package alipay

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
)

const keyBits = 2048 // RSA2 asks for at least this

// keys are the two key pairs of a run. The app's private half is handed to the
// client and not kept.
type keys struct {
	app           *rsa.PublicKey  // verifies requests
	alipay        *rsa.PrivateKey // signs answers and notices
	appPrivatePEM string
	publicPEM     string
	// stranger signs forged notices. It is made when first needed.
	stranger func() (*rsa.PrivateKey, error)
}

func newKeys() (*keys, error) {
	app, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("app key: %w", err)
	}
	own, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("alipay key: %w", err)
	}
	appDER, err := x509.MarshalPKCS8PrivateKey(app)
	if err != nil {
		return nil, fmt.Errorf("app key: %w", err)
	}
	ownDER, err := x509.MarshalPKIXPublicKey(&own.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("alipay key: %w", err)
	}
	return &keys{
		app: &app.PublicKey, alipay: own,
		appPrivatePEM: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: appDER})),
		publicPEM:     string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: ownDER})),
		stranger:      sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, keyBits) }),
	}, nil
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

// noticeText is what a notice's signature covers: sign_type is not part of it.
func noticeText(params url.Values) string { return signText(params, "sign", "sign_type") }
