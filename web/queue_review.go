package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"juma/merchants"
)

// queueStates are what the queue shows unless a state is asked for: what waits for
// a reviewer.
var queueStates = []merchants.ApplicationState{merchants.InReview, merchants.SecondEye}

// queuePage is what review.html shows.
type queuePage struct {
	Rows  []queueRow
	Tabs  []Tab
	Pager keyset
}

// queueRow is an application of the queue with how long it has waited.
type queueRow struct {
	merchants.ApplicationFile
	Days int // since the submission
}

func (s *Server) reviewQueue(ctx context.Context, r *request) (response, error) {
	q := r.query()
	state := merchants.ApplicationState(q.Get("state"))
	query := merchants.ApplicationQuery{States: queueStates, AfterID: q.Get("after"), Limit: r.rows() + 1, OldestFirst: true}
	if slices.Contains(merchants.ApplicationStates, state) {
		query.States = []merchants.ApplicationState{state}
	} else {
		state = ""
	}
	files, err := s.cfg.Applications.Applications(ctx, query)
	if err != nil {
		return response{}, err
	}
	counts, err := s.cfg.ReviewFiles.CountApplications(ctx)
	if err != nil {
		return response{}, err
	}
	last := ""
	if len(files) > r.rows() {
		files = files[:r.rows()]
		last = files[len(files)-1].ID
	}
	page := queuePage{Tabs: r.lang.queueTabs(state, counts), Pager: r.keysetOf("after", last, "queue")}
	now := s.cfg.Clock.Now()
	for _, a := range files {
		row := queueRow{ApplicationFile: a}
		if !a.SubmittedAt.IsZero() {
			row.Days = int(now.Sub(a.SubmittedAt) / (24 * time.Hour))
		}
		page.Rows = append(page.Rows, row)
	}
	return s.page(r, "review", http.StatusOK, page), nil
}

// queueTabs are the queue and every state with its number of applications.
func (l lang) queueTabs(current merchants.ApplicationState, counts map[merchants.ApplicationState]int) []Tab {
	waiting := 0
	for _, st := range queueStates {
		waiting += counts[st]
	}
	tabs := []Tab{{Path: "/console/applications", Text: l.text("review.waiting"), Count: waiting, Current: current == ""}}
	for _, st := range merchants.ApplicationStates {
		tabs = append(tabs, Tab{
			Path: "/console/applications?state=" + string(st), Text: l.text("applystate." + string(st)), Count: counts[st], Current: current == st,
		})
	}
	return tabs
}
