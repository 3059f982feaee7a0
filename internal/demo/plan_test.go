package demo

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/internal/money"
)

// TestPlans holds the plans of many seeds and sizes to what a day must be.
func TestPlans(t *testing.T) {
	for _, n := range []int{1, 3, 5, 20, 30, 99, 100, 300, 1000, 3000} {
		for seed := range uint64(30) {
			t.Run(fmt.Sprintf("%d payments, seed %d", n, seed), func(t *testing.T) {
				p := NewPlan(seed, DefaultDate, 20, n)
				wantSteps(t, p)
				if got := p.paying(); got != n {
					t.Errorf("%d visits end with a payment", got)
				}
				seen := map[string]int{}
				for _, step := range p.Steps {
					for _, v := range step {
						wantVisit(t, p, v)
						seen[string(v.Wallet)]++
						seen[v.Notice]++
						seen["answer "+v.Answer]++
						seen["refunds"] += len(v.Refunds)
						if _, cut := v.Wallet.Cut().Bounds(p.Date); !v.Abandon && v.At.Sub(cut) >= 0 && v.At.Sub(cut) < spillWindow {
							seen["spill "+string(v.Wallet)]++
						}
					}
				}
				wanted := []string{}
				if n >= 3 {
					wanted = append(wanted, "wechat", "alipay", "unionpay")
				}
				if n >= 100 {
					wanted = append(wanted, "spill wechat", "spill alipay", "spill unionpay")
				}
				if n >= 300 {
					wanted = append(wanted, sandbox.NoticeDuplicate, sandbox.NoticeForged, sandbox.NoticeLost, sandbox.NoticeLate,
						"answer "+sandbox.AnswerLost, "answer "+sandbox.AnswerError, "refunds")
				}
				for _, what := range wanted {
					if seen[what] == 0 {
						t.Errorf("no %s in the day: %v", what, seen)
					}
				}
			})
		}
	}
}

// wantSteps: time goes forward, a terminal serves one consumer at a time, and no
// step crosses a cut-off.
func wantSteps(t *testing.T, p Plan) {
	t.Helper()
	var last time.Time
	no := map[int]bool{}
	for i, step := range p.Steps {
		at, busy := step[0].At, map[int]bool{}
		if len(step) > stepWidth || (i > 0 && at.Sub(last) < stepGap) {
			t.Fatalf("step %d at %s, %d visits, %s after the one before", i, at, len(step), at.Sub(last))
		}
		last = at
		for _, v := range step {
			if !v.At.Equal(at) || busy[v.Terminal] || no[v.No] || (len(step) > 1 && !together(step[0], v, p.sides())) {
				t.Fatalf("step %d: visit %+v does not fit the others", i, v)
			}
			busy[v.Terminal], no[v.No] = true, true
		}
	}
}

// wantVisit: one fault at most, an amount that the limit allows, and refunds that
// follow the payment, fit it, and come before the channel's cut-off.
func wantVisit(t *testing.T, p Plan, v Visit) {
	t.Helper()
	if v.OverLimit != (v.Amount > 50_000) || v.Amount < 1 || (v.Notice != "" && v.Answer != "") || v.Terminal >= len(p.Terminals) {
		t.Errorf("visit %+v", v)
	}
	if (v.Abandon || v.OverLimit) && (v.Notice != "" || v.Answer != "" || len(v.Refunds) > 0) {
		t.Errorf("a visit without payment has faults or refunds: %+v", v)
	}
	var back money.Fen
	last := v.At
	_, cut := v.Wallet.Cut().Bounds(p.Date)
	for _, r := range v.Refunds {
		if r.Amount < 1 || !r.At.After(last) || !r.At.Before(cut) {
			t.Errorf("visit at %s, refund %+v, cut-off %s", v.At, r, cut)
		}
		back += r.Amount
		last = r.At
	}
	if back > v.Amount {
		t.Errorf("%d of %d fen given back", back, v.Amount)
	}
}

func TestPlanIsDrawnFromTheSeed(t *testing.T) {
	a, b, c := NewPlan(7, DefaultDate, 20, 300), NewPlan(7, DefaultDate, 20, 300), NewPlan(8, DefaultDate, 20, 300)
	if !reflect.DeepEqual(a, b) || reflect.DeepEqual(a, c) {
		t.Error("a seed gives one plan, and another seed another")
	}
}

// TestShops: numbers are unique, and the city of a merchant's number is its own.
func TestShops(t *testing.T) {
	p := NewPlan(1, DefaultDate, 200, 1)
	seen := map[string]bool{}
	for _, s := range p.Shops {
		for _, no := range []string{s.No, "wechat " + s.SubMchID, "alipay " + s.SMID, s.Account, s.Name} {
			if seen[no] {
				t.Errorf("%s is given to two merchants", no)
			}
			seen[no] = true
		}
	}
	for _, term := range p.Terminals {
		if seen[term.No] {
			t.Errorf("terminal %s is there twice", term.No)
		}
		seen[term.No] = true
	}
	if len(channel.Wallets) != 3 {
		t.Error("the plan deals visits to three wallets")
	}
}

// TestTwoHundredPlates: as long as every shop can have one, a day has 200 plates;
// and every store has a terminal.
func TestTwoHundredPlates(t *testing.T) {
	for _, n := range []int{1, 20, 150, 199, 200, 201, 500} {
		for seed := range uint64(20) {
			p := NewPlan(seed, DefaultDate, n, 1)
			if len(p.Terminals) > max(n, 2*platesPerGrammar) || len(p.Terminals) < n {
				t.Errorf("%d shops, seed %d: %d terminals", n, seed, len(p.Terminals))
			}
			for _, shop := range p.Shops {
				for _, store := range shop.Stores {
					if len(store.Terminals) == 0 {
						t.Errorf("%d shops, seed %d: %s has no terminal", n, seed, store.Name)
					}
				}
			}
		}
	}
}
