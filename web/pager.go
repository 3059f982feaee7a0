package web

import (
	"maps"
	"net/url"
	"strconv"
)

// pager is a window on a list that is in memory, with links to its neighbours.
type pager[T any] struct {
	Rows  []T
	Total int
	First int // 1-based number of the first row shown, 0 when there is none
	Last  int
	Prev  string // link, "" at the start
	Next  string // link, "" at the end
	Sizes []sizeLink
}

// fewRows are too few to choose how many of them a page shows.
const fewRows = 20

// sizeLink chooses how many rows a page shows; the choice is remembered.
type sizeLink struct {
	Rows    int
	Link    string
	Current bool
}

// paginate cuts the window of size rows that the query parameter asks for;
// numbers out of range show the nearest page.
func paginate[T any](rows []T, q url.Values, param string, size int) pager[T] {
	p := pager[T]{Total: len(rows)}
	if len(rows) == 0 {
		return p
	}
	last := (len(rows) - 1) / size
	n, err := strconv.Atoi(q.Get(param))
	if err != nil {
		n = 1
	}
	n = min(max(n-1, 0), last)
	from, to := n*size, min((n+1)*size, len(rows))
	p.Rows, p.First, p.Last = rows[from:to], from+1, to
	link := func(page int) string { return linkWith(q, param, strconv.Itoa(page)) + "#" + param }
	if n > 0 {
		p.Prev = link(n)
	}
	if n < last {
		p.Next = link(n + 2)
	}
	if len(rows) > fewRows {
		p.Sizes = sizeLinks(q, size, param, param)
	}
	return p
}

// keyset is the pager of a list that is read from the database by key: it knows
// the rows after this page, and the way back to the newest. Rows that vanish or
// appear meanwhile are neither skipped nor shown twice.
type keyset struct {
	Newest string // link, "" on the first page
	Older  string // link, "" at the end
	Sizes  []sizeLink
}

// keysetOf makes the links. param is the query parameter that holds the key, last
// the key of the last row shown if there are more after it, else "", anchor the
// id of the list's heading.
func (r *request) keysetOf(param, last, anchor string) keyset {
	q := r.query()
	k := keyset{}
	if q.Get(param) != "" {
		k.Newest = linkWith(q, param, "") + "#" + anchor
	}
	if last != "" {
		k.Older = linkWith(q, param, last) + "#" + anchor
	}
	if last != "" || k.Newest != "" || r.rows() != defaultRows {
		k.Sizes = sizeLinks(q, r.rows(), param, anchor)
	}
	return k
}

// sizeLinks offers every page size. A change of size begins at the first page.
func sizeLinks(q url.Values, size int, param, anchor string) []sizeLink {
	var links []sizeLink
	for _, v := range rowsPreference.values {
		n, err := strconv.Atoi(v)
		if err != nil {
			continue
		}
		from := url.Values{}
		maps.Copy(from, q)
		from.Del(param)
		links = append(links, sizeLink{Rows: n, Link: linkWith(from, rowsPreference.name, v) + "#" + anchor, Current: n == size})
	}
	return links
}

// linkWith is the page with one query parameter changed, or, for "", left out.
// What only chose a preference is not repeated.
func linkWith(q url.Values, param, value string) string {
	c := url.Values{}
	maps.Copy(c, q)
	for _, p := range preferences {
		if p.name != param {
			c.Del(p.name)
		}
	}
	if c.Set(param, value); value == "" {
		c.Del(param)
	}
	return "?" + c.Encode()
}

// filterOn is a filter as it stands in a list's address.
type filterOn struct {
	Param string
	Label string
	Text  string // of the value, as people read it
}

// filters are the bar above a list, with a chip for each filter that is on.
// page parameters, which count within the unfiltered list, go with any change.
func (r *request) filters(label string, on []filterOn, page ...string) Filters {
	q := r.query()
	for _, p := range page {
		q.Del(p)
	}
	f := Filters{Label: label, Action: r.URL.Path}
	rest := maps.Clone(q)
	for _, o := range on {
		rest.Del(o.Param)
		if q.Get(o.Param) != "" {
			f.Chips = append(f.Chips, Chip{Label: o.Label, Text: o.Text, Remove: linkWith(q, o.Param, "")})
		}
	}
	f.Clear = "?" + rest.Encode()
	return f
}
