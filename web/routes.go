package web

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"slices"
	"time"

	"juma/internal/access"
	"juma/internal/fault"
)

// Bounds of request bodies, in bytes.
const (
	maxNotice = 1 << 20  // wallets' notifications
	maxForm   = 64 << 10 // pages' forms and JSON
	maxUpload = 10 << 20 // a form with one picture
	maxTable  = 16 << 20 // a form with a table of merchants; larger ones are imported by command
)

// form says how a route speaks when it fails.
type form int

const (
	asPage   form = iota // an HTML page
	asJSON               // {"error":{…}}
	asNotice             // a bare status: nobody reads more
)

// route is one line of the table of everything that can be asked.
type route struct {
	rule   access.Rule
	handle handler
	as     form
	// foreign routes take requests that come from other sites: wallets' servers,
	// and browsers that a wallet sends back with POST.
	foreign bool
	// policy replaces the referrer policy. Pages with forms say same-origin,
	// because under no-referrer browsers send "Origin: null" with a form.
	policy string
	// nav puts the page into the side navigation of every role that may see it.
	nav *navEntry
	// stepUp asks who is there to prove again who they are, unless they did so in
	// the last access.StepUpLimit.
	stepUp bool
	// unfinished lists what a session may still lack to use the route: the pages
	// that finish a login.
	unfinished []access.Need
	// upload routes take a form with a file.
	upload bool
	// body is the most that is read, in bytes; 0 takes what such routes read.
	body int64
	// patience is how long the answer may take; 0 is the server's own time for one.
	patience time.Duration
	// camera pages may ask for the camera; on all others it stays shut.
	camera bool
}

// withCamera lets the page use the camera: see route.camera.
func (rt route) withCamera() route {
	rt.camera = true
	return rt
}

// withUpload lets a form bring a file: see maxUpload.
func (rt route) withUpload() route {
	rt.upload = true
	return rt
}

// withTable lets a form bring a table of merchants, which takes a while to check and
// to store.
func (rt route) withTable() route {
	rt.upload, rt.body, rt.patience = true, maxTable, tableTime
	return rt
}

// withBody lets a form be as long as so many bytes.
func (rt route) withBody(most int64) route {
	rt.body = most
	return rt
}

// withStepUp marks a route that moves money or identities: see route.stepUp.
func (rt route) withStepUp() route {
	rt.stepUp = true
	return rt
}

// open lets sessions use the route that lack something: see route.unfinished.
func (rt route) open(needs ...access.Need) route {
	rt.unfinished = needs
	return rt
}

func (rt route) maxBody() int64 {
	switch {
	case rt.body > 0:
		return rt.body
	case rt.as == asNotice:
		return maxNotice
	case rt.upload:
		return maxUpload
	}
	return maxForm
}

// Who may do what. A role that is in no list of a route is refused there. Lists
// that one area alone needs stand in its routes_<area>.go.
var (
	anyRole       = access.Roles
	platformRoles = []access.Role{
		access.Operator, access.OnboardingReviewer, access.ClearingOperator, access.ClearingApprover, access.Risk, access.Auditor, access.Administrator,
	}
	merchantStaff = []access.Role{access.Owner, access.Manager, access.Clerk}
)

// uploadTime is how long the body of an upload may take, shorter than the
// server's time for an answer.
const uploadTime = 50 * time.Second

// tableTime is how long the answer to a table may take.
const tableTime = 5 * time.Minute

const portalPolicy = "same-origin"

