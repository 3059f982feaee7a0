package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"juma/internal/fault"
	"juma/merchants/picture"
	"juma/qrcode"
)

// maxTyped is the longest code or number that is read, in bytes.
const maxTyped = 600

// bindStartPage is what bind.html shows.
type bindStartPage struct {
	Replaces *fieldPlate // the plate that another one is to replace, nil for none
	Typed    string
	Code     string // what is wrong, see readFault
}

// bindStart is where a plate is scanned, photographed or typed. The plate named in
// the address, if any, is to be replaced by it.
func (s *Server) bindStart(ctx context.Context, r *request) (response, error) {
	return s.showBindStart(ctx, r, http.StatusOK, r.URL.Query().Get("replaces"), bindStartPage{})
}

func (s *Server) showBindStart(ctx context.Context, r *request, status int, replaces string, page bindStartPage) (response, error) {
	if replaces != "" {
		old, err := s.fieldPlate(ctx, replaces)
		if err != nil {
			return response{}, err
		}
		page.Replaces = &old
	}
	return s.page(r, "bind", status, page), nil
}

// bindRead finds the plate behind whatever was scanned, photographed or typed, and
// goes to its page.
func (s *Server) bindRead(ctx context.Context, r *request) (response, error) {
	replaces := r.PostForm.Get("replaces")
	typed := strings.TrimSpace(r.PostForm.Get("code"))
	plate, code, err := s.readPlate(ctx, r, typed)
	switch {
	case err != nil:
		return response{}, err
	case code != "":
		return s.showBindStart(ctx, r, http.StatusUnprocessableEntity, replaces, bindStartPage{Typed: typed[:min(len(typed), maxTyped)], Code: code})
	case replaces != "":
		return redirect(http.StatusSeeOther, platePath(replaces)+"/replacements/"+plate.Serial), nil
	}
	return redirect(http.StatusSeeOther, platePath(plate.Serial)), nil
}

// platePath is the page of a plate.
func platePath(serial string) string { return "/console/bind/plates/" + url.PathEscape(serial) }

// readPlate reads the form: typed, or the photo. code says why there is no plate.
func (s *Server) readPlate(ctx context.Context, r *request, typed string) (p qrcode.Plate, code string, err error) {
	if len(typed) > maxTyped {
		return p, "bind_foreign", nil
	}
	if typed != "" {
		return s.recognise(ctx, typed)
	}
	file, _, err := r.FormFile("picture")
	if err != nil { // no photo was chosen, or the form has none
		return p, "bind_nothing", nil
	}
	defer file.Close()
	codes, err := s.cfg.PhotoCodes.Codes(ctx, file)
	var f *fault.Error
	switch {
	case fault.Is(err, fault.Corrupt):
		return p, "bind_no_code", nil
	case errors.As(err, &f) && f.Field == "picture" && slices.Contains(picture.Reasons, f.Value):
		return p, "picture_" + f.Value, nil
	case err != nil:
		return p, "", err
	}
	return s.recogniseOne(ctx, codes)
}

// recogniseOne finds the one plate among the codes of a photo: a wall may have
// others' codes too. Two plates are refused; which one was meant nobody can tell.
func (s *Server) recogniseOne(ctx context.Context, codes []string) (p qrcode.Plate, code string, err error) {
	slices.Sort(codes)
	why := "bind_no_code"
	for _, text := range slices.Compact(codes) {
		found, code, err := s.recognise(ctx, text)
		switch {
		case err != nil:
			return p, "", err
		case code != "":
			why = code
		case p.Key != "":
			return p, "bind_many", nil
		default:
			p = found
		}
	}
	if p.Key != "" {
		return p, "", nil
	}
	return p, why, nil
}

// recognise finds the plate that a text stands for.
func (s *Server) recognise(ctx context.Context, text string) (p qrcode.Plate, code string, err error) {
	p, _, err = s.cfg.FieldPlates.Recognise(ctx, text)
	if code, known := readFault[fault.KindOf(err)]; known && err != nil {
		return p, code, nil
	}
	return p, "", err
}

// readFault says why what was read is no plate.
var readFault = map[fault.Kind]string{fault.Invalid: "bind_foreign", fault.NotFound: "bind_unknown", fault.Refused: "bind_altered"}
