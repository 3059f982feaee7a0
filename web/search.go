package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"juma/internal/access"
)

// searchPath is where the search box of the console leads.
const searchPath = "/console/search"

// maxQuery is the longest text that is searched for, in bytes.
const maxQuery = 100

// hit is one thing that a search found.
type hit struct {
	Kind  textKey // what it is, "col.merchant"
	Title string
	Text  string // more to tell it by; masked
	Path  string // its page
	Exact bool   // its identifier is what was typed, and nothing else's is
}

// finder looks for what was typed among the things of one area, by whatever
// identifies them. It answers at once or not at all: one look-up by an index
// for each kind of identifier. A person without one of roles is not shown what
// it finds.
type finder struct {
	roles []access.Role
	// personal finders take what identifies a person, and are asked only where what
	// was typed stands in no address.
	personal bool
	find     func(ctx context.Context, r *request, typed string) ([]hit, error)
}

// finders are those of all areas; an area has one line here.
func (s *Server) finders() []finder {
	return []finder{
		{roles: anyRole, find: s.findPages},
		{roles: settlementReaders, find: s.findSettlement},
		{roles: platformRoles, personal: true, find: s.findMerchants},
		{roles: plateReaders, personal: true, find: s.findPlates},     // a key opens a shop
		{roles: paymentReaders, personal: true, find: s.findPayments}, // an account names who paid
	}
}

// searchPage is what search.html shows.
type searchPage struct {
	Typed string
	Hits  []hit
}

// searchRoutes are the console's search. The box posts, because people type what
// identifies persons; addresses are kept in histories and logs.
func (s *Server) searchRoutes() []route {
	return []route{
		portal(http.MethodGet, searchPath, platformRoles, s.search),
		portal(http.MethodPost, searchPath, platformRoles, s.search),
	}
}

// searchedFor is what was typed into the search box.
func searchedFor(r *request) string {
	if r.Method == http.MethodPost {
		return r.PostForm.Get("q")
	}
	return r.URL.Query().Get("q")
}

// search asks every area. One exact hit is shown itself.
func (s *Server) search(ctx context.Context, r *request) (response, error) {
	page := searchPage{Typed: strings.TrimSpace(searchedFor(r))}
	if len(page.Typed) > maxQuery {
		return response{}, &httpFault{status: http.StatusBadRequest, code: "invalid"}
	}
	for _, f := range s.finders() {
		if page.Typed == "" || !slices.Contains(f.roles, r.user.Role) || f.personal && r.Method != http.MethodPost {
			continue
		}
		hits, err := f.find(ctx, r, page.Typed)
		if err != nil {
			return response{}, err
		}
		for _, h := range hits { // two areas may know the same thing
			if !slices.ContainsFunc(page.Hits, func(o hit) bool { return o.Path == h.Path }) {
				page.Hits = append(page.Hits, h)
			}
		}
	}
	if to := onlyExact(page.Hits); to != "" {
		return redirect(http.StatusSeeOther, to), nil
	}
	return s.page(r, "search", http.StatusOK, page), nil
}

// onlyExact is the page of the one exact hit, "" when there is none or more.
func onlyExact(hits []hit) string {
	var exact []hit
	for _, h := range hits {
		if h.Exact {
			exact = append(exact, h)
		}
	}
	if len(exact) != 1 {
		return ""
	}
	return exact[0].Path
}

// findPages finds pages of the navigation by their names.
func (s *Server) findPages(_ context.Context, r *request, typed string) ([]hit, error) {
	var hits []hit
	for _, section := range s.navigation(r.user.Role, "") {
		for _, item := range section.Items {
			name := r.lang.textOf(item.Text)
			if strings.Contains(strings.ToLower(name), strings.ToLower(typed)) {
				hits = append(hits, hit{Kind: textKey("search.page"), Title: name, Text: r.lang.textOf(section.Title), Path: item.Path})
			}
		}
	}
	return hits, nil
}
