package match

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"juma/internal/fault"
)

// scan reads a whole text and prints its rows.
func scan(name string, from io.Reader, l Layout) (rows []string, err error) {
	s, err := NewScanner(name, from, l)
	if err != nil {
		return nil, err
	}
	return drain(s)
}

func drain(s *Scanner) (rows []string, err error) {
	var r Row
	for {
		if err := s.Next(&r); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		rows = append(rows, fmt.Sprintf("%s|%s|%d|%d|%d|%s", r.OrderNo, r.Channel, r.Date, r.Amount, r.Fee, r.Payer))
	}
}

func TestScan(t *testing.T) {
	const good = "P1,WECHAT,1,20260310,100,1,o1,t"
	const want = "P1|WECHAT|20260310|100|1|o1"
	for name, tt := range map[string]struct {
		text string
		want string
	}{
		"LF":                     {good + "\n", want},
		"CRLF":                   {good + "\r\n", want},
		"no line end":            {good, want},
		"mark":                   {"\xEF\xBB\xBF" + good, want},
		"empty":                  {"", ""},
		"mark alone":             {"\xEF\xBB\xBF", ""},
		"blank lines":            {"\n\r\n" + good + "\n\n", want},
		"quoted":                 {`"P1","WECHAT","1","20260310","100","1","o1","t"`, want},
		"quoted comma and quote": {`P1,WECHAT,1,20260310,100,1,"o,""1""",t`, `P1|WECHAT|20260310|100|1|o,"1"`},
		"quoted empty":           {`P1,WECHAT,1,20260310,100,1,"",""`, `P1|WECHAT|20260310|100|1|`},
		"quoted line break":      {"P1,WECHAT,\"1\n2\r\n3\",20260310,100,1,o1,t\n" + good, want + " " + want},
		"a quote inside":         {`P1,WECHAT,15",20260310,100,1,o"1,t`, `P1|WECHAT|20260310|100|1|o"1`},
		"blanks":                 {" P1 ,WECHAT\t,1,20260310, 100,1 ,o1,t", want},
		"Chinese":                {"P1,微信,1,20260310,100,1,*试(138****0000),t", "P1|微信|20260310|100|1|*试(138****0000)"},
		"negative":               {"P1,WECHAT,1,20260310,-100,-1,o1,t", "P1|WECHAT|20260310|-100|-1|o1"},
		"largest":                {"P1,WECHAT,1,20260310,9223372036854775807,-9223372036854775807,o1,t", "P1|WECHAT|20260310|9223372036854775807|-9223372036854775807|o1"},
		"leap day":               {"P1,WECHAT,1,20280229,100,1,o1,t", "P1|WECHAT|20280229|100|1|o1"},
		"a long line":            {"P1,WECHAT," + strings.Repeat("x", 900_000) + ",20260310,100,1,o1,t\n" + good, want + " " + want},
	} {
		t.Run(name, func(t *testing.T) {
			for how, from := range map[string]io.Reader{"whole": strings.NewReader(tt.text), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.text)), "with the end": iotest.DataErrReader(strings.NewReader(tt.text))} {
				rows, err := scan("A.csv", from, Default())
				if got := strings.Join(rows, " "); err != nil || got != tt.want {
					t.Errorf("%s: %q, %v", how, got, err)
				}
			}
		})
	}
}

