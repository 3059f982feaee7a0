package store

import (
	"context"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/terms"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// termStore is the Store as terms and holds see it.
type termStore struct{ *Store }

// termTx is a transaction as they see it.
type termTx struct{ *conn }

var (
	_ terms.Store = termStore{}
	_ terms.Tx    = termTx{}
)

// Terms is the store of settlement terms and holds.
func (s *Store) Terms() terms.Store { return termStore{s} }

// termRow is a change with the key that lets one of a merchant be open.
type termRow struct {
	terms.Change
	open *string
}

var settleTerms = table[termRow]{"settle_terms", func(r *termRow) []field {
	return []field{
		{"id", &r.ID},
		{"merchant_no", &r.MerchantNo},
		{"state", &r.State},
		{"cycle", &r.Terms.Cycle},
		{"minimum_fen", &r.Terms.Minimum},
		{"from_date", &r.From},
		{"reason", text(&r.Reason)},
		{"proposed_by", &r.ProposedBy},
		{"proposed_at", at(&r.ProposedAt)},
		{"decided_by", &r.DecidedBy},
		{"decided_at", at(&r.DecidedAt)},
		{"note", text(&r.Note)},
		{"open_key", &r.open},
	}
}}

// holdRow is a hold with the key that lets an object be held once.
type holdRow struct {
	terms.Hold
	open *string
}

var settleHolds = table[holdRow]{"settle_holds", func(r *holdRow) []field {
	return []field{
		{"id", &r.ID},
		{"scope", &r.Scope},
		{"object_no", &r.ObjectNo},
		{"merchant_no", &r.MerchantNo},
		{"kind", &r.Kind},
		{"state", &r.State},
		{"reason", text(&r.Reason)},
		{"held_by", &r.HeldBy},
		{"held_at", at(&r.HeldAt)},
		{"ended_by", &r.EndedBy},
		{"ended_at", at(&r.EndedAt)},
		{"end_reason", text(&r.EndReason)},
		{"open_key", &r.open},
	}
}}

// TermsOn reads the terms that count for a date: of each merchant those that began
// last, and of two that begin together those that were decided later.
func (s termStore) TermsOn(ctx context.Context, d bizdate.Date) (map[string]terms.Terms, error) {
	c := s.reader(ctx)
	rows, err := settleTerms.list(c, "store.TermsOn", c.from(settleTerms.name).Where("state = ? AND from_date <= ?", terms.Approved, d).Order("from_date, decided_at, id"))
	all := make(map[string]terms.Terms, len(rows))
	for _, r := range rows {
		all[r.MerchantNo] = r.Terms
	}
	return all, err
}

// Changes lists changes of terms, newest first.
func (s termStore) Changes(ctx context.Context, merchantNo string, state terms.State, limit int) ([]terms.Change, error) {
	c := s.reader(ctx)
	q := c.from(settleTerms.name)
	if merchantNo != "" {
		q = q.Where("merchant_no = ?", merchantNo)
	}
	if state != "" {
		q = q.Where("state = ?", state)
	}
	rows, err := settleTerms.list(c, "store.Changes", q.Order("proposed_at DESC, id DESC").Limit(limit))
	all := make([]terms.Change, len(rows))
	for i, r := range rows {
		all[i] = r.Change
	}
	return all, err
}

// Change reads one.
func (s termStore) Change(ctx context.Context, id string) (terms.Change, error) {
	r, err := settleTerms.one(s.reader(ctx), "store.Change", "id", id, "id = ?", id)
	return r.Change, err
}

// Holds lists holds, newest first.
func (s termStore) Holds(ctx context.Context, merchantNo string, state terms.HoldState, limit int) ([]terms.Hold, error) {
	c := s.reader(ctx)
	q := c.from(settleHolds.name)
	if merchantNo != "" {
		q = q.Where("merchant_no = ?", merchantNo)
	}
	if state != "" {
		q = q.Where("state = ?", state)
	}
	rows, err := settleHolds.list(c, "store.Holds", q.Order("held_at DESC, id DESC").Limit(limit))
	return holdsOf(rows), err
}

// HeldNow lists every hold in force.
func (s termStore) HeldNow(ctx context.Context) ([]terms.Hold, error) {
	c := s.reader(ctx)
	rows, err := settleHolds.list(c, "store.HeldNow", c.from(settleHolds.name).Where("open_key IS NOT NULL").Order("id"))
	return holdsOf(rows), err
}

func holdsOf(rows []holdRow) []terms.Hold {
	all := make([]terms.Hold, len(rows))
	for i, r := range rows {
		all[i] = r.Hold
	}
	return all
}

// Hold reads one.
func (s termStore) Hold(ctx context.Context, id string) (terms.Hold, error) {
	r, err := settleHolds.one(s.reader(ctx), "store.Hold", "id", id, "id = ?", id)
	return r.Hold, err
}

// Owner finds whose a merchant number or an order is.
func (s termStore) Owner(ctx context.Context, scope terms.Scope, objectNo string) (string, bool, error) {
	const op = "store.Owner"
	c := s.reader(ctx)
	from, column := "merchants", "merchant_no"
	if scope == terms.OfPayment {
		from, column = "payments", "order_no"
	}
	found, err := scanAll(c, op, c.from(from).Select("merchant_no").Where(column+" = ?", objectNo), idField)
	if err != nil {
		return "", false, err
	}
	if len(found) == 0 {
		return "", false, &fault.Error{Op: op, Kind: fault.NotFound, Field: column, Value: objectNo, Msg: "is not known"}
	}
	if scope != terms.OfPayment {
		return found[0], false, nil
	}
	settled, err := scanAll(c, op, c.from("clearing_items").Select("id").
		Where("order_no = ? AND kind = ? AND state = ?", objectNo, channel.PaymentLine, clearing.Settled).Limit(1), idField)
	return found[0], len(settled) > 0, err
}

// UpdateTerms runs f in a transaction.
func (s termStore) UpdateTerms(ctx context.Context, f func(terms.Tx) error) error {
	return s.update(ctx, func(c *conn) error { return f(termTx{c}) })
}

// InsertChange stores a proposal.
func (c termTx) InsertChange(change terms.Change) error {
	r := termRow{Change: change}
	if change.State == terms.Proposed {
		r.open = &change.MerchantNo
	}
	return settleTerms.insert(c.conn, "store.InsertChange", r)
}

// MoveChange decides a proposal; who proposed it cannot approve it.
func (c termTx) MoveChange(id string, to terms.State, by string, at time.Time, note string) (bool, error) {
	return c.moved("store.MoveChange", "UPDATE settle_terms SET state = ?, decided_by = ?, decided_at = ?, note = ?, open_key = NULL WHERE id = ? AND state = ? AND (proposed_by <> ? OR ? = ?)",
		to, by, micros(at), text(&note), id, terms.Proposed, by, to, terms.Rejected)
}

// InsertHold stores a hold.
func (c termTx) InsertHold(h terms.Hold) error {
	key := string(h.Scope) + " " + h.ObjectNo
	return settleHolds.insert(c.conn, "store.InsertHold", holdRow{Hold: h, open: &key})
}

// EndHold ends a hold that somebody else has put.
func (c termTx) EndHold(id, by string, at time.Time, reason string) (bool, error) {
	return c.moved("store.EndHold", "UPDATE settle_holds SET state = ?, ended_by = ?, ended_at = ?, end_reason = ?, open_key = NULL WHERE id = ? AND state = ? AND held_by <> ?",
		terms.Ended, by, micros(at), text(&reason), id, terms.Held, by)
}
