package scan

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"juma/internal/fault"
	"juma/internal/id"
	"juma/qrcode/render"
)

func payloads(n int) []string {
	rnd := id.Seeded(11, "scan")
	all := make([]string, n)
	for i := range all {
		all[i] = "https://q.example.com/q/" + id.NewPlateKey(rnd)
	}
	return all
}

func sheet(t testing.TB, f render.Format, tp render.Template, codes []string, opt render.Options) []byte {
	t.Helper()
	var labels []render.Label
	for i, c := range codes {
		labels = append(labels, render.Label{Payload: c, Serial: fmt.Sprintf("2603100%05d", i+1), Store: []string{"", "春风小馆 回国四目"}[i%2], Issuer: "聚码"})
	}
	var b bytes.Buffer
	if err := render.Sheet(&b, f, tp, labels, opt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReadsBackEverythingThatIsDrawn: every product in every format, with a logo
// and without, as many plates as it holds, in order.
func TestReadsBackEverythingThatIsDrawn(t *testing.T) {
	for _, tp := range render.Templates {
		for _, f := range render.Formats {
			for _, opt := range []render.Options{{DPI: 150}, {Logo: "聚", Marks: render.MarksAlways}, {Level: render.LevelQ, Marks: render.MarksNever}} {
				n := tp.PerPage()
				if f == render.FormatPDF {
					n = 2*n + 1 // the last page is not full
				}
				want := payloads(n)
				got, err := Reader(bytes.NewReader(sheet(t, f, tp, want, opt)))
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%s as %s with %+v: %v\ngot  %s\nwant %s", tp.Name, f, opt, err, got, want)
				}
			}
		}
	}
}

// TestReadsBackAnyCode: any text, any format, any size of picture.
func TestReadsBackAnyCode(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		payload := rapid.StringMatching(`[ -~]{1,120}`).Draw(rt, "payload")
		opt := render.Options{
			Level: render.Level(rapid.IntRange(0, 3).Draw(rt, "level")), Module: rapid.IntRange(1, 9).Draw(rt, "module"),
			Logo: rapid.SampledFrom([]string{"", "", "聚", "Pay"[:2]}).Draw(rt, "logo"),
		}
		if opt.Logo != "" {
			payload = payload[:min(len(payload), 58)]
		}
		f := rapid.SampledFrom(render.Formats).Draw(rt, "format")
		var b bytes.Buffer
		if err := render.Code(&b, f, payload, opt); err != nil {
			rt.Fatal(err)
		}
		if got, err := Reader(&b); err != nil || !slices.Equal(got, []string{payload}) {
			rt.Fatalf("%s %+v: got %q, %v", f, opt, got, err)
		}
	})
}

// TestPhotos: tilted by 15 degrees, 0.5 % of the pixels wrong, unevenly lit, as
// JPEG.
func TestPhotos(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	read := 0
	const all = 20
	for _, want := range payloads(all) {
		var b bytes.Buffer
		if err := render.Code(&b, render.FormatPNG, want, render.Options{Module: 6}); err != nil {
			t.Fatal(err)
		}
		img, _, err := image.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		b.Reset()
		if err := jpeg.Encode(&b, spoil(img, rnd), nil); err != nil {
			t.Fatal(err)
		}
		if got, err := Reader(&b); err == nil && slices.Equal(got, []string{want}) {
			read++
		} else if err == nil {
			t.Errorf("read %q, want %q: a wrong code is worse than none", got, want)
		}
	}
	if read < all*9/10 { // the decoder is for files; a person with a photo tries again
		t.Errorf("read %d of %d photos", read, all)
	}
}

func spoil(img image.Image, rnd *rand.Rand) image.Image {
	size := img.Bounds().Dx()
	side := size * 5 / 4
	out := image.NewGray(image.Rect(0, 0, side, side))
	sin, cos := math.Sincos(15 * math.Pi / 180)
	for y := range side {
		for x := range side {
			dx, dy := float64(x-side/2), float64(y-side/2)
			sx, sy := int(cos*dx+sin*dy)+size/2, int(cos*dy-sin*dx)+size/2
			v := 255.0
			if image.Pt(sx, sy).In(img.Bounds()) {
				r, _, _, _ := img.At(sx, sy).RGBA()
				v = float64(r >> 8)
			}
			if rnd.IntN(200) == 0 {
				v = 255 - v
			}
			v = 40 + v*(0.4+0.3*float64(x)/float64(side))
			out.SetGray(x, y, color.Gray{Y: uint8(v)})
		}
	}
	return out
}

