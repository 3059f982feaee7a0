package watch

import (
	"time"

	"juma/internal/bizdate"
)

// Week is what a plate sells in a usual week: payments by day and hour in China,
// over the whole weeks before it was learned.
type Week struct {
	Weeks int        // that were looked at; 0: nothing is known yet
	All   int        // payments in them …
	Small int        // … and the small ones
	Hours [7][24]int // payments by weekday (Sunday is 0) and hour, in all weeks together
}

// Hour is what a plate sold in one hour of the past.
type Hour struct {
	At         time.Time // the hour's beginning
	All, Small int
}

// Learn makes the usual week of the hours sold before now. Only whole weeks count,
// from the first sale on, so that no day of the week is counted more often.
func Learn(hours []Hour, now time.Time) Week {
	var w Week
	if len(hours) == 0 {
		return w
	}
	const week = 7 * 24 * time.Hour
	now = now.Truncate(time.Hour)
	w.Weeks = min(MaxWeeks, int(now.Sub(hours[0].At)/week))
	from := now.Add(-time.Duration(w.Weeks) * week)
	for _, h := range hours {
		if h.At.Before(from) || !h.At.Before(now) {
			continue
		}
		t := h.At.In(bizdate.Zone)
		w.Hours[t.Weekday()][t.Hour()] += h.All
		w.All += h.All
		w.Small += h.Small
	}
	return w
}

func (w Week) at(t time.Time) int {
	t = t.In(bizdate.Zone)
	return w.Hours[t.Weekday()][t.Hour()]
}

// sells tells whether the hour is one of the plate's: it sold then in half of the
// weeks at least.
func (w Week) sells(t time.Time) bool { return w.Weeks > 0 && 2*w.at(t) >= w.Weeks }

// step is the pace at which a silence is measured.
const step = 5 * time.Minute

// expected is how many payments usually are made from one time to another.
func (w Week) expected(from, to time.Time) int {
	if w.Weeks == 0 {
		return 0
	}
	sum := 0 // in payments of all weeks and steps of an hour
	for t := from; t.Before(to); t = t.Add(step) {
		sum += w.at(t)
	}
	return sum / (w.Weeks * int(time.Hour/step))
}

// quietUntil is when a silence that began at since becomes an alarm; zero when it
// does not within a week.
func (w Week) quietUntil(since time.Time, s Settings) time.Time {
	if w.Weeks < s.SilentWeeks {
		return time.Time{}
	}
	sum, enough := 0, s.SilentExpected*w.Weeks*int(time.Hour/step)
	for t := since; t.Sub(since) < 7*24*time.Hour; t = t.Add(step) {
		if sum >= enough && t.Sub(since) >= s.SilentAtLeast && w.sells(t) {
			return t
		}
		sum += w.at(t)
	}
	return time.Time{}
}
