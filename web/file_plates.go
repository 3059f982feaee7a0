package web

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strings"

	"juma/acquiring"
	"juma/acquiring/watch"
	"juma/internal/access"
	"juma/internal/fault"
	"juma/qrcode"
)

// platePage is what plate.html shows.
type platePage struct {
	plateRow
	Stage    string // where it is on its way, see qrcode.Stage
	Store    string
	Bindings []bindingRow
	Events   []Event
	Spark    spark
	Payments []acquiring.Payment
	Alarms   []alarmRow
	Moves    []plateMove // that the reader may make now
	Binds    bool        // the reader may bind or replace it
	Opens    bool        // the reader has the pages of payments
	Code     string
	Problems problems
	Typed    string
}

// bindingRow is a binding with names.
type bindingRow struct {
	qrcode.Binding
	Merchant, Store string
}

// plateMove is a button: what is posted to and how it looks.
type plateMove struct {
	Name   string
	Danger bool
}

// plateMoves are the moves that people make on the page; bindings are made
// elsewhere.
var plateMoves = []struct {
	qrcode.Move
	do func(PlateOffice, context.Context, string, string, string) error
}{
	{qrcode.MoveSuspend, PlateOffice.Suspend}, {qrcode.MoveResume, PlateOffice.Resume}, {qrcode.MoveLost, PlateOffice.Lose}, {qrcode.MoveVoid, PlateOffice.Void},
}

const (
	lastPayments = 10
	plateAlarms  = 10
)

func (s *Server) plateFile(ctx context.Context, r *request) (response, error) {
	return s.showPlate(ctx, r, http.StatusOK, platePage{})
}

func (s *Server) showPlate(ctx context.Context, r *request, status int, page platePage) (response, error) {
	p, b, err := s.cfg.PlateRecords.PlateBySerial(ctx, r.param("serial"))
	if err != nil {
		return response{}, err
	}
	page.Plate, page.Binding = p, b
	for _, fill := range []func(context.Context, *request, *platePage) error{s.fillBindings, s.fillPlateHistory, s.fillSales, s.fillAlarms} {
		if err := fill(ctx, r, &page); err != nil {
			return response{}, err
		}
	}
	page.Binds = slices.Contains(plateBinders, r.user.Role) && (qrcode.MoveBind.Allows(p.State) || qrcode.MoveReplace.Allows(p.State))
	page.Opens = readsPayments(r.user)
	for _, m := range plateMoves {
		if m.Allows(p.State) && slices.Contains(plateKeepers, r.user.Role) {
			page.Moves = append(page.Moves, plateMove{m.Name, m.Ends})
		}
	}
	return s.page(r, "plate", status, page), nil
}

// fillBindings names whom the plate pays and paid, newest first.
func (s *Server) fillBindings(ctx context.Context, _ *request, page *platePage) (err error) {
	if page.Merchant, page.Store, err = s.boundTo(ctx, page.Binding); err != nil {
		return err
	}
	all, err := s.cfg.PlateRecords.Bindings(ctx, page.Key)
	slices.Reverse(all)
	for _, b := range all {
		row := bindingRow{Binding: b}
		if row.Merchant, row.Store, err = s.boundTo(ctx, b); err != nil {
			return err
		}
		page.Bindings = append(page.Bindings, row)
	}
	return err
}

// boundTo names the merchant and the store of a binding.
func (s *Server) boundTo(ctx context.Context, b qrcode.Binding) (merchant, store string, err error) {
	if b.MerchantNo == "" {
		return "", "", nil
	}
	if merchant, err = s.shortName(ctx, b.MerchantNo); err != nil {
		return "", "", err
	}
	st, err := s.cfg.Merchants.StoreByID(ctx, b.StoreID)
	if fault.Is(err, fault.NotFound) {
		return merchant, b.StoreID, nil
	}
	return merchant, st.Name, err
}

func (s *Server) fillPlateHistory(ctx context.Context, r *request, page *platePage) error {
	batch, err := s.cfg.PlateRecords.Batch(ctx, page.BatchID)
	if err != nil {
		return err
	}
	page.Stage = qrcode.Stage(page.Plate, batch)
	history, err := s.cfg.PlateRecords.History(ctx, page.Plate)
	slices.Reverse(history)
	for _, e := range history {
		page.Events = append(page.Events, r.lang.plateEvent(e))
	}
	return err
}

// plateEvent tells a line of history. What happened to the whole batch says so.
func (l lang) plateEvent(e qrcode.Event) Event {
	title := l.text("plateevent." + e.Action)
	if e.PlateKey == "" {
		title = l.text("plates.batch_event", title)
	}
	if e.Action == "stock" && e.After != "" {
		title += " → " + e.After
	}
	return Event{Time: e.At, By: e.By, Title: title, Text: e.Reason, Tone: toneOf["plateevent."+e.Action]}
}

func (s *Server) fillSales(ctx context.Context, r *request, page *platePage) (err error) {
	from, to := sparkDays(s.cfg.Clock.Now())
	days, err := s.cfg.PlateSales.SoldOnPlate(ctx, page.Key, from)
	if err != nil {
		return err
	}
	if page.Spark, err = r.lang.newSpark(days, from, to); err != nil {
		return err
	}
	page.Payments, err = s.cfg.PlateSales.PaymentsOnPlate(ctx, page.Key, lastPayments)
	return err
}

func (s *Server) fillAlarms(ctx context.Context, r *request, page *platePage) error {
	alarms, err := s.cfg.Alarms.Alarms(ctx, watch.Query{States: alarmsUp, PlateKey: page.Key, Limit: plateAlarms})
	if err != nil {
		return err
	}
	page.Alarms, err = s.alarmRows(ctx, r.lang, alarms)
	return err
}

// plateMove moves a plate; the last word of the address says how.
func (s *Server) plateMove(ctx context.Context, r *request) (response, error) {
	p, _, err := s.cfg.PlateRecords.PlateBySerial(ctx, r.param("serial"))
	if err != nil {
		return response{}, err
	}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	wrong := func() (response, error) {
		return s.showPlate(ctx, r, http.StatusUnprocessableEntity, platePage{Problems: problems{"reason": "why_needed"}, Typed: reason})
	}
	if reason == "" {
		return wrong()
	}
	name := path.Base(r.route.rule.Path)
	for _, m := range plateMoves {
		if m.Name == name {
			err = m.do(s.cfg.PlateOffice, ctx, p.Key, r.user.Login, reason)
		}
	}
	switch {
	case fault.Is(err, fault.Conflict):
		return s.showPlate(ctx, r, http.StatusConflict, platePage{Code: "plate_moved"})
	case fault.Is(err, fault.Invalid):
		return wrong()
	case err != nil:
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, platesPath+"/"+p.Serial), "plate_"+name), nil
}

// mayOrder tells whether somebody orders plates.
func mayOrder(u access.User) bool { return slices.Contains(plateOrderers, u.Role) }
