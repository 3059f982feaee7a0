package web

import "net/http"

// sample is how a test opens a page: every GET route has one, in the
// samples_<area>_test.go of its area, so that what must hold for every page is
// tested on pages that were not there when the test was written.
type sample struct {
	route   string   // the route's pattern
	urls    []string // what to open; each must answer 200 with a page. A few rows are enough: every row costs every test
	session string   // of fakes_test.go; "" for nobody
	agent   string   // "" means a browser that is no wallet
	plate   string   // a plate that is scanned first
	noPage  string   // why the route answers no page; then nothing else is given
}

// samples are those of all areas; an area has one line here.
var samples = joinSamples(siteSamples, cashierSamples, settlementSamples, termSamples, payoutSamples, differenceSamples, ledgerSamples, merchantSamples, billSamples, scanSamples, accessSamples, applySamples, reviewSamples, watchSamples, routeSamples, statementSamples, channelSamples, commandSamples, merchantsSamples, bindSamples, platesSamples, upkeepSamples, paymentsSamples)

func joinSamples(areas ...[]sample) []sample {
	var all []sample
	for _, a := range areas {
		all = append(all, a...)
	}
	return all
}

var siteSamples = []sample{
	{route: "/", noPage: "redirects"},
	{route: "/static/:name", noPage: "a file"},
	{route: "/login/forgotten", urls: []string{"/login/forgotten"}},
	{route: "/login", urls: []string{"/login?next=/merchant"}},
	{route: "/console/design", urls: []string{"/console/design?wallet=alipay&page=3"}, session: "risk"},
	{route: "/console/search", urls: []string{"/console/search?q=nothing", "/console/search?q=e"}, session: "clear"},
}

var cashierSamples = []sample{
	{route: "/q/:key", urls: []string{"/q/" + goodKey}, agent: wechatUA, plate: goodKey},
	{route: "/q/:key", urls: []string{"/q/" + goodKey}},
	{route: "/q/:key/auth", noPage: "redirects"},
	{route: "/scan", noPage: "redirects to the plate's page"},
	{route: "/r/:token", urls: []string{"/r/T0000000000000000000000000", "/r/T0000000000000000000000002", "/r/T0000000000000000000000009"}, agent: wechatUA},
	{route: "/r/:token/state", noPage: "JSON"},
}

var settlementSamples = []sample{
	{route: "/console/settlement", urls: []string{"/console/settlement"}, session: "clear"},
	{route: "/console/settlement/:date", urls: []string{goodDay + "?kind=", "/console/settlement/2026-03-10", "/console/settlement/2026-03-08"}, session: "clear"},
	{route: "/console/spec", urls: []string{"/console/spec"}, session: "clear"},
	{route: "/console/files/:id", noPage: "a file"},
}

var merchantSamples = []sample{
	{route: "/merchant", urls: []string{"/merchant?rows=20"}, session: "owner-a"},
	{route: "/merchant/payments/:no", urls: []string{"/merchant/payments/" + refundable}, session: "owner-a"},
	{route: "/merchant/slips/:date/pdf", noPage: "a PDF"},
	{route: "/merchant/slips/:date", urls: []string{"/merchant/slips/2026-03-09"}, session: "owner-a"},
}

// visit is one page of a sample.
type visit struct {
	sample
	url string
}

// visits lists every page once.
func visits() []visit {
	var all []visit
	for _, s := range samples {
		for _, u := range s.urls {
			all = append(all, visit{s, u})
		}
	}
	return all
}

// open is the visit by a browser without a network.
func (v visit) open(s *site, language string) *http.Response {
	agent := v.agent
	if agent == "" {
		agent = safariUA
	}
	b := s.browser(s.t, agent)
	b.header.Set("Accept-Language", language)
	if v.session != "" {
		b.as(v.session)
	}
	if v.plate != "" {
		b.scan(v.plate, "alice")
	}
	return b.get(v.url)
}
