package file

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"juma/internal/fault"
)

// The published tables, copied once from the interface description, against the
// tables of this package.
func TestLayoutsAreThePublishedOnes(t *testing.T) {
	f, err := os.Open("testdata/layouts.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	layouts := map[string]*Layout{"ACOMA": ACOMA, "ZSUM": ZSUM, "ZPSUM": ZPSUM, "ZM": ZM, "ZME": ZME, "ALFEE": ALFEE, "AERRA": AERRA}
	rows := map[string]int{}
	for _, row := range table[1:] {
		l := layouts[row[0]]
		i := rows[row[0]]
		rows[row[0]]++
		got := l.Fields[i]
		have := []string{row[0], strconv.Itoa(got.Number), got.Key, got.Name, string(got.Type), strconv.Itoa(got.Len), strconv.Itoa(got.Offset), strconv.Itoa(got.Offset + got.Len - 1)}
		if strings.Join(have, ",") != strings.Join(row, ",") {
			t.Errorf("have %v, published %v", have, row)
		}
	}
	for name, want := range map[string][2]int{"ACOMA": {72, 951}, "ZSUM": {6, 339}, "ZPSUM": {26, 686}, "ZM": {42, 607}, "ZME": {22, 339}, "ALFEE": {32, 460}, "AERRA": {81, 1010}} {
		if l := layouts[name]; rows[name] != want[0] || len(l.Fields) != want[0] || l.Width != want[1] {
			t.Errorf("%s: %d fields of %d published, %d bytes, want %v", name, len(l.Fields), rows[name], l.Width, want)
		}
	}
}

func TestSamplesReadAndWriteToTheSameBytes(t *testing.T) {
	paths, _ := filepath.Glob("testdata/unionpay/*")
	if len(paths) != 9 {
		t.Fatalf("have %d samples, want 9", len(paths))
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rows, problems := Read(path, LayoutOf(filepath.Base(path)), data)
		for _, p := range problems {
			t.Errorf("%s", p)
		}
		var out []byte
		for _, r := range rows {
			if out, err = r.Append(out); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(out, data) {
			t.Errorf("%s: written back differs", path)
		}
	}
}

func TestAppendRefusesWhatDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		layout     *Layout
		key, value string
		want       string
	}{
		{ACOMA, "traceNo", "1234567", "has 7 digits"},
		{ACOMA, "amount", "-5", "character 1 is no digit"},
		{ACOMA, "amount", "1234567890123", "has 13 digits"},
		{ACOMA, "merFee", signed(123456789, 9), "has 10 bytes"},
		{ACOMA, "merFee", "X00000001", "neither C nor D"},
		{ACOMA, "merFee", "C0000001 ", "byte 9 is no digit"},
		{ACOMA, "respCode", "0-", "no letter or digit"},
		{ACOMA, "pan", "12345678901234567890", "has 20 bytes"},
		{ACOMA, "orderNo", "A\r\nB", "control character"},
		{ACOMA, "merNameAddr", "咖啡☕", "U+2615"},
		{ACOMA, "merNameAddr", "€uro", "U+20AC"},
		{ACOMA, "merNameAddr", "䶮", "U+4DAE"},
		{ACOMA, "merNameAddr", "a\xff", "not valid text"},
		{ZM, "merReserved", "一二三四五六七八九十一二三四五六七", "has 34 bytes"},
		{ZPSUM, "acctNo", strings.Repeat("1", 33), "has 33 bytes"},
	} {
		r := c.layout.NewRecord()
		r.Set(c.key, c.value)
		_, err := r.Append(nil)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.key+" "+strconv.Quote(c.value)) {
			t.Errorf("%s %q: %v, want %q with field and value", c.key, c.value, err, c.want)
		}
	}
}

func TestNamesAreCutBetweenCharacters(t *testing.T) {
	field := ACOMA.Fields[ACOMA.at("merNameAddr")]
	for _, c := range []struct{ name, want string }{
		{"示例餐厅一店", "示例餐厅一店"},
		{strings.Repeat("店", 21), strings.Repeat("店", 20)},
		{"A" + strings.Repeat("店", 20), "A" + strings.Repeat("店", 19)},
		{strings.Repeat("店", 19) + "AB店", strings.Repeat("店", 19) + "AB"},
		{strings.Repeat("店", 19) + " 店", strings.Repeat("店", 19)},
	} {
		r := ACOMA.NewRecord()
		r.Set("merNameAddr", c.name)
		line, err := r.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		rows, problems := Read("x", ACOMA, line)
		if len(line) != ACOMA.Width+2 || len(problems) > 0 || rows[0].Get("merNameAddr") != c.want || cutName(c.name, field.Len) != c.want {
			t.Errorf("%s: got %q, %d bytes, %v", c.name, rows[0].Get("merNameAddr"), len(line), problems)
		}
	}
}

