package store

import (
	"context"
	"time"

	"juma/acquiring/watch"
	"juma/merchants"
	"juma/qrcode"
)

// windows gathers the facts about plates.
type windows struct {
	*conn
	now  time.Time
	set  watch.Settings
	keys []string
	all  map[string]watch.Window
}

// Windows returns the facts about the plates.
func (s watchStore) Windows(ctx context.Context, now time.Time, keys []string, set watch.Settings) (map[string]watch.Window, error) {
	w := windows{conn: s.reader(ctx), now: now, set: set, keys: keys, all: map[string]watch.Window{}}
	for _, gather := range []func(string) error{w.plates, w.bound, w.stops, w.payments, w.refusals, w.visitors, w.usual, w.alarms} {
		if len(w.keys) == 0 {
			break
		}
		if err := gather("store.Windows"); err != nil {
			return nil, err
		}
	}
	return w.all, nil
}

// change changes one plate's window.
func (w *windows) change(key string, f func(*watch.Window)) {
	one, known := w.all[key]
	if known {
		f(&one)
		w.all[key] = one
	}
}

func (w *windows) plates(op string) error {
	found, err := plates.list(w.conn, op, w.from("plates").Where("plate_key IN ?", w.keys))
	w.keys = nil
	for _, p := range found {
		stopped := p.State == qrcode.Suspended || p.State == qrcode.Lost
		w.keys = append(w.keys, p.Key)
		w.all[p.Key] = watch.Window{
			Now: w.now, Plate: watch.Plate{Key: p.Key, Serial: p.Serial, InUse: p.State == qrcode.Bound, Stopped: stopped},
			Handled: map[watch.Kind]time.Time{}, Raised: map[watch.Kind]watch.Alarm{},
		}
	}
	return err
}

// boundRow is a binding in force with the regions of its store and of the one
// before, and when the store was closed.
type boundRow struct {
	key, merchantNo, storeID, region, before string
	from, closedAt                           time.Time
}

func (w *windows) bound(op string) error {
	rows, err := scanAll(w.conn, op, w.from("bindings b").
		Joins("LEFT JOIN bindings a ON a.plate_key = b.plate_key AND a.version = b.version - 1").
		Joins("LEFT JOIN stores s ON s.id = b.store_id").Joins("LEFT JOIN stores t ON t.id = a.store_id").
		Joins("LEFT JOIN closed_places p ON p.place = ? AND p.place_id = b.store_id", merchants.StorePlace).
		Select("b.plate_key, b.merchant_no, b.store_id, COALESCE(s.region_code, ''), COALESCE(t.region_code, ''), b.valid_from, COALESCE(p.closed_at, 0)").
		Where("b.plate_key IN ? AND b.valid_to = 0", w.keys),
		func(r *boundRow) []field {
			return []field{{"plate_key", &r.key}, {"merchant_no", &r.merchantNo}, {"store_id", &r.storeID}, {"region", &r.region},
				{"before", &r.before}, {"valid_from", at(&r.from)}, {"closed_at", at(&r.closedAt)}}
		})
	for _, r := range rows {
		w.change(r.key, func(one *watch.Window) {
			p := &one.Plate
			p.MerchantNo, p.StoreID, p.Region, p.Before, p.BoundAt = r.merchantNo, r.storeID, r.region, r.before, r.from
			p.InUse = p.InUse && r.closedAt.IsZero()
		})
	}
	return err
}

// stopRow is when a plate was last stopped or let go on.
type stopRow struct {
	key, action string
	at          time.Time
}

func (w *windows) stops(op string) error {
	rows, err := scanAll(w.conn, op, w.from("plate_events").Select("plate_key, action, MAX(happened_at)").
		Where("plate_key IN ? AND action IN ?", w.keys, []string{qrcode.MoveSuspend.Name, qrcode.MoveLost.Name, qrcode.MoveResume.Name}).Group("plate_key, action"),
		func(r *stopRow) []field {
			return []field{{"plate_key", &r.key}, {"action", &r.action}, {"happened_at", at(&r.at)}}
		})
	for _, r := range rows {
		w.change(r.key, func(one *watch.Window) {
			switch p := &one.Plate; {
			case r.action == qrcode.MoveResume.Name:
				p.ResumedAt = r.at
			case p.Stopped && r.at.After(p.StoppedAt):
				p.StoppedAt = r.at
			}
		})
	}
	return err
}

