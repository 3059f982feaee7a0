package scan

import (
	"cmp"
	"math"
	"slices"
)

// vec is a place on a page, in its own units or in pixels.
type vec struct{ x, y float64 }

// affine is a change of coordinates: x' = a·x + c·y + e, y' = b·x + d·y + f.
type affine struct{ a, b, c, d, e, f float64 }

func (m affine) apply(v vec) vec { return vec{m.a*v.x + m.c*v.y + m.e, m.b*v.x + m.d*v.y + m.f} }

// then returns the change that m makes first and n after it.
func (m affine) then(n affine) affine {
	return affine{
		a: m.a*n.a + m.b*n.c, b: m.a*n.b + m.b*n.d,
		c: m.c*n.a + m.d*n.c, d: m.c*n.b + m.d*n.d,
		e: m.e*n.a + m.f*n.c + n.e, f: m.e*n.b + m.f*n.d + n.f,
	}
}

// outline is a set of closed polygons that are filled together.
type outline struct {
	to    affine // page units → pixels
	polys [][]vec
	at    vec // the pen, in page units
}

func (o *outline) move(v vec) {
	o.polys = append(o.polys, []vec{o.to.apply(v)})
	o.at = v
}

func (o *outline) line(v vec) {
	if len(o.polys) == 0 {
		o.move(v)
		return
	}
	last := len(o.polys) - 1
	o.polys[last] = append(o.polys[last], o.to.apply(v))
	o.at = v
}

// curve draws a cubic curve in pieces; a quadratic one is raised to it.
func (o *outline) curve(c1, c2, to vec) {
	const pieces = 8
	from := o.at
	for i := 1; i <= pieces; i++ {
		t := float64(i) / pieces
		u := 1 - t
		p, q, r, s := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		o.line(vec{p*from.x + q*c1.x + r*c2.x + s*to.x, p*from.y + q*c1.y + r*c2.y + s*to.y})
	}
}

func (o *outline) quad(c, to vec) {
	from := o.at
	mix := func(a, b float64) float64 { return a + (b-a)*2/3 }
	o.curve(vec{mix(from.x, c.x), mix(from.y, c.y)}, vec{mix(to.x, c.x), mix(to.y, c.y)}, to)
}

// fill paints the polygons: by the even-odd rule, or by the non-zero rule.
func (b *bitmap) fill(polys [][]vec, evenOdd, dark bool) {
	top, bottom := math.Inf(1), math.Inf(-1)
	for _, p := range polys {
		for _, v := range p {
			top, bottom = min(top, v.y), max(bottom, v.y)
		}
	}
	first, last := int(max(0, math.Floor(top))), int(min(float64(b.h-1), math.Ceil(bottom)))
	if math.IsNaN(top) || math.IsNaN(bottom) || first > last {
		return
	}
	rows := make([][]crossing, last-first+1)
	for _, p := range polys {
		for i, v := range p {
			addEdge(rows, first, v, p[(i+1)%len(p)])
		}
	}
	for i, row := range rows {
		slices.SortFunc(row, func(a, b crossing) int { return cmp.Compare(a.x, b.x) })
		winding := 0
		for k, c := range row {
			inside := winding != 0
			if evenOdd {
				inside = k%2 == 1
			}
			if inside {
				b.span(first+i, row[k-1].x, c.x, dark)
			}
			winding += c.way
		}
	}
}

type crossing struct {
	x   float64
	way int
}

// addEdge notes where an edge crosses the middles of the rows.
func addEdge(rows [][]crossing, first int, from, to vec) {
	way := 1
	if from.y > to.y {
		from, to, way = to, from, -1
	}
	lo := max(float64(first), math.Ceil(from.y-0.5))
	hi := min(float64(first+len(rows)), math.Ceil(to.y-0.5))
	for y := lo; y < hi; y++ {
		x := from.x + (to.x-from.x)*(y+0.5-from.y)/(to.y-from.y)
		rows[int(y)-first] = append(rows[int(y)-first], crossing{x, way})
	}
}

func (b *bitmap) span(y int, from, to float64, dark bool) {
	left, right := max(0, math.Ceil(from-0.5)), min(float64(b.w), math.Ceil(to-0.5))
	for x := int(left); x < int(right); x++ {
		b.dark[y*b.w+x] = dark
	}
}

// resolution chooses how many pixels a page gets for a unit of its lengths: ten a
// millimetre, more on a small page, fewer on a huge one.
func resolution(width, height, unitMM float64) float64 {
	longest := max(width, height) * unitMM
	perMM := min(max(10, 1200/longest), 7000/longest)
	return perMM * unitMM
}
