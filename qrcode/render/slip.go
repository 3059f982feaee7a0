package render

import (
	"io"
	"strings"

	"juma/internal/fault"
)

// SlipText is what a printed slip says, from top to bottom.
type SlipText struct {
	Title string
	Head  []SlipRow // who and when
	Body  []SlipRow // amounts
	Total SlipRow   // the amount that matters, set larger
	Sign  string    // beside the line for a signature; "" for none
	Foot  string    // small print at the end
}

// SlipRow is a label on the left and its value on the right.
type SlipRow struct{ Label, Value string }

// The slip is as wide as the paper of a card terminal's larger printer.
const (
	slipWidth  = 80 * mm
	slipMargin = 6 * mm
	slipRow    = 6 * mm
	slipSize   = 3300 // µm, nine and a half points
)

// Slip writes a slip as a PDF of one page, as long as its rows. A character that
// the fonts do not have is printed as a question mark: a slip is not refused for a
// name. The same text gives the same bytes.
func Slip(w io.Writer, t SlipText) error {
	s := &scene{title: t.Title, w: slipWidth, perInch: 25400}
	y := 13 * mm
	s.line(printable(t.Title), slipWidth/2, y, 5*mm, slipWidth-2*slipMargin, true, solid, paper)
	y = s.slipRows(t.Head, y+4*mm)
	y = s.slipRows(t.Body, y)
	y += 9 * mm
	s.slipPair(t.Total, y, 4500, true)
	y += 5 * mm
	s.slipRule(y)
	if t.Sign != "" {
		y += 14 * mm
		s.aligned(printable(t.Sign), slipMargin, y, slipSize, 25*mm, false, soft, left)
		s.rect(box{slipMargin + 27*mm, y + mm, slipWidth - 2*slipMargin - 27*mm, 200}, soft)
	}
	if t.Foot != "" {
		y += 9 * mm
		s.line(printable(t.Foot), slipWidth/2, y, 2600, slipWidth-2*slipMargin, false, soft, paper)
	}
	s.h = y + 8*mm
	data, err := drawPDF([]*scene{s})
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return fault.Wrap("render.Slip", fault.Unavailable, err)
}

// slipRows sets rows under a rule and returns the last baseline with its room.
func (s *scene) slipRows(rows []SlipRow, y int) int {
	s.slipRule(y)
	for _, row := range rows {
		y += slipRow
		s.slipPair(row, y, slipSize, false)
	}
	return y + 3*mm
}

func (s *scene) slipRule(y int) { s.rect(box{slipMargin, y, slipWidth - 2*slipMargin, 200}, soft) }

// slipPair sets the label in a third of the width and the value in the rest.
func (s *scene) slipPair(row SlipRow, y, size int, bold bool) {
	inside := slipWidth - 2*slipMargin
	s.aligned(printable(row.Label), slipMargin, y, size, inside*2/5, bold, solid, left)
	s.aligned(printable(row.Value), slipWidth-slipMargin, y, size, inside*3/5-2*mm, bold, solid, right)
}

// printable replaces what no font has.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != ' ' && fonts[faceFor(r, false)].outline(r) == nil {
			return '?'
		}
		return r
	}, text)
}
