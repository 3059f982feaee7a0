package wechat

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	scheme = "WECHATPAY2-SHA256-RSA2048"
	// clockSkew is how far a timestamp may be off, either way.
	clockSkew = 300 * time.Second
	// probePrefix begins the signatures that WeChat sends on purpose to see
	// whether they are verified.
	probePrefix = "WECHATPAY/SIGNTEST/"
)

// requestMessage is the text that a merchant signs.
func requestMessage(method, canonicalURL, timestamp, nonce string, body []byte) string {
	return method + "\n" + canonicalURL + "\n" + timestamp + "\n" + nonce + "\n" + string(body) + "\n"
}

// answerMessage is the text that WeChat signs, in answers and notices alike.
func answerMessage(timestamp, nonce string, body []byte) string {
	return timestamp + "\n" + nonce + "\n" + string(body) + "\n"
}

func sign(key *rsa.PrivateKey, message string) (string, error) {
	sum := sha256.Sum256([]byte(message))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

func verify(key *rsa.PublicKey, message, signature string) error {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return fmt.Errorf("signature is not Base64")
	}
	sum := sha256.Sum256([]byte(message))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig)
}

// authorization is a parsed Authorization header.
type authorization struct{ mchid, nonce, timestamp, serial, signature string }

func parseAuthorization(header string) (authorization, error) {
	var a authorization
	rest, ok := strings.CutPrefix(header, scheme+" ")
	if !ok {
		return a, fmt.Errorf("header Authorization must begin with %q", scheme+" ")
	}
	into := map[string]*string{"mchid": &a.mchid, "nonce_str": &a.nonce, "timestamp": &a.timestamp, "serial_no": &a.serial, "signature": &a.signature}
	for _, item := range strings.Split(rest, ",") {
		name, value, ok := strings.Cut(item, "=")
		if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
			ok = false
		}
		target := into[name]
		if !ok || target == nil {
			return a, fmt.Errorf("header Authorization, item %q: want mchid, nonce_str, timestamp, serial_no and signature in quotes, each once", name)
		}
		*target = value[1 : len(value)-1]
		delete(into, name)
	}
	for name := range into {
		return a, fmt.Errorf("header Authorization, item %q is missing", name)
	}
	return a, nil
}

// checkRequest verifies a merchant's request by every rule that it is signed
// under.
func (w *Wallet) checkRequest(r *http.Request, body []byte) error {
	a, err := parseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return err
	}
	if a.mchid != w.spMchID {
		return fmt.Errorf("mchid %q is not the service provider", a.mchid)
	}
	if a.serial != w.keys.certSerial {
		return fmt.Errorf("serial_no %q is not the merchant certificate", a.serial)
	}
	if a.nonce == "" || len(a.nonce) > 32 {
		return fmt.Errorf("nonce_str has %d characters, want 1 to 32", len(a.nonce))
	}
	sec, err := strconv.ParseInt(a.timestamp, 10, 64)
	if err != nil || w.core.Clock.Now().Sub(time.Unix(sec, 0)).Abs() > clockSkew {
		return fmt.Errorf("timestamp %q is more than %d seconds off", a.timestamp, int(clockSkew.Seconds()))
	}
	if verify(&w.keys.merchant.PublicKey, requestMessage(r.Method, canonicalURL(r), a.timestamp, a.nonce, body), a.signature) != nil {
		return fmt.Errorf("signature does not fit method, address, time, nonce and body")
	}
	return nil
}

// canonicalURL is path and query exactly as they were sent. A request that did
// not come over a socket has only the parsed address.
func canonicalURL(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// signer chooses the key that an answer or notice is signed with. A merchant
// names the one it can verify in the Wechatpay-Serial of its request; notices
// follow the request that made their order or refund, because a merchant that
// holds one kind of key can never verify the other. One that names none knows
// only the older kind, the certificate.
func (w *Wallet) signer(named string) (serial string, key *rsa.PrivateKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if (named == w.keys.pubID) != w.mixed {
		return w.keys.pubID, w.keys.pub
	}
	current := w.platform[len(w.platform)-1]
	return current.serial, current.key
}

// namedKey is the platform key that a merchant asks to be answered under.
func (c *call) namedKey() string { return c.r.Header.Get("Wechatpay-Serial") }

// signHeader adds the signature headers for a body.
func (w *Wallet) signHeader(h http.Header, named string, body []byte) error {
	serial, key := w.signer(named)
	now, nonce := strconv.FormatInt(w.core.Clock.Now().Unix(), 10), randomText(32, textSet)
	sig, err := sign(key, answerMessage(now, nonce, body))
	if err != nil {
		return err
	}
	setSignature(h, now, nonce, serial, sig)
	return nil
}

func setSignature(h http.Header, timestamp, nonce, serial, signature string) {
	h.Set("Wechatpay-Timestamp", timestamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Serial", serial)
	h.Set("Wechatpay-Signature", signature)
	h.Set("Wechatpay-Signature-Type", scheme)
}

// sealed is an AEAD_AES_256_GCM ciphertext as the interface carries it.
type sealed struct {
	Algorithm      string `json:"algorithm"`
	Nonce          string `json:"nonce"`
	AssociatedData string `json:"associated_data"`
	Ciphertext     string `json:"ciphertext"`
}

// seal encrypts under the APIv3 key; the nonce has 12 ASCII characters.
func seal(key, nonce, associated string, plain []byte) (sealed, error) {
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return sealed{}, fmt.Errorf("APIv3 key: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return sealed{}, fmt.Errorf("AES-GCM: %w", err)
	}
	out := gcm.Seal(nil, []byte(nonce), plain, []byte(associated))
	return sealed{"AEAD_AES_256_GCM", nonce, associated, base64.StdEncoding.EncodeToString(out)}, nil
}
