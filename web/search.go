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
	find  func(ctx context.Context, r *request, typed string) ([]hit, error)
}

// finders are those of all areas; an area has one line here.
func (s *Server) finders() []finder {
	return []finder{
		{roles: anyRole, find: s.findPages},
		{roles: settlementReaders, find: s.findSettlement},
	}
}

// searchPage is what search.html shows.
type searchPage struct {
	Typed string
	Hits  []hit
}

// searchRoutes are the console's search.
func (s *Server) searchRoutes() []route {
	return []route{portal(http.MethodGet, searchPath, platformRoles, s.search)}
}

// search asks every area. One exact hit is shown itself.
func (s *Server) search(ctx context.Context, r *request) (response, error) {
	page := searchPage{Typed: strings.TrimSpace(r.URL.Query().Get("q"))}
	if len(page.Typed) > maxQuery {
		return response{}, &httpFault{status: http.StatusBadRequest, code: "invalid"}
	}
	for _, f := range s.finders() {
		if page.Typed == "" || !slices.Contains(f.roles, r.user.Role) {
			continue
		}
		hits, err := f.find(ctx, r, page.Typed)
		if err != nil {
			return response{}, err
		}
		page.Hits = append(page.Hits, hits...)
	}
	var exact []hit
	for _, h := range page.Hits {
		if h.Exact {
			exact = append(exact, h)
		}
	}
	if len(exact) == 1 {
		return redirect(http.StatusSeeOther, exact[0].Path), nil
	}
	return s.page(r, "search", http.StatusOK, page), nil
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
