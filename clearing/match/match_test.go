package match

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"juma/internal/fault"
)

func TestSum(t *testing.T) {
	var s Sum
	for _, v := range []int64{-1 << 63, -1 << 63, 1<<63 - 1, -1, 5} {
		s.add(v)
	}
	s.sub(-1 << 63)
	s.sub(7)
	if got, want := s.String(), "-4"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// memorySpool is room outside of memory for tests; open counts those not closed.
type memorySpool struct {
	bytes.Buffer
	open *atomic.Int64
}

func (m *memorySpool) ReadAt(b []byte, at int64) (int, error) {
	n := copy(b, m.Bytes()[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (m *memorySpool) Close() error { m.open.Add(-1); return nil }

// compare runs two texts with the default columns and gives the lines.
func compare(t *testing.T, ours, theirs string, opt Options) ([]string, Summary) {
	t.Helper()
	lines, sum, err := tryCompare(ours, theirs, opt)
	if err != nil {
		t.Fatal(err)
	}
	if !sum.Proved() {
		t.Errorf("the classes do not add up: %+v", sum)
	}
	if int(sum.Differences()) != len(lines) {
		t.Errorf("%d lines, counted %d", len(lines), sum.Differences())
	}
	return lines, sum
}

func tryCompare(ours, theirs string, opt Options) (lines []string, sum Summary, err error) {
	a, err := NewScanner("A.csv", strings.NewReader(ours), Default())
	if err != nil {
		return nil, sum, err
	}
	b, err := NewScanner("B.csv", strings.NewReader(theirs), Default())
	if err != nil {
		return nil, sum, err
	}
	sum, err = Run(context.Background(), a, b, opt, func(d Difference) error {
		lines = append(lines, fmt.Sprintf("%s,%s,%s,%s,%s", d.Kind, d.OrderNo, d.Field, d.Ours, d.Theirs))
		return nil
	})
	return lines, sum, err
}

// row is a line of the default columns; what is given replaces the defaults.
func row(order string, change ...string) string {
	f := []string{order, "WECHAT", "000001", "20260310", "100", "1", "payer", "2026-03-10 10:00:00"}
	for i := 0; i+1 < len(change); i += 2 {
		f[slices.Index(Fields, change[i])] = change[i+1]
	}
	return strings.Join(f, ",") + "\n"
}

func TestRun(t *testing.T) {
	const day = 20260310
	date := func(d string) []string { return []string{ClearDate, d} }
	tests := map[string]struct {
		ours, theirs string
		date         uint32
		want         []string
	}{
		"balanced":                        {row("P1") + row("P2"), row("P2") + row("P1"), 0, nil},
		"both empty":                      {"", "", 0, nil},
		"ours empty":                      {"", row("P1"), 0, []string{"missing_ours,P1,amount_fen,,100"}},
		"theirs empty":                    {row("P1"), "", 0, []string{"missing_theirs,P1,amount_fen,100,"}},
		"trace and time are not compared": {row("P1"), row("P1", TraceNo, "9", PaidTime, "later"), 0, nil},
		"refund":                          {row("R1", AmountFen, "-500", FeeFen, "-2"), row("R1", AmountFen, "-501", FeeFen, "-2"), 0, []string{"amount,R1,amount_fen,-500,-501"}},
		"the sign counts":                 {row("R1", AmountFen, "-5"), row("R1", AmountFen, "5"), 0, []string{"amount,R1,amount_fen,-5,5"}},
		"every field": {row("P1"), row("P1", AmountFen, "99", FeeFen, "2", PayerAcct, "x", ClearDate, "20260311"), 0, []string{
			"amount,P1,amount_fen,100,99", "fee,P1,fee_fen,1,2", "payer,P1,payer_acct,payer,x", "spill,P1,clear_date,20260310,20260311"}},
		"same number in another channel": {row("P1"), row("P1", Channel, "ALIPAY"), 0, []string{"missing_ours,P1,amount_fen,,100", "missing_theirs,P1,amount_fen,100,"}},
		"sorted": {row("P2") + row("P10"), row("P3"), 0, []string{
			"missing_ours,P3,amount_fen,,100", "missing_theirs,P10,amount_fen,100,", "missing_theirs,P2,amount_fen,100,"}},
		"empty payer": {row("P1", PayerAcct, ""), row("P1"), 0, []string{"payer,P1,payer_acct,,payer"}},
		"000 is 0":    {row("P1", FeeFen, "000"), row("P1", FeeFen, "-0"), 0, nil},

		"again, the same":          {row("P1"), row("P1") + row("P1"), 0, []string{"duplicate,P1,amount_fen,,100"}},
		"again, another amount":    {row("P1"), row("P1", AmountFen, "7") + row("P1"), 0, []string{"duplicate,P1,amount_fen,,7"}},
		"again on our side":        {row("P1") + row("P1") + row("P1"), row("P1"), 0, []string{"duplicate,P1,amount_fen,100,", "duplicate,P1,amount_fen,100,"}},
		"again on both sides":      {row("P1") + row("P1"), row("P1") + row("P1"), 0, []string{"duplicate,P1,amount_fen,,100", "duplicate,P1,amount_fen,100,"}},
		"again and missing":        {row("P1") + row("P1"), "", 0, []string{"duplicate,P1,amount_fen,100,", "missing_theirs,P1,amount_fen,100,"}},
		"the nearest makes a pair": {row("P1", FeeFen, "3"), row("P1", AmountFen, "1") + row("P1") + row("P1", AmountFen, "101"), 0, []string{"duplicate,P1,amount_fen,,1", "duplicate,P1,amount_fen,,101", "fee,P1,fee_fen,3,1"}},
		"none is near":             {row("P1"), row("P1", AmountFen, "7") + row("P1", AmountFen, "8"), 0, []string{"amount,P1,amount_fen,100,7", "duplicate,P1,amount_fen,,8"}},

		"another day is not asked for":            {row("P1", date("20260309")...), row("P2", date("20260311")...), day, nil},
		"a pair of another day":                   {row("P1", ClearDate, "20260309", AmountFen, "1"), row("P1", ClearDate, "20260309"), day, nil},
		"ours is of another day":                  {row("P1", date("20260311")...), row("P1"), day, []string{"spill,P1,clear_date,20260311,20260310"}},
		"theirs is of another day":                {row("P1"), row("P1", date("20260309")...), day, []string{"spill,P1,clear_date,20260310,20260309"}},
		"theirs stands on both days":              {row("P1"), row("P1", date("20260309")...) + row("P1"), day, nil},
		"both stand on both days":                 {row("P1", ClearDate, "20260309", AmountFen, "1") + row("P1", FeeFen, "9"), row("P1", ClearDate, "20260309", AmountFen, "1") + row("P1"), day, []string{"fee,P1,fee_fen,9,1"}},
		"theirs stands twice on the day":          {row("P1"), row("P1", date("20260309")...) + row("P1") + row("P1"), day, []string{"duplicate,P1,amount_fen,,100"}},
		"missing on the day, twice on other days": {row("P1"), row("P1", date("20260309")...) + row("P1", date("20260308")...), day, []string{"spill,P1,clear_date,20260310,20260308"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for how, opt := range ways(t) {
				opt.Date = tt.date
				if got, _ := compare(t, tt.ours, tt.theirs, opt); !slices.Equal(got, tt.want) {
					t.Errorf("%s:\n got %q\nwant %q", how, got, tt.want)
				}
			}
		})
	}
}

// ways are the same comparison in memory, through the spool, spread again, and
// sorted.
func ways(t interface{ Cleanup(func()) }) map[string]Options {
	open := new(atomic.Int64)
	spool := func() (Spool, error) { open.Add(1); return &memorySpool{open: open}, nil }
	t.Cleanup(func() {
		if n := open.Load(); n != 0 {
			panic(fmt.Sprintf("%d spools were left open", n))
		}
	})
	return map[string]Options{
		"in memory":  {Partitions: 1},
		"spool":      {Partitions: 4, NewSpool: spool, memory: -1},
		"not spread": {Partitions: 8, NewSpool: spool, memory: 1, part: 1},
	}
}

func TestWhatASideDoesNotHaveIsNotCompared(t *testing.T) {
	a, b := row("P1"), row("P1", FeeFen, "2", PayerAcct, "x", ClearDate, "20260311")
	if got, _ := compare(t, a, b, Options{NoFee: true, NoPayer: true, NoDate: true, Date: 20260310}); got != nil {
		t.Errorf("got %q", got)
	}
}

func TestSummary(t *testing.T) {
	ours := row("P1") + row("P2") + row("P3", AmountFen, "-40") + row("P4") + row("P4") + row("P9", ClearDate, "20260401")
	theirs := row("P1") + row("P3", AmountFen, "-41", FeeFen, "7") + row("P4") + row("P5", AmountFen, "9223372036854775807") + row("P6", AmountFen, "9223372036854775807")
	_, sum := compare(t, ours, theirs, Options{Date: 20260310})
	got := fmt.Sprint(sum.Ours, sum.Theirs, sum.Matched, sum.MatchedSum, sum.Differing, sum.Of(Amount), sum.Of(Fee), sum.Of(MissingOurs), sum.Of(Duplicate))
	want := "{6 460 1 1 1} {5 18446744073709551773 2 0 0} 2 200 1 {1 -40 -41} {1 1 7} {2 0 18446744073709551614} {1 100 0}"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestRunAgainstAnotherWay compares with a plain computation over maps, whatever
// way the rows take.
func TestRunAgainstAnotherWay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		gen := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) string {
			return row(fmt.Sprint("P", rapid.IntRange(0, 12).Draw(rt, "order")),
				Channel, rapid.SampledFrom([]string{"A", "B"}).Draw(rt, "channel"), AmountFen, fmt.Sprint(rapid.IntRange(-1, 1).Draw(rt, "amount")),
				FeeFen, rapid.SampledFrom([]string{"0", "1"}).Draw(rt, "fee"), PayerAcct, rapid.SampledFrom([]string{"", "a"}).Draw(rt, "payer"),
				ClearDate, rapid.SampledFrom([]string{"20260310", "20260311"}).Draw(rt, "date"))
		}), 0, 30)
		ours, theirs := gen.Draw(rt, "ours"), gen.Draw(rt, "theirs")
		want := plainly(ours, theirs)
		var first []string
		for how, opt := range ways(t) {
			lines, sum, err := tryCompare(strings.Join(ours, ""), strings.Join(theirs, ""), opt)
			if err != nil || !sum.Proved() {
				rt.Fatalf("%s: %v, proved %v", how, err, sum.Proved())
			}
			if first == nil {
				first = append([]string{}, lines...)
			}
			if !slices.Equal(lines, first) {
				rt.Fatalf("%s:\n got %q\nwant %q", how, lines, first)
			}
			if !slices.IsSorted(lines) && len(lines) > 0 {
				rt.Fatalf("not sorted: %q", lines)
			}
		}
		counts := map[string]int{}
		for _, l := range first {
			f := strings.Split(l, ",")
			counts[f[0]+" "+f[1]]++
		}
		for key, n := range want {
			if n >= 0 && counts[key] != n {
				rt.Fatalf("%s: %d lines, want %d\n%q", key, counts[key], n, first)
			}
		}
		for key := range counts {
			if want[key] == 0 {
				rt.Fatalf("%s is told and should not be\n%q", key, first)
			}
		}
	})
}

