package web

import "net/url"

var routeSamples = []sample{
	{route: "/console/routes", urls: []string{"/console/routes", "/console/routes?order_no=P2026031000000001000060", "/console/routes?order_no=P0"}, session: "operator"},
	{route: "/console/routes/new", urls: []string{"/console/routes/new"}, session: "operator"},
	{route: "/console/routes/:version", urls: []string{"/console/routes/1", "/console/routes/2"}, session: "operator"},
}

var routeProbes = []probe{
	{route: "GET /console/routes", anybody: "of the platform"},
	{route: "GET /console/routes/new", anybody: "of the platform"},
	{route: "POST /console/routes/new", form: url.Values{"rules": {"{}"}}, anybody: "of the platform"},
	{route: "GET /console/routes/:version", path: "/console/routes/2", anybody: "of the platform"},
	{route: "POST /console/routes/:version/try", path: "/console/routes/2/try", anybody: "of the platform"},
	{route: "POST /console/routes/:version/approve", path: "/console/routes/2/approve", form: url.Values{"reason": {"x"}}, anybody: "of the platform"},
	{route: "POST /console/routes/:version/reject", path: "/console/routes/2/reject", form: url.Values{"reason": {"x"}}, anybody: "of the platform"},
}
