package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"

	"juma/internal/fault"
	"juma/internal/id"
)

// sealer hands browsers things that they must bring back unread and unchanged
// (AES-256-GCM), and tokens that prove that a form came from us (HMAC-SHA256).
// The two use different keys made from one.
type sealer struct {
	aead   cipher.AEAD
	macKey []byte
	random id.Random
}

// sealKeyBytes is the size of Config.SealKey.
const sealKeyBytes = 32

func newSealer(key []byte, random id.Random) (*sealer, error) {
	const op = "web.New"
	if len(key) == 0 {
		key = make([]byte, sealKeyBytes)
		if _, err := io.ReadFull(random, key); err != nil {
			return nil, fault.Wrap(op, fault.Internal, err)
		}
	}
	if len(key) != sealKeyBytes {
		return nil, fault.New(op, fault.Invalid, "SealKey has %d bytes, want %d", len(key), sealKeyBytes)
	}
	encKey, err := hkdf.Expand(sha256.New, key, "juma web seal", sealKeyBytes)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	macKey, err := hkdf.Expand(sha256.New, key, "juma web form", sealKeyBytes)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	block, err := aes.NewCipher(encKey)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	return &sealer{aead: aead, macKey: macKey, random: random}, nil
}

// seal encrypts v as JSON for one purpose; only open with the same purpose
// reads it.
func (s *sealer) seal(purpose string, v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("seal %s: %w", purpose, err)
	}
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	if _, err := io.ReadFull(s.random, nonce); err != nil {
		return "", fmt.Errorf("seal %s: %w", purpose, err)
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, plain, []byte(purpose))), nil
}

// open reads what seal made for the purpose; ok is false for anything else.
func (s *sealer) open(purpose, sealed string, v any) (ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(b) < s.aead.NonceSize() {
		return false
	}
	plain, err := s.aead.Open(nil, b[:s.aead.NonceSize()], b[s.aead.NonceSize():], []byte(purpose))
	return err == nil && json.Unmarshal(plain, v) == nil
}

// formToken is the token that forms of a session carry. It is derived, so it
// needs no storage and ends with the session.
func (s *sealer) formToken(session string) string {
	mac := hmac.New(sha256.New, s.macKey)
	mac.Write([]byte(session))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// checkFormToken compares in constant time.
func (s *sealer) checkFormToken(session, token string) bool {
	return session != "" && hmac.Equal([]byte(s.formToken(session)), []byte(token))
}
