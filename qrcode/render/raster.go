package render

// drawPNG draws a page in pixels. Rectangles and modules take whole pixels, so
// that they are sharp; letters and round corners have smooth edges.
func drawPNG(s *scene, opt Options) []byte {
	pixels := func(units int) int { return roundDiv((units+s.slug)*opt.DPI, s.perInch) }
	c := newCanvas(pixels(s.w+s.slug), pixels(s.h+s.slug))
	f := &filler{canvas: c, scale: func(units int) int { return roundDiv((units+s.slug)*opt.DPI*fine, s.perInch) }}
	for _, it := range s.items {
		switch b := it.box; {
		case it.same && (it.text != nil || it.radius > 0):
			f.stamp(s, opt, it)
		case it.code != nil:
			c.drawCode(pixels(b.x), pixels(b.y), pixels(b.x+b.w)-pixels(b.x), it)
		case it.text != nil, it.radius > 0:
			f.outlines(it)
		default:
			x, y := pixels(b.x), pixels(b.y)
			c.fill(x, y, max(x+1, pixels(b.x+b.w)), max(y+1, pixels(b.y+b.h)), c.ramp(it.ink, paper)+shades-1)
		}
	}
	return c.png(opt.DPI * 10_000 / 254)
}

// outlines fills the letters of a text, or a rectangle with round corners.
func (f *filler) outlines(it item) {
	if it.text == nil {
		f.fill([]path{roundedPath(it.box, it.radius)}, it.ink, it.on)
		return
	}
	it.text.glyphPaths(it.box, func(p path) { f.fill([]path{p}, it.ink, it.on) })
}

// drawCode draws the modules in the largest whole number of pixels that fits with
// the quiet zone, in the middle of the box.
func (c *canvas) drawCode(x, y, side int, it item) {
	m := it.code.modules
	module := side / (len(m) + 2*it.code.quiet)
	x, y = x+(side-len(m)*module)/2, y+(side-len(m)*module)/2
	dark := c.ramp(it.ink, paper) + shades - 1
	for my, row := range m {
		for mx := 0; mx < len(row); mx++ {
			from := mx
			for mx < len(row) && row[mx] {
				mx++
			}
			c.fill(x+from*module, y+my*module, x+mx*module, y+(my+1)*module, dark)
		}
	}
}
