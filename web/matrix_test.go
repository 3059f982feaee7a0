package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/internal/access"
)

// probe is a request that a test sends to a route: every route that needs a login has at
// least one, in the requests_<area>_test.go of its area.
type probe struct {
	route string     // "POST /merchant/refunds"
	path  string     // with an object of merchant A; "" is the route's own
	form  url.Values // of a POST, without the form token
	// anybody says why another merchant's people are no case: the request names no
	// object of a merchant. Without it, they must be answered 404.
	anybody string
	leaves  bool // ends the session, so it leads to the login
	// prepare makes what the request acts upon, for the user who sends it; may be nil.
	prepare func(s *site, u access.User)
}

// probes are those of all areas; an area has one line here.
var probes = slices.Concat(accessProbes, settlementProbes, termProbes, payoutProbes, differenceProbes, ledgerProbes, merchantProbes, billProbes, scanProbes, siteProbes, applyProbes, reviewProbes, watchProbes, routeProbes, statementProbes, channelProbes, commandProbes, merchantsProbes, bindProbes, platesProbes, upkeepProbes, paymentsProbes)

var siteProbes = []probe{
	{route: "GET /console/design", anybody: "shows components"},
	{route: "GET /console/search", path: "/console/search?q=design", anybody: "of the platform"},
}

var settlementProbes = []probe{
	{route: "GET /console/settlement", anybody: "of the platform"},
	{route: "GET /console/settlement/:date", path: goodDay, anybody: "of the platform"},
	{route: "POST /console/settlement/:date/settle", path: "/console/settlement/2026-03-10/settle", anybody: "of the platform"},
	{route: "POST /console/settlement/:date/release", path: "/console/settlement/2026-03-08/release", anybody: "of the platform"},
	{route: "GET /console/spec", anybody: "of the platform"},
	{route: "GET /console/files/:id", path: goodFile, anybody: "of the platform"},
}

var merchantProbes = []probe{
	{route: "GET /merchant", anybody: "shows the own merchant"},
	{route: "GET /merchant/payments/:no", path: "/merchant/payments/" + refundable},
	{route: "GET /merchant/slips/:date", path: "/merchant/slips/2026-03-09", anybody: "shows the own merchant's slip of the date"},
	{route: "GET /merchant/slips/:date/pdf", path: "/merchant/slips/2026-03-09/pdf", anybody: "prints the own merchant's slip of the date"},
	{route: "POST /merchant/refunds", form: url.Values{
		"order_no": {refundable}, "amount": {"1.00"}, "reason": {"退货"}, "request_id": {"0123456789abcdef0123456789abcdef"},
	}},
}

// ofA and ofB are sessions of each role: of merchant A or the platform, and of
// merchant B.
var (
	ofA = map[access.Role]string{
		access.Owner: "owner-a", access.Manager: "manager-a", access.Clerk: "clerk-a", access.Operator: "operator", access.OnboardingReviewer: "reviewer",
		access.ClearingOperator: "clear", access.ClearingApprover: "approver", access.Risk: "risk", access.Auditor: "audit", access.Administrator: "admin",
	}
	ofB = map[access.Role]string{access.Owner: "owner-b", access.Manager: "manager-b", access.Clerk: "clerk-b"}
)

// send sends the probe as a session, with the form token of that session.
func (p probe) send(s *site, session string) *http.Response {
	method, path, _ := strings.Cut(p.route, " ")
	if p.path != "" {
		path = p.path
	}
	b := s.browser(s.t, safariUA)
	if session != "" {
		b.as(session)
		if p.prepare != nil {
			p.prepare(s, s.back.sessions[session])
		}
	}
	if method == http.MethodGet {
		return b.get(path)
	}
	form := url.Values{"csrf": {s.sealer.formToken(session)}}
	for name, values := range p.form {
		form[name] = values
	}
	return b.postForm(path, form)
}

// guarded lists the routes that need a login.
func guarded(s *site) []route {
	return slices.DeleteFunc(slices.Clone(s.table), func(rt route) bool { return rt.rule.Public })
}

func probesOf(t *testing.T, rule access.Rule) []probe {
	t.Helper()
	var own []probe
	for _, p := range probes {
		if p.route == rule.Method+" "+rule.Path {
			own = append(own, p)
		}
	}
	if len(own) == 0 {
		t.Errorf("%s %s has no probe: add one to the probes of its area", rule.Method, rule.Path)
	}
	return own
}

// TestAuthorisationMatrix (T-Z1): every route × nobody and every role × {own,
// another merchant's}. A route that is allowed answers, one that is not is
// forbidden, nobody is led to the login, and what belongs to another merchant does
// not exist.
func TestAuthorisationMatrix(t *testing.T) {
	cells := 0
	for _, rt := range guarded(newSite(t)) {
		for _, p := range probesOf(t, rt.rule) {
			wantLogin(t, rt, p, p.send(newSite(t), ""))
			for _, role := range access.Roles {
				res := p.send(newSite(t), ofA[role])
				cells++
				switch {
				case !rt.rule.Allows(role):
					if res.StatusCode != http.StatusForbidden {
						t.Errorf("%s as %s: status %d, want 403", p.route, role, res.StatusCode)
					}
				case !answers(p, res):
					t.Errorf("%s as %s: status %d to %q: a role that may is turned away", p.route, role, res.StatusCode, res.Header.Get("Location"))
				}
				if other := ofB[role]; other != "" && rt.rule.Allows(role) && p.anybody == "" {
					cells++
					if res := p.send(newSite(t), other); res.StatusCode != http.StatusNotFound {
						t.Errorf("%s as %s of another merchant: status %d, want 404", p.route, role, res.StatusCode)
					}
				}
			}
		}
	}
	t.Logf("%d cells", cells)
}

