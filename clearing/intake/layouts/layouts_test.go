package layouts_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing/file"
	"juma/clearing/intake"
	"juma/internal/money"
)

// form is a layout with a file of it.
type form struct {
	layout string
	name   string
	data   []byte
	rows   int
	// bare: cut between two rows it looks whole, so it is used with a digest only.
	bare bool
}

func forms(t testing.TB, n int) []form {
	detail, sums := aliPay(day, n)
	return []form{
		{"wechat-all", "20260310_ALL.csv", weChat(day, n), n, false},
		{"wechat-all", "20260310_ALL.csv.gz", gzipOf(t, weChat(day, n)), n, false},
		{"wechat-funds", "20260310_fundflow.csv", funds(day, n), 2 * n, false},
		{"alipay-detail", "20889990000000010156_20260310.csv.zip", aliPayZip(t, day, n), n, false},
		{"alipay-detail", "detail.csv", detail, n, false},
		{"alipay-summary", "sums.csv", sums, 1, false},
		{"unionpay-zm", merchant + "_20260311083000.zip", zipOf(t, entry{"INN26031088ZM_" + merchant, zm(t, n)}), n, false},
		{"unionpay-zm-text", "INN26031088ZM_" + merchant, zm(t, n), n, true},
		{"unionpay-zme", "INN26031088ZME_" + merchant, records(t, file.ZME, n, "errCode", "E74", "txnAmt", "100"), n, true},
		{"unionpay-acom", "IND26031001ACOMN", repeated(sample(t, "unionpay", "IND26031001ACOMN"), 24, n), n, true},
		{"unionpay-acoma", "IND26031032ACOMA", repeated(sample(t, "unionpay", "IND26031032ACOMA"), 24, n), n, true},
		{"unionpay-alfee", "IND26031099ALFEE", records(t, file.ALFEE, n, "brandFee", "D00000000003", "isUpCard", "1", "cardMedium", "0"), n, true},
		{"unionpay-aerra", "IND26031032AERRA", records(t, file.AERRA, n, "errFlag", "E23", "amount", "100"), n, true},
		{"bank-credit", "advice-2026-03-10.csv", advice(n), n, false},
	}
}

func TestEveryLayoutIsRead(t *testing.T) {
	for _, f := range forms(t, 3) {
		in := intake.File{Name: f.name, Data: f.data, Date: day}
		if f.bare {
			if r := one(t, in); r.State != intake.Quarantined || len(r.Content.Lines) != 0 || r.Content.Rows != 0 {
				t.Errorf("%s without a digest is %s with %d rows: %v", f.layout, r.State, r.Content.Rows, r.Problem)
			}
			in.Digest = in.SHA256()
		}
		if r := one(t, in); r.State != intake.Proved || r.Layout != f.layout || r.Content.Rows != f.rows || r.Date != day {
			t.Errorf("%s: %s as %q with %d rows of %s: %v", f.name, r.State, r.Layout, r.Content.Rows, r.Date, r.Problem)
		}
	}
}

