package web

import "net/url"

const (
	changeAt = "/console/changes/" + changeOfC
	storeAt  = storesPath + "/" + storeID
)

var storeForm = url.Values{"stores[0].name": {"老王面馆（滨江店）"}, "stores[0].region": {"330100"}, "stores[0].address": {"江南大道1号"}}

var upkeepSamples = []sample{
	{route: "/merchant/account", urls: []string{"/merchant/account"}, session: "owner-a"},
	{route: "/merchant/account", urls: []string{"/merchant/account"}, session: "owner-b"},
	{route: "/merchant/stores", urls: []string{"/merchant/stores"}, session: "manager-a"},
	{route: "/merchant/stores/:id", urls: []string{storeAt}, session: "owner-a"},
	{route: "/merchant/messages", urls: []string{"/merchant/messages"}, session: "owner-a"},
	{route: "/console/changes", urls: []string{"/console/changes", "/console/changes?state=refused"}, session: "reviewer"},
	{route: "/console/changes/:id", urls: []string{changeAt}, session: "reviewer"},
}

var upkeepProbes = []probe{
	{route: "GET /merchant/account", anybody: "shows the own merchant"},
	{route: "POST /merchant/account", form: url.Values{"reason": {"x"}}, anybody: "acts on the own merchant"},
	{route: "POST /merchant/account/:id/amount", path: "/merchant/account/" + changeOfA + "/amount", form: url.Values{"amount": {"0.37"}}},
	{route: "POST /merchant/account/:id/withdraw", path: "/merchant/account/" + changeOfA + "/withdraw", form: url.Values{"reason": {"不换了"}}},

	{route: "GET /merchant/stores", anybody: "shows the own merchant"},
	{route: "POST /merchant/stores", form: storeForm, anybody: "acts on the own merchant"},
	{route: "GET /merchant/stores/:id", path: storeAt},
	{route: "POST /merchant/stores/:id/rename", path: storeAt + "/rename", form: url.Values{"from": {"老王面馆（西湖店）"}, "name": {"老王面馆二店"}}},
	{route: "POST /merchant/stores/:id/close", path: storeAt + "/close", form: url.Values{"reason": {"搬走了"}}},
	{route: "POST /merchant/stores/:id/terminals", path: storeAt + "/terminals"},
	{route: "POST /merchant/stores/:id/terminals/:no/disable", path: storeAt + "/terminals/" + terminalNo + "/disable", form: url.Values{"reason": {"坏了"}}},
	{route: "GET /merchant/messages", anybody: "shows the own merchant"},
	{route: "POST /merchant/messages/read", form: url.Values{"up_to": {messageOfA}}, anybody: "acts on the own merchant"},

	{route: "GET /console/changes", anybody: "of the platform"},
	{route: "GET /console/changes/:id", path: changeAt, anybody: "of the platform"},
	{route: "POST /console/changes/:id/approve", path: changeAt + "/approve", form: url.Values{"revision": {"1"}}, anybody: "of the platform"},
	{route: "POST /console/changes/:id/refuse", path: changeAt + "/refuse", form: url.Values{"reason": {"资料不符"}}, anybody: "of the platform"},
	{route: "POST /console/changes/:id/reveal", path: changeAt + "/reveal", form: url.Values{"reason": {"核对"}}, anybody: "of the platform"},
}
