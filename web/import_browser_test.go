package web

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestImportInABrowser: with scripts the outcome comes in place, so that the file
// stays chosen and is imported by one more button.
func TestImportInABrowser(t *testing.T) {
	p := newBrowser(t, time.Minute)
	front := httptest.NewUnstartedServer(nil)
	base := "http://" + front.Listener.Addr().String()
	s := newSite(t, func(c *Config) { c.PublicURL = base })
	front.Config.Handler = s.Handler()
	front.Start()
	defer front.Close()
	right, wrong := filepath.Join(t.TempDir(), "right.csv"), filepath.Join(t.TempDir(), "wrong.csv")
	table := tableOf(t, 12)
	must(t, os.WriteFile(right, []byte(table), 0o644))
	must(t, os.WriteFile(wrong, []byte(strings.ReplaceAll(table, ",micro,", ",tiny,")), 0o644))
	check, file := chromedp.CSS(`button[value="check"]`), chromedp.CSS(`input[type=file]`)
	for i, c := range []struct {
		language string
		width    int64
	}{{"zh-CN", 360}, {"en", 1280}} {
		p.visit(s, base, visit{sample{session: "operator"}, importPath}, c.language)
		p.do(chromedp.EmulateViewport(c.width, 800), chromedp.SetUploadFiles(file, []string{wrong}), chromedp.Click(check))
		p.becomes(`document.querySelector('#outcome tbody')`)
		name := "import with faults in " + c.language
		p.check(name, optionsOf["light"])
		p.shoot(name)
		p.do(chromedp.SetUploadFiles(file, []string{right}), chromedp.Click(check))
		p.becomes(`document.querySelector('#outcome button[value="import"]')`)
		says(p, `document.querySelector('input[type=file]').files.length`, 1)
		p.check("import without faults in "+c.language, optionsOf["light"])
		p.shoot("import without faults in " + c.language)
		if i == 1 {
			p.do(chromedp.Click(chromedp.CSS(`#outcome button[value="import"]`)))
			p.becomes(`location.pathname === '/console/applications' && document.readyState === 'complete'`)
			p.wantText(".toast", en.text("toast.imported")+"×")
		}
	}
	p.quiet()
	if n := s.imported(t); n != 12 {
		t.Errorf("%d imported, want 12", n)
	}
}
