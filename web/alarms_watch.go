package web

import (
	"context"
	"net/http"
	"slices"

	"juma/acquiring/watch"
	"juma/internal/fault"
	"juma/merchants/check"
)

// alarmsUp are the states that the list shows unless one is asked for.
var alarmsUp = []watch.State{watch.Open, watch.Acknowledged}

// alarmsPage is what alarms.html shows.
type alarmsPage struct {
	Rows   []alarmRow
	Kinds  Tabs
	Filter Filters
	State  string
	States []Option
	Pager  keyset
}

// alarmRow is an alarm as people read it.
type alarmRow struct {
	watch.Alarm
	Merchant string // short name
	Says     string // what was found, in a sentence
}

// countAlarms is how many alarms wait for somebody.
func (s *Server) countAlarms(ctx context.Context) (int, error) {
	counts, err := s.cfg.Alarms.CountAlarms(ctx)
	n := 0
	for _, c := range counts {
		n += c
	}
	return n, err
}

func (s *Server) alarmList(ctx context.Context, r *request) (response, error) {
	q := r.query()
	query := watch.Query{States: alarmsUp, BeforeID: q.Get("before"), Limit: r.rows() + 1}
	if kind := watch.Kind(q.Get("kind")); slices.Contains(watch.Kinds, kind) {
		query.Kind = kind
	}
	page := alarmsPage{}
	for _, st := range watch.States {
		text := r.lang.text("alarmstate." + string(st))
		page.States = append(page.States, option(st, text))
		if q.Get("state") == string(st) {
			page.State, query.States = string(st), []watch.State{st}
		}
	}
	alarms, err := s.cfg.Alarms.Alarms(ctx, query)
	if err != nil {
		return response{}, err
	}
	counts, err := s.cfg.Alarms.CountAlarms(ctx)
	if err != nil {
		return response{}, err
	}
	last := ""
	if len(alarms) > r.rows() {
		alarms = alarms[:r.rows()]
		last = alarms[len(alarms)-1].ID
	}
	if page.Rows, err = s.alarmRows(ctx, r.lang, alarms); err != nil {
		return response{}, err
	}
	page.Kinds = r.kindTabs(query.Kind, counts)
	state := filterOn{Param: "state", Label: r.lang.text("col.state")}
	if page.State != "" {
		state.Text = r.lang.text("alarmstate." + page.State)
	}
	page.Filter = r.filters(r.lang.text("alarms.filter"), []filterOn{state}, "before")
	page.Pager = r.keysetOf("before", last, "alarms")
	return s.page(r, "alarms", http.StatusOK, page), nil
}

// kindTabs are the kinds with how many alarms of each wait.
func (r *request) kindTabs(current watch.Kind, counts map[watch.Kind]int) Tabs {
	all := Tab{Text: r.lang.text("alarms.all"), Current: current == ""}
	var tabs []Tab
	q := r.query()
	q.Del("before")
	for _, k := range watch.Kinds {
		all.Count += counts[k]
		tabs = append(tabs, Tab{Path: linkWith(q, "kind", string(k)), Text: r.lang.text("alarmkind." + string(k)), Count: counts[k], Current: current == k})
	}
	all.Path = linkWith(q, "kind", "")
	return Tabs{Label: r.lang.text("alarms.kinds"), Tabs: append([]Tab{all}, tabs...)}
}

// alarmRows tells the alarms in sentences, with the merchants' names.
func (s *Server) alarmRows(ctx context.Context, l lang, alarms []watch.Alarm) ([]alarmRow, error) {
	rows := make([]alarmRow, len(alarms))
	for i, a := range alarms {
		name, err := s.shortName(ctx, a.MerchantNo)
		if err != nil {
			return nil, err
		}
		rows[i] = alarmRow{a, name, l.finding(a)}
	}
	return rows, nil
}