func TestScanRefuses(t *testing.T) {
	const good = "P1,WECHAT,1,20260310,100,1,o1,t\n"
	for name, tt := range map[string]struct{ text, want string }{
		"a column too few":      {good + "P1,WECHAT,1,20260310,100,1,o1\n", `A.csv line 2 columns "7": want 8`},
		"a column too many":     {good + "P1,WECHAT,1,20260310,100,1,o1,t,\n", `A.csv line 2 columns "9": want 8`},
		"another delimiter":     {"P1;WECHAT", `A.csv line 1 columns "1": want 8, divided by ','`},
		"no order":              {",WECHAT,1,20260310,100,1,o1,t\n", `A.csv line 1 order_no ""`},
		"no channel":            {"P1,,1,20260310,100,1,o1,t\n", `A.csv line 1 channel ""`},
		"no amount":             {"P1,WECHAT,1,20260310,,1,o1,t\n", `A.csv line 1 amount_fen ""`},
		"yuan":                  {"P1,WECHAT,1,20260310,1.00,1,o1,t\n", `A.csv line 1 amount_fen "1.00": want whole fen`},
		"plus":                  {"P1,WECHAT,1,20260310,+1,1,o1,t\n", `amount_fen "+1"`},
		"minus alone":           {"P1,WECHAT,1,20260310,-,1,o1,t\n", `amount_fen "-"`},
		"too large":             {"P1,WECHAT,1,20260310,9223372036854775808,1,o1,t\n", `A.csv line 1 amount_fen "9223372036854775808"`},
		"far too large":         {"P1,WECHAT,1,20260310,99999999999999999999999,1,o1,t\n", `amount_fen "99999999999999999999999"`},
		"fee":                   {"P1,WECHAT,1,20260310,1,x,o1,t\n", `A.csv line 1 fee_fen "x"`},
		"no such day":           {"P1,WECHAT,1,20260229,1,1,o1,t\n", `A.csv line 1 clear_date "20260229": want a date as YYYYMMDD`},
		"a date with dashes":    {"P1,WECHAT,1,2026-03-10,1,1,o1,t\n", `clear_date "2026-03-10"`},
		"a header":              {"order_no,channel,trace_no,clear_date,amount_fen,fee_fen,payer_acct,paid_time\n", `A.csv line 1 clear_date "clear_date"`},
		"not UTF-8":             {good + "P1,WECHAT,1,20260310,100,1,\xca\xd5,t\n", `A.csv line 2 encoding "0xca": byte 28 of the line is not UTF-8`},
		"half a character":      {good + "P1,WECHAT,1,20260310,100,1,o1,\xe5\xbe", `A.csv line 2 encoding "0xe5"`},
		"UTF-16":                {"\xff\xfeP\x001\x00", `A.csv line 1 encoding "UTF-16"`},
		"zero byte":             {"P1,WECHAT,1,20260310,100,1,o\x001,t\n", `A.csv line 1 line "0x00": byte 29`},
		"delete":                {"P1,WECHAT,1,20260310,100,1,o\x7f1,t\n", `A.csv line 1 line "0x7f"`},
		"open quote":            {good + "P1,\"WECHAT,1,20260310,100,1,o1,t\n" + good, `A.csv line 2 line`},
		"text behind a quote":   {"\"P1\"x,WECHAT,1,20260310,100,1,o1,t\n", `text follows a quoted field`},
		"line break in a value": {"\"P\n1\",WECHAT,1,20260310,100,1,o1,t\n", `A.csv line 1 order_no "": holds a tab or a line break`},
		"lines are counted":     {"\"P1\",WECHAT,\"a\n\nb\",20260310,100,1,o1,t\n\nP2,W,1,1,1,1,1,1", `A.csv line 5 clear_date "1"`},
		"a very long line":      {good + strings.Repeat("x", maxLine+readSize), `A.csv line 2 line`},
	} {
		t.Run(name, func(t *testing.T) {
			for how, from := range map[string]io.Reader{"whole": strings.NewReader(tt.text), "half": iotest.HalfReader(strings.NewReader(tt.text))} {
				_, err := scan("A.csv", from, Default())
				if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: %v, want %s", how, err, tt.want)
				}
			}
		})
	}
}

