package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"juma/internal/fault"
	"juma/qrcode"
)

// platesPage is what plates.html shows.
type platesPage struct {
	Rows   []plateRow
	Filter Filters
	States []Option
	On     qrcode.Filter
	Pager  keyset
	Typed  string
	Code   string // text code of what went wrong
}

// plateRow is a plate with whom it pays.
type plateRow struct {
	qrcode.Plate
	Binding  qrcode.Binding
	Merchant string
}

func (s *Server) plateList(ctx context.Context, r *request) (response, error) {
	return s.showPlates(ctx, r, http.StatusOK, platesPage{})
}

func (s *Server) showPlates(ctx context.Context, r *request, status int, page platesPage) (response, error) {
	q := r.query()
	page.On = qrcode.Filter{BatchID: q.Get("batch"), MerchantNo: strings.TrimSpace(q.Get("merchant")), Holder: strings.TrimSpace(q.Get("holder"))}
	if st := qrcode.State(q.Get("state")); slices.Contains(qrcode.States, st) {
		page.On.State = st
	}
	for _, st := range qrcode.States {
		page.States = append(page.States, option(st, r.lang.text("platestate."+string(st))))
	}
	plates, bindings, err := s.cfg.PlateRecords.FindPlates(ctx, page.On, q.Get("after"), r.rows()+1)
	if err != nil {
		return response{}, err
	}
	last := ""
	if len(plates) > r.rows() {
		plates = plates[:r.rows()]
		last = plates[len(plates)-1].Serial
	}
	for i, p := range plates {
		name, err := s.shortName(ctx, bindings[i].MerchantNo)
		if err != nil {
			return response{}, err
		}
		page.Rows = append(page.Rows, plateRow{p, bindings[i], name})
	}
	page.Filter = r.filters(r.lang.text("plates.filter"), r.plateFilters(page.On), "after")
	page.Pager = r.keysetOf("after", last, "plates")
	return s.page(r, "plates", status, page), nil
}

// plateFilters are the filters of the list as chips.
func (r *request) plateFilters(on qrcode.Filter) []filterOn {
	state := ""
	if on.State != "" {
		state = r.lang.text("platestate." + string(on.State))
	}
	return []filterOn{
		{Param: "state", Label: r.lang.text("col.state"), Text: state},
		{Param: "merchant", Label: r.lang.text("plates.merchant_no"), Text: on.MerchantNo},
		{Param: "holder", Label: r.lang.text("plates.holder"), Text: on.Holder},
		{Param: "batch", Label: r.lang.text("plates.batch"), Text: on.BatchID},
	}
}

// plateFind leads to the plate with a serial, key or code.
func (s *Server) plateFind(ctx context.Context, r *request) (response, error) {
	typed := strings.TrimSpace(r.PostForm.Get("q"))
	p, _, err := s.findPlate(ctx, typed)
	switch {
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid):
		return s.showPlates(ctx, r, http.StatusUnprocessableEntity, platesPage{Typed: typed, Code: "plate_not_found"})
	case err != nil:
		return response{}, err
	}
	return redirect(http.StatusSeeOther, platesPath+"/"+p.Serial), nil
}

// maxTypedCode is the longest code that is looked for, in bytes.
const maxTypedCode = 512

func (s *Server) findPlate(ctx context.Context, typed string) (qrcode.Plate, qrcode.Binding, error) {
	if typed == "" || len(typed) > maxTypedCode {
		return qrcode.Plate{}, qrcode.Binding{}, fault.New("web.findPlate", fault.NotFound, "no such plate")
	}
	return s.cfg.PlateOffice.Find(ctx, typed)
}

// findPlates finds a plate for the console's search.
func (s *Server) findPlates(ctx context.Context, r *request, typed string) ([]hit, error) {
	p, b, err := s.findPlate(ctx, typed)
	switch {
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid):
		return nil, nil
	case err != nil:
		return nil, err
	}
	name, err := s.shortName(ctx, b.MerchantNo)
	return []hit{{Kind: textKey("alarms.plate"), Title: p.Serial, Text: strings.TrimSpace(r.lang.text("platestate."+string(p.State)) + " " + name), Path: platesPath + "/" + p.Serial, Exact: true}}, err
}