// shortName is a merchant's, "" for nobody.
func (s *Server) shortName(ctx context.Context, no string) (string, error) {
	if no == "" {
		return "", nil
	}
	m, err := s.cfg.Merchants.Merchant(ctx, no)
	if fault.Is(err, fault.NotFound) {
		return no, nil
	}
	return m.ShortName, err
}

// finding is what an alarm says, see watch.Finding.
func (l lang) finding(a watch.Alarm) string {
	f := a.Finding
	place := func(region string) string { return check.RegionName(region, l.tag()) }
	switch a.Kind {
	case watch.Suspended:
		return l.text("alarms.says.suspended", f.Count, f.Paid)
	case watch.SmallTest:
		return l.text("alarms.says.small", f.Count, f.Paid)
	case watch.Silent:
		return l.text("alarms.says.silent", showTime(f.From), f.Count)
	case watch.City:
		if f.Count == 0 {
			return l.text("alarms.says.moved", place(f.Was), place(f.Is))
		}
		return l.text("alarms.says.payers", f.Count, place(f.Was), place(f.Is))
	}
	return ""
}

// alarmPage is what alarm.html shows.
type alarmPage struct {
	alarmRow
	Events   []Event
	Acts     bool   // the reader may do something about it
	Code     string // text code of what went wrong
	Problems problems
	Typed    string
}

func (s *Server) alarmFile(ctx context.Context, r *request) (response, error) {
	return s.showAlarm(ctx, r, http.StatusOK, alarmPage{})
}

func (s *Server) showAlarm(ctx context.Context, r *request, status int, page alarmPage) (response, error) {
	a, err := s.cfg.Alarms.Alarm(ctx, r.param("id"))
	if err != nil {
		return response{}, err
	}
	rows, err := s.alarmRows(ctx, r.lang, []watch.Alarm{a})
	if err != nil {
		return response{}, err
	}
	page.alarmRow = rows[0]
	page.Acts = slices.Contains(alarmKeepers, r.user.Role) && a.State != watch.Closed
	page.Events = append(page.Events, Event{Time: a.RaisedAt, By: watch.Actor, Title: r.lang.text("alarms.raised"), Tone: Warn})
	if a.AckedBy != "" {
		page.Events = append(page.Events, Event{Time: a.AckedAt, By: a.AckedBy, Title: r.lang.text("alarmstate.acknowledged"), Text: a.AckNote, Tone: Info})
	}
	if a.ClosedBy == watch.Actor { // only a silence ends by itself
		a.Reason = r.lang.text("alarms.sold_again")
	}
	if a.ClosedBy != "" {
		page.Events = append(page.Events, Event{Time: a.ClosedAt, By: a.ClosedBy, Title: r.lang.text("alarmstate.closed"), Text: a.Reason, Tone: Good})
	}
	return s.page(r, "alarm", status, page), nil
}

func (s *Server) alarmAcknowledge(ctx context.Context, r *request) (response, error) {
	_, err := s.cfg.Alarms.Acknowledge(ctx, r.param("id"), r.user.Login, r.PostForm.Get("reason"))
	return s.alarmMoved(ctx, r, err, "alarm_acknowledged")
}

func (s *Server) alarmClose(ctx context.Context, r *request) (response, error) {
	_, err := s.cfg.Alarms.Close(ctx, r.param("id"), r.user.Login, r.PostForm.Get("reason"))
	return s.alarmMoved(ctx, r, err, "alarm_closed")
}

// alarmMoved goes back to the alarm, or says why nothing was done.
func (s *Server) alarmMoved(ctx context.Context, r *request, err error, done string) (response, error) {
	switch {
	case fault.Is(err, fault.Conflict):
		return s.showAlarm(ctx, r, http.StatusConflict, alarmPage{Code: "alarm_moved"})
	case fault.Is(err, fault.Invalid):
		return s.showAlarm(ctx, r, http.StatusUnprocessableEntity, alarmPage{Problems: problems{"reason": "why_needed"}, Typed: r.PostForm.Get("reason")})
	case err != nil:
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, alarmsPath+"/"+r.param("id")), done), nil
}
