package web

import (
	"net/http"

	"juma/internal/access"
)

// loginRoutes open, finish and end sessions, and make accounts for people who have
// none.
func (s *Server) loginRoutes() []route {
	const code, enrolment = access.NeedsCode, access.NeedsEnrolment
	return []route{
		publicForm(http.MethodGet, "/login", s.loginForm),
		publicForm(http.MethodPost, "/login", s.loginSubmit),
		publicForm(http.MethodPost, "/login/passkey/options", s.passkeyLoginOptions),
		publicForm(http.MethodPost, "/login/passkey", s.passkeyLogin),
		portal(http.MethodGet, "/login/second", anyRole, s.secondForm).open(code),
		portal(http.MethodPost, "/login/second", anyRole, s.secondSubmit).open(code),
		portal(http.MethodGet, "/stepup", anyRole, s.stepUpForm),
		portal(http.MethodPost, "/stepup", anyRole, s.stepUpSubmit),
		portal(http.MethodPost, "/stepup/options", anyRole, s.proofOptions).open(code),
		portal(http.MethodPost, "/logout", anyRole, s.logout).open(code, enrolment),

		public(http.MethodGet, "/login/forgotten", s.forgotten, asPage),

		publicForm(http.MethodGet, "/join", s.joinForm),
		publicForm(http.MethodPost, "/join", s.joinSubmit),
		publicForm(http.MethodGet, "/invitation/:token", s.invitationForm),
		publicForm(http.MethodPost, "/invitation/:token", s.invitationSubmit),
	}
}
