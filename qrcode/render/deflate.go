package render

import (
	"encoding/binary"
	"math/bits"
)

// The limits of a match in deflate (RFC 1951, 3.2.5).
const (
	minMatch    = 3
	maxMatch    = 258
	maxDistance = 32 * 1024
)

// deflater writes one final deflate block with the fixed Huffman codes, row by
// row. It knows two kinds of match only, "the same as the row above" and "the
// same byte again", because that is what pictures of codes are made of: it comes
// within a few per cent of a general compressor at many times its speed, and its
// output does not change with a toolchain.
type deflater struct {
	bitWriter
	sum    adler
	stride int    // bytes of a row, filter byte included
	above  []byte // the row before; nil at the top
	up     distanceCode
}

// newDeflater appends to out, beginning with the zlib header (RFC 1950): 32 KiB
// window, no dictionary.
func newDeflater(out []byte, stride int) deflater {
	d := deflater{bitWriter: bitWriter{out: append(out, 0x78, 0x01)}, sum: adler{a: 1}, stride: stride}
	if stride <= maxDistance {
		d.up = makeDistanceCode(stride)
	}
	d.bits(1, 1) // final
	d.bits(1, 2) // fixed codes
	return d
}

// row writes a row, then times-1 copies of it.
func (d *deflater) row(row []byte, times int) {
	d.one(row)
	if d.stride >= minMatch && d.stride <= maxDistance && times > 1 {
		d.copies(d.stride*(times-1), d.up)
	} else { // too short for a match, or too far to look back at
		for range times - 1 {
			d.one(row)
		}
	}
	d.sum.add(row, times)
}

func (d *deflater) one(row []byte) {
	above := d.above
	if d.stride > maxDistance {
		above = nil
	}
	for i := 0; i < len(row); {
		n, code := 0, d.up
		if above != nil && row[i] == above[i] {
			n = sameLen(row[i:], above[i:])
		}
		if i > 0 && row[i] == row[i-1] {
			if run := sameLen(row[i:], row[i-1:]); run > n {
				n, code = run, oneBack
			}
		}
		if n < minMatch {
			d.symbol(int(row[i]))
			i++
			continue
		}
		d.match(n, code)
		i += n
	}
	d.above = row
}

// copies writes a match of any length; a tail too short for a match is joined
// with what comes before it.
func (d *deflater) copies(n int, code distanceCode) {
	for n > 0 {
		length := min(n, maxMatch)
		if rest := n - length; rest > 0 && rest < minMatch {
			length -= minMatch - rest
		}
		d.match(length, code)
		n -= length
	}
}

// close ends the stream and returns everything.
func (d *deflater) close() []byte {
	d.symbol(256)
	d.flush()
	return binary.BigEndian.AppendUint32(d.out, d.sum.value())
}

// sameLen is how many bytes a and b have in common at the front, up to the
// longest match.
func sameLen(a, b []byte) int {
	limit := min(len(a), len(b), maxMatch)
	n := 0
	for n+8 <= limit {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		n += 8
	}
	for n < limit && a[n] == b[n] {
		n++
	}
	return n
}

// bitWriter packs bits from the lowest up, as deflate wants.
type bitWriter struct {
	out  []byte
	acc  uint64
	used uint
}

func (w *bitWriter) bits(v uint32, n uint) {
	w.acc |= uint64(v) << w.used
	w.used += n
	if w.used >= 32 {
		w.out = binary.LittleEndian.AppendUint32(w.out, uint32(w.acc))
		w.acc >>= 32
		w.used -= 32
	}
}

func (w *bitWriter) flush() {
	for w.used > 0 {
		w.out = append(w.out, byte(w.acc))
		w.acc >>= 8
		w.used -= min(w.used, 8)
	}
}

func (w *bitWriter) symbol(s int) {
	c := fixedCodes[s]
	w.bits(uint32(c.bits), uint(c.len))
}

func (w *bitWriter) match(length int, code distanceCode) {
	l := lengthCodes[length]
	w.bits(l.bits, uint(l.len))
	w.bits(code.bits, uint(code.len))
}

// huffCode is a code with its bits already in writing order.
type huffCode struct {
	bits uint16
	len  uint8
}

// lengthCode and distanceCode are a symbol's code and its extra bits in one.
type (
	lengthCode   struct{ bits, len uint32 }
	distanceCode struct{ bits, len uint32 }
)

var (
	fixedCodes   = makeFixedCodes()
	lengthCodes  = makeLengthCodes()
	distanceBase = makeDistanceBase()
	oneBack      = makeDistanceCode(1)
)

func reverse(v uint16, n uint) uint16 { return bits.Reverse16(v) >> (16 - n) }

func makeFixedCodes() (t [288]huffCode) {
	for s := range t {
		switch {
		case s < 144:
			t[s] = huffCode{reverse(uint16(0x30+s), 8), 8}
		case s < 256:
			t[s] = huffCode{reverse(uint16(0x190+s-144), 9), 9}
		case s < 280:
			t[s] = huffCode{reverse(uint16(s-256), 7), 7}
		default:
			t[s] = huffCode{reverse(uint16(0xc0+s-280), 8), 8}
		}
	}
	return t
}

func makeLengthCodes() (t [maxMatch + 1]lengthCode) {
	length := minMatch
	for s := 257; s < 285; s++ {
		extraBits := 0
		if s >= 265 {
			extraBits = (s - 261) / 4
		}
		for e := range 1 << extraBits {
			code := fixedCodes[s]
			t[length] = lengthCode{uint32(code.bits) | uint32(e)<<code.len, uint32(code.len) + uint32(extraBits)}
			length++
		}
	}
	longest := fixedCodes[285] // has a code of its own
	t[maxMatch] = lengthCode{uint32(longest.bits), uint32(longest.len)}
	return t
}

func distanceExtra(symbol int) int { return max(0, symbol/2-1) }

func makeDistanceBase() (t [30]int) {
	base := 1
	for s := range t {
		t[s] = base
		base += 1 << distanceExtra(s)
	}
	return t
}

func makeDistanceCode(distance int) distanceCode {
	s := len(distanceBase) - 1
	for distanceBase[s] > distance {
		s--
	}
	extra := uint32(distance - distanceBase[s])
	return distanceCode{uint32(reverse(uint16(s), 5)) | extra<<5, uint32(5 + distanceExtra(s))}
}

// adler is the checksum of zlib (RFC 1950). A repeated row is added without
// reading it again: what one row does to both sums is known after the first.
type adler struct {
	a, b uint32
}

const adlerPrime = 65521

func (s *adler) add(row []byte, times int) {
	var plain, weighted uint64 // Σ byte, Σ byte × (bytes from here to the row's end)
	for _, x := range row {
		plain += uint64(x)
		weighted += plain
	}
	a, b, n := uint64(s.a), uint64(s.b), uint64(len(row))
	plain %= adlerPrime
	weighted %= adlerPrime
	for range times {
		b = (b + n*a + weighted) % adlerPrime
		a = (a + plain) % adlerPrime
	}
	s.a, s.b = uint32(a), uint32(b)
}

func (s *adler) value() uint32 { return s.b<<16 | s.a }
