package qrcode

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"juma/internal/bizdate"
	"juma/internal/fault"
)

// Bind ties a blank plate to a terminal at a merchant's store. A plate that is
// not blank is fault kind Conflict, which tells who did what with it and when.
func (s *Service) Bind(ctx context.Context, key, merchantNo, storeID, terminalNo, by string) (Binding, error) {
	const op = "qrcode.Bind"
	ch, err := s.change(op, by, "")
	if err != nil {
		return Binding{}, err
	}
	plate, _, err := s.Repo.Plate(ctx, key)
	if err != nil {
		return Binding{}, fault.Wrap(op, "", err)
	}
	b := Binding{PlateKey: key, MerchantNo: merchantNo, StoreID: storeID, TerminalNo: terminalNo, From: ch.At, BoundBy: by}
	if !MoveBind.Allows(plate.State) {
		return Binding{}, s.refused(ctx, op, MoveBind, key)
	}
	stored, taken, err := s.Repo.Bind(ctx, b)
	switch {
	case err != nil:
		return Binding{}, fault.Wrap(op, "", err)
	case len(taken) > 0:
		return Binding{}, s.refused(ctx, op, MoveBind, key)
	}
	return stored[0], nil
}

// BindAll binds many plates, all or nothing. problems has a refusal for each
// binding that stands in the way, by its place in all; then nothing was done.
func (s *Service) BindAll(ctx context.Context, all []Binding, by, reason string) (problems map[int]error, err error) {
	const op = "qrcode.BindAll"
	ch, err := s.change(op, by, reason)
	if err != nil {
		return nil, err
	}
	rows := make([]Binding, len(all))
	for i, b := range all {
		b.Version, b.From, b.To, b.BoundBy, b.Reason = 0, ch.At, time.Time{}, by, reason
		rows[i] = b
	}
	_, taken, err := s.Repo.Bind(ctx, rows...)
	if err != nil {
		return nil, fault.Wrap(op, "", err)
	}
	problems = map[int]error{}
	for _, i := range taken {
		problems[i] = s.refused(ctx, op, MoveBind, all[i].PlateKey)
	}
	return problems, nil
}

// Rebind moves a bound plate to another terminal in one instant.
func (s *Service) Rebind(ctx context.Context, key, merchantNo, storeID, terminalNo, by, reason string) (Binding, error) {
	const op = "qrcode.Rebind"
	plate, current, err := s.Repo.Plate(ctx, key)
	if err != nil {
		return Binding{}, fault.Wrap(op, "", err)
	}
	if !MoveRebind.Allows(plate.State) {
		return Binding{}, s.refused(ctx, op, MoveRebind, key)
	}
	return s.BindFrom(ctx, current.Version, Binding{PlateKey: key, MerchantNo: merchantNo, StoreID: storeID, TerminalNo: terminalNo}, by, reason)
}

// BindFrom ties the plate to.PlateKey to a terminal, for somebody who has looked at
// it: seen is the version of the binding that was in force then, and 0 that the
// plate was blank. If it moved on since, nothing is changed and the fault is of
// kind Conflict, which tells who did what and when.
func (s *Service) BindFrom(ctx context.Context, seen int, to Binding, by, reason string) (Binding, error) {
	const op = "qrcode.BindFrom"
	ch, err := s.change(op, by, reason)
	if err != nil {
		return Binding{}, err
	}
	to.Version, to.From, to.To, to.BoundBy, to.Reason = 0, ch.At, time.Time{}, by, reason
	if seen == 0 {
		stored, taken, err := s.Repo.Bind(ctx, to)
		switch {
		case err != nil:
			return Binding{}, fault.Wrap(op, "", err)
		case len(taken) > 0:
			return Binding{}, s.refused(ctx, op, MoveBind, to.PlateKey)
		}
		return stored[0], nil
	}
	stored, moved, err := s.Repo.Rebind(ctx, seen, to)
	if err == nil && !moved {
		return Binding{}, s.refused(ctx, op, MoveRebind, to.PlateKey)
	}
	return stored, fault.Wrap(op, "", err)
}

// whichever takes the binding that is in force, whatever its version.
const whichever = -1

// Replace lets a blank plate take the place of a broken or lost one: the old one
// ends and the new one is bound to its terminal, in one instant.
func (s *Service) Replace(ctx context.Context, oldKey, newKey, by, reason string) (Binding, error) {
	return s.replace(ctx, oldKey, whichever, newKey, by, reason)
}

// ReplaceFrom is Replace for somebody who has looked at the old plate: seen is the
// version of the binding that was in force then. If it moved on since, the fault is
// of kind Conflict.
func (s *Service) ReplaceFrom(ctx context.Context, oldKey string, seen int, newKey, by, reason string) (Binding, error) {
	if seen < 1 {
		return Binding{}, fault.Field("qrcode.Replace", "version", strconv.Itoa(seen), "is no binding's; versions count from 1")
	}
	return s.replace(ctx, oldKey, seen, newKey, by, reason)
}

