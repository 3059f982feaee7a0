package web

import (
	"net/url"
	"strconv"
)

// pageRows is how many rows of a long list a page shows.
const pageRows = 100

// pager is a window on a list that is in memory, with links to its neighbours.
type pager[T any] struct {
	Rows  []T
	Total int
	First int // 1-based number of the first row shown, 0 when there is none
	Last  int
	Prev  string // link, "" at the start
	Next  string // link, "" at the end
}

// paginate cuts the window that the query parameter asks for; numbers out of
// range show the nearest page.
func paginate[T any](rows []T, q url.Values, param string) pager[T] {
	p := pager[T]{Total: len(rows)}
	if len(rows) == 0 {
		return p
	}
	last := (len(rows) - 1) / pageRows
	n, err := strconv.Atoi(q.Get(param))
	if err != nil {
		n = 1
	}
	n = min(max(n-1, 0), last)
	from, to := n*pageRows, min((n+1)*pageRows, len(rows))
	p.Rows, p.First, p.Last = rows[from:to], from+1, to
	link := func(page int) string {
		c := url.Values{}
		for k, v := range q {
			if k != "lang" {
				c[k] = v
			}
		}
		c.Set(param, strconv.Itoa(page))
		return "?" + c.Encode() + "#" + param
	}
	if n > 0 {
		p.Prev = link(n)
	}
	if n < last {
		p.Next = link(n + 2)
	}
	return p
}
