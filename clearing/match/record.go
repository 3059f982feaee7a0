package match

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/maphash"
)

// A record is a row between the two phases:
//
//	length of what follows   uvarint
//	hash of the key          4 bytes
//	length of the key        uvarint
//	key                      channel, 0, order number
//	values                   date 4 bytes, amount varint, fee varint, payer
//
// Two rows without a difference have equal values, byte for byte.

// keySep stands between channel and order number: neither holds a control
// character.
const keySep = 0

// appendRecord encodes a row whose key has been put together.
func appendRecord(dst []byte, hash uint32, key []byte, row *Row) []byte {
	var vals [4 + 2*binary.MaxVarintLen64]byte
	binary.LittleEndian.PutUint32(vals[:], row.Date)
	n := 4 + binary.PutVarint(vals[4:], row.Amount)
	n += binary.PutVarint(vals[n:], row.Fee)
	keyLen := uvarintLen(uint64(len(key)))
	dst = binary.AppendUvarint(dst, uint64(4+keyLen+len(key)+n+len(row.Payer)))
	dst = binary.LittleEndian.AppendUint32(dst, hash)
	dst = binary.AppendUvarint(dst, uint64(len(key)))
	dst = append(dst, key...)
	dst = append(dst, vals[:n]...)
	return append(dst, row.Payer...)
}

func uvarintLen(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
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
	size, n := binary.Uvarint(b[at:])
	at += n
	end := at + int(size)
	hash := binary.LittleEndian.Uint32(b[at:])
	at += 4
	keyLen, n := binary.Uvarint(b[at:end])
	at += n
	return record{hash: hash, key: b[at : at+int(keyLen)], values: b[at+int(keyLen) : end], nextFrom: end}
}

// rehashed gives a record another hash, in place.
func rehashed(rec []byte, hash uint32) []byte {
	_, n := binary.Uvarint(rec)
	binary.LittleEndian.PutUint32(rec[n:], hash)
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

// orderOf is the order number in a key.
func orderOf(key []byte) string {
	return string(key[bytes.IndexByte(key, keySep)+1:])
}

// appendKey puts a row's key together.
func appendKey(dst []byte, row *Row) []byte {
	dst = append(dst, row.Channel...)
	dst = append(dst, keySep)
	return append(dst, row.OrderNo...)
}

// hasher spreads keys; its seed is random, so that nobody can craft order numbers
// that all fall into one place.
type hasher struct{ seed maphash.Seed }

func newHasher() hasher { return hasher{maphash.MakeSeed()} }

// of gives the place in the table and the partition, from different bits.
func (h hasher) of(key []byte, mask uint32) (hash, part uint32) {
	sum := maphash.Bytes(h.seed, key)
	return uint32(sum), uint32(sum>>32) & mask
}
