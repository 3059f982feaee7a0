package id

import (
	"encoding/base32"
	"fmt"
	"io"
	"strings"
)

// plateAlphabet has 31 characters, a prime, so that the check character can
// catch every single mistake: digits and capitals without I, L, O, U and Z,
// which are misread.
const plateAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXY"

// PlateKeyLen is the length of a plate key: 21 random characters (104 bits) and
// one check character.
const PlateKeyLen = 22

// NewPlateKey draws a plate key. It is never a counter: the key is the only
// secret between a stranger and another merchant's page.
func NewPlateKey(rnd Random) string {
	var key strings.Builder
	var one [1]byte
	for key.Len() < PlateKeyLen-1 {
		if _, err := io.ReadFull(rnd, one[:]); err != nil {
			panic("id: random source failed: " + err.Error())
		}
		if v := one[0] & 31; int(v) < len(plateAlphabet) { // reject 31: every character equally likely
			key.WriteByte(plateAlphabet[v])
		}
	}
	return key.String() + string(plateCheck(key.String()))
}

// CheckPlateKey refuses a key with a wrong length, character or check
// character, without asking any database.
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

// plateCheck is a weighted sum modulo 31. The weights 1 to 21 are not divisible
// by 31 and differ from each other, so it catches every single wrong character
// and every swap of two.
func plateCheck(s string) byte {
	sum := 0
	for i, c := range s {
		sum += (i + 1) * strings.IndexRune(plateAlphabet, c)
	}
	return plateAlphabet[sum%31]
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
