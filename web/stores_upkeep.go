package web

import (
	"context"
	"net/http"
	"slices"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/merchants"
	"juma/merchants/check"
)

const storesPath = "/merchant/stores"

// storesPage is what stores.html shows.
type storesPage struct {
	Code   string // text code of what went wrong
	Stores []storeRow
	Boxes  []applyBox // the form for another store; none for who only looks
}

// storeRow is a store of the list.
type storeRow struct {
	merchants.Store
	Region    string
	Terminals int // in use
}

// storePage is what store.html shows.
type storePage struct {
	Code      string
	Store     merchants.Store
	Region    string
	Terminals []merchants.Terminal
	Keeps     bool   // the reader may change it
	Name      Field  // the form for another name
	Why       string // what was typed for a closing that was refused
}

// placeState is the word for a store or terminal.
func placeState(closed bool) string {
	if closed {
		return "closed"
	}
	return "open"
}

// State is the word for the store.
func (r storeRow) State() string { return placeState(!r.ClosedAt.IsZero()) }

// State is the word for the store.
func (p storePage) State() string { return placeState(!p.Store.ClosedAt.IsZero()) }

// StateOf is the word for one of its terminals.
func (p storePage) StateOf(t merchants.Terminal) string { return placeState(!t.ClosedAt.IsZero()) }

func (s *Server) ownStores(ctx context.Context, r *request) (response, error) {
	return s.showStores(ctx, r, http.StatusOK, "", merchants.ProfileStore{}, nil)
}

// showStores lists the merchant's stores; typed and wrong are those of a form that
// was refused.
func (s *Server) showStores(ctx context.Context, r *request, status int, code string, typed merchants.ProfileStore, wrong map[string]string) (response, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return response{}, err
	}
	page := storesPage{Code: code}
	stores, err := s.cfg.OwnPlaces.StoresOf(ctx, no)
	if err != nil {
		return response{}, err
	}
	terminals, err := s.cfg.OwnPlaces.TerminalsOf(ctx, no)
	if err != nil {
		return response{}, err
	}
	for _, st := range stores {
		row := storeRow{Store: st, Region: check.RegionName(st.RegionCode, r.lang.tag())}
		for _, t := range terminals {
			if t.StoreID == st.ID && t.ClosedAt.IsZero() {
				row.Terminals++
			}
		}
		page.Stores = append(page.Stores, row)
	}
	if slices.Contains(placeKeepers, r.user.Role) {
		for _, q := range storeQuestions(0, &typed) {
			box := r.lang.box(q, merchants.Profile{}, wrong[q.path])
			box.Field.Hint = "" // of an application's list of stores
			page.Boxes = append(page.Boxes, box)
		}
	}
	return s.page(r, "stores", status, page), nil
}

// storeAdd opens a store with its first terminal.
func (s *Server) storeAdd(ctx context.Context, r *request) (response, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return response{}, err
	}
	var typed merchants.ProfileStore
	wrong := map[string]string{}
	for _, q := range storeQuestions(0, &typed) {
		q.read(r.PostForm.Get(q.path)) // texts alone: nothing that cannot be kept
	}
	for _, p := range check.Application(merchants.Profile{Stores: []merchants.ProfileStore{typed}}, bizdate.Of(s.cfg.Clock.Now())) {
		wrong[p.Field] = r.lang.text("rule." + p.Rule)
	}
	for _, q := range storeQuestions(0, &typed) {
		if wrong[q.path] != "" {
			return s.showStores(ctx, r, http.StatusUnprocessableEntity, "apply_mend", typed, wrong)
		}
	}
	st, _, err := s.cfg.Upkeep.AddStore(ctx, no, r.user.Login, merchants.NewStore(typed))
	if fault.Is(err, fault.Refused) {
		return s.showStores(ctx, r, http.StatusUnprocessableEntity, "place_refused", typed, nil)
	}
	return s.withToast(redirect(http.StatusSeeOther, storesPath+"/"+st.ID), "store_added"), err
}

// ownStoreOf is the store that the address names, of the user's merchant; another's
// does not exist.
func (s *Server) ownStoreOf(ctx context.Context, r *request) (merchants.Store, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return merchants.Store{}, err
	}
	st, err := s.cfg.OwnPlaces.StoreByID(ctx, r.param("id"))
	if err == nil && st.MerchantNo != no {
		err = fault.New("web.ownStoreOf", fault.NotFound, "no such store")
	}
	return st, err
}

