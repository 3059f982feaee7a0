package render

import (
	"io"

	"juma/internal/fault"
)

// PlateInfo is what a plate's picture shows.
type PlateInfo struct {
	Payload string // what the code holds
	Serial  string // printed below it in digits and '-', up to 24 of them
}

const maxSerial = 24

// The layout of the band below the code, in modules: the marks, then the serial
// number, with air between. Everything stands outside the code's quiet zone.
const (
	markSide   = 3
	markGap    = 2
	bandGap    = 1
	serialTall = 3
)

// PlatePNG writes a plate: the code at level M, below it three squares in the
// wallets' colours and the serial number. Errors are as of PNG.
func PlatePNG(w io.Writer, p PlateInfo) error {
	const op = "render.PlatePNG"
	if p.Serial == "" || len(p.Serial) > maxSerial {
		return fault.Field(op, "serial", p.Serial, "want 1 to %d characters", maxSerial)
	}
	for i := range len(p.Serial) {
		if _, ok := glyphs[p.Serial[i]]; !ok {
			return fault.Field(op, "serial", p.Serial, "only digits and '-' can be printed")
		}
	}
	m, err := Matrix(p.Payload, LevelM)
	if err != nil {
		return err
	}
	return write(w, drawPlate(m, p.Serial))
}

func drawPlate(m [][]bool, serial string) *canvas {
	const u = DefaultModule
	side := (len(m) + 2*DefaultQuiet) * u
	band := (markSide + bandGap + serialTall + 2*bandGap) * u
	c := newCanvas(side, side+band, platePalette)
	c.drawMatrix(m, DefaultQuiet*u, DefaultQuiet*u, u)

	marks := (3*markSide + 2*markGap) * u
	x := (side - marks) / 2 &^ 1 // an even pixel: two share a byte
	for i := range 3 {
		c.fill(x+i*(markSide+markGap)*u, side, markSide*u, markSide*u, byte(2+i))
	}
	drawSerial(c, serial, side+(markSide+bandGap)*u, serialTall*u)
	return c
}

// drawSerial prints the serial number, centred, as large as its room allows.
func drawSerial(c *canvas, serial string, y, room int) {
	columns := len(serial)*(glyphWide+1) - 1
	dot := max(1, min(room/glyphTall, (c.width-2*DefaultModule)/columns))
	x := (c.width - columns*dot) / 2
	for i := range len(serial) {
		for row, line := range glyphs[serial[i]] {
			for col := range glyphWide {
				if line>>(glyphWide-1-col)&1 == 1 {
					c.fill(x+(i*(glyphWide+1)+col)*dot, y+row*dot, dot, dot, 1)
				}
			}
		}
	}
}
