package daycheck

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"juma/acquiring/channel"
	"juma/clearing"
)

// TestNothingIsLost: whatever stands on the two sides, each line of the statement
// shows in exactly one result, with its amount, and each row of the day that moved
// money shows too.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []string
		var lines []clearing.Line
		for i := range 6 {
			for prefix, kind := range map[string]Kind{"P": Pay, "R": Refund, "V": Cancel} {
				no := fmt.Sprint(prefix, i)
				amount := rapid.IntRange(1, 2).Draw(t, "amount")
				status := rapid.SampledFrom([]string{"SUCCESS", "PENDING", "REVOKED", ""}).Draw(t, "status")
				if status != "" {
					rows = append(rows, fmt.Sprintf("UNIONPAY,%s,%s,M1,%d,%s,2026-03-10 12:00:00,payer,,,", no, kind, amount, status))
				}
				n := rapid.IntRange(0, 2).Draw(t, "lines")
				for range n {
					l := line(Entry{Kind: kind}.lineKind(), no)
					l.Amount, l.LineNo = 1, len(lines)+1
					if kind == Cancel {
						l.OrigOrderNo = fmt.Sprint("P", i)
					}
					lines = append(lines, l)
				}
			}
		}
		entries, err := ReadLedger("L", strings.NewReader(columns+strings.Join(rows, "\n")))
		if err != nil {
			t.Fatal(err)
		}
		report, err := Prove(date, entries, map[channel.Name][]clearing.Line{channel.UnionPay: lines})
		if err != nil {
			t.Fatal(err)
		}
		var want, got []string
		for _, l := range lines {
			want = append(want, fmt.Sprint(l.OrderNo, " ", int64(l.Amount)))
		}
		told := map[string]bool{}
		for _, r := range report.Results {
			told[r.OrderNo] = true
			if r.InBill {
				got = append(got, fmt.Sprint(r.OrderNo, " ", int64(r.Amount)))
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("\n got %q\nwant %q\nrows %q", got, want, rows)
		}
		for _, e := range entries {
			if e.done() && !told[e.OrderNo] {
				t.Fatalf("%s %s is not told", e.OrderNo, e.Status)
			}
		}
	})
}
