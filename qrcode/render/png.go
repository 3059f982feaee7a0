package render

import (
	"bytes"
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
)

// encodePNG writes a paletted picture. Rows of a code repeat, so a compressor
// that only knows "the same as the row above" and "the same byte again" comes
// within a few per cent of a general one at several times its speed, and its
// output never changes with a toolchain.
func encodePNG(b *bytes.Buffer, c *canvas) {
	b.WriteString("\x89PNG\r\n\x1a\n")

	header := binary.BigEndian.AppendUint32(nil, uint32(c.width))
	header = binary.BigEndian.AppendUint32(header, uint32(c.height))
	// Bit depth, colour type 3 (paletted), and the only compression, filter and
	// "not interlaced" there are.
	header = append(header, byte(c.colours.bits()), 3, 0, 0, 0)
	chunk(b, "IHDR", header)

	colours := make([]byte, 0, 3*len(c.colours))
	for _, p := range c.colours {
		colours = append(colours, p[:]...)
	}
	chunk(b, "PLTE", colours)
	chunk(b, "IDAT", zlib(c.rows, c.stride))
	chunk(b, "IEND", nil)
}

func chunk(b *bytes.Buffer, name string, data []byte) {
	var word [4]byte
	binary.BigEndian.PutUint32(word[:], uint32(len(data)))
	b.Write(word[:])
	b.WriteString(name)
	b.Write(data)
	sum := crc32.Update(crc32.ChecksumIEEE([]byte(name)), crc32.IEEETable, data)
	binary.BigEndian.PutUint32(word[:], sum)
	b.Write(word[:])
}

// zlib wraps one deflate block (RFC 1950): 32 KiB window, no dictionary.
func zlib(rows []byte, stride int) []byte {
	out := bitWriter{out: append(make([]byte, 0, len(rows)/4+64), 0x78, 0x01)}
	deflate(&out, rows, stride)
	return binary.BigEndian.AppendUint32(out.out, adler32.Checksum(rows))
}

// The limits of a match in deflate (RFC 1951, 3.2.5).
const (
	minMatch    = 3
	maxMatch    = 258
	maxDistance = 32 * 1024
)

// deflate writes one final block with the fixed Huffman codes. It looks for two
// kinds of match only: one row back and one byte back.
func deflate(w *bitWriter, data []byte, stride int) {
	w.bits(1, 1) // final
	w.bits(1, 2) // fixed codes
	for i := 0; i < len(data); {
		n, distance := 0, 0
		if stride <= maxDistance {
			n, distance = matchLen(data, i, stride), stride
		}
		if run := matchLen(data, i, 1); run > n {
			n, distance = run, 1
		}
		if n < minMatch {
			w.literal(data[i])
			i++
			continue
		}
		w.match(n, distance)
		i += n
	}
	w.symbol(256)
	w.flush()
}

func matchLen(data []byte, i, distance int) int {
	if i < distance {
		return 0
	}
	n := 0
	for n < maxMatch && i+n < len(data) && data[i+n] == data[i+n-distance] {
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
	for w.used >= 8 {
		w.out = append(w.out, byte(w.acc))
		w.acc >>= 8
		w.used -= 8
	}
}

func (w *bitWriter) flush() {
	if w.used > 0 {
		w.out = append(w.out, byte(w.acc))
		w.acc, w.used = 0, 0
	}
}

func (w *bitWriter) literal(b byte) { w.symbol(int(b)) }

func (w *bitWriter) symbol(s int) {
	c := fixedCodes[s]
	w.bits(uint32(c.bits), uint(c.len))
}

func (w *bitWriter) match(length, distance int) {
	l := lengthCodes[length]
	w.symbol(int(l.symbol))
	w.bits(uint32(l.extra), uint(l.extraBits))
	s := distanceSymbol(distance)
	w.bits(uint32(reverse(uint16(s), 5)), 5)
	w.bits(uint32(distance-distanceBase[s]), uint(distanceExtra(s)))
}

// The tables below follow from the rules in RFC 1951 (3.2.5 and 3.2.6), so they
// are computed, not typed.

type huffCode struct {
	bits uint16 // already in the order in which they are written
	len  uint8
}

type lengthCode struct {
	symbol    uint16
	extra     uint8
	extraBits uint8
}

var (
	fixedCodes   = makeFixedCodes()
	lengthCodes  = makeLengthCodes()
	distanceBase = makeDistanceBase()
)

func reverse(v uint16, n uint) uint16 {
	var r uint16
	for range n {
		r = r<<1 | v&1
		v >>= 1
	}
	return r
}

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
			t[length] = lengthCode{uint16(s), uint8(e), uint8(extraBits)}
			length++
		}
	}
	t[maxMatch] = lengthCode{symbol: 285} // the longest has a code of its own
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

func distanceSymbol(distance int) int {
	s := len(distanceBase) - 1
	for distanceBase[s] > distance {
		s--
	}
	return s
}
