package bill

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// shelf is a repository of rows.
type shelf struct {
	days []clearing.Settlement
	rows []Row
	read int
}

func (s *shelf) BillDays(_ context.Context, _ string, from, to bizdate.Date) (days []clearing.Settlement, _ error) {
	for _, d := range s.days {
		if d.Date >= from && d.Date <= to {
			days = append(days, d)
		}
	}
	return days, nil
}

func (s *shelf) BillRows(_ context.Context, _ string, d bizdate.Date, kind channel.LineKind, after string, limit int) (rows []Row, _ error) {
	for _, r := range s.rows {
		if r.Date == d && r.Kind == kind && r.OrderNo > after && len(rows) < limit {
			rows = append(rows, r)
		}
	}
	s.read = max(s.read, len(rows))
	return rows, nil
}

// month has two days: one of many payments, and one whose payment was given back
// in part.
func month() *shelf {
	noon := time.Date(2026, 3, 9, 4, 0, 0, 0, time.UTC)
	s := &shelf{}
	first := clearing.Settlement{Date: 20260309, SettlementDate: 20260310}
	for i := range 2*page + 1 {
		r := Row{Date: first.Date, Time: noon, Kind: channel.PaymentLine, OrderNo: fmt.Sprintf("P%05d", i), Wallet: channel.WeChatWallet, ChannelNo: "42000012345678901234567", Store: "=1+1,\"总店\"", TerminalNo: "10000001", Amount: 1999, Fee: 8}
		s.rows = append(s.rows, r)
		first.Rows, first.Gross, first.Fee = first.Rows+1, first.Gross+r.Amount, first.Fee+r.Fee
	}
	first.Credited = first.Net()
	second := clearing.Settlement{Date: 20260313, SettlementDate: 20260316, Rows: 2, Gross: 500, Refund: 700, Fee: -1, ErrAmt: 30, Suspended: -169}
	s.rows = append(s.rows,
		Row{Date: second.Date, Time: noon, Kind: channel.PaymentLine, OrderNo: "P9", Wallet: channel.AlipayWallet, Store: "𠮷野屋 @home", Amount: 500, Fee: 2},
		Row{Date: second.Date, Time: noon, Kind: channel.RefundLine, OrderNo: "R9", Origin: "P00001", Wallet: channel.WeChatWallet, Store: "-店", Amount: 700, Fee: 3})
	s.days = []clearing.Settlement{first, second}
	return s
}

func word(key string) string { return "[" + key + "]" }

