package render

import (
	"unicode/utf8"

	"juma/internal/fault"
)

// The press's habits: what is coloured to the edge runs 3 mm beyond it, and marks
// stand clear of that.
const (
	bleedWidth  = 3 * mm
	slugWidth   = 10 * mm
	markLength  = 5 * mm
	hairline    = 100 // 0.1 mm
	tenth       = mm / 10
	unitsAnInch = 25_400
)

// The words on a plate.
const (
	callChinese = "扫码付款"
	callEnglish = "SCAN TO PAY"
	lineChinese = "打开微信、支付宝或云闪付，扫一扫付款"
	lineEnglish = "Open WeChat, Alipay or UnionPay and scan to pay"
)

// wallets are the marks: words on plain colour. The wallets' logos are trade
// marks and theirs to give.
var wallets = [...]struct {
	name string
	ink  ink
}{{"微信支付", weChatGreen}, {"支付宝", alipayBlue}, {"云闪付", unionPayRed}}

// page lays out one page: a product, or a sheet of them.
func (t Template) page(labels []Label, format Format, opt Options) (*scene, error) {
	marks := t.cut && (opt.Marks == MarksAlways || opt.Marks == MarksAuto && (format == FormatPDF || t.sheetCols > 0))
	s := &scene{title: labels[0].Serial, w: t.Width * mm, h: t.Height * mm, perInch: unitsAnInch}
	if t.sheetCols > 0 {
		return s, t.layOutSheet(s, labels, marks, opt)
	}
	if marks {
		s.bleed, s.slug = bleedWidth, slugWidth
		s.cropMarks([]int{0, s.w}, []int{0, s.h}, bleedWidth)
	}
	return s, t.product(s, 0, 0, labels[0], opt)
}

func (t Template) layOutSheet(s *scene, labels []Label, marks bool, opt Options) error {
	w, h, gap := s.w, s.h, t.sheetGap*tenth
	s.w, s.h = t.pageW*mm, t.pageH*mm
	left := (s.w - t.sheetCols*w - (t.sheetCols-1)*gap) / 2
	top := (s.h - t.sheetRows*h - (t.sheetRows-1)*gap) / 2
	var xs, ys []int
	for c := range t.sheetCols {
		x := left + c*(w+gap)
		xs = append(xs, x, x+w)
	}
	for r := range t.sheetRows {
		y := top + r*(h+gap)
		ys = append(ys, y, y+h)
	}
	if marks {
		s.cropMarks(xs, ys, 2*mm)
	}
	for i, l := range labels {
		if err := t.product(s, xs[i%t.sheetCols*2], ys[i/t.sheetCols*2], l, opt); err != nil {
			return err
		}
	}
	return nil
}

// cropMarks draws short lines outside the outermost cuts, one a cut and side,
// clear of it by the distance given.
func (s *scene) cropMarks(xs, ys []int, clear int) {
	left, right, top, bottom := xs[0], xs[len(xs)-1], ys[0], ys[len(ys)-1]
	for _, x := range xs {
		s.rect(box{x - hairline/2, top - clear - markLength, hairline, markLength}, solid)
		s.rect(box{x - hairline/2, bottom + clear, hairline, markLength}, solid)
	}
	for _, y := range ys {
		s.rect(box{left - clear - markLength, y - hairline/2, markLength, hairline}, solid)
		s.rect(box{right + clear, y - hairline/2, markLength, hairline}, solid)
	}
}

// part is one of the things that stand below each other on a product.
type part struct {
	height int
	draw   func(top int)
}

// product draws one plate with its top left corner at x, y. What room the parts
// leave is shared out evenly between them.
func (t Template) product(s *scene, x, y int, l Label, opt Options) error {
	if err := l.check(); err != nil {
		return err
	}
	m, err := opt.matrix(l.Payload)
	if err != nil {
		return err
	}
	t.drawBand(s, x, y, t.Width*mm)
	bottom := t.drawFoot(s, x, y+t.Height*mm-t.foot*tenth, l)
	parts := t.parts(s, x, l.Store, m, opt)
	top := y + t.band*tenth
	room := bottom - top
	for _, p := range parts {
		room -= p.height
	}
	gap := room / (len(parts) + 1)
	for _, p := range parts {
		top += gap
		p.draw(top)
		top += p.height
	}
	return nil
}

// parts are the store's name if there is one, the code, the wallets' marks, and
// the instruction lines if the product has room for them.
func (t Template) parts(s *scene, x int, store string, m [][]bool, opt Options) []part {
	w := t.Width * mm
	centre, side, inner := x+w/2, t.code*tenth, w-2*t.margin*tenth
	var parts []part
	if store != "" {
		size := t.name * tenth
		parts = append(parts, part{size, func(top int) {
			s.line(store, centre, top+baseline(size), size, inner, true, solid, paper)
		}})
	}
	parts = append(parts,
		part{side, func(top int) { s.framedCode(box{centre - side/2, top, side, side}, m, opt) }},
		part{t.tag * tenth, func(top int) { t.drawTags(s, x, top) }})
	if t.zh > 0 {
		zh, en := t.zh*tenth, t.en*tenth
		parts = append(parts, part{zh + en*8/5, func(top int) {
			defer s.always(len(s.items))
			s.line(lineChinese, centre, top+baseline(zh), zh, inner, false, solid, paper)
			s.line(lineEnglish, centre, top+zh+en*3/5+baseline(en), en, inner, false, soft, paper)
		}})
	}
	return parts
}