// plainly counts the lines by kind and order number, over both channels; -1 is
// any number. The best pair of a group is found by trying all.
func plainly(ours, theirs []string) map[string]int {
	want := map[string]int{}
	sides := [2]map[string][][]string{{}, {}}
	keys := map[string]bool{}
	for i, side := range [][]string{ours, theirs} {
		for _, l := range side {
			f := strings.Split(strings.TrimSpace(l), ",")
			sides[i][f[0]+","+f[1]] = append(sides[i][f[0]+","+f[1]], f)
			keys[f[0]+","+f[1]] = true
		}
	}
	for key := range keys {
		order, _, _ := strings.Cut(key, ",")
		a, b := sides[0][key], sides[1][key]
		if n := max(0, len(a)-1) + max(0, len(b)-1); n > 0 {
			want["duplicate "+order] += n
		}
		switch {
		case len(b) == 0:
			want["missing_theirs "+order]++
			continue
		case len(a) == 0:
			want["missing_ours "+order]++
			continue
		}
		best, exact := -1, false
		var pair [2][]string
		for _, x := range a {
			for _, y := range b {
				n := 0
				for _, i := range []int{3, 4, 5, 6} {
					if x[i] != y[i] {
						break
					}
					n++
				}
				if n > best {
					best, pair = n, [2][]string{x, y}
				}
			}
		}
		exact = len(a) == 1 && len(b) == 1 || best == 4
		for i, kind := range map[int]Kind{3: Spill, 4: Amount, 5: Fee, 6: Payer} {
			name := string(kind) + " " + order
			switch {
			case !exact:
				want[name] = -1 // several pairs are equally near
			case pair[0][i] != pair[1][i] && want[name] >= 0:
				want[name]++
			}
		}
	}
	return want
}