func (s *Server) ownStore(ctx context.Context, r *request) (response, error) {
	return s.showStore(ctx, r, http.StatusOK, storePage{})
}

func (s *Server) showStore(ctx context.Context, r *request, status int, page storePage) (response, error) {
	st, err := s.ownStoreOf(ctx, r)
	if err != nil {
		return response{}, err
	}
	terminals, err := s.cfg.OwnPlaces.TerminalsOf(ctx, st.MerchantNo)
	if err != nil {
		return response{}, err
	}
	page.Store, page.Region = st, check.RegionName(st.RegionCode, r.lang.tag())
	page.Terminals = slices.DeleteFunc(terminals, func(t merchants.Terminal) bool { return t.StoreID != st.ID })
	page.Keeps = slices.Contains(placeKeepers, r.user.Role) && st.ClosedAt.IsZero()
	if page.Name.Value == "" && page.Name.Error == "" {
		page.Name.Value = st.Name
	}
	page.Name.Name, page.Name.Label, page.Name.Required, page.Name.Max = "name", r.lang.text("apply.field.stores.name"), true, modes[check.ShortName].max
	return s.page(r, "store", status, page), nil
}

// placeDone goes back to the store, or says why nothing was changed.
func (s *Server) placeDone(ctx context.Context, r *request, err error, done string, page storePage) (response, error) {
	switch {
	case fault.Is(err, fault.Conflict):
		page.Code = "place_moved"
		return s.showStore(ctx, r, http.StatusConflict, page)
	case fault.Is(err, fault.Refused):
		page.Code = "place_refused"
	case fault.Is(err, fault.Invalid) && page.Code == "":
		page.Code = "reason"
	case !fault.Is(err, fault.Invalid):
		return s.withToast(redirect(http.StatusSeeOther, storesPath+"/"+r.param("id")), done), err
	}
	return s.showStore(ctx, r, http.StatusUnprocessableEntity, page)
}

func (s *Server) storeRename(ctx context.Context, r *request) (response, error) {
	st, err := s.ownStoreOf(ctx, r)
	if err != nil {
		return response{}, err
	}
	var typed merchants.ProfileStore
	q := storeQuestions(0, &typed)[0]
	q.read(r.PostForm.Get("name"))
	page := storePage{Code: "apply_mend", Name: Field{Value: typed.Name}}
	if rule := q.what.Rule(typed.Name, bizdate.Of(s.cfg.Clock.Now())); rule != "" {
		page.Name.Error = r.lang.text("rule." + string(rule))
	}
	err = s.cfg.Upkeep.RenameStore(ctx, st.MerchantNo, st.ID, r.user.Login, r.PostForm.Get("from"), typed.Name)
	return s.placeDone(ctx, r, err, "store_renamed", page)
}

func (s *Server) storeClose(ctx context.Context, r *request) (response, error) {
	st, err := s.ownStoreOf(ctx, r)
	if err != nil {
		return response{}, err
	}
	why, err := typedReason(r)
	if err == nil {
		err = s.cfg.Upkeep.CloseStore(ctx, st.MerchantNo, st.ID, r.user.Login, why)
	}
	return s.placeDone(ctx, r, err, "store_closed", storePage{Why: why})
}

func (s *Server) terminalAdd(ctx context.Context, r *request) (response, error) {
	st, err := s.ownStoreOf(ctx, r)
	if err != nil {
		return response{}, err
	}
	_, err = s.cfg.Upkeep.AddTerminal(ctx, st.MerchantNo, st.ID, r.user.Login)
	return s.placeDone(ctx, r, err, "terminal_added", storePage{})
}

// terminalDisable disables a terminal of the store that the address names.
func (s *Server) terminalDisable(ctx context.Context, r *request) (response, error) {
	st, err := s.ownStoreOf(ctx, r)
	if err != nil {
		return response{}, err
	}
	terminals, err := s.cfg.OwnPlaces.TerminalsOf(ctx, st.MerchantNo)
	if err != nil {
		return response{}, err
	}
	no := r.param("no")
	if !slices.ContainsFunc(terminals, func(t merchants.Terminal) bool { return t.No == no && t.StoreID == st.ID }) {
		return response{}, fault.New("web.terminalDisable", fault.NotFound, "no such terminal")
	}
	why, err := typedReason(r)
	if err == nil {
		err = s.cfg.Upkeep.DisableTerminal(ctx, st.MerchantNo, no, r.user.Login, why)
	}
	return s.placeDone(ctx, r, err, "terminal_disabled", storePage{})
}
