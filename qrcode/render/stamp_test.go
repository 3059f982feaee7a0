package render

import (
	"bytes"
	"sync"
	"testing"
)

// TestStampsChangeNoByte: a plate is drawn alike by whoever comes first, by those
// after, by many at once, and where nothing more is kept.
func TestStampsChangeNoByte(t *testing.T) {
	draw := func(n string, tpl Template) []byte {
		var b bytes.Buffer
		if err := Plate(&b, FormatPNG, tpl, Label{Payload: "https://juma.example/q/" + n, Serial: n, Store: "示例茶饮", Issuer: "聚码"}, Options{}); err != nil {
			t.Error(err)
		}
		return b.Bytes()
	}
	forget := func() {
		stamps.Lock()
		defer stamps.Unlock()
		clear(stamps.kept)
	}
	for _, tpl := range []Template{Sticker, WallPlate} {
		forget()
		first := draw("100000000001", tpl)
		draw("100000000002", tpl)
		if !bytes.Equal(first, draw("100000000001", tpl)) {
			t.Errorf("%s: drawn from what is kept it differs", tpl.Name)
		}
		forget()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if !bytes.Equal(first, draw("100000000001", tpl)) {
					t.Errorf("%s: drawn by several at once it differs", tpl.Name)
				}
			})
		}
		all.Wait()
		if n := len(stamps.kept); n == 0 || n > 20 {
			t.Errorf("%s: %d stamps kept", tpl.Name, n)
		}
	}
}
