package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"juma/internal/access"
	"juma/merchants"
)

// maxHits bounds what a search shows.
const maxHits = 50

// merchantsPage is what merchants.html shows: the list, or what a search found.
type merchantsPage struct {
	Rows     []merchants.ListedMerchant
	Filters  Filters
	State    string
	Kind     string
	States   []Option
	Kinds    []Option
	Pager    keyset
	Searched bool
	Hits     []hit
	More     bool // there are more than are shown
}

func (s *Server) merchantsList(ctx context.Context, r *request) (response, error) {
	q := r.query()
	query := merchants.MerchantQuery{AfterNo: q.Get("after"), Limit: r.rows() + 1}
	if st := merchants.State(q.Get("state")); slices.Contains(merchants.States, st) {
		query.State = st
	}
	if kind := merchants.Kind(q.Get("kind")); slices.Contains(merchants.Kinds, kind) {
		query.Kind = kind
	}
	rows, err := s.cfg.MerchantDesk.ListMerchants(ctx, query)
	if err != nil {
		return response{}, err
	}
	last := ""
	if len(rows) > r.rows() {
		rows = rows[:r.rows()]
		last = rows[len(rows)-1].No
	}
	page := s.merchantsPage(r, query)
	page.Rows, page.Pager = rows, r.keysetOf("after", last, "merchants")
	return s.page(r, "merchants", http.StatusOK, page), nil
}

// merchantsPage is the page with its filters set as the query says.
func (s *Server) merchantsPage(r *request, query merchants.MerchantQuery) merchantsPage {
	page := merchantsPage{State: string(query.State), Kind: string(query.Kind)}
	for _, st := range merchants.States {
		page.States = append(page.States, option(st, r.lang.text("merchantstate."+string(st))))
	}
	for _, kind := range merchants.Kinds {
		page.Kinds = append(page.Kinds, option(kind, r.lang.text("apply.kind."+string(kind))))
	}
	var on []filterOn
	if query.State != "" {
		on = append(on, filterOn{"state", r.lang.text("col.state"), r.lang.text("merchantstate." + page.State)})
	}
	if query.Kind != "" {
		on = append(on, filterOn{"kind", r.lang.text("apply.field.kind"), r.lang.text("apply.kind." + page.Kind)})
	}
	page.Filters = r.filters(r.lang.text("merchants.filters"), on, "after")
	page.Filters.Action = merchantsPath
	return page
}

// merchantsSearch shows what an identifier belongs to. One exact hit is shown
// itself.
func (s *Server) merchantsSearch(ctx context.Context, r *request) (response, error) {
	typed := strings.TrimSpace(r.PostForm.Get("q"))
	if len(typed) > maxQuery {
		return response{}, &httpFault{status: http.StatusBadRequest, code: "invalid"}
	}
	hits, err := s.findMerchants(ctx, r, typed)
	if err != nil {
		return response{}, err
	}
	if to := onlyExact(hits); to != "" {
		return redirect(http.StatusSeeOther, to), nil
	}
	page := s.merchantsPage(r, merchants.MerchantQuery{})
	page.Searched, page.More = true, len(hits) > maxHits
	page.Hits = hits[:min(len(hits), maxHits)]
	return s.page(r, "merchants", http.StatusOK, page), nil
}

// hitKinds name what a search finds.
var hitKinds = map[merchants.HitKind]textKey{
	merchants.ApplicationHit: textKey("merchants.hit.application"), merchants.MerchantHit: textKey("merchants.hit.merchant"),
	merchants.StoreHit: textKey("merchants.hit.store"), merchants.TerminalHit: textKey("merchants.hit.terminal"),
	merchants.PlateHit: textKey("merchants.hit.plate"), merchants.PaymentHit: textKey("merchants.hit.payment"), merchants.RefundHit: textKey("merchants.hit.refund"),
}

// findMerchants finds whatever belongs to a merchant or an applicant, by each of its
// identifiers. Nothing is shown that the reader has no page for.
func (s *Server) findMerchants(ctx context.Context, r *request, typed string) ([]hit, error) {
	found, err := s.cfg.MerchantDesk.Search(ctx, typed, maxHits+1)
	if err != nil {
		return nil, err
	}
	var hits []hit
	for _, h := range found {
		path := hitPath(h, r.user.Role)
		if path == "" || h.Kind == merchants.ApplicationHit && isFound(found, merchants.MerchantHit, h.MerchantNo) {
			continue
		}
		title := h.Name
		if title == "" {
			title = h.ID
		}
		hits = append(hits, hit{Kind: hitKinds[h.Kind], Title: title, Text: r.lang.hitText(h), Path: path, Exact: h.Exact()})
	}
	return hits, nil
}

// isFound tells whether a thing is among the hits: what a merchant was made of is not
// listed beside it.
func isFound(found []merchants.Hit, kind merchants.HitKind, id string) bool {
	return slices.ContainsFunc(found, func(h merchants.Hit) bool { return h.Kind == kind && h.ID == id })
}

// hitText tells a hit from its likes: by which identifier it was found, and whose it
// is.
func (l lang) hitText(h merchants.Hit) string {
	text := l.text("merchants.by." + string(h.By))
	if h.MerchantNo != "" {
		text += " · " + h.MerchantNo
	}
	return text
}

// hitPath is the page that shows a hit, "" when the role has none.
func hitPath(h merchants.Hit, role access.Role) string {
	switch {
	case h.Kind == merchants.ApplicationHit && slices.Contains(applicationReaders, role):
		return "/console/applications/" + h.ID
	case h.Kind == merchants.PlateHit && slices.Contains(plateReaders, role):
		return platesPath + "/" + h.ID
	case h.Kind == merchants.PlateHit && slices.Contains(plateReaders, role):
		return platesPath + "/" + h.ID
	case h.Kind == merchants.ApplicationHit, h.MerchantNo == "":
		return ""
	case (h.Kind == merchants.PaymentHit || h.Kind == merchants.RefundHit) && slices.Contains(paymentReaders, role):
		return paymentPath(h.ID)
	case h.Kind == merchants.PaymentHit:
		return merchantPath(h.MerchantNo) + "?view=" + viewRates + "&order=" + h.ID
	}
	return merchantPath(h.MerchantNo)
}

func merchantPath(no string) string { return merchantsPath + "/" + no }