func TestReadReportsEveryFault(t *testing.T) {
	data, err := os.ReadFile("testdata/unionpay/INO26031032ZSUM")
	if err != nil {
		t.Fatal(err)
	}
	stride := ZSUM.Width + 2
	for _, c := range []struct {
		name   string
		damage func(b []byte) []byte
		want   []string
	}{
		{"two fields in two rows", func(b []byte) []byte { b[97] = 'E'; b[stride+111+5] = 'x'; return b },
			[]string{"z:1 txnAmt E000000009600: 交易金额 (xn, 13 bytes) begins with neither C nor D and is not all zeros", "z:2 fee D0000x0000481: 手续费 (xn, 13 bytes) byte 6 is no digit"}},
		{"separator", func(b []byte) []byte { b[15] = '-'; return b }, []string{"z:1 separator -: one space follows field 1 merId"}},
		{"line end", func(b []byte) []byte { b[stride-2] = ' '; return b }, []string{`z:1 lineEnd " \n": a row ends in "\r\n"`}},
		{"half a character", func(b []byte) []byte { b[16+11] = ' '; return b }, []string{"z:1 merName 示例餐厅一\ufffd: 商户全称 (ans, 80 bytes) ends in half a GBK character (byte 0xb5)"}},
		{"truncated", func(b []byte) []byte { return b[:2*stride+100] }, []string{`z:3 lineEnd`, "z:3 length 100: a row of ZSUM has 339 bytes"}},
		{"LF only", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r"), nil) }, []string{"z:1 lineEnd", "z:2 lineEnd", "z:3 lineEnd"}},
		{"longer row", func(b []byte) []byte { return append([]byte(" "), b...) }, []string{"z:1 length 340"}},
	} {
		_, problems := Read("z", ZSUM, c.damage(bytes.Clone(data)))
		if len(problems) != len(c.want) {
			t.Errorf("%s: %v", c.name, problems)
			continue
		}
		for i, p := range problems {
			if !strings.HasPrefix(p.String(), c.want[i]) {
				t.Errorf("%s: %s, want %s", c.name, p, c.want[i])
			}
		}
	}
}

func TestProblemsAreCapped(t *testing.T) {
	line := bytes.Repeat([]byte("?"), ACOMA.Width)
	_, problems := Read("x", ACOMA, bytes.Repeat(append(line, "\r\n"...), 50))
	if len(problems) != maxProblems {
		t.Errorf("have %d problems, want the cap %d", len(problems), maxProblems)
	}
}

// Any values that suit their fields come back as they were.
func TestRecordRoundTrip(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("AZaz09 -_*示例餐厅店·—（）丂狛")), 0, 40, -1)
	rapid.Check(t, func(rt *rapid.T) {
		l := rapid.SampledFrom([]*Layout{ACOMA, ZSUM, ZPSUM, ZM, ZME, ALFEE, AERRA, POS}).Draw(rt, "layout")
		r, want := l.NewRecord(), l.NewRecord()
		for i, f := range l.Fields {
			if !rapid.Bool().Draw(rt, "used") {
				want.values[i] = f.blank()
				continue
			}
			switch f.Type {
			case N:
				r.values[i] = rapid.StringMatching(`[0-9]{1,`+strconv.Itoa(f.Len)+`}`).Draw(rt, f.Key)
				want.values[i] = leftZeros(r.values[i], f.Len)
			case XN:
				r.values[i] = rapid.StringMatching(`[CD][0-9]{`+strconv.Itoa(f.Len-1)+`}`).Draw(rt, f.Key)
				want.values[i] = r.values[i]
			case AN:
				r.values[i] = rapid.StringMatching(`[0-9A-Za-z]{0,`+strconv.Itoa(f.Len)+`}`).Draw(rt, f.Key)
				want.values[i] = r.values[i]
			case ANS:
				r.values[i] = cutName(text.Draw(rt, f.Key), f.Len)
				want.values[i] = r.values[i]
			}
		}
		line, err := r.Append(nil)
		if err != nil {
			rt.Fatal(err)
		}
		rows, problems := Read("x", l, line)
		if len(problems) > 0 || len(rows) != 1 {
			rt.Fatalf("%d rows, %v", len(rows), problems)
		}
		for i, f := range l.Fields {
			if rows[0].values[i] != want.values[i] {
				rt.Fatalf("%s: %q, want %q", f.Key, rows[0].values[i], want.values[i])
			}
		}
	})
}

// Whatever is read without a fault is written back to the same bytes.
func FuzzRead(f *testing.F) {
	paths, _ := filepath.Glob("testdata/unionpay/*")
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(filepath.Base(path), data)
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		l := LayoutOf(name)
		if l == nil {
			l = ZM
		}
		rows, problems := Read(name, l, data)
		if len(problems) > 0 {
			return
		}
		var out []byte
		for _, r := range rows {
			var err error
			if out, err = r.Append(out); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(out, data) {
			t.Fatalf("read %q, wrote %q", data, out)
		}
	})
}
