package scan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"

	"juma/internal/fault"
)

// finder is one of the three squares in the corners of a code.
type finder struct {
	x, y   float64 // its middle
	module float64 // pixels a module
}

// found is a code that was read.
type found struct {
	x, y, side float64
	text       string
}

// pageCodes reads all codes of a drawn page.
func pageCodes(b *bitmap) ([]string, error) { return cleanCodes(b, triples(b.finders())) }

// cleanCodes reads the codes of a page that stands upright and is free of noise,
// as files are. One whose corners are there and that cannot be read is an error:
// nothing is passed over.
func cleanCodes(b *bitmap, all []triple) ([]string, error) {
	const op = "scan.cleanCodes"
	var codes []found
	var unread []string
	for _, t := range all {
		text, err := read(b, t)
		if err != nil {
			unread = append(unread, fmt.Sprintf("the one at pixel %.0f,%.0f (%v)", t.corner.x, t.corner.y, err))
			continue
		}
		codes = append(codes, found{t.corner.x, t.corner.y, t.side, text})
	}
	if len(unread) > 0 {
		return nil, fault.New(op, fault.Corrupt, "%d codes were read, but not %s", len(codes), strings.Join(unread, ", "))
	}
	if len(codes) == 0 {
		return nil, fault.New(op, fault.Corrupt, "there is no code that can be read")
	}
	sortForReading(codes)
	texts := make([]string, len(codes))
	for i, c := range codes {
		texts[i] = c.text
	}
	return texts, nil
}

// sortForReading puts codes whose middles are about level into one row.
func sortForReading(codes []found) {
	slices.SortFunc(codes, func(a, b found) int { return cmp.Compare(a.y, b.y) })
	for from := 0; from < len(codes); {
		to := from + 1
		for to < len(codes) && codes[to].y-codes[from].y < codes[from].side/2 {
			to++
		}
		slices.SortFunc(codes[from:to], func(a, b found) int { return cmp.Compare(a.x, b.x) })
		from = to
	}
}

// finders looks for dark, light, dark, light, dark in the proportion 1:1:3:1:1,
// across and down.
func (b *bitmap) finders() []finder {
	all, _ := b.findersUpTo(math.MaxInt)
	return all
}

// findersUpTo stops looking when there are more than limit.
func (b *bitmap) findersUpTo(limit int) (all []finder, complete bool) {
	for y := range b.h {
		var ends [6]int // where the last runs began; the newest last
		runs := 0
		for x := 0; x <= b.w; x++ {
			if x < b.w && x > 0 && b.dark[y*b.w+x] == b.dark[y*b.w+x-1] {
				continue
			}
			copy(ends[:], ends[1:])
			ends[5] = x
			runs++
			if runs < 6 || !b.dark[y*b.w+x-1] {
				continue
			}
			if f, ok := b.finderAt(ends, y); ok {
				all = merge(all, f)
			}
		}
		if len(all) > limit {
			return all, false
		}
	}
	return all, true
}

// finderAt tests five runs of a row, and the column through their middle.
func (b *bitmap) finderAt(ends [6]int, y int) (finder, bool) {
	across, ok := proportion(ends)
	if !ok {
		return finder{}, false
	}
	x := (ends[2] + ends[3]) / 2
	down, ok := b.column(x, y)
	if !ok {
		return finder{}, false
	}
	module, ok := proportion(down)
	if !ok || math.Abs(module-across) > max(1, across*0.35) {
		return finder{}, false
	}
	return finder{
		x:      float64(ends[2]+ends[3]) / 2,
		y:      float64(down[2]+down[3]) / 2,
		module: (module + across) / 2,
	}, true
}

// proportion gives the size of a module when five runs are a finder's.
func proportion(ends [6]int) (module float64, ok bool) {
	module = float64(ends[5]-ends[0]) / 7
	slack := max(1, module*0.35)
	for i, want := range []float64{1, 1, 3, 1, 1} {
		if math.Abs(float64(ends[i+1]-ends[i])-want*module) > slack {
			return 0, false
		}
	}
	return module, true
}