// TestFewKeysOfManyRows lets two keys have nearly all rows, which no hash can
// spread: memory stays bounded, and only one pair of each is left.
func TestFewKeysOfManyRows(t *testing.T) {
	var ours, theirs strings.Builder
	for i := range 3000 {
		fmt.Fprint(&ours, row(fmt.Sprint("P", i%2), AmountFen, fmt.Sprint(i)))
		fmt.Fprint(&theirs, row(fmt.Sprint("P", i%2), AmountFen, fmt.Sprint(i+2000)))
	}
	opt := ways(t)["spool"]
	opt.part = 4 << 10
	lines, sum := compare(t, ours.String(), theirs.String(), opt)
	if sum.Matched != 2 || sum.Of(Duplicate).Lines != 2*2998 || len(lines) != 2*2998 {
		t.Errorf("%d matched, %d duplicates of %d lines", sum.Matched, sum.Of(Duplicate).Lines, len(lines))
	}
}

// TestSidesThatShareNothing has twice the keys that a table is first made for.
func TestSidesThatShareNothing(t *testing.T) {
	var ours, theirs strings.Builder
	for i := range 1000 {
		fmt.Fprint(&ours, row(fmt.Sprint("A", i)))
		fmt.Fprint(&theirs, row(fmt.Sprint("B", i)))
	}
	fmt.Fprint(&ours, row("C"))
	fmt.Fprint(&theirs, row("C"))
	for how, opt := range ways(t) {
		_, sum := compare(t, ours.String(), theirs.String(), opt)
		if sum.Matched != 1 || sum.Ours.Missing != 1000 || sum.Theirs.Missing != 1000 {
			t.Errorf("%s: %+v", how, sum)
		}
	}
}