// baseline is how far below the top of a line of this size its baseline lies:
// where Chinese fills the line.
func baseline(size int) int { return size * 86 / 100 }

func (t Template) drawBand(s *scene, x, y, w int) {
	if t.band == 0 {
		return
	}
	defer s.always(len(s.items))
	band, call := t.band*tenth, t.call*tenth
	s.rect(box{x - s.bleed, y - s.bleed, w + 2*s.bleed, band + s.bleed}, accent)
	english := call * 34 / 100
	height := call + english*17/10
	top := y + (band-height)/2
	s.line(callChinese, x+w/2, top+baseline(call), call, w, false, paper, accent)
	s.line(callEnglish, x+w/2, top+height, english, w, true, paper, accent)
}

// drawFoot draws the small print upwards from the foot and returns its top.
func (t Template) drawFoot(s *scene, x, foot int, l Label) int {
	centre, most := x+t.Width*mm/2, (t.Width*mm - 2*t.margin*tenth)
	if l.Issuer != "" {
		s.line(l.Issuer, centre, foot, t.issuerSize(), most, false, soft, paper)
		foot -= t.issuerSize() * 17 / 10
	}
	size := t.serial * tenth
	s.line(serialText(l.Serial), centre, foot, size, most, false, soft, paper)
	return foot - size*3/4
}

func (t Template) issuerSize() int {
	if t.issuer == 0 {
		return t.serial * tenth * 8 / 10
	}
	return t.issuer * tenth
}

func (t Template) drawTags(s *scene, x, top int) {
	defer s.always(len(s.items))
	h, margin := t.tag*tenth, t.margin*tenth
	gap := h / 3
	w := (t.Width*mm - 2*margin - 2*gap) / 3
	size := h * 46 / 100
	for i, wallet := range wallets {
		b := box{x + margin + i*(w+gap), top, w, h}
		s.rounded(b, h/4, wallet.ink, paper)
		s.line(wallet.name, b.x+w/2, top+(h-size)/2+baseline(size), size, w, false, paper, wallet.ink)
	}
}

// framedCode draws the code with its quiet zone inside a fine frame.
func (s *scene) framedCode(b box, m [][]bool, opt Options) {
	frame, radius := 2*hairline, b.w/24
	since := len(s.items)
	outer := box{b.x - frame, b.y - frame, b.w + 2*frame, b.h + 2*frame}
	s.rounded(outer, radius+frame, faint, paper)
	s.rounded(b, radius, paper, faint)
	s.always(since)
	s.codeWithLogo(b, m, opt)
}

func (s *scene) codeWithLogo(b box, m [][]bool, opt Options) {
	hole := 0
	if opt.Logo != "" {
		hole = clearHole(m)
	}
	s.code(b, m, opt.Quiet)
	if hole == 0 {
		return
	}
	module := b.w / (len(m) + 2*opt.Quiet)
	side := hole*module - module // half a module of air on each side
	at := box{b.x + (b.w-side)/2, b.y + (b.h-side)/2, side, side}
	s.rounded(at, side/5, accent, paper)
	size := side * 66 / 100
	s.line(opt.Logo, at.x+side/2, at.y+(side-size)/2+baseline(size), size, side*8/10, true, paper, accent)
}

// clearHole makes room for a logo in the middle and returns its side in modules.
// A fifth of the side is a twenty-fifth of the modules; level H mends far more,
// and what is left over is for scratches.
func clearHole(m [][]bool) int {
	hole := len(m) / 5
	if hole%2 == 0 {
		hole++ // the number of modules is odd, so the hole stands in the middle
	}
	from := (len(m) - hole) / 2
	for _, row := range m[from : from+hole] {
		clear(row[from : from+hole])
	}
	return hole
}

func checkLogo(logo string) error {
	if utf8.RuneCountInString(logo) > 2 {
		return fault.Field("render.Options", "logo", head(logo, 40), "want one or two characters")
	}
	return checkText("logo", logo, 2)
}

// pixel is a pixel of a bare code in scene units: enough for fine letters.
const pixel = 1000

// codeScene is a bare code.
func codeScene(m [][]bool, g placing, opt Options) *scene {
	s := &scene{w: g.side * pixel, h: g.side * pixel, perInch: opt.DPI * pixel}
	side := (len(m) + 2*opt.Quiet) * g.module * pixel
	at := (g.at - opt.Quiet*g.module) * pixel
	s.codeWithLogo(box{at, at, side, side}, m, opt)
	return s
}
