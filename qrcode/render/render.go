// Package render draws plates. A payload becomes a matrix of modules, a matrix
// becomes a picture, and a picture may stand on a plate that a press can print.
//
//   - [Code] writes the bare code: quiet zone, nothing else. It is the fast path
//     for batches; a print shop with a design of its own sets it into that.
//   - [Plate] writes one whole plate after one of the [Templates].
//   - [Sheet] writes many plates into one document: a page a plate, or many on a
//     page where the template is a sheet that is cut.
//
// Formats are PNG for screens and office printers (the trimmed plate, 300 dots
// an inch, code modules a whole number of pixels), SVG (vectors and outlined
// text, so that it needs no font anywhere; this is the console's preview too),
// and PDF for the press: vectors in process colours, black as black ink alone,
// text as text in an embedded subset of the font, 3 mm bleed and crop marks, and
// a trim box.
//
// The same input gives the same bytes always, on every machine: there is no date
// in a document and no floating-point arithmetic in a picture.
//
// The encoder library is known to matrix.go alone and the PDF library to pdf.go.
// Reading pictures back is the affair of another package, qrcode/scan, which
// shares no code with this one.
package render

import (
	"io"
	"strconv"

	"juma/internal/fault"
)

// Format of a picture; its text is also the file's extension.
type Format string

// The formats.
const (
	FormatPNG Format = "png"
	FormatSVG Format = "svg"
	FormatPDF Format = "pdf"
)

// Formats lists them, for flags and forms.
var Formats = []Format{FormatPNG, FormatSVG, FormatPDF}

// ParseFormat reads a format as people write it; fault kind Invalid for another.
func ParseFormat(s string) (Format, error) {
	for _, f := range Formats {
		if s == string(f) {
			return f, nil
		}
	}
	return "", fault.Field("render.ParseFormat", "format", s, "take png, svg or pdf")
}

// ContentType is what a web server says of it.
func (f Format) ContentType() string {
	switch f {
	case FormatSVG:
		return "image/svg+xml"
	case FormatPDF:
		return "application/pdf"
	}
	return "image/png"
}

// The smallest and largest picture of a module, in pixels, and of the quiet
// zone, in modules. ISO/IEC 18004 asks for a quiet zone of 4.
const (
	DefaultModule = 8
	maxModule     = 64
	DefaultQuiet  = 4
	maxQuiet      = 32
	maxSide       = 8192
	DefaultDPI    = 300
)

// Marks says whether a plate is drawn with bleed and crop marks.
type Marks int

// The choices. Auto is right for most: marks in PDF, which goes to the press,
// and the trimmed plate in PNG and SVG, which go to a screen. A template that is
// not cut has no marks whatever is chosen.
const (
	MarksAuto Marks = iota
	MarksAlways
	MarksNever
)

// Options of a picture. The zero value is a good plate.
type Options struct {
	// Level is how much damage the code survives; M when not set. With a logo it
	// is H whatever is set here.
	Level Level
	// Logo is one or two characters, such as "聚", drawn in the middle of the code
	// over a cleared hole. "" draws none. The payload then has at most 58 bytes, more
	// where it is digits and capitals, as keys are: own and UnionPay URLs fit, EMVCo
	// does not.
	Logo string
	// Module is the size of a module in pixels, 1 to 64; 0 means 8. Code in PNG
	// and SVG only.
	Module int
	// Size is the side of the picture in pixels, up to 8192. It replaces Module: a
	// module is the largest whole number of pixels that fits with the quiet zone,
	// and what remains widens the quiet zone evenly. Code only.
	Size int
	// Quiet is the quiet zone in modules on each side, 4 to 32; 0 means 4.
	Quiet int
	// DPI is the resolution of a plate in PNG, 72 to 600; 0 means 300. For a bare code in SVG
	// and PDF it says how large a pixel is.
	DPI int
	// Marks chooses bleed and crop marks.
	Marks Marks
}

func (o Options) complete() (Options, error) {
	const op = "render.Options"
	if o.Module == 0 {
		o.Module = DefaultModule
	}
	if o.Quiet == 0 {
		o.Quiet = DefaultQuiet
	}
	if o.DPI == 0 {
		o.DPI = DefaultDPI
	}
	if o.Logo != "" {
		o.Level = LevelH
	}
	switch {
	case o.Module < 1 || o.Module > maxModule:
		return o, fault.Field(op, "module", strconv.Itoa(o.Module), "take 1 to %d pixels a module", maxModule)
	case o.Size < 0 || o.Size > maxSide:
		return o, fault.Field(op, "size", strconv.Itoa(o.Size), "take up to %d pixels a side", maxSide)
	case o.Quiet < DefaultQuiet || o.Quiet > maxQuiet:
		return o, fault.Field(op, "quiet", strconv.Itoa(o.Quiet), "take %d to %d modules: readers need %d", DefaultQuiet, maxQuiet, DefaultQuiet)
	case o.DPI < 72 || o.DPI > 600:
		return o, fault.Field(op, "dpi", strconv.Itoa(o.DPI), "take 72 to 600")
	case o.Marks < MarksAuto || o.Marks > MarksNever:
		return o, fault.Field(op, "marks", strconv.Itoa(int(o.Marks)), "take MarksAuto, MarksAlways or MarksNever")
	}
	return o, checkLogo(o.Logo)
}

// Code writes the bare code of a payload, black on white. Nothing is written
// when there is an error; its kind is Invalid (payload, format or options), or it
// is w's.
func Code(w io.Writer, format Format, payload string, opt Options) error {
	opt, err := opt.complete()
	if err != nil {
		return err
	}
	m, err := opt.matrix(payload)
	if err != nil {
		return err
	}
	g, err := place(len(m), opt)
	if err != nil {
		return err
	}
	if format == FormatPNG && opt.Logo == "" {
		return writeCodePNG(w, m, g)
	}
	return writeScenes(w, format, []*scene{codeScene(m, g, opt)}, opt)
}

// placing is where the modules of a code lie in a picture, in pixels.
type placing struct {
	side   int // of the picture
	at     int // the first module's left and top
	module int
}

func place(modules int, opt Options) (placing, error) {
	whole := modules + 2*opt.Quiet
	if opt.Size == 0 {
		return placing{side: whole * opt.Module, at: opt.Quiet * opt.Module, module: opt.Module}, nil
	}
	module := opt.Size / whole
	if module < 1 {
		return placing{}, fault.Field("render.Code", "size", strconv.Itoa(opt.Size), "this code has %d modules with its quiet zone: take at least as many pixels", whole)
	}
	return placing{side: opt.Size, at: (opt.Size - modules*module) / 2, module: module}, nil
}
