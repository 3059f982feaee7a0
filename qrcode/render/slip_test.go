package render

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"juma/internal/testneeds"
)

// A slip prints what it was given, Chinese and amounts, on one page; a character
// that no font has does not stop it.
func TestSlipPrintsItsText(t *testing.T) {
	slip := SlipText{
		Title: "商户结算单",
		Head:  []SlipRow{{"商户名称", "老王面馆（西湖店）🍜"}, {"商户编号", "999290058120001"}},
		Body:  []SlipRow{{"收款", "¥123,456.78"}, {"手续费", "− ¥469.00"}},
		Total: SlipRow{"到账", "¥122,987.78"}, Sign: "商户签名", Foot: "商户存根",
	}
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := Slip(b, slip); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) || !bytes.HasPrefix(first.Bytes(), []byte("%PDF-")) {
		t.Fatal("the same slip is not the same PDF")
	}
	pdftotext := testneeds.Tool(t, "poppler-utils", "pdftotext")
	path := filepath.Join(t.TempDir(), "slip.pdf")
	if err := os.WriteFile(path, first.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(pdftotext, "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"商户结算单", "老王面馆（西湖店）?", "999290058120001", "¥123,456.78", "469.00", "到账", "¥122,987.78", "商户签名", "商户存根"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not on the slip:\n%s", want, text)
		}
	}
	if n := strings.Count(string(text), "\f"); n != 1 {
		t.Errorf("%d pages", n)
	}
}
