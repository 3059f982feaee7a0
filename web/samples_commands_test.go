package web

const commandAt = "/console/commands/"

var commandSamples = []sample{
	{route: "/console/commands", urls: []string{"/console/commands", "/console/commands?state=dead"}, session: "operator"},
	{route: "/console/commands/:no", urls: []string{commandAt + deadRefundNo, commandAt + failedRefundNo}, session: "operator"},
}

var commandProbes = []probe{
	{route: "GET /console/commands", anybody: ofPlatform},
	{route: "GET /console/commands/:no", path: commandAt + deadRefundNo, anybody: ofPlatform},
	{route: "POST /console/commands/:no/redrive", path: commandAt + deadRefundNo + "/redrive", form: because, anybody: ofPlatform},
	{route: "POST /console/commands/:no/retry", path: commandAt + failedRefundNo + "/retry", form: because, anybody: ofPlatform},
}