// column finds the five runs up and down from a dark pixel.
func (b *bitmap) column(x, y int) (ends [6]int, ok bool) {
	dark := func(y int) bool { return b.dark[y*b.w+x] }
	if !dark(y) {
		return ends, false
	}
	walk := func(from, step int) (e [3]int, ok bool) {
		at, want := from, true
		for i := range e {
			for at >= 0 && at < b.h && dark(at) == want {
				at += step
			}
			if i < 2 && (at < 0 || at >= b.h) {
				return e, false
			}
			e[i], want = at, !want
		}
		return e, true
	}
	up, ok1 := walk(y, -1)
	down, ok2 := walk(y, 1)
	return [6]int{up[2] + 1, up[1] + 1, up[0] + 1, down[0], down[1], down[2]}, ok1 && ok2
}

// merge adds a finder unless it is there; each is seen once a row.
func merge(all []finder, f finder) []finder {
	for i := len(all) - 1; i >= 0; i-- {
		if g := all[i]; math.Abs(g.x-f.x) < 2*f.module && math.Abs(g.y-f.y) < 2*f.module {
			return all
		}
	}
	return append(all, f)
}

// triple is what may be a code: its upper left finder, and how far the others
// are.
type triple struct {
	corner  finder
	modules int
	module  float64
	side    float64
}

// triples finds upright codes: a finder, one to its right and one below, equally
// far; the nearest first, because a code's own corners are nearer than its
// neighbour's. Every finder belongs to one code at most.
func triples(all []finder) []triple {
	type candidate struct {
		of [3]int
		triple
	}
	var candidates []candidate
	for i, a := range all {
		for j, right := range all {
			dx := right.x - a.x
			if dx < 10*a.module || math.Abs(right.y-a.y) > a.module || !alike(a, right) {
				continue
			}
			for k, below := range all {
				dy := below.y - a.y
				if math.Abs(dy-dx) > a.module || math.Abs(below.x-a.x) > a.module || !alike(a, below) {
					continue
				}
				// A code has 17 + 4·version modules a side, 1 to 40.
				version := math.Round((dx/a.module + 7 - 17) / 4)
				if version < 1 || version > 40 {
					continue
				}
				modules := 17 + 4*int(version)
				candidates = append(candidates, candidate{[3]int{i, j, k},
					triple{corner: a, modules: modules, module: dx / float64(modules-7), side: dx}})
			}
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(a.side, b.side) })
	used := make([]bool, len(all))
	var out []triple
	for _, c := range candidates {
		if !used[c.of[0]] && !used[c.of[1]] && !used[c.of[2]] {
			used[c.of[0]], used[c.of[1]], used[c.of[2]] = true, true, true
			out = append(out, c.triple)
		}
	}
	return out
}

func alike(a, b finder) bool { return math.Abs(a.module-b.module) <= max(1, a.module*0.25) }

var hints = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}

// read looks at the middle of each module and has the decoder say what it means.
func read(b *bitmap, t triple) (string, error) {
	m := make([][]bool, t.modules)
	for my := range m {
		m[my] = make([]bool, t.modules)
		for mx := range m[my] {
			x := int(math.Floor(t.corner.x + float64(mx-3)*t.module))
			y := int(math.Floor(t.corner.y + float64(my-3)*t.module))
			m[my][mx] = x >= 0 && y >= 0 && x < b.w && y < b.h && b.dark[y*b.w+x]
		}
	}
	return guarded(func() (string, error) {
		result, err := decoder.NewDecoder().DecodeBoolMap(m, hints)
		if err != nil {
			return "", err
		}
		return result.GetText(), nil
	})
}

// guarded turns a decoder's panic over a strange picture into an error: the
// picture comes from outside.
func guarded(f func() (string, error)) (text string, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fault.New("scan", fault.Corrupt, "the decoder gave up: %v", v)
		}
	}()
	return f()
}
