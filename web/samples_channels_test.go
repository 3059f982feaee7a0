package web

var channelSamples = []sample{
	{route: "/console/channels", urls: []string{"/console/channels"}, session: "operator"},
	{route: "/console/channels/:channel", urls: []string{"/console/channels/wechat", "/console/channels/unionpay"}, session: "operator"},
	{route: "/console/channels/:channel/calls.csv", noPage: "a file"},
}

var channelProbes = []probe{
	{route: "GET /console/channels", anybody: "of the platform"},
	{route: "GET /console/channels/:channel", path: "/console/channels/wechat", anybody: "of the platform"},
	{route: "GET /console/channels/:channel/calls.csv", path: "/console/channels/wechat/calls.csv", anybody: "of the platform"},
}
