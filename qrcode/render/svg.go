package render

import (
	"strconv"
)

// svgUnit is the unit of coordinates in SVG, in scene units: 0.01 mm.
const svgUnit = 10

// drawSVG draws a page with rectangles and paths alone. Text is outlines, so that
// it looks the same everywhere, without a font.
func drawSVG(s *scene) []byte {
	d := svg{}
	w, h := s.w+2*s.slug, s.h+2*s.slug
	d.text(`<svg xmlns="http://www.w3.org/2000/svg" width="`).length(w, s.perInch).text(`mm" height="`).length(h, s.perInch).text(`mm" viewBox="`)
	d.numbers(-s.slug, -s.slug).text(" ").numbers(w, h).text(`">`)
	if s.title != "" {
		d.text("<title>" + s.title + "</title>") // a serial number: digits alone
	}
	d.rect(box{-s.slug, -s.slug, w, h}, paper)
	for _, it := range s.items {
		switch {
		case it.code != nil:
			d.code(it)
		case it.text != nil:
			d.open(it.ink)
			it.text.glyphPaths(it.box, d.path)
			d.text(`"/>`)
		case it.radius > 0:
			d.open(it.ink)
			d.path(roundedPath(it.box, it.radius))
			d.text(`"/>`)
		default:
			d.rect(it.box, it.ink)
		}
	}
	d.text("</svg>\n")
	return d.out
}

type svg struct {
	out []byte
	at  point // where the pen is, in SVG's units
}

func (d *svg) text(s string) *svg {
	d.out = append(d.out, s...)
	return d
}

// length writes units as millimetres, with up to three decimals.
func (d *svg) length(v, perInch int) *svg {
	thousandths := v * 25400 / perInch
	d.out = strconv.AppendInt(d.out, int64(thousandths/1000), 10)
	if rest := thousandths % 1000; rest != 0 {
		d.out = append(d.out, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	}
	return d
}

func (d *svg) number(v int) {
	if last := d.out[len(d.out)-1]; last >= '0' && last <= '9' && v >= 0 {
		d.out = append(d.out, ' ')
	}
	d.out = strconv.AppendInt(d.out, int64(v), 10)
}

func (d *svg) numbers(x, y int) *svg {
	d.number(roundDiv(x, svgUnit))
	d.number(roundDiv(y, svgUnit))
	return d
}

func (d *svg) colour(i ink) *svg {
	const hex = "0123456789abcdef"
	d.out = append(d.out, '#')
	for _, v := range inks[i].rgb {
		d.out = append(d.out, hex[v>>4], hex[v&15])
	}
	return d
}

func (d *svg) rect(b box, i ink) {
	d.text(`<path fill="`).colour(i).text(`" d="M`).numbers(b.x, b.y)
	d.text("h").number(roundDiv(b.w, svgUnit))
	d.text("v").number(roundDiv(b.h, svgUnit))
	d.text("h").number(roundDiv(-b.w, svgUnit))
	d.text(`z"/>`)
}

func (d *svg) open(i ink) {
	d.text(`<path fill="`).colour(i).text(`" d="`)
	d.at = point{}
}

// path writes an outline with relative coordinates: they are short.
func (d *svg) path(p path) {
	for _, s := range p {
		to := point{roundDiv(s.to.x, svgUnit), roundDiv(s.to.y, svgUnit)}
		switch s.op {
		case 'M':
			if last := d.out[len(d.out)-1]; last != '"' {
				d.text("z")
			}
			d.text("M").number(to.x)
			d.number(to.y)
		case 'L':
			d.text("l").number(to.x - d.at.x)
			d.number(to.y - d.at.y)
		case 'Q':
			d.text("q").number(roundDiv(s.by.x, svgUnit) - d.at.x)
			d.number(roundDiv(s.by.y, svgUnit) - d.at.y)
			d.number(to.x - d.at.x)
			d.number(to.y - d.at.y)
		}
		d.at = to
	}
}

// code writes one path; holes are holes by the even-odd rule. A module is a whole
// number of SVG's units, so that nothing is rounded.
func (d *svg) code(it item) {
	m := it.code.modules
	module := it.box.w / (len(m) + 2*it.code.quiet) / svgUnit
	x := roundDiv(it.box.x, svgUnit) + (it.box.w/svgUnit-len(m)*module)/2
	y := roundDiv(it.box.y, svgUnit) + (it.box.h/svgUnit-len(m)*module)/2
	d.text(`<path fill="`).colour(it.ink).text(`" fill-rule="evenodd" d="`)
	for _, c := range contours(m) {
		from := c.points[len(c.points)-1]
		d.text("M").number(x + from.x*module)
		d.number(y + from.y*module)
		for _, p := range c.points[:len(c.points)-1] {
			if p.y == from.y {
				d.text("h").number((p.x - from.x) * module)
			} else {
				d.text("v").number((p.y - from.y) * module)
			}
			from = p
		}
		d.text("z")
	}
	d.text(`"/>`)
}
