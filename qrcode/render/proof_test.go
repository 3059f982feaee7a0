package render

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"juma/internal/id"
	"juma/internal/testneeds"
)

// TestPhotographedCodesAreRead is the promise of a plate: every picture, at 4, 6
// and 8 pixels a module, plain at level M and with the logo at level H, is read by
// an independent reader after a poor photo: 0.5 % of the pixels inverted, and
// tilted by 15 degrees, half of them turned in the picture's plane and half leaning
// away from the camera. `make proof` does it with 1,000 codes of each kind.
func TestPhotographedCodesAreRead(t *testing.T) {
	zbarimg := testneeds.Tool(t, "zbar-tools", "zbarimg")
	for _, logo := range []string{"", "聚"} {
		for _, module := range []int{4, 6, 8} {
			t.Run(fmt.Sprintf("logo=%s/module=%d", logo, module), func(t *testing.T) {
				keys := id.Seeded(uint64(module), "proof"+logo)
				rnd := rand.New(rand.NewPCG(uint64(module), uint64(len(logo))))
				read := 0
				for from := 0; from < proofCodes; from += 100 {
					dir := t.TempDir()
					want := map[string]bool{}
					for i := from; i < min(from+100, proofCodes); i++ {
						payload := "https://q.example.com/q/" + (id.NewPlateKey(keys) + id.NewPlateKey(keys))[:28]
						img, err := png.Decode(bytes.NewReader(codeBytes(t, FormatPNG, payload, Options{Module: module, Logo: logo})))
						if err != nil {
							t.Fatal(err)
						}
						writePGM(t, filepath.Join(dir, fmt.Sprintf("%04d.pgm", i)), photograph(img, i%2 == 0, rnd))
						want[payload] = true
					}
					read += countRead(t, zbarimg, dir, want)
				}
				if read != proofCodes {
					t.Errorf("read %d of %d", read, proofCodes)
				}
				t.Logf("read %d of %d", read, proofCodes)
			})
		}
	}
}

// countRead removes what was read from want; anything else that was read is an
// error.
func countRead(t *testing.T, zbarimg, dir string, want map[string]bool) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	// The exit status tells that some file had no code; the count will too.
	out, _ := exec.Command(zbarimg, append([]string{"--quiet", "--raw"}, files...)...).Output()
	read := 0
	for line := range strings.Lines(string(out)) {
		payload := strings.TrimSpace(line)
		if !want[payload] {
			t.Errorf("read %q, which was not there", payload)
			continue
		}
		delete(want, payload)
		read++
	}
	return read
}

// photograph inverts 0.5 % of the picture's pixels, as a bad print has specks, and
// tilts it by 15 degrees. The picture fills half the photo's width, and every pixel
// is the mean of four places, as a lens would have it.
func photograph(img image.Image, turned bool, rnd *rand.Rand) *image.Gray {
	size := img.Bounds().Dx()
	side := 2 * size
	look := leaning(float64(size))
	if turned {
		look = turning
	}
	dark := make([]bool, size*size)
	for i := range dark {
		r, _, _, _ := img.At(i%size, i/size).RGBA()
		dark[i] = (r < 0x8000) != (rnd.IntN(200) == 0)
	}
	out := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			sum := 0
			for k := range 4 {
				px := float64(x) + 0.25 + 0.5*float64(k%2) - float64(side)/2
				py := float64(y) + 0.25 + 0.5*float64(k/2) - float64(side)/2
				sx, sy := look(px, py)
				at := image.Pt(int(math.Floor(sx+float64(size)/2)), int(math.Floor(sy+float64(size)/2)))
				if !at.In(img.Bounds()) || !dark[at.Y*size+at.X] {
					sum += 255
				}
			}
			out.Pix[y*out.Stride+x] = uint8(sum / 4)
		}
	}
	return out
}

const tilt = 15 * math.Pi / 180

func turning(x, y float64) (float64, float64) {
	sin, cos := math.Sincos(tilt)
	return cos*x + sin*y, cos*y - sin*x
}

// leaning looks at a plate whose top leans back, from twice its side away.
func leaning(size float64) func(x, y float64) (float64, float64) {
	sin, cos := math.Sincos(tilt)
	eye := 2 * size
	return func(x, y float64) (float64, float64) {
		v := y * eye / (eye*cos + y*sin) // up and down on the plate
		return x * (eye - v*sin) / eye, v
	}
}

func writePGM(t *testing.T, file string, img *image.Gray) {
	t.Helper()
	head := fmt.Sprintf("P5\n%d %d\n255\n", img.Rect.Dx(), img.Rect.Dy())
	if err := os.WriteFile(file, append([]byte(head), img.Pix...), 0o600); err != nil {
		t.Fatal(err)
	}
}
