// Package picture takes a photo that somebody uploads and makes a new one of it
// that is safe to keep and to show: always JPEG, upright, at most LongSide pixels
// long, and nothing in it but the picture. What it shows remains; where and with
// which telephone it was taken (EXIF), hidden archives, scripts and whatever else
// came along do not.
//
// The type is what the content says, never a name or a header. Dimensions are
// read first, and what would need too much memory or time to decode is refused
// before it is decoded.
package picture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"juma/internal/fault"
)

// The limits of what is taken.
const (
	MaxBytes  = 10 << 20   // of the file
	MaxPixels = 40_000_000 // width × height
	MaxSide   = 12_000     // pixels
	// maxMemory bounds what decoding may need: 40 million pixels of the usual kinds
	// fit, of the wasteful ones (16 bits a channel, progressive) fewer.
	maxMemory = 320 << 20
)

// What a stored picture is.
const (
	LongSide = 2560 // pixels at most
	quality  = 85   // of JPEG: a licence stays readable
)

// Picture is what is kept.
type Picture struct {
	JPEG          []byte
	Width, Height int
	SHA256        string // of JPEG, 64 hex digits
}

// format is a kind of picture that is taken.
type format struct {
	name   string
	magic  func([]byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// look walks the file: what decoding costs, where its EXIF is, and what must be
	// refused.
	look func([]byte) (facts, error)
}

// facts are what the walk through a file finds.
type facts struct {
	exif          []byte // TIFF structure, nil when there is none
	bytesPerPixel int    // that decoding needs
}

var formats = []format{
	{"JPEG", prefix("\xff\xd8\xff"), jpeg.DecodeConfig, jpeg.Decode, lookJPEG},
	{"PNG", prefix("\x89PNG\r\n\x1a\n"), png.DecodeConfig, png.Decode, lookPNG},
	{"WebP", func(b []byte) bool { return len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP" }, webp.DecodeConfig, webp.Decode, lookWebP},
}

func prefix(p string) func([]byte) bool {
	return func(b []byte) bool { return bytes.HasPrefix(b, []byte(p)) }
}

// Read reads a photo and makes a new one. Faults are of kind Invalid, field
// "picture", value one of Reasons, and say what to do; those of r are of kind Unavailable.
func Read(r io.Reader) (Picture, error) {
	img, err := Decode(r)
	if err != nil {
		return Picture{}, err
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		return Picture{}, fault.Wrap("picture.Read", fault.Internal, err)
	}
	sum := sha256.Sum256(out.Bytes())
	return Picture{JPEG: out.Bytes(), Width: img.Rect.Dx(), Height: img.Rect.Dy(), SHA256: hex.EncodeToString(sum[:])}, nil
}

// Decode is Read for whoever looks at the picture at once and keeps nothing of it.
func Decode(r io.Reader) (*image.RGBA, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fault.Wrap("picture.Read", fault.Unavailable, err)
	}
	if len(data) > MaxBytes {
		return nil, refuse(tooManyBytes, "has more than %d MiB; send a smaller photo", MaxBytes>>20)
	}
	return decode(data)
}

// decode gives the picture upright and no longer than LongSide.
func decode(data []byte) (*image.RGBA, error) {
	f, err := formatOf(data)
	if err != nil {
		return nil, err
	}
	found, err := measure(f, data)
	if err != nil {
		return nil, err
	}
	img, err := guarded(f.decode, data)
	if err != nil {
		return nil, refuse(damaged, "is damaged or incomplete (%s); send the photo again", f.name)
	}
	return turn(shrink(img, LongSide), orientation(found.exif)), nil
}

// measure reads dimensions and structure, and refuses what is too large to
// decode.
func measure(f format, data []byte) (facts, error) {
	c, err := f.config(bytes.NewReader(data))
	switch {
	case err != nil || c.Width < 1 || c.Height < 1:
		return facts{}, refuse(damaged, "is damaged or incomplete (%s); send the photo again", f.name)
	case c.Width > MaxSide || c.Height > MaxSide || c.Width*c.Height > MaxPixels:
		return facts{}, refuse(tooManyPixels, "is %d × %d pixels large, want at most %d million and %d on a side; send a smaller photo", c.Width, c.Height, MaxPixels/1_000_000, MaxSide)
	}
	found, err := f.look(data)
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		found.bytesPerPixel = 8
	}
	if err == nil && c.Width*c.Height*found.bytesPerPixel > maxMemory {
		err = errTooCostly
	}
	switch {
	case errors.Is(err, errTooCostly):
		return facts{}, refuse(tooCostly, "is stored in a way that takes too much to open; take it with the camera's usual settings, or send a smaller photo")
	case err != nil:
		return facts{}, refuse(damaged, "is damaged or incomplete (%s); send the photo again", f.name)
	}
	return found, nil
}

// others are files that people send instead, and what to do.
var others = []struct {
	at                  int
	magic, reason, what string
}{
	{0, "%PDF", pdf, "is a PDF; send a photo or a screenshot of the page"},
	{4, "ftyphei", heic, "is a HEIC photo; set the camera to JPEG (“most compatible”), or send a screenshot"},
	{4, "ftypmif", heic, "is a HEIC photo; set the camera to JPEG (“most compatible”), or send a screenshot"},
	{0, "GIF8", gif, "is a GIF; send a photo as JPEG or PNG"},
	{0, "BM", bitmap, "is a bitmap; save it as JPEG or PNG"},
}

func formatOf(data []byte) (format, error) {
	if len(data) == 0 {
		return format{}, refuse(empty, "is empty; choose a photo")
	}
	for _, f := range formats {
		if f.magic(data) {
			return f, nil
		}
	}
	for _, o := range others {
		if bytes.HasPrefix(data[min(o.at, len(data)):], []byte(o.magic)) {
			return format{}, refuse(o.reason, "%s", o.what)
		}
	}
	return format{}, refuse(noPicture, "is no picture; send a photo as JPEG, PNG or WebP")
}

// guarded decodes bytes that a stranger made up: whatever the decoder stumbles
// over, the fault is the picture's.
func guarded(decode func(io.Reader) (image.Image, error), data []byte) (img image.Image, err error) {
	defer func() {
		if recover() != nil {
			err = errDamaged
		}
	}()
	return decode(bytes.NewReader(data))
}

var (
	errDamaged   = errors.New("damaged")
	errTooCostly = errors.New("too costly")
)

// Reasons are why a file is refused: stable keys, which a fault carries as its
// value and for which pages have a text in each language.
var Reasons = []string{empty, noPicture, pdf, heic, gif, bitmap, tooManyBytes, tooManyPixels, tooCostly, damaged}

const (
	empty         = "empty"
	noPicture     = "no_picture"
	pdf           = "pdf"
	heic          = "heic"
	gif           = "gif"
	bitmap        = "bitmap"
	tooManyBytes  = "bytes"
	tooManyPixels = "pixels"
	tooCostly     = "costly"
	damaged       = "damaged"
)

func refuse(reason, format string, args ...any) error {
	return fault.Field("picture.Read", "picture", reason, format, args...)
}
