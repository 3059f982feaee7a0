package statement

import (
	"encoding/csv"
	"regexp"
	"strconv"
	"strings"
	"time"

	"juma/internal/bizdate"
	"juma/internal/money"
)

// header is what a bill's head must say.
type header struct {
	account string // "" skips the check
	date    bizdate.Date
}

// accountSuffix follows the PID in the account of a bill.
const accountSuffix = "0156"

// The comment lines that are read. Both kinds of brackets and colons are taken.
var (
	accountLine = regexp.MustCompile(`^#账号[：:]\[(\d+)\]$`)
	periodLine  = regexp.MustCompile(`^#起始日期[：:]\[([^\]]+)\]\s*终止日期[：:]\[([^\]]+)\]$`)
	exportLine  = regexp.MustCompile(`^#导出时间[：:]\[([^\]]+)\]$`)
)

// table is a bill's CSV taken apart: its comment lines, column names and rows.
type table struct {
	entry    string
	comments []textLine // in front of the header and behind the rows
	columns  []string
	rows     []textLine
	closed   bool // the end-of-list line was seen
}

type textLine struct {
	no   int
	text string
}

// endMark is in the line that closes the list of rows.
const endMark = "列表结束"

// takeApart splits an entry and proves its frame: account, period, the closing
// line, the time of export as the very last line. A bill cut off anywhere lacks
// one of them.
func takeApart(e entry, want header) (table, error) {
	t := table{entry: e.name}
	lines := strings.Split(e.text, "\n")
	if last := len(lines) - 1; lines[last] != "" {
		return t, corrupt(place{e.name, last + 1}, "", "", "the last line is cut off")
	}
	for i, text := range lines[:len(lines)-1] {
		line := textLine{i + 1, strings.TrimSuffix(text, "\r")}
		switch {
		case strings.HasPrefix(line.text, "#"):
			t.comments = append(t.comments, line)
			t.closed = t.closed || strings.Contains(line.text, endMark)
		case strings.TrimSpace(line.text) == "":
			// A blank line holds nothing; the totals prove that no row is missing.
		case t.closed:
			return t, corrupt(place{e.name, line.no}, "row", line.text, "a row outside the list")
		case t.columns == nil:
			t.columns = columnNames(line.text)
		default:
			t.rows = append(t.rows, line)
		}
	}
	if t.columns == nil || !t.closed {
		return t, corrupt(place{entry: e.name}, "", "", "the list has no header or no closing line, the file is cut off")
	}
	return t, t.proveFrame(want)
}

func (t table) proveFrame(want header) error {
	if err := t.proveAccount(want.account); err != nil {
		return err
	}
	at, m := t.comment(periodLine)
	if m == nil {
		return corrupt(at, "", "", "the line #起始日期 is missing")
	}
	from, err1 := parseTime(m[1])
	to, err2 := parseTime(m[2])
	if err1 != nil || err2 != nil || !from.Equal(want.date.Start()) || !to.Equal(want.date.AddDays(1).Start()) {
		return corrupt(at, "起始日期", m[1]+" – "+m[2], "want exactly the day %s", want.date)
	}
	at, m = t.comment(exportLine)
	if m == nil || at.line != t.comments[len(t.comments)-1].no {
		return corrupt(at, "", "", "the last line is not #导出时间, the file is cut off")
	}
	if _, err := parseTime(m[1]); err != nil {
		return corrupt(at, "导出时间", m[1], "want YYYY年MM月DD日 hh:mm:ss")
	}
	return nil
}

func (t table) proveAccount(account string) error {
	at, m := t.comment(accountLine)
	if m == nil {
		return corrupt(at, "", "", "the line #账号 is missing")
	}
	if account != "" && m[1] != account && m[1] != account+accountSuffix {
		return corrupt(at, "账号", m[1], "want the account %s", account)
	}
	return nil
}

// comment finds the first comment line of a form; without one the place is the
// whole entry.
func (t table) comment(form *regexp.Regexp) (place, []string) {
	for _, c := range t.comments {
		if m := form.FindStringSubmatch(strings.TrimSpace(c.text)); m != nil {
			return place{t.entry, c.no}, m
		}
	}
	return place{entry: t.entry}, nil
}

// columnNames normalises a header: full-width brackets as in the documents, no
// blanks.
func columnNames(line string) []string {
	names := strings.Split(line, ",")
	for i, n := range names {
		names[i] = strings.NewReplacer("(", "（", ")", "）").Replace(strings.Trim(n, " \t\"\ufeff"))
	}
	return names
}

// index maps column names to places, and insists on the needed ones. Unknown
// columns are passed over: Alipay adds some from time to time.
func (t table) index(needed []string) (map[string]int, error) {
	at := place{entry: t.entry}
	index := map[string]int{}
	for i, n := range t.columns {
		if _, twice := index[n]; twice && n != "" {
			return nil, corrupt(at, "column", n, "stands in the header twice")
		}
		index[n] = i
	}
	for _, n := range needed {
		if _, ok := index[n]; !ok {
			return nil, corrupt(at, "column", n, "missing from the header: a layout that this version does not know")
		}
	}
	return index, nil
}

// fields splits a row into as many fields as there are columns. Bills are not
// quoted as a rule, but a quoted one is understood. A text with commas of its
// own makes the row too long: give tells which column takes the surplus.
func (t table) fields(line string, give int) ([]string, bool) {
	parts := strings.Split(line, ",")
	if len(parts) != len(t.columns) && strings.Contains(line, `"`) {
		if quoted, err := csv.NewReader(strings.NewReader(line)).Read(); err == nil {
			parts = quoted
		}
	}
	if extra := len(parts) - len(t.columns); extra > 0 && give >= 0 {
		joined := strings.Join(parts[give:give+extra+1], ",")
		parts = append(append(append([]string{}, parts[:give]...), joined), parts[give+extra+1:]...)
	}
	for i, p := range parts {
		parts[i] = strings.Trim(p, " \t")
	}
	return parts, len(parts) == len(t.columns)
}

// parseTime reads both forms in which bills write an instant.
func parseTime(s string) (time.Time, error) {
	t, err := time.ParseInLocation("2006年01月02日 15:04:05", s, bizdate.Zone)
	if err != nil {
		t, err = time.ParseInLocation("2006-01-02 15:04:05", s, bizdate.Zone)
	}
	return t, err
}

func parseYuan(at place, field, s string) (money.Fen, error) {
	v, err := money.ParseYuan(s)
	if err != nil {
		return 0, corrupt(at, field, s, "want yuan with two decimals such as -12.30")
	}
	return v, nil
}

func parseCount(at place, field, s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, corrupt(at, field, s, "want a count")
	}
	return n, nil
}
