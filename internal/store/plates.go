package store

import (
	"context"
	"time"

	"juma/internal/audit"
	"juma/internal/fault"
	"juma/qrcode"
)

// plateStore is the Store as qrcode sees it.
type plateStore struct{ *Store }

var _ qrcode.Repository = plateStore{}

var plates = table[qrcode.Plate]{"plates", func(p *qrcode.Plate) []field {
	return []field{
		{"plate_key", &p.Key},
		{"serial", &p.Serial},
		{"batch_id", &p.BatchID},
		{"grammar", &p.Grammar},
		{"payload", &p.Payload},
		{"state", &p.State},
		{"created_at", at(&p.CreatedAt)},
	}
}}

var plateBatches = table[qrcode.Batch]{"plate_batches", func(b *qrcode.Batch) []field {
	return []field{
		{"id", &b.ID},
		{"grammar", &b.Grammar},
		{"institution", &b.Institution},
		{"plate_count", &b.Count},
		{"created_at", at(&b.CreatedAt)},
		{"created_by", &b.CreatedBy},
	}
}}

var bindings = table[qrcode.Binding]{"bindings", func(b *qrcode.Binding) []field {
	return []field{
		{"plate_key", &b.PlateKey},
		{"version", &b.Version},
		{"merchant_no", &b.MerchantNo},
		{"store_id", &b.StoreID},
		{"terminal_no", &b.TerminalNo},
		{"valid_from", at(&b.From)},
		{"valid_to", at(&b.To)},
		{"bound_by", &b.BoundBy},
	}
}}

// CreateBatch stores a batch with its plates, all or nothing. It has a
// transaction of its own: a large batch shall not undo others' work.
func (s plateStore) CreateBatch(ctx context.Context, b qrcode.Batch, all []qrcode.Plate) error {
	const op = "store.CreateBatch"
	return s.updateAlone(ctx, func(c *conn) error {
		if err := plateBatches.insert(c, op, b); err != nil {
			return err
		}
		return plates.insert(c, op, all...)
	})
}

// Plate returns a plate and its binding in force. A key that is not there is not
// repeated in the fault.
func (s plateStore) Plate(ctx context.Context, key string) (qrcode.Plate, qrcode.Binding, error) {
	const op = "store.Plate"
	c := s.reader(ctx)
	p, err := plates.one(c, op, "plate_key", "", "plate_key = ?", key)
	if err != nil {
		return qrcode.Plate{}, qrcode.Binding{}, err
	}
	in, err := c.inForce(op, []qrcode.Plate{p})
	return p, in[key], err
}

// Plates lists by serial, each with its binding in force (zero when none).
func (s plateStore) Plates(ctx context.Context, afterSerial string, limit int) ([]qrcode.Plate, []qrcode.Binding, error) {
	const op = "store.Plates"
	c := s.reader(ctx)
	all, err := plates.list(c, op, c.from("plates").Where("serial > ?", afterSerial).Order("serial").Limit(limit))
	if err != nil {
		return nil, nil, err
	}
	in, err := c.inForce(op, all)
	if err != nil {
		return nil, nil, err
	}
	bound := make([]qrcode.Binding, len(all))
	for i, p := range all {
		bound[i] = in[p.Key]
	}
	return all, bound, nil
}

// inForce returns the bindings in force of the plates, by key.
func (c *conn) inForce(op string, all []qrcode.Plate) (map[string]qrcode.Binding, error) {
	keys := make([]string, len(all))
	for i, p := range all {
		keys[i] = p.Key
	}
	in := make(map[string]qrcode.Binding, len(all))
	for _, part := range chunks(keys, maxParams/2) {
		found, err := bindings.list(c, op, c.from("bindings").Where("plate_key IN ? AND valid_to = 0", part))
		if err != nil {
			return nil, err
		}
		for _, b := range found {
			in[b.PlateKey] = b
		}
	}
	return in, nil
}

// plateCount is how many plates are in a state.
type plateCount struct {
	State qrcode.State
	Count int
}

// CountPlates counts plates by state.
func (s plateStore) CountPlates(ctx context.Context) (map[qrcode.State]int, error) {
	c := s.reader(ctx)
	counts, err := scanAll(c, "store.CountPlates", c.from("plates").Select("state, COUNT(*)").Group("state"),
		func(n *plateCount) []field { return []field{{"state", &n.State}, {"count", &n.Count}} })
	byState := make(map[qrcode.State]int, len(counts))
	for _, n := range counts {
		byState[n.State] = n.Count
	}
	return byState, err
}

// Bind moves a blank plate to bound and stores the binding. Version 0 means the
// next one of the plate; a version that is taken is fault kind Conflict.
func (s plateStore) Bind(ctx context.Context, b qrcode.Binding) (moved bool, err error) {
	const op = "store.Bind"
	err = s.update(ctx, func(c *conn) (err error) {
		moved, err = c.moved(op, "UPDATE plates SET state = ? WHERE plate_key = ? AND state = ?", qrcode.Bound, b.PlateKey, qrcode.Blank)
		if err != nil || !moved {
			return err
		}
		row := b
		if row.Version == 0 {
			// The plate's row is locked by the update above, so nobody else counts.
			last, err := scanAll(c, op, c.from("bindings").Select("COALESCE(MAX(version), 0)").Where("plate_key = ?", b.PlateKey),
				func(v *int) []field { return []field{{"version", v}} })
			if err != nil {
				return err
			}
			row.Version = last[0] + 1
		}
		return bindings.insert(c, op, row)
	})
	return moved && err == nil, err
}

// SetPlateState moves the plate if it is in one of the states from, and records
// who did it and why. A plate that becomes void or blank loses its binding; one
// that is suspended keeps it.
func (s plateStore) SetPlateState(ctx context.Context, key string, from []qrcode.State, to qrcode.State, by, reason string, at time.Time) (moved bool, err error) {
	const op = "store.SetPlateState"
	err = s.update(ctx, func(c *conn) error {
		moved = false
		p, err := plates.one(c, op, "plate_key", "", "plate_key = ?", key)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		// Both conditions: one of the states asked for, and still the one just read,
		// which the audit row shows.
		moved, err = c.moved(op, "UPDATE plates SET state = ? WHERE plate_key = ? AND state IN ? AND state = ?", to, key, from, p.State)
		if err != nil || !moved {
			return err
		}
		if to == qrcode.Void || to == qrcode.Blank {
			if _, err := c.moved(op, "UPDATE bindings SET valid_to = ? WHERE plate_key = ? AND valid_to = 0", micros(at), key); err != nil {
				return err
			}
		}
		return c.Audit(audit.Entry{At: at, Actor: by, Action: "plate.state", Object: "plate " + p.Serial,
			Before: string(p.State), After: string(to), Reason: reason})
	})
	return moved && err == nil, err
}

// Bindings is the binding history of a plate, oldest first.
func (s plateStore) Bindings(ctx context.Context, key string) ([]qrcode.Binding, error) {
	c := s.reader(ctx)
	return bindings.list(c, "store.Bindings", c.from("bindings").Where("plate_key = ?", key).Order("version"))
}