func TestFaultsEndTheRun(t *testing.T) {
	bad := row("P1", AmountFen, "1x")
	for name, tt := range map[string]struct{ ours, theirs, want string }{
		"ours":   {row("P0") + bad, row("P1"), `A.csv line 2 amount_fen "1x"`},
		"theirs": {row("P0"), bad, `B.csv line 1 amount_fen "1x"`},
	} {
		for how, opt := range ways(t) {
			lines, _, err := tryCompare(tt.ours, tt.theirs, opt)
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.want) || lines != nil {
				t.Errorf("%s %s: %v, %q", name, how, err, lines)
			}
		}
	}
}

func TestBrokenSpool(t *testing.T) {
	full := errors.New("disk full")
	opt := Options{Partitions: 2, memory: -1, NewSpool: func() (Spool, error) { return nil, full }}
	big := strings.Repeat(row("P1"), 2000)
	if _, _, err := tryCompare(big, big, opt); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	a, _ := NewScanner("A", strings.NewReader(row("P1")), Default())
	b, _ := NewScanner("B", strings.NewReader(row("P1")), Default())
	_, err := Run(ctx, a, b, Options{}, func(Difference) error { t.Error("emitted"); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestPartitionsFor(t *testing.T) {
	for bytes, want := range map[int64]int{0: 256, 1: 1, 6 << 20: 1, 7 << 20: 2, 1 << 30: 256, 1 << 50: 512} {
		if got := PartitionsFor(bytes); got != want {
			t.Errorf("PartitionsFor(%d) = %d, want %d", bytes, got, want)
		}
	}
}
