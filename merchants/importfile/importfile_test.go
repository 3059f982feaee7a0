package importfile_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/internal/bizdate"
	"juma/merchants"
	"juma/merchants/importfile"
	"juma/merchants/synthetic"
)

const today = bizdate.Date(20260310)

func read(text string) ([]importfile.Row, []importfile.Fault) {
	return importfile.Read(strings.NewReader(text), int64(len(text)), today, nil)
}

// table writes n merchants, one line each.
func table(t testing.TB, n int) string {
	t.Helper()
	var b strings.Builder
	if err := importfile.Write(&b, synthetic.Profiles(1, n)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// grid is a table as cells.
func grid(t testing.TB, n int) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(table(t, n))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func join(t testing.TB, rows [][]string) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// at lists where the faults are, "line field".
func at(faults []importfile.Fault) []string {
	var all []string
	for _, f := range faults {
		all = append(all, strings.TrimSpace(fmt.Sprint(f.Line, " ", f.Field)))
	}
	return all
}

func profiles(rows []importfile.Row) []merchants.Profile {
	var all []merchants.Profile
	for _, r := range rows {
		all = append(all, r.Profile)
	}
	return all
}

func TestReadsEveryFormOfCSV(t *testing.T) {
	want := synthetic.Profiles(1, 6)
	text := table(t, 6)
	quoted := strings.ReplaceAll(`"`+strings.ReplaceAll(strings.TrimSuffix(text, "\n"), ",", `","`)+`"`, "\n", "\"\n\"")
	for name, text := range map[string]string{
		"LF": text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "byte order mark": "\ufeff" + text, "no end of line": strings.TrimSuffix(text, "\n"),
		"quoted": quoted, "blank lines": strings.ReplaceAll(text, "\n", "\n\n,,,,,,,,,,,,,,,,\n"),
	} {
		if name == "blank lines" {
			text = strings.TrimPrefix(text, "\n")
		}
		rows, faults := read(text)
		if len(faults) > 0 || !reflect.DeepEqual(profiles(rows), want) {
			t.Errorf("%s: %+v\n%+v", name, faults, rows)
		}
	}
}

// TestHeaderIsTheOneOfTheIssue holds the header to its words.
func TestHeaderIsTheOneOfTheIssue(t *testing.T) {
	const header = "name,kind,uscc,legal_name,legal_id,phone,mcc,region,address,settle_kind,settle_account,settle_name,cnaps,rate_wechat_ppm,rate_alipay_ppm,rate_unionpay_ppm,store_name\n"
	if got := table(t, 0); got != header {
		t.Errorf("header %q", got)
	}
}

// TestOneBadField: each column by itself, with what it must not hold. Line 2 is
// an enterprise, 3 an individual business with a card, 4 a micro merchant.
func TestOneBadField(t *testing.T) {
	for _, c := range []struct {
		line         int
		field, value string
	}{
		{2, "name", ""}, {2, "name", "快乐😀"}, {2, "name", "a\x00b"}, {2, "name", strings.Repeat("长", 61)}, {2, "name", "示例\xff"},
		{2, "kind", ""}, {2, "kind", "企业"}, {2, "uscc", ""}, {3, "uscc", ""}, {2, "uscc", "91310115XXXX000190"}, {4, "uscc", "91310115XXXX000199"},
		{2, "legal_name", ""}, {2, "legal_id", ""}, {2, "legal_id", "110101190001010015"}, {2, "legal_id", "330106190002290057"}, {2, "legal_id", "44030519000307003x"},
		{2, "phone", ""}, {2, "phone", "+8613800000000"}, {2, "mcc", ""}, {2, "mcc", "6011"}, {2, "region", ""}, {2, "region", "990101"}, {2, "region", "31011"},
		{2, "address", ""}, {2, "settle_kind", ""}, {2, "settle_kind", "对公"}, {4, "settle_kind", "corporate"},
		{2, "settle_account", ""}, {2, "settle_account", "12345678"}, {2, "settle_account", strings.Repeat("1", 33)}, {3, "settle_account", "6216261000000000217"}, {4, "settle_account", "4111111111111111"},
		{2, "settle_name", ""}, {3, "settle_name", "赵别人"}, {2, "cnaps", ""}, {2, "cnaps", "999290000013"},
		{2, "rate_wechat_ppm", ""}, {2, "rate_wechat_ppm", "100001"}, {2, "rate_alipay_ppm", "-1"}, {2, "rate_alipay_ppm", "0.38%"}, {2, "rate_unionpay_ppm", "3800.5"},
		{2, "store_name", ""}, {2, "store_name", "店\n名"},
	} {
		rows := grid(t, 3)
		rows[c.line-1][slices.Index(importfile.Columns, c.field)] = c.value
		good, faults := read(join(t, rows))
		want := []string{fmt.Sprint(c.line, " ", c.field)}
		if got := at(faults); !slices.Equal(got, want) || faults[0].Problem == "" {
			t.Errorf("%s %q: %+v", c.field, c.value, faults)
		}
		if len(good) != 2 {
			t.Errorf("%s %q: %d good rows", c.field, c.value, len(good))
		}
	}
}

func TestAllFaultsAtOnceInOrder(t *testing.T) {
	rows := grid(t, 9)
	set := func(line int, field, value string) { rows[line-1][slices.Index(importfile.Columns, field)] = value }
	set(9, "mcc", "0000")
	set(3, "store_name", "")
	set(3, "kind", "club")
	set(3, "settle_account", "")
	set(5, "uscc", rows[1][2])     // the enterprise of line 2
	set(7, "legal_id", rows[3][4]) // the person of line 4, with the account of line 4
	set(7, "settle_account", rows[3][10])
	set(7, "settle_name", rows[6][3])
	rows[9] = rows[9][:16]
	_, faults := read(join(t, rows))
	want := []string{"3 kind", "3 settle_account", "3 store_name", "5 uscc", "7 legal_id", "9 mcc", "10"}
	if got := at(faults); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !strings.Contains(faults[3].Problem, "line 2") || !strings.Contains(faults[4].Problem, "line 4") {
		t.Errorf("which line it repeats: %+v", faults[3:5])
	}
}

func TestEmptyRowNamesEveryColumn(t *testing.T) {
	rows := grid(t, 1)
	for i := range rows[1] {
		rows[1][i] = ""
	}
	rows[1][1] = "enterprise"
	_, faults := read(join(t, rows))
	var want []string
	for _, c := range importfile.Columns {
		if c != "kind" {
			want = append(want, "2 "+c)
		}
	}
	if got := at(faults); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestHeaderFaults(t *testing.T) {
	text := table(t, 2)
	header, body, _ := strings.Cut(text, "\n")
	for name, c := range map[string]struct {
		header string
		want   []string
	}{
		"missing":      {strings.TrimSuffix(header, ",store_name"), []string{"1 store_name"}},
		"unknown":      {header + ",colour", []string{"1 colour", "2", "3"}},
		"twice":        {header + ",phone", []string{"1 phone"}},
		"order":        {strings.Replace(header, "name,kind", "kind,name", 1), []string{"1 name", "1 kind", "2 name", "2 kind", "3 name", "3 kind"}},
		"no header":    {body[:strings.Index(body, "\n")], nil},
		"other case":   {strings.Replace(header, "uscc", "USCC", 1), []string{"1 USCC", "1 uscc"}},
		"open quote":   {`"` + header, []string{"1"}},
		"empty header": {strings.Repeat(",", 16), nil},
	} {
		_, faults := read(c.header + "\n" + body)
		got := at(faults)
		if c.want == nil {
			if len(got) < 17 || got[0][:1] != "1" {
				t.Errorf("%s: %q", name, got)
			}
			continue
		}
		if name == "order" { // the values of two columns are exchanged, which shows in the rows as well
			got = slices.DeleteFunc(got, func(s string) bool { return s[0] != '1' })
			c.want = c.want[:2]
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestFilesThatAreNoTable(t *testing.T) {
	header := table(t, 0)
	for name, c := range map[string]struct{ text, says string }{
		"empty":        {"", "empty"},
		"blank":        {"\n\n\n", "empty"},
		"only header":  {header, "no merchant"},
		"UTF-16":       {"\xff\xfen\x00a\x00", "UTF-16"},
		"old workbook": {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old or encrypted"},
		"broken zip":   {"PK\x03\x04 and nothing more", "workbook"},
		"too large":    {strings.Repeat("a", importfile.MaxBytes+1), "split"},
	} {
		rows, faults := read(c.text)
		if len(rows) > 0 || len(faults) != 1 || faults[0].Line != 0 || !strings.Contains(faults[0].Problem, c.says) {
			t.Errorf("%s: %+v", name, faults)
		}
	}
	if _, faults := read("\x89PNG\r\n\x1a\n\x00\x00"); len(faults) == 0 {
		t.Error("a picture is a table")
	}
}

// TestQuotesGoneWrong: reading goes on behind a broken line.
func TestQuotesGoneWrong(t *testing.T) {
	lines := strings.SplitAfter(table(t, 4), "\n")
	lines[1] = `示例"公司` + lines[1]
	lines[3] = `"示例"公司,` + lines[3]
	_, faults := read(strings.Join(lines, ""))
	if got := at(faults); !slices.Equal(got, []string{"2", "4"}) || !strings.Contains(faults[0].Problem, "quote") {
		t.Errorf("%+v", faults)
	}
	lines = strings.SplitAfter(table(t, 4), "\n")
	lines[2] = `"` + lines[2]
	_, faults = read(strings.Join(lines, ""))
	if got := at(faults); !slices.Equal(got, []string{"3"}) || !strings.Contains(faults[0].Problem, "not closed") {
		t.Errorf("%+v", faults)
	}
}

// TestLinesAreThoseOfTheFile: a field that spans lines does not shift the count.
func TestLinesAreThoseOfTheFile(t *testing.T) {
	rows := grid(t, 3)
	rows[1][8] = "示范路\n1号\n后门"
	rows[3][6] = "0000"
	_, faults := read(join(t, rows))
	if got := at(faults); !slices.Equal(got, []string{"2 address", "6 mcc"}) {
		t.Errorf("%q", got)
	}
	if strings.ContainsAny(faults[0].Value, "\n\r") {
		t.Errorf("a value of more than one line: %q", faults[0].Value)
	}
}

// TestFaultsShowNoPerson: personal values are masked, also in a wrong column.
func TestFaultsShowNoPerson(t *testing.T) {
	rows := grid(t, 3)
	micro := slices.Clone(rows[3])
	name, id, phone, card := micro[3], micro[4], micro[5], micro[10]
	rows[3] = []string{name + " ", "micro", id, name + "\x01", id[:17] + "Y", phone + "0", phone, card, "", "personal", card + "0", name + "x", id, phone, id, card, ""}
	_, faults := read(join(t, rows))
	var out bytes.Buffer
	if err := importfile.WriteFaults(&out, faults); err != nil {
		t.Fatal(err)
	}
	if len(faults) < 14 {
		t.Errorf("only %d faults", len(faults))
	}
	for _, secret := range []string{name, id, id[:17], phone, card} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s is printed:\n%s", secret, out.String())
		}
	}
}

func TestWriteFaults(t *testing.T) {
	var b strings.Builder
	err := importfile.WriteFaults(&b, []importfile.Fault{
		{Line: 2, Field: "mcc", Value: "=1+1", Problem: "is wrong"}, {Line: 3, Field: "rate_wechat_ppm", Value: "-1", Problem: "is wrong"},
		{Line: 3, Field: "name", Value: "＝cmd", Problem: `say "x", y`}, {Line: 4, Field: "name", Value: "-1+2", Problem: "p"},
	})
	want := "line,field,value,problem\n2,mcc,'=1+1,is wrong\n3,rate_wechat_ppm,-1,is wrong\n3,name,'＝cmd,\"say \"\"x\"\", y\"\n4,name,'-1+2,p\n"
	if err != nil || b.String() != want {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

// TestTenThousand: one bad field in line 9,999 is named; and it is quick.
func TestTenThousand(t *testing.T) {
	lines := strings.SplitAfter(table(t, 10_000), "\n")
	lines[9998] = strings.Replace(lines[9998], "1990", "1290", 1)
	start := time.Now()
	var last int64
	text := strings.Join(lines, "")
	_, faults := importfile.Read(strings.NewReader(text), int64(len(text)), today, func(done, total int64) {
		if done < last || done > total {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	})
	if got := at(faults); !slices.Equal(got, []string{"9999 phone"}) && !slices.Equal(got, []string{"9999 legal_id"}) || last != int64(len(text)) {
		t.Errorf("%+v, read %d of %d", faults, last, len(text))
	}
	t.Logf("10,000 merchants read in %v", time.Since(start))
}

func TestTooManyRows(t *testing.T) {
	one := strings.SplitAfter(table(t, 1), "\n")
	_, faults := read(one[0] + strings.Repeat("x\n", importfile.MaxRows+1))
	if last := faults[len(faults)-1]; last.Line != importfile.MaxRows+2 || !strings.Contains(last.Problem, "split") {
		t.Errorf("%+v", last)
	}
}

// FuzzRead: no file makes the reader panic, and a file with faults has none of
// them without a sentence.
func FuzzRead(f *testing.F) {
	f.Add([]byte(table(f, 3)))
	f.Add([]byte("\ufeffname,kind\n\"a"))
	f.Add(workbook(f, grid(f, 2)))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, faults := importfile.Read(bytes.NewReader(text), int64(len(text)), today, nil)
		if len(rows) == 0 && len(faults) == 0 {
			t.Fatal("neither merchants nor faults")
		}
		for _, fault := range faults {
			if fault.Problem == "" {
				t.Fatalf("%+v", fault)
			}
		}
	})
}
