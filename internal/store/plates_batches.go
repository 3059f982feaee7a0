package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/qrcode"
)

// RequestBatch stores a batch and draws its serial numbers. The same ID again
// returns what is stored.
func (s plateStore) RequestBatch(ctx context.Context, b qrcode.Batch) (qrcode.Batch, error) {
	const op = "store.RequestBatch"
	var stored qrcode.Batch
	err := s.update(ctx, func(c *conn) error {
		found, err := plateBatches.list(c, op, c.from("plate_batches").Where("id = ?", b.ID))
		if err != nil {
			return err
		}
		if len(found) > 0 {
			stored = found[0]
			return nil
		}
		stored, err = c.newBatch(op, b)
		return err
	})
	return stored, err
}

// newBatch draws the serials and stores the batch with its history.
func (c *conn) newBatch(op string, b qrcode.Batch) (qrcode.Batch, error) {
	var err error
	if b.SerialFrom, err = c.drawSerials(op, b.SerialDay, b.Count); err != nil {
		return b, err
	}
	if err := plateBatches.insert(c, op, b); err != nil {
		return b, err
	}
	action := map[qrcode.Source]string{qrcode.Issued: "request", qrcode.Imported: "import"}[b.Source]
	ch := qrcode.Change{By: b.CreatedBy, Reason: b.Reason, At: b.CreatedAt}
	return b, c.batchChanged(op, b.ID, action, "", string(b.State), ch)
}

// lastSerial is the last number of a day: the seven digits of qrcode.Serial.
const lastSerial = 9_999_999

// drawSerials takes n numbers of the day and returns the first. The counter's row
// stays locked until the commit.
func (c *conn) drawSerials(op string, day bizdate.Date, n int) (int, error) {
	type counter struct {
		Day  bizdate.Date
		Last int
	}
	fields := func(r *counter) []field { return []field{{"serial_day", &r.Day}, {"last_no", &r.Last}} }
	for first := true; ; first = false {
		moved, err := c.moved(op, "UPDATE plate_serials SET last_no = last_no + ? WHERE serial_day = ? AND last_no <= ?", n, day, lastSerial-n)
		if err != nil {
			return 0, err
		}
		if moved {
			rows, err := scanAll(c, op, c.from("plate_serials").Select("serial_day, last_no").Where("serial_day = ?", day), fields)
			if err != nil {
				return 0, err
			}
			return rows[0].Last - n + 1, nil
		}
		if !first {
			return 0, c.fail(fault.New(op, fault.Refused, "the day has no %d serial numbers left; order the rest tomorrow", n))
		}
		_, err = c.exec(op, "INSERT INTO plate_serials (serial_day, last_no) VALUES (?, 0)", day)
		if err != nil && asDuplicate(err) == nil { // a duplicate: the day has a row already, and may be used up
			return 0, err
		}
	}
}

// batchChanged leaves the event and the audit entry of a batch.
func (c *conn) batchChanged(op, id, action, before, after string, ch qrcode.Change) error {
	if err := c.record(op, qrcode.Event{BatchID: id, Action: action, Before: before, After: after, At: ch.At, By: ch.By, Reason: ch.Reason}); err != nil {
		return err
	}
	return c.Audit(audit.Entry{At: ch.At, Actor: ch.By, Action: "batch." + action, Object: "batch " + id, Before: before, After: after, Reason: ch.Reason})
}

// Batch returns a batch.
func (s plateStore) Batch(ctx context.Context, id string) (qrcode.Batch, error) {
	return plateBatches.one(s.reader(ctx), "store.Batch", "batch", id, "id = ?", id)
}

// Batches lists by ID, after the given one, at most limit.
func (s plateStore) Batches(ctx context.Context, afterID string, limit int) ([]qrcode.Batch, error) {
	c := s.reader(ctx)
	return plateBatches.list(c, "store.Batches", c.from("plate_batches").Where("id > ?", afterID).Order("id").Limit(limit))
}

// LatestBatches lists the newest first, before the given one.
func (s plateStore) LatestBatches(ctx context.Context, beforeID string, limit int) ([]qrcode.Batch, error) {
	c := s.reader(ctx)
	query := c.from("plate_batches").Order("id DESC").Limit(limit)
	if beforeID != "" {
		query = query.Where("id < ?", beforeID)
	}
	return plateBatches.list(c, "store.LatestBatches", query)
}

// Shapes lists the shapes of imported keys.
func (s plateStore) Shapes(ctx context.Context) ([]string, error) {
	c := s.reader(ctx)
	return scanAll(c, "store.Shapes", c.from("plate_batches").Select("DISTINCT key_shape").Where("source = ?", qrcode.Imported),
		func(shape *string) []field { return []field{{"key_shape", shape}} })
}

