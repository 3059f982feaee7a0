package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"juma/internal/access"
	"juma/internal/fault"
)

// accountPage is what account.html shows.
type accountPage struct {
	Factors  access.Factors
	Sessions []access.OpenSession
	Passkeys bool   // may be added
	Code     string // text code of what went wrong
}

func (s *Server) account(ctx context.Context, r *request) (response, error) {
	return s.showAccount(ctx, r, http.StatusOK, accountPage{})
}

func (s *Server) showAccount(ctx context.Context, r *request, status int, page accountPage) (response, error) {
	var err error
	if page.Factors, err = s.cfg.Accounts.Factors(ctx, r.user.Login); err != nil {
		return response{}, err
	}
	if page.Sessions, err = s.cfg.Accounts.Sessions(ctx, r.session); err != nil {
		return response{}, err
	}
	page.Passkeys = s.cfg.Accounts.PasskeysOffered()
	return s.page(r, "account", status, page), nil
}

// changePassword asks for the old password itself, so it needs no step-up.
func (s *Server) changePassword(ctx context.Context, r *request) (response, error) {
	if err := s.loginAllowed(r, r.user.Login); err != nil {
		return response{}, err
	}
	if code := passwordTyped(r); code != "" {
		return s.showAccount(ctx, r, http.StatusUnprocessableEntity, accountPage{Code: code})
	}
	token, err := s.cfg.Accounts.ChangePassword(ctx, r.session, r.PostForm.Get("old"), r.PostForm.Get("password"), r.ip)
	switch {
	case fault.Is(err, fault.Forbidden):
		return s.showAccount(ctx, r, http.StatusUnprocessableEntity, accountPage{Code: "proof"})
	case fault.Is(err, fault.Invalid):
		return s.showAccount(ctx, r, http.StatusUnprocessableEntity, accountPage{Code: "password"})
	case fault.Is(err, fault.Refused):
		return response{}, tooMany(access.AddressWindow)
	case err != nil:
		return response{}, err
	}
	p := redirect(http.StatusSeeOther, "/account", s.cookie(s.sessionCookie(), token, "/", 0))
	return s.withToast(p, "password_changed"), nil
}

// totpPage is what totp.html shows.
type totpPage struct {
	Secret   string
	Code     string
	Required bool // nothing else opens before
	Passkeys bool // may be set up instead
	Next     string
}

func (s *Server) totpForm(ctx context.Context, r *request) (response, error) {
	return s.showTOTP(ctx, r, http.StatusOK, totpPage{Next: localPath(r.URL.Query().Get("next"))})
}

func (s *Server) showTOTP(ctx context.Context, r *request, status int, page totpPage) (response, error) {
	e, err := s.cfg.Accounts.BeginTOTP(ctx, r.user.Login)
	if err != nil {
		return response{}, err
	}
	page.Secret = grouped(e.Secret)
	page.Required, page.Passkeys = r.login.Needs == access.NeedsEnrolment, s.cfg.Accounts.PasskeysOffered()
	return s.page(r, "totp", status, page), nil
}

// grouped puts blanks between groups of four, for people who type.
func grouped(s string) string {
	var groups []string
	for ; len(s) > 4; s = s[4:] {
		groups = append(groups, s[:4])
	}
	return strings.Join(append(groups, s), " ")
}

// totpPicture draws what an authenticator app scans.
func (s *Server) totpPicture(ctx context.Context, r *request) (response, error) {
	e, err := s.cfg.Accounts.BeginTOTP(ctx, r.user.Login)
	if err != nil {
		return response{}, err
	}
	var b bytes.Buffer
	if err := s.cfg.QR.PNG(&b, e.URI); err != nil {
		return response{}, fault.Wrap("web.totpPicture", fault.Internal, err)
	}
	return response{contentType: "image/png", body: b.Bytes()}, nil
}

func (s *Server) totpSubmit(ctx context.Context, r *request) (response, error) {
	next := localPath(r.PostForm.Get("next"))
	if err := s.loginAllowed(r, r.user.Login); err != nil {
		return response{}, err
	}
	token, codes, err := s.cfg.Accounts.ConfirmTOTP(ctx, r.session, r.PostForm.Get("code"))
	if fault.Is(err, fault.Forbidden) {
		return s.showTOTP(ctx, r, http.StatusUnprocessableEntity, totpPage{Code: "code", Next: next})
	}
	if err != nil {
		return response{}, err
	}
	return s.enrolled(r, token, codes, next), nil
}

