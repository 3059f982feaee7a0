package watch_test

import (
	"fmt"
	"testing"
	"time"

	"juma/acquiring/watch"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// now is a Tuesday noon in China.
var now = bizdate.New(2026, 3, 10).Start().Add(12 * time.Hour)

func ago(d time.Duration) time.Time { return now.Add(-d) }

// sold makes payments of an amount, the first so long ago and each a gap later, by
// payers in turn.
func sold(first, gap time.Duration, payers int, amounts ...money.Fen) []watch.Payment {
	var all []watch.Payment
	for i, a := range amounts {
		at := ago(first - time.Duration(i)*gap)
		all = append(all, watch.Payment{OrderNo: fmt.Sprint(i), Payer: fmt.Sprint("wechat ", i%payers), Amount: a, CreatedAt: at, PaidAt: at.Add(5 * time.Second)})
	}
	return all
}

func times(n int, a money.Fen) []money.Fen {
	all := make([]money.Fen, n)
	for i := range all {
		all[i] = a
	}
	return all
}

const shanghai, pudong, guangzhou = "310101", "310115", "440103"

// bound is a window of a plate in a shop in Shanghai that is there for a month.
func bound() watch.Window {
	return watch.Window{Now: now, Plate: watch.Plate{Key: "K", InUse: true, Region: shanghai, BoundAt: ago(30 * 24 * time.Hour)}, LastPaid: ago(time.Minute)}
}

func with(w watch.Window, changes ...func(*watch.Window)) watch.Window {
	for _, c := range changes {
		c(&w)
	}
	return w
}

func handled(k watch.Kind, at time.Time) func(*watch.Window) {
	return func(w *watch.Window) { w.Handled = map[watch.Kind]time.Time{k: at} }
}

func stopped(at time.Time) func(*watch.Window) {
	return func(w *watch.Window) { w.Plate.InUse, w.Plate.Stopped, w.Plate.StoppedAt = false, true, at }
}

func payments(all ...[]watch.Payment) func(*watch.Window) {
	return func(w *watch.Window) {
		for _, p := range all {
			w.Payments = append(w.Payments, p...)
		}
	}
}

func refused(at time.Duration, n int) func(*watch.Window) {
	return func(w *watch.Window) {
		w.Refused = append(w.Refused, watch.Refusals{From: ago(at).Truncate(watch.Interval), Count: n})
	}
}

func visit(payer, region string, gap, at time.Duration) func(*watch.Window) {
	return func(w *watch.Window) {
		w.Visits = append(w.Visits, watch.Visit{Payer: payer, Region: region, Gap: gap, At: ago(at)})
	}
}

func movedFrom(region string, at time.Duration) func(*watch.Window) {
	return func(w *watch.Window) { w.Plate.Before, w.Plate.BoundAt = region, ago(at) }
}

// weekOf sells so many payments an hour from 9 to 20 o'clock on all days but
// Sunday, for some weeks until now.
func weekOf(weeks, perHour int) func(*watch.Window) {
	var hours []watch.Hour
	for at := now.Add(-time.Duration(weeks) * 7 * 24 * time.Hour); at.Before(now); at = at.Add(time.Hour) {
		if t := at.In(bizdate.Zone); t.Weekday() != time.Sunday && t.Hour() >= 9 && t.Hour() < 20 {
			hours = append(hours, watch.Hour{At: at, All: perHour})
		}
	}
	return func(w *watch.Window) { w.Usual = watch.Learn(hours, w.Now) }
}

func lastPaid(d time.Duration) func(*watch.Window) {
	return func(w *watch.Window) { w.LastPaid = ago(d) }
}

func TestRules(t *testing.T) {
	min := time.Minute
	small := sold(9*min, min, 3, times(6, 1)...)
	for _, row := range []struct {
		name string
		kind watch.Kind
		w    watch.Window
		want watch.Finding // Count, Paid, Was, Is; zero: no alarm
	}{
		{"a shop that sells is healthy", watch.SmallTest, with(bound(), payments(sold(50*min, min, 20, times(50, 2300)...))), watch.Finding{}},
		{"six small payments in ten minutes", watch.SmallTest, with(bound(), payments(small)), watch.Finding{Count: 6, Paid: 3}},
		{"five are not many", watch.SmallTest, with(bound(), payments(sold(9*min, min, 3, times(5, 1)...))), watch.Finding{}},
		{"one yuan and a fen is not small", watch.SmallTest, with(bound(), payments(sold(9*min, min, 3, times(6, 101)...))), watch.Finding{}},
		{"slowly over the hour", watch.SmallTest, with(bound(), payments(sold(50*min, 3*min, 3, times(12, 1)...))), watch.Finding{}},
		{"earlier in the window", watch.SmallTest, with(bound(), payments(sold(50*min, min, 1, times(7, 100)...))), watch.Finding{Count: 7, Paid: 1}},
		{"drowned in larger ones", watch.SmallTest, with(bound(), payments(sold(9*min, 30*time.Second, 9, append(times(6, 1), times(7, 900)...)...))), watch.Finding{}},
		{"its trade is small", watch.SmallTest, with(bound(), payments(small), func(w *watch.Window) { w.Usual = watch.Week{Weeks: 4, All: 100, Small: 20} }), watch.Finding{}},
		{"its trade is hardly small", watch.SmallTest, with(bound(), payments(small), func(w *watch.Window) { w.Usual = watch.Week{Weeks: 4, All: 100, Small: 19} }), watch.Finding{Count: 6, Paid: 3}},
		{"looked at before", watch.SmallTest, with(bound(), payments(small), handled(watch.SmallTest, ago(min))), watch.Finding{}},

		{"stopped and left alone", watch.Suspended, with(bound(), stopped(ago(time.Hour)), payments(sold(3*time.Hour, min, 3, times(9, 800)...))), watch.Finding{}},
		{"paid after it was stopped", watch.Suspended, with(bound(), stopped(ago(2*min)), payments(sold(3*min, 2*min, 3, 800, 800))), watch.Finding{Paid: 1}},
		{"scanned twice by one who tries again", watch.Suspended, with(bound(), stopped(ago(time.Hour)), refused(3*min, 2)), watch.Finding{}},
		{"scanned three times", watch.Suspended, with(bound(), stopped(ago(time.Hour)), refused(20*min, 1), refused(3*min, 2)), watch.Finding{Count: 3}},
		{"scanned long ago", watch.Suspended, with(bound(), stopped(ago(9*time.Hour)), refused(2*time.Hour, 50)), watch.Finding{}},
		{"scans looked at before", watch.Suspended, with(bound(), stopped(ago(time.Hour)), refused(20*min, 50), handled(watch.Suspended, ago(10*min))), watch.Finding{}},
		{"payments looked at before", watch.Suspended, with(bound(), stopped(ago(20*min)), payments(sold(15*min, min, 1, 800)), handled(watch.Suspended, ago(10*min))), watch.Finding{}},
		{"in use again", watch.Suspended, with(bound(), refused(3*min, 50)), watch.Finding{}},

		{"bound in another city", watch.City, with(bound(), movedFrom(guangzhou, time.Hour)), watch.Finding{Was: guangzhou, Is: shanghai}},
		{"bound in another district", watch.City, with(bound(), movedFrom(pudong, time.Hour)), watch.Finding{}},
		{"bound elsewhere two days ago", watch.City, with(bound(), movedFrom(guangzhou, 48*time.Hour)), watch.Finding{}},
		{"its move was looked at", watch.City, with(bound(), movedFrom(guangzhou, time.Hour), handled(watch.City, ago(min))), watch.Finding{}},
		{"of a region that nobody knows", watch.City, with(bound(), movedFrom("", time.Hour)), watch.Finding{}},
		{"one payer from another city", watch.City, with(bound(), visit("a", guangzhou, 9*min, 5*min), visit("a", guangzhou, 14*min, 2*min)), watch.Finding{}},
		{"two payers from another city", watch.City, with(bound(), visit("a", guangzhou, 9*min, 5*min), visit("b", guangzhou, 14*min, 2*min)), watch.Finding{Count: 2, Was: guangzhou, Is: shanghai}},
		{"two from another district", watch.City, with(bound(), visit("a", pudong, 9*min, 5*min), visit("b", pudong, 14*min, 2*min)), watch.Finding{}},
		{"two with time to fly", watch.City, with(bound(), visit("a", guangzhou, 3*time.Hour, 5*min), visit("b", guangzhou, 4*time.Hour, 2*min)), watch.Finding{}},
		{"two, looked at before", watch.City, with(bound(), visit("a", guangzhou, 9*min, 5*min), visit("b", guangzhou, 9*min, 4*min), handled(watch.City, ago(min))), watch.Finding{}},

		{"silent for an hour of six", watch.Silent, with(bound(), weekOf(3, 6), lastPaid(61*min)), watch.Finding{Count: 6}},
		{"sold a minute ago", watch.Silent, with(bound(), weekOf(3, 6)), watch.Finding{}},
		{"silent for half an hour of fifty", watch.Silent, with(bound(), weekOf(3, 50), lastPaid(30*min)), watch.Finding{}},
		{"silent for three quarters of fifty", watch.Silent, with(bound(), weekOf(3, 50), lastPaid(45*min)), watch.Finding{Count: 37}},
		{"silent since it opened", watch.Silent, with(bound(), weekOf(3, 6), lastPaid(16*time.Hour)), watch.Finding{Count: 18}},
		{"silent in the night", watch.Silent, with(bound(), weekOf(3, 6), lastPaid(16*time.Hour), func(w *watch.Window) { w.Now = ago(6 * time.Hour) }), watch.Finding{}},
		{"silent on its day off", watch.Silent, with(bound(), weekOf(3, 6), lastPaid(64*time.Hour), func(w *watch.Window) { w.Now = ago(48 * time.Hour) }), watch.Finding{}},
		{"sells for a week only", watch.Silent, with(bound(), weekOf(1, 6), lastPaid(3*time.Hour)), watch.Finding{}},
		{"not in use", watch.Silent, with(bound(), weekOf(3, 6), lastPaid(3*time.Hour), stopped(ago(2*time.Hour))), watch.Finding{}},
		{"in use again since ten minutes", watch.Silent, with(bound(), weekOf(3, 6), lastPaid(3*time.Hour), func(w *watch.Window) { w.Plate.ResumedAt = ago(10 * min) }), watch.Finding{}},
		{"silence looked at before", watch.Silent, with(bound(), weekOf(3, 6), lastPaid(3*time.Hour), handled(watch.Silent, ago(10*min))), watch.Finding{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, found := watch.Rules[row.kind](row.w, watch.DefaultSettings())
			if found != (row.want != watch.Finding{}) {
				t.Fatalf("alarm %v, %+v", found, f)
			}
			if !found {
				return
			}
			if f.From.IsZero() || f.From.After(f.To) || f.To.After(row.w.Now) {
				t.Errorf("facts of %s to %s", f.From, f.To)
			}
			if f.From, f.To = row.want.From, row.want.To; f != row.want {
				t.Errorf("found %+v, want %+v", f, row.want)
			}
		})
	}
}

func TestEveryKindHasARule(t *testing.T) {
	for _, k := range watch.Kinds {
		if watch.Rules[k] == nil {
			t.Errorf("%s has no rule", k)
		}
	}
	if len(watch.Kinds) != len(watch.Rules) {
		t.Errorf("%d kinds, %d rules", len(watch.Kinds), len(watch.Rules))
	}
}

func TestCityOf(t *testing.T) {
	for region, want := range map[string]string{"310115": "31", "310101": "31", "110105": "11", "440103": "4401", "440300": "4403", "": "", "44": ""} {
		if got := watch.CityOf(region); got != want {
			t.Errorf("city of %q: %q, want %q", region, got, want)
		}
	}
}

// Only whole weeks count, so a shop that opened on a Friday is not thought to sell
// on three Fridays and two Mondays.
func TestTheUsualWeekIsOfWholeWeeks(t *testing.T) {
	w := with(bound(), weekOf(3, 6)).Usual
	if w.Weeks != 3 || w.All != 3*6*11*6 || w.Hours[time.Tuesday][10] != 18 || w.Hours[time.Sunday][10] != 0 || w.Hours[time.Monday][20] != 0 {
		t.Errorf("%+v", w)
	}
	if w := with(bound(), weekOf(9, 6)).Usual; w.Weeks != watch.MaxWeeks || w.All != 4*6*11*6 {
		t.Errorf("nine weeks: %+v", w)
	}
}
