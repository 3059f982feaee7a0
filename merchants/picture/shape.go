package picture

import (
	"image"
	"image/color"
	"image/draw"
)

// shrink draws a picture on white, at most side pixels long. A smaller one keeps
// its size. Each pixel is the average of those that it stands for; the source is
// converted a few rows at a time, so that no second copy of it is made.
func shrink(src image.Image, side int) *image.RGBA {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if long := max(w, h); long > side {
		w, h = max(1, w*side/long), max(1, h*side/long)
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		band := onWhite(src, image.Rect(b.Min.X, b.Min.Y+y*b.Dy()/h, b.Max.X, b.Min.Y+(y+1)*b.Dy()/h))
		average(dst.Pix[y*dst.Stride:y*dst.Stride+4*w], band)
	}
	return dst
}

// onWhite draws a part of a picture on white paper.
func onWhite(src image.Image, part image.Rectangle) *image.RGBA {
	band := image.NewRGBA(image.Rect(0, 0, part.Dx(), part.Dy()))
	draw.Draw(band, band.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(band, band.Rect, src, part.Min, draw.Over)
	return band
}

// average fills one row of pixels from a band of rows.
func average(row []byte, band *image.RGBA) {
	bw, bh, w := band.Rect.Dx(), band.Rect.Dy(), len(row)/4
	for x := range w {
		from, to := x*bw/w, (x+1)*bw/w
		var r, g, b int
		for y := range bh {
			for p := band.Pix[y*band.Stride+4*from : y*band.Stride+4*to]; len(p) > 0; p = p[4:] {
				r, g, b = r+int(p[0]), g+int(p[1]), b+int(p[2])
			}
		}
		n := (to - from) * bh
		row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = byte((r+n/2)/n), byte((g+n/2)/n), byte((b+n/2)/n), 0xff
	}
}

// turn brings a picture upright. The EXIF orientation says which side of the
// scene the first row and the first column are: from 5 on they are exchanged.
func turn(src *image.RGBA, orientation int) *image.RGBA {
	if orientation == 1 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		dst = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := turned(orientation, x, y, w, h)
			copy(dst.Pix[dst.PixOffset(tx, ty):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return dst
}

// turned is where the pixel x, y of a stored picture of w × h belongs.
func turned(orientation, x, y, w, h int) (tx, ty int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return y, w - 1 - x
	}
	return x, y
}
