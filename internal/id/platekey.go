package id

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// plateAlphabet has 31 characters, a prime, so that the check character can
// catch every single mistake: digits and capitals without I, L, O, U and Z,
// which are misread. All of them are in QR's alphanumeric mode.
const plateAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXY"

// The parts of a plate key, in this order. 62 characters of a UnionPay URL with
// such a key fill a version 4 code at level M to the last byte.
const (
	plateKeyIDs  = "ABCDEFGHJKMNPQRSTVWXY" // ids of MAC keys: a letter, so that a key never is a number
	plateRandom  = 21                      // characters drawn: 31^21 is more than 2^104
	plateMAC     = 9                       // characters of the MAC: 31^9 is more than 2^44
	plateMACTail = 1 + plateRandom
	// PlateKeyLen is the length of a plate key: the MAC key's id, 21 random
	// characters (104 bits), 9 characters of MAC and one check character.
	PlateKeyLen = 1 + plateRandom + plateMAC + 1
)

// CheckPlateKey refuses a key with a wrong length, character or check
// character. It needs no secret, so a print shop can use it; whether a key is
// genuine is for PlateRing.Check.
func CheckPlateKey(key string) error {
	if len(key) != PlateKeyLen {
		return fmt.Errorf("plate key %q: has %d characters, want %d", key, len(key), PlateKeyLen)
	}
	for _, c := range key {
		if !strings.ContainsRune(plateAlphabet, c) {
			return fmt.Errorf("plate key %q: character %q is not used in plate keys", key, c)
		}
	}
	if plateCheck(key[:PlateKeyLen-1]) != key[PlateKeyLen-1] {
		return fmt.Errorf("plate key %q: the check character does not fit, look for a typing mistake", key)
	}
	return nil
}

// plateCheck is a weighted sum modulo 31. The weights run 1 to 30 and begin
// again: none is divisible by 31 and neighbours differ, so it catches every
// single wrong character and every swap of two neighbours.
func plateCheck(s string) byte {
	sum := 0
	for i := range len(s) {
		sum += (i%30 + 1) * strings.IndexByte(plateAlphabet, s[i])
	}
	return plateAlphabet[sum%31]
}

// PlateRing holds the keys that plate keys are authenticated with. The newest
// signs; the older ones stay, because plates hang for years. It is immutable and
// safe for concurrent use.
type PlateRing struct {
	secrets [][]byte // by the place of the id in plateKeyIDs; the last signs
}

const plateSecretLen = 32

// NewPlateRing draws a ring of one key.
func NewPlateRing(rnd Random) (*PlateRing, error) { return (&PlateRing{}).Rotate(rnd) }

// Rotate returns a ring with one more key, which signs from now on.
func (r *PlateRing) Rotate(rnd Random) (*PlateRing, error) {
	if len(r.secrets) == len(plateKeyIDs) {
		return nil, fmt.Errorf("the ring holds %d keys already and there is no id for another", len(r.secrets))
	}
	secret := make([]byte, plateSecretLen)
	if _, err := io.ReadFull(rnd, secret); err != nil {
		return nil, fmt.Errorf("random source: %w", err)
	}
	return &PlateRing{secrets: append(r.secrets[:len(r.secrets):len(r.secrets)], secret)}, nil
}

// ParsePlateRing reads what Text wrote: a line for each key, its id and 64
// hexadecimal digits. The error never holds a key.
func ParsePlateRing(text string) (*PlateRing, error) {
	r := &PlateRing{}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		var letter string
		var secret []byte
		if n, err := fmt.Sscanf(line, "%1s %x", &letter, &secret); n != 2 || err != nil || len(secret) != plateSecretLen || i >= len(plateKeyIDs) || letter != plateKeyIDs[i:i+1] {
			return nil, fmt.Errorf("line %d: want the ids %s in order, each with %d hexadecimal digits", i+1, plateKeyIDs, 2*plateSecretLen)
		}
		r.secrets = append(r.secrets, secret)
	}
	return r, nil
}

// Text is the ring as it is kept. It is a secret.
func (r *PlateRing) Text() string {
	var b strings.Builder
	for i, secret := range r.secrets {
		fmt.Fprintf(&b, "%c %x\n", plateKeyIDs[i], secret)
	}
	return b.String()
}

// Newest is the id of the key that signs.
func (r *PlateRing) Newest() string { return plateKeyIDs[len(r.secrets)-1 : len(r.secrets)] }

// New draws a plate key. It is never a counter: the key is the only secret
// between a stranger and another merchant's page.
func (r *PlateRing) New(rnd Random) string {
	key := make([]byte, 1, PlateKeyLen)
	key[0] = r.Newest()[0]
	var buf [32]byte
	for len(key) < plateMACTail {
		if _, err := io.ReadFull(rnd, buf[:]); err != nil {
			panic("id: random source failed: " + err.Error()) // no key, no plate
		}
		for _, b := range buf {
			if v := b & 31; int(v) < len(plateAlphabet) && len(key) < plateMACTail { // reject 31: every character equally likely
				key = append(key, plateAlphabet[v])
			}
		}
	}
	key = r.mac(key, len(r.secrets)-1)
	return string(append(key, plateCheck(string(key))))
}

// NewPlateKey draws a well-formed key of a ring that nobody keeps: for previews
// and samples, which must not open anything.
func NewPlateKey(rnd Random) string {
	ring, err := NewPlateRing(rnd)
	if err != nil {
		panic("id: " + err.Error())
	}
	return ring.New(rnd)
}

// Check refuses every key that this ring did not make, without asking any
// database. What is no plate key at all is refused for its form.
func (r *PlateRing) Check(key string) error {
	if err := CheckPlateKey(key); err != nil {
		return err
	}
	i := strings.IndexByte(plateKeyIDs, key[0])
	if i < 0 || i >= len(r.secrets) {
		return fmt.Errorf("plate key %q: no key with id %q is in the ring", key, key[:1])
	}
	if !hmac.Equal(r.mac([]byte(key[:plateMACTail]), i), []byte(key[:PlateKeyLen-1])) {
		return fmt.Errorf("plate key %q: it was not issued here", key)
	}
	return nil
}

// mac appends to the id and the random part what proves that they belong
// together: HMAC-SHA-256 with the i-th key, cut to 63 bits and written in 9
// characters.
func (r *PlateRing) mac(body []byte, i int) []byte {
	h := hmac.New(sha256.New, r.secrets[i])
	h.Write([]byte("juma plate key "))
	h.Write(body[:plateMACTail])
	n := binary.BigEndian.Uint64(h.Sum(nil)) >> 1
	out := append(make([]byte, 0, PlateKeyLen), body[:plateMACTail]...)
	for range plateMAC {
		out = append(out, plateAlphabet[n%31])
		n /= 31
	}
	return out
}

var tokenEncoding = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// Token returns an unguessable token of 128 bits in 26 characters (base 32).
func Token(rnd Random) string {
	var b [16]byte
	if _, err := io.ReadFull(rnd, b[:]); err != nil {
		panic("id: random source failed: " + err.Error())
	}
	return tokenEncoding.EncodeToString(b[:])
}