func TestScanWithALayout(t *testing.T) {
	for name, tt := range map[string]struct {
		layout Layout
		text   string
		want   string // rows, or the fault
	}{
		"by name": {Layout{Header: true, Yuan: true, Date: "YYYY-MM-DD", Strip: "`", Columns: map[string]Column{
			OrderNo: {Name: "商户订单号"}, AmountFen: {Name: "订单金额"}, FeeFen: {Name: "手续费"}, ClearDate: {Name: "交易时间"}, Channel: {Text: "WECHAT"}}},
			"交易时间,商户订单号,手续费,订单金额\n`2026-03-10 09:15:01,`P1,`0.38000,`-100.5\n", "P1|WECHAT|20260310|-10050|38|"},
		"by position":               {Layout{Delimiter: '\t', Columns: map[string]Column{OrderNo: {Position: 2}, Channel: {Position: 1}, AmountFen: {Position: 3}}}, "W\tP1\t5\nW\tP2\t6\n", "P1|W|0|5|0| P2|W|0|6|0|"},
		"comments":                  {Layout{Comment: "#", Columns: map[string]Column{OrderNo: {Position: 1}, Channel: {Position: 2}, AmountFen: {Position: 3}}}, "#a\nP1,W,5\n#b,c", "P1|W|0|5|0|"},
		"Chinese date":              {Layout{Date: "YYYY年MM月DD日", Columns: map[string]Column{OrderNo: {Position: 1}, Channel: {Position: 2}, AmountFen: {Position: 3}, ClearDate: {Position: 4}}}, "P1,W,5,2026年03月10日 11:02:19", "P1|W|20260310|5|0|"},
		"header without the column": {Layout{Header: true, Columns: map[string]Column{OrderNo: {Name: "no"}, Channel: {Position: 1}, AmountFen: {Position: 2}}}, "a,b\n", `A.csv line 1 header "no": the column of order_no is missing`},
		"column twice":              {Layout{Header: true, Columns: map[string]Column{OrderNo: {Name: "a"}, Channel: {Position: 1}, AmountFen: {Position: 2}}}, "a,a\n", `stands there twice`},
		"no header":                 {Layout{Header: true, Columns: Default().Columns}, "", `A.csv line 1 header`},
		"half a fen":                {Layout{Yuan: true, Columns: Default().Columns}, "P1,W,1,20260310,1.005,1,o1,t", `amount_fen "1.005": want yuan`},
		"a point alone":             {Layout{Yuan: true, Columns: Default().Columns}, "P1,W,1,20260310,1.,1,o1,t", `amount_fen "1."`},
		"yuan too large":            {Layout{Yuan: true, Columns: Default().Columns}, "P1,W,1,20260310,92233720368547758.08,1,o1,t", `amount_fen "92233720368547758.08"`},
		"not that many columns":     {Layout{Columns: map[string]Column{OrderNo: {Position: 1}, Channel: {Position: 2}, AmountFen: {Position: 9}}}, "P1,W,5", `A.csv line 1 amount_fen "": stands in column 9, the line has 3`},
		"uneven lines":              {Layout{Columns: map[string]Column{OrderNo: {Position: 1}, Channel: {Position: 2}, AmountFen: {Position: 3}}}, "P1,W,5\nP2,W,5,6", `A.csv line 2 columns "4": want 3`},
		"damaged GBK":               {Layout{Decoded: true, Columns: Default().Columns}, "P1,W,1,20260310,1,1,\uFFFD,t", `holds bytes that are not GBK`},
		"no order number":           {Layout{Columns: map[string]Column{Channel: {Position: 1}}}, "", `columns: order_no is missing`},
		"a name without header":     {Layout{Columns: map[string]Column{OrderNo: {Name: "x"}, Channel: {Position: 1}, AmountFen: {Position: 1}}}, "", `the file has no header`},
		"unknown field":             {Layout{Columns: map[string]Column{"amount": {Position: 1}, OrderNo: {Position: 1}, Channel: {Position: 1}, AmountFen: {Position: 1}}}, "", `"amount" is no field`},
		"not a pattern":             {Layout{Date: "YY-MM-DD", Columns: Default().Columns}, "", `date: "YY-MM-DD" is no pattern`},
		"not a delimiter":           {Layout{Delimiter: '"', Columns: Default().Columns}, "", `delimiter`},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := scan("A.csv", strings.NewReader(tt.text), tt.layout)
			got := strings.Join(rows, " ")
			if err != nil {
				got = err.Error()
			}
			if err == nil && got != tt.want || !strings.Contains(got, tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// FuzzScanner: whatever the text, the scanner ends, and gives the same rows when
// it gets the text in other pieces, and when it looks at every line closely.
func FuzzScanner(f *testing.F) {
	for _, text := range []string{"", "P1,W,1,20260310,100,1,o1,t\r\n", "\"a\"\"b\",W,\"1\n2\",20260310,1,1,\"\",t", "\xEF\xBB\xBFP1,W", "a,\"", "\"\n\"\n,,,,,,,\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := scan("A", strings.NewReader(text), Default())
		again, err2 := scan("A", iotest.OneByteReader(strings.NewReader(text)), Default())
		if fmt.Sprint(rows, err) != fmt.Sprint(again, err2) {
			t.Errorf("%q: %q %v, in pieces %q %v", text, rows, err, again, err2)
		}
		closely, _ := NewScanner("A", strings.NewReader(text), Default())
		closely.standard = false
		if third, err3 := drain(closely); fmt.Sprint(rows, err) != fmt.Sprint(third, err3) {
			t.Errorf("%q: %q %v, closely %q %v", text, rows, err, third, err3)
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
