package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"juma/merchants"
)

// changesPage is what changes.html shows.
type changesPage struct {
	Rows  []changeRow
	Tabs  []Tab
	Pager keyset
}

// changeRow is a change of the queue with how long it has waited.
type changeRow struct {
	merchants.AccountChange
	Merchant string // short name
	Days     int    // since it was asked for, until it ended
}

// changeQueue lists the changes that wait for approval, oldest first, or those of a
// state.
func (s *Server) changeQueue(ctx context.Context, r *request) (response, error) {
	q := r.query()
	state := merchants.AccountState(q.Get("state"))
	if !slices.Contains(merchants.AccountStates, state) {
		state = merchants.AccountApproving
	}
	changes, err := s.cfg.Upkeep.AccountChanges(ctx, merchants.ChangeQuery{State: state, OldestFirst: state.Open(), AfterID: q.Get("after"), Limit: r.rows() + 1})
	if err != nil {
		return response{}, err
	}
	last := ""
	if len(changes) > r.rows() {
		changes = changes[:r.rows()]
		last = changes[len(changes)-1].ID
	}
	page := changesPage{Tabs: r.lang.changeTabs(state), Pager: r.keysetOf("after", last, "queue")}
	for _, c := range changes {
		m, err := s.cfg.Merchants.Merchant(ctx, c.MerchantNo)
		if err != nil {
			return response{}, err
		}
		until := c.EndedAt
		if c.State.Open() {
			until = s.cfg.Clock.Now()
		}
		page.Rows = append(page.Rows, changeRow{c, m.ShortName, int(until.Sub(c.RequestedAt) / (24 * time.Hour))})
	}
	return s.page(r, "changes", http.StatusOK, page), nil
}

// changeTabs are the states; what waits for approval comes first.
func (l lang) changeTabs(current merchants.AccountState) []Tab {
	tabs := []Tab{{Path: "/console/changes", Text: l.text("accountstate." + string(merchants.AccountApproving)), Current: current == merchants.AccountApproving}}
	for _, st := range merchants.AccountStates {
		if st != merchants.AccountApproving {
			tabs = append(tabs, Tab{Path: "/console/changes?state=" + string(st), Text: l.text("accountstate." + string(st)), Current: current == st})
		}
	}
	return tabs
}
