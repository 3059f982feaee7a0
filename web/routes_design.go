package web

import "net/http"

// designRoutes show what pages are made of.
func (s *Server) designRoutes() []route {
	return []route{portal(http.MethodGet, "/console/design", platformRoles, s.design).inNav(navSystem, textKey("design.title"), 'd')}
}
