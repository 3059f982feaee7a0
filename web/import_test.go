package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"juma/merchants"
	"juma/merchants/importfile"
	"juma/merchants/synthetic"
)

// tableOf is a table of n merchants of all kinds.
func tableOf(t *testing.T, n int) string {
	t.Helper()
	var b bytes.Buffer
	must(t, importfile.Write(&b, synthetic.Profiles(11, n)))
	return b.String()
}

// tableForm is a form with a table, and the type of its content. The file's name says
// nothing.
func (s *site) tableForm(session, table string, fields map[string]string) (contentType, body string) {
	s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	must(s.t, w.WriteField("csrf", s.sealer.formToken(session)))
	for name, value := range fields {
		must(s.t, w.WriteField(name, value))
	}
	part, err := w.CreateFormFile("table", "whatever.bin")
	must(s.t, err)
	_, err = part.Write([]byte(table))
	must(s.t, err)
	must(s.t, w.Close())
	return w.FormDataContentType(), b.String()
}

func (s *site) sendTable(session, table string, fields map[string]string) *http.Response {
	s.t.Helper()
	contentType, body := s.tableForm(session, table, fields)
	return s.browser(s.t, safariUA).as(session).do(http.MethodPost, importPath, contentType, body)
}

func (s *site) imported(t *testing.T) int {
	t.Helper()
	all, err := s.desk.Applications(context.Background(), merchants.ApplicationQuery{Limit: 1000})
	must(t, err)
	return len(slices.DeleteFunc(all, func(a merchants.ApplicationFile) bool { return a.Source != merchants.FromImport }))
}

// hidden is the value of a hidden field of a page.
func hidden(page, name string) string {
	m := regexp.MustCompile(`name="` + name + `"[^>]* value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return m[1]
}

func TestImportChecksFirstAndThenTakesAll(t *testing.T) {
	s, table := newSite(t), tableOf(t, 60)
	wantContains(t, wantStatus(t, s.sendTable("operator", table, map[string]string{"do": "import"}), http.StatusUnprocessableEntity), zh.text("error.import_unchecked"))
	page := wantStatus(t, s.sendTable("operator", table, map[string]string{"do": "check"}), http.StatusOK)
	wantContains(t, page, zh.text("import.right", "60"), zh.text("import.go", "60"))
	if n := s.imported(t); n != 0 {
		t.Fatalf("a dry run imported %d", n)
	}
	checked := map[string]string{"do": "import", "checked": hidden(page, "checked")}
	wantStatus(t, s.sendTable("operator", tableOf(t, 61), checked), http.StatusUnprocessableEntity) // another table
	if res := s.sendTable("operator", table, checked); res.StatusCode != http.StatusSeeOther || s.imported(t) != 60 {
		t.Fatalf("status %d, %d imported, want all 60", res.StatusCode, s.imported(t))
	}
	page = wantStatus(t, s.sendTable("operator", table, checked), http.StatusUnprocessableEntity)
	wantContains(t, page, zh.text("import.faults", "60"))
	if n := s.imported(t); n != 60 {
		t.Errorf("%d after the same table again, want 60 still", n)
	}
}

// TestImportReportsTheOneBadLine among many, masked, and imports nothing.
func TestImportReportsTheOneBadLine(t *testing.T) {
	s := newSite(t)
	lines := strings.Split(strings.TrimSuffix(tableOf(t, 300), "\n"), "\n")
	row, err := csv.NewReader(strings.NewReader(lines[257])).Read()
	must(t, err)
	secret := row[4]
	row[4] = secret[:17] + map[bool]string{true: "1", false: "0"}[secret[17] == '0'] // its check digit
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	must(t, w.Write(row))
	w.Flush()
	lines[257] = strings.TrimSpace(b.String())
	page := wantStatus(t, s.sendTable("operator", strings.Join(lines, "\n"), map[string]string{"do": "check"}), http.StatusOK)
	wantContains(t, page, zh.text("import.faults", "1"), `<td class="num">258</td><td class="mono">legal_id</td>`)
	if strings.Contains(page, row[4]) || strings.Contains(page, zh.text("import.go", "300")) || s.imported(t) != 0 {
		t.Error("the page shows an identity number, or offers to import, or did")
	}
	file := probe{route: "POST " + importPath + "/faults", form: url.Values{"faults": {hidden(page, "faults")}}}.send(s, "operator")
	rows, err := csv.NewReader(strings.NewReader(wantStatus(t, file, http.StatusOK))).ReadAll()
	must(t, err)
	if len(rows) != 2 || strings.Join(rows[0], ",") != "line,field,value,problem" || rows[1][0] != "258" || rows[1][1] != "legal_id" {
		t.Errorf("download %q", rows)
	}
	if kind := file.Header.Get("Content-Disposition"); !strings.HasPrefix(kind, "attachment") {
		t.Errorf("Content-Disposition %q", kind)
	}
	wantStatus(t, probe{route: "POST " + importPath + "/faults", form: url.Values{"faults": {"made up"}}}.send(s, "operator"), http.StatusBadRequest)
}

// TestImportLooksAtTheContent, not at a name; and reads no more than it may.
func TestImportLooksAtTheContent(t *testing.T) {
	s := newSite(t)
	for what, table := range map[string]string{"a picture": string(photo(t)), "an old workbook": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "half a workbook": "PK\x03\x04rest", "nothing": ""} {
		page := wantStatus(t, s.sendTable("operator", table, map[string]string{"do": "check"}), http.StatusOK)
		if !strings.Contains(page, zh.text("import.download")) || strings.Contains(page, `value="import"`) {
			t.Errorf("%s is taken for a table", what)
		}
	}
	wantStatus(t, s.sendTable("operator", strings.Repeat("x", maxTable), nil), http.StatusRequestEntityTooLarge)
	wantContains(t, wantStatus(t, probe{route: "POST " + importPath}.send(s, "operator"), http.StatusUnprocessableEntity), zh.text("error.import_empty"))
	if n := s.imported(t); n != 0 {
		t.Errorf("%d imported", n)
	}
}

// TestImportWithHtmx: the outcome comes in place, and an import leads on.
func TestImportWithHtmx(t *testing.T) {
	s, table := newSite(t), tableOf(t, 3)
	checked := hidden(bodyOf(t, s.sendTable("operator", table, nil)), "checked")
	contentType, body := s.tableForm("operator", table, map[string]string{"do": "import", "checked": checked})
	b := s.browser(t, safariUA).as("operator")
	b.header.Set("HX-Request", "true")
	res := b.do(http.MethodPost, importPath, contentType, body)
	if to := res.Header.Get("HX-Redirect"); res.StatusCode != http.StatusNoContent || !strings.HasPrefix(to, "/console/applications") || s.imported(t) != 3 {
		t.Errorf("status %d to %q, %d imported", res.StatusCode, to, s.imported(t))
	}
	wantStatus(t, b.do(http.MethodPost, importPath, contentType, body), http.StatusOK)
}

func TestImportTemplateIsATable(t *testing.T) {
	s := newSite(t)
	table := wantStatus(t, s.browser(t, safariUA).as("operator").get(importPath+"/template"), http.StatusOK)
	if strings.TrimSpace(table) != strings.Join(importfile.Columns, ",") {
		t.Errorf("template %q", table)
	}
}
