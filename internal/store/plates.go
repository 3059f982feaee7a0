package store

import (
	"context"
	"time"

	"gorm.io/gorm"

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
		{"holder", &p.Holder},
		{"created_at", at(&p.CreatedAt)},
	}
}}

var plateBatches = table[qrcode.Batch]{"plate_batches", func(b *qrcode.Batch) []field {
	return []field{
		{"id", &b.ID},
		{"state", &b.State},
		{"source", &b.Source},
		{"grammar", &b.Grammar},
		{"institution", &b.Institution},
		{"host", &b.Host},
		{"issuer_name", &b.Issuer.Name},
		{"issuer_city", &b.Issuer.City},
		{"plate_count", &b.Count},
		{"made", &b.Made},
		{"serial_day", &b.SerialDay},
		{"serial_from", &b.SerialFrom},
		{"key_shape", &b.Shape},
		{"reason", text(&b.Reason)},
		{"created_at", at(&b.CreatedAt)},
		{"created_by", &b.CreatedBy},
		{"approved_by", &b.ApprovedBy},
		{"manifest", &b.Manifest},
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
		{"reason", text(&b.Reason)},
	}
}}

var plateEvents = table[qrcode.Event]{"plate_events", func(e *qrcode.Event) []field {
	return []field{
		{"id", &e.ID},
		{"batch_id", &e.BatchID},
		{"plate_key", &e.PlateKey},
		{"from_serial", &e.FromSerial},
		{"to_serial", &e.ToSerial},
		{"action", &e.Action},
		{"value_before", text(&e.Before)},
		{"value_after", text(&e.After)},
		{"happened_at", at(&e.At)},
		{"actor", &e.By},
		{"reason", text(&e.Reason)},
	}
}}

// Plate returns a plate and its binding in force. A key that is not there is not
// repeated in the fault.
func (s plateStore) Plate(ctx context.Context, key string) (qrcode.Plate, qrcode.Binding, error) {
	return s.plate(ctx, "plate_key", "", key)
}

// PlateBySerial is Plate by the printed number.
func (s plateStore) PlateBySerial(ctx context.Context, serial string) (qrcode.Plate, qrcode.Binding, error) {
	return s.plate(ctx, "serial", serial, serial)
}

func (s plateStore) plate(ctx context.Context, column, shown, value string) (qrcode.Plate, qrcode.Binding, error) {
	const op = "store.Plate"
	c := s.reader(ctx)
	for try := 1; ; try++ {
		p, err := plates.one(c, op, column, shown, column+" = ?", value)
		if err != nil {
			return qrcode.Plate{}, qrcode.Binding{}, err
		}
		in, err := c.inForce(op, []qrcode.Plate{p})
		b, bound := in[p.Key]
		// These are two reads: somebody may have ended the binding between them, and
		// a bound plate without binding is nothing that a payment could be made on.
		if err != nil || bound || p.State != qrcode.Bound && p.State != qrcode.Suspended || try == maxTries {
			return p, b, err
		}
	}
}

// Plates lists by serial, each with its binding in force (zero when none).
func (s plateStore) Plates(ctx context.Context, afterSerial string, limit int) ([]qrcode.Plate, []qrcode.Binding, error) {
	return s.FindPlates(ctx, qrcode.Filter{}, afterSerial, limit)
}

// FindPlates is Plates for those that the filter chooses.
func (s plateStore) FindPlates(ctx context.Context, f qrcode.Filter, afterSerial string, limit int) ([]qrcode.Plate, []qrcode.Binding, error) {
	const op = "store.Plates"
	c := s.reader(ctx)
	query := c.from("plates").Where("serial > ?", afterSerial).Order("serial").Limit(limit)
	for _, w := range []struct{ where, value string }{{"state = ?", string(f.State)}, {"batch_id = ?", f.BatchID}, {"holder = ?", f.Holder},
		{"plate_key IN (SELECT plate_key FROM bindings WHERE merchant_no = ? AND valid_to = 0)", f.MerchantNo}} {
		if w.value != "" {
			query = query.Where(w.where, w.value)
		}
	}
	all, err := plates.list(c, op, query)
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

// inForce returns the bindings in force of the plates, by key. A blank plate has
// none, so a batch that was just made is not asked about.
func (c *conn) inForce(op string, all []qrcode.Plate) (map[string]qrcode.Binding, error) {
	var keys []string
	for _, p := range all {
		if p.State != qrcode.Blank {
			keys = append(keys, p.Key)
		}
	}
	return c.inForceOf(op, keys)
}

func (c *conn) inForceOf(op string, keys []string) (map[string]qrcode.Binding, error) {
	in := make(map[string]qrcode.Binding, len(keys))
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

// Taken tells which of the keys are plates already.
func (s plateStore) Taken(ctx context.Context, keys []string) (map[string]bool, error) {
	c := s.reader(ctx)
	taken := map[string]bool{}
	for _, part := range chunks(keys, maxParams/2) {
		found, err := scanAll(c, "store.Taken", c.from("plates").Select("plate_key").Where("plate_key IN ?", part),
			func(key *string) []field { return []field{{"plate_key", key}} })
		if err != nil {
			return nil, err
		}
		for _, key := range found {
			taken[key] = true
		}
	}
	return taken, nil
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

// Bindings is the binding history of a plate, oldest first.
func (s plateStore) Bindings(ctx context.Context, key string) ([]qrcode.Binding, error) {
	c := s.reader(ctx)
	return bindings.list(c, "store.Bindings", c.from("bindings").Where("plate_key = ?", key).Order("version"))
}

// BindingAt is the binding that was in force at the instant.
func (s plateStore) BindingAt(ctx context.Context, key string, at time.Time) (qrcode.Binding, error) {
	c, t := s.reader(ctx), micros(at)
	return bindings.one(c, "store.BindingAt", "instant", at.UTC().Format(time.RFC3339Nano),
		"plate_key = ? AND valid_from <= ? AND (valid_to = 0 OR valid_to > ?)", key, t, t)
}

// History lists what happened to a plate and to its batch, oldest first.
func (s plateStore) History(ctx context.Context, p qrcode.Plate) ([]qrcode.Event, error) {
	const op = "store.History"
	c := s.reader(ctx)
	events := func(query *gorm.DB) ([]qrcode.Event, error) {
		return plateEvents.list(c, op, query.Order("happened_at, id"))
	}
	batch, err := events(c.from("plate_events").Where("plate_key = '' AND batch_id = ? AND (from_serial = '' OR from_serial <= ?) AND (to_serial = '' OR to_serial >= ?)", p.BatchID, p.Serial, p.Serial))
	if err != nil {
		return nil, err
	}
	own, err := events(c.from("plate_events").Where("plate_key = ?", p.Key))
	return mergeEvents(batch, own), err
}

// mergeEvents puts two ordered lists in order: by time, and the batch first.
func mergeEvents(a, b []qrcode.Event) []qrcode.Event {
	all := make([]qrcode.Event, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if !a[0].At.After(b[0].At) {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

// record stores an event of plates.
func (c *conn) record(op string, all ...qrcode.Event) error {
	for i := range all {
		all[i].ID = c.store.ids.At(all[i].At)
	}
	return plateEvents.insert(c, op, all...)
}
