package render

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"sync"
)

// rgb is a colour.
type rgb [3]byte

var (
	white = rgb{0xff, 0xff, 0xff}
	black = rgb{0x00, 0x00, 0x00}
)

// bitonal is the palette of bare codes.
var bitonal = []rgb{white, black}

const pngSignature = "\x89PNG\r\n\x1a\n"

// beginPNG appends everything before the picture's data, of which the length is
// left open; endPNG closes it. perMetre is the resolution, 0 to say nothing.
func beginPNG(out []byte, width, height, bitDepth int, colours []rgb, perMetre int) (b []byte, data int) {
	out = append(out, pngSignature...)
	out, at := beginChunk(out, "IHDR")
	out = binary.BigEndian.AppendUint32(out, uint32(width))
	out = binary.BigEndian.AppendUint32(out, uint32(height))
	// Colour type 3 (paletted), and the only compression, filter and "not
	// interlaced" there are.
	out = endChunk(append(out, byte(bitDepth), 3, 0, 0, 0), at)

	out, at = beginChunk(out, "PLTE")
	for _, c := range colours {
		out = append(out, c[:]...)
	}
	out = endChunk(out, at)

	if perMetre > 0 {
		out, at = beginChunk(out, "pHYs")
		out = binary.BigEndian.AppendUint32(out, uint32(perMetre))
		out = binary.BigEndian.AppendUint32(out, uint32(perMetre))
		out = endChunk(append(out, 1), at)
	}
	return beginChunk(out, "IDAT")
}

func endPNG(out []byte, data int) []byte {
	out, at := beginChunk(endChunk(out, data), "IEND")
	return endChunk(out, at)
}

func beginChunk(out []byte, name string) (b []byte, at int) {
	at = len(out)
	return append(append(out, 0, 0, 0, 0), name...), at
}

func endChunk(out []byte, at int) []byte {
	binary.BigEndian.PutUint32(out[at:], uint32(len(out)-at-8))
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[at+4:]))
}

// scratch is what drawing a code needs for a moment.
type scratch struct {
	out  []byte
	rows [2][]byte
}

var scratches = sync.Pool{New: func() any { return &scratch{} }}

// writeCodePNG draws a bare code, one bit a pixel. It never holds the picture:
// each row of modules is painted once, and the compressor is told how often it
// repeats.
func writeCodePNG(w io.Writer, m [][]bool, g placing) error {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.out = appendCodePNG(s, m, g)
	_, err := w.Write(s.out)
	return err
}

func appendCodePNG(s *scratch, m [][]bool, g placing) []byte {
	stride := 1 + (g.side+7)/8
	for i := range s.rows {
		if cap(s.rows[i]) < stride {
			s.rows[i] = make([]byte, stride)
		}
		s.rows[i] = s.rows[i][:stride]
	}
	out, data := beginPNG(s.out[:0], g.side, g.side, 1, bitonal, 0)
	d := newDeflater(out, stride)

	row := s.rows[0]
	clear(row)
	d.row(row, g.at)
	for y, modules := range m {
		row = s.rows[(y+1)%2]
		paintRow(row, modules, g)
		d.row(row, g.module)
	}
	row = s.rows[(len(m)+1)%2]
	clear(row)
	d.row(row, g.side-g.at-len(m)*g.module)
	return endPNG(d.close(), data)
}

// paintRow sets the bits of the dark modules; the first byte is PNG's filter, 0.
func paintRow(row []byte, modules []bool, g placing) {
	clear(row)
	pixels := row[1:]
	for x := 0; x < len(modules); x++ {
		from := x
		for x < len(modules) && modules[x] {
			x++
		}
		if x > from {
			setBits(pixels, g.at+from*g.module, g.at+x*g.module)
		}
	}
}

// setBits sets the bits from (inclusive) to (exclusive), the highest of a byte
// first.
func setBits(b []byte, from, to int) {
	first, last := from/8, (to-1)/8
	head, tail := byte(0xff)>>(from%8), byte(0xff)<<(7-(to-1)%8)
	if first == last {
		b[first] |= head & tail
		return
	}
	b[first] |= head
	for i := first + 1; i < last; i++ {
		b[i] = 0xff
	}
	b[last] |= tail
}