// enrolled gives the browser its fresh token and shows the recovery codes, if
// there are new ones.
func (s *Server) enrolled(r *request, token string, codes []string, next string) response {
	cookie := s.cookie(s.sessionCookie(), token, "/", 0)
	if next == "" {
		next = "/account"
	}
	if len(codes) == 0 {
		return redirect(http.StatusSeeOther, next, cookie)
	}
	r.session = token
	p := s.page(r, "recovery", http.StatusOK, recoveryPage{Codes: codes, Next: next})
	p.cookies = append(p.cookies, cookie)
	return p
}

// recoveryPage is what recovery.html shows, once.
type recoveryPage struct {
	Codes []string
	Next  string
}

func (s *Server) recoverySubmit(ctx context.Context, r *request) (response, error) {
	codes, err := s.cfg.Accounts.NewRecoveryCodes(ctx, r.user.Login)
	if err != nil {
		return response{}, err
	}
	return s.page(r, "recovery", http.StatusOK, recoveryPage{Codes: codes, Next: "/account"}), nil
}

func (s *Server) totpRemove(ctx context.Context, r *request) (response, error) {
	return s.factorRemoved(ctx, r, s.cfg.Accounts.RemoveTOTP(ctx, r.user), "totp_removed")
}

func (s *Server) passkeyRemove(ctx context.Context, r *request) (response, error) {
	return s.factorRemoved(ctx, r, s.cfg.Accounts.RemovePasskey(ctx, r.user, r.PostForm.Get("id")), "passkey_removed")
}

func (s *Server) factorRemoved(ctx context.Context, r *request, err error, done string) (response, error) {
	if fault.Is(err, fault.Refused) {
		return s.showAccount(ctx, r, http.StatusUnprocessableEntity, accountPage{Code: "last_factor"})
	}
	if err != nil {
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, "/account"), done), nil
}

// passkeyPage is what passkey.html shows.
type passkeyPage struct {
	Label string
	Code  string
	Next  string
}

func (s *Server) passkeyForm(_ context.Context, r *request) (response, error) {
	return s.page(r, "passkey", http.StatusOK, passkeyPage{Next: localPath(r.URL.Query().Get("next"))}), nil
}

func (s *Server) passkeyRegistration(ctx context.Context, r *request) (response, error) {
	o, err := s.cfg.Accounts.BeginPasskey(ctx, r.user)
	return passkeyOptions(o), err
}

func (s *Server) passkeySubmit(ctx context.Context, r *request) (response, error) {
	page := passkeyPage{Label: r.PostForm.Get("label"), Next: localPath(r.PostForm.Get("next"))}
	token, codes, err := s.cfg.Accounts.AddPasskey(ctx, r.session, page.Label, passkeyAnswer(r))
	switch {
	case fault.Is(err, fault.Forbidden), fault.Is(err, fault.Conflict):
		page.Code = "passkey"
	case fault.Is(err, fault.Invalid):
		page.Code = "label"
	case err != nil:
		return response{}, err
	default:
		return s.enrolled(r, token, codes, page.Next), nil
	}
	return s.page(r, "passkey", http.StatusUnprocessableEntity, page), nil
}

// passkeyOptions is what passkey.js reads.
func passkeyOptions(o access.PasskeyOptions) response {
	return jsonResponse(http.StatusOK, struct {
		Challenge string          `json:"challenge"`
		Options   json.RawMessage `json:"options"`
	}{o.Challenge, json.RawMessage(orNull(o.Options))})
}

// orNull keeps an empty text from being no JSON: the answer of a begun ceremony
// that failed is never sent, but it is made.
func orNull(s string) string {
	if s == "" {
		return "null"
	}
	return s
}

// passkeyAnswer reads what passkey.js put into the form.
func passkeyAnswer(r *request) access.PasskeyAnswer {
	return access.PasskeyAnswer{Challenge: r.PostForm.Get("passkey_challenge"), Answer: r.PostForm.Get("passkey_answer")}
}

// sessionsEnd ends every session of the account, this one too.
func (s *Server) sessionsEnd(ctx context.Context, r *request) (response, error) {
	if err := s.cfg.Accounts.EndSessions(ctx, r.user.Login); err != nil {
		return response{}, err
	}
	return redirect(http.StatusSeeOther, "/login", s.cookie(s.sessionCookie(), "", "/", -1)), nil
}
