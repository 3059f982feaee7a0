package web

import "net/url"

const reviewAt = "/console/applications/" + reviewID

var reviewSamples = []sample{
	{route: "/console/applications", urls: []string{"/console/applications", "/console/applications?state=withdrawn"}, session: "reviewer"},
	{route: "/console/applications/:id", urls: []string{reviewAt}, session: "reviewer"},
	{route: "/console/applications/:id/pictures/:upload", noPage: "a picture"},
}

var reviewProbes = []probe{
	{route: "GET /console/applications", anybody: "of the platform"},
	{route: "GET /console/applications/:id", path: reviewAt, anybody: "of the platform"},
	{route: "GET /console/applications/:id/pictures/:upload", path: "/console/applications/" + draftID + "/pictures/" + pictureID, anybody: "of the platform"},
	{route: "POST /console/applications/:id/reveal", path: reviewAt + "/reveal", form: url.Values{"path": {"legal.phone"}, "why": {"回访"}}, anybody: "of the platform"},
	{route: "POST /console/applications/:id/approve", path: reviewAt + "/approve", form: url.Values{"revision": {"1"}}, anybody: "of the platform"},
	{route: "POST /console/applications/:id/reject", path: reviewAt + "/reject", form: url.Values{"revision": {"1"}, "code.short_name": {"mismatch"}}, anybody: "of the platform"},
	{route: "POST /console/applications/:id/override", path: reviewAt + "/override", form: url.Values{"reason": {"见原件"}}, anybody: "of the platform"},
}
