package file

import (
	"cmp"
	"strings"
	"time"
)

// turn is a row's place in the order in which Build writes rows: by merchant,
// and transactions then by time, trace, terminal and order number.
type turn struct {
	merchant               string
	at                     time.Time
	trace, terminal, order string
}

func (t turn) compare(o turn) int {
	return cmp.Or(strings.Compare(t.merchant, o.merchant), t.at.Compare(o.at),
		strings.Compare(t.trace, o.trace), strings.Compare(t.terminal, o.terminal), strings.Compare(t.order, o.order))
}

// inOrder reports a row that stands after one it should precede: rows that
// somebody moved keep every sum. It returns the row's turn for the next row. A
// time that cannot be read is reported elsewhere and compares as the last one.
func (f *folder) inOrder(path string, line int, r Record, last turn) turn {
	now := turn{merchant: strings.Clone(r.Get("merId"))}
	key := "merId"
	keys := sortKeys[r.layout]
	if keys.time != "" {
		now.at, now.trace = last.at, strings.Clone(r.Get("traceNo"))
		if at, err := readTime(r.Get(keys.time), f.date); err == nil {
			now.at = at
		}
	}
	if keys.terminal != "" {
		now.terminal = strings.Clone(r.Get(keys.terminal))
	}
	if keys.order != "" {
		now.order = strings.Clone(r.Get(keys.order))
	}
	if within := cmp.Or(keys.time, keys.terminal); within != "" && now.merchant == last.merchant {
		key = within
	}
	if line > 1 && now.compare(last) < 0 {
		f.found.addf(path, line, key, r.Get(key), "belongs before line %d: rows stand by merchant, time and trace number", line-1)
	}
	return now
}

// sortKeys names the columns by which a merchant's rows are sorted; a summary has
// one row for each merchant.
var sortKeys = map[*Layout]struct{ time, terminal, order string }{
	ACOMA: {"transTime", "termId", "orderNo"},
	ZM:    {"txnTime", "termId", "orderId"},
	AERRA: {"transTime", "termId", "orderNo"},
	ZME:   {time: "txnTime"},
	ALFEE: {time: "transTime", terminal: "termId"},
	POS:   {terminal: "termId"},
}
