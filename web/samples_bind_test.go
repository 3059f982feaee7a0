package web

import "net/url"

const bindAt = "/console/bind/plates/"

var bindSamples = []sample{
	{route: "/console/bind", urls: []string{"/console/bind"}, session: "operator"},
	{route: "/console/bind/plates/:serial", urls: []string{bindAt + blankSerial, bindAt + boundSerial}, session: "operator"},
	{route: "/console/bind/plates/:serial/merchants/:no", urls: []string{bindAt + blankSerial + "/merchants/" + merchantB}, session: "operator"},
	{route: "/console/bind/plates/:serial/terminals/:no", urls: []string{bindAt + boundSerial + "/terminals/" + terminalB1}, session: "operator"},
	{route: "/console/bind/plates/:serial/replacements/:fresh", urls: []string{bindAt + boundSerial + "/replacements/" + spareSerial}, session: "operator"},
	{route: "/console/bind/file", urls: []string{"/console/bind/file"}, session: "operator"},
}

var bindProbes = []probe{
	{route: "GET /console/bind", anybody: "of the platform"},
	{route: "POST /console/bind", form: url.Values{"code": {blankSerial}}, anybody: "of the platform"},
	{route: "GET /console/bind/plates/:serial", path: bindAt + blankSerial, anybody: "of the platform"},
	{route: "POST /console/bind/plates/:serial/search", path: bindAt + blankSerial + "/search", form: url.Values{"place": {merchantA}}, anybody: "of the platform"},
	{route: "GET /console/bind/plates/:serial/merchants/:no", path: bindAt + blankSerial + "/merchants/" + merchantA, anybody: "of the platform"},
	{route: "GET /console/bind/plates/:serial/terminals/:no", path: bindAt + blankSerial + "/terminals/" + terminalA1, anybody: "of the platform"},
	{route: "POST /console/bind/plates/:serial/terminals/:no", path: bindAt + blankSerial + "/terminals/" + terminalA1, form: url.Values{"version": {"0"}}, anybody: "of the platform"},
	{route: "GET /console/bind/plates/:serial/replacements/:fresh", path: bindAt + boundSerial + "/replacements/" + spareSerial, anybody: "of the platform"},
	{route: "POST /console/bind/plates/:serial/replacements/:fresh", path: bindAt + boundSerial + "/replacements/" + spareSerial, form: url.Values{"version": {"1"}, "reason": {"坏了"}}, anybody: "of the platform"},
	{route: "GET /console/bind/file", anybody: "of the platform"},
	{route: "POST /console/bind/file", form: url.Values{"then": {"check"}}, anybody: "of the platform"},
	{route: "POST /console/bind/file/faults", form: url.Values{"text": {"plate,terminal_no\nx,y\n"}}, anybody: "of the platform"},
}
