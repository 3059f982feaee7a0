package web

import "net/url"

var differenceSamples = []sample{
	{route: "/console/differences", urls: []string{"/console/differences?state=open"}, session: "clear"},
	{route: "/console/differences/list.csv", noPage: "a file"},
	{route: "/console/differences/:id", urls: []string{"/console/differences/" + shortItem + "?act=dispute"}, session: "clear"},
	{route: "/console/differences/:id", urls: []string{"/console/differences/" + amountItem}, session: "approver"},
}

var differenceProbes = []probe{
	{route: "GET /console/differences", anybody: "of the platform"},
	{route: "GET /console/differences/list.csv", anybody: "of the platform"},
	{route: "POST /console/differences/bulk", form: url.Values{"do": {"take"}, "id": {shortItem}}, anybody: "of the platform"},
	{route: "POST /console/differences/find", form: url.Values{"order_no": {"P0"}}, anybody: "of the platform"},
	{route: "GET /console/differences/:id", path: "/console/differences/" + shortItem, anybody: "of the platform"},
	{route: "POST /console/differences/:id/take", path: "/console/differences/" + shortItem + "/take", anybody: "of the platform"},
	{route: "POST /console/differences/:id/hand", path: "/console/differences/" + shortItem + "/hand", form: url.Values{"to": {"clear-2"}}, anybody: "of the platform"},
	{route: "POST /console/differences/:id/comment", path: "/console/differences/" + shortItem + "/comment", form: url.Values{"note": {"x"}}, anybody: "of the platform"},
	{route: "POST /console/differences/:id/propose", path: "/console/differences/" + shortItem + "/propose", form: url.Values{"action": {"reverse"}, "reason": {"x"}}, anybody: "of the platform"},
	{route: "POST /console/differences/:id/approve", path: "/console/differences/" + amountItem + "/approve", form: url.Values{"proposal": {"gone"}}, anybody: "of the platform"},
	{route: "POST /console/differences/:id/reject", path: "/console/differences/" + amountItem + "/reject", form: url.Values{"proposal": {"gone"}}, anybody: "of the platform"},
}
