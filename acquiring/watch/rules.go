package watch

import (
	"slices"
	"time"
)

// Rule finds one kind of trouble in a window; false when there is none.
type Rule func(Window, Settings) (Finding, bool)

// Rules are all of them, by the kind that they find.
var Rules = map[Kind]Rule{Suspended: StoppedUse, City: CityChange, SmallTest: SmallTests, Silent: Silence}

// StoppedUse finds a stopped plate that is scanned again and again, or was paid
// on after it was stopped: by an order that was under way, which no refusal of
// ours could stop, and which has to be looked at.
func StoppedUse(w Window, s Settings) (Finding, bool) {
	if !w.Plate.Stopped {
		return Finding{}, false
	}
	after := latest(w.Plate.StoppedAt, w.Handled[Suspended])
	f := Finding{From: w.Now, To: after}
	for _, p := range w.Payments {
		if !p.PaidAt.IsZero() && !p.PaidAt.Before(after) {
			f.Paid++
			f.span(p.PaidAt, p.PaidAt)
		}
	}
	since := latest(w.Now.Add(-s.Window), w.Handled[Suspended])
	for _, r := range w.Refused {
		if !r.From.Before(since.Truncate(Interval)) {
			f.Count += r.Count
			f.span(r.From, minTime(r.From.Add(Interval), w.Now))
		}
	}
	return f, f.Paid > 0 || f.Count >= s.RefusedScans
}

// CityChange finds a plate that was just bound in another city, and one that
// people pay on who were in another city a moment ago; see place.go.
func CityChange(w Window, s Settings) (Finding, bool) {
	if moved := w.Plate.BoundAt; elsewhere(w.Plate.Before, w.Plate.Region) && moved.After(w.Handled[City]) && w.Now.Sub(moved) <= s.MovedWithin {
		return Finding{Was: w.Plate.Before, Is: w.Plate.Region, From: moved, To: moved}, true
	}
	f := Finding{Is: w.Plate.Region, From: w.Now}
	var payers []string
	for _, v := range w.Visits {
		if v.Gap > s.TravelTime || !v.At.After(w.Handled[City]) || !elsewhere(v.Region, w.Plate.Region) || slices.Contains(payers, v.Payer) {
			continue
		}
		payers = append(payers, v.Payer)
		f.Was = v.Region
		f.span(v.At, v.At)
	}
	f.Count = len(payers)
	return f, f.Count >= s.Travellers
}

// SmallTests finds many small payments in a short time, on a plate whose trade
// that is not.
func SmallTests(w Window, s Settings) (Finding, bool) {
	if w.Usual.All > 0 && w.Usual.Small*100 >= w.Usual.All*s.SmallUsualPercent {
		return Finding{}, false
	}
	best, found := Finding{}, false
	for i := range w.Payments { // any stretch of the window, not only the last
		if f, ok := smallFrom(w, s, i); ok && f.Count > best.Count {
			best, found = f, true
		}
	}
	return best, found
}

// smallFrom counts the stretch of SmallWindow that begins with the i-th payment.
func smallFrom(w Window, s Settings, i int) (Finding, bool) {
	first := w.Payments[i]
	f := Finding{From: first.CreatedAt}
	if first.Amount > s.SmallAmount || !first.CreatedAt.After(w.Handled[SmallTest]) {
		return f, false
	}
	all, payers := 0, map[string]bool{}
	for _, p := range w.Payments[i:] {
		if p.CreatedAt.Sub(first.CreatedAt) >= s.SmallWindow {
			break
		}
		all++
		if p.Amount <= s.SmallAmount {
			f.Count++
			f.To, payers[p.Payer] = p.CreatedAt, true
		}
	}
	f.Paid = len(payers)
	return f, f.Count >= s.SmallCount && 2*f.Count >= all
}

// Silence finds a plate in use that has sold nothing for so long that its usual
// week had payments in it, in an hour in which it usually sells. Opening hours are
// nowhere written down: the weeks before tell them.
func Silence(w Window, s Settings) (Finding, bool) {
	since, due := w.quiet(s)
	if due.IsZero() || due.After(w.Now) || !w.Usual.sells(w.Now) {
		return Finding{}, false
	}
	return Finding{Count: w.Usual.expected(since, w.Now), From: since, To: w.Now}, true
}

// quiet is since when the plate is silent, and when that becomes an alarm if
// nothing comes; zero for never.
func (w Window) quiet(s Settings) (since, due time.Time) {
	since = latest(w.LastPaid, w.Plate.BoundAt, w.Plate.ResumedAt, w.Handled[Silent])
	if !w.Plate.InUse {
		return since, time.Time{}
	}
	return since, w.Usual.quietUntil(since, s)
}

// span widens the finding to a fact's time.
func (f *Finding) span(from, to time.Time) {
	f.From = minTime(f.From, from)
	f.To = latest(f.To, to)
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
