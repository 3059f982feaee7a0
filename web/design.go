package web

import (
	"context"
	"net/http"
	"time"

	"juma/internal/bizdate"
)

// designPage is what design.html shows: every component, with each of its
// states. The data is invented and belongs to nobody.
type designPage struct {
	Time     time.Time
	Wallet   string // that the filter is set to
	Filters  Filters
	Problems problems
	Events   []Event
	Changes  []Change
	Pager    pager[int]
	Keyset   keyset
	Steps    []Step
}

// design shows the components. A filter that is applied here is on, and the
// page sizes are remembered, as everywhere.
func (s *Server) design(_ context.Context, r *request) (response, error) {
	at := time.Date(2026, 3, 10, 9, 30, 0, 0, bizdate.Zone)
	text := r.lang.text
	wallet := r.URL.Query().Get("wallet")
	if _, known := catalogue["wallet."+wallet]; !known {
		wallet = "wechat" // the bar with a filter is shown in any case
	}
	on := filterOn{Param: "wallet", Label: text("col.channel"), Text: text("wallet." + wallet)}
	page := designPage{
		Time:     at,
		Problems: problems{"wrong": "amount", "wrong_text": "reason", "wrong_choice": "invalid", "wrong_file": "too_large"},
		Wallet:   wallet,
		Filters:  r.filters(text("design.filters"), []filterOn{on}, "page"),
		Pager:    paginate(make([]int, 260), r.URL.Query(), "page", r.rows()),
		Keyset:   keyset{Newest: "?#lists", Older: "?#lists", Sizes: sizeLinks(r.query(), r.rows(), "page", "lists")},
		Steps: []Step{
			{Text: text("design.step_a"), State: "done", Path: "#flow"}, {Text: text("design.step_b"), State: "error", Path: "#flow"},
			{Text: text("design.step_c"), State: "current"}, {Text: text("design.step_d"), State: "todo"},
		},
		Events: []Event{
			{Time: at, Title: text("design.event_a"), By: "owner-a", Tone: Info},
			{Time: at.Add(2 * time.Hour), Title: text("design.event_b"), By: "review-1", Text: text("design.event_b_text"), Tone: Warn},
			{Time: at.Add(26 * time.Hour), Title: text("design.event_c"), By: "review-2", Tone: Good},
		},
		Changes: []Change{
			{text("design.name"), "老王面馆", "老王面馆（西湖店）"}, {text("design.phone"), "138****5678", "138****5678"}, {text("design.address"), "", "杭州市西湖区文三路 1 号"},
		},
	}
	if len(page.Filters.Chips) == 0 {
		page.Filters.Chips = []Chip{{Label: on.Label, Text: on.Text, Remove: "?#lists"}}
	}
	return s.page(r, "design", http.StatusOK, page), nil
}
