package statement_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay/statement"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	day         bizdate.Date = 20260310
	account                  = "2088999000000001"
	detailName               = "20889990000000010156_20260310_业务明细.csv"
	summaryName              = "20889990000000010156_20260310_业务明细(汇总).csv"
)

func sample(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/20889990000000010156_20260310.csv.zip")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// texts unpacks the sample into its two decoded entries.
func texts(t testing.TB) (detail, summary string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(sample(t)), int64(len(sample(t))))
	if err != nil {
		t.Fatal(err)
	}
	var out [2]string
	for i, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		if out[i], err = simplifiedchinese.GBK.NewDecoder().String(b.String()); err != nil {
			t.Fatal(err)
		}
	}
	return out[0], out[1]
}

type file struct{ name, text string }

func pack(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		name, err := simplifiedchinese.GBK.NewEncoder().String(f.name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := simplifiedchinese.GBK.NewEncoder().String(f.text)
		if err != nil {
			t.Fatal(err)
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true, Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(data []byte) (channel.Statement, error) {
	return statement.Reader{Account: account}.Read(channel.StatementFile{Channel: channel.Alipay, Date: day, Data: data})
}

func TestSample(t *testing.T) {
	got, err := read(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	const golden = "testdata/20260310.golden.json"
	if *update {
		if err := os.WriteFile(golden, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

// TestVariants are bills that are written otherwise and say the same, or more.
func TestVariants(t *testing.T) {
	detail, summary := texts(t)
	replace := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(detail) }
	for name, c := range map[string]struct {
		detail string
		check  func(channel.Statement) bool
	}{
		"as it is":          {detail, func(s channel.Statement) bool { return len(s.Lines) == 3 }},
		"LF only":           {strings.ReplaceAll(detail, "\r\n", "\n"), func(s channel.Statement) bool { return len(s.Lines) == 3 }},
		"dashed times":      {replace("2026年03月10日 11:02:19", "2026-03-10 11:02:19"), func(s channel.Statement) bool { return s.Lines[0].Time.Second() == 19 }},
		"half-width header": {replace("（元）", "(元)"), func(s channel.Statement) bool { return s.Lines[0].Amount == 6800 }},
		"new column at the end": {replace("备注\r\n", "备注,新列\r\n", "-0.26,0.00,\r\n", "-0.26,0.00,,x\r\n", "-0.08,0.00,\r\n", "-0.08,0.00,,x\r\n", "0.07,0.00,\r\n", "0.07,0.00,,x\r\n"),
			func(s channel.Statement) bool { return s.Lines[2].Fee == -7 }},
		"comma in the product": {replace("常用药品", "常用,药品,等"), func(s channel.Statement) bool { return s.Lines[1].Amount == 1990 && s.Lines[1].Fee == 8 }},
		"comma in the store":   {replace(",示例门店,,T0000001,*例", ",示例,门店,,T0000001,*例"), func(s channel.Statement) bool { return s.Lines[1].TerminalNo == "T0000001" }},
		"comma in the remark":  {replace("-0.08,0.00,\r\n", "-0.08,0.00,a,b\r\n"), func(s channel.Statement) bool { return s.Lines[1].Fee == 8 }},
		"quoted product":       {replace("常用药品", `"常用,""药品"""`), func(s channel.Statement) bool { return s.Lines[1].Amount == 1990 }},
		"spilled row": {replace("2026年03月10日 12:40:09", "2026年03月09日 23:59:58"), func(s channel.Statement) bool {
			return s.Lines[1].Date == day && bizdate.Of(s.Lines[1].Time) == day.AddDays(-1)
		}},
		"blank line": {replace("#交易合计", "\r\n#交易合计"), func(s channel.Statement) bool { return len(s.Lines) == 3 }},
	} {
		got, err := read(pack(t, file{detailName, c.detail}, file{summaryName, summary}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !c.check(got) {
			t.Errorf("%s: %+v", name, got.Lines)
		}
	}
	if _, err := read(pack(t, file{detailName, detail})); err != nil {
		t.Errorf("without a summary: %v", err)
	}
	if _, err := (statement.Reader{}).Read(channel.StatementFile{Date: day, Data: sample(t)}); err != nil {
		t.Errorf("any account: %v", err)
	}
	if _, err := (statement.Reader{Account: account + "0156"}).Read(channel.StatementFile{Date: day, Data: sample(t)}); err != nil {
		t.Errorf("whole account: %v", err)
	}
	empty, err := read(nil)
	if err == nil {
		t.Errorf("no data without Empty: read as %+v", empty)
	}
	if s, err := (statement.Reader{}).Read(channel.StatementFile{Date: day, Empty: true}); err != nil || len(s.Lines) != 0 {
		t.Errorf("an empty day: %+v, %v", s, err)
	}
}

func TestDayWithoutRows(t *testing.T) {
	detail, _ := texts(t)
	var kept []string
	for _, line := range strings.SplitAfter(detail, "\r\n") {
		if !strings.HasPrefix(line, "2026031022") {
			kept = append(kept, line)
		}
	}
	text := strings.NewReplacer("2笔", "0笔", "1笔", "0笔", "87.90", "0.00", "-18.00", "0.00").Replace(strings.Join(kept, ""))
	s, err := read(pack(t, file{detailName, text}))
	if err != nil || len(s.Lines) != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestRefused has a line for each way in which a bill can be wrong; the message
// must name what.
func TestRefused(t *testing.T) {
	detail, summary := texts(t)
	d := func(pairs ...string) []byte {
		changed := strings.NewReplacer(pairs...).Replace(detail)
		if changed == detail {
			t.Fatalf("%q changes nothing", pairs)
		}
		return pack(t, file{detailName, changed}, file{summaryName, summary})
	}
	s := func(pairs ...string) []byte {
		changed := strings.NewReplacer(pairs...).Replace(summary)
		if changed == summary {
			t.Fatalf("%q changes nothing", pairs)
		}
		return pack(t, file{detailName, detail}, file{summaryName, changed})
	}
	lines := strings.SplitAfter(detail, "\r\n")
	without := func(i int) []byte {
		return pack(t, file{detailName, strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "")}, file{summaryName, summary})
	}
	many := make([]file, 17)
	for i := range many {
		many[i] = file{string(rune('a'+i)) + ".txt", "x"}
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"other account", d("[20889990000000010156]", "[20889990000000020156]"), `账号 "20889990000000020156"`},
		{"no account", d("#账号", "#账户"), "#账号 is missing"},
		{"other day", d("[2026年03月10日 00:00:00]", "[2026年03月09日 00:00:00]"), "起始日期"},
		{"two days", d("[2026年03月11日 00:00:00]", "[2026年03月12日 00:00:00]"), "want exactly the day 2026-03-10"},
		{"no period", d("#起始日期", "#起始"), "#起始日期 is missing"},
		{"column missing", d("终端号", "终端"), `column "终端号"`},
		{"column twice", d("终端号", "操作员"), `column "操作员"`},
		{"amount not a number", d("68.00,68.00", "6x.00,68.00"), `_业务明细.csv:6`},
		{"amount below a fen", d("68.00,68.00", "68.001,68.00"), `订单金额（元） "68.001"`},
		{"amount changed", d("68.00,68.00", "68.00,69.00"), "交易合计"},
		{"order amount changed", d("68.00,68.00", "69.00,68.00"), "订单金额"},
		{"fee changed", d("-0.26", "-0.27"), "服务费"},
		{"payment negative", d("19.90,19.90", "-19.90,19.90"), "positive"},
		{"payment of nothing", d("19.90,19.90", "0.00,19.90"), "positive"},
		{"refund positive", d("-18.00,-18.00", "18.00,-18.00"), "negative"},
		{"refund without number", d("R20260310000002", ""), "退款批次号/请求号"},
		{"order number missing", d("P20260310000007", ""), `商户订单号 ""`},
		{"kind unknown", d(",退款,", ",转账,"), `业务类型 "转账"`},
		{"time unreadable", d("11:02:19", "25:02:19"), "完成时间"},
		{"row too short", d(",T0000001,*例", ",*例"), "has 24 fields"},
		{"row too long", d("P20260310000007", "P2026,0310000007"), "has 26 fields"},
		{"row missing", without(6), "交易合计"},
		{"row twice", pack(t, file{detailName, strings.Join(append(append([]string{}, lines[:7]...), lines[6:]...), "")}), "交易合计"},
		{"no payment total", d("#交易合计", "#交易总计"), "#交易合计 is missing"},
		{"no refund total", d("#退款合计", "#退款总计"), "#退款合计 is missing"},
		{"wrong count", d("#退款合计：1笔", "#退款合计：2笔"), "the rows are 1"},
		{"wrong discount", d("商家优惠共0.00元", "商家优惠共0.01元"), "add up to 0.00"},
		{"row after the end", d("#退款合计", "x,y\r\n#退款合计"), "outside the list"},
		{"not closed", d("列表结束", "列表"), "closing line"},
		{"export time cut", d("05:46:49]", "05:46"), "#导出时间"},
		{"export time unreadable", d("2026年03月11日 05:46:49", "昨天"), "导出时间"},
		{"last line open", d("05:46:49]\r\n", "05:46:49]"), "cut off"},
		{"no rows, no header", pack(t, file{detailName, "#账号：[1]\r\n"}), "cut off"},
		{"empty entry", pack(t, file{detailName, ""}), "cut off"},
		{"summary: other count", s("合计,,2,1", "合计,,3,1"), `交易订单总笔数 "3"`},
		{"summary: other amount", s("合计,,2,1,69.90", "合计,,2,1,69.91"), "订单金额"},
		{"summary: other store", s("S001", "S002"), `门店编号 "S002"`},
		{"summary: other net", s("0.00,69.63\r\n合计", "0.00,69.64\r\n合计"), "实收净额"},
		{"summary: no total", s("合计,,2,1", "总共,,2,1"), "合计"},
		{"summary: other day", s("2026年03月10日", "2026年03月09日"), "起始日期"},
		{"two details", pack(t, file{detailName, detail}, file{"x" + detailName, detail}), "second entry"},
		{"same entry twice", pack(t, file{detailName, detail}, file{detailName, detail}), "twice"},
		{"no detail", pack(t, file{summaryName, summary}), "no entry named"},
		{"too many entries", pack(t, many...), "entries"},
		{"no entries", pack(t), "entries"},
		{"path in a name", pack(t, file{"../" + detailName, detail}), "plain file name"},
		{"backslash in a name", pack(t, file{`a\` + detailName, detail}), "plain file name"},
		{"bomb", pack(t, file{detailName, strings.Repeat("0", 1<<20)}), "100 to 1"},
		{"not a zip", []byte("no statement file exists"), "not a whole zip"},
	} {
		got, err := read(c.data)
		switch {
		case err == nil:
			t.Errorf("%s: read %d lines", c.name, len(got.Lines))
		case !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %v; want kind corrupt and %q", c.name, err, c.want)
		}
	}
	if _, err := (statement.Reader{}).Read(channel.StatementFile{Channel: channel.WeChat, Date: day, Data: sample(t)}); !fault.Is(err, fault.Corrupt) {
		t.Errorf("another wallet's file: %v", err)
	}
	if err := statement.Guard(sample(t)); err != nil {
		t.Errorf("Guard(sample) = %v", err)
	}
}

// A bill cut off at any byte is refused: as an archive, and as text inside a
// whole archive.
func TestTruncation(t *testing.T) {
	data := sample(t)
	for n := range data {
		if _, err := read(data[:n]); !fault.Is(err, fault.Corrupt) {
			t.Fatalf("archive cut to %d of %d bytes: %v", n, len(data), err)
		}
	}
	detail, _ := texts(t)
	for n := range detail {
		if cut := detail[:n]; strings.ToValidUTF8(cut, "") == cut {
			if _, err := read(pack(t, file{detailName, cut})); !fault.Is(err, fault.Corrupt) {
				t.Fatalf("text cut to %d of %d bytes: %v", n, len(detail), err)
			}
		}
	}
}

// Any one byte of the archive changed is refused or changes nothing that is read.
func TestFlippedByte(t *testing.T) {
	want, err := read(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sample(t) {
		data := sample(t)
		data[i] ^= 0x40
		got, err := read(data)
		if err == nil && len(got.Lines) != len(want.Lines) {
			t.Fatalf("byte %d changed: %d lines, want %d", i, len(got.Lines), len(want.Lines))
		}
		for j := range got.Lines {
			if got.Lines[j] != want.Lines[j] {
				t.Fatalf("byte %d changed: line %+v", i, got.Lines[j])
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample(f))
	detail, summary := texts(f)
	f.Add(pack(f, file{detailName, detail}))
	f.Add(pack(f, file{summaryName, summary}, file{detailName, strings.ReplaceAll(detail, ",", "\t,")}))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := read(data)
		if err != nil && !fault.Is(err, fault.Corrupt) {
			t.Fatalf("error of kind %s: %v", fault.KindOf(err), err)
		}
		for _, l := range s.Lines {
			if l.Amount <= 0 || l.OrderNo == "" || l.Date != day {
				t.Fatalf("a line that no bill can have: %+v", l)
			}
		}
	})
}

// FuzzDetail changes the text inside a whole archive.
func FuzzDetail(f *testing.F) {
	detail, summary := texts(f)
	f.Add(detail, summary)
	f.Fuzz(func(t *testing.T, detail, summary string) {
		for _, s := range []string{detail, summary} {
			if _, err := simplifiedchinese.GBK.NewEncoder().String(s); err != nil {
				t.Skip()
			}
		}
		s, err := read(pack(t, file{detailName, detail}, file{summaryName, summary}))
		if err != nil && !fault.Is(err, fault.Corrupt) {
			t.Fatalf("error of kind %s: %v", fault.KindOf(err), err)
		}
		for _, l := range s.Lines {
			if l.Amount <= 0 || l.OrderNo == "" {
				t.Fatalf("a line that no bill can have: %+v", l)
			}
		}
	})
}
