package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"juma/acquiring"
	"juma/acquiring/routing"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// routesPage is what routes.html shows.
type routesPage struct {
	Version  int
	Set      routing.Set
	Versions []routing.Version
	Pager    keyset
	MayKeep  bool
	OrderNo  string // that was asked about
	Why      *routeWhy
	Problems problems
}

// routeWhy is a payment and why it went where it went.
type routeWhy struct {
	Payment acquiring.Payment
	Record  routing.Record
}

func (s *Server) routeList(ctx context.Context, r *request) (response, error) {
	q := r.query()
	page := routesPage{MayKeep: slices.Contains(routeKeepers, r.user.Role), OrderNo: strings.TrimSpace(q.Get("order_no")), Problems: problems{}}
	var err error
	if page.Set, page.Version, err = s.cfg.RouteOffice.InForce(ctx); err != nil {
		return response{}, err
	}
	before, err := strconv.Atoi(q.Get("before"))
	if err != nil {
		before = 0
	}
	if page.Versions, err = s.cfg.RouteOffice.Versions(ctx, before, r.rows()+1); err != nil {
		return response{}, err
	}
	last := ""
	if len(page.Versions) > r.rows() {
		page.Versions = page.Versions[:r.rows()]
		last = strconv.Itoa(page.Versions[len(page.Versions)-1].Version)
	}
	page.Pager = r.keysetOf("before", last, "versions")
	if page.OrderNo != "" {
		p, record, err := s.cfg.RouteReasons.RouteOf(ctx, page.OrderNo)
		switch {
		case fault.Is(err, fault.NotFound):
			page.Problems["order_no"] = "route_order"
		case err != nil:
			return response{}, err
		default:
			page.Why = &routeWhy{p, record}
		}
	}
	return s.page(r, "routes", http.StatusOK, page), nil
}

// routePage is what route.html shows: a version, or the form for a new one.
type routePage struct {
	New      bool
	V        routing.Version
	Text     string // the set as people write it
	Field    string // that is wrong in it
	Acts     bool
	Own      bool // the reader proposed it
	Trial    *routing.Trial
	Code     string
	Problems problems
	Reason   string
}

// routeForm begins with what is in force.
func (s *Server) routeForm(ctx context.Context, r *request) (response, error) {
	set, _, err := s.cfg.RouteOffice.InForce(ctx)
	if err != nil {
		return response{}, err
	}
	return s.page(r, "route", http.StatusOK, routePage{New: true, Text: set.Text()}), nil
}

// routePropose stores a proposal, or with act=try shows what it would have done
// yesterday.
func (s *Server) routePropose(ctx context.Context, r *request) (response, error) {
	page := routePage{New: true, Text: r.PostForm.Get("rules"), Reason: strings.TrimSpace(r.PostForm.Get("reason")), Problems: problems{}}
	set, err := routing.ParseSet(page.Text)
	if err == nil {
		err = set.Check()
	}
	if fault.Is(err, fault.Invalid) {
		var f *fault.Error
		if errors.As(err, &f) {
			page.Field = f.Field
		}
		page.Problems["rules"] = "route_set"
		return s.page(r, "route", http.StatusUnprocessableEntity, page), nil
	}
	if r.PostForm.Get("act") == "try" {
		trial, err := s.cfg.RouteOffice.DryRun(ctx, set, s.yesterday())
		if err != nil {
			return response{}, err
		}
		page.Trial = &trial
		return s.page(r, "route", http.StatusOK, page), nil
	}
	if page.Reason == "" {
		page.Problems["reason"] = "why_needed"
		return s.page(r, "route", http.StatusUnprocessableEntity, page), nil
	}
	v, err := s.cfg.RouteOffice.Propose(ctx, set, r.user.Login, page.Reason)
	if fault.Is(err, fault.Conflict) {
		page.Code = "route_open"
		return s.page(r, "route", http.StatusConflict, page), nil
	}
	if err != nil {
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, routesPath+"/"+strconv.Itoa(v.Version)), "route_proposed"), nil
}

func (s *Server) yesterday() bizdate.Date { return bizdate.Of(s.cfg.Clock.Now()).AddDays(-1) }

func (s *Server) routeVersion(ctx context.Context, r *request) (response, error) {
	return s.showRoute(ctx, r, http.StatusOK, routePage{})
}

func (s *Server) showRoute(ctx context.Context, r *request, status int, page routePage) (response, error) {
	no, err := strconv.Atoi(r.param("version"))
	if err != nil {
		return response{}, fault.New("web.routeVersion", fault.NotFound, "no such version")
	}
	if page.V, err = s.cfg.RouteOffice.Version(ctx, no); err != nil {
		return response{}, err
	}
	page.Text = page.V.Rules.Text()
	page.Acts = page.V.State == routing.Proposed && slices.Contains(routeKeepers, r.user.Role)
	page.Own = page.V.ProposedBy == r.user.Login
	return s.page(r, "route", status, page), nil
}

// routeTry shows what a version would have done with yesterday's payments.
func (s *Server) routeTry(ctx context.Context, r *request) (response, error) {
	no, err := strconv.Atoi(r.param("version"))
	if err != nil {
		return response{}, fault.New("web.routeTry", fault.NotFound, "no such version")
	}
	v, err := s.cfg.RouteOffice.Version(ctx, no)
	if err != nil {
		return response{}, err
	}
	trial, err := s.cfg.RouteOffice.DryRun(ctx, v.Rules, s.yesterday())
	if err != nil {
		return response{}, err
	}
	return s.showRoute(ctx, r, http.StatusOK, routePage{Trial: &trial})
}

func (s *Server) routeApprove(ctx context.Context, r *request) (response, error) {
	return s.routeDecide(ctx, r, s.cfg.RouteOffice.Approve, "route_approved")
}

func (s *Server) routeReject(ctx context.Context, r *request) (response, error) {
	return s.routeDecide(ctx, r, s.cfg.RouteOffice.Reject, "route_rejected")
}

// routeDecide carries a decision out, or says why nothing was done.
func (s *Server) routeDecide(ctx context.Context, r *request, decide func(context.Context, int, string, string) error, done string) (response, error) {
	no, err := strconv.Atoi(r.param("version"))
	if err != nil {
		return response{}, fault.New("web.routeDecide", fault.NotFound, "no such version")
	}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	err = decide(ctx, no, r.user.Login, reason)
	switch {
	case fault.Is(err, fault.Forbidden):
		return s.showRoute(ctx, r, http.StatusForbidden, routePage{Code: "route_own", Reason: reason})
	case fault.Is(err, fault.Conflict):
		return s.showRoute(ctx, r, http.StatusConflict, routePage{Code: "route_decided"})
	case fault.Is(err, fault.Invalid):
		return s.showRoute(ctx, r, http.StatusUnprocessableEntity, routePage{Problems: problems{"reason": "why_needed"}})
	case err != nil:
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, routesPath+"/"+strconv.Itoa(no)), done), nil
}
