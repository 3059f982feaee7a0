package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"slices"
	"time"

	"gorm.io/gorm"

	"juma/acquiring"
	"juma/acquiring/watch"
	"juma/qrcode"
)

// stoppedStates are those in which a plate is to stand still.
var stoppedStates = []qrcode.State{qrcode.Suspended, qrcode.Lost}

// watchBound lets the silence of a plate be looked at from its binding on; what it
// sold elsewhere is forgotten.
func (c *conn) watchBound(op string, b qrcode.Binding) error {
	moved, err := c.moved(op, "UPDATE plate_watches SET look_at = ?, learned_at = 0, usual = '' WHERE plate_key = ?", micros(b.From), b.PlateKey)
	if err != nil || moved {
		return err
	}
	return looks.insert(c, op, watch.Look{PlateKey: b.PlateKey, At: b.From})
}

var looks = table[watch.Look]{"plate_watches", func(l *watch.Look) []field {
	return []field{{"plate_key", &l.PlateKey}, {"look_at", at(&l.At)}, {"learned_at", at(&l.LearnedAt)}, {"usual", (*usualWeek)(&l.Usual)}}
}}

var refusals = table[watch.Refusals]{"plate_refusals", func(r *watch.Refusals) []field {
	return []field{{"plate_key", &r.PlateKey}, {"slot_at", at(&r.From)}, {"refused", &r.Count}}
}}

