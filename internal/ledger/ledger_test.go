package ledger

import (
	"flag"
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

var update = flag.Bool("update", false, "rewrite the tables of the ledger in ARCHITECTURE.md")

// TestEveryWorkedExample books every example of the table of rules, as a banker
// would write it down, and adds the story up.
func TestEveryWorkedExample(t *testing.T) {
	sums := map[Account]*Balance{}
	facts := map[string]bool{}
	for _, r := range Rules {
		if len(r.Examples) == 0 || r.What.Chinese == "" || r.What.English == "" {
			t.Errorf("rule %s explains nothing", r.Kind)
		}
		for _, x := range r.Examples {
			e := Post(r.Kind, x.Fact)
			if err := e.Prove(); err != nil {
				t.Errorf("%s: %v", r.Kind, err)
				continue
			}
			want := []Line{{x.Debit, x.Amount, 0}, {x.Credit, 0, x.Amount}}
			if !slices.Equal(e.Lines, want) || e.Kind != r.Kind || e.Ref != x.Fact.Ref || e.ClearingDate != x.Fact.Date || e.MerchantNo != x.Fact.MerchantNo {
				t.Errorf("%s %s: got %+v, want lines %+v", r.Kind, x.Fact.Ref, e, want)
			}
			if fact := string(e.Kind) + e.Ref; facts[fact] {
				t.Errorf("%s %s: the same fact twice", e.Kind, e.Ref)
			} else {
				facts[fact] = true
			}
			for _, l := range e.Lines {
				if sums[l.Account] == nil {
					sums[l.Account] = &Balance{Account: l.Account}
				}
				sums[l.Account].Debit += l.Debit
				sums[l.Account].Credit += l.Credit
			}
		}
	}
	var accounts []Balance
	for _, b := range sums {
		accounts = append(accounts, *b)
	}
	trial, err := NewTrial(accounts)
	if err != nil || !trial.Balanced() {
		t.Fatalf("the story does not balance: debit %s, credit %s, %v", trial.Debit, trial.Credit, err)
	}
	want := map[Code]money.Fen{
		reserve: 59_880, channelReceivable: 880, channelCost: 120, // what came in, what is to come, what it cost …
		merchantPayable: 500, payoutInTransit: 60_152, feeIncome: 228, // … what is owed, and what was earned
	}
	for _, h := range trial.Heads {
		if h.Net() != want[h.Code] {
			t.Errorf("%s stands at %d fen, want %d", h.Code, h.Net(), want[h.Code])
		}
	}
}

// TestWrappersPostByTheTable: each named function is its rule, with its arguments
// in the right places.
func TestWrappersPostByTheTable(t *testing.T) {
	const m, w = exMerchant, exChannel
	var none time.Time
	d := bizdate.Date(20260310)
	for kind, got := range map[Kind]Entry{
		Paid: PostPaid("X", m, w, d, none, 7), Refunded: PostRefunded("X", m, w, d, none, 7), Fee: PostFee("X", m, d, none, 7),
		FeeBack: PostFeeBack("X", m, d, none, 7), Cost: PostCost("X", m, w, d, none, 7), Second: PostSecond("X", m, w, d, none, 7),
		SecondBack: PostSecondBack("X", m, w, d, none, 7), Settlement: PostSettlement("X", m, d, none, 7),
	} {
		if want := Post(kind, Fact{Ref: "X", MerchantNo: m, Channel: w, Date: d, Amount: 7}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", kind, got, want)
		}
	}
	if got := PostLong("X", w, d, none, 7); got.MerchantNo != "" || got.Lines[1].Account != Suspense(w) {
		t.Errorf("long: %+v", got)
	}
	if PostFee("P", m, 0, time.Time{}, 0).Lines != nil {
		t.Error("a zero amount must give an entry without lines")
	}
}

// TestChartAndRulesAreWritten holds the tables in ARCHITECTURE.md to those that the
// code posts by.
func TestChartAndRulesAreWritten(t *testing.T) {
	const file = "../../ARCHITECTURE.md"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for name, want := range map[string]string{"chart of accounts": ChartText(), "posting rules": RulesText()} {
		section := regexp.MustCompile("(?s)(<!-- " + name + ", written by go test ./internal/ledger -update -->\n)(.*?)(<!-- end -->)")
		found := section.FindStringSubmatch(text)
		switch {
		case found == nil:
			t.Errorf("%s shows no %s", file, name)
		case *update:
			text = section.ReplaceAllLiteralString(text, found[1]+want+found[3])
		case found[2] != want:
			t.Errorf("the %s are not the code's: run go test ./internal/ledger -run TestChartAndRulesAreWritten -update\n%s", name, want)
		}
	}
	if *update && text != string(b) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTrialRefusesWhatTheChartHasNot: an account that nobody knows is no line of a
// balance sheet.
func TestTrialRefusesWhatTheChartHasNot(t *testing.T) {
	if _, err := NewTrial([]Balance{{"petty_cash", 1, 1}}); !fault.Is(err, fault.Corrupt) {
		t.Errorf("got %v", err)
	}
	if _, err := NewTrial([]Balance{{FeeIncome, 1 << 62, 0}, {FeeIncome, 1 << 62, 0}}); err == nil {
		t.Error("a sum that does not fit was accepted")
	}
}

func TestProveRefuses(t *testing.T) {
	for name, lines := range map[string][]Line{
		"nothing":        nil,
		"one side":       {{Account: "a", Debit: 1}},
		"unequal":        {{Account: "a", Debit: 2}, {Account: "b", Credit: 1}},
		"negative":       {{Account: "a", Debit: -1}, {Account: "b", Credit: -1}},
		"both in a line": {{Account: "a", Debit: 1, Credit: 1}},
		"zero line":      {{Account: "a", Debit: 1}, {Account: "b", Credit: 1}, {Account: "c"}},
	} {
		if (Entry{Lines: lines}).Prove() == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
}
