package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"juma/internal/gbk"
)

// What became of a column.
const (
	Same    = "same"
	Moved   = "moved"   // there, at another place; readers take columns by name
	Renamed = "renamed" // another name stands where it was
	Missing = "missing"
	Extra   = "extra"
)

// Difference is a header against the nearest known one.
type Difference struct {
	Layout    string   `json:"layout"` // id of the nearest known layout; "" none is near
	Line      int      `json:"line"`   // of the header in the file, from 1
	Header    []string `json:"header"` // as found
	Columns   []Column `json:"columns"`
	GBK       bool     `json:"gbk"`
	Signature string   `json:"signature"` // names this header: a mapping is for one
}

// Column is a row of the difference.
type Column struct {
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
	Position int    `json:"position,omitempty"` // in the file, from 1
	What     string `json:"what"`
	Needed   bool   `json:"needed,omitempty"` // without it the file cannot be read
}

// unreadable tells whether a needed column is not there under its name.
func (d Difference) unreadable() bool {
	return slices.ContainsFunc(d.Columns, func(c Column) bool { return c.Needed && (c.What == Missing || c.What == Renamed) })
}

// headerLines is how far down a header may stand: comments go before it.
const headerLines = 20

// compare looks for the line that is most like a layout's header. found is false when
// the file has no line with any of its columns.
func compare(f File, l Layout) (best Difference, found bool) {
	lines, isGBK := headLines(f)
	most := 0
	for i, text := range lines {
		cells := splitHeader(text)
		n := 0
		for _, want := range l.Columns {
			if slices.Contains(cells, columnName(want)) {
				n++
			}
		}
		if n > most {
			most = n
			best = Difference{Layout: l.ID, Line: i + 1, Signature: signature(cells), Header: cells, GBK: isGBK, Columns: columnsOf(l, cells)}
		}
	}
	return best, most > 0
}

// headLines are the first lines of the text; a layout that is zipped is compared by
// its first member that has a header.
func headLines(f File) (lines []string, isGBK bool) {
	data := f.Data
	if formOf(data) != plain {
		members, _, err := Unpack(f)
		if err != nil || len(members) == 0 {
			return nil, false
		}
		data = members[0].Data
	}
	head := data[:min(len(data), 64<<10)]
	if cut := strings.LastIndexByte(string(head), '\n'); cut > 0 && len(head) < len(data) {
		head = head[:cut]
	}
	text := string(head)
	if !utf8.Valid(head) {
		if t, ok := gbk.Text(head); ok {
			text, isGBK = t, true
		}
	}
	lines = strings.SplitN(text, "\n", headerLines+1)
	return lines[:min(len(lines), headerLines)], isGBK
}

// splitHeader cuts a header; brackets of both widths are one, as banks and wallets mix
// them.
func splitHeader(line string) []string {
	line = strings.TrimPrefix(strings.TrimRight(line, "\r\n"), "\ufeff")
	sep := ","
	if !strings.Contains(line, sep) && strings.Contains(line, "\t") {
		sep = "\t"
	}
	cells := strings.Split(line, sep)
	for i, c := range cells {
		cells[i] = columnName(c)
	}
	return cells
}

var wideBrackets = strings.NewReplacer("(", "（", ")", "）")

func columnName(s string) string { return wideBrackets.Replace(strings.Trim(s, " \t`\"")) }

func columnsOf(l Layout, have []string) []Column {
	var out []Column
	taken := map[int]bool{}
	for i, name := range l.Columns {
		at := slices.Index(have, columnName(name))
		switch {
		case at >= 0:
			what := Same
			if at != i {
				what = Moved
			}
			taken[at] = true
			out = append(out, Column{Expected: name, Found: have[at], Position: at + 1, What: what, Needed: slices.Contains(l.Needed, name)})
		default:
			out = append(out, Column{Expected: name, What: Missing, Needed: slices.Contains(l.Needed, name)})
		}
	}
	pairRenamed(out, have, taken)
	for i, name := range have {
		if !taken[i] {
			out = append(out, Column{Found: name, Position: i + 1, What: Extra})
		}
	}
	return out
}

// pairRenamed takes an unknown name that stands right behind the column before a
// missing one for its new name.
func pairRenamed(out []Column, have []string, taken map[int]bool) {
	for i := range out {
		if out[i].What != Missing {
			continue
		}
		at := 0
		if i > 0 {
			at = out[i-1].Position
			if at == 0 {
				continue
			}
		}
		if at < len(have) && !taken[at] && have[at] != "" {
			taken[at] = true
			out[i].Found, out[i].Position, out[i].What = have[at], at+1, Renamed
		}
	}
}

// signature names a header.
func signature(header []string) string {
	sum := sha256.Sum256([]byte(strings.Join(header, "\x1f")))
	return hex.EncodeToString(sum[:8])
}