// answers tells whether a request was let through to its handler.
func answers(p probe, res *http.Response) bool {
	switch res.StatusCode {
	case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		return false
	}
	to := res.Header.Get("Location")
	turned := strings.HasPrefix(to, "/login") || strings.HasPrefix(to, "/stepup")
	return res.StatusCode < 500 && (!turned || p.leaves)
}

func wantLogin(t *testing.T, rt route, p probe, res *http.Response) {
	t.Helper()
	if rt.as == asPage && (res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/login")) || rt.as == asJSON && res.StatusCode != http.StatusUnauthorized {
		t.Errorf("%s as nobody: status %d to %q, want the login", p.route, res.StatusCode, res.Header.Get("Location"))
	}
}

// TestProbesAreOfRoutes: a probe of a route that is gone tests nothing.
func TestProbesAreOfRoutes(t *testing.T) {
	table := newSite(t).Table()
	for _, p := range probes {
		method, path, _ := strings.Cut(p.route, " ")
		if rule, ok := table.Lookup(method, path); !ok || rule.Public {
			t.Errorf("there is a probe of %s and no such route with roles", p.route)
		}
	}
}

// TestUnfinishedLoginsOpenNothing: who has given the password only sees what
// finishes the login, whatever the role.
func TestUnfinishedLoginsOpenNothing(t *testing.T) {
	for _, rt := range guarded(newSite(t)) {
		for session, c := range map[string]struct {
			need access.Need
			page string
		}{halfSession: {access.NeedsCode, "/login/second"}, enrollingSession: {access.NeedsEnrolment, "/account/totp"}} {
			if slices.Contains(rt.unfinished, c.need) {
				continue
			}
			for _, p := range probesOf(t, rt.rule) {
				s := newSite(t)
				res := p.send(s, session)
				if rt.as == asPage && (res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), c.page)) || rt.as == asJSON && res.StatusCode != http.StatusUnauthorized {
					t.Errorf("%s with a session that needs %s: status %d to %q, want %s", p.route, c.need, res.StatusCode, res.Header.Get("Location"), c.page)
				}
				if len(s.back.calls) != 0 {
					t.Errorf("%s: calls %q, want none", p.route, s.back.calls)
				}
			}
		}
	}
}

// TestStepUpIsAskedFor (T-Z4): five minutes after the last proof a marked route
// does nothing but ask; the others go on.
func TestStepUpIsAskedFor(t *testing.T) {
	marked := 0
	for _, rt := range guarded(newSite(t)) {
		for _, p := range probesOf(t, rt.rule) {
			role := rt.rule.Roles[0]
			s := newSite(t)
			s.clock.AdvanceTo(noon.Add(access.StepUpLimit - time.Second))
			if res := p.send(s, ofA[role]); !answers(p, res) {
				t.Errorf("%s just in time: status %d", p.route, res.StatusCode)
			}
			s = newSite(t)
			s.clock.AdvanceTo(noon.Add(access.StepUpLimit))
			before := len(s.people.Entries())
			res := p.send(s, ofA[role])
			body := bodyOf(t, res)
			asked := strings.HasPrefix(res.Header.Get("Location"), "/stepup") || strings.Contains(body, `action="/stepup"`) && res.StatusCode == http.StatusForbidden
			if rt.as == asJSON {
				asked = res.StatusCode == http.StatusForbidden && strings.Contains(body, "step_up")
			}
			if asked != rt.stepUp {
				t.Errorf("%s too late: status %d, asked for a proof %v, want %v", p.route, res.StatusCode, asked, rt.stepUp)
			}
			if rt.stepUp {
				marked++
				if len(s.people.Entries()) != before || len(s.back.calls) != 0 {
					t.Errorf("%s did something before the proof", p.route)
				}
			}
		}
	}
	if marked == 0 {
		t.Error("no route is marked")
	}
}

// TestPostsWantTheFormToken: no POST of a logged-in person is taken without the
// token of the session.
func TestPostsWantTheFormToken(t *testing.T) {
	for _, rt := range guarded(newSite(t)) {
		if rt.rule.Method != http.MethodPost || rt.as == asJSON {
			continue
		}
		for _, p := range probesOf(t, rt.rule) {
			s := newSite(t)
			path := strings.TrimPrefix(p.route, "POST ")
			if p.path != "" {
				path = p.path
			}
			form := url.Values{"csrf": {s.sealer.formToken("another session")}}
			for name, values := range p.form {
				form[name] = values
			}
			wantStatus(t, s.browser(t, safariUA).as(ofA[rt.rule.Roles[0]]).postForm(path, form), http.StatusForbidden)
		}
	}
}