// routes is the whole site; an area has one line here and its routes in
// routes_<area>.go.
func (s *Server) routes() []route {
	return slices.Concat(
		s.siteRoutes(),
		s.cashierRoutes(),
		s.loginRoutes(),
		s.accountRoutes(),
		s.peopleRoutes(),
		s.settlementRoutes(),
		s.termRoutes(),
		s.payoutRoutes(),
		s.differenceRoutes(),
		s.ledgerRoutes(),
		s.merchantRoutes(),
		s.billRoutes(),
		s.scanRoutes(),
		s.applyRoutes(),
		s.reviewRoutes(),
		s.watchRoutes(),
		s.commandRoutes(),
		s.routeRoutes(),
		s.statementRoutes(),
		s.channelRoutes(),
		s.merchantsRoutes(),
		s.bindRoutes(),
		s.platesRoutes(),
		s.upkeepRoutes(),
		s.paymentsRoutes(),
		s.searchRoutes(),
		s.designRoutes(),
	)
}

// siteRoutes belong to no area.
func (s *Server) siteRoutes() []route {
	return []route{
		public(http.MethodGet, "/", s.home, asPage),
		public(http.MethodGet, "/static/:name", s.static, asPage),
	}
}

// public is a route that nobody needs to log in for.
func public(method, path string, h handler, as form) route {
	return route{rule: access.Rule{Method: method, Path: path, Public: true}, handle: h, as: as}
}

// portal is a page of the console or of the merchant portal, or what its forms
// post to: for the roles named, with the form token checked on POST.
func portal(method, path string, roles []access.Role, h handler) route {
	return route{rule: access.Rule{Method: method, Path: path, Roles: roles}, handle: h, policy: portalPolicy}
}

// publicForm is a page with a form that nobody needs to log in for. Its handler
// checks the form token itself, see showLogin.
func publicForm(method, path string, h handler) route {
	return route{rule: access.Rule{Method: method, Path: path, Public: true}, handle: h, policy: portalPolicy}
}

// Table is who may do what over HTTP, for tests and for people.
func (s *Server) Table() access.Table {
	var t access.Table
	for _, rt := range s.table {
		t = append(t, rt.rule)
	}
	return t
}

// authorise lets the request through if its route is public, or if a live
// session of an allowed role asks; a POST must bring the session's form token.
func (s *Server) authorise(ctx context.Context, r *request) error {
	rule := r.route.rule
	if rule.Public {
		return nil
	}
	cookie, err := r.Cookie(s.sessionCookie())
	if err != nil || cookie.Value == "" {
		return errNoSession
	}
	session, err := s.cfg.Logins.Session(ctx, cookie.Value)
	switch {
	case fault.Is(err, fault.Forbidden), fault.Is(err, fault.NotFound):
		return errNoSession
	case err != nil:
		return err
	case session.Needs != access.NeedsNothing && !slices.Contains(r.route.unfinished, session.Needs):
		return &unfinishedLogin{session.Needs}
	case !rule.Allows(session.Role):
		return fault.New("web.authorise", fault.Forbidden, "role %s may not use %s %s", session.Role, rule.Method, rule.Path)
	}
	r.user, r.login, r.session = session.User, session, cookie.Value
	if r.Method == http.MethodPost {
		if err := s.checkForm(r, r.session); err != nil {
			return err
		}
	}
	// Who has not finished the login has only just given the password.
	if r.route.stepUp && session.Needs == access.NeedsNothing {
		return s.requireStepUp(r)
	}
	return nil
}

// parseForm reads a form, and on upload routes one with a file, which stays in
// memory: what people send is not left on the disk.
func (r *request) parseForm() error {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.route.upload && kind == "multipart/form-data" {
		return r.ParseMultipartForm(r.route.maxBody())
	}
	return r.ParseForm()
}

// errStaleForm says that a form's token does not belong to its session.
var errStaleForm = &httpFault{status: http.StatusForbidden, code: "form"}

// checkForm reads a form and demands the token of the session that it was
// rendered for.
func (s *Server) checkForm(r *request, session string) error {
	if err := r.parseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return fault.New("web.checkForm", fault.Invalid, "the form is unreadable")
	}
	if !s.sealer.checkFormToken(session, r.PostForm.Get("csrf")) {
		return errStaleForm
	}
	return nil
}
