package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/routing"
	"juma/internal/fault"
	"juma/merchants"
)

// routeStore is the Store as the rules of routing see it.
type routeStore struct{ *Store }

// routeTx is a transaction as they see it.
type routeTx struct{ *conn }

var (
	_ routing.Store = routeStore{}
	_ routing.Tx    = routeTx{}
)

// Routes is the store of the rules by which payments find their channel.
func (s *Store) Routes() routing.Store { return routeStore{s} }

// routeRow is a version with the keys that let only one be open and one in force.
type routeRow struct {
	routing.Version
	rules       string
	open, force *string
}

var routeSets = table[routeRow]{"route_sets", func(r *routeRow) []field {
	return []field{
		{"version", &r.Version.Version},
		{"state", &r.State},
		{"rules", text(&r.rules)},
		{"reason", text(&r.Reason)},
		{"proposed_by", &r.ProposedBy},
		{"proposed_at", at(&r.ProposedAt)},
		{"decided_by", &r.DecidedBy},
		{"decided_at", at(&r.DecidedAt)},
		{"note", text(&r.Note)},
		{"open_key", &r.open},
		{"force_key", &r.force},
	}
}}

// versionKeys are open_key and force_key of a version's state: unique indexes on them
// let one version be proposed and one be in force.
func versionKeys[S ~string](state, proposed, inForce S) (open, force *string) {
	word := string(state)
	switch state {
	case proposed:
		return &word, nil
	case inForce:
		return nil, &word
	}
	return nil, nil
}

func (r routeRow) version() (routing.Version, error) {
	v := r.Version
	if err := json.Unmarshal([]byte(r.rules), &v.Rules); err != nil {
		return v, fault.New("store.RouteVersion", fault.Corrupt, "the rules of version %d are no JSON", v.Version)
	}
	return v, nil
}

// RouteVersion reads one version.
func (s routeStore) RouteVersion(ctx context.Context, version int) (routing.Version, error) {
	r, err := routeSets.one(s.reader(ctx), "store.RouteVersion", "version", fmt.Sprint(version), "version = ?", version)
	if err != nil {
		return routing.Version{}, err
	}
	return r.version()
}

// RoutesIn reads the one version in a state.
func (s routeStore) RoutesIn(ctx context.Context, state routing.State) (routing.Version, error) {
	column := "force_key"
	if state == routing.Proposed {
		column = "open_key"
	}
	r, err := routeSets.one(s.reader(ctx), "store.RoutesIn", "state", string(state), column+" = ?", string(state))
	if err != nil {
		return routing.Version{}, err
	}
	return r.version()
}

// RouteVersions lists versions, newest first.
func (s routeStore) RouteVersions(ctx context.Context, before, limit int) ([]routing.Version, error) {
	c := s.reader(ctx)
	q := c.from("route_sets")
	if before > 0 {
		q = q.Where("version < ?", before)
	}
	rows, err := routeSets.list(c, "store.RouteVersions", q.Order("version DESC").Limit(limit))
	if err != nil {
		return nil, err
	}
	versions := make([]routing.Version, len(rows))
	for i, r := range rows {
		if versions[i], err = r.version(); err != nil {
			return nil, err
		}
	}
	return versions, nil
}

// UpdateRoutes runs f in a transaction.
func (s routeStore) UpdateRoutes(ctx context.Context, f func(routing.Tx) error) error {
	return s.update(ctx, func(c *conn) error { return f(routeTx{c}) })
}

// InsertRoutes stores a proposal.
func (c routeTx) InsertRoutes(v routing.Version) error {
	rules, err := json.Marshal(v.Rules)
	if err != nil {
		return fault.Wrap("store.InsertRoutes", fault.Internal, err)
	}
	r := routeRow{Version: v, rules: string(rules)}
	r.open, r.force = versionKeys(v.State, routing.Proposed, routing.InForce)
	return routeSets.insert(c.conn, "store.InsertRoutes", r)
}

// MoveRoutes moves a version that is in the state from.
func (c routeTx) MoveRoutes(version int, from, to routing.State, by string, at time.Time, note string) (bool, error) {
	open, force := versionKeys(to, routing.Proposed, routing.InForce)
	return c.moved("store.MoveRoutes", "UPDATE route_sets SET state = ?, decided_by = ?, decided_at = ?, note = ?, open_key = ?, force_key = ? WHERE version = ? AND state = ?",
		to, by, micros(at), text(&note), open, force, version, from)
}

// RoutedPayments lists payments of a time as a decision sees them.
func (s routeStore) RoutedPayments(ctx context.Context, from, to time.Time, after string, limit int) ([]routing.Past, error) {
	c := s.reader(ctx)
	return scanAll(c, "store.RoutedPayments", c.from("payments").Select("order_no, channel, request_id, wallet, merchant_no, store_id, amount_fen, created_at, CASE WHEN entry = '"+string(acquiring.ByCode)+"' THEN 1 ELSE 0 END AS by_code").
		Where("created_at >= ? AND created_at < ? AND order_no > ?", micros(from), micros(to), after).Order("order_no").Limit(limit),
		func(p *routing.Past) []field {
			return []field{{"order_no", &p.OrderNo}, {"channel", &p.Channel}, {"request_id", &p.RequestID}, {"wallet", &p.Wallet},
				{"merchant_no", &p.MerchantNo}, {"store_id", &p.StoreID}, {"amount_fen", &p.Amount}, {"created_at", at(&p.At)}, {"by_code", &p.ByCode}}
		})
}

// EnrolledAt lists the channels that a merchant can be paid through.
func (s routeStore) EnrolledAt(ctx context.Context, merchantNo string) ([]channel.Name, error) {
	c := s.reader(ctx)
	return scanAll(c, "store.EnrolledAt", c.from("channel_enrolments").Select("channel").Where("merchant_no = ? AND state = ?", merchantNo, merchants.EnrolAccepted),
		func(ch *channel.Name) []field { return []field{{"channel", ch}} })
}
