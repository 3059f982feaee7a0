package render

import (
	"bytes"
	"cmp"
	"slices"
)

// shades is how many steps an edge has between two colours.
const shades = 16

// canvas holds the rows of a paletted picture, a byte a pixel, each with the
// filter byte that PNG wants in front. Its palette is made of ramps: the colours
// of an edge between an ink and what lies beneath.
type canvas struct {
	width, height int
	stride        int // bytes a row, filter byte included
	rows          []byte
	palette       []rgb
	ramps         map[[2]ink]byte // ink and what is beneath → first palette entry
}

func newCanvas(width, height int) *canvas {
	c := &canvas{width: width, height: height, stride: 1 + width, ramps: map[[2]ink]byte{}}
	c.rows = make([]byte, c.stride*height)
	c.ramp(solid, paper) // its first entry is paper: the background is 0
	return c
}

// ramp returns the palette entry of "nothing of the ink"; the last of the shades
// is the ink itself. There is room for 16 ramps, and the layouts use 13.
func (c *canvas) ramp(i, on ink) byte {
	key := [2]ink{i, on}
	if first, ok := c.ramps[key]; ok {
		return first
	}
	first := len(c.palette)
	for step := range shades {
		var p rgb
		for k := range p {
			from, to := int(inks[on].rgb[k]), int(inks[i].rgb[k])
			p[k] = byte(from + roundDiv((to-from)*step, shades-1))
		}
		c.palette = append(c.palette, p)
	}
	c.ramps[key] = byte(first)
	return byte(first)
}

// fill colours a rectangle of whole pixels; what lies outside is left out.
func (c *canvas) fill(x0, y0, x1, y1 int, colour byte) {
	x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, c.width), min(y1, c.height)
	if x0 >= x1 {
		return
	}
	for y := y0; y < y1; y++ {
		row := c.rows[y*c.stride+1+x0 : y*c.stride+1+x1]
		for i := range row {
			row[i] = colour
		}
	}
}

// png encodes the picture.
func (c *canvas) png(perMetre int) []byte {
	out, data := beginPNG(make([]byte, 0, len(c.rows)/16), c.width, c.height, 8, c.palette, perMetre)
	d := newDeflater(out, c.stride)
	for y := 0; y < c.height; {
		row := c.rows[y*c.stride : (y+1)*c.stride]
		from := y
		for y++; y < c.height && bytes.Equal(row, c.rows[y*c.stride:(y+1)*c.stride]); y++ {
		}
		d.row(row, y-from)
	}
	return endPNG(d.close(), data)
}

// Pictures are sampled: 16 places across a pixel, 4 lines down. Whole numbers
// only, so that a machine with other floating-point habits draws the same.
const (
	fine  = 16
	lines = 4
	step  = fine / lines
)

// crossing is where an outline crosses a line, and whether downwards.
type crossing struct{ x, way int }

// filler fills outlines on a canvas.
type filler struct {
	canvas *canvas
	scale  func(units int) int // scene units → fine
	cross  [][]crossing        // by line
	first  int                 // the line of cross[0]
	cover  []int               // of one row of pixels: what edges cover of theirs,
	whole  []int               // and where wholly covered stretches begin and end
}

// fill draws paths together, by the non-zero rule.
func (f *filler) fill(paths []path, i, on ink) {
	edges := f.flatten(paths)
	if len(edges) == 0 {
		return
	}
	top, bottom := edges[0].from.y, edges[0].from.y
	for _, e := range edges {
		top, bottom = min(top, e.from.y, e.to.y), max(bottom, e.from.y, e.to.y)
	}
	firstRow, lastRow := max(0, top/fine-1), min(f.canvas.height-1, bottom/fine+1)
	f.first = firstRow * lines
	f.cross = f.cross[:0]
	for range (lastRow - firstRow + 1) * lines {
		f.cross = append(f.cross, nil)
	}
	for _, e := range edges {
		f.addEdge(e)
	}
	ramp := f.canvas.ramp(i, on)
	for row := firstRow; row <= lastRow; row++ {
		f.paintRow(row, (row-firstRow)*lines, ramp)
	}
}

type edge struct{ from, to point }

// flatten turns curves into eight straight pieces each and closes every outline.
func (f *filler) flatten(paths []path) []edge {
	var edges []edge
	for _, p := range paths {
		var start, at point
		line := func(to point) {
			edges = append(edges, edge{at, to})
			at = to
		}
		for _, s := range p {
			to := point{f.scale(s.to.x), f.scale(s.to.y)}
			switch s.op {
			case 'M':
				line(start)
				start, at = to, to
			case 'L':
				line(to)
			case 'Q':
				from, by := at, point{f.scale(s.by.x), f.scale(s.by.y)}
				for k := 1; k <= 8; k++ {
					line(onCurve(from, by, to, k, 8))
				}
			}
		}
		line(start)
	}
	return edges
}

// onCurve is the point of a quadratic curve at k of n.
func onCurve(from, by, to point, k, n int) point {
	a, b, c := (n-k)*(n-k), 2*k*(n-k), k*k
	return point{roundDiv(a*from.x+b*by.x+c*to.x, n*n), roundDiv(a*from.y+b*by.y+c*to.y, n*n)}
}

// addEdge notes where an edge crosses the sampling lines, which lie in the middle
// of their strips.
func (f *filler) addEdge(e edge) {
	way := 1
	if e.from.y > e.to.y {
		e.from, e.to, way = e.to, e.from, -1
	}
	height := e.to.y - e.from.y
	if height == 0 {
		return
	}
	for line := max(f.first, e.from.y/step-1); line < f.first+len(f.cross); line++ {
		y := line*step + step/2
		if y < e.from.y {
			continue
		}
		if y >= e.to.y {
			return
		}
		x := e.from.x + roundDiv((e.to.x-e.from.x)*(y-e.from.y), height)
		f.cross[line-f.first] = append(f.cross[line-f.first], crossing{x, way})
	}
}

func (f *filler) paintRow(row, line int, ramp byte) {
	c := f.canvas
	if f.cover == nil {
		f.cover, f.whole = make([]int, c.width+1), make([]int, c.width+1)
	}
	left, right := c.width+1, 0
	for _, cross := range f.cross[line : line+lines] {
		slices.SortFunc(cross, func(a, b crossing) int { return cmp.Compare(a.x, b.x) })
		winding := 0
		for i, x := range cross {
			if winding != 0 {
				from, to := max(0, cross[i-1].x), min(x.x, c.width*fine)
				if from < to {
					f.span(from, to)
					left, right = min(left, from/fine), max(right, to/fine)
				}
			}
			winding += x.way
		}
	}
	pixels := c.rows[row*c.stride+1:]
	within := 0
	for x := left; x <= right; x++ {
		within += f.whole[x]
		cover := within + f.cover[x]
		f.whole[x], f.cover[x] = 0, 0
		if shade := (cover*(shades-1) + fine*lines/2) / (fine * lines); shade > 0 {
			pixels[x] = ramp + byte(shade)
		}
	}
}

// span adds what lies between two places of one line to the cover of its pixels.
func (f *filler) span(from, to int) {
	first, last := from/fine, to/fine
	if first == last {
		f.cover[first] += to - from
		return
	}
	f.cover[first] += (first+1)*fine - from
	f.cover[last] += to - last*fine
	f.whole[first+1] += fine
	f.whole[last] -= fine
}
