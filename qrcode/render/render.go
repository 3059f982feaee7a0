// Package render draws plates: a payload becomes a matrix of modules, a matrix
// becomes a picture. The encoder library is known to matrix.go alone; the
// pictures are written by hand, so that the same payload gives the same bytes
// with every version of every library, and quickly.
package render

import (
	"bytes"
	"io"
	"strconv"

	"juma/internal/fault"
)

// The smallest and largest picture of a module, in pixels, and of the quiet
// zone, in modules. ISO/IEC 18004 asks for a quiet zone of 4.
const (
	DefaultModule = 8
	maxModule     = 64
	DefaultQuiet  = 4
	maxQuiet      = 32
)

// Options of a picture. The zero value is a good plate: level M, 8 pixels a
// module, quiet zone of 4 modules.
type Options struct {
	Level  Level
	Module int // pixels per module, 1 to 64; 0 means 8
	Quiet  int // modules of quiet zone on each side, 4 to 32; 0 means 4
}

func (o Options) complete() (Options, error) {
	const op = "render.PNG"
	if o.Module == 0 {
		o.Module = DefaultModule
	}
	if o.Quiet == 0 {
		o.Quiet = DefaultQuiet
	}
	if o.Module < 1 || o.Module > maxModule {
		return o, fault.Field(op, "module", strconv.Itoa(o.Module), "take 1 to %d pixels a module", maxModule)
	}
	if o.Quiet < DefaultQuiet || o.Quiet > maxQuiet {
		return o, fault.Field(op, "quiet", strconv.Itoa(o.Quiet), "take %d to %d modules: readers need %d", DefaultQuiet, maxQuiet, DefaultQuiet)
	}
	return o, nil
}

// PNG writes the picture of a payload, black on white, one bit a pixel. The same
// payload and options give the same bytes always. Errors are of kind Invalid
// (payload or options) or those of w.
func PNG(w io.Writer, payload string, opt Options) error {
	opt, err := opt.complete()
	if err != nil {
		return err
	}
	m, err := Matrix(payload, opt.Level)
	if err != nil {
		return err
	}
	side := (len(m) + 2*opt.Quiet) * opt.Module
	c := newCanvas(side, side, palette{white, black})
	c.drawMatrix(m, opt.Quiet*opt.Module, opt.Quiet*opt.Module, opt.Module)
	return write(w, c)
}

// write encodes first and writes once, so that a fault leaves no half a picture.
func write(w io.Writer, c *canvas) error {
	var b bytes.Buffer
	encodePNG(&b, c)
	_, err := w.Write(b.Bytes())
	return err
}
