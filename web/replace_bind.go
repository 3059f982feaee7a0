package web

import (
	"context"
	"net/http"
	"strconv"

	"juma/internal/fault"
	"juma/qrcode"
)

// replacePage is what bind_replace.html shows.
type replacePage struct {
	Plate  fieldPlate // the old one
	Fresh  fieldPlate
	Reason string
	wrong  problems
}

// Problems is what is wrong with the form.
func (p replacePage) Problems() problems { return p.wrong }

// replaceConfirm shows the broken plate and the one that is to take its place.
func (s *Server) replaceConfirm(ctx context.Context, r *request) (response, error) {
	return s.showReplace(ctx, r, http.StatusOK, replacePage{})
}

func (s *Server) showReplace(ctx context.Context, r *request, status int, page replacePage) (response, error) {
	var err error
	if page.Plate, err = s.fieldPlate(ctx, r.param("serial")); err != nil {
		return response{}, err
	}
	if page.Fresh, err = s.fieldPlate(ctx, r.param("fresh")); err != nil {
		return response{}, err
	}
	switch {
	case !page.Plate.CanBeReplaced():
		return redirect(http.StatusSeeOther, platePath(page.Plate.Serial)), nil
	case !qrcode.MoveBind.Allows(page.Fresh.State):
		return s.showBindStart(ctx, r, http.StatusConflict, page.Plate.Serial, bindStartPage{Code: "bind_not_blank"})
	}
	return s.page(r, "bind_replace", status, page), nil
}

// replaceSubmit lets the new plate take over what the old one is bound to.
func (s *Server) replaceSubmit(ctx context.Context, r *request) (response, error) {
	seen, err := strconv.Atoi(r.PostForm.Get("version"))
	if err != nil || seen < 1 {
		return response{}, fault.Field("web.replaceSubmit", "version", r.PostForm.Get("version"), "is of no page of ours")
	}
	reason, code := bindReason(r, true)
	if code != "" {
		return s.showReplace(ctx, r, http.StatusUnprocessableEntity, replacePage{Reason: reason, wrong: problems{"reason": code}})
	}
	old, err := s.fieldPlate(ctx, r.param("serial"))
	if err != nil {
		return response{}, err
	}
	fresh, err := s.fieldPlate(ctx, r.param("fresh"))
	if err != nil {
		return response{}, err
	}
	_, err = s.cfg.FieldPlates.ReplaceFrom(ctx, old.Key, seen, fresh.Key, r.user.Login, reason)
	done := redirect(http.StatusSeeOther, platePath(fresh.Serial))
	switch {
	case fault.Is(err, fault.Conflict) && (!qrcode.MoveReplace.Allows(old.State) || old.Binding.Version != seen):
		return s.replaceOvertaken(ctx, r, old, fresh, done)
	case fault.Is(err, fault.Conflict): // the new one was taken, or either in this moment
		return s.bindOvertaken(ctx, r, fresh.Serial, func(fieldPlate) bool { return old.State == qrcode.Replaced }, done)
	case err != nil:
		return response{}, err
	}
	return s.withToast(done, "plate_bound"), nil
}

// replaceOvertaken tells who moved the old plate, unless it was the same person who
// replaced it by the same plate.
func (s *Server) replaceOvertaken(ctx context.Context, r *request, old, fresh fieldPlate, done response) (response, error) {
	if old.State == qrcode.Replaced && fresh.State == qrcode.Bound && fresh.Binding.BoundBy == r.user.Login {
		return s.withToast(done, "plate_bound"), nil
	}
	return s.bindOvertaken(ctx, r, old.Serial, func(fieldPlate) bool { return false }, done)
}
