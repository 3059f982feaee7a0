package render

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"juma/internal/fault"
)

// droidGzip is Droid Sans Fallback, which draws Chinese and no Latin letters; see
// font/README.md.
//
//go:embed font/DroidSansFallback.ttf.gz
var droidGzip []byte

// face names one of the fonts.
type face int

const (
	latin face = iota
	latinBold
	chinese
)

// fontFile is a font with what drawing needs to be quick: its outlines are asked
// for once a character.
type fontFile struct {
	name     string // in PDF
	data     func() []byte
	parse    func() *sfnt.Font
	outlines sync.Map // rune → *outline
}

var fonts = [...]*fontFile{
	latin:     newFontFile("latin", func() []byte { return goregular.TTF }),
	latinBold: newFontFile("latin-bold", func() []byte { return gobold.TTF }),
	chinese:   newFontFile("chinese", unzipDroid),
}

func newFontFile(name string, data func() []byte) *fontFile {
	f := &fontFile{name: name, data: sync.OnceValue(data)}
	f.parse = sync.OnceValue(func() *sfnt.Font {
		parsed, err := sfnt.Parse(f.data())
		if err != nil {
			panic("render: the embedded font " + name + " is damaged: " + err.Error())
		}
		return parsed
	})
	return f
}

func unzipDroid() []byte {
	z, err := gzip.NewReader(bytes.NewReader(droidGzip))
	if err == nil {
		var data []byte
		if data, err = io.ReadAll(z); err == nil {
			return data
		}
	}
	panic("render: the embedded font is damaged: " + err.Error())
}

// outline is a glyph in font units, y upwards as in the font file.
type outline struct {
	segments sfnt.Segments // coordinates in 1/64 of a unit
	advance  int           // in units
	units    int           // units an em
}

// outline returns nil when the font has no such character.
func (f *fontFile) outline(r rune) *outline {
	if o, ok := f.outlines.Load(r); ok {
		return o.(*outline)
	}
	o := f.load(r)
	f.outlines.Store(r, o)
	return o
}

func (f *fontFile) load(r rune) *outline {
	parsed := f.parse()
	var buf sfnt.Buffer
	index, err := parsed.GlyphIndex(&buf, r)
	if err != nil || index == 0 {
		return nil
	}
	units := int(parsed.UnitsPerEm())
	em := fixed.I(units) // one pixel a unit: nothing is rounded
	segments, err := parsed.LoadGlyph(&buf, index, em, nil)
	if err != nil {
		return nil
	}
	o := &outline{segments: append(sfnt.Segments(nil), segments...), units: units}
	advance, err := parsed.GlyphAdvance(&buf, index, em, font.HintingNone)
	if err != nil {
		return nil
	}
	o.advance = advance.Round()
	return o
}

// run is a piece of a text in one font.
type run struct {
	face  face
	text  string
	width int // µm
}

// split cuts a text into runs. bold chooses the Latin face; Chinese has one
// weight.
func split(text string, size int, bold bool) []run {
	var runs []run
	for _, r := range text {
		f := faceFor(r, bold)
		if n := len(runs); n == 0 || runs[n-1].face != f {
			runs = append(runs, run{face: f})
		}
		last := &runs[len(runs)-1]
		last.text += string(r)
		if o := fonts[f].outline(r); o != nil {
			last.width += o.advance * size / o.units
		}
	}
	return runs
}

func faceFor(r rune, bold bool) face {
	f := latin
	if bold {
		f = latinBold
	}
	if fonts[f].outline(r) == nil {
		return chinese
	}
	return f
}

func width(runs []run) int {
	w := 0
	for _, r := range runs {
		w += r.width
	}
	return w
}

// checkText refuses what the fonts cannot print: a plate with an empty box in a
// shop's name would be thrown away.
func checkText(field, text string, most int) error {
	const op = "render.Label"
	n := 0
	for _, r := range text {
		n++
		if unicode.IsControl(r) {
			return fault.Field(op, field, head(text, 40), "has a control character")
		}
		if r != ' ' && fonts[faceFor(r, false)].outline(r) == nil {
			return fault.Field(op, field, head(text, 40), "the font has no %q", r)
		}
	}
	if n > most {
		return fault.Field(op, field, head(text, 40), "has %d characters, at most %d can be printed", n, most)
	}
	return nil
}
