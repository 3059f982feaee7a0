// Package scan reads codes back from files: the print shop's proof, what an
// export wrote, a photo from the field. It is the other party to qrcode/render
// and shares nothing with it: it looks at the drawing, as a phone does, and asks
// a decoder by other people what it says. It needs no network and no program
// besides this one.
//
// PNG and JPEG are decoded; of SVG and PDF the filled outlines are drawn, with a
// rasteriser of this package, and letters are not. A file may hold many codes;
// they come in reading order: page by page, row by row, left to right.
package scan

import (
	"bytes"
	"image"
	_ "image/jpeg" // photos
	_ "image/png"  // plates
	"io"
	"os"
	"path/filepath"

	"juma/internal/fault"
)

// What is refused unread. A page is drawn in memory, a byte a pixel.
const (
	maxFile   = 64 << 20
	maxPixels = 64 << 20
)

// File reads the codes of a .png, .jpg, .svg or .pdf file, told apart by what they
// hold. There is at least one when there is no error. Kinds of error: NotFound and
// Internal of the file system, Invalid for what is none of these formats, Corrupt
// for a damaged file, one without a code, or one with a code that cannot be read.
func File(path string) ([]string, error) {
	const op = "scan.File"
	f, err := os.Open(path)
	if err != nil {
		kind := fault.Internal
		if os.IsNotExist(err) {
			kind = fault.NotFound
		}
		return nil, fault.Wrap(op, kind, err)
	}
	defer f.Close()
	codes, err := Reader(f)
	if err != nil {
		return nil, fault.Wrap(op+" "+filepath.Base(path), "", err)
	}
	return codes, nil
}

// Reader reads the codes of a file's contents, as File does.
func Reader(r io.Reader) ([]string, error) {
	const op = "scan.Reader"
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	if len(data) > maxFile {
		return nil, fault.New(op, fault.Invalid, "the file is larger than %d bytes", maxFile)
	}
	switch start := bytes.TrimLeft(data[:min(len(data), 512)], "\xef\xbb\xbf \t\r\n"); {
	case bytes.HasPrefix(data, []byte("%PDF-")):
		return pdfCodes(data)
	case bytes.HasPrefix(start, []byte("<svg")), bytes.HasPrefix(start, []byte("<?xml")):
		return svgCodes(data)
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fault.New(op, fault.Invalid, "this is no PNG, JPEG, SVG or PDF file")
	}
	if size.Width*size.Height > maxPixels {
		return nil, fault.New(op, fault.Invalid, "the picture has %d × %d pixels: more than %d", size.Width, size.Height, maxPixels)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fault.Wrap(op, fault.Corrupt, err)
	}
	return Image(img)
}

// Image reads the codes of a picture: all of a clean one, whatever number there
// are, or the one in a photo.
func Image(img image.Image) ([]string, error) {
	b := toBitmap(img)
	all := triples(b.finders())
	codes, err := cleanCodes(b, all)
	if err == nil || len(all) > 1 { // one of many is not to be passed over
		return codes, err
	}
	if text, photoErr := photo(img); photoErr == nil {
		return []string{text}, nil
	}
	return nil, err
}

func toBitmap(img image.Image) *bitmap {
	size := img.Bounds()
	b := newBitmap(size.Dx(), size.Dy())
	if p, ok := img.(*image.Paletted); ok {
		var dark [256]bool
		for i, c := range p.Palette {
			r, g, bl, _ := c.RGBA()
			dark[i] = isDark(r, g, bl)
		}
		for y := range b.h {
			for x, v := range p.Pix[y*p.Stride : y*p.Stride+b.w] {
				b.dark[y*b.w+x] = dark[v]
			}
		}
		return b
	}
	for y := range b.h {
		for x := range b.w {
			r, g, bl, _ := img.At(size.Min.X+x, size.Min.Y+y).RGBA()
			b.dark[y*b.w+x] = isDark(r, g, bl)
		}
	}
	return b
}

// isDark weighs a colour as the eye does (ITU-R BT.601).
func isDark(r, g, b uint32) bool { return 299*r+587*g+114*b < 1000*0x8000 }

// bitmap is a page: true is dark.
type bitmap struct {
	w, h int
	dark []bool
}

func newBitmap(w, h int) *bitmap { return &bitmap{w: w, h: h, dark: make([]bool, w*h)} }
