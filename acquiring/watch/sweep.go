package watch

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// SweepGap is how often Sweep should run, on the service's clock: often enough
// that an alarm is up within fifteen minutes of its facts, with time to spare for a
// sweep that fails.
const SweepGap = time.Minute

// Actor is who raises alarms, and closes those that ended by themselves.
const Actor = "watch"

// page is how many plates are judged at once.
const page = 200

const (
	refusalsKept = 7 * 24 * time.Hour
	learnEvery   = 24 * time.Hour
	lookAgain    = 5 * time.Minute // at a plate that is silent
	lookIdle     = time.Hour       // at one that is not in use
)

// Sweep stores what was counted, judges the plates with something suspicious about
// them and those whose silence is due, and says how many alarms it raised. Run it
// again and again; several at the same time raise nothing twice.
func (s *Service) Sweep(ctx context.Context) (raised int, err error) {
	now := s.Clock.Now()
	errs := []error{s.storeRefusals(ctx, now)}
	keys, err := s.Store.Suspects(ctx, now, s.Settings)
	errs = append(errs, err)
	for part := range slices.Chunk(keys, page) {
		n, err := s.judgeSuspects(ctx, now, part)
		raised += n
		errs = append(errs, err)
	}
	n, err := s.lookForSilence(ctx, now)
	return raised + n, errors.Join(append(errs, err)...)
}

func (s *Service) storeRefusals(ctx context.Context, now time.Time) error {
	all := s.refused.take()
	slices.SortFunc(all, func(a, b Refusals) int { return cmp.Or(cmp.Compare(a.PlateKey, b.PlateKey), a.From.Compare(b.From)) })
	if len(all) > 0 {
		if err := s.Store.AddRefusals(ctx, all); err != nil {
			s.refused.putBack(all)
			return err
		}
	}
	return s.Store.ForgetRefusals(ctx, now.Add(-refusalsKept))
}

// judgeSuspects applies every rule but Silence to the plates.
func (s *Service) judgeSuspects(ctx context.Context, now time.Time, keys []string) (raised int, err error) {
	windows, err := s.Store.Windows(ctx, now, keys, s.Settings)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(windows)) {
		for _, kind := range Kinds {
			if kind == Silent {
				continue
			}
			ok, err := s.judge(ctx, windows[key], kind)
			if errs = append(errs, err); ok {
				raised++
			}
		}
	}
	return raised, errors.Join(errs...)
}

// judge applies a rule and raises the alarm that it finds.
func (s *Service) judge(ctx context.Context, w Window, kind Kind) (raised bool, err error) {
	f, found := Rules[kind](w, s.Settings)
	if !found {
		return false, nil
	}
	if before, up := w.Raised[kind]; up {
		if f = before.Finding.with(f); f == before.Finding {
			return false, nil
		}
	}
	a := Alarm{
		ID: s.IDs.At(w.Now), Kind: kind, State: Open, PlateKey: w.Plate.Key, Serial: w.Plate.Serial, MerchantNo: w.Plate.MerchantNo,
		StoreID: w.Plate.StoreID, Finding: f, RaisedAt: w.Now,
	}
	raised, err = s.Store.Raise(ctx, a, s.entry(a, Actor, "", "", w.Now))
	if raised {
		s.Log.WarnContext(ctx, "alarm of a plate", "kind", kind, "plate", w.Plate.Serial, "merchant", w.Plate.MerchantNo)
	}
	return raised, err
}

// lookForSilence looks at every plate whose silence would be an alarm by now if
// nothing was sold. A plate that sells is looked at once in each such stretch.
func (s *Service) lookForSilence(ctx context.Context, now time.Time) (raised int, err error) {
	var errs []error
	for ctx.Err() == nil {
		looks, err := s.Store.Looks(ctx, now, page)
		if err != nil || len(looks) == 0 {
			return raised, errors.Join(append(errs, err)...)
		}
		keys := make([]string, len(looks))
		for i, l := range looks {
			keys[i] = l.PlateKey
		}
		windows, err := s.Store.Windows(ctx, now, keys, s.Settings)
		if err != nil {
			return raised, errors.Join(append(errs, err)...)
		}
		for _, l := range looks {
			ok, err := s.lookAt(ctx, now, l, windows[l.PlateKey])
			if errs = append(errs, err); err != nil {
				return raised, errors.Join(errs...) // it stays due: the next sweep tries again
			}
			if ok {
				raised++
			}
		}
	}
	return raised, errors.Join(append(errs, ctx.Err())...)
}

// lookAt judges one plate's silence and says when to look again.
func (s *Service) lookAt(ctx context.Context, now time.Time, l Look, w Window) (raised bool, err error) {
	was := l.At
	if w.Plate.Key == "" { // no such plate any more
		l.At = now.Add(learnEvery)
		return false, s.Store.SaveLook(ctx, l, was)
	}
	if now.Sub(l.LearnedAt) >= learnEvery {
		from := latest(now.Add(-(MaxWeeks*7*24+1)*time.Hour), w.Plate.BoundAt)
		hours, err := s.Store.Hours(ctx, l.PlateKey, from, s.Settings)
		if err != nil {
			return false, err
		}
		l.Usual, l.LearnedAt = Learn(hours, now), now
	}
	w.Usual = l.Usual
	if w.LastPaid, err = s.Store.LastPaid(ctx, l.PlateKey, now.Add(-8*24*time.Hour)); err != nil {
		return false, err
	}
	if a, up := w.Raised[Silent]; up && w.LastPaid.After(a.RaisedAt) {
		if _, err := s.Close(ctx, a.ID, Actor, "sold again"); err != nil {
			return false, err
		}
		delete(w.Raised, Silent)
	}
	if raised, err = s.judge(ctx, w, Silent); err != nil {
		return false, err
	}
	l.At = s.nextLook(w, raised)
	return raised, s.Store.SaveLook(ctx, l, was)
}

// nextLook is when the plate's silence becomes an alarm if nothing is sold until
// then.
func (s *Service) nextLook(w Window, raised bool) time.Time {
	_, up := w.Raised[Silent]
	_, due := w.quiet(s.Settings)
	switch {
	case raised || up:
		return w.Now.Add(lookAgain)
	case !w.Plate.InUse:
		return w.Now.Add(lookIdle)
	case due.IsZero():
		return w.Now.Add(learnEvery)
	case !due.After(w.Now): // due in hours in which it does not sell
		return w.Now.Add(lookAgain)
	}
	return minTime(due, w.Now.Add(learnEvery))
}
