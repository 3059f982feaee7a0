package scan

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math/rand/v2"
	"testing"
	"time"

	"juma/internal/fault"
	"juma/qrcode/render"
)

// drawn is a picture of codes side by side, on a wall of one grey.
func drawn(t *testing.T, codes ...string) *image.RGBA {
	t.Helper()
	wall := image.NewRGBA(image.Rect(0, 0, 400*len(codes)+200, 600))
	draw.Draw(wall, wall.Rect, image.NewUniform(color.Gray{0xd0}), image.Point{}, draw.Src)
	for i, c := range codes {
		var b bytes.Buffer
		if err := render.Code(&b, render.FormatPNG, c, render.Options{}); err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		small := image.NewRGBA(image.Rect(0, 0, 360, 360))
		for y := range 360 {
			for x := range 360 {
				small.Set(x, y, img.At(x*img.Bounds().Dx()/360, y*img.Bounds().Dy()/360))
			}
		}
		draw.Draw(wall, small.Rect.Add(image.Pt(100+400*i, 100)), small, image.Point{}, draw.Src)
	}
	return wall
}

func TestPhotoReadsPlates(t *testing.T) {
	want := payloads(2)
	for n := 1; n <= 2; n++ {
		got, err := Photo(drawn(t, want[:n]...))
		if err != nil || len(got) != n || got[0] != want[0] {
			t.Errorf("%d plates: read %q, %v", n, got, err)
		}
	}
	if _, err := Photo(image.NewGray(image.Rect(0, 0, 600, 400))); !fault.Is(err, fault.Corrupt) {
		t.Errorf("a photo of nothing: %v, want kind corrupt", err)
	}
}

// TestPhotoIsNoWork: pictures of nothing but corners, and of noise, are given up
// before they cost.
func TestPhotoIsNoWork(t *testing.T) {
	const side = 2560
	corners, noise := image.NewGray(image.Rect(0, 0, side, side)), image.NewGray(image.Rect(0, 0, side, side))
	rnd := rand.New(rand.NewPCG(1, 2))
	for y := range side {
		for x := range side {
			mx, my := x/3%8, y/3%8
			edge := max(abs(mx-3), abs(my-3))
			if edge == 2 || mx == 7 || my == 7 {
				corners.SetGray(x, y, color.Gray{0xff})
			}
			noise.SetGray(x, y, color.Gray{uint8(rnd.UintN(256))})
		}
	}
	for name, img := range map[string]image.Image{"corners": corners, "noise": noise} {
		start := time.Now()
		if codes, err := Photo(img); err == nil {
			t.Errorf("%s: read %q", name, codes)
		}
		took := time.Since(start)
		t.Log(name, took)
		if took > 30*time.Second { // hours without the bound
			t.Errorf("%s: %v", name, took)
		}
	}
}

func abs(n int) int { return max(n, -n) }
