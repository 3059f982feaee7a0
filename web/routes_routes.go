package web

import (
	"net/http"

	"juma/internal/access"
)

var (
	routeReaders = []access.Role{access.Operator, access.Risk, access.Auditor, access.Administrator}
	routeKeepers = []access.Role{access.Operator, access.Administrator}
)

const routesPath = "/console/routes"

// routeRoutes are the rules by which payments find their channel.
func (s *Server) routeRoutes() []route {
	const one = routesPath + "/:version"
	return []route{
		portal(http.MethodGet, routesPath, routeReaders, s.routeList).inNav(navSystem, textKey("nav.routes"), 'r'),
		portal(http.MethodGet, routesPath+"/new", routeKeepers, s.routeForm),
		portal(http.MethodPost, routesPath+"/new", routeKeepers, s.routePropose),
		portal(http.MethodGet, one, routeReaders, s.routeVersion),
		portal(http.MethodPost, one+"/try", routeKeepers, s.routeTry),
		portal(http.MethodPost, one+"/approve", routeKeepers, s.routeApprove),
		portal(http.MethodPost, one+"/reject", routeKeepers, s.routeReject),
	}
}
