package scan

import (
	"image"
	"image/color"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"juma/internal/fault"
)

// Photo reads the code in a photo that a stranger may have sent. All codes of a
// clean picture are returned, so that more than one can be told to whoever took it;
// of a poor one, one is. A picture that is made to cost time, full of what looks
// like the corners of codes, is given up. Without a code the fault is of kind
// Corrupt.
func Photo(img image.Image) ([]string, error) {
	b := toBitmap(img)
	if corners, complete := b.findersUpTo(manyCorners); complete {
		if codes, err := cleanCodes(b, triples(corners)); err == nil {
			return codes, nil
		}
	}
	text, err := photo(img)
	if err != nil {
		return nil, fault.New("scan.Photo", fault.Corrupt, "there is no code that can be read")
	}
	return []string{text}, nil
}

// manyCorners is more than a photo of plates has, chance included. The work of
// finding three that belong together grows with the third power.
const manyCorners = 500

// photo reads one code from a picture that may be tilted, noisy and unevenly lit.
// Grain misleads the decoder, so what it cannot read it is given again smoothed.
func photo(img image.Image) (string, error) {
	grey := toGrey(img)
	text, err := readPhoto(grey)
	if err == nil {
		return text, nil
	}
	return readPhoto(smooth(grey))
}

// enough pixels to find a code in a photo; a camera's many more only cost time.
const enough = 4 << 20

// toGrey shrinks by a whole number: each pixel is the mean of a square.
func toGrey(img image.Image) *image.Gray {
	size, by := img.Bounds(), 1
	for size.Dx()/by*(size.Dy()/by) > enough {
		by++
	}
	grey := image.NewGray(image.Rect(0, 0, max(1, size.Dx()/by), max(1, size.Dy()/by)))
	for y := range grey.Rect.Dy() {
		for x := range grey.Rect.Dx() {
			sum := 0
			for i := range by * by {
				c := color.GrayModel.Convert(img.At(size.Min.X+x*by+i%by, size.Min.Y+y*by+i/by))
				sum += int(c.(color.Gray).Y)
			}
			grey.SetGray(x, y, color.Gray{Y: uint8(sum / (by * by))})
		}
	}
	return grey
}

func readPhoto(img image.Image) (string, error) {
	return guarded(func() (string, error) {
		bits, err := gozxing.NewBinaryBitmapFromImage(img)
		if err != nil {
			return "", err
		}
		corners := 0
		count := gozxing.ResultPointCallback(func(gozxing.ResultPoint) {
			if corners++; corners > manyCorners {
				panic("too much looks like a corner") // the decoder has no other way out; guarded takes it
			}
		})
		hints := map[gozxing.DecodeHintType]any{
			gozxing.DecodeHintType_CHARACTER_SET: "UTF-8", gozxing.DecodeHintType_TRY_HARDER: true, gozxing.DecodeHintType_NEED_RESULT_POINT_CALLBACK: count,
		}
		result, err := qrcode.NewQRCodeReader().Decode(bits, hints)
		if err != nil {
			return "", err
		}
		return result.GetText(), nil
	})
}

// smooth takes each pixel's median with its eight neighbours: grain goes, edges
// stay.
func smooth(grey *image.Gray) *image.Gray {
	out, w, h := image.NewGray(grey.Rect), grey.Rect.Dx(), grey.Rect.Dy()
	for y := range h {
		for x := range w {
			var around [9]uint8
			for i := range around {
				nx, ny := min(max(x+i%3-1, 0), w-1), min(max(y+i/3-1, 0), h-1)
				around[i] = grey.Pix[ny*grey.Stride+nx]
			}
			slices.Sort(around[:])
			out.Pix[y*out.Stride+x] = around[4]
		}
	}
	return out
}
