package picture_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"juma/internal/fault"
	"juma/merchants/picture"
)

var (
	red, green = color.RGBA{0xe0, 0x10, 0x10, 0xff}, color.RGBA{0x10, 0xc0, 0x10, 0xff}
	blue, grey = color.RGBA{0x10, 0x10, 0xe0, 0xff}, color.RGBA{0x80, 0x80, 0x80, 0xff}
)

// quarters is a picture whose corners are red (top left), green (top right), blue
// (bottom left) and grey.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [2][2]color.RGBA{{red, green}, {blue, grey}}[2*y/h][2*x/w]
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exif is a TIFF structure with an orientation and a maker's name.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	head := map[string]string{"LittleEndian": "II*\x00", "BigEndian": "MM\x00*"}[order.String()]
	b := order.AppendUint32([]byte(head), 8)
	b = order.AppendUint16(b, 2) // entries
	b = append(order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x010f), 2), 4), "Cam\x00"...)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x0112), 3), 1)
	b = order.AppendUint16(order.AppendUint16(b, orientation), 0)
	return order.AppendUint32(b, 0)
}

// withSegment puts an APPn segment behind the start of a JPEG.
func withSegment(b []byte, code byte, body []byte) []byte {
	out := append([]byte{0xff, 0xd8, 0xff, code}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...)
	return append(append(out, body...), b[2:]...)
}

func chunk(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, kind...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func read(t testing.TB, b []byte) (picture.Picture, image.Image) {
	t.Helper()
	p, err := picture.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	if m.Bounds() != image.Rect(0, 0, p.Width, p.Height) || len(p.SHA256) != 64 {
		t.Fatalf("%v is said to be %d × %d, digest %s", m.Bounds(), p.Width, p.Height, p.SHA256)
	}
	return p, m
}

// corner names the corner of a picture that has a colour.
func corner(t testing.TB, m image.Image, c color.RGBA) string {
	t.Helper()
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	for name, at := range map[string]image.Point{"TL": {w / 8, h / 8}, "TR": {w - w/8, h / 8}, "BL": {w / 8, h - h/8}, "BR": {w - w/8, h - h/8}} {
		r, g, b, _ := m.At(at.X, at.Y).RGBA()
		far := 0
		for _, d := range []int{int(r>>8) - int(c.R), int(g>>8) - int(c.G), int(b>>8) - int(c.B)} {
			far = max(far, d, -d)
		}
		if far < 40 {
			return name
		}
	}
	return "nowhere"
}

func TestEveryKindBecomesAJPEG(t *testing.T) {
	small := quarters(64, 48)
	paletted := image.NewPaletted(small.Rect, color.Palette{red, green, blue, grey})
	deep := image.NewNRGBA64(small.Rect)
	for y := range 48 {
		for x := range 64 {
			paletted.Set(x, y, small.At(x, y))
			deep.Set(x, y, small.At(x, y))
		}
	}
	for name, b := range map[string][]byte{"JPEG": asJPEG(t, small), "PNG": asPNG(t, small), "paletted": asPNG(t, paletted), "16 bits": asPNG(t, deep)} {
		p, m := read(t, b)
		if p.Width != 64 || p.Height != 48 || corner(t, m, red) != "TL" || corner(t, m, green) != "TR" || corner(t, m, blue) != "BL" {
			t.Errorf("%s: %d × %d, red %s", name, p.Width, p.Height, corner(t, m, red))
		}
	}
	webp, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := read(t, webp); p.Width != 1 {
		t.Errorf("WebP: %+v", p)
	}
	clear := image.NewNRGBA(image.Rect(0, 0, 20, 20)) // all transparent: white paper
	_, m := read(t, asPNG(t, clear))
	if r, g, b, _ := m.At(10, 10).RGBA(); r>>8 < 250 || g>>8 < 250 || b>>8 < 250 {
		t.Errorf("transparent became %d %d %d", r>>8, g>>8, b>>8)
	}
}

func TestLargePicturesShrink(t *testing.T) {
	for _, c := range []struct{ w, h, wantW, wantH int }{{3200, 1920, 2560, 1536}, {800, 3200, 640, 2560}, {2560, 10, 2560, 10}, {9000, 3, 2560, 1}} {
		p, m := read(t, asJPEG(t, quarters(c.w, c.h)))
		if p.Width != c.wantW || p.Height != c.wantH {
			t.Errorf("%d × %d became %d × %d", c.w, c.h, p.Width, p.Height)
		}
		if c.wantH > 100 && (corner(t, m, red) != "TL" || corner(t, m, grey) != "BR") {
			t.Errorf("%d × %d: red %s, grey %s", c.w, c.h, corner(t, m, red), corner(t, m, grey))
		}
	}
}

// TestPicturesAreTurnedUpright: for each orientation, where the stored picture's
// top left and top right corners are seen (EXIF 2.3, 4.6.4).
func TestPicturesAreTurnedUpright(t *testing.T) {
	for i, want := range []string{"TL TR", "TR TL", "BR BL", "BL BR", "TL BL", "TR BR", "BR TR", "BL TL"} {
		orientation := uint16(i + 1)
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			tiff := exif(order, orientation)
			for name, b := range map[string][]byte{
				"JPEG": withSegment(asJPEG(t, quarters(80, 40)), 0xe1, append([]byte("Exif\x00\x00"), tiff...)),
				"PNG":  bytes.Replace(asPNG(t, quarters(80, 40)), asPNG(t, quarters(80, 40))[8:33], append(asPNG(t, quarters(80, 40))[8:33], chunk("eXIf", tiff)...), 1),
			} {
				p, m := read(t, b)
				if got := corner(t, m, red) + " " + corner(t, m, green); got != want {
					t.Errorf("%s %s orientation %d: %s, want %s", name, order, orientation, got, want)
				}
				if turned := p.Height == 80; turned != (orientation >= 5) {
					t.Errorf("%s orientation %d: %d × %d", name, orientation, p.Width, p.Height)
				}
				if bytes.Contains(p.JPEG, []byte("Exif")) || bytes.Contains(p.JPEG, []byte("Cam")) {
					t.Errorf("%s: EXIF is still there", name)
				}
			}
		}
	}
}

