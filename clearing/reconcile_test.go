package clearing

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"juma/acquiring/channel"
	"juma/clearing/fee"
	"juma/internal/bizdate"
	"juma/internal/money"
)

const day = bizdate.Date(20260310)

func paid(no string, amount money.Fen) Record {
	return Record{
		Kind: channel.PaymentLine, OrderNo: no, Channel: channel.WeChat, MerchantNo: "999290058120001", Amount: amount,
		Payer: "oPayer", Time: day.Start().Add(12 * time.Hour), Date: day, FeeRate: 3800,
	}
}

func refunded(no, orig string, amount, origAmount, before money.Fen) Record {
	r := paid(no, amount)
	r.Kind, r.OrigOrderNo, r.OrigAmount, r.OrigRefundedBefore = channel.RefundLine, orig, origAmount, before
	return r
}

// lineOf is the statement line that a record should have.
func lineOf(r Record, n int) Line {
	cost, err := CostOf(fee.Default(), r)
	if err != nil {
		panic(err)
	}
	return Line{File: "bill", StatementLine: channel.StatementLine{
		LineNo: n, Kind: r.Kind, OrderNo: r.OrderNo, OrigOrderNo: r.OrigOrderNo, Amount: r.Amount, Fee: cost,
		Payer: r.Payer, Time: r.Time, Date: day, Final: true, State: "SUCCESS",
	}}
}

