// Package audit is the record of who changed what, when, why, from what to what,
// and the hash chain that makes the record append-only: each entry's hash covers
// the hash before it, so an entry that is altered, taken out or put in between
// breaks every hash that follows.
//
// An entry never holds a secret: a changed identity number, card or phone is
// recorded by the fact that it changed, or masked.
package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"strings"
	"time"
)

// Entry is one change. Before and After are short texts, "" where there was or is
// nothing.
type Entry struct {
	ID     string // ULID; "" takes one from the time
	At     time.Time
	Actor  string // a login, or the part of the system that acted by itself
	Action string // "merchant.suspended"
	Object string // "merchant 999290058120001"
	Before string
	After  string
	Reason string
}

// Genesis is what the first entry's hash follows.
const Genesis = ""

// Link is the chain's hash of an entry that follows the hash before: SHA-256, 64
// lower-case hex digits, over the hash before, the place in the chain (from 1)
// and each field with its length. Text that is no UTF-8 counts as it is stored.
func Link(before string, seq int64, e Entry) string {
	h := NewHash()
	h.Text(before)
	h.Int(seq)
	h.Text(e.ID)
	h.Int(e.At.UnixMicro())
	for _, s := range []string{e.Actor, e.Action, e.Object, e.Before, e.After, e.Reason} {
		h.Text(strings.ToValidUTF8(s, "\uFFFD"))
	}
	return h.Hex()
}

// Hash is SHA-256 over fields one after another, of which no two run together. The
// chains of the house are made of it: this one, and that of the book's days.
type Hash struct{ h hash.Hash }

// NewHash begins a hash.
func NewHash() Hash { return Hash{sha256.New()} }

// Text adds a text behind its length.
func (h Hash) Text(s string) {
	h.Int(int64(len(s)))
	io.WriteString(h.h, s)
}

// Int adds a number.
func (h Hash) Int(n int64) {
	h.h.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// Sum is the hash of what was added, 32 bytes.
func (h Hash) Sum() []byte { return h.h.Sum(nil) }

// Hex is Sum as 64 lower-case hex digits.
func (h Hash) Hex() string { return hex.EncodeToString(h.Sum()) }
