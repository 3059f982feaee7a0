package mapfile

import (
	"reflect"
	"strings"
	"testing"

	"juma/clearing/match"
	"juma/internal/fault"
)

func TestRead(t *testing.T) {
	simple := func(l match.Layout) match.Layout {
		if l.Columns == nil {
			l.Columns = match.Default().Columns
		}
		return l
	}
	std := Side{Layout: match.Default()}
	for name, tt := range map[string]struct {
		text         string
		ours, theirs Side
	}{
		"empty":    {"", std, std},
		"comments": {"# nothing\n", std, std},
		"both":     {"unit: yuan", Side{Layout: simple(match.Layout{Yuan: true})}, Side{Layout: simple(match.Layout{Yuan: true})}},
		"one side": {"theirs: {delimiter: tab, encoding: GBK, comment: '#', strip: '`', date: YYYY/MM/DD}", std,
			Side{GBK: true, Layout: simple(match.Layout{Delimiter: '\t', Decoded: true, Comment: "#", Strip: "`", Date: "YYYY/MM/DD"})}},
		"each its own": {"unit: yuan\nours: {delimiter: ;}", Side{Layout: simple(match.Layout{Delimiter: ';'})}, Side{Layout: simple(match.Layout{Yuan: true})}},
		"columns": {"theirs:\n  header: yes\n  columns:\n    order_no: 订单号\n    amount_fen: 3\n    channel: =WX\n    payer_acct: '7'\n", std,
			Side{Layout: match.Layout{Header: true, Columns: map[string]match.Column{"order_no": {Name: "订单号"}, "amount_fen": {Position: 3}, "channel": {Text: "WX"}, "payer_acct": {Name: "7"}}}}},
	} {
		m, err := Read([]byte(tt.text))
		if err != nil || !reflect.DeepEqual(m, Map{tt.ours, tt.theirs}) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"headers: yes":                                        "line 1: field headers not found",
		"theirs: {colums: {}}":                                "field colums not found",
		"unit: jiao":                                          `ours: unit: "jiao"`,
		"theirs: {encoding: big5}":                            `theirs: encoding: "big5"`,
		"theirs: {delimiter: '||'}":                           `delimiter: "||"`,
		"theirs: {date: 'DD.MM.YY'}":                          `theirs: date: "DD.MM.YY"`,
		"theirs: {columns: {order_no: 1}}":                    "channel is missing",
		"columns: {order_no: 0, channel: 1, amount_fen: 2}":   `"0" is no position`,
		"columns: {order_no: [1], channel: 1, amount_fen: 2}": "line 1: columns: order_no: want a position",
		"columns: {order_no: no., channel: 1, amount_fen: 2}": "the file has no header",
		"a: [":     "line 1",
		"- a\n":    "cannot unmarshal",
		"unit: [a": "",
	} {
		if _, err := Read([]byte(text)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestHelp reads the example that people are shown.
func TestHelp(t *testing.T) {
	from, to := strings.Index(Help, "  ours:"), strings.Index(Help, "\n\norder_no, channel")
	if from < 0 || to < 0 {
		t.Fatal("the example is not where it was")
	}
	m, err := Read([]byte(Help[from:to]))
	if err != nil || !m.Theirs.GBK || !m.Theirs.Layout.Yuan || m.Theirs.Layout.Strip != "`" || m.Theirs.Layout.Columns["channel"].Text != "WECHAT" || m.Theirs.Layout.Columns["order_no"].Name != "商户订单号" {
		t.Errorf("%+v, %v", m, err)
	}
}