func (s *Service) replace(ctx context.Context, oldKey string, seen int, newKey, by, reason string) (Binding, error) {
	const op = "qrcode.Replace"
	ch, err := s.change(op, by, reason)
	if err != nil {
		return Binding{}, err
	}
	old, current, err := s.Repo.Plate(ctx, oldKey)
	if err != nil {
		return Binding{}, fault.Wrap(op, "", err)
	}
	fresh, _, err := s.Repo.Plate(ctx, newKey)
	switch {
	case err != nil:
		return Binding{}, fault.Wrap(op, "", err)
	case !MoveReplace.Allows(old.State), seen != whichever && seen != current.Version:
		return Binding{}, s.refused(ctx, op, MoveReplace, oldKey)
	case current.Version == 0: // lost before it was bound, or somebody else was faster
		history, err := s.Repo.Bindings(ctx, oldKey)
		if err == nil && len(history) == 0 {
			err = fault.New(op, fault.Conflict, "plate %s was never bound, so there is no terminal to take over; bind the other one", old.Serial)
		} else if err == nil {
			err = s.refused(ctx, op, MoveReplace, oldKey)
		}
		return Binding{}, fault.Wrap(op, "", err)
	case !MoveBind.Allows(fresh.State):
		return Binding{}, s.refused(ctx, op, MoveBind, newKey)
	}
	stored, moved, err := s.Repo.Replace(ctx, current.Version, oldKey, Binding{
		PlateKey: newKey, MerchantNo: current.MerchantNo, StoreID: current.StoreID, TerminalNo: current.TerminalNo,
		From: ch.At, BoundBy: by, Reason: reason,
	})
	switch {
	case err != nil:
		return Binding{}, fault.Wrap(op, "", err)
	case !moved:
		if fresh, _, err = s.Repo.Plate(ctx, newKey); err == nil && !MoveBind.Allows(fresh.State) {
			return Binding{}, s.refused(ctx, op, MoveBind, newKey)
		}
		return Binding{}, s.refused(ctx, op, MoveReplace, oldKey)
	}
	return stored, nil
}

// Suspend stops a bound plate; Resume lets it pay again.
func (s *Service) Suspend(ctx context.Context, key, by, reason string) error {
	return s.move(ctx, "qrcode.Suspend", key, MoveSuspend, by, reason)
}

// Resume lets a suspended plate pay again.
func (s *Service) Resume(ctx context.Context, key, by, reason string) error {
	return s.move(ctx, "qrcode.Resume", key, MoveResume, by, reason)
}

// Lose stops a plate that is gone. Its binding stays in force until it is
// replaced or void.
func (s *Service) Lose(ctx context.Context, key, by, reason string) error {
	return s.move(ctx, "qrcode.Lose", key, MoveLost, by, reason)
}

// Void ends a plate for ever; its key is never issued again.
func (s *Service) Void(ctx context.Context, key, by, reason string) error {
	return s.move(ctx, "qrcode.Void", key, MoveVoid, by, reason)
}

func (s *Service) move(ctx context.Context, op, key string, m Move, by, reason string) error {
	ch, err := s.change(op, by, reason)
	if err != nil {
		return err
	}
	moved, err := s.Repo.Move(ctx, key, m, ch)
	if err == nil && !moved {
		return s.refused(ctx, op, m, key)
	}
	return fault.Wrap(op, "", err)
}

// refused explains why a plate did not move: the state that it is in, whom it is
// bound to, and who brought it there and when.
func (s *Service) refused(ctx context.Context, op string, m Move, key string) error {
	p, b, err := s.Repo.Plate(ctx, key)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	history, err := s.Repo.History(ctx, p)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	text := fmt.Sprintf("plate %s is %s", p.Serial, p.State)
	if b.MerchantNo != "" {
		text += fmt.Sprintf(", with terminal %s of merchant %s since %s by %s", b.TerminalNo, b.MerchantNo, clockText(b.From), b.BoundBy)
	}
	for i := len(history) - 1; i >= 0; i-- {
		if e := history[i]; e.PlateKey == key && e.Action != MoveBind.Name && e.Action != MoveRebind.Name {
			text += fmt.Sprintf("; %s by %s at %s", e.Action, e.By, clockText(e.At))
			break
		}
	}
	return &fault.Error{Op: op, Kind: fault.Conflict, Msg: fmt.Sprintf("%s; %s begins at %s", text, m.Name, join(m.From))}
}

// change is who changes something, why and now. Both are kept for good, so they
// have bounds.
func (s *Service) change(op, by, reason string) (Change, error) {
	switch {
	case by == "" || len(by) > 64:
		return Change{}, fault.Field(op, "by", by, "say in 1 to 64 bytes who does this")
	case len(reason) > 255:
		return Change{}, fault.Field(op, "reason", reason, "has %d bytes, at most 255 are kept", len(reason))
	}
	return Change{By: by, Reason: reason, At: s.Clock.Now()}, nil
}

func clockText(t time.Time) string { return t.In(bizdate.Zone).Format(time.DateTime) }
