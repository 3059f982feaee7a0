package render

import (
	"bytes"
	"compress/zlib"
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

var label = Label{Payload: ownURL, Serial: "260310000001", Store: "春风小馆（静安店）", Issuer: "聚码 Juma 400-000-0000"}

func plateBytes(t testing.TB, f Format, tp Template, opt Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Plate(&b, f, tp, label, opt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func codeBytes(t testing.TB, f Format, payload string, opt Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Code(&b, f, payload, opt); err != nil {
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

func TestIndependentReaderReadsEveryProduct(t *testing.T) {
	dir, rnd := t.TempDir(), id.Seeded(7, "plates")
	var files, want []string
	add := func(payload string, picture []byte) {
		file := filepath.Join(dir, fmt.Sprintf("%02d.png", len(files)))
		if err := os.WriteFile(file, picture, 0o600); err != nil {
			t.Fatal(err)
		}
		files, want = append(files, file), append(want, payload)
	}
	for _, tp := range Templates {
		for _, logo := range []string{"", "聚"} {
			l := label
			l.Payload = "https://qr.95516.com/99982900/" + id.NewPlateKey(rnd)
			var b bytes.Buffer
			if err := Plate(&b, FormatPNG, tp, l, Options{Logo: logo, DPI: 150}); err != nil {
				t.Fatal(err)
			}
			add(l.Payload, b.Bytes())
		}
	}
	for i := range 40 {
		payload := "https://pay.juma.example/q/" + id.NewPlateKey(rnd)
		add(payload, codeBytes(t, FormatPNG, payload, Options{Level: Level(i % 4), Module: 3 + i%7}))
	}
	if got := decode(t, files); !slices.Equal(got, want) {
		t.Errorf("read\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestStandardLibraryReadsOurPNG: what was written is the matrix, to the pixel,
// as image/png sees it, with every size of module and every remainder.
func TestStandardLibraryReadsOurPNG(t *testing.T) {
	m, err := Matrix(ownURL, LevelM)
	if err != nil {
		t.Fatal(err)
	}
	whole := len(m) + 2*DefaultQuiet
	var options []Options
	for module := 1; module <= 9; module++ {
		options = append(options, Options{Module: module}, Options{Size: whole*module + 5*module%whole})
	}
	for _, opt := range append(options, Options{Size: 512}, Options{Size: maxSide}) {
		img, err := png.Decode(bytes.NewReader(codeBytes(t, FormatPNG, ownURL, opt)))
		if err != nil {
			t.Fatalf("%+v: %v", opt, err)
		}
		side, module := opt.Size, opt.Module
		if side == 0 {
			side = whole * module
		} else {
			module = side / whole
		}
		if img.Bounds() != image.Rect(0, 0, side, side) {
			t.Fatalf("%+v: picture is %v, want %d square", opt, img.Bounds(), side)
		}
		at := (side - len(m)*module) / 2
		for y := range side {
			for x := range side {
				mx, my := floorDiv(x-at, module), floorDiv(y-at, module)
				dark := mx >= 0 && my >= 0 && mx < len(m) && my < len(m) && m[my][mx]
				if img.(*image.Paletted).ColorIndexAt(x, y) == 1 != dark {
					t.Fatalf("%+v: pixel %d,%d: want dark %v", opt, x, y, dark)
				}
			}
		}
	}
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}

// TestAnyRowsSurviveCompression has Go's own reader take back whatever rows, of
// every width, repeated or not, and check the sum at the end.
func TestAnyRowsSurviveCompression(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		stride := rapid.SampledFrom([]int{1, 2, 3, 4, 9, 65, 257, 258, 259, 32768, 32769}).Draw(rt, "stride")
		d := newDeflater(nil, stride)
		var want []byte
		for range rapid.IntRange(0, 6).Draw(rt, "rows") {
			row := make([]byte, stride)
			for at := 0; at < stride; {
				n := min(stride-at, rapid.IntRange(1, max(1, stride/3)).Draw(rt, "run"))
				v := rapid.Byte().Draw(rt, "byte")
				for range n {
					row[at] = v
					at++
				}
			}
			times := rapid.IntRange(1, 5).Draw(rt, "times")
			d.row(row, times)
			want = append(want, bytes.Repeat(row, times)...)
		}
		z, err := zlib.NewReader(bytes.NewReader(d.close()))
		if err != nil {
			rt.Fatal(err)
		}
		got, err := io.ReadAll(z)
		if err != nil || !bytes.Equal(got, want) {
			rt.Fatalf("%d bytes came back as %d: %v", len(want), len(got), err)
		}
	})
}

// TestContoursAreTheMatrix fills the outlines of any matrix by both rules that
// readers know, even-odd and painting one over the other, and compares.
func TestContoursAreTheMatrix(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 24).Draw(rt, "side")
		m := make([][]bool, n)
		for y := range m {
			m[y] = rapid.SliceOfN(rapid.Bool(), n, n).Draw(rt, "row")
		}
		all := contours(m)
		for y := range n {
			for x := range n {
				inside, painted := 0, false
				for _, c := range all {
					if c.around(x, y) {
						inside++
						painted = c.area > 0
					}
				}
				if inside%2 == 1 != m[y][x] || painted != m[y][x] {
					rt.Fatalf("module %d,%d is inside %d outlines and painted %v, want dark %v", x, y, inside, painted, m[y][x])
				}
			}
		}
	})
}

// around tells whether the middle of a module is inside.
func (c contour) around(x, y int) bool {
	inside := false
	from := c.points[len(c.points)-1]
	for _, p := range c.points {
		if p.x == from.x && p.x > x && min(p.y, from.y) <= y && y < max(p.y, from.y) {
			inside = !inside
		}
		from = p
	}
	return inside
}

// golden are the pictures whose bytes are kept: a change that nobody meant shows.
func golden(t *testing.T) map[string][]byte {
	g := map[string][]byte{
		"code.png":      codeBytes(t, FormatPNG, ownURL, Options{}),
		"code_logo.png": codeBytes(t, FormatPNG, ownURL, Options{Logo: "聚"}),
		"code.svg":      codeBytes(t, FormatSVG, ownURL, Options{}),
		"sticker.png":   plateBytes(t, FormatPNG, Sticker, Options{DPI: 150}),
	}
	for _, f := range Formats[1:] {
		g["desk_stand."+string(f)] = plateBytes(t, f, DeskStand, Options{Logo: "聚"})
	}
	return g
}

func TestGolden(t *testing.T) {
	for name, got := range golden(t) {
		file := filepath.Join("testdata", name)
		if *update {
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

// TestSameInputSameBytes draws every product twice, the second time after others
// have passed through the caches.
func TestSameInputSameBytes(t *testing.T) {
	for _, f := range Formats {
		for _, tp := range Templates {
			first := plateBytes(t, f, tp, Options{})
			if err := Plate(io.Discard, f, tp, Label{Payload: "other", Serial: "9", Store: "别的店"}, Options{Logo: "J"}); err != nil {
				t.Fatal(err)
			}
			if second := plateBytes(t, f, tp, Options{}); !bytes.Equal(first, second) {
				t.Errorf("%s as %s: %s, then %s", tp.Name, f, digest(first), digest(second))
			}
		}
	}
}

func TestPicturesAreSmall(t *testing.T) {
	for _, c := range []struct {
		what string
		got  []byte
		most int
	}{
		{"code in PNG", codeBytes(t, FormatPNG, ownURL, Options{Size: 512}), 2_000},
		{"code in SVG", codeBytes(t, FormatSVG, ownURL, Options{}), 6_000},
		{"sticker in PNG", plateBytes(t, FormatPNG, Sticker, Options{}), 45_000},
		{"sticker in SVG", plateBytes(t, FormatSVG, Sticker, Options{}), 32_000},
		{"sticker in PDF", plateBytes(t, FormatPDF, Sticker, Options{}), 64_000},
	} {
		if len(c.got) > c.most {
			t.Errorf("%s takes %d bytes, want at most %d", c.what, len(c.got), c.most)
		}
	}
}

func TestRefusals(t *testing.T) {
	plate := func(l Label, opt Options) error { return Plate(io.Discard, FormatPNG, Sticker, l, opt) }
	code := func(payload string, opt Options) error { return Code(io.Discard, FormatPNG, payload, opt) }
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"empty payload":       {code("", Options{}), "payload"},
		"payload too long":    {code(strings.Repeat("a", LevelM.MaxPayload()+1), Options{}), "at most 2331 bytes"},
		"plate too long":      {plate(Label{Payload: strings.Repeat("a", 3000), Serial: "1"}, Options{}), "has 3000 bytes"},
		"no such level":       {code("x", Options{Level: 9}), "level"},
		"module too small":    {code("x", Options{Module: -1}), "module"},
		"module too large":    {code("x", Options{Module: 65}), "module"},
		"quiet too small":     {code("x", Options{Quiet: 3}), "quiet"},
		"size too small":      {code("x", Options{Size: 28}), "29 modules"},
		"size too large":      {code("x", Options{Size: 9000}), "size"},
		"resolution":          {code("x", Options{DPI: 5}), "dpi"},
		"marks":               {code("x", Options{Marks: 3}), "marks"},
		"long logo":           {code("x", Options{Logo: "JUMA"}), "logo"},
		"logo without form":   {code("x", Options{Logo: "\u0e01"}), "logo"},
		"logo over a pattern": {code(strings.Repeat("a", maxWithLogo+1), Options{Logo: "聚"}), "at most about 58"},
		"no such format":      {Code(io.Discard, "gif", "x", Options{}), "format"},
		"no serial":           {plate(Label{Payload: "x"}, Options{}), "serial"},
		"letters in it":       {plate(Label{Payload: "x", Serial: "A1"}, Options{}), "only digits"},
		"serial too long":     {plate(Label{Payload: "x", Serial: strings.Repeat("1", 25)}, Options{}), "serial"},
		"store's emoji":       {plate(Label{Payload: "x", Serial: "1", Store: "店😀"}, Options{}), "store"},
		"store's new line":    {plate(Label{Payload: "x", Serial: "1", Store: "店\n店"}, Options{}), "control"},
		"store too long":      {plate(Label{Payload: "x", Serial: "1", Store: strings.Repeat("店", 41)}, Options{}), "at most 40"},
		"no template":         {Plate(io.Discard, FormatPNG, Template{}, label, Options{}), "template"},
		"two on a sticker":    {Sheet(io.Discard, FormatPNG, Sticker, []Label{label, label}, Options{}), "holds 1 to 1"},
		"none":                {Sheet(io.Discard, FormatPDF, A4Sheet, nil, Options{}), "0 plates"},
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
	if err := code(strings.Repeat("a", maxWithLogo), Options{Logo: "聚"}); err != nil {
		t.Errorf("%d bytes with a logo: %v", maxWithLogo, err)
	}
	full := errors.New("disk full")
	if err := Code(failing{full}, FormatPNG, "x", Options{}); !errors.Is(err, full) {
		t.Errorf("got %v, want the writer's error", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// FuzzCode: whatever the payload, a picture or an Invalid error.
func FuzzCode(f *testing.F) {
	f.Add([]byte(ownURL), byte(0))
	f.Add([]byte{0xff, 0, '1', 'A', 0xe4}, byte(3))
	f.Fuzz(func(t *testing.T, payload []byte, choice byte) {
		opt := Options{Level: Level(choice % 5), Module: 1}
		if choice&64 != 0 {
			opt.Logo = "聚"
		}
		format := Formats[int(choice>>3)%len(Formats)]
		if err := Code(io.Discard, format, string(payload), opt); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}

// FuzzLabel: whatever the label, a plate or an Invalid error.
func FuzzLabel(f *testing.F) {
	f.Add(ownURL, "260310000001", "春风小馆", "Juma", byte(0))
	f.Fuzz(func(t *testing.T, payload, serial, store, issuer string, choice byte) {
		tp, format := Templates[int(choice)%len(Templates)], Formats[int(choice/8)%len(Formats)]
		l := Label{Payload: payload, Serial: serial, Store: store, Issuer: issuer}
		if err := Plate(io.Discard, format, tp, l, Options{DPI: 72}); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}

func BenchmarkPlate(b *testing.B) {
	for _, f := range Formats {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plateBytes(b, f, Sticker, Options{})
			}
		})
	}
}

func BenchmarkCode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := Code(io.Discard, FormatPNG, ownURL, Options{Size: 512}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMatrix(b *testing.B) {
	for b.Loop() {
		if _, err := Matrix(ownURL, LevelM); err != nil {
			b.Fatal(err)
		}
	}
}
