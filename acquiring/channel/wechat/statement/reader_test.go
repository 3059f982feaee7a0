package statement

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

var day = bizdate.New(2026, 3, 10)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func file(data []byte) channel.StatementFile {
	return channel.StatementFile{Channel: channel.WeChat, Date: day, Name: "20260310_ALL.csv", Data: data}
}

func TestReadSample(t *testing.T) {
	for _, name := range []string{"20260310_ALL.csv", "20260310_ALL.csv.gz"} {
		st, err := Reader{Account: "1999000000"}.Read(file(sample(t, name)))
		if err != nil {
			t.Fatal(name, err)
		}
		at := func(s string) time.Time {
			v, _ := time.ParseInLocation(timeLayout, s, bizdate.Zone)
			return v
		}
		pay := func(line int, n string, amount, fee money.Fen, when string) channel.StatementLine {
			return channel.StatementLine{LineNo: line, Kind: channel.PaymentLine, OrderNo: "P20260310" + n,
				ChannelNo: "4299990001202603100000" + n, MerchantID: "1999000001", TerminalNo: "T0000001", Amount: amount, Fee: fee,
				Payer: "oTestOpenid0000000000" + n, Time: at(when), Date: day, Final: true, State: "SUCCESS"}
		}
		want := []channel.StatementLine{
			pay(2, "000001", 10000, 38, "2026-03-10 09:15:01"),
			pay(3, "000002", 2550, 10, "2026-03-10 09:48:27"),
			pay(4, "000003", 880, 3, "2026-03-10 10:02:59"),
			{LineNo: 5, Kind: channel.RefundLine, OrderNo: "R20260310000001", OrigOrderNo: "P20260310000002",
				ChannelNo: "5299990001202603100000000001", MerchantID: "1999000001", TerminalNo: "T0000001", Amount: 500, Fee: -2,
				Payer: "oTestOpenid0000000000000002", Time: at("2026-03-10 15:30:00"), Date: day, Final: true, State: "SUCCESS"},
		}
		if !slices.Equal(st.Lines, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, st.Lines, want)
		}
	}
}

func TestTruncatedAtEveryByte(t *testing.T) {
	for _, name := range []string{"20260310_ALL.csv", "20260310_ALL.csv.gz"} {
		whole := sample(t, name)
		for n := range whole {
			if _, err := (Reader{}).Read(file(whole[:n])); !fault.Is(err, fault.Corrupt) {
				t.Fatalf("%s cut at byte %d of %d: %v, want kind corrupt", name, n, len(whole), err)
			}
		}
	}
}

func TestLineFeedsAndNewColumns(t *testing.T) {
	text := strings.ReplaceAll(string(sample(t, "20260310_ALL.csv")), "\r\n", "\n")
	if _, err := (Reader{}).Read(file([]byte(text))); err != nil {
		t.Error("LF:", err)
	}
	rows := strings.Split(text, "\n")
	for i := range rows[:5] {
		cell := ",新列"
		if i > 0 {
			cell = ",`x"
		}
		rows[i] += cell
	}
	st, err := Reader{}.Read(file([]byte(strings.Join(rows, "\n"))))
	if err != nil || len(st.Lines) != 4 {
		t.Error("new column at the end:", err)
	}
	moved := strings.Split(text, "\n")
	for i := range moved[:5] { // last column to the front
		sep, lead := ",", ""
		if i > 0 {
			sep, lead = ",`", "`"
		}
		line := strings.TrimPrefix(strings.TrimPrefix(moved[i], "\ufeff"), "`")
		at := strings.LastIndex(line, sep)
		moved[i] = lead + line[at+len(sep):] + sep + line[:at]
	}
	st, err = Reader{}.Read(file([]byte(strings.Join(moved, "\n"))))
	if err != nil || len(st.Lines) != 4 || st.Lines[1].Amount != 2550 {
		t.Error("moved column:", err)
	}
}

