package web

import "net/url"

var applySamples = []sample{
	{route: "/apply", urls: []string{"/apply"}, session: "owner-a"},
	{route: "/apply", urls: []string{"/apply"}, session: "applicant"},
	{route: "/apply/:id", urls: []string{"/apply/" + draftID, "/apply/" + rejectedID, "/apply/" + verifiedID}, session: "owner-a"},
	{route: "/apply/:id/:step", urls: stepAddresses(draftID), session: "owner-a"},
	{route: "/apply/:id/:step", urls: []string{"/apply/" + rejectedID + "/subject", "/apply/" + rejectedID + "/submit", "/apply/" + draftID + "/stores?add"}, session: "owner-a"},
	{route: "/apply/:id/pictures/:upload", noPage: "a picture"},
}

// stepAddresses are the addresses of all steps of an application.
func stepAddresses(appID string) []string {
	var all []string
	for _, step := range applySteps {
		all = append(all, stepPath(appID, step))
	}
	return all
}

const ownApplications = "shows or opens the own applications"

var applyProbes = []probe{
	{route: "GET /apply", anybody: ownApplications},
	{route: "POST /apply", form: url.Values{"kind": {"micro"}}, anybody: ownApplications},
	{route: "POST /apply/check", form: url.Values{"what": {"phone"}, "value": {"1"}}, anybody: "looks at what is sent, and at nothing that is kept"},
	{route: "GET /apply/:id", path: "/apply/" + draftID},
	{route: "GET /apply/:id/:step", path: "/apply/" + draftID + "/people"},
	{route: "POST /apply/:id/:step", path: "/apply/" + draftID + "/business", form: url.Values{"revision": {"1"}, "mcc": {"bakery"}}},
	{route: "POST /apply/:id/pictures", path: "/apply/" + draftID + "/pictures", form: url.Values{"revision": {"1"}, "kind": {"id_front"}}},
	{route: "GET /apply/:id/pictures/:upload", path: "/apply/" + draftID + "/pictures/" + pictureID},
	{route: "POST /apply/:id/submit", path: "/apply/" + draftID + "/submit", form: url.Values{"revision": {"1"}}},
	{route: "POST /apply/:id/withdraw", path: "/apply/" + draftID + "/withdraw", form: url.Values{"reason": {"不做了"}}},
	{route: "POST /apply/:id/transfer", path: "/apply/" + verifiedID + "/transfer", form: url.Values{"amount": {"0.37"}}},
}