// MoveBatch moves a batch along m.
func (s plateStore) MoveBatch(ctx context.Context, id string, m qrcode.BatchMove, manifest string, ch qrcode.Change) (moved bool, err error) {
	const op = "store.MoveBatch"
	err = s.update(ctx, func(c *conn) error {
		moved = false
		b, err := plateBatches.one(c, op, "batch", id, "id = ?", id)
		if err != nil || !m.Allows(b.State) {
			return err
		}
		approver, digest := b.ApprovedBy, b.Manifest
		switch m.To {
		case qrcode.Approved:
			approver = ch.By
		case qrcode.Exported:
			digest = manifest
		}
		moved, err = c.moved(op, "UPDATE plate_batches SET state = ?, approved_by = ?, manifest = ? WHERE id = ? AND state = ?", m.To, approver, digest, id, b.State)
		if err != nil || !moved {
			return err
		}
		return c.batchChanged(op, id, m.Name, string(b.State), string(m.To), ch)
	})
	return moved && err == nil, err
}

// AddPlates stores the next plates of a batch, if it has made of them already. It
// has a transaction of its own: so many rows shall not undo others' work. Keys go
// in in their order, so that each page of the index is touched once.
func (s plateStore) AddPlates(ctx context.Context, b qrcode.Batch, made int, all []qrcode.Plate, at time.Time) (moved bool, err error) {
	const op = "store.AddPlates"
	err = s.updateAlone(ctx, func(c *conn) error {
		state, now := qrcode.Approved, made+len(all)
		if now == b.Count {
			state = qrcode.Generated
		}
		moved, err = c.moved(op, "UPDATE plate_batches SET made = ?, state = ? WHERE id = ? AND state = ? AND made = ?", now, state, b.ID, qrcode.Approved, made)
		if err != nil || !moved {
			return err
		}
		if err := c.insertPlates(op, all); err != nil || state != qrcode.Generated {
			return err
		}
		return c.batchChanged(op, b.ID, qrcode.MoveGenerate.Name, string(qrcode.Approved), string(qrcode.Generated), qrcode.Change{By: b.CreatedBy, At: at})
	})
	return moved && err == nil, err
}

func (c *conn) insertPlates(op string, all []qrcode.Plate) error {
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b qrcode.Plate) int { return strings.Compare(a.Key, b.Key) })
	return plates.insert(c, op, sorted...)
}

// ImportBatch stores a batch with all plates that next gives, all or nothing.
func (s plateStore) ImportBatch(ctx context.Context, b qrcode.Batch, next func(qrcode.Batch) ([]qrcode.Plate, error)) (qrcode.Batch, error) {
	const op = "store.ImportBatch"
	stored, ran := b, false
	err := s.updateAlone(ctx, func(c *conn) (err error) {
		if ran { // next cannot be asked twice, so a transaction that was given up is not run again
			return fault.New(op, fault.Unavailable, "the database was busy; import the file again")
		}
		ran = true
		if stored, err = c.newBatch(op, b); err != nil {
			return err
		}
		for {
			all, err := next(stored)
			if err != nil || len(all) == 0 {
				return err
			}
			if err := c.insertPlates(op, all); err != nil {
				return err
			}
		}
	})
	return stored, err
}

// Stock gives blank plates of exported batches to a holder. Which plates those
// were is told by their serials, in one event for each batch.
func (s plateStore) Stock(ctx context.Context, r qrcode.Range, holder string, ch qrcode.Change) (n int, err error) {
	const op = "store.Stock"
	err = s.updateAlone(ctx, func(c *conn) error {
		n = 0
		batches, err := plateBatches.list(c, op, c.from("plate_batches").Where("state = ? AND (id = ? OR ? = '')", qrcode.Exported, r.BatchID, r.BatchID).Order("id"))
		if err != nil {
			return err
		}
		for _, b := range batches {
			moved, err := c.exec(op, "UPDATE plates SET holder = ? WHERE batch_id = ? AND state = ? AND serial >= ? AND (serial <= ? OR ? = '')",
				holder, b.ID, qrcode.Blank, r.FromSerial, r.ToSerial, r.ToSerial)
			if err != nil {
				return err
			}
			if moved == 0 {
				continue
			}
			n += moved
			e := qrcode.Event{BatchID: b.ID, FromSerial: r.FromSerial, ToSerial: r.ToSerial, Action: "stock", After: holder, At: ch.At, By: ch.By, Reason: ch.Reason}
			if err := c.record(op, e); err != nil {
				return err
			}
			if err := c.Audit(audit.Entry{At: ch.At, Actor: ch.By, Action: "batch.stock", Object: "batch " + b.ID, Before: r.FromSerial + "-" + r.ToSerial, After: holder, Reason: ch.Reason}); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
