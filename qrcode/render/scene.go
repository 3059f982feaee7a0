package render

import (
	"golang.org/x/image/font/sfnt"
)

// Lengths in a scene are whole micrometres, from the top left corner of the
// trimmed page; what lies outside of it is bleed and marks.
const mm = 1000

// ink is a colour by its use, for screens and for the press. Black is black ink
// alone, so that no misregistered colour can blur a code.
type ink int

const (
	paper ink = iota
	solid
	soft   // small print
	faint  // hairlines
	accent // the band
	weChatGreen
	alipayBlue
	unionPayRed
)

// inks gives each in RGB and in CMYK per cent. The wallets' are the plain colours
// people know them by.
var inks = [...]struct {
	rgb  rgb
	cmyk [4]uint8
}{
	paper:       {white, [4]uint8{0, 0, 0, 0}},
	solid:       {black, [4]uint8{0, 0, 0, 100}},
	soft:        {rgb{0x5c, 0x64, 0x6d}, [4]uint8{0, 0, 0, 70}},
	faint:       {rgb{0xd9, 0xdd, 0xe2}, [4]uint8{0, 0, 0, 15}},
	accent:      {rgb{0x1b, 0x36, 0x54}, [4]uint8{95, 70, 25, 40}},
	weChatGreen: {rgb{0x07, 0xc1, 0x60}, [4]uint8{75, 0, 85, 0}},
	alipayBlue:  {rgb{0x16, 0x77, 0xff}, [4]uint8{80, 50, 0, 0}},
	unionPayRed: {rgb{0xe2, 0x18, 0x36}, [4]uint8{5, 100, 85, 0}},
}

// box is a rectangle.
type box struct{ x, y, w, h int }

// item is one thing that is drawn; exactly one of code and text is set, or
// neither for a plain rectangle.
type item struct {
	box    box
	radius int // of the corners
	ink    ink
	on     ink // what lies beneath, for smooth edges in PNG

	code *codeItem
	text *textItem

	// same tells that the template draws it alike on every plate, so that what it
	// covers is worth keeping, see stamps.
	same bool
}

// codeItem is a code; its box holds the quiet zone too.
type codeItem struct {
	modules [][]bool
	quiet   int
}

// textItem is a line of text; its box's x and y are the left end of the baseline.
type textItem struct {
	size int
	runs []run
}

// scene is one page.
type scene struct {
	title   string
	w, h    int // the trimmed page
	perInch int // units an inch: 25,400, or what a bare code in pixels wants
	bleed   int // beyond the trimmed page; 0 where nothing is cut
	slug    int // room for bleed and crop marks around it
	items   []item
}

func (s *scene) rect(b box, i ink) { s.items = append(s.items, item{box: b, ink: i}) }

func (s *scene) rounded(b box, radius int, i, on ink) {
	s.items = append(s.items, item{box: b, radius: radius, ink: i, on: on})
}

// line writes a text centred on x, no wider than most: it is set smaller when it
// has to be.
func (s *scene) line(text string, x, baseline, size, most int, bold bool, i, on ink) {
	s.put(text, x, baseline, size, most, bold, i, on, centre)
}

// align says where a text lies about its x.
type align int

const (
	left align = iota
	centre
	right
)

// aligned is line for text on bare paper that begins or ends at x.
func (s *scene) aligned(text string, x, baseline, size, most int, bold bool, i ink, a align) {
	s.put(text, x, baseline, size, most, bold, i, paper, a)
}

func (s *scene) put(text string, x, baseline, size, most int, bold bool, i, on ink, a align) {
	if text == "" {
		return
	}
	runs := split(text, size, bold)
	if w := width(runs); w > most {
		size = size * most / w
		runs = split(text, size, bold)
	}
	s.items = append(s.items, item{
		box: box{x: x - width(runs)*int(a)/2, y: baseline}, ink: i, on: on,
		text: &textItem{size: size, runs: runs},
	})
}

// always marks what was drawn since the scene had so many items as the same on
// every plate.
func (s *scene) always(since int) {
	for i := range s.items[since:] {
		s.items[since+i].same = true
	}
}

func (s *scene) code(b box, m [][]bool, quiet int) {
	s.items = append(s.items, item{box: b, ink: solid, code: &codeItem{modules: m, quiet: quiet}})
}

// point is a place in µm (or, in pictures, in fractions of a pixel).
type point struct{ x, y int }

// path is a closed outline that is filled; curves are quadratic.
type path []segment

type segment struct {
	op byte // 'M', 'L' or 'Q'
	to point
	by point // the control point of a curve
}

// glyphPaths returns the outlines of a text.
func (t *textItem) glyphPaths(at box, draw func(path)) {
	x := at.x
	for _, run := range t.runs {
		for _, r := range run.text {
			o := fonts[run.face].outline(r)
			if o == nil {
				continue
			}
			if p := o.place(x, at.y, t.size); len(p) > 0 {
				draw(p)
			}
			x += o.advance * t.size / o.units
		}
	}
}

// place scales a glyph to a size in µm and moves it to a baseline.
func (o *outline) place(x, y, size int) path {
	scale := func(v int) int { return roundDiv(v*size, o.units*64) }
	p := make(path, 0, len(o.segments))
	for _, s := range o.segments {
		a := point{x + scale(int(s.Args[0].X)), y + scale(int(s.Args[0].Y))}
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			p = append(p, segment{op: 'M', to: a})
		case sfnt.SegmentOpLineTo:
			p = append(p, segment{op: 'L', to: a})
		case sfnt.SegmentOpQuadTo:
			b := point{x + scale(int(s.Args[1].X)), y + scale(int(s.Args[1].Y))}
			p = append(p, segment{op: 'Q', by: a, to: b})
		}
	}
	return p
}

// roundedPath is a rectangle with round corners, each of two curves.
func roundedPath(b box, r int) path {
	r = min(r, b.w/2, b.h/2)
	var p path
	// From each corner's start to its end, about its centre, with the middle of
	// the arc between: an eighth of a circle is a parabola to the eye.
	corner := func(cx, cy, ax, ay, bx, by int) {
		k, m := r*4142/10000, r*7071/10000 // tan 22.5°, cos 45°
		start := point{cx + ax*r, cy + ay*r}
		if len(p) == 0 {
			p = append(p, segment{op: 'M', to: start})
		} else {
			p = append(p, segment{op: 'L', to: start})
		}
		middle := point{cx + (ax+bx)*m, cy + (ay+by)*m}
		end := point{cx + bx*r, cy + by*r}
		p = append(p,
			segment{op: 'Q', by: point{start.x + bx*k, start.y + by*k}, to: middle},
			segment{op: 'Q', by: point{end.x + ax*k, end.y + ay*k}, to: end})
	}
	left, right, top, bottom := b.x+r, b.x+b.w-r, b.y+r, b.y+b.h-r
	corner(left, top, -1, 0, 0, -1)
	corner(right, top, 0, -1, 1, 0)
	corner(right, bottom, 1, 0, 0, 1)
	corner(left, bottom, 0, 1, -1, 0)
	return p
}

func roundDiv(a, b int) int {
	if a < 0 {
		return -((-a + b/2) / b)
	}
	return (a + b/2) / b
}
