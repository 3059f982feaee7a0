package web

import (
	"context"
	"net/http"
	"strings"

	"juma/internal/fault"
	"juma/internal/id"
)

// loginPage is what login.html shows.
type loginPage struct {
	Login string
	Next  string
	Code  string // text code of what went wrong, "" at first
}

// home sends people to where they work; who is not logged in, to the login.
func (s *Server) home(ctx context.Context, r *request) (response, error) {
	if c, err := r.Cookie(s.sessionCookie()); err == nil && c.Value != "" {
		if user, err := s.cfg.Logins.Session(ctx, c.Value); err == nil {
			return redirect(http.StatusSeeOther, s.homeOf(user)), nil
		}
	}
	return redirect(http.StatusSeeOther, "/login"), nil
}

// loginForm shows the form, also to who is logged in and wants to be another.
func (s *Server) loginForm(_ context.Context, r *request) (response, error) {
	return s.showLogin(r, http.StatusOK, loginPage{Next: localPath(r.URL.Query().Get("next"))}), nil
}

// showLogin renders the form with a token that belongs to a cookie of this
// browser: there is no session yet that could hold it.
func (s *Server) showLogin(r *request, status int, page loginPage) response {
	secret := ""
	if c, err := r.Cookie(s.loginFormCookie()); err == nil {
		secret = c.Value
	}
	var cookies []*http.Cookie
	if secret == "" {
		secret = id.Token(s.cfg.Random)
		cookies = append(cookies, s.cookie(s.loginFormCookie(), secret, "/", loginFormLifetime))
	}
	v := s.newView(r, page)
	v.CSRF = s.sealer.formToken(secret)
	p := s.render(r, "login", status, v)
	p.cookies = append(p.cookies, cookies...)
	return p
}

// loginSubmit opens a session with a fresh token; one that was open ends.
func (s *Server) loginSubmit(ctx context.Context, r *request) (response, error) {
	secret := ""
	if c, err := r.Cookie(s.loginFormCookie()); err == nil {
		secret = c.Value
	}
	if err := s.checkForm(r, secret); err != nil {
		return response{}, err
	}
	login, next := strings.TrimSpace(r.PostForm.Get("login")), localPath(r.PostForm.Get("next"))
	if err := s.loginAllowed(r, login); err != nil {
		return response{}, err
	}
	token, user, err := s.cfg.Logins.Login(ctx, login, r.PostForm.Get("password"), r.ip)
	switch {
	case fault.Is(err, fault.Forbidden), fault.Is(err, fault.Invalid):
		return s.showLogin(r, http.StatusUnauthorized, loginPage{Login: login, Next: next, Code: "login"}), nil
	case fault.Is(err, fault.Refused):
		return s.showLogin(r, http.StatusTooManyRequests, loginPage{Login: login, Next: next, Code: "too_many"}), nil
	case err != nil:
		return response{}, err
	}
	if c, err := r.Cookie(s.sessionCookie()); err == nil && c.Value != "" {
		if err := s.cfg.Logins.Logout(ctx, c.Value); err != nil {
			s.log.WarnContext(ctx, "the session before could not be ended", "login", user.Login, "error", err)
		}
	}
	if next == "" {
		next = s.homeOf(user)
	}
	return redirect(http.StatusSeeOther, next,
		s.cookie(s.sessionCookie(), token, "/", 0), s.cookie(s.loginFormCookie(), "", "/", -1)), nil
}

func (s *Server) loginAllowed(r *request, login string) error {
	if ok, wait := s.limits.loginAddresses.take(addressKey(r.ip)); !ok {
		return tooMany(wait)
	}
	if ok, wait := s.limits.logins.take(strings.ToLower(login)); !ok {
		return tooMany(wait)
	}
	return nil
}

// logout ends the session on our side and in the browser.
func (s *Server) logout(ctx context.Context, r *request) (response, error) {
	if err := s.cfg.Logins.Logout(ctx, r.session); err != nil {
		return response{}, err
	}
	return redirect(http.StatusSeeOther, "/login", s.cookie(s.sessionCookie(), "", "/", -1)), nil
}

// localPath accepts only a path of this site, so that a login never ends
// elsewhere; "" for anything else.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return ""
	}
	return next
}
