package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"juma/internal/fault"
	"juma/internal/id"
	"juma/merchants"
	"juma/qrcode"
)

// fieldPlate is a plate with whom it is bound to now.
type fieldPlate struct {
	qrcode.Plate
	Binding  qrcode.Binding // Version 0: none
	Merchant merchants.Merchant
	Store    merchants.Store
}

// Number is the serial as it is printed: in groups, check digits last.
func (p fieldPlate) Number() string {
	return p.Serial[:6] + " " + p.Serial[6:] + "-" + id.SerialCheck(p.Serial)
}

// CanBind tells whether the plate can be tied to a terminal or moved to another.
func (p fieldPlate) CanBind() bool {
	return qrcode.MoveBind.Allows(p.State) || qrcode.MoveRebind.Allows(p.State)
}

// CanBeReplaced tells whether another plate can take over what it is bound to.
func (p fieldPlate) CanBeReplaced() bool {
	return qrcode.MoveReplace.Allows(p.State) && p.Binding.Version > 0
}

// fieldPlate reads the plate with a serial.
func (s *Server) fieldPlate(ctx context.Context, text string) (fieldPlate, error) {
	serial, ok := qrcode.ReadSerial(text)
	if !ok {
		return fieldPlate{}, fault.New("web.fieldPlate", fault.NotFound, "this is no serial")
	}
	plate, binding, err := s.cfg.FieldPlates.Find(ctx, serial)
	p := fieldPlate{Plate: plate, Binding: binding}
	if err != nil || binding.Version == 0 {
		return p, err
	}
	if p.Merchant, err = s.cfg.Places.Merchant(ctx, binding.MerchantNo); err != nil {
		return p, err
	}
	p.Store, err = s.cfg.Places.StoreByID(ctx, binding.StoreID)
	return p, err
}

// bindPlatePage is what bind_plate.html shows.
type bindPlatePage struct {
	Plate     fieldPlate
	Overtaken overtaken // zero: nobody was faster
	Query     string
	Searched  bool
	Hits      []placeHit
	Code      string
}

// overtaken is who changed a plate, and when, while somebody else was about to.
type overtaken struct {
	By string
	At time.Time
}

// bindPlate shows a plate: its state, what it is bound to, and what can be done.
func (s *Server) bindPlate(ctx context.Context, r *request) (response, error) {
	return s.showBindPlate(ctx, r, http.StatusOK, bindPlatePage{})
}

func (s *Server) showBindPlate(ctx context.Context, r *request, status int, page bindPlatePage) (response, error) {
	var err error
	page.Plate, err = s.fieldPlate(ctx, r.param("serial"))
	if err != nil {
		return response{}, err
	}
	return s.page(r, "bind_plate", status, page), nil
}

// placeHit is a merchant, store or terminal that a search found.
type placeHit struct {
	Kind  textKey
	Title string
	Text  string
	State Tag
	Path  string
}

// maxPlaces is how many a search lists; who sees as many types more.
const maxPlaces = 20

// bindSearch looks for the merchant that the plate is for.
func (s *Server) bindSearch(ctx context.Context, r *request) (response, error) {
	page := bindPlatePage{Query: strings.TrimSpace(r.PostForm.Get("place")), Searched: true}
	if page.Query == "" || len(page.Query) > maxQuery {
		page.Searched, page.Query, page.Code = false, "", "bind_query"
		return s.showBindPlate(ctx, r, http.StatusUnprocessableEntity, page)
	}
	hits, err := s.cfg.PlaceSearch.Search(ctx, page.Query, maxPlaces)
	if err != nil {
		return response{}, err
	}
	for _, h := range hits {
		if shown, ok := r.lang.placeHit(platePath(r.param("serial")), h); ok {
			page.Hits = append(page.Hits, shown)
		}
	}
	return s.showBindPlate(ctx, r, http.StatusOK, page)
}

// placeHit shows a hit; not ok is what no plate can be bound to.
func (l lang) placeHit(plate string, h merchants.Hit) (shown placeHit, ok bool) {
	shown = placeHit{Title: h.Name, Text: h.ID, Path: plate + "/merchants/" + h.MerchantNo}
	switch h.Kind {
	case merchants.MerchantHit:
		shown.Kind, shown.State = textKey("bind.merchant"), l.word("bind.merchantstate.", h.State)
	case merchants.StoreHit:
		shown.Kind, shown.Text, shown.Path = textKey("bind.store"), h.MerchantNo, shown.Path+"#"+h.ID
	case merchants.TerminalHit:
		shown.Kind, shown.Title, shown.Text, shown.Path = textKey("bind.terminal"), h.ID, h.MerchantNo, plate+"/terminals/"+h.ID
	default:
		return shown, false
	}
	return shown, true
}
