package render

import (
	"cmp"
	"slices"
)

// contour is the outline of a dark area, or of a light hole in one, in modules.
type contour struct {
	points []point // the corners; the last joins the first
	area   int     // twice that in modules: positive around a dark area, negative around a hole
}

// contours walks around everything dark. A code of a few contours, filled, has no
// seams between its modules, whatever resolution it is shown or printed at; a code
// of a thousand squares has.
func contours(m [][]bool) []contour {
	w := walker{m: m, seen: make([]bool, len(m)*len(m))}
	var all []contour
	for y := range m {
		for x := range m[y] {
			if w.dark(x, y) && !w.dark(x, y-1) && !w.seen[y*len(m)+x] {
				all = append(all, w.walk(x, y))
			}
		}
	}
	// The larger first: whoever paints them one after another, holes in white,
	// gets the picture right, because an outline is larger than all inside it.
	slices.SortStableFunc(all, func(a, b contour) int { return cmp.Compare(abs(b.area), abs(a.area)) })
	return all
}

type walker struct {
	m    [][]bool
	seen []bool // by module: its upper edge has been walked along
}

func (w *walker) dark(x, y int) bool {
	return x >= 0 && y >= 0 && y < len(w.m) && x < len(w.m) && w.m[y][x]
}

// The four ways, clockwise, and for each the modules that lie ahead to the left
// and to the right of a corner.
var (
	ways       = [4]point{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}
	aheadLeft  = [4]point{{0, -1}, {0, 0}, {-1, 0}, {-1, -1}}
	aheadRight = [4]point{{0, 0}, {-1, 0}, {-1, -1}, {0, -1}}
)

// walk goes clockwise around the dark, which stays at its right hand, beginning
// along the upper edge of a module. Where two dark modules touch at a corner only,
// it keeps to its own.
func (w *walker) walk(x, y int) contour {
	var c contour
	at, way := point{x, y}, 0
	for {
		if way == 0 {
			if w.seen[at.y*len(w.m)+at.x] {
				return c
			}
			w.seen[at.y*len(w.m)+at.x] = true
		}
		next := point{at.x + ways[way].x, at.y + ways[way].y}
		c.area += at.x*next.y - next.x*at.y
		turn := 0
		switch l, r := aheadLeft[way], aheadRight[way]; {
		case !w.dark(next.x+r.x, next.y+r.y):
			turn = 1
		case w.dark(next.x+l.x, next.y+l.y):
			turn = 3
		}
		if turn != 0 {
			c.points = append(c.points, next)
		}
		at, way = next, (way+turn)%4
	}
}

func abs(v int) int { return max(v, -v) }
