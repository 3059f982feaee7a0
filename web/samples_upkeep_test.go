package web

import "net/url"

const changeAt = "/console/changes/" + changeOfC

var upkeepSamples = []sample{
	{route: "/merchant/account", urls: []string{"/merchant/account"}, session: "owner-a"},
	{route: "/merchant/account", urls: []string{"/merchant/account"}, session: "owner-b"},
	{route: "/console/changes", urls: []string{"/console/changes", "/console/changes?state=refused"}, session: "reviewer"},
	{route: "/console/changes/:id", urls: []string{changeAt}, session: "reviewer"},
}

var upkeepProbes = []probe{
	{route: "GET /merchant/account", anybody: "shows the own merchant"},
	{route: "POST /merchant/account", form: url.Values{"reason": {"x"}}, anybody: "acts on the own merchant"},
	{route: "POST /merchant/account/:id/amount", path: "/merchant/account/" + changeOfA + "/amount", form: url.Values{"amount": {"0.37"}}},
	{route: "POST /merchant/account/:id/withdraw", path: "/merchant/account/" + changeOfA + "/withdraw", form: url.Values{"reason": {"不换了"}}},

	{route: "GET /console/changes", anybody: "of the platform"},
	{route: "GET /console/changes/:id", path: changeAt, anybody: "of the platform"},
	{route: "POST /console/changes/:id/approve", path: changeAt + "/approve", form: url.Values{"revision": {"1"}}, anybody: "of the platform"},
	{route: "POST /console/changes/:id/refuse", path: changeAt + "/refuse", form: url.Values{"reason": {"资料不符"}}, anybody: "of the platform"},
	{route: "POST /console/changes/:id/reveal", path: changeAt + "/reveal", form: url.Values{"reason": {"核对"}}, anybody: "of the platform"},
}
