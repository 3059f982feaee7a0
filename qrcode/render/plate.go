package render

import (
	"io"
	"strings"

	"juma/internal/fault"
	"juma/internal/id"
)

// Label is what a plate shows.
type Label struct {
	Payload string // what the code holds
	Serial  string // digits, up to 24; printed with two check digits (id.SerialCheck)
	Store   string // the store's name, up to 40 characters; "" on a blank plate
	Issuer  string // small print at the foot, up to 60 characters; "" for none
}

const (
	maxSerial = 24
	maxStore  = 40
	maxIssuer = 60
)

func (l Label) check() error {
	const op = "render.Label"
	if l.Serial == "" || len(l.Serial) > maxSerial {
		return fault.Field(op, "serial", head(l.Serial, 40), "want 1 to %d digits", maxSerial)
	}
	if strings.Trim(l.Serial, "0123456789") != "" {
		return fault.Field(op, "serial", l.Serial, "only digits can be printed")
	}
	if err := checkText("store", l.Store, maxStore); err != nil {
		return err
	}
	return checkText("issuer", l.Issuer, maxIssuer)
}

// Plate writes one plate. Nothing is written when there is an error; its kind is
// Invalid (label, format or options), or it is w's.
func Plate(w io.Writer, format Format, t Template, l Label, opt Options) error {
	return Sheet(w, format, t, []Label{l}, opt)
}

// MaxSheet is the most plates in one document. It is held in memory while it is
// made, about 130 kB a plate; larger batches are several documents.
const MaxSheet = 500

// Sheet writes plates into one document, in the order given. PDF has as many
// pages as it takes, up to MaxSheet plates; PNG and SVG have one, which holds up
// to t.PerPage() plates. Errors are as of Plate.
func Sheet(w io.Writer, format Format, t Template, labels []Label, opt Options) error {
	const op = "render.Sheet"
	opt, err := opt.complete()
	if err != nil {
		return err
	}
	most := MaxSheet
	if format != FormatPDF {
		most = t.PerPage()
	}
	if t.Width == 0 {
		return fault.Field(op, "template", t.Name, "take one of Templates")
	}
	if len(labels) < 1 || len(labels) > most {
		return fault.New(op, fault.Invalid, "%d plates: a %s document of this template holds 1 to %d", len(labels), format, most)
	}
	var pages []*scene
	for from := 0; from < len(labels); from += t.PerPage() {
		page, err := t.page(labels[from:min(from+t.PerPage(), len(labels))], format, opt)
		if err != nil {
			return err
		}
		pages = append(pages, page)
	}
	return writeScenes(w, format, pages, opt)
}

// writeScenes draws first and writes once, so that a fault leaves no half a file.
func writeScenes(w io.Writer, format Format, pages []*scene, opt Options) error {
	var out []byte
	var err error
	switch format {
	case FormatPNG:
		out = drawPNG(pages[0], opt)
	case FormatSVG:
		out = drawSVG(pages[0])
	case FormatPDF:
		out, err = drawPDF(pages)
	default:
		_, err = ParseFormat(string(format))
	}
	if err != nil {
		return err
	}
	_, err = w.Write(out)
	return err
}

// serialText is the serial number as it is printed: in groups, check digits last.
func serialText(serial string) string {
	check := id.SerialCheck(serial)
	if len(serial) > 6 {
		serial = serial[:6] + " " + serial[6:]
	}
	return "No. " + serial + "-" + check
}
