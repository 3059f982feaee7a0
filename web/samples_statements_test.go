package web

import "net/url"

var statementSamples = []sample{
	{route: "/console/statements", urls: []string{"/console/statements?date=2026-03-09"}, session: "clear"},
	{route: "/console/statements/:id", urls: []string{"/console/statements/" + staged, "/console/statements/" + bareText}, session: "clear"},
	{route: "/console/statements/:id", urls: []string{"/console/statements/" + quarantined}, session: "approver"},
}

var statementProbes = []probe{
	{route: "GET /console/statements", anybody: "of the platform"},
	{route: "POST /console/statements", form: url.Values{"channel": {"cash"}}, anybody: "of the platform"},
	{route: "GET /console/statements/:id", path: "/console/statements/" + staged, anybody: "of the platform"},
	{route: "POST /console/statements/:id/propose", path: "/console/statements/" + bareText + "/propose", form: url.Values{"rows": {"x"}}, anybody: "of the platform"},
	{route: "POST /console/statements/:id/decide", path: "/console/statements/" + quarantined + "/decide", form: url.Values{"clearance": {"gone"}, "act": {"approve"}}, anybody: "of the platform"},
}
