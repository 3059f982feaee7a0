package web

import "net/url"

const merchantAt = merchantsPath + "/" + merchantA

var merchantsSamples = []sample{
	{route: merchantsPath, urls: []string{merchantsPath + "?rows=20", merchantsPath + "?kind=micro&state=closed"}, session: "audit"},
	{route: merchantsPath + "/:no", urls: []string{
		merchantAt, merchantAt + "?view=rates&order=" + refundable, merchantAt + "?view=channels", merchantAt + "?view=history",
	}, session: "operator"},
	{route: importPath, urls: []string{importPath}, session: "operator"},
	{route: importPath + "/template", noPage: "a file"},
}

var merchantsProbes = []probe{
	{route: "GET " + merchantsPath, anybody: ofPlatform},
	{route: "POST " + merchantsPath + "/search", form: url.Values{"q": {subMerchant}}, anybody: ofPlatform},
	{route: "GET " + merchantsPath + "/:no", path: merchantAt, anybody: ofPlatform},
	{route: "POST " + merchantsPath + "/:no/suspend", path: merchantAt + "/suspend", form: url.Values{"reason": {"x"}}, anybody: ofPlatform},
	{route: "POST " + merchantsPath + "/:no/resume", path: merchantAt + "/resume", form: url.Values{"reason": {"x"}}, anybody: ofPlatform},
	{route: "POST " + merchantsPath + "/:no/close", path: merchantAt + "/close", form: url.Values{"reason": {"x"}}, anybody: ofPlatform},
	{route: "POST " + merchantsPath + "/:no/rates", path: merchantAt + "/rates", form: newRate(), anybody: ofPlatform},
	{route: "POST " + merchantsPath + "/:no/rates/:id", path: merchantAt + "/rates/" + deskChange, form: url.Values{"decision": {"approve"}}, anybody: ofPlatform},
	{route: "POST " + merchantsPath + "/:no/resubmit", path: merchantAt + "/resubmit", form: url.Values{"channel": {"alipay"}, "reason": {"换了照片"}}, anybody: ofPlatform},
	{route: "GET " + importPath, anybody: ofPlatform},
	{route: "GET " + importPath + "/template", anybody: ofPlatform},
	{route: "POST " + importPath, form: url.Values{"do": {"check"}}, anybody: ofPlatform},
	{route: "POST " + importPath + "/faults", form: url.Values{"faults": {""}}, anybody: ofPlatform},
	{route: "POST /console/search", form: url.Values{"q": {"design"}}, anybody: ofPlatform},
}

const ofPlatform = "of the platform"

// newRate is a proposal that is in order.
func newRate() url.Values {
	return url.Values{"channel": {"wechat"}, "card": {""}, "rate": {"0.25"}, "cap": {""}, "from": {"2026-04-01"}, "reason": {"续约"}}
}
