package match

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/maphash"
)

// A record is a row between the two phases:
//
//	length of the whole      4 bytes
//	hash of the key          4 bytes
//	length of the key        2 bytes
//	key                      channel, 0, order number
//	values                   date 4 bytes, amount varint, fee varint, payer
//
// Two rows without a difference have equal values, byte for byte.

const (
	hashAt   = 4
	keyLenAt = 8
	keyAt    = 10
	maxKey   = 1<<16 - 1
)

// keySep stands between channel and order number: neither holds a control
// character.
const keySep = 0

// recordSize is the most bytes that a row can take.
func recordSize(row *Row) int {
	return keyAt + len(row.Channel) + 1 + len(row.OrderNo) + 4 + 2*binary.MaxVarintLen64 + len(row.Payer)
}

// appendRecord encodes a row.
func appendRecord(dst []byte, hash uint32, row *Row) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) // keyAt bytes, filled in below
	dst = append(dst, row.Channel...)
	dst = append(dst, keySep)
	dst = append(dst, row.OrderNo...)
	keyLen := len(dst) - start - keyAt
	dst = binary.LittleEndian.AppendUint32(dst, row.Date)
	dst = binary.AppendVarint(dst, row.Amount)
	dst = binary.AppendVarint(dst, row.Fee)
	dst = append(dst, row.Payer...)
	head := dst[start:]
	binary.LittleEndian.PutUint32(head, uint32(len(head)))
	binary.LittleEndian.PutUint32(head[hashAt:], hash)
	binary.LittleEndian.PutUint16(head[keyLenAt:], uint16(keyLen))
	return dst
}

// record is a view of an encoded row.
type record struct {
	hash     uint32
	key      []byte
	values   []byte
	nextFrom int // where the next record begins
}

var errTorn = errors.New("a record of the reconciliation came back torn from its spool")

// recordAt reads the record that begins at an offset.
func recordAt(b []byte, at int) record {
	b = b[at:]
	size := binary.LittleEndian.Uint32(b)
	b = b[:size]
	split := keyAt + int(binary.LittleEndian.Uint16(b[keyLenAt:]))
	return record{hash: binary.LittleEndian.Uint32(b[hashAt:]), key: b[keyAt:split], values: b[split:], nextFrom: at + int(size)}
}

// rehashed gives a record another hash, in place.
func rehashed(rec []byte, hash uint32) []byte {
	binary.LittleEndian.PutUint32(rec[hashAt:], hash)
	return rec
}

// values are the compared fields of a row.
type values struct {
	date        uint32
	amount, fee int64
	payer       []byte
}

func decodeValues(b []byte) values {
	v := values{date: binary.LittleEndian.Uint32(b)}
	at, n := 4, 0
	v.amount, n = binary.Varint(b[at:])
	at += n
	v.fee, n = binary.Varint(b[at:])
	v.payer = b[at+n:]
	return v
}

// compare orders values by date, amount, fee and payer; common is the number of
// leading fields that agree.
func (v values) compare(o values) (order, common int) {
	switch {
	case v.date != o.date:
		return less(v.date < o.date), 0
	case v.amount != o.amount:
		return less(v.amount < o.amount), 1
	case v.fee != o.fee:
		return less(v.fee < o.fee), 2
	}
	if order = bytes.Compare(v.payer, o.payer); order != 0 {
		return order, 3
	}
	return 0, 4
}

func less(is bool) int {
	if is {
		return -1
	}
	return 1
}

// cutKey takes a key apart.
func cutKey(key []byte) (channel, orderNo []byte) {
	i := bytes.IndexByte(key, keySep)
	return key[:i], key[i+1:]
}

// orderOf is the order number in a key.
func orderOf(key []byte) string {
	_, orderNo := cutKey(key)
	return string(orderNo)
}

// hasher spreads keys; its seed is random, so that nobody can craft order numbers
// that all fall into one place.
type hasher struct{ seed maphash.Seed }

func newHasher() hasher { return hasher{maphash.MakeSeed()} }

// of gives the place in the table and the partition, from different bits.
func (h hasher) of(channel, orderNo []byte, mask uint32) (hash, part uint32) {
	sum := maphash.Bytes(h.seed, orderNo)
	if len(channel) > 0 { // few channels have the same number, so a weak mix of its bytes will do
		sum += uint64(len(channel)) + uint64(channel[0])<<8 + uint64(channel[len(channel)-1])<<40
	}
	return uint32(sum), uint32(sum>>32) & mask
}
