package scan

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"strconv"
	"strings"

	"juma/internal/fault"
)

// pdfCodes draws the pages of a PDF document, one after another, and reads their
// codes. A page without a code is an error: a plate is missing there.
func pdfCodes(data []byte) ([]string, error) {
	const op = "scan.PDF"
	d := &pdfFile{data: data}
	if err := d.readTable(); err != nil {
		return nil, fault.Wrap(op, fault.Corrupt, err)
	}
	pages, err := d.pages()
	if err != nil {
		return nil, fault.Wrap(op, fault.Corrupt, err)
	}
	var codes []string
	for i, page := range pages {
		bits, err := d.draw(page)
		if err != nil {
			return nil, fault.New(op, fault.Corrupt, "page %d: %v", i+1, err)
		}
		texts, err := pageCodes(bits)
		if err != nil {
			return nil, fault.New(op, fault.Corrupt, "page %d: %v", i+1, err)
		}
		codes = append(codes, texts...)
	}
	return codes, nil
}

// pdfFile is a document with a plain cross-reference table (ISO 32000-1, 7.5.4).
type pdfFile struct {
	data    []byte
	offsets map[int]int
	trailer pdfDict
}

func (d *pdfFile) readTable() error {
	at := bytes.LastIndex(d.data, []byte("startxref"))
	if at < 0 {
		return fmt.Errorf("%w: no startxref", errPDF)
	}
	l := &lexer{data: d.data, at: at + len("startxref")}
	start, err := l.next()
	offset, ok := start.(float64)
	if err != nil || !ok || offset < 0 || int(offset) >= len(d.data) {
		return fmt.Errorf("%w: no cross-reference table", errPDF)
	}
	l.at = int(offset)
	if w, _ := l.next(); w != pdfWord("xref") {
		return fmt.Errorf("%w: want a plain cross-reference table", errPDF)
	}
	d.offsets = map[int]int{}
	for {
		v, err := l.next()
		if err != nil {
			return err
		}
		if v == pdfWord("trailer") {
			break
		}
		if err := d.readSection(l, v); err != nil {
			return err
		}
	}
	t, err := l.next()
	if d.trailer, ok = t.(pdfDict); err != nil || !ok {
		return fmt.Errorf("%w: no trailer", errPDF)
	}
	return nil
}

func (d *pdfFile) readSection(l *lexer, v any) error {
	first, ok := v.(float64)
	c, err := l.next()
	count, ok2 := c.(float64)
	if !ok || !ok2 || err != nil || count < 0 || int(count) > len(d.data)/18 {
		return errPDF
	}
	for i := range int(count) {
		offset, _ := l.next()
		_, _ = l.next()
		kind, err := l.next()
		at, ok := offset.(float64)
		if err != nil || !ok {
			return errPDF
		}
		if kind == pdfWord("n") {
			d.offsets[int(first)+i] = int(at)
		}
	}
	return nil
}

