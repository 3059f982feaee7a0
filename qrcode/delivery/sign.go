package delivery

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"

	"juma/internal/fault"
)

// Statement is what the signature file says of a manifest. It names the
// manifest's digest, because a signature over the file itself would need all of
// it in memory. Its form is six lines of text, and the signature is Ed25519 over
// the bytes of the first five:
//
//	juma-manifest 1
//	batch: 01JQ…
//	plates: 1000
//	sha256: 64 hexadecimal digits of manifest.csv
//	signed-by: the key's fingerprint, see Fingerprint
//	signature: base64
type Statement struct {
	Batch  string
	Plates int
	SHA256 string
}

const statementForm = "juma-manifest 1\nbatch: %s\nplates: %d\nsha256: %s\nsigned-by: %s\n"

// Sign prints the statement with its signature.
func (s Statement) Sign(key ed25519.PrivateKey) []byte {
	body := fmt.Sprintf(statementForm, s.Batch, s.Plates, s.SHA256, Fingerprint(key.Public().(ed25519.PublicKey)))
	return fmt.Appendf(nil, "%ssignature: %s\n", body, base64.StdEncoding.EncodeToString(ed25519.Sign(key, []byte(body))))
}

// ReadStatement reads a signature file and checks it with the key. Errors are
// fault kind Invalid.
func ReadStatement(text []byte, key ed25519.PublicKey) (Statement, error) {
	const op = "delivery.ReadStatement"
	var s Statement
	var by string
	body, last, found := strings.Cut(string(text), "signature: ")
	n, err := fmt.Sscanf(body, statementForm, &s.Batch, &s.Plates, &s.SHA256, &by)
	if !found || n != 4 || err != nil {
		return Statement{}, fault.New(op, fault.Invalid, "is no signature of a manifest")
	}
	if by != Fingerprint(key) {
		return Statement{}, fault.New(op, fault.Invalid, "is signed by key %s, not by %s", by, Fingerprint(key))
	}
	signature, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(last, "\n"))
	if err != nil || !ed25519.Verify(key, []byte(body), signature) {
		return Statement{}, fault.New(op, fault.Invalid, "the signature does not fit: manifest or signature were altered")
	}
	return s, nil
}

// Fingerprint names a public key for people: the first 16 hexadecimal digits of
// its SHA-256.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

// PublicPEM prints a public key.
func PublicPEM(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fault.Wrap("delivery.PublicPEM", fault.Internal, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// ParsePublic reads what PublicPEM printed; fault kind Invalid for anything else.
func ParsePublic(text []byte) (ed25519.PublicKey, error) {
	bad := fault.New("delivery.ParsePublic", fault.Invalid, "want an Ed25519 public key in PEM")
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, bad
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, bad
	}
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, bad
	}
	return public, nil
}
