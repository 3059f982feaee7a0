package web

import "net/http"

// loginRoutes open and end sessions.
func (s *Server) loginRoutes() []route {
	return []route{
		publicForm(http.MethodGet, "/login", s.loginForm),
		publicForm(http.MethodPost, "/login", s.loginSubmit),
		portal(http.MethodPost, "/logout", anyRole, s.logout),
	}
}
