// Package seal encrypts what identifies a person before it is stored: identity
// numbers, cards, phones, names. AES-256-GCM under a key with an id, with the
// place of the value (table, column, row) as associated data, so that a value
// that is copied to another row does not open. A blind index (HMAC-SHA256 under a
// key of its own) answers "is this value there" without opening anything.
//
// A sealed value reads KEYID.BASE64 (nonce, ciphertext, tag); the empty text
// stays empty. Keys are rotated by adding one: new values take the newest, old
// ones stay readable until they are sealed again.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"

	"juma/internal/fault"
	"juma/internal/id"
)

// keyBytes is the size of each key.
const keyBytes = 32

// nameDigits is the length of a key's id.
const nameDigits = 8

// Keyring holds the keys. It is safe for concurrent use; it does not change.
type Keyring struct {
	index  []byte
	keys   []key // oldest first; the last one seals
	random id.Random
}

type key struct {
	id   string // nameDigits hex digits
	raw  []byte
	aead cipher.AEAD
}

// New returns a keyring with one fresh key and a fresh index key.
func New(random id.Random) (*Keyring, error) {
	k := &Keyring{random: random, index: make([]byte, keyBytes)}
	if _, err := io.ReadFull(random, k.index); err != nil {
		return nil, fault.Wrap("seal.New", fault.Internal, err)
	}
	return k.WithNewKey()
}

// WithNewKey returns a keyring that has one key more, which seals from then on.
func (k *Keyring) WithNewKey() (*Keyring, error) {
	const op = "seal.WithNewKey"
	raw := make([]byte, keyBytes)
	if _, err := io.ReadFull(k.random, raw); err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	sum := sha256.Sum256(raw)
	fresh, err := newKey(hex.EncodeToString(sum[:nameDigits/2]), raw)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	return &Keyring{index: k.index, random: k.random, keys: append(k.keys[:len(k.keys):len(k.keys)], fresh)}, nil
}

// OnlyNewest returns a keyring without the old keys: for after everything has
// been sealed again.
func (k *Keyring) OnlyNewest() *Keyring {
	return &Keyring{index: k.index, random: k.random, keys: k.keys[len(k.keys)-1:]}
}

func newKey(name string, raw []byte) (key, error) {
	enc, err := hkdf.Expand(sha256.New, raw, "juma seal", keyBytes)
	if err != nil {
		return key{}, err
	}
	block, err := aes.NewCipher(enc)
	if err != nil {
		return key{}, err
	}
	aead, err := cipher.NewGCM(block)
	return key{id: name, raw: raw, aead: aead}, err
}

// Newest is the id of the key that seals.
func (k *Keyring) Newest() string { return k.keys[len(k.keys)-1].id }

// KeyOf is the id of the key that a sealed value needs, "" for the empty text.
func KeyOf(sealed string) string {
	name, _, _ := strings.Cut(sealed, ".")
	return name
}

// Check is a value that two keyrings share exactly when they belong to the same
// data: it is made of the index key, which is never rotated.
func (k *Keyring) Check() string { return k.Index("check", "juma") }

// Seal encrypts a value for one place. It fails only when randomness does.
func (k *Keyring) Seal(place, plain string) (string, error) {
	if plain == "" {
		return "", nil
	}
	out, err := k.encrypt(place, []byte(plain))
	if err != nil {
		return "", err
	}
	return k.Newest() + "." + base64.RawURLEncoding.EncodeToString(out), nil
}

// SealBytes is Seal for what is large: the bytes behind KEYID. are not written as
// text.
func (k *Keyring) SealBytes(place string, plain []byte) ([]byte, error) {
	if len(plain) == 0 {
		return nil, nil
	}
	out, err := k.encrypt(place, plain)
	if err != nil {
		return nil, err
	}
	return append([]byte(k.Newest()+"."), out...), nil
}

// encrypt gives nonce, ciphertext and tag under the newest key.
func (k *Keyring) encrypt(place string, plain []byte) ([]byte, error) {
	newest := k.keys[len(k.keys)-1]
	nonce := make([]byte, newest.aead.NonceSize(), newest.aead.NonceSize()+len(plain)+newest.aead.Overhead())
	if _, err := io.ReadFull(k.random, nonce); err != nil {
		return nil, fault.Wrap("seal.Seal", fault.Internal, err)
	}
	return newest.aead.Seal(nonce, nonce, plain, []byte(place)), nil
}

// Open decrypts a value of the same place. Errors are of kind NotReady when the
// key is not in the ring and Corrupt when the value was altered or belongs
// elsewhere; they never hold the value.
func (k *Keyring) Open(place, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	name, text, ok := strings.Cut(sealed, ".")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if !ok || err != nil {
		b = nil
	}
	plain, err := k.decrypt(place, name, b)
	return string(plain), err
}

// OpenBytes is Open for what SealBytes made.
func (k *Keyring) OpenBytes(place string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	name, b, _ := bytes.Cut(sealed, []byte("."))
	return k.decrypt(place, string(name), b)
}

// decrypt opens nonce, ciphertext and tag with the key of that name.
func (k *Keyring) decrypt(place, name string, b []byte) ([]byte, error) {
	const op = "seal.Open"
	if len(name) != nameDigits || strings.Trim(name, "0123456789abcdef") != "" {
		return nil, fault.New(op, fault.Corrupt, "%s holds a value that is not sealed", place)
	}
	for _, key := range k.keys {
		if key.id != name {
			continue
		}
		if n := key.aead.NonceSize(); len(b) >= n {
			if plain, err := key.aead.Open(nil, b[:n], b[n:], []byte(place)); err == nil {
				return plain, nil
			}
		}
		return nil, fault.New(op, fault.Corrupt, "%s holds a value that was altered or copied from elsewhere", place)
	}
	return nil, fault.New(op, fault.NotReady, "%s is sealed with key %s, which is not among the %d keys here; restore the key file from the backup", place, name, len(k.keys))
}

// Index is the blind index of a value for one purpose ("phone"): equal values
// give equal indexes, and nobody without the key can test a guess. "" for "".
func (k *Keyring) Index(purpose, plain string) string {
	if plain == "" {
		return ""
	}
	mac := hmac.New(sha256.New, k.index)
	mac.Write([]byte(purpose + "\x00" + plain))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
