package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"juma/internal/fault"
	"juma/qrcode/bindfile"
)

// maxBindFile is the largest file of bindings that is taken, in bytes.
const maxBindFile = 1 << 20

// maxFaults is how many faults the page lists; the file of faults has all.
const maxFaults = 100

// bindFilePage is what bind_file.html shows.
type bindFilePage struct {
	Columns []string
	Reason  string
	Fit     int // lines that could be bound; only checked
	Bound   int
	Faults  []bindfile.Problem // the first of them
	Found   int                // of all
	Text    string             // the file, to ask for its faults with
	Code    string
}

// bindFile is where a file of bindings is sent.
func (s *Server) bindFile(_ context.Context, r *request) (response, error) {
	return s.showBindFile(r, http.StatusOK, bindFilePage{}), nil
}

func (s *Server) showBindFile(r *request, status int, page bindFilePage) response {
	page.Columns = bindfile.Columns
	return s.page(r, "bind_file", status, page)
}

// bindFileSubmit checks a file, and binds what it says when all of it can be bound
// and binding was asked for.
func (s *Server) bindFileSubmit(ctx context.Context, r *request) (response, error) {
	reason, code := bindReason(r, false)
	page := bindFilePage{Reason: reason, Code: code}
	var text []byte
	if page.Code == "" {
		text, page.Code = fileOfForm(r)
	}
	if page.Code != "" {
		return s.showBindFile(r, http.StatusUnprocessableEntity, page), nil
	}
	var err error
	if r.PostForm.Get("then") == "bind" {
		page.Bound, page.Faults, err = s.cfg.BindFiles.Bind(ctx, bytes.NewReader(text), r.user.Login, reason)
	} else {
		page.Fit, page.Faults, err = s.cfg.BindFiles.Check(ctx, bytes.NewReader(text))
	}
	if page.Code = fileFault(err); page.Code != "" {
		return s.showBindFile(r, http.StatusUnprocessableEntity, page), nil
	}
	if err != nil {
		return response{}, err
	}
	status := http.StatusOK
	if page.Found = len(page.Faults); page.Found > 0 {
		status = http.StatusUnprocessableEntity
		page.Text, page.Faults = string(text), page.Faults[:min(page.Found, maxFaults)]
	}
	return s.showBindFile(r, status, page), nil
}

// fileOfForm takes the file out of a form; code says why there is none.
func fileOfForm(r *request) (text []byte, code string) {
	file, _, err := r.FormFile("file")
	if err != nil {
		return nil, "bindfile_empty"
	}
	defer file.Close()
	text, err = io.ReadAll(io.LimitReader(file, maxBindFile+1))
	switch {
	case err != nil || len(text) == 0:
		return nil, "bindfile_empty"
	case len(text) > maxBindFile:
		return nil, "bindfile_lines"
	}
	return text, ""
}

// fileFault is the code of what a file as a whole is refused for, "" for none.
func fileFault(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && f.Field == "file" {
		return "bindfile_" + f.Value
	}
	return ""
}

// bindFaults gives the faults of a file as a file. The file is checked again, so
// what comes is true now.
func (s *Server) bindFaults(ctx context.Context, r *request) (response, error) {
	_, faults, err := s.cfg.BindFiles.Check(ctx, strings.NewReader(r.PostForm.Get("text")))
	if err != nil {
		return response{}, err
	}
	var out bytes.Buffer
	if err := bindfile.WriteProblems(&out, faults); err != nil {
		return response{}, err
	}
	return response{contentType: "text/csv; charset=utf-8", body: out.Bytes()}.with("Content-Disposition", attachment("faults.csv")), nil
}
