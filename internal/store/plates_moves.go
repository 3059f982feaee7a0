package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"juma/internal/audit"
	"juma/internal/fault"
	"juma/qrcode"
)

// errNotMoved undoes a transaction in which one of several guarded updates found
// another state than it asked for.
var errNotMoved = errors.New("a guarded update moved nothing")

// undone runs f in a transaction that is undone when f says errNotMoved.
func (s plateStore) undone(ctx context.Context, f func(*conn) error) (moved bool, err error) {
	err = s.update(ctx, f)
	if errors.Is(err, errNotMoved) {
		return false, nil
	}
	return err == nil, err
}

// Move moves a plate along m, which binds nothing. The binding in force ends if m
// says so.
func (s plateStore) Move(ctx context.Context, key string, m qrcode.Move, ch qrcode.Change) (bool, error) {
	const op = "store.Move"
	return s.undone(ctx, func(c *conn) error {
		p, err := c.lockPlate(op, key)
		if fault.Is(err, fault.NotFound) {
			return errNotMoved
		}
		if err != nil {
			return err
		}
		if err := c.movePlate(op, p, m, ch); err != nil {
			return err
		}
		if m.Ends {
			_, err = c.endBinding(op, key, 0, ch.At)
		}
		return err
	})
}

// lockPlate reads a plate that nobody else changes until the transaction ends, so
// that a move which two states allow does not fail because one became the other.
func (c *conn) lockPlate(op, key string) (qrcode.Plate, error) {
	if _, err := c.moved(op, "UPDATE plates SET state = state WHERE plate_key = ?", key); err != nil {
		return qrcode.Plate{}, err
	}
	return plates.one(c, op, "plate_key", "", "plate_key = ?", key)
}

// movePlate moves the plate's state from the one that was just read, and leaves
// the event and the audit entry.
func (c *conn) movePlate(op string, p qrcode.Plate, m qrcode.Move, ch qrcode.Change) error {
	if !m.Allows(p.State) {
		return errNotMoved
	}
	moved, err := c.moved(op, "UPDATE plates SET state = ? WHERE plate_key = ? AND state = ?", m.To, p.Key, p.State)
	if err != nil {
		return err
	}
	if !moved {
		return errNotMoved
	}
	err = c.record(op, qrcode.Event{BatchID: p.BatchID, PlateKey: p.Key, Action: m.Name, Before: string(p.State), After: string(m.To), At: ch.At, By: ch.By, Reason: ch.Reason})
	if err != nil {
		return err
	}
	return c.Audit(audit.Entry{At: ch.At, Actor: ch.By, Action: "plate." + m.Name, Object: "plate " + p.Serial, Before: string(p.State), After: string(m.To), Reason: ch.Reason})
}

// endBinding ends the binding in force, if it is of the version (0: whichever it
// is), and returns when: not before it began, whatever the clock says.
func (c *conn) endBinding(op, key string, version int, at time.Time) (ended time.Time, err error) {
	in, err := c.inForceOf(op, []string{key})
	if err != nil {
		return at, err
	}
	b, ok := in[key]
	switch {
	case !ok && version == 0:
		return at, nil
	case !ok || version != 0 && b.Version != version:
		return at, errNotMoved
	}
	if earliest := b.From.Add(time.Microsecond); at.Before(earliest) {
		at = earliest
	}
	moved, err := c.moved(op, "UPDATE bindings SET valid_to = ? WHERE plate_key = ? AND version = ? AND valid_to = 0", micros(at), key, b.Version)
	if err == nil && !moved {
		err = errNotMoved
	}
	return at, err
}

// Bind moves blank plates to bound and stores the bindings, all or nothing.
func (s plateStore) Bind(ctx context.Context, all ...qrcode.Binding) (stored []qrcode.Binding, taken []int, err error) {
	const op = "store.Bind"
	// In the order of their keys, so that two of these do not wait for each other.
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(all[a].PlateKey, all[b].PlateKey) })
	moved, err := s.undone(ctx, func(c *conn) error {
		stored, taken = make([]qrcode.Binding, len(all)), nil
		for _, i := range order {
			b, err := c.bind(op, all[i])
			switch {
			case errors.Is(err, errNotMoved):
				taken = append(taken, i)
			case err != nil:
				return err
			}
			stored[i] = b
		}
		if len(taken) > 0 {
			return errNotMoved
		}
		return nil
	})
	if err != nil || !moved {
		slices.Sort(taken)
		return nil, taken, err
	}
	return stored, nil, nil
}

// bind binds one plate in the transaction.
func (c *conn) bind(op string, b qrcode.Binding) (qrcode.Binding, error) {
	p, err := c.lockPlate(op, b.PlateKey)
	if fault.Is(err, fault.NotFound) {
		return b, errNotMoved
	}
	if err != nil {
		return b, err
	}
	if err := c.movePlate(op, p, qrcode.MoveBind, qrcode.Change{By: b.BoundBy, Reason: b.Reason, At: b.From}); err != nil {
		return b, err
	}
	return c.addBinding(op, b)
}

// addBinding stores a binding. The plate's row is locked by the update before, so
// nobody else counts its versions.
func (c *conn) addBinding(op string, b qrcode.Binding) (qrcode.Binding, error) {
	last, err := bindings.list(c, op, c.from("bindings").Where("plate_key = ?", b.PlateKey).Order("version DESC").Limit(1))
	if err != nil {
		return b, err
	}
	if len(last) > 0 {
		if b.From.Before(last[0].To) {
			b.From = last[0].To
		}
		if b.Version == 0 {
			b.Version = last[0].Version + 1
		}
	}
	b.Version = max(b.Version, 1)
	if err := bindings.insert(c, op, b); err != nil {
		return b, err
	}
	return b, c.watchBound(op, b)
}

// Rebind ends the binding of that version and begins b in the same instant.
func (s plateStore) Rebind(ctx context.Context, version int, b qrcode.Binding) (stored qrcode.Binding, moved bool, err error) {
	const op = "store.Rebind"
	moved, err = s.undone(ctx, func(c *conn) error {
		p, err := c.lockPlate(op, b.PlateKey)
		if err != nil {
			return err
		}
		if err := c.movePlate(op, p, qrcode.MoveRebind, qrcode.Change{By: b.BoundBy, Reason: b.Reason, At: b.From}); err != nil {
			return err
		}
		stored = b
		if stored.From, err = c.endBinding(op, b.PlateKey, version, b.From); err != nil {
			return err
		}
		stored, err = c.addBinding(op, stored)
		return err
	})
	return stored, moved, err
}

// Replace ends the old plate and its binding of that version, and binds the new,
// blank one to the same terminal. The two plates are locked in the order of their
// keys, so that two that exchange plates do not wait for each other.
func (s plateStore) Replace(ctx context.Context, version int, oldKey string, b qrcode.Binding) (stored qrcode.Binding, moved bool, err error) {
	const op = "store.Replace"
	moved, err = s.undone(ctx, func(c *conn) error {
		end := func() error {
			p, err := c.lockPlate(op, oldKey)
			if err != nil {
				return err
			}
			if err := c.movePlate(op, p, qrcode.MoveReplace, qrcode.Change{By: b.BoundBy, Reason: b.Reason, At: b.From}); err != nil {
				return err
			}
			_, err = c.endBinding(op, oldKey, version, b.From)
			return err
		}
		begin := func() (err error) {
			stored, err = c.bind(op, b)
			return err
		}
		steps := []func() error{end, begin}
		if b.PlateKey < oldKey {
			slices.Reverse(steps)
		}
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	return stored, moved, err
}
