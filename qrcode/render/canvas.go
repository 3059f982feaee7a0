package render

// rgb is a colour.
type rgb [3]byte

// The colours of a plate. The wallets' are the plain colours that people know
// them by; the marks themselves are squares, drawn by us: their logos are trade
// marks.
var (
	white        = rgb{0xff, 0xff, 0xff}
	black        = rgb{0x00, 0x00, 0x00}
	weChatGreen  = rgb{0x07, 0xc1, 0x60}
	alipayBlue   = rgb{0x16, 0x77, 0xff}
	unionPayRed  = rgb{0xe2, 0x18, 0x36}
	platePalette = palette{white, black, weChatGreen, alipayBlue, unionPayRed}
)

// palette lists a picture's colours; a pixel is an index into it, and 0 is the
// background.
type palette []rgb

// bits a pixel: 1 for two colours, 4 for up to sixteen.
func (p palette) bits() int {
	if len(p) <= 2 {
		return 1
	}
	return 4
}

// canvas holds the packed rows of a paletted picture, each with the filter byte
// that PNG wants in front.
type canvas struct {
	width, height int
	colours       palette
	stride        int // bytes a row, filter byte included
	rows          []byte
}

func newCanvas(width, height int, colours palette) *canvas {
	stride := 1 + (width*colours.bits()+7)/8
	return &canvas{width: width, height: height, colours: colours, stride: stride, rows: make([]byte, stride*height)}
}

// fill colours a rectangle. It paints one row and copies it downwards, because
// pictures of modules are the same row many times over.
func (c *canvas) fill(x, y, w, h int, colour byte) {
	bits := c.colours.bits()
	perByte := 8 / bits
	mask := byte(1<<bits - 1)
	first := c.rows[y*c.stride+1 : (y+1)*c.stride]
	for px := x; px < x+w; px++ {
		shift := 8 - bits*(px%perByte+1)
		first[px/perByte] = first[px/perByte]&^(mask<<shift) | colour<<shift
	}
	if h == 1 {
		return
	}
	from, to := x/perByte, (x+w-1)/perByte
	leftEdge, rightEdge := x%perByte != 0, (x+w)%perByte != 0
	if leftEdge || rightEdge { // shared bytes must not be copied over the neighbour's pixels
		for row := y + 1; row < y+h; row++ {
			c.fill(x, row, w, 1, colour)
		}
		return
	}
	for row := y + 1; row < y+h; row++ {
		at := row*c.stride + 1
		copy(c.rows[at+from:at+to+1], first[from:to+1])
	}
}

// drawMatrix draws dark modules in colour 1. Each row of modules is drawn once
// and copied.
func (c *canvas) drawMatrix(m [][]bool, left, top, module int) {
	for my, row := range m {
		y := top + my*module
		for mx := 0; mx < len(row); mx++ {
			run := mx
			for run < len(row) && row[run] {
				run++
			}
			if run > mx {
				c.fill(left+mx*module, y, (run-mx)*module, 1, 1)
				mx = run
			}
		}
		first := c.rows[y*c.stride : (y+1)*c.stride]
		for dy := 1; dy < module; dy++ {
			copy(c.rows[(y+dy)*c.stride:], first)
		}
	}
}