// plateFact is a payment with its plate.
type plateFact struct {
	key, wallet string
	watch.Payment
}

func (w *windows) payments(op string) error {
	for stopped, back := range map[bool]time.Duration{false: w.set.Window, true: w.set.StoppedWindow} {
		var keys []string
		for _, key := range w.keys {
			if w.all[key].Plate.Stopped == stopped {
				keys = append(keys, key)
			}
		}
		if len(keys) == 0 {
			continue
		}
		rows, err := scanAll(w.conn, op, w.from("payments").Select("plate_key, wallet, order_no, payer_id, amount_fen, created_at, paid_at").
			Where("plate_key IN ? AND created_at >= ?", keys, micros(w.now.Add(-back))).Order("created_at, order_no"),
			func(p *plateFact) []field {
				return []field{{"plate_key", &p.key}, {"wallet", &p.wallet}, {"order_no", &p.OrderNo}, {"payer_id", &p.Payer},
					{"amount_fen", &p.Amount}, {"created_at", at(&p.CreatedAt)}, {"paid_at", at(&p.PaidAt)}}
			})
		if err != nil {
			return err
		}
		for _, r := range rows {
			r.Payer = r.wallet + " " + r.Payer
			w.change(r.key, func(one *watch.Window) { one.Payments = append(one.Payments, r.Payment) })
		}
	}
	return nil
}

func (w *windows) refusals(op string) error {
	rows, err := refusals.list(w.conn, op, w.from("plate_refusals").
		Where("plate_key IN ? AND slot_at >= ?", w.keys, micros(w.now.Add(-w.set.Window-watch.Interval))).Order("slot_at"))
	for _, r := range rows {
		w.change(r.PlateKey, func(one *watch.Window) { one.Refused = append(one.Refused, r) })
	}
	return err
}

// visitRow is a visit with the payment's plate and the time of the other payment.
type visitRow struct {
	key, wallet string
	before      time.Time
	watch.Visit
}

func (w *windows) visitors(op string) error {
	rows, err := scanAll(w.conn, op, w.visits(micros(w.now.Add(-w.set.Window)), w.set).Where("p.plate_key IN ?", w.keys).
		Select("p.plate_key, p.wallet, p.payer_id, t.region_code, q.created_at, p.created_at").Order("p.created_at, p.order_no"),
		func(r *visitRow) []field {
			return []field{{"plate_key", &r.key}, {"wallet", &r.wallet}, {"payer_id", &r.Payer}, {"region_code", &r.Region}, {"before", at(&r.before)}, {"created_at", at(&r.At)}}
		})
	for _, r := range rows {
		r.Payer, r.Gap = r.wallet+" "+r.Payer, r.At.Sub(r.before)
		w.change(r.key, func(one *watch.Window) { one.Visits = append(one.Visits, r.Visit) })
	}
	return err
}

func (w *windows) usual(op string) error {
	rows, err := looks.list(w.conn, op, w.from("plate_watches").Where("plate_key IN ?", w.keys))
	for _, l := range rows {
		w.change(l.PlateKey, func(one *watch.Window) { one.Usual = l.Usual })
	}
	return err
}

// handledRow is when the last alarm of a kind was closed.
type handledRow struct {
	key  string
	kind watch.Kind
	at   time.Time
}

func (w *windows) alarms(op string) error {
	rows, err := scanAll(w.conn, op, w.from("alarms").Select("plate_key, kind, MAX(closed_at)").Where("plate_key IN ?", w.keys).Group("plate_key, kind"),
		func(r *handledRow) []field {
			return []field{{"plate_key", &r.key}, {"kind", &r.kind}, {"closed_at", at(&r.at)}}
		})
	if err != nil {
		return err
	}
	for _, r := range rows {
		w.change(r.key, func(one *watch.Window) { one.Handled[r.kind] = r.at })
	}
	up, err := alarms.list(w.conn, op, w.from("alarms").Where("plate_key IN ? AND state IN ?", w.keys, []watch.State{watch.Open, watch.Acknowledged}))
	for _, a := range up {
		w.change(a.PlateKey, func(one *watch.Window) { one.Raised[a.Kind] = a.Alarm })
	}
	return err
}