// T-S1: of a statement of 200 lines, no cut is used. A bare text of fixed width, which
// has neither totals nor a last line, looks whole when it is cut between two rows:
// without a digest it is quarantined then (as the whole file is), and the digest of
// the whole file refuses it. (Under the race detector the statements are short.)
func TestTruncationAtEveryByte(t *testing.T) {
	lines := 200
	if raceEnabled {
		lines = 12
	}
	for _, f := range forms(t, lines) {
		t.Run(f.layout+" "+f.name, func(t *testing.T) {
			t.Parallel()
			digest := intake.File{Data: f.data}.SHA256()
			for n := range f.data {
				in := intake.File{Name: f.name, Data: f.data[:n], Date: day}
				between := n > 0 && f.data[n-1] == '\n' && f.bare
				want := intake.Refused
				if between {
					want = intake.Quarantined
				}
				r := one(t, in)
				if r.State != want || r.Problem == nil || r.Content.Rows != 0 || len(r.Content.Lines) != 0 {
					t.Fatalf("cut at byte %d of %d: %s with %d rows: %v", n, len(f.data), r.State, r.Content.Rows, r.Problem)
				}
				if between {
					in.Digest = digest
					if r := one(t, in); r.State != intake.Refused {
						t.Fatalf("cut at byte %d with the digest of the whole: %s", n, r.State)
					}
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	bill := weChat(day, 3)
	next := weChat(day.AddDays(1), 3)
	two := bytes.Replace(bill, []byte("`2026-03-10 12:00:01"), []byte("`2026-03-09 12:00:01"), 1)
	noDate := zm(t, 3)
	detail, _ := aliPay(day, 3)
	for _, c := range []struct {
		name string
		file intake.File
		says string
	}{
		{"wrong digest", intake.File{Name: "a.csv", Data: bill, Digest: strings.Repeat("0", 64)}, "cut or altered"},
		{"no digest at all", intake.File{Name: "a.csv", Data: bill, Digest: "abc"}, "want a SHA-256"},
		{"wrong totals", intake.File{Name: "a.csv", Data: bytes.Replace(bill, []byte("`3,`"), []byte("`4,`"), 1)}, "has 3 rows"},
		{"two days in one file", intake.File{Name: "a.csv", Data: two}, "two days in one file"},
		{"yesterday's under today's name", intake.File{Name: "20260311_ALL.csv", Data: bill}, "under the name of 2026-03-11"},
		{"yesterday's when today's was asked", intake.File{Name: "a.csv", Data: bill, Date: day.AddDays(1)}, "another day's file"},
		{"tomorrow's", intake.File{Name: "20260310_ALL.csv", Data: next}, "another day's"},
		{"no day at all", intake.File{Name: "zm", Data: noDate, Channel: channel.UnionPay}, "which day it is of"},
		{"another provider", intake.File{Name: "a.csv", Data: bytes.ReplaceAll(bill, []byte("`1999000000"), []byte("`1888000000"))}, "another provider"},
		{"another account", intake.File{Name: "a.csv", Data: bytes.Replace(detail, []byte("2088999000000001"), []byte("2088999000000009"), 1)}, "want the account"},
		{"another merchant", intake.File{Name: "INN26031088ZM_" + merchant, Data: zm(t, 2), Account: "999581054110002"}, "another merchant"},
		{"another channel", intake.File{Name: "a.csv", Data: bill, Channel: channel.Alipay, Date: day}, "another channel"},
		{"GBK cut within a character", intake.File{Name: "a.csv", Data: bytes.Replace(detail, mustGBK("午餐"), mustGBK("午餐")[:3], 1)}, "GBK"},
		{"nothing", intake.File{Name: "a.csv"}, "not an empty day"},
		{"empty, with a file", intake.File{Name: "a.csv", Data: bill, Empty: true, Channel: channel.WeChat, Date: day}, "said to be empty"},
		{"counted otherwise", intake.File{Name: "INN26031088ZM_" + merchant, Data: zm(t, 2), Counted: true, Count: 3}, "the count that was given"},
	} {
		r := one(t, c.file)
		if r.State != intake.Refused || r.Problem == nil || r.Content.Rows != 0 || !strings.Contains(r.Problem.Error(), c.says) {
			t.Errorf("%s: %s, %v; want it to say %q", c.name, r.State, r.Problem, c.says)
		}
	}
	if r := one(t, intake.File{Empty: true, Channel: channel.WeChat, Date: day}); r.State != intake.Proved || r.Totals != (intake.Totals{}) {
		t.Errorf("a day that the wallet says is empty: %s, %v", r.State, r.Problem)
	}
}

// A row near midnight is no second day.
func TestRowsAtMidnight(t *testing.T) {
	late := bytes.Replace(weChat(day, 3), []byte("`2026-03-10 12:00:02"), []byte("`2026-03-11 00:01:02"), 1)
	if r := one(t, intake.File{Name: "a.csv", Data: late}); r.State != intake.Proved || r.Content.Lines[2].Date != day {
		t.Errorf("%s, %v", r.State, r.Problem)
	}
}

// The same rows in another form are the same file; other rows are not.
func TestFingerprint(t *testing.T) {
	print := func(data []byte) string { return one(t, intake.File{Name: "a", Data: data}).Content.Fingerprint() }
	bill := weChat(day, 3)
	if print(bill) != print(gzipOf(t, bill)) || print(bill) == print(weChat(day, 4)) {
		t.Error("the fingerprint does not tell rows apart from their packing")
	}
}

// The bill of funds and the sums prove the totals of the payments (balance equation
// of the day).
func TestControlTotals(t *testing.T) {
	detail, sums := aliPay(day, 5)
	read := func(data []byte) intake.Totals { return one(t, intake.File{Name: "a", Data: data}).Totals }
	for _, c := range []struct {
		kind          intake.Kind
		control, rows []byte
		agree         bool
	}{
		{intake.Funds, funds(day, 5), weChat(day, 5), true},
		{intake.Funds, funds(day, 5), weChat(day, 6), false},
		{intake.Sums, sums, detail, true},
		{intake.Sums, sums, func() []byte { d, _ := aliPay(day, 4); return d }(), false},
		{intake.Funds, sample(t, "wechat", "20260310_fundflow_BASIC.csv"), sample(t, "wechat", "20260310_ALL.csv"), true},
	} {
		if says := intake.Contradicts(c.kind, read(c.control), read(c.rows)); (says == "") != c.agree {
			t.Errorf("%s: %q", c.kind, says)
		}
	}
}

// A day's files in one archive: each has its own report.
func TestBundle(t *testing.T) {
	other := strings.ReplaceAll(string(zm(t, 2)), merchant, "999581054110002")
	bundle := zipOf(t, entry{"INN26031088ZM_" + merchant, zm(t, 2)}, entry{"INN26031088ZM_999581054110002", []byte(other)}, entry{"20260310_ALL.csv", weChat(day, 2)},
		entry{"IND26031032ACOMA", sample(t, "unionpay", "IND26031032ACOMA")})
	var got []string
	for _, r := range desk.Examine(intake.File{Name: "day.zip", Data: bundle}) {
		got = append(got, fmt.Sprintf("%s %s %s", r.State, r.Layout, r.Account))
	}
	want := "proved unionpay-zm-text 999290058120001, proved unionpay-zm-text 999581054110002, proved wechat-all , proved unionpay-acoma "
	if strings.Join(got, ", ") != want {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, ", "), want)
	}
}

func TestUnknownLayout(t *testing.T) {
	renamed := bytes.Replace(weChat(day, 2), []byte(",手续费,"), []byte(",交易手续费,"), 1)
	r := one(t, intake.File{Name: "20260310_ALL.csv", Data: renamed, Date: day})
	if r.State != intake.Quarantined || r.Unknown == nil || r.Unknown.Layout != "wechat-all" || !strings.Contains(r.Problem.Error(), "the nearest one is wechat-all") {
		t.Fatalf("%s: %v", r.State, r.Problem)
	}
	var odd []string
	for _, c := range r.Unknown.Columns {
		if c.What != intake.Same {
			odd = append(odd, fmt.Sprintf("%s %s→%s", c.What, c.Expected, c.Found))
		}
	}
	if strings.Join(odd, ", ") != "renamed 手续费→交易手续费" {
		t.Errorf("difference: %v", odd)
	}

	m := intake.Mapping{Channel: channel.WeChat, Signature: r.Unknown.Signature, Version: 2,
		Text: "header: yes\nunit: yuan\nstrip: \"`\"\ncolumns:\n  order_no: 商户订单号\n  channel: =wechat\n  amount_fen: 订单金额\n  fee_fen: 交易手续费\n"}
	plain := bytes.ReplaceAll(renamed, []byte("午餐,含饮料"), []byte("午餐")) // a map reads CSV
	plain = plain[:bytes.Index(plain, []byte("总交易单数"))]
	mapped := intake.Desk{Layouts: desk.Layouts, Mappings: []intake.Mapping{m}}
	in := intake.File{Name: "20260310_ALL.csv", Data: bytes.ReplaceAll(plain, []byte("0.04000"), []byte("0.04")), Date: day}
	if r := mapped.Examine(in)[0]; r.State != intake.Quarantined || !strings.Contains(r.Problem.Error(), "nothing proves") {
		t.Errorf("mapped without a proof: %s, %v", r.State, r.Problem)
	}
	in.Counted, in.Count, in.Sum = true, 2, int64(amountOf(0)+amountOf(1))
	got := mapped.Examine(in)[0]
	if got.State != intake.Proved || got.Layout != "mapped-wechat-2" || len(got.Content.Lines) != 2 || got.Content.Lines[1].Amount != amountOf(1) || got.Content.Lines[1].Fee != 4 {
		t.Errorf("mapped: %s, %v, %+v", got.State, got.Problem, got.Content.Lines)
	}
	in.Sum++
	if r := mapped.Examine(in)[0]; r.State != intake.Refused {
		t.Errorf("mapped with another sum: %s", r.State)
	}
}

// Whatever rows a bill has, its totals are theirs; without one row, with one twice, or
// with one digit of an amount changed, it is refused.
func TestAnyBillIsProvedAndNoneThatIsChanged(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		n := 2 + random.IntN(20)
		whole := weChat(day, n)
		r := one(t, intake.File{Name: "a", Data: whole})
		var sum money.Fen
		for i := range n {
			sum += amountOf(i)
		}
		if r.State != intake.Proved || r.Totals != (intake.Totals{Payments: n, Paid: sum, Fee: money.Fen(4 * n)}) {
			t.Fatalf("%d rows: %s, %+v, %v", n, r.State, r.Totals, r.Problem)
		}
		lines := bytes.SplitAfter(whole, []byte("\r\n"))
		at := 1 + random.IntN(n)
		amount := []byte("`" + amountOf(at-1).Yuan() + ",`0.00,`\r\n")
		other := bytes.Clone(amount)
		other[1] = '1' + (other[1]-'0')%9 // another first digit
		for what, change := range map[string]func() [][]byte{
			"a row less":    func() [][]byte { return slices.Delete(slices.Clone(lines), at, at+1) },
			"a row twice":   func() [][]byte { return slices.Insert(slices.Clone(lines), at, lines[at]) },
			"another digit": func() [][]byte { c := slices.Clone(lines); c[at] = bytes.Replace(c[at], amount, other, 1); return c },
		} {
			if r := one(t, intake.File{Name: "a", Data: bytes.Join(change(), nil)}); r.State != intake.Refused {
				t.Fatalf("%s of %d: %s", what, n, r.State)
			}
		}
	}
}

// FuzzExamine holds the desk to: no panic, always a report, and no rows of a file that
// is not proved.
func FuzzExamine(f *testing.F) {
	for _, x := range forms(f, 2) {
		f.Add(x.name, x.data)
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		for _, r := range desk.Examine(intake.File{Name: name, Data: data, Date: day}) {
			if (r.State == intake.Proved) == (r.Problem != nil) || (r.State != intake.Proved && (r.Content.Rows != 0 || len(r.Content.Lines) > 0)) {
				t.Fatalf("%s with %d rows and %v", r.State, r.Content.Rows, r.Problem)
			}
		}
	})
}