func reconcile(t *testing.T, in Input) Outcome {
	t.Helper()
	in.Channel, in.Date, in.Costs = channel.WeChat, day, fee.Default()
	out, err := Reconcile(in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestClasses states, for each thing that can be seen, which class it gets and
// what happens with it.
func TestClasses(t *testing.T) {
	p := paid("P1", 1000)
	change := func(f func(*Line)) []Line {
		l := lineOf(p, 2)
		f(&l)
		return []Line{l}
	}
	tomorrow := p
	tomorrow.Date = day.AddDays(1)
	yesterday := p
	yesterday.Date = day.AddDays(-1)
	noPayer := p
	noPayer.Payer = ""
	masked := p
	masked.Payer = "6216261000000000018"
	for name, c := range map[string]struct {
		in     Input
		class  Class
		state  ItemState
		payers int
	}{
		"equal":                       {Input{Ours: []Record{p}, Theirs: change(func(*Line) {})}, Matched, Ready, 0},
		"only theirs":                 {Input{Theirs: change(func(*Line) {})}, MissingOurs, Waiting, 0},
		"only ours":                   {Input{Ours: []Record{p}}, MissingTheirs, Waiting, 0},
		"other amount":                {Input{Ours: []Record{p}, Theirs: change(func(l *Line) { l.Amount++ })}, AmountDiffers, Waiting, 0},
		"other state":                 {Input{Ours: []Record{p}, Theirs: change(func(l *Line) { l.Final = false })}, StateDiffers, Waiting, 0},
		"other fee":                   {Input{Ours: []Record{p}, Theirs: change(func(l *Line) { l.Fee++ })}, FeeDiffers, Ready, 0},
		"other payer":                 {Input{Ours: []Record{p}, Theirs: change(func(l *Line) { l.Payer = "oOther" })}, PayerDiffers, Ready, 1},
		"payer that we did not know":  {Input{Ours: []Record{noPayer}, Theirs: change(func(*Line) {})}, Matched, Ready, 1},
		"payer masked by the channel": {Input{Ours: []Record{masked}, Theirs: change(func(l *Line) { l.Payer = "621626*********0018" })}, Matched, Ready, 1},
		"masked, and another card":    {Input{Ours: []Record{masked}, Theirs: change(func(l *Line) { l.Payer = "621626*********0019" })}, PayerDiffers, Ready, 1},
		"payer missing in the bill":   {Input{Ours: []Record{p}, Theirs: change(func(l *Line) { l.Payer = "" })}, Matched, Ready, 0},
		"ours of tomorrow":            {Input{OtherDay: []Record{tomorrow}, Theirs: change(func(*Line) {})}, Spill, Waiting, 0},
		"ours of yesterday, waiting": {Input{OtherDay: []Record{yesterday}, Theirs: change(func(*Line) {}),
			Pool: []Item{{ID: "old", Kind: p.Kind, OrderNo: "P1", Ours: true, Class: MissingTheirs, State: Waiting}}}, Spill, Ready, 0},
		"ours of yesterday, settled": {Input{OtherDay: []Record{yesterday}, Theirs: change(func(*Line) {})}, Spill, Waiting, 0},
		"theirs came a day early": {Input{Ours: []Record{p}, Pool: []Item{{ID: "early", Kind: p.Kind, OrderNo: "P1", Theirs: true,
			Class: Spill, State: Waiting, TheirsAmount: 1000, TheirsFee: 2, TheirsPayer: "oPayer"}}}, Matched, Ready, 0},
		"early, with another amount": {Input{Ours: []Record{p}, Pool: []Item{{ID: "early", Kind: p.Kind, OrderNo: "P1", Theirs: true,
			Class: Spill, State: Waiting, TheirsAmount: 999, TheirsFee: 2}}}, AmountDiffers, Waiting, 0},
	} {
		t.Run(name, func(t *testing.T) {
			out := reconcile(t, c.in)
			if len(out.Items) != 1 {
				t.Fatalf("got %d items: %+v", len(out.Items), out.Items)
			}
			it := out.Items[0]
			if it.Class != c.class || it.State != c.state || len(out.Payers) != c.payers {
				t.Errorf("got %s %s with %d payer fixes, want %s %s with %d", it.Class, it.State, len(out.Payers), c.class, c.state, c.payers)
			}
			if (it.Class != Matched) != (it.Note != "") {
				t.Errorf("note of class %s is %q: every discrepancy is explained, and nothing else", it.Class, it.Note)
			}
			if len(c.in.Pool) > 0 && (len(out.Cleared) != 1 || out.Cleared[0] != c.in.Pool[0].ID) {
				t.Errorf("cleared %v, want the waiting half", out.Cleared)
			}
		})
	}
}

func TestDuplicateLines(t *testing.T) {
	p := paid("P1", 1000)
	wrong, right := lineOf(p, 2), lineOf(p, 3)
	wrong.Amount = 5
	out := reconcile(t, Input{Ours: []Record{p}, Theirs: []Line{wrong, right, lineOf(p, 4)}})
	got := map[Class][]int{}
	for _, it := range out.Items {
		got[it.Class] = append(got[it.Class], it.LineNo)
	}
	if want := map[Class][]int{Matched: {3}, Duplicate: {2, 4}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v: the line whose amount fits is the line", got, want)
	}
}

// TestSecondSuccessGivenBack: the refund of money that a wallet took twice meets its
// line and settles with nobody, on its own day and a day late; the payment does.
func TestSecondSuccessGivenBack(t *testing.T) {
	p := paid("P1", 1000)
	second := refunded("R1", "P1", 1000, 1000, 0)
	second.SecondNo = "w2"
	early := second
	early.Date = day.AddDays(-1)
	for name, r := range map[string]Record{"its day": second, "a day late": early} {
		out := reconcile(t, Input{Ours: []Record{p, r}, Theirs: []Line{lineOf(p, 1), lineOf(p, 2), lineOf(r, 3)}})
		got := map[int]string{}
		for _, it := range out.Items {
			got[it.LineNo] = string(it.Class) + " " + string(it.State)
		}
		if want := map[int]string{1: "matched ready", 2: "duplicate cleared", 3: "duplicate cleared"}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// TestSecondSuccessExplainsItsOwnLine: of several lines too many, the one that was given
// back, also when it has waited since yesterday; the payment takes its own.
func TestSecondSuccessExplainsItsOwnLine(t *testing.T) {
	p := paid("P1", 1000)
	p.ChannelNo = "w1"
	numbered := func(no string, n int) Line {
		l := lineOf(p, n)
		l.ChannelNo = no
		return l
	}
	back := refunded("R1", "P1", 1000, 1000, 0)
	back.SecondNo = "w2"
	out := reconcile(t, Input{Ours: []Record{p, back}, Theirs: []Line{numbered("w3", 1), numbered("w2", 2), numbered("w1", 3), lineOf(back, 4)}})
	got := map[int]string{}
	for _, it := range out.Items {
		got[it.LineNo] = string(it.Class) + " " + string(it.State)
	}
	if want := map[int]string{1: "duplicate waiting", 2: "duplicate cleared", 3: "matched ready", 4: "duplicate cleared"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	waiting := Item{ID: "since yesterday", Kind: channel.PaymentLine, OrderNo: "P1", Theirs: true, TheirsAmount: 1000, ChannelNo: "w2", Class: Duplicate, State: Waiting}
	other := waiting
	other.ID, other.OrderNo = "of another order", "P2"
	pool := []Item{other, waiting}
	out = reconcile(t, Input{Ours: []Record{back}, Theirs: []Line{lineOf(back, 1)}, Pool: pool})
	if !slices.Equal(out.Cleared, []string{"since yesterday"}) || pool[1].State != Waiting {
		t.Errorf("cleared %v; want the line that was given back, and the input left alone", out.Cleared)
	}
}

// TestReversedTheSameDay: a payment and its own reversal are net zero when our books
// have neither; whatever does not fit together stays a difference.
func TestReversedTheSameDay(t *testing.T) {
	p := paid("P1", 1000)
	reversal := refunded("P1", "P1", 1000, 1000, 0)
	change := func(f func(*Line)) []Line {
		l := lineOf(reversal, 2)
		f(&l)
		return []Line{lineOf(p, 1), l}
	}
	for name, c := range map[string]struct {
		ours   []Record
		theirs []Line
		want   map[int]string
	}{
		"both":                  {nil, change(func(*Line) {}), map[int]string{1: "matched cleared", 2: "matched cleared"}},
		"another amount":        {nil, change(func(l *Line) { l.Amount-- }), map[int]string{1: "missing_ours waiting", 2: "missing_ours waiting"}},
		"a refund by a number":  {nil, change(func(l *Line) { l.OrderNo = "R1" }), map[int]string{1: "missing_ours waiting", 2: "missing_ours waiting"}},
		"not carried out":       {nil, change(func(l *Line) { l.Final = false }), map[int]string{1: "missing_ours waiting", 2: "state waiting"}},
		"of another merchant":   {nil, change(func(l *Line) { l.MerchantID = "other" }), map[int]string{1: "missing_ours waiting", 2: "missing_ours waiting"}},
		"we call it paid":       {[]Record{p}, change(func(*Line) {}), map[int]string{1: "matched ready", 2: "missing_ours waiting"}},
		"paid twice, once back": {nil, append(change(func(*Line) {}), lineOf(p, 3)), map[int]string{1: "matched cleared", 2: "matched cleared", 3: "missing_ours waiting"}},
	} {
		out := reconcile(t, Input{Ours: c.ours, Theirs: c.theirs})
		got := map[int]string{}
		for _, it := range out.Items {
			got[it.LineNo] = string(it.Class) + " " + string(it.State)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestPartialRefunds: three refunds of one payment, two of them equal in one
// second, are three lines (D21), and their costs add up to the payment's.
func TestPartialRefunds(t *testing.T) {
	p := paid("P1", 1001)
	rs := []Record{refunded("R1", "P1", 300, 1001, 0), refunded("R2", "P1", 300, 1001, 300), refunded("R3", "P1", 401, 1001, 600)}
	in := Input{Ours: append([]Record{p}, rs...), Theirs: []Line{lineOf(p, 1), lineOf(rs[0], 2), lineOf(rs[1], 3), lineOf(rs[2], 4)}}
	out := reconcile(t, in)
	var cost money.Fen
	for _, it := range out.Items {
		if it.Class != Matched {
			t.Errorf("%s is %s", it.OrderNo, it.Class)
		}
		cost += it.TheirsFee
	}
	if cost != 0 {
		t.Errorf("after a full refund the channel still keeps %d fen", cost)
	}
}

// TestRefundTimeFromStatement: a refund whose callback carried no time takes the
// statement's.
func TestRefundTimeFromStatement(t *testing.T) {
	r := refunded("R1", "P0", 2000, 5000, 0)
	when := r.Time
	l := lineOf(r, 1)
	r.Time = time.Time{}
	out := reconcile(t, Input{Ours: []Record{r}, Theirs: []Line{l}})
	if out.Items[0].Class != Matched || len(out.TimesFix) != 1 || !out.TimesFix[0].Time.Equal(when) || out.TimesFix[0].RefundNo != "R1" {
		t.Errorf("got %+v", out)
	}
}

// TestEveryLineOnce holds Reconcile to its promise on random days: every record
// and every line of both sides stands in exactly one item, the sums of the
// classes give both totals, and the order of the inputs does not matter.
func TestEveryLineOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := randomDay(t)
		out, err := Reconcile(in)
		if err != nil {
			t.Fatal(err)
		}
		var ours, theirs []string
		var oursSum, theirsSum money.Fen
		for _, it := range out.Items {
			if it.Ours && it.OursDate == day {
				ours = append(ours, string(it.Kind)+it.OrderNo)
				oursSum += it.OursAmount
			}
			if it.Theirs && it.File == "bill" {
				theirs = append(theirs, fmt.Sprint(it.LineNo))
				theirsSum += it.TheirsAmount
			}
		}
		var wantOurs, wantTheirs []string
		for _, r := range in.Ours {
			wantOurs = append(wantOurs, string(r.Kind)+r.OrderNo)
			oursSum -= r.Amount
		}
		for _, l := range in.Theirs {
			wantTheirs = append(wantTheirs, fmt.Sprint(l.LineNo))
			theirsSum -= l.Amount
		}
		for _, s := range [][]string{ours, theirs, wantOurs, wantTheirs} {
			slices.Sort(s)
		}
		if !slices.Equal(ours, wantOurs) || !slices.Equal(theirs, wantTheirs) || oursSum != 0 || theirsSum != 0 {
			t.Fatalf("ours %v of %v, theirs %v of %v, sums off by %d and %d", ours, wantOurs, theirs, wantTheirs, oursSum, theirsSum)
		}
		shuffled := in
		shuffled.Ours, shuffled.Theirs = slices.Clone(in.Ours), slices.Clone(in.Theirs)
		rnd := rand.New(rand.NewPCG(1, 2))
		rnd.Shuffle(len(shuffled.Ours), func(i, j int) { shuffled.Ours[i], shuffled.Ours[j] = shuffled.Ours[j], shuffled.Ours[i] })
		rnd.Shuffle(len(shuffled.Theirs), func(i, j int) {
			shuffled.Theirs[i], shuffled.Theirs[j] = shuffled.Theirs[j], shuffled.Theirs[i]
		})
		again, err := Reconcile(shuffled)
		if err != nil || !reflect.DeepEqual(out, again) {
			t.Fatalf("another input order gave another outcome: %v", err)
		}
	})
}

func randomDay(t *rapid.T) Input {
	in := Input{Channel: channel.WeChat, Date: day, Costs: fee.Default()}
	line := 0
	for i := range rapid.IntRange(0, 30).Draw(t, "orders") {
		r := paid(fmt.Sprintf("P%03d", i), money.Fen(rapid.IntRange(1, 100_000).Draw(t, "amount")))
		if rapid.Bool().Draw(t, "refund") {
			r = refunded(r.OrderNo, "P000", r.Amount, r.Amount, 0)
		}
		switch rapid.SampledFrom([]string{"ours", "ours", "ours", "other", "none"}).Draw(t, "side") {
		case "ours":
			in.Ours = append(in.Ours, r)
		case "other":
			r.Date = day.AddDays(rapid.SampledFrom([]int{-1, 1}).Draw(t, "days"))
			in.OtherDay = append(in.OtherDay, r)
		}
		for range rapid.IntRange(0, 3).Draw(t, "lines") {
			line++
			l := lineOf(r, line)
			l.Amount += money.Fen(rapid.IntRange(0, 1).Draw(t, "amount differs"))
			l.Fee += money.Fen(rapid.IntRange(0, 1).Draw(t, "fee differs"))
			l.Final = !rapid.Bool().Draw(t, "not final")
			in.Theirs = append(in.Theirs, l)
		}
		if rapid.IntRange(0, 5).Draw(t, "reversed") == 0 {
			line++
			back := lineOf(refunded(r.OrderNo, r.OrderNo, r.Amount, r.Amount, 0), line)
			in.Theirs = append(in.Theirs, back)
		}
		if rapid.IntRange(0, 9).Draw(t, "early") == 0 {
			in.Pool = append(in.Pool, Item{ID: "pool" + r.OrderNo, Kind: r.Kind, OrderNo: r.OrderNo, Theirs: true, Class: MissingOurs, State: Waiting, TheirsAmount: r.Amount, File: "yesterday"})
		}
	}
	return in
}

func TestTwoRecordsOfOneNumberStopTheRun(t *testing.T) {
	p := paid("P1", 1000)
	_, err := Reconcile(Input{Channel: channel.WeChat, Date: day, Costs: fee.Default(), Ours: []Record{p, p}, Theirs: []Line{lineOf(p, 1)}})
	if err == nil || !strings.Contains(err.Error(), "P1") {
		t.Errorf("got %v", err)
	}
}

func TestStrangeKeys(t *testing.T) {
	p, q := paid("P1", 1), paid("P2", 1)
	got := StrangeKeys([]Record{p}, []Line{lineOf(p, 1), lineOf(q, 2), lineOf(q, 3)})
	if len(got) != 1 || got[0].OrderNo != "P2" {
		t.Errorf("got %v", got)
	}
}

func BenchmarkReconcile(b *testing.B) {
	var in Input
	in.Channel, in.Date, in.Costs = channel.WeChat, day, fee.Default()
	for i := range 100_000 {
		r := paid(fmt.Sprintf("P%08d", i*7919%100_000), 1000)
		in.Ours = append(in.Ours, r)
		in.Theirs = append(in.Theirs, lineOf(r, i))
	}
	for b.Loop() {
		if _, err := Reconcile(in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(in.Ours)*b.N)/b.Elapsed().Seconds(), "pairs/s")
}
