package acp

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"maps"
)

// digest is what RSA signs in acp 5.1.0: SHA-256 over the lower-case hex text of
// the SHA-256 of the string. Hashed twice, as the protocol says.
func digest(signString string) []byte {
	inner := sha256.Sum256([]byte(signString))
	outer := sha256.Sum256([]byte(hex.EncodeToString(inner[:])))
	return outer[:]
}

// Signer signs requests with the merchant's key. It is safe for concurrent use.
type Signer struct {
	certID string
	key    *rsa.PrivateKey
}

// NewSigner makes a signer from the decimal serial number of the signing
// certificate and its RSA key (PEM, PKCS#8 or PKCS#1).
func NewSigner(certID, keyPEM string) (*Signer, error) {
	block, _ := pem.Decode([]byte(keyPEM))
	if block == nil {
		return nil, fmt.Errorf("no PEM block found, want an RSA private key")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return &Signer{certID, key}, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("neither a PKCS#8 nor a PKCS#1 private key") // the cause could quote key bytes
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key is %T, want RSA", parsed)
	}
	return &Signer{certID, key}, nil
}

// Public is the public half of the signing key.
func (s *Signer) Public() *rsa.PublicKey { return &s.key.PublicKey }

// Sign returns a copy of p with the protocol's own parameters and the signature
// added.
func (s *Signer) Sign(p Params) (Params, error) {
	signed := maps.Clone(p)
	if signed == nil {
		signed = Params{}
	}
	signed[fieldVersion] = version510
	signed[fieldEncoding] = encoding
	signed[fieldSignMethod] = methodRSA
	signed[fieldCertID] = s.certID
	if err := s.SignBare(signed); err != nil {
		return nil, err
	}
	return signed, nil
}

// SignBare adds the signature to p and nothing else, as interfaces want it that
// know the signer by other means than the protocol's own parameters.
func (s *Signer) SignBare(p Params) error {
	sig, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, digest(p.SignString()))
	if err != nil {
		return fmt.Errorf("signing the request: %w", err)
	}
	p[fieldSignature] = base64.StdEncoding.EncodeToString(sig)
	return nil
}

// VerifyBare proves that the holder of key signed p.
func VerifyBare(key *rsa.PublicKey, p Params) error {
	sig, err := base64.StdEncoding.DecodeString(p[fieldSignature])
	if err != nil || len(sig) == 0 {
		return fmt.Errorf("signature is missing or not Base64")
	}
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest(p.SignString()), sig) != nil {
		return fmt.Errorf("signature does not fit the content")
	}
	return nil
}
