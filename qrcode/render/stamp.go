package render

import (
	"strings"
	"sync"
)

// Most of a plate is the same on every plate of its template: the band, the
// wallets' marks, the instructions. To outline and fill their letters is half the
// work of a picture, so what they cover is kept.

// stampKey is everything that an item's pixels follow from.
type stampKey struct {
	width, height      int // of the canvas, at which it ends
	dpi, perInch, slug int
	box                box
	radius, size       int
	text               string // with the faces of its runs
	ink, on            ink
}

// stampRun is a stretch of a row and how much of each pixel is covered, in shades.
type stampRun struct {
	row, x int
	shades []byte
}

// stamps are kept for the whole process. A template, resolution and layout has
// about ten; maxStamps bounds what strange resolutions may leave behind.
var stamps = struct {
	sync.RWMutex
	kept map[stampKey][]stampRun
}{kept: map[stampKey][]stampRun{}}

const maxStamps = 1000

// stamp draws an item that is the same on every plate.
func (f *filler) stamp(s *scene, opt Options, it item) {
	key := stampKey{
		width: f.canvas.width, height: f.canvas.height, dpi: opt.DPI, perInch: s.perInch, slug: s.slug,
		box: it.box, radius: it.radius, ink: it.ink, on: it.on,
	}
	if it.text != nil {
		key.size, key.text = it.text.size, it.text.key()
	}
	stamps.RLock()
	runs, kept := stamps.kept[key]
	stamps.RUnlock()
	if !kept {
		runs = f.record(it)
		stamps.Lock()
		if len(stamps.kept) < maxStamps {
			stamps.kept[key] = runs
		}
		stamps.Unlock()
	}
	ramp := f.canvas.ramp(it.ink, it.on)
	for _, r := range runs {
		pixels := f.canvas.rows[r.row*f.canvas.stride+1+r.x:]
		for i, shade := range r.shades {
			pixels[i] = ramp + shade
		}
	}
}

// record fills the item on a canvas of its own and notes what is covered.
func (f *filler) record(it item) []stampRun {
	own := newCanvas(f.canvas.width, f.canvas.height)
	ramp := own.ramp(it.ink, it.on)
	(&filler{canvas: own, scale: f.scale}).outlines(it)
	var runs []stampRun
	for y := range own.height {
		row := own.rows[y*own.stride+1 : (y+1)*own.stride]
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] > ramp {
				x++
			}
			if x > from {
				run := stampRun{row: y, x: from, shades: make([]byte, x-from)}
				for i := range run.shades {
					run.shades[i] = row[from+i] - ramp
				}
				runs = append(runs, run)
			}
		}
	}
	return runs
}

// key tells texts apart that are drawn differently.
func (t *textItem) key() string {
	var b strings.Builder
	for _, r := range t.runs {
		b.WriteByte(byte(r.face))
		b.WriteString(r.text)
		b.WriteByte(0)
	}
	return b.String()
}
