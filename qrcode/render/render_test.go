package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/testneeds"
)

var update = flag.Bool("update", false, "rewrite the golden pictures in testdata; look at them before committing")

const ownURL = "https://pay.juma.example/q/0123456789ABCDEFGHJKMN"

func plateBytes(t testing.TB, payload, serial string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := PlatePNG(&b, PlateInfo{payload, serial}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngBytes(t testing.TB, payload string, opt Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := PNG(&b, payload, opt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// decode has zbarimg, an independent reader, read each file.
func decode(t *testing.T, files []string) []string {
	t.Helper()
	zbarimg := testneeds.Tool(t, "zbar-tools", "zbarimg")
	out, err := exec.Command(zbarimg, append([]string{"--quiet", "--raw"}, files...)...).Output()
	if err != nil {
		t.Fatalf("zbarimg: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func TestIndependentReaderReadsFiftyPictures(t *testing.T) {
	dir, rnd := t.TempDir(), id.Seeded(7, "plates")
	var files, want []string
	for i := range 50 {
		key := id.NewPlateKey(rnd)
		payload := "https://qr.95516.com/99982900/" + key
		if i%2 == 1 {
			payload = "https://pay.juma.example/q/" + key
		}
		picture := plateBytes(t, payload, fmt.Sprintf("260310%05d", i+1))
		if i%5 == 0 {
			picture = pngBytes(t, payload, Options{Level: Level(i / 5 % 4), Module: 3 + i/5%7})
		}
		file := filepath.Join(dir, fmt.Sprintf("%02d.png", i))
		if err := os.WriteFile(file, picture, 0o600); err != nil {
			t.Fatal(err)
		}
		files, want = append(files, file), append(want, payload)
	}
	if got := decode(t, files); !slices.Equal(got, want) {
		t.Errorf("read\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestStandardLibraryReadsOurPNG: what encodePNG wrote is what canvas held, to
// the pixel, as image/png sees it.
func TestStandardLibraryReadsOurPNG(t *testing.T) {
	for module := 1; module <= 9; module++ {
		img, err := png.Decode(bytes.NewReader(pngBytes(t, ownURL, Options{Module: module})))
		if err != nil {
			t.Fatalf("module %d: %v", module, err)
		}
		m, err := Matrix(ownURL, LevelM)
		if err != nil {
			t.Fatal(err)
		}
		if want := (len(m) + 8) * module; img.Bounds() != image.Rect(0, 0, want, want) {
			t.Fatalf("module %d: picture is %v, want %d square", module, img.Bounds(), want)
		}
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				mx, my := x/module-4, y/module-4
				dark := mx >= 0 && my >= 0 && mx < len(m) && my < len(m) && m[my][mx]
				if r, _, _, _ := img.At(x, y).RGBA(); (r == 0) != dark {
					t.Fatalf("module %d: pixel %d,%d has red %d, want dark %v", module, x, y, r, dark)
				}
			}
		}
	}
}

// TestAnyCanvasSurvives draws random rectangles and reads them back.
func TestAnyCanvasSurvives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, h := rapid.IntRange(1, 300).Draw(rt, "w"), rapid.IntRange(1, 60).Draw(rt, "h")
		colours := platePalette
		if rapid.Bool().Draw(rt, "two colours") {
			colours = palette{white, black}
		}
		c := newCanvas(w, h, colours)
		want := make([]byte, w*h)
		for range rapid.IntRange(0, 12).Draw(rt, "rectangles") {
			x, y := rapid.IntRange(0, w-1).Draw(rt, "x"), rapid.IntRange(0, h-1).Draw(rt, "y")
			rw, rh := rapid.IntRange(1, w-x).Draw(rt, "rw"), rapid.IntRange(1, h-y).Draw(rt, "rh")
			colour := byte(rapid.IntRange(0, len(colours)-1).Draw(rt, "colour"))
			c.fill(x, y, rw, rh, colour)
			for py := y; py < y+rh; py++ {
				for px := x; px < x+rw; px++ {
					want[py*w+px] = colour
				}
			}
		}
		var b bytes.Buffer
		encodePNG(&b, c)
		img, err := png.Decode(&b)
		if err != nil {
			rt.Fatal(err)
		}
		for py := range h {
			for px := range w {
				if got := img.(*image.Paletted).ColorIndexAt(px, py); got != want[py*w+px] {
					rt.Fatalf("pixel %d,%d is %d, want %d", px, py, got, want[py*w+px])
				}
			}
		}
	})
}

func TestGolden(t *testing.T) {
	for name, got := range map[string][]byte{
		"plate.png": plateBytes(t, ownURL, "26031000001"),
		"code.png":  pngBytes(t, ownURL, Options{}),
	} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes with SHA-256 %s differ from the golden picture of %d bytes", name, len(got), digest(got), len(want))
		}
	}
}

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:8])
}

func TestPicturesAreSmall(t *testing.T) {
	if n := len(pngBytes(t, ownURL, Options{})); n > 2500 {
		t.Errorf("a code takes %d bytes, want at most 2500", n)
	}
	if n := len(plateBytes(t, ownURL, "26031000001")); n > 6000 {
		t.Errorf("a plate takes %d bytes, want at most 6000", n)
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"empty payload":    {PNG(io.Discard, "", Options{}), "payload"},
		"payload too long": {PNG(io.Discard, strings.Repeat("a", LevelM.MaxPayload()+1), Options{}), "at most 2331 bytes"},
		"plate too long":   {PlatePNG(io.Discard, PlateInfo{strings.Repeat("a", 3000), "1"}), "has 3000 bytes"},
		"no such level":    {PNG(io.Discard, "x", Options{Level: 9}), "level"},
		"module too small": {PNG(io.Discard, "x", Options{Module: -1}), "module"},
		"module too large": {PNG(io.Discard, "x", Options{Module: 65}), "module"},
		"quiet too small":  {PNG(io.Discard, "x", Options{Quiet: 3}), "quiet"},
		"no serial":        {PlatePNG(io.Discard, PlateInfo{"x", ""}), "serial"},
		"letters in it":    {PlatePNG(io.Discard, PlateInfo{"x", "A1"}), "only digits"},
		"serial too long":  {PlatePNG(io.Discard, PlateInfo{"x", strings.Repeat("1", 25)}), "serial"},
	} {
		if !fault.Is(c.err, fault.Invalid) || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%s: got %v, want Invalid that says %q", name, c.err, c.says)
		}
	}
	for level, n := range maxPayload {
		if _, err := Matrix(strings.Repeat("a", n), level); err != nil {
			t.Errorf("level %d holds %d bytes, refused: %v", level, n, err)
		}
	}
	full := errors.New("disk full")
	if err := PNG(failing{full}, "x", Options{}); !errors.Is(err, full) {
		t.Errorf("got %v, want the writer's error", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func BenchmarkPlatePNG(b *testing.B) {
	for b.Loop() {
		plateBytes(b, ownURL, "26031000001")
	}
}

func BenchmarkPNG(b *testing.B) {
	for b.Loop() {
		pngBytes(b, ownURL, Options{})
	}
}

func BenchmarkMatrix(b *testing.B) {
	for b.Loop() {
		if _, err := Matrix(ownURL, LevelM); err != nil {
			b.Fatal(err)
		}
	}
}
