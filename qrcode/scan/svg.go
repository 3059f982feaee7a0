package scan

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"juma/internal/fault"
)

// svgCodes draws the rectangles and paths of an SVG document. It knows what
// plates are drawn with, and refuses what it does not know, because what is left
// out might lie over a code.
func svgCodes(data []byte) ([]string, error) {
	const op = "scan.SVG"
	d := xml.NewDecoder(bytes.NewReader(data))
	var p svgPage
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			if start, ok := token.(xml.StartElement); ok {
				err = p.element(start)
			}
		}
		if err != nil {
			return nil, fault.Wrap(op, fault.Corrupt, err)
		}
	}
	if p.bits == nil {
		return nil, fault.New(op, fault.Corrupt, "there is no svg element with a viewBox")
	}
	return pageCodes(p.bits)
}

type svgPage struct {
	bits *bitmap
	to   affine
}

func (p *svgPage) element(e xml.StartElement) error {
	attr := map[string]string{}
	for _, a := range e.Attr {
		attr[a.Name.Local] = a.Value
	}
	switch e.Name.Local {
	case "svg":
		return p.begin(attr)
	case "title", "desc", "metadata":
		return nil
	case "path":
		return p.path(attr)
	}
	return errors.New("cannot draw <" + e.Name.Local + ">")
}

func (p *svgPage) begin(attr map[string]string) error {
	box, err := floats(attr["viewBox"])
	if err != nil || len(box) != 4 || box[2] <= 0 || box[3] <= 0 {
		return errors.New("want a viewBox of four numbers")
	}
	if p.bits != nil {
		return errors.New("an svg inside an svg")
	}
	width, err := strconv.ParseFloat(strings.TrimSuffix(attr["width"], "mm"), 64)
	if err != nil || !(width > 0) {
		return errors.New("want a width in mm")
	}
	scale := resolution(box[2], box[3], width/box[2])
	w, h := int(box[2]*scale), int(box[3]*scale)
	if w < 1 || h < 1 || w > maxPixels || h > maxPixels || w*h > maxPixels {
		return errors.New("the page is too large")
	}
	p.bits = newBitmap(w, h)
	p.to = affine{a: scale, d: scale, e: -box[0] * scale, f: -box[1] * scale}
	return nil
}

func (p *svgPage) path(attr map[string]string) error {
	if p.bits == nil {
		return errors.New("a path outside of svg")
	}
	if attr["transform"] != "" || attr["stroke"] != "" || attr["style"] != "" || attr["opacity"] != "" {
		return errors.New("cannot draw a path with transform, stroke, style or opacity")
	}
	rgb, err := strconv.ParseUint(strings.TrimPrefix(attr["fill"], "#"), 16, 32)
	if err != nil || len(attr["fill"]) != 7 {
		return errors.New("want a fill of #rrggbb")
	}
	o := outline{to: p.to}
	if err := o.svgPath(attr["d"]); err != nil {
		return err
	}
	c := uint32(rgb)
	p.bits.fill(o.polys, attr["fill-rule"] == "evenodd", isDark(c>>16*0x101, c>>8&0xff*0x101, c&0xff*0x101))
	return nil
}

// arity is how many numbers each path command takes.
var arity = map[byte]int{'m': 2, 'l': 2, 'h': 1, 'v': 1, 'q': 4, 'c': 6, 'z': 0}

// svgPath follows the path data of an SVG path.
func (o *outline) svgPath(d string) error {
	var start vec
	for len(d) > 0 {
		command := d[0]
		lower := command | 0x20
		n, known := arity[lower]
		if !known {
			return errors.New("cannot follow path command " + strconv.QuoteRune(rune(command)))
		}
		end := 1
		for end < len(d) && !isLetter(d[end]) {
			end++
		}
		args, err := floats(d[1:end])
		if err != nil {
			return err
		}
		d = d[end:]
		if n == 0 {
			o.at = start
			continue
		}
		if len(args) == 0 || len(args)%n != 0 {
			return errors.New("path command " + string(command) + " has too few numbers")
		}
		for i := 0; i < len(args); i += n {
			o.svgStep(lower, command == lower, args[i:i+n])
			if lower == 'm' {
				if i == 0 {
					start = o.at
				}
				lower, command = 'l', command-'m'+'l'
			}
		}
	}
	return nil
}

func (o *outline) svgStep(lower byte, relative bool, a []float64) {
	var from vec
	if relative {
		from = o.at
	}
	at := func(i int) vec { return vec{from.x + a[i], from.y + a[i+1]} }
	switch lower {
	case 'm':
		o.move(at(0))
	case 'l':
		o.line(at(0))
	case 'h':
		o.line(vec{from.x + a[0], o.at.y})
	case 'v':
		o.line(vec{o.at.x, from.y + a[0]})
	case 'q':
		o.quad(at(0), at(2))
	case 'c':
		o.curve(at(0), at(2), at(4))
	}
}

func isLetter(c byte) bool { return (c|0x20) >= 'a' && (c|0x20) <= 'z' && c|0x20 != 'e' }

// floats reads numbers apart by spaces, commas or a sign.
func floats(s string) ([]float64, error) {
	var all []float64
	for i := 0; i < len(s); {
		if s[i] == ' ' || s[i] == ',' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r' {
			i++
			continue
		}
		end := i + 1
		for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
			end++
		}
		v, err := strconv.ParseFloat(s[i:end], 64)
		if err != nil {
			return nil, errors.New("no number: " + strconv.Quote(s[i:end]))
		}
		all = append(all, v)
		i = end
	}
	return all, nil
}