// TestDamageIsTold: what cannot be read is an error that says where.
func TestDamageIsTold(t *testing.T) {
	codes := payloads(12)
	whole := sheet(t, render.FormatSVG, render.A4Sheet, codes, render.Options{})
	path := regexp.MustCompile(`<path fill="#000000" fill-rule="evenodd" d="[^"]*"/>`)
	places := path.FindAllIndex(whole, -1)
	if len(places) != 12 {
		t.Fatalf("%d codes in the sheet", len(places))
	}
	// A white patch over the middle of the fifth code.
	blot := slices.Concat(whole[:places[4][1]], []byte(`<path fill="#ffffff" d="M9700 9000h1500v1600h-1500z"/>`), whole[places[4][1]:])
	_, blotErr := Reader(bytes.NewReader(blot))
	missing := slices.Concat(whole[:places[4][0]], whole[places[4][1]:])
	if got, err := Reader(bytes.NewReader(missing)); err != nil || !slices.Equal(got, slices.Delete(slices.Clone(codes), 4, 5)) {
		t.Errorf("a sheet without its fifth code: %v, %v", got, err)
	}
	pdf := sheet(t, render.FormatPDF, render.Sticker, codes[:2], render.Options{})
	svg := func(s string) error { _, err := Reader(strings.NewReader(s)); return err }
	read := func(b []byte) error { _, err := Reader(bytes.NewReader(b)); return err }
	for name, c := range map[string]struct {
		err  error
		kind fault.Kind
		says string
	}{
		"blot":           {blotErr, fault.Corrupt, "11 codes were read, but not the one at"},
		"text":           {svg("hello"), fault.Invalid, "no PNG"},
		"nothing":        {svg(""), fault.Invalid, "no PNG"},
		"svg of nothing": {svg(`<svg width="10mm" viewBox="0 0 10 10"></svg>`), fault.Corrupt, "no code"},
		"foreign svg":    {svg(`<svg width="10mm" viewBox="0 0 10 10"><circle/></svg>`), fault.Corrupt, "<circle>"},
		"cut svg":        {read(whole[:2000]), fault.Corrupt, "XML"},
		"cut png":        {read(sheet(t, render.FormatPNG, render.Sticker, codes[:1], render.Options{})[:900]), fault.Corrupt, "pixel data"},
		"cut pdf":        {read(pdf[:len(pdf)/2]), fault.Corrupt, "startxref"},
		"no such file":   {func() error { _, err := File(filepath.Join(t.TempDir(), "x.png")); return err }(), fault.NotFound, "x.png"},
	} {
		if !fault.Is(c.err, c.kind) || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%s: got %v, want %s that says %q", name, c.err, c.kind, c.says)
		}
	}
}

func TestFile(t *testing.T) {
	want := payloads(3)
	file := filepath.Join(t.TempDir(), "plates.pdf")
	if err := os.WriteFile(file, sheet(t, render.FormatPDF, render.DeskStand, want, render.Options{}), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := File(file); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

// FuzzReader: whatever the file, codes or an error of the kinds that are promised.
func FuzzReader(f *testing.F) {
	for _, format := range render.Formats {
		var b bytes.Buffer
		if err := render.Code(&b, format, "x", render.Options{Module: 1}); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		codes, err := Reader(bytes.NewReader(data))
		if err == nil && len(codes) == 0 || err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Corrupt) {
			t.Fatalf("%q, %v", codes, err)
		}
	})
}

// FuzzPage: whatever a page of a PDF says.
func FuzzPage(f *testing.F) {
	var b bytes.Buffer
	if err := render.Code(&b, render.FormatPDF, "x", render.Options{}); err != nil {
		f.Fatal(err)
	}
	d := &pdfFile{data: b.Bytes()}
	if err := d.readTable(); err != nil {
		f.Fatal(err)
	}
	pages, err := d.pages()
	if err != nil {
		f.Fatal(err)
	}
	content, err := d.contents(pages[0]["/Contents"])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content[:min(len(content), 600)])
	f.Add([]byte("q 1 0 0 1 0 0 cm 1e300 -1e300 m nan 0 l 0 0 1 1 re f* Q [ (a) <41> << /A /B >> ] TJ"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := pen{bits: newBitmap(50, 50), state: penState{to: affine{a: 1, d: 1}}}
		_ = p.follow(data)
	})
}

func BenchmarkFile(b *testing.B) {
	for _, f := range render.Formats {
		data := sheet(b, f, render.Sticker, payloads(1), render.Options{})
		b.Run(string(f), func(b *testing.B) {
			for b.Loop() {
				if _, err := Reader(bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	var code bytes.Buffer
	if err := render.Code(&code, render.FormatPNG, payloads(1)[0], render.Options{Size: 512}); err != nil {
		b.Fatal(err)
	}
	b.Run("code", func(b *testing.B) {
		for b.Loop() {
			if _, err := Reader(bytes.NewReader(code.Bytes())); err != nil {
				b.Fatal(err)
			}
		}
	})
}