func TestDamagedEXIFIsPassedOver(t *testing.T) {
	good := exif(binary.BigEndian, 6)
	for _, tiff := range [][]byte{nil, good[:7], good[:9], good[:20], append([]byte("XX*\x00"), good[4:]...), exif(binary.LittleEndian, 9), {'M', 'M', 0, '*', 0xff, 0xff, 0xff, 0xff}, {'M', 'M', 0, '*', 0, 0, 0, 8, 0xff, 0xff}} {
		p, _ := read(t, withSegment(asJPEG(t, quarters(80, 40)), 0xe1, append([]byte("Exif\x00\x00"), tiff...)))
		if p.Width != 80 {
			t.Errorf("%x turned the picture", tiff)
		}
	}
}

// TestNothingElseComesAlong: archives and scripts that hide in a picture.
func TestNothingElseComesAlong(t *testing.T) {
	photo := asJPEG(t, quarters(64, 48))
	script := []byte("<script>alert(1)</script>")
	for name, b := range map[string][]byte{
		"behind the end":  append(append([]byte{}, photo...), append([]byte("PK\x03\x04"), script...)...),
		"in a comment":    withSegment(photo, 0xfe, script),
		"in a profile":    withSegment(photo, 0xe2, script),
		"in a PNG's text": bytes.Replace(asPNG(t, quarters(64, 48)), []byte("\x00\x00\x00\x00IEND"), append(chunk("tEXt", append([]byte("a\x00"), script...)), "\x00\x00\x00\x00IEND"...), 1),
	} {
		if !bytes.Contains(b, script) {
			t.Fatalf("%s: the test hides nothing", name)
		}
		if p, _ := read(t, b); bytes.Contains(p.JPEG, []byte("script")) || bytes.Contains(p.JPEG, []byte("PK\x03\x04")) {
			t.Errorf("%s: it came along", name)
		}
	}
}

// sized is a JPEG or PNG header that declares dimensions, with a little content.
func sizedPNG(w, h uint32, depth, kind byte) []byte {
	b := append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h), depth, kind, 0, 0, 0)
	return append([]byte("\x89PNG\r\n\x1a\n"), append(chunk("IHDR", b), append(chunk("IDAT", []byte{0x78, 0x9c, 1}), chunk("IEND", nil)...)...)...)
}

func sizedJPEG(t testing.TB, w, h uint16, frame byte) []byte {
	b := asJPEG(t, quarters(16, 16))
	at := bytes.Index(b, []byte{0xff, 0xc0})
	b[at+1] = frame
	binary.BigEndian.PutUint16(b[at+5:], h)
	binary.BigEndian.PutUint16(b[at+7:], w)
	return b
}