func march(t *testing.T, s *shelf) Bill {
	t.Helper()
	p, err := ParsePeriod("2026-03")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Of(context.Background(), s, "999290058120001", p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestRowsAsCSV: every row is there once, a page is all that is held, and no
// text is a formula.
func TestRowsAsCSV(t *testing.T) {
	s := month()
	b := march(t, s)
	var out bytes.Buffer
	if err := b.WriteRows(&out, UTF8, word); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(out.String(), "\uFEFF")
	if !marked || strings.Count(text, "\r\n") != strings.Count(text, "\n") {
		t.Error("no byte order mark, or lines that do not end as RFC 4180 says")
	}
	rows := read(t, text)
	if len(rows) != 1+b.Count() || len(s.rows) != b.Count() || s.read != page {
		t.Fatalf("%d lines for %d rows, %d at once", len(rows), b.Count(), s.read)
	}
	want := [][]string{
		{"[col.date]", "[col.time]", "[col.kind]", "[col.order_no]", "[col.origin]", "[col.wallet]", "[col.channel_no]", "[col.store]", "[col.terminal]", "[col.amount]", "[col.fee]", "[col.net]"},
		{"2026-03-09", "2026-03-09 12:00:00", "[payment]", "P00000", "", "[wallet.wechat]", "42000012345678901234567", "'=1+1,\"总店\"", "10000001", "19.99", "0.08", "19.91"},
		{"2026-03-13", "2026-03-09 12:00:00", "[refund]", "R9", "P00001", "[wallet.wechat]", "", "'-店", "", "-7.00", "-0.03", "-6.97"},
	}
	for i, at := range []int{0, 1, len(rows) - 1} {
		if !slices.Equal(rows[at], want[i]) {
			t.Errorf("line %d:\n got %q\nwant %q", at+1, rows[at], want[i])
		}
	}
}

func TestDaysAsCSVForOldSpreadsheets(t *testing.T) {
	var out bytes.Buffer
	b := march(t, month())
	if err := b.WriteDays(&out, GBK, func(key string) string { return "列" + key }); err != nil {
		t.Fatal(err)
	}
	text, err := simplifiedchinese.GBK.NewDecoder().String(out.String())
	if err != nil {
		t.Fatal(err)
	}
	rows := read(t, text)
	if len(rows) != 3 || rows[0][0] != "列col.date" || !slices.Equal(rows[2], []string{"2026-03-13", "2", "5.00", "-7.00", "-0.01", "0.30", "-1.69", "1.69", "0.00", "2026-03-16"}) {
		t.Errorf("%q", rows)
	}
	out.Reset()
	if err := b.WriteRows(&out, GBK, word); err != nil {
		t.Fatal(err)
	}
	if text, _ := simplifiedchinese.GBK.NewDecoder().String(out.String()); !strings.Contains(text, "?野屋 @home") {
		t.Error("a character that GBK lacks must become a question mark, and nothing else")
	}
}

// TestWorkbook: two sheets whose amounts are numbers, with formulas nowhere.
func TestWorkbook(t *testing.T) {
	b := march(t, month())
	var out bytes.Buffer
	if err := b.WriteWorkbook(&out, func(key string) string { return strings.ReplaceAll(key, ".", " ") }); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.GetSheetList(); !slices.Equal(got, []string{"sheet days", "sheet rows"}) {
		t.Fatalf("sheets %q", got)
	}
	days, _ := f.GetRows("sheet days")
	rows, _ := f.GetRows("sheet rows")
	if len(days) != 3 || len(rows) != 1+b.Count() {
		t.Fatalf("%d days, %d rows", len(days), len(rows))
	}
	if rows[1][7] != "=1+1,\"总店\"" || rows[1][9] != "19.99" || days[1][2] != "39,999.99" {
		t.Errorf("%q, %q", rows[1], days[1])
	}
	for cell, want := range map[string]excelize.CellType{"H2": excelize.CellTypeInlineString, "J2": excelize.CellTypeUnset} {
		got, err := f.GetCellType("sheet rows", cell)
		formula, _ := f.GetCellFormula("sheet rows", cell)
		if err != nil || got != want || formula != "" {
			t.Errorf("%s: type %v, formula %q, %v", cell, got, formula, err)
		}
	}
}

// TestDayThatDoesNotAddUp: a statement whose rows are not its settlement is not
// given out.
func TestDayThatDoesNotAddUp(t *testing.T) {
	for name, change := range map[string]func(*shelf){
		"a row is gone":      func(s *shelf) { s.rows = s.rows[:len(s.rows)-1] },
		"one fen of a fee":   func(s *shelf) { s.rows[0].Fee++ },
		"one fen of payment": func(s *shelf) { s.rows[7].Amount-- },
		"a refund is paid":   func(s *shelf) { s.rows[len(s.rows)-1].Kind = channel.PaymentLine },
	} {
		s := month()
		change(s)
		var out bytes.Buffer
		if err := march(t, s).WriteRows(&out, UTF8, word); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPeriods(t *testing.T) {
	for text, want := range map[string]Period{
		"2026-03": {20260301, 20260331}, "2024-02": {20240201, 20240229}, "2026-12": {20261201, 20261231}, "2026-03-10": {20260310, 20260310},
	} {
		if got, err := ParsePeriod(text); err != nil || got != want || got.String() != text {
			t.Errorf("%s: %v %v, %v", text, got, got.String(), err)
		}
	}
	for _, text := range []string{"", "2026", "2026-3", "2026-13", "2026-02-30", "2026-03-10/", "../2026-03"} {
		if _, err := ParsePeriod(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if got := (Period{20260301, 20260331}).Back(3).String(); got != "2025-12" {
		t.Errorf("three months before March: %s", got)
	}
	if _, err := Of(context.Background(), month(), "m", Period{20250101, 20250131}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a month without settlements: %v", err)
	}
}
