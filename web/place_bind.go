package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"juma/internal/fault"
	"juma/merchants"
	"juma/qrcode"
)

// bindMerchantPage is what bind_merchant.html shows.
type bindMerchantPage struct {
	Plate    fieldPlate
	Merchant merchants.Merchant
	Stores   []placeStore // the open ones
	Code     string
}

// placeStore is a store with its terminals in use.
type placeStore struct {
	merchants.Store
	Terminals []merchants.Terminal
}

// bindMerchant shows where at a merchant the plate can be bound.
func (s *Server) bindMerchant(ctx context.Context, r *request) (response, error) {
	return s.showBindMerchant(ctx, r, http.StatusOK, r.param("no"), "")
}

func (s *Server) showBindMerchant(ctx context.Context, r *request, status int, no, code string) (response, error) {
	page := bindMerchantPage{Code: code}
	var err error
	if page.Plate, err = s.fieldPlate(ctx, r.param("serial")); err != nil {
		return response{}, err
	}
	if page.Merchant, err = s.cfg.Places.Merchant(ctx, no); err != nil {
		return response{}, err
	}
	if page.Merchant.State != merchants.Closed {
		if page.Stores, err = s.openStores(ctx, no); err != nil {
			return response{}, err
		}
	}
	return s.page(r, "bind_merchant", status, page), nil
}

// openStores lists the stores of a merchant that take payments, with the terminals
// that do.
func (s *Server) openStores(ctx context.Context, no string) ([]placeStore, error) {
	stores, err := s.cfg.Places.StoresOf(ctx, no)
	if err != nil {
		return nil, err
	}
	terminals, err := s.cfg.Places.TerminalsOf(ctx, no)
	if err != nil {
		return nil, err
	}
	var open []placeStore
	for _, st := range stores {
		if !st.ClosedAt.IsZero() {
			continue
		}
		shown := placeStore{Store: st}
		for _, t := range terminals {
			if t.StoreID == st.ID && t.ClosedAt.IsZero() {
				shown.Terminals = append(shown.Terminals, t)
			}
		}
		open = append(open, shown)
	}
	return open, nil
}

// target is a terminal with where it stands.
type target struct {
	Terminal merchants.Terminal
	Store    merchants.Store
	Merchant merchants.Merchant
}

func (t target) closed() bool {
	return !t.Terminal.ClosedAt.IsZero() || !t.Store.ClosedAt.IsZero() || t.Merchant.State == merchants.Closed
}

func (s *Server) target(ctx context.Context, terminalNo string) (t target, err error) {
	if t.Terminal, err = s.cfg.Places.Terminal(ctx, terminalNo); err != nil {
		return t, err
	}
	if t.Store, err = s.cfg.Places.StoreByID(ctx, t.Terminal.StoreID); err != nil {
		return t, err
	}
	t.Merchant, err = s.cfg.Places.Merchant(ctx, t.Terminal.MerchantNo)
	return t, err
}

// bindConfirmPage is what bind_confirm.html shows.
type bindConfirmPage struct {
	Plate  fieldPlate
	Target target
	Same   bool // it is bound there already
	Reason string
	wrong  problems
}

// Problems is what is wrong with the form.
func (p bindConfirmPage) Problems() problems { return p.wrong }

// bindConfirm shows the plate, what it is bound to and what it is to be bound to.
func (s *Server) bindConfirm(ctx context.Context, r *request) (response, error) {
	return s.showBindConfirm(ctx, r, http.StatusOK, bindConfirmPage{})
}

func (s *Server) showBindConfirm(ctx context.Context, r *request, status int, page bindConfirmPage) (response, error) {
	var err error
	if page.Plate, err = s.fieldPlate(ctx, r.param("serial")); err != nil {
		return response{}, err
	}
	if page.Target, err = s.target(ctx, r.param("no")); err != nil {
		return response{}, err
	}
	switch {
	case !page.Plate.CanBind():
		return redirect(http.StatusSeeOther, platePath(page.Plate.Serial)), nil
	case page.Target.closed():
		return s.showBindMerchant(ctx, r, http.StatusConflict, page.Target.Merchant.No, "bind_closed")
	}
	page.Same = page.Plate.Binding.TerminalNo == page.Target.Terminal.No
	return s.page(r, "bind_confirm", status, page), nil
}

// bindSubmit binds the plate, or moves it, from the binding that the page showed.
func (s *Server) bindSubmit(ctx context.Context, r *request) (response, error) {
	seen, err := strconv.Atoi(r.PostForm.Get("version"))
	if err != nil || seen < 0 {
		return response{}, fault.Field("web.bindSubmit", "version", r.PostForm.Get("version"), "is of no page of ours")
	}
	reason, code := bindReason(r, seen > 0)
	if code != "" {
		return s.showBindConfirm(ctx, r, http.StatusUnprocessableEntity, bindConfirmPage{Reason: reason, wrong: problems{"reason": code}})
	}
	if seen > 0 { // a shop's takings go to another terminal, perhaps another shop's
		if err := s.requireStepUp(r); err != nil {
			return response{}, err
		}
	}
	plate, err := s.fieldPlate(ctx, r.param("serial"))
	if err != nil {
		return response{}, err
	}
	t, err := s.target(ctx, r.param("no"))
	switch {
	case err != nil:
		return response{}, err
	case t.closed():
		return s.showBindMerchant(ctx, r, http.StatusConflict, t.Merchant.No, "bind_closed")
	}
	to := qrcode.Binding{PlateKey: plate.Key, MerchantNo: t.Merchant.No, StoreID: t.Store.ID, TerminalNo: t.Terminal.No}
	_, err = s.cfg.FieldPlates.BindFrom(ctx, seen, to, r.user.Login, reason)
	done := redirect(http.StatusSeeOther, platePath(plate.Serial))
	switch {
	case fault.Is(err, fault.Conflict):
		return s.bindOvertaken(ctx, r, plate.Serial, func(now fieldPlate) bool { return now.Binding.TerminalNo == t.Terminal.No }, done)
	case err != nil:
		return response{}, err
	}
	return s.withToast(done, "plate_bound"), nil
}

// bindOvertaken tells who was faster. When that was the same person and it is as
// wanted, the answer to the first request was lost, or the button pressed twice.
func (s *Server) bindOvertaken(ctx context.Context, r *request, serial string, asWanted func(now fieldPlate) bool, done response) (response, error) {
	now, err := s.fieldPlate(ctx, serial)
	if err != nil {
		return response{}, err
	}
	if now.State == qrcode.Bound && now.Binding.BoundBy == r.user.Login && asWanted(now) {
		return s.withToast(done, "plate_bound"), nil
	}
	history, err := s.cfg.FieldPlates.History(ctx, now.Plate)
	if err != nil {
		return response{}, err
	}
	page := bindPlatePage{Plate: now}
	for _, e := range history { // the last one that brought it where it is
		if e.PlateKey == now.Key && e.After == string(now.State) {
			page.Overtaken = overtaken{By: e.By, At: e.At}
		}
	}
	return s.page(r, "bind_plate", http.StatusConflict, page), nil
}

// maxBindReason is the longest reason, in characters.
const maxBindReason = 80

// bindReason reads why a plate is bound; code says what is wrong with it.
func bindReason(r *request, required bool) (reason, code string) {
	reason = strings.TrimSpace(r.PostForm.Get("reason"))
	if required && reason == "" || utf8.RuneCountInString(reason) > maxBindReason {
		return reason, "bind_reason"
	}
	return reason, ""
}