// AddRefusals adds to the counters.
func (s watchStore) AddRefusals(ctx context.Context, all []watch.Refusals) error {
	const op = "store.AddRefusals"
	return s.update(ctx, func(c *conn) error {
		for _, r := range all {
			add := func() (bool, error) {
				return c.moved(op, "UPDATE plate_refusals SET refused = refused + ? WHERE plate_key = ? AND slot_at = ?", r.Count, r.PlateKey, micros(r.From))
			}
			moved, err := add()
			if err == nil && !moved {
				if err = refusals.insert(c, op, r); conflictField(err) != "" { // another process was faster
					_, err = add()
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// ForgetRefusals removes counters of intervals before a time.
func (s watchStore) ForgetRefusals(ctx context.Context, before time.Time) error {
	const op = "store.ForgetRefusals"
	c := s.reader(ctx)
	old, err := refusals.list(c, op, c.from("plate_refusals").Where("slot_at < ?", micros(before)).Limit(1))
	if err != nil || len(old) == 0 {
		return err
	}
	return s.update(ctx, func(c *conn) error {
		_, err := c.exec(op, "DELETE FROM plate_refusals WHERE slot_at < ?", micros(before))
		return err
	})
}

// Suspects names the plates that a rule may have something to say about.
func (s watchStore) Suspects(ctx context.Context, now time.Time, set watch.Settings) ([]string, error) {
	const op = "store.Suspects"
	c := s.reader(ctx)
	since := micros(now.Add(-set.Window))
	var all []string
	for _, q := range []*gorm.DB{
		c.from("payments").Where("created_at >= ? AND amount_fen <= ?", since, set.SmallAmount).
			Select("plate_key").Group("plate_key").Having("COUNT(*) >= ?", set.SmallCount),
		c.from("plate_refusals").Where("slot_at >= ?", since).
			Select("plate_key").Group("plate_key").Having("SUM(refused) >= ?", set.RefusedScans),
		c.from("plates t").Joins("JOIN payments p ON p.plate_key = t.plate_key").
			Where("t.state IN ? AND p.created_at >= ? AND p.paid_at > 0", stoppedStates, micros(now.Add(-set.StoppedWindow))).Select("DISTINCT t.plate_key"),
		c.from("bindings b").Joins("JOIN bindings a ON a.plate_key = b.plate_key AND a.version = b.version - 1").
			Joins("JOIN stores s ON s.id = b.store_id").Joins("JOIN stores t ON t.id = a.store_id").
			Where("b.valid_from >= ? AND s.region_code <> t.region_code", micros(now.Add(-set.MovedWithin))).Select("DISTINCT b.plate_key"),
		c.visits(since, set).Select("p.plate_key").Group("p.plate_key").Having("COUNT(DISTINCT p.payer_id) >= ?", set.Travellers),
	} {
		found, err := scanAll(c, op, q, func(key *string) []field { return []field{{"plate_key", key}} })
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// visits begins a query of payments p whose payer had paid (q) in a store of
// another region shortly before.
func (c *conn) visits(since int64, set watch.Settings) *gorm.DB {
	return c.from("payments p").
		Joins("JOIN payments q ON q.payer_id = p.payer_id AND q.channel = p.channel AND q.created_at >= p.created_at - ? AND q.created_at < p.created_at", set.TravelTime.Microseconds()).
		Joins("JOIN stores s ON s.id = p.store_id").Joins("JOIN stores t ON t.id = q.store_id").
		Where("p.created_at >= ? AND q.paid_at > 0 AND p.plate_key <> q.plate_key AND s.region_code <> t.region_code", since)
}

// Looks lists the plates whose silence is to be looked at.
func (s watchStore) Looks(ctx context.Context, now time.Time, limit int) ([]watch.Look, error) {
	c := s.reader(ctx)
	return looks.list(c, "store.Looks", c.from("plate_watches").Where("look_at <= ?", micros(now)).Order("look_at, plate_key").Limit(limit))
}

// SaveLook stores when to look next.
func (s watchStore) SaveLook(ctx context.Context, l watch.Look, was time.Time) error {
	return s.update(ctx, func(c *conn) error {
		_, err := looks.save(c, "store.SaveLook", l, "plate_key = ? AND look_at = ?", l.PlateKey, micros(was))
		return err
	})
}

// Hours counts what a plate sold, by the hour. The zone is a fixed one, so hours and
// days in China are multiples on the stored scale.
func (s watchStore) Hours(ctx context.Context, plateKey string, from time.Time, set watch.Settings) ([]watch.Hour, error) {
	const op = "store.Hours"
	c := s.reader(ctx)
	hour := time.Hour.Microseconds()
	return scanAll(c, op, c.from("payments").
		Select("created_at - created_at % ? AS slot, COUNT(*), SUM(CASE WHEN amount_fen <= ? THEN 1 ELSE 0 END)", hour, set.SmallAmount).
		Where("plate_key = ? AND created_at >= ? AND state = ?", plateKey, micros(from), acquiring.Paid).Group("slot").Order("slot"),
		func(h *watch.Hour) []field {
			return []field{{"slot", at(&h.At)}, {"count", &h.All}, {"small", &h.Small}}
		})
}

// LastPaid is when the plate last sold something.
func (s watchStore) LastPaid(ctx context.Context, plateKey string, since time.Time) (time.Time, error) {
	c := s.reader(ctx)
	found, err := scanAll(c, "store.LastPaid", c.from("payments").Select("paid_at").
		Where("plate_key = ? AND created_at >= ? AND state = ?", plateKey, micros(since), acquiring.Paid).Order("created_at DESC").Limit(1),
		func(t *time.Time) []field { return []field{{"paid_at", at(t)}} })
	if err != nil || len(found) == 0 {
		return time.Time{}, err
	}
	return found[0], nil
}

// usualWeek is stored as JSON, and one that knows nothing as the empty text.
type usualWeek watch.Week

// Value is what is stored.
func (w usualWeek) Value() (driver.Value, error) {
	if w.Weeks == 0 && w.All == 0 {
		return "", nil
	}
	b, err := json.Marshal(watch.Week(w))
	return string(b), err
}

// Scan reads what was stored.
func (w *usualWeek) Scan(src any) error {
	var s nullText
	if err := s.Scan(src); err != nil {
		return err
	}
	*w = usualWeek{}
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), (*watch.Week)(w))
}
