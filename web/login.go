package web

import (
	"context"
	"net/http"
	"strings"

	"juma/internal/access"
	"juma/internal/fault"
	"juma/internal/id"
)

// loginPage is what login.html shows.
type loginPage struct {
	Login string
	Next  string
	Code  string // text code of what went wrong, "" at first
	// Joined says that an account was asked for; Passkeys that one may log in by them.
	Joined, Passkeys bool
}

// home sends people to where they work; who is not logged in, to the login.
func (s *Server) home(ctx context.Context, r *request) (response, error) {
	if c, err := r.Cookie(s.sessionCookie()); err == nil && c.Value != "" {
		if session, err := s.cfg.Logins.Session(ctx, c.Value); err == nil {
			return redirect(http.StatusSeeOther, s.homeOf(session.User)), nil
		}
	}
	return redirect(http.StatusSeeOther, "/login"), nil
}

// loginForm shows the form, also to who is logged in and wants to be another.
func (s *Server) loginForm(_ context.Context, r *request) (response, error) {
	q := r.URL.Query()
	return s.showLogin(r, http.StatusOK, loginPage{Next: localPath(q.Get("next")), Joined: q.Has("joined")}), nil
}

func (s *Server) showLogin(r *request, status int, page loginPage) response {
	page.Passkeys = s.cfg.Accounts.PasskeysOffered()
	return s.publicFormPage(r, "login", status, page)
}

// publicFormPage renders a page for people without a session. Its form token
// belongs to a cookie of this browser: there is no session yet that could hold it.
func (s *Server) publicFormPage(r *request, name string, status int, page any) response {
	secret := s.formSecret(r)
	var cookies []*http.Cookie
	if secret == "" {
		secret = id.Token(s.cfg.Random)
		cookies = append(cookies, s.cookie(s.loginFormCookie(), secret, "/", loginFormLifetime))
	}
	v := s.newView(r, page)
	v.CSRF = s.sealer.formToken(secret)
	p := s.render(r, name, status, v)
	p.cookies = append(p.cookies, cookies...)
	return p
}

// formSecret is what this browser's public form tokens belong to, "" for none.
func (s *Server) formSecret(r *request) string {
	if c, err := r.Cookie(s.loginFormCookie()); err == nil {
		return c.Value
	}
	return ""
}

// loginSubmit opens a session with a fresh token; one that was open ends.
func (s *Server) loginSubmit(ctx context.Context, r *request) (response, error) {
	if err := s.checkForm(r, s.formSecret(r)); err != nil {
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
		return response{}, tooMany(access.AddressWindow)
	case err != nil:
		return response{}, err
	}
	return s.loggedIn(ctx, r, token, user, next), nil
}

// loggedIn gives the browser its session, ends the one that it had, and leads on.
func (s *Server) loggedIn(ctx context.Context, r *request, token string, user access.User, next string) response {
	if c, err := r.Cookie(s.sessionCookie()); err == nil && c.Value != "" {
		if err := s.cfg.Logins.Logout(ctx, c.Value); err != nil {
			s.log.WarnContext(ctx, "the session before could not be ended", "login", user.Login, "error", err)
		}
	}
	if next == "" {
		next = s.homeOf(user)
	}
	return redirect(http.StatusSeeOther, next,
		s.cookie(s.sessionCookie(), token, "/", 0), s.cookie(s.loginFormCookie(), "", "/", -1))
}

// passkeyLoginOptions begins a login by passkey.
func (s *Server) passkeyLoginOptions(ctx context.Context, r *request) (response, error) {
	if err := s.checkForm(r, s.formSecret(r)); err != nil {
		return response{}, err
	}
	if ok, wait := s.limits.loginAddresses.take(addressKey(r.ip)); !ok {
		return response{}, tooMany(wait)
	}
	o, err := s.cfg.Accounts.BeginPasskeyLogin(ctx)
	return passkeyOptions(o), err
}

// passkeyLogin opens a session by a passkey alone.
func (s *Server) passkeyLogin(ctx context.Context, r *request) (response, error) {
	if err := s.checkForm(r, s.formSecret(r)); err != nil {
		return response{}, err
	}
	if ok, wait := s.limits.loginAddresses.take(addressKey(r.ip)); !ok {
		return response{}, tooMany(wait)
	}
	next := localPath(r.PostForm.Get("next"))
	token, user, err := s.cfg.Accounts.PasskeyLogin(ctx, passkeyAnswer(r), r.ip)
	switch {
	case fault.Is(err, fault.Forbidden):
		return s.showLogin(r, http.StatusUnauthorized, loginPage{Next: next, Code: "passkey"}), nil
	case fault.Is(err, fault.Refused):
		return response{}, tooMany(access.AddressWindow)
	case err != nil:
		return response{}, err
	}
	return s.loggedIn(ctx, r, token, user, next), nil
}

// forgotten says how somebody gets in again who has lost the password. There is no
// mail that resets one: a person who knows them invites them anew. The page takes no
// name, so it tells nobody which accounts there are.
func (s *Server) forgotten(_ context.Context, r *request) (response, error) {
	return s.page(r, "forgotten", http.StatusOK, nil), nil
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