// object follows references to an object; stream is its raw content, if any.
func (d *pdfFile) object(v any) (obj any, stream []byte, err error) {
	for range 10 {
		ref, ok := v.(pdfRef)
		if !ok {
			return v, stream, nil
		}
		at, ok := d.offsets[int(ref)]
		if !ok || at < 0 || at >= len(d.data) {
			return nil, nil, fmt.Errorf("%w: object %d is missing", errPDF, ref)
		}
		l := &lexer{data: d.data, at: at}
		number, _ := l.next()
		_, _ = l.next()
		if word, _ := l.next(); word != pdfWord("obj") || number != float64(ref) {
			return nil, nil, fmt.Errorf("%w: object %d is not where the table says", errPDF, ref)
		}
		if v, err = l.next(); err != nil {
			return nil, nil, err
		}
		if stream, err = d.stream(l, v); err != nil {
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("%w: references run in a circle", errPDF)
}

func (d *pdfFile) stream(l *lexer, v any) ([]byte, error) {
	dict, ok := v.(pdfDict)
	if word, _ := l.next(); !ok || word != pdfWord("stream") {
		return nil, nil
	}
	length, ok := dict["/Length"].(float64)
	from := l.at
	if bytes.HasPrefix(l.data[from:], []byte("\r")) {
		from++
	}
	if bytes.HasPrefix(l.data[from:], []byte("\n")) {
		from++
	}
	if !ok || length < 0 || int(length) > len(l.data)-from {
		return nil, fmt.Errorf("%w: a stream has no length", errPDF)
	}
	return l.data[from : from+int(length)], nil
}

// contents unpacks a stream.
func (d *pdfFile) contents(v any) ([]byte, error) {
	obj, raw, err := d.object(v)
	dict, ok := obj.(pdfDict)
	if err != nil || !ok {
		return nil, errPDF
	}
	switch dict["/Filter"] {
	case nil:
		return raw, nil
	case pdfName("/FlateDecode"):
		z, err := zlib.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		out, err := io.ReadAll(io.LimitReader(z, maxFile+1))
		if err == nil && len(out) > maxFile {
			err = fmt.Errorf("a page of more than %d bytes", maxFile)
		}
		return out, err
	}
	return nil, fmt.Errorf("cannot unpack a page with %v", dict["/Filter"])
}

// pages lists the pages in order.
func (d *pdfFile) pages() ([]pdfDict, error) {
	root, _, err := d.object(d.trailer["/Root"])
	catalog, ok := root.(pdfDict)
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: no catalogue", errPDF)
	}
	tree := pageTree{file: d}
	if err := tree.walk(catalog["/Pages"], nil); err != nil {
		return nil, err
	}
	if len(tree.pages) == 0 {
		return nil, fmt.Errorf("%w: it has no pages", errPDF)
	}
	return tree.pages, nil
}

type pageTree struct {
	file  *pdfFile
	nodes int
	pages []pdfDict
}

// walk gives every page the size that it may inherit.
func (t *pageTree) walk(v, size any) error {
	if t.nodes++; t.nodes > 20_000 {
		return fmt.Errorf("%w: the page tree has no end", errPDF)
	}
	obj, _, err := t.file.object(v)
	node, ok := obj.(pdfDict)
	if err != nil || !ok {
		return fmt.Errorf("%w: no page", errPDF)
	}
	if node["/MediaBox"] != nil {
		size = node["/MediaBox"]
	}
	kids, _, err := t.file.object(node["/Kids"])
	if err != nil {
		return err
	}
	list, ok := kids.(pdfArray)
	if !ok {
		node["/MediaBox"] = size
		t.pages = append(t.pages, node)
		return nil
	}
	for _, kid := range list {
		if err := t.walk(kid, size); err != nil {
			return err
		}
	}
	return nil
}

// draw fills the outlines of a page.
func (d *pdfFile) draw(page pdfDict) (*bitmap, error) {
	box, ok := page["/MediaBox"].(pdfArray)
	size, err := numbers(box)
	if err != nil || !ok || len(size) != 4 || size[2] <= size[0] || size[3] <= size[1] {
		return nil, fmt.Errorf("%w: the page has no size", errPDF)
	}
	data, err := d.contents(page["/Contents"])
	if err != nil {
		return nil, err
	}
	width, height := size[2]-size[0], size[3]-size[1]
	scale := resolution(width, height, 25.4/72)
	w, h := int(width*scale), int(height*scale)
	if w < 1 || h < 1 || w > maxPixels || h > maxPixels || w*h > maxPixels {
		return nil, fmt.Errorf("the page is too large")
	}
	p := pen{bits: newBitmap(w, h)}
	// PDF's y grows upwards.
	p.state = penState{to: affine{a: scale, d: -scale, e: -size[0] * scale, f: size[3] * scale}, dark: true}
	return p.bits, p.follow(data)
}

func numbers(a []any) ([]float64, error) {
	out := make([]float64, len(a))
	for i, v := range a {
		n, ok := v.(float64)
		if !ok {
			return nil, fmt.Errorf("%w: want a number", errPDF)
		}
		out[i] = n
	}
	return out, nil
}

// pen follows the operators of a page (ISO 32000-1, annex A). Text is not drawn,
// nor are lines and pictures: no code is made of them here.
type pen struct {
	bits  *bitmap
	state penState
	saved []penState
	path  outline
}

type penState struct {
	to   affine
	dark bool
}

func (p *pen) follow(data []byte) error {
	l := &lexer{data: data}
	var operands []any
	for {
		v, err := l.next()
		if err != nil || v == nil {
			return err
		}
		op, ok := v.(pdfWord)
		if !ok {
			if operands = append(operands, v); len(operands) > 1000 {
				return errPDF
			}
			continue
		}
		if err := p.operator(string(op), operands); err != nil {
			return err
		}
		operands = operands[:0]
	}
}

// wants is how many numbers the operators take that are followed.
var wants = map[string]int{"cm": 6, "m": 2, "l": 2, "c": 6, "v": 4, "y": 4, "re": 4, "g": 1, "rg": 3, "k": 4}

func (p *pen) operator(op string, operands []any) error {
	var a []float64
	if n, known := wants[op]; known {
		var err error
		if a, err = numbers(operands); err != nil || len(a) != n {
			return fmt.Errorf("%w: %s wants %s numbers", errPDF, op, strconv.Itoa(n))
		}
	}
	switch op {
	case "q":
		p.saved = append(p.saved, p.state)
	case "Q":
		if n := len(p.saved); n > 0 {
			p.state, p.saved = p.saved[n-1], p.saved[:n-1]
		}
	case "cm":
		p.state.to = affine{a[0], a[1], a[2], a[3], a[4], a[5]}.then(p.state.to)
	case "g":
		p.colour(a[0], a[0], a[0])
	case "rg":
		p.colour(a[0], a[1], a[2])
	case "k":
		p.colour((1-a[0])*(1-a[3]), (1-a[1])*(1-a[3]), (1-a[2])*(1-a[3]))
	case "f", "F", "f*", "b", "b*", "B", "B*":
		p.bits.fill(p.path.polys, strings.HasSuffix(op, "*"), p.state.dark)
		p.path = outline{}
	case "n", "s", "S":
		p.path = outline{}
	default:
		p.draw(op, a)
	}
	return nil
}

func (p *pen) draw(op string, a []float64) {
	p.path.to = p.state.to
	at := func(i int) vec { return vec{a[i], a[i+1]} }
	switch op {
	case "m":
		p.path.move(at(0))
	case "l":
		p.path.line(at(0))
	case "c":
		p.path.curve(at(0), at(2), at(4))
	case "v":
		p.path.curve(p.path.at, at(0), at(2))
	case "y":
		p.path.curve(at(0), at(2), at(2))
	case "re":
		x, y, w, h := a[0], a[1], a[2], a[3]
		p.path.move(vec{x, y})
		p.path.line(vec{x + w, y})
		p.path.line(vec{x + w, y + h})
		p.path.line(vec{x, y + h})
	}
}

func (p *pen) colour(r, g, b float64) {
	part := func(v float64) uint32 { return uint32(min(1, max(0, v)) * 0xffff) }
	p.state.dark = isDark(part(r), part(g), part(b))
}
