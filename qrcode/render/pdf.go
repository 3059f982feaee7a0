package render

import (
	"bytes"
	"sync"

	"github.com/signintech/gopdf"

	"juma/internal/fault"
)

// pdfFonts holds the parsed fonts; a document takes from them the characters it
// uses.
var pdfFonts = sync.OnceValues(func() (*gopdf.FontContainer, error) {
	var all gopdf.FontContainer
	for _, f := range fonts {
		if err := all.AddTTFFontData(f.name, f.data()); err != nil {
			return nil, err
		}
	}
	return &all, nil
})

// drawPDF makes a document of pages. It has no date and no producer's name, so
// that the same plates are the same bytes.
func drawPDF(pages []*scene) ([]byte, error) {
	const op = "render.PDF"
	first := pages[0]
	var d pdf
	d.Start(gopdf.Config{Unit: gopdf.UnitPT, PageSize: gopdf.Rect{W: points(first, first.w+2*first.slug), H: points(first, first.h+2*first.slug)}})
	if err := d.addFonts(pages); err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	for _, s := range pages {
		if err := d.page(s); err != nil {
			return nil, fault.Wrap(op, fault.Internal, err)
		}
	}
	var b bytes.Buffer
	if _, err := d.WriteTo(&b); err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	return b.Bytes(), nil
}

func points(s *scene, units int) float64 { return float64(units) * 72 / float64(s.perInch) }

type pdf struct {
	gopdf.GoPdf
	s *scene
}

// addFonts adds the fonts that the pages use and no others.
func (d *pdf) addFonts(pages []*scene) error {
	container, err := pdfFonts()
	if err != nil {
		return err
	}
	var used [len(fonts)]bool
	for _, s := range pages {
		for _, it := range s.items {
			if it.text != nil {
				for _, r := range it.text.runs {
					used[r.face] = true
				}
			}
		}
	}
	for i, f := range fonts {
		if !used[i] {
			continue
		}
		if err := d.AddTTFFontFromFontContainer(f.name, container); err != nil {
			return err
		}
	}
	return nil
}

func (d *pdf) page(s *scene) error {
	d.s = s
	w, h := d.length(s.w+2*s.slug), d.length(s.h+2*s.slug)
	slug := d.length(s.slug)
	d.AddPageWithOption(gopdf.PageOption{
		PageSize: &gopdf.Rect{W: w, H: h},
		TrimBox:  &gopdf.Box{Left: slug, Top: slug, Right: w - slug, Bottom: h - slug}, // left, lower, right, upper
	})
	for _, it := range s.items {
		switch {
		case it.code != nil:
			d.code(it)
		case it.text != nil:
			if err := d.text(it); err != nil {
				return err
			}
		case it.radius > 0:
			d.ink(it.ink)
			d.polygon(roundedPath(it.box, it.radius))
		default:
			d.ink(it.ink)
			d.polygon(rectPath(it.box))
		}
	}
	return nil
}

func (d *pdf) length(units int) float64 { return points(d.s, units) }
func (d *pdf) place(units int) float64  { return points(d.s, units+d.s.slug) }

func (d *pdf) ink(i ink) {
	k := inks[i].cmyk
	d.SetFillColorCMYK(k[0], k[1], k[2], k[3])
}

func rectPath(b box) path {
	return path{{op: 'M', to: point{b.x, b.y}}, {op: 'L', to: point{b.x + b.w, b.y}}, {op: 'L', to: point{b.x + b.w, b.y + b.h}}, {op: 'L', to: point{b.x, b.y + b.h}}}
}

// polygon fills an outline; curves become eight straight pieces.
func (d *pdf) polygon(p path) {
	var corners []gopdf.Point
	var at point
	corner := func(to point) {
		corners = append(corners, gopdf.Point{X: d.place(to.x), Y: d.place(to.y)})
		at = to
	}
	for _, s := range p {
		if s.op != 'Q' {
			corner(s.to)
			continue
		}
		from := at
		for k := 1; k <= 8; k++ {
			corner(onCurve(from, s.by, s.to, k, 8))
		}
	}
	d.Polygon(corners, "F")
}

// code paints the outlines of the dark areas, the larger first, and their holes in
// white.
func (d *pdf) code(it item) {
	m := it.code.modules
	module := it.box.w / (len(m) + 2*it.code.quiet)
	x, y := it.box.x+(it.box.w-len(m)*module)/2, it.box.y+(it.box.h-len(m)*module)/2
	for _, c := range contours(m) {
		colour := it.ink
		if c.area < 0 {
			colour = paper
		}
		p := make(path, 0, len(c.points))
		for _, corner := range c.points {
			p = append(p, segment{op: 'L', to: point{x + corner.x*module, y + corner.y*module}})
		}
		d.ink(colour)
		d.polygon(p)
	}
}

func (d *pdf) text(it item) error {
	k := inks[it.ink].cmyk
	d.SetTextColorCMYK(k[0], k[1], k[2], k[3])
	x := it.box.x
	for _, r := range it.text.runs {
		if err := d.SetFont(fonts[r.face].name, "", d.length(it.text.size)); err != nil {
			return err
		}
		d.SetXY(d.place(x), d.place(it.box.y))
		if err := d.Text(r.text); err != nil {
			return err
		}
		x += r.width
	}
	return nil
}