// TestWhatIsNoPhotoIsRefused: by content, whatever it is called; and bombs before
// they are decoded, which the time and the memory show.
func TestWhatIsNoPhotoIsRefused(t *testing.T) {
	photo := asJPEG(t, quarters(64, 48))
	sos := bytes.Index(photo, []byte{0xff, 0xda})
	eoi := len(photo) - 2
	for name, c := range map[string]struct {
		b    []byte
		says string
	}{
		"empty":            {nil, "empty"},
		"text":             {[]byte("hello"), "no picture"},
		"HTML":             {[]byte("<html><script>"), "no picture"},
		"SVG":              {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>`), "no picture"},
		"zip":              {[]byte("PK\x03\x04\x14\x00"), "no picture"},
		"program":          {[]byte("\x7fELF\x02\x01"), "no picture"},
		"PDF":              {[]byte("%PDF-1.7"), "PDF"},
		"HEIC":             {[]byte("\x00\x00\x00\x18ftypheic\x00\x00"), "HEIC"},
		"GIF":              {[]byte("GIF89a\x01\x00\x01\x00"), "GIF"},
		"too many bytes":   {append(append([]byte{}, photo...), make([]byte, picture.MaxBytes)...), "10 MiB"},
		"JPEG cut":         {photo[:len(photo)/2], "incomplete"},
		"only a beginning": {photo[:3], "incomplete"},
		"PNG cut":          {asPNG(t, quarters(64, 48))[:60], "incomplete"},
		"PNG damaged":      {bytes.Replace(asPNG(t, quarters(64, 48)), []byte("IDAT"), []byte("IDAT\x01"), 1), "damaged"},
		"PNG bomb":         {sizedPNG(60_000, 60_000, 8, 6), "smaller"},
		"PNG overflow":     {sizedPNG(0x7fffffff, 0x7fffffff, 8, 6), "damaged"},
		"long PNG":         {sizedPNG(12_001, 1, 8, 6), "smaller"},
		"large PNG":        {sizedPNG(11_000, 11_000, 1, 0), "smaller"},
		"large lossless":   {append([]byte("RIFF\x20\x00\x00\x00WEBPVP8L\x05\x00\x00\x00\x2f"), 0xff, 0xff, 0xff, 0x0f, 0, 0), "smaller"},
		"JPEG bomb":        {sizedJPEG(t, 65_000, 65_000, 0xc0), "smaller"},
		"progressive bomb": {sizedJPEG(t, 7000, 5700, 0xc2), "too much to open"},
		"many scans":       {append(append([]byte{}, photo[:eoi]...), append(bytes.Repeat(photo[sos:eoi], 100), 0xff, 0xd9)...), "too much to open"},
		"animated WebP":    {[]byte("RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00ANIM\x00\x00\x00\x00"), "WebP"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := picture.Read(bytes.NewReader(c.b))
		runtime.ReadMemStats(&after)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
		var f *fault.Error
		if !errors.As(err, &f) || !slices.Contains(picture.Reasons, f.Value) {
			t.Errorf("%s: %v has no reason that pages know", name, err)
		}
		if d, m := time.Since(start), after.TotalAlloc-before.TotalAlloc; d > 5*time.Second || m > 64<<20 {
			t.Errorf("%s took %v and %d MiB", name, d, m>>20)
		}
	}
}

// TestLargestPhotoIsTaken: 40 million pixels, which a limit must not refuse.
func TestLargestPhotoIsTaken(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 8000, 5000))
	start := time.Now()
	if p, _ := read(t, asJPEG(t, m)); p.Width != 2560 || p.Height != 1600 {
		t.Errorf("%d × %d", p.Width, p.Height)
	}
	t.Logf("40 million pixels in %v", time.Since(start))
}

func TestReaderThatFails(t *testing.T) {
	if _, err := picture.Read(iotest.ErrReader(errors.New("connection lost"))); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	if _, err := picture.Read(io.MultiReader(bytes.NewReader(asJPEG(t, quarters(9, 9))), iotest.ErrReader(io.ErrUnexpectedEOF))); err == nil {
		t.Error("a photo that broke off on its way was taken")
	}
}

// FuzzRead: whatever comes, the answer is a picture that opens or a sentence.
func FuzzRead(f *testing.F) {
	f.Add(asJPEG(f, quarters(9, 7)))
	f.Add(asPNG(f, quarters(9, 7)))
	f.Add(withSegment(asJPEG(f, quarters(9, 7)), 0xe1, append([]byte("Exif\x00\x00"), exif(binary.BigEndian, 6)...)))
	f.Add(sizedPNG(3, 3, 16, 6))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := picture.Read(bytes.NewReader(b))
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(p.JPEG))
		if err != nil || c.Width != p.Width || c.Height != p.Height || max(c.Width, c.Height) > picture.LongSide {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}
