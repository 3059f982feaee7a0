package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// preference is something that a person chooses once and that this browser
// remembers in a cookie. It is chosen by a query parameter of its name on any
// page, so switches are links and work without scripts.
type preference struct {
	name   string
	values []string
}

var (
	langPreference    = preference{"lang", []string{"zh", "en"}}
	themePreference   = preference{"theme", []string{"auto", "light", "dark"}}
	densityPreference = preference{"density", []string{"normal", "compact"}}
	rowsPreference    = preference{"rows", []string{"20", "50", "100", "200"}} // of a list on one page

	preferences = []preference{langPreference, themePreference, densityPreference, rowsPreference}
)

// defaultRows is how many rows a list shows until somebody chooses.
const defaultRows = 50

// preferenceLifetime keeps a choice.
const preferenceLifetime = 365 * 24 * time.Hour

func (p preference) cookie() string { return "juma_" + p.name }

// asked is the value that this very request chooses, "" for none.
func (p preference) asked(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return p.valid(r.URL.Query().Get(p.name))
}

// of is the value in force: chosen now or before, "" for never.
func (p preference) of(r *http.Request) string {
	if v := p.asked(r); v != "" {
		return v
	}
	if c, err := r.Cookie(p.cookie()); err == nil {
		return p.valid(c.Value)
	}
	return ""
}

func (p preference) valid(v string) string {
	if slices.Contains(p.values, v) {
		return v
	}
	return ""
}

// remember returns a cookie for each preference that the request chooses.
func (s *Server) remember(r *http.Request) []*http.Cookie {
	var cookies []*http.Cookie
	for _, p := range preferences {
		if v := p.asked(r); v != "" {
			cookies = append(cookies, s.cookie(p.cookie(), v, "/", preferenceLifetime))
		}
	}
	return cookies
}

// rows is how many rows of a list the person wants on one page.
func (r *request) rows() int {
	if n, err := strconv.Atoi(rowsPreference.of(r.Request)); err == nil {
		return n
	}
	return defaultRows
}

// query is the request's query without what only chooses a preference: links
// made of it keep filters and pages, and choose nothing.
func (r *request) query() url.Values {
	q := r.URL.Query()
	for _, p := range preferences {
		q.Del(p.name)
	}
	return q
}

// switches is where a page's links for preferences lead: back to the page. A
// page that a POST answered has no address of its own, so they lead to the page
// that the form stood on.
type switches struct {
	path  string // "" means the same path
	query url.Values
}

func (r *request) switches() switches {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return switches{query: r.query()}
	}
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || localPath(from.Path) == "" {
		return switches{path: "/", query: url.Values{}}
	}
	return switches{path: from.Path, query: url.Values{}}
}

// to is the link that chooses a value.
func (s switches) to(name, value string) string {
	q := url.Values{name: {value}}
	maps.Copy(q, s.query)
	return s.path + "?" + q.Encode()
}
