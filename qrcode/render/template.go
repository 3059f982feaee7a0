package render

import (
	"strings"

	"juma/internal/fault"
)

// Template is a product: what is printed and at what size.
type Template struct {
	Name    string // as on the command line
	Chinese string
	Width   int // of the trimmed product, mm
	Height  int

	// Sizes on the product, in tenths of a millimetre; 0 leaves a part out.
	band      int // the coloured band at the top
	call      int // the Chinese call to pay, in the band; the English one is a third of it
	name      int // the store's name
	code      int // side of the code, quiet zone included
	tag       int // height of the wallets' marks
	zh, en    int // the instruction lines
	serial    int
	issuer    int
	margin    int // at the sides
	foot      int // below the last line
	sheetCols int // of a sheet: how many products beside each other,
	sheetRows int // and below each other,
	sheetGap  int // and how far apart
	pageW     int // and the page they are cut from, mm
	pageH     int
	cut       bool // trimmed after printing: bleed and crop marks
}

// The products. Sizes are millimetres after trimming; the field comments tell the
// columns.
//
//	desk_stand  100 × 150   card for a table stand, code of 62 mm
//	wall_plate  150 × 200   plate for the wall, code of 96 mm: read from 1 m
//	sticker      80 × 100   for a counter or a window, code of 50 mm
//	a5          148 × 210   poster, code of 92 mm
//	a4_sheet    210 × 297   twelve stickers of 60 × 64 to cut from one page, codes of 38 mm
var (
	DeskStand = Template{Name: "desk_stand", Chinese: "台卡", Width: 100, Height: 150, cut: true,
		band: 250, call: 100, name: 60, code: 620, tag: 85, zh: 34, en: 25, serial: 30, issuer: 21, margin: 70, foot: 55}
	WallPlate = Template{Name: "wall_plate", Chinese: "墙贴", Width: 150, Height: 200, cut: true,
		band: 320, call: 130, name: 78, code: 960, tag: 110, zh: 45, en: 33, serial: 38, issuer: 26, margin: 100, foot: 70}
	Sticker = Template{Name: "sticker", Chinese: "贴纸", Width: 80, Height: 100, cut: true,
		band: 130, call: 56, name: 44, code: 500, tag: 68, zh: 26, en: 0, serial: 24, issuer: 17, margin: 50, foot: 40}
	A5 = Template{Name: "a5", Chinese: "A5 海报", Width: 148, Height: 210, cut: true,
		band: 360, call: 140, name: 86, code: 920, tag: 112, zh: 48, en: 35, serial: 40, issuer: 28, margin: 100, foot: 80}
	A4Sheet = Template{Name: "a4_sheet", Chinese: "A4 拼版", Width: 60, Height: 64, cut: true,
		name: 34, code: 380, tag: 52, serial: 21, margin: 45, foot: 32,
		sheetCols: 3, sheetRows: 4, sheetGap: 60, pageW: 210, pageH: 297}
)

// Templates lists the products in the order in which people are offered them.
var Templates = []Template{DeskStand, WallPlate, Sticker, A5, A4Sheet}

// ParseTemplate finds a template by name; fault kind Invalid for another.
func ParseTemplate(name string) (Template, error) {
	var names []string
	for _, t := range Templates {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Template{}, fault.Field("render.ParseTemplate", "template", name, "take one of %s", strings.Join(names, ", "))
}

// PerPage is how many plates a page holds: 1, or more on a sheet.
func (t Template) PerPage() int { return max(1, t.sheetCols*t.sheetRows) }
