package web

import (
	"context"
	"net/http"

	"juma/internal/access"
	"juma/internal/fault"
)

// joinPage is what join.html shows.
type joinPage struct{ Login, Name, Code string }

func (s *Server) joinForm(_ context.Context, r *request) (response, error) {
	return s.publicFormPage(r, "join", http.StatusOK, joinPage{}), nil
}

// joinSubmit makes an account for somebody who wants to apply. A login that is
// taken gets the same answer as one that is free.
func (s *Server) joinSubmit(ctx context.Context, r *request) (response, error) {
	if err := s.checkForm(r, s.formSecret(r)); err != nil {
		return response{}, err
	}
	page := joinPage{Login: r.PostForm.Get("login"), Name: r.PostForm.Get("name")}
	if ok, wait := s.limits.joins.take(addressKey(r.ip)); !ok {
		return response{}, tooMany(wait)
	}
	password := r.PostForm.Get("password")
	if page.Code = passwordTyped(r); page.Code != "" {
		return s.publicFormPage(r, "join", http.StatusUnprocessableEntity, page), nil
	}
	err := s.cfg.Accounts.Join(ctx, page.Login, page.Name, password)
	if fault.Is(err, fault.Invalid) {
		page.Code = fieldCode(err)
		return s.publicFormPage(r, "join", http.StatusUnprocessableEntity, page), nil
	}
	if err != nil {
		return response{}, err
	}
	return redirect(http.StatusSeeOther, "/login?joined"), nil
}

// passwordTyped compares a new password with its repetition.
func passwordTyped(r *request) string {
	if r.PostForm.Get("password") != r.PostForm.Get("again") {
		return "password_differs"
	}
	return ""
}

// fieldCode is the text code of a field that will not do.
func fieldCode(err error) string {
	switch faultField(err) {
	case "login":
		return "login_form"
	case "name":
		return "name"
	}
	return "password"
}

// invitationPage is what invitation.html shows.
type invitationPage struct {
	Invitation access.Invitation
	Code       string
}

func (s *Server) invitationForm(ctx context.Context, r *request) (response, error) {
	if ok, wait := s.limits.loginAddresses.take(addressKey(r.ip)); !ok {
		return response{}, tooMany(wait)
	}
	inv, err := s.cfg.Accounts.Invitation(ctx, r.param("token"))
	if err != nil {
		return response{}, invitationFault(err)
	}
	return s.publicFormPage(r, "invitation", http.StatusOK, invitationPage{Invitation: inv}), nil
}

// invitationFault says in words of its own that a link does not work.
func invitationFault(err error) error {
	switch {
	case fault.Is(err, fault.NotFound):
		return &httpFault{status: http.StatusNotFound, code: "invitation"}
	case fault.Is(err, fault.NotReady):
		return &httpFault{status: http.StatusNotFound, code: "invitation_waits"}
	}
	return err
}

// invitationSubmit makes the account and leads to the login.
func (s *Server) invitationSubmit(ctx context.Context, r *request) (response, error) {
	if err := s.checkForm(r, s.formSecret(r)); err != nil {
		return response{}, err
	}
	if ok, wait := s.limits.loginAddresses.take(addressKey(r.ip)); !ok {
		return response{}, tooMany(wait)
	}
	inv, err := s.cfg.Accounts.Invitation(ctx, r.param("token"))
	if err != nil {
		return response{}, invitationFault(err)
	}
	page := invitationPage{Invitation: inv, Code: passwordTyped(r)}
	if page.Code == "" {
		_, err := s.cfg.Accounts.Accept(ctx, r.param("token"), r.PostForm.Get("password"))
		switch {
		case err == nil:
			return redirect(http.StatusSeeOther, "/login"), nil
		case fault.Is(err, fault.Invalid):
			page.Code = "password"
		case fault.Is(err, fault.Conflict):
			page.Code = "login_taken"
		default:
			return response{}, invitationFault(err)
		}
	}
	return s.publicFormPage(r, "invitation", http.StatusUnprocessableEntity, page), nil
}
