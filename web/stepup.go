package web

import (
	"context"
	"mime"
	"net/http"
	"net/url"

	"juma/internal/access"
	"juma/internal/fault"
)

// unfinishedLogin says that a session lacks something.
type unfinishedLogin struct{ needs access.Need }

// Error names what is lacking.
func (u *unfinishedLogin) Error() string { return "web: the session still needs " + string(u.needs) }

// page leads to where it is given.
func (u *unfinishedLogin) page(r *request) response {
	to := "/login/second"
	if u.needs == access.NeedsEnrolment {
		to = "/account/totp"
	}
	if r.Method == http.MethodGet {
		to += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	return redirect(http.StatusSeeOther, to)
}

// errStepUp asks for a fresh proof of who is there.
var errStepUp = &httpFault{status: http.StatusForbidden, code: "step_up"}

// requireStepUp is nil when who is there has proved it in the last
// access.StepUpLimit. Routes ask for it by withStepUp; a handler that finds out by
// itself that it must ask returns the error as it is, and the browser comes back
// with the same request.
func (s *Server) requireStepUp(r *request) error {
	if r.login.SteppedUp(s.cfg.Clock.Now()) {
		return nil
	}
	return errStepUp
}

// interrupted is a form that was sent before its sender had proved enough. It
// travels sealed through the page that asks, so that nothing has to be typed again.
type interrupted struct {
	Path string     `json:"p"`
	Form url.Values `json:"f"`
}

// maxInterrupted bounds a form that is carried on, in bytes as it is sealed.
const maxInterrupted = maxForm / 2

// resumePurpose ties an interrupted form to who sent it.
func resumePurpose(u access.User) string { return "resume " + u.Login }

// stepUpFirst asks for a proof and remembers what comes after.
func (s *Server) stepUpFirst(ctx context.Context, r *request) response {
	if r.Method != http.MethodPost {
		return redirect(http.StatusSeeOther, "/stepup?next="+url.QueryEscape(r.URL.RequestURI()))
	}
	page := stepUpPage{Next: refererPath(r)}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/x-www-form-urlencoded" {
		form := r.PostForm
		form.Del("csrf")
		sealed, err := s.sealer.seal(resumePurpose(r.user), interrupted{Path: r.URL.RequestURI(), Form: form})
		if err == nil && len(sealed) <= maxInterrupted {
			page.Resume = sealed
		}
	}
	if page.Resume == "" { // an upload, or very long: back to the page that it came from
		return redirect(http.StatusSeeOther, "/stepup?next="+url.QueryEscape(page.Next))
	}
	p, err := s.showStepUp(ctx, r, http.StatusForbidden, page)
	if err != nil {
		return s.failure(ctx, r, err)
	}
	return p
}

// refererPath is the page of this site that a request came from, "" if unknown.
func refererPath(r *request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return ""
	}
	return localPath(u.RequestURI())
}

// stepUpPage is what stepup.html shows.
type stepUpPage struct {
	Next, Resume  string
	Code          string // text code of what went wrong
	TOTP, Passkey bool   // what the account has
}

func (s *Server) stepUpForm(ctx context.Context, r *request) (response, error) {
	return s.showStepUp(ctx, r, http.StatusOK, stepUpPage{Next: localPath(r.URL.Query().Get("next"))})
}

func (s *Server) showStepUp(ctx context.Context, r *request, status int, page stepUpPage) (response, error) {
	f, err := s.cfg.Accounts.Factors(ctx, r.user.Login)
	if err != nil {
		return response{}, err
	}
	page.TOTP, page.Passkey = f.TOTP, len(f.Passkeys) > 0
	return s.page(r, "stepup", status, page), nil
}

// stepUpSubmit checks the proof, gives the session its fresh token and goes on
// with what was interrupted.
func (s *Server) stepUpSubmit(ctx context.Context, r *request) (response, error) {
	page := stepUpPage{Next: localPath(r.PostForm.Get("next")), Resume: r.PostForm.Get("resume")}
	if err := s.loginAllowed(r, r.user.Login); err != nil {
		return response{}, err
	}
	token, err := s.cfg.Accounts.StepUp(ctx, r.session, proofOf(r), r.ip)
	switch {
	case fault.Is(err, fault.Forbidden):
		page.Code = "proof"
		return s.showStepUp(ctx, r, http.StatusUnauthorized, page)
	case fault.Is(err, fault.Refused):
		return response{}, tooMany(access.AddressWindow)
	case err != nil:
		return response{}, err
	}
	return s.proved(r, token, page.Next, page.Resume), nil
}

// proved gives the browser the fresh token and goes on.
func (s *Server) proved(r *request, token, next, resume string) response {
	cookie := s.cookie(s.sessionCookie(), token, "/", 0)
	var form interrupted
	if resume != "" && s.sealer.open(resumePurpose(r.user), resume, &form) && localPath(form.Path) != "" {
		r.session = token // the form that goes on belongs to the fresh session
		p := s.page(r, "resume", http.StatusOK, resumePage(form))
		p.cookies = append(p.cookies, cookie)
		return p
	}
	if next == "" {
		next = s.homeOf(r.user)
	}
	return redirect(http.StatusSeeOther, next, cookie)
}

// resumePage is what resume.html shows: one button that sends the form again.
type resumePage struct {
	Path string
	Form url.Values
}

// proofOf reads a proof from a form.
func proofOf(r *request) access.Proof {
	p := access.Proof{Password: r.PostForm.Get("password"), Code: r.PostForm.Get("code")}
	if a := passkeyAnswer(r); a.Answer != "" {
		p.Passkey = &a
	}
	return p
}

// proofOptions begins a passkey ceremony for a second factor or a step-up.
func (s *Server) proofOptions(ctx context.Context, r *request) (response, error) {
	o, err := s.cfg.Accounts.BeginProof(ctx, r.user)
	return passkeyOptions(o), err
}

// secondPage is what second.html shows.
type secondPage struct {
	Next          string
	Code          string // text code of what went wrong
	TOTP, Passkey bool
}

func (s *Server) secondForm(ctx context.Context, r *request) (response, error) {
	if r.login.Needs == access.NeedsNothing {
		return redirect(http.StatusSeeOther, s.homeOf(r.user)), nil
	}
	return s.showSecond(ctx, r, http.StatusOK, secondPage{Next: localPath(r.URL.Query().Get("next"))})
}

func (s *Server) showSecond(ctx context.Context, r *request, status int, page secondPage) (response, error) {
	f, err := s.cfg.Accounts.Factors(ctx, r.user.Login)
	if err != nil {
		return response{}, err
	}
	page.TOTP, page.Passkey = f.TOTP, len(f.Passkeys) > 0
	return s.page(r, "second", status, page), nil
}

// secondSubmit ends a login.
func (s *Server) secondSubmit(ctx context.Context, r *request) (response, error) {
	page := secondPage{Next: localPath(r.PostForm.Get("next"))}
	if err := s.loginAllowed(r, r.user.Login); err != nil {
		return response{}, err
	}
	token, err := s.cfg.Accounts.SecondFactor(ctx, r.session, proofOf(r), r.ip)
	switch {
	case fault.Is(err, fault.Forbidden):
		page.Code = "code"
		return s.showSecond(ctx, r, http.StatusUnauthorized, page)
	case fault.Is(err, fault.Refused):
		return response{}, tooMany(access.AddressWindow)
	case err != nil:
		return response{}, err
	}
	return s.proved(r, token, page.Next, ""), nil
}