func TestRefusals(t *testing.T) {
	good := string(sample(t, "20260310_ALL.csv"))
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("sample has no %q", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for _, c := range []struct{ name, data, says string }{
		{"another provider", strings.ReplaceAll(good, "`1999000000", "`1888000000"), "another provider"},
		{"one amount", swap("`25.50,`0.00,`0,`0", "`25.51,`0.00,`0,`0"), "add up to 134.31"},
		{"one fee", swap("`0.38000", "`0.39000"), "add up to 0.50"},
		{"fee with parts of a fen", swap("`0.38000", "`0.38001"), "whole fen"},
		{"fee with two decimals", swap("`0.38000", "`0.38"), "5 decimals"},
		{"count", swap("\n`4,", "\n`5,"), "4 rows"},
		{"row cut out", swap(good[strings.Index(good, "`2026-03-10 10:02"):strings.Index(good, "`2026-03-10 15:30")], ""), "3 rows"},
		{"state", swap("`JSAPI,`SUCCESS", "`JSAPI,`SUCCEEDED"), "want SUCCESS or REFUND"},
		{"refund state", swap("`ORIGINAL,`SUCCESS", "`ORIGINAL,`MAYBE"), "want one of"},
		{"currency", swap("`CNY", "`USD"), "want CNY"},
		{"time", swap("`2026-03-10 09:15:01", "`2026/03/10 09:15"), "交易时间"},
		{"order number gone", swap("`P20260310000001", "`"), "商户订单号"},
		{"value too many", swap("`OTHERS", "`OTHERS,`X"), "28 values"},
		{"column gone", swap("手续费,", "手续费用,"), "column is missing"},
		{"column twice", swap("费率备注", "手续费"), "twice"},
		{"after the end", good + "`1\r\n", "nothing may follow"},
		{"mixed line ends", swap("\r\n", "\n"), "mixed"},
		{"not UTF-8", swap("示例", "\xca\xbe\xc0\xfd"), "not UTF-8"},
		{"bill of payments only", string(sample(t, "20260310_SUCCESS.csv")), "type ALL"},
		{"a web page", "<html>\n", "column is missing"},
		{"nothing", "", "cut"},
	} {
		_, err := Reader{Account: "1999000000"}.Read(file([]byte(c.data)))
		if !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want kind corrupt saying %q", c.name, err, c.says)
		}
	}
}

func TestDayRules(t *testing.T) {
	good := sample(t, "20260310_ALL.csv")
	f := file(good)
	f.Date = day.AddDays(1)
	if _, err := (Reader{}).Read(f); !fault.Is(err, fault.Corrupt) {
		t.Errorf("bill of another day: %v, want kind corrupt", err)
	}
	spill := bytes.Replace(good, []byte("`2026-03-10 10:02:59"), []byte("`2026-03-11 00:01:59"), 1)
	st, err := Reader{}.Read(file(spill))
	if err != nil {
		t.Fatal(err)
	}
	if l := st.Lines[2]; l.Date != day || bizdate.Of(l.Time) != day.AddDays(1) {
		t.Errorf("spilled row: date %s time %s", l.Date, l.Time)
	}
	f = channel.StatementFile{Channel: channel.WeChat, Date: day, Empty: true}
	if st, err := (Reader{}).Read(f); err != nil || len(st.Lines) != 0 {
		t.Errorf("empty day: %v %v", st, err)
	}
	f.Data = good
	if _, err := (Reader{}).Read(f); !fault.Is(err, fault.Corrupt) {
		t.Errorf("empty day with a file: %v", err)
	}
	f = file(good)
	f.Channel = channel.Alipay
	if _, err := (Reader{}).Read(f); !fault.Is(err, fault.Invalid) {
		t.Errorf("another wallet's file: %v", err)
	}
}

func TestRefundStates(t *testing.T) {
	good := string(sample(t, "20260310_ALL.csv"))
	for state, final := range map[string]bool{"SUCCESS": true, "PROCESSING": true, "FAIL": false, "CLOSED": false} {
		st, err := Reader{}.Read(file([]byte(strings.Replace(good, "`ORIGINAL,`SUCCESS", "`ORIGINAL,`"+state, 1))))
		if err != nil || st.Lines[3].Final != final || st.Lines[3].State != state {
			t.Errorf("%s: %v, want final %v", state, err, final)
		}
	}
}

func TestBombRefused(t *testing.T) {
	if _, err := Unpack(bomb(t)); !fault.Is(err, fault.Corrupt) {
		t.Errorf("bomb: %v, want kind corrupt", err)
	}
}
