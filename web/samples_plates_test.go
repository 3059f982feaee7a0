package web

import (
	"context"
	"net/url"

	"juma/internal/access"
)

const (
	plateAt = "/console/plates/"
	batchAt = "/console/plates/batches/"
)

var platesSamples = []sample{
	{route: "/console/plates", urls: []string{"/console/plates", "/console/plates?state=bound&merchant=" + merchantA}, session: "operator"},
	{route: "/console/plates/:serial", urls: []string{plateAt + usedSerial, plateAt + stoppedSerial, plateAt + stockSerial}, session: "risk"},
	{route: "/console/plates/:serial/preview", urls: []string{plateAt + usedSerial + "/preview?product=sticker"}, session: "operator"},
	{route: "/console/plates/:serial/preview/:name", noPage: "a picture"},
	{route: "/console/plates/batches", urls: []string{"/console/plates/batches"}, session: "operator"},
	{route: "/console/plates/batches/:id", urls: []string{batchAt + readyBatch, batchAt + waitingBatch}, session: "operator"},
}

var because = url.Values{"reason": {"x"}}

var platesProbes = []probe{
	{route: "GET /console/plates", anybody: ofPlatform},
	{route: "POST /console/plates/find", form: url.Values{"q": {usedSerial}}, anybody: ofPlatform},
	{route: "GET /console/plates/:serial", path: plateAt + usedSerial, anybody: ofPlatform},
	{route: "GET /console/plates/:serial/preview", path: plateAt + usedSerial + "/preview", anybody: ofPlatform},
	{route: "GET /console/plates/:serial/preview/:name", path: plateAt + usedSerial + "/preview/code", anybody: ofPlatform},
	{route: "POST /console/plates/:serial/suspend", path: plateAt + usedSerial + "/suspend", form: because, anybody: ofPlatform},
	{route: "POST /console/plates/:serial/resume", path: plateAt + stoppedSerial + "/resume", form: because, anybody: ofPlatform},
	{route: "POST /console/plates/:serial/lost", path: plateAt + usedSerial + "/lost", form: because, anybody: ofPlatform},
	{route: "POST /console/plates/:serial/void", path: plateAt + usedSerial + "/void", form: because, anybody: ofPlatform},

	{route: "GET /console/plates/batches", anybody: ofPlatform},
	{route: "POST /console/plates/batches", form: url.Values{"count": {"5"}, "payload": {"own"}, "reason": {"x"}}, anybody: ofPlatform},
	{route: "GET /console/plates/batches/:id", path: batchAt + readyBatch, anybody: ofPlatform},
	{route: "POST /console/plates/batches/:id/approve", path: batchAt + waitingBatch + "/approve", anybody: ofPlatform},
	{route: "POST /console/plates/batches/:id/reject", path: batchAt + waitingBatch + "/reject", form: because, anybody: ofPlatform},
	{route: "POST /console/plates/batches/:id/generate", path: batchAt + waitingBatch + "/generate", anybody: ofPlatform, prepare: approvedBatch},
	{route: "POST /console/plates/batches/:id/export", path: batchAt + readyBatch + "/export", form: url.Values{"product": {"code"}}, anybody: ofPlatform},
}

// approvedBatch lets somebody approve what waits.
func approvedBatch(s *site, _ access.User) {
	if _, err := s.yard.Approve(context.Background(), waitingBatch, "boss", ""); err != nil {
		s.t.Fatal(err)
	}
}
