package web

import "net/url"

const alarmAt = "/console/alarms/" + openAlarmID

var watchSamples = []sample{
	{route: "/console/alarms", urls: []string{"/console/alarms", "/console/alarms?state=closed&kind=city"}, session: "risk"},
	{route: "/console/alarms/:id", urls: []string{alarmAt, "/console/alarms/" + closedAlarmID}, session: "risk"},
}

var watchProbes = []probe{
	{route: "GET /console/alarms", anybody: "of the platform"},
	{route: "GET /console/alarms/:id", path: alarmAt, anybody: "of the platform"},
	{route: "POST /console/alarms/:id/acknowledge", path: alarmAt + "/acknowledge", anybody: "of the platform"},
	{route: "POST /console/alarms/:id/close", path: alarmAt + "/close", form: url.Values{"reason": {"x"}}, anybody: "of the platform"},
}
