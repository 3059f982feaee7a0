package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/merchants/importfile"
)

const (
	// faultsShown and faultsKept bound how many faults the page lists, and how many it
	// keeps for the download.
	faultsShown, faultsKept = 200, 5000
)

// importPage is what import.html shows.
type importPage struct {
	Columns []string
	Code    string // text code of what went wrong
	Done    bool   // a table was checked, with what follows
	Count   int    // merchants in it
	Faults  []importfile.Fault
	Total   int    // of the faults
	Kept    string // the faults, sealed, for the download
	Capped  bool   // there are more than are kept
	Checked string // proof that this very table was found right
}

// checkedTable says that a table was found right. It ties the import to the dry run.
type checkedTable struct {
	SHA256 string `json:"d"`
}

func importPurpose(login string) string { return "import " + login }

func (s *Server) importForm(_ context.Context, r *request) (response, error) {
	return s.showImport(r, http.StatusOK, importPage{}), nil
}

// showImport shows the page. What htmx asked for is put into the page that is there,
// whatever became of it.
func (s *Server) showImport(r *request, status int, page importPage) response {
	page.Columns = importfile.Columns
	if status == http.StatusUnprocessableEntity && fromHtmx(r) {
		status = http.StatusOK
	}
	return s.page(r, "import", status, page)
}

func fromHtmx(r *request) bool { return r.Header.Get("HX-Request") == "true" }

// importTemplate is an empty table.
func (s *Server) importTemplate(_ context.Context, _ *request) (response, error) {
	var b bytes.Buffer
	err := importfile.Write(&b, nil)
	return csvFile("juma-merchants.csv", b.Bytes()), err
}

// csvFile is a table as a download.
func csvFile(name string, content []byte) response {
	return response{contentType: "text/csv; charset=utf-8", body: content}.with("Content-Disposition", attachment(name))
}

// importTable checks a table, and imports all of it when it is the one that was
// checked before and nothing is wrong with it still.
func (s *Server) importTable(ctx context.Context, r *request) (response, error) {
	file, header, err := r.FormFile("table")
	if err != nil { // no file was chosen, or the form is no form with files
		return s.showImport(r, http.StatusUnprocessableEntity, importPage{Code: "import_empty"}), nil
	}
	defer file.Close()
	digest, err := digestOf(file)
	if err != nil {
		return response{}, err
	}
	dry := r.PostForm.Get("do") != "import"
	if !dry && !s.wasChecked(r, digest) {
		return s.showImport(r, http.StatusUnprocessableEntity, importPage{Code: "import_unchecked"}), nil
	}
	job := importfile.Job{Today: bizdate.Of(s.cfg.Clock.Now()), By: r.user.Login, DryRun: dry, Sink: s.cfg.Import}
	n, faults, err := job.Run(ctx, file, header.Size)
	if err != nil {
		return response{}, err
	}
	if !dry && len(faults) == 0 {
		return s.withToast(goOn(r, "/console/applications?state=submitted"), "imported"), nil
	}
	return s.importOutcome(r, dry, digest, n, faults)
}

// digestOf reads a file to its end.
func digestOf(file multipart.File) (string, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", fault.Wrap("web.digestOf", fault.Internal, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func (s *Server) wasChecked(r *request, digest string) bool {
	var checked checkedTable
	return s.sealer.open(importPurpose(r.user.Login), r.PostForm.Get("checked"), &checked) && checked.SHA256 == digest
}

// goOn leads the browser to another page, also when htmx asked.
func goOn(r *request, to string) response {
	if fromHtmx(r) {
		return response{status: http.StatusNoContent}.with("HX-Redirect", to)
	}
	return redirect(http.StatusSeeOther, to)
}

// importOutcome shows what a look at a table found: its faults, or the way to import
// it.
func (s *Server) importOutcome(r *request, dry bool, digest string, n int, faults []importfile.Fault) (response, error) {
	page := importPage{Done: true, Count: n, Total: len(faults), Faults: faults[:min(len(faults), faultsShown)], Capped: len(faults) > faultsKept}
	status := http.StatusOK
	var err error
	switch {
	case len(faults) == 0:
		page.Checked, err = s.sealer.seal(importPurpose(r.user.Login), checkedTable{digest})
	default:
		page.Kept, err = s.sealer.seal(importPurpose(r.user.Login), faults[:min(len(faults), faultsKept)])
		if !dry {
			status = http.StatusUnprocessableEntity
		}
	}
	return s.showImport(r, status, page), err
}

// importFaults hands out the faults that the page keeps, as the command prints them.
func (s *Server) importFaults(_ context.Context, r *request) (response, error) {
	var faults []importfile.Fault
	if !s.sealer.open(importPurpose(r.user.Login), r.PostForm.Get("faults"), &faults) {
		return response{}, fault.Wrap("web.importFaults", fault.Invalid, errors.New("these are no faults of this login"))
	}
	var b bytes.Buffer
	err := importfile.WriteFaults(&b, faults)
	return csvFile("faults.csv", b.Bytes()), err
}
