package routing

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"juma/acquiring/channel"
	"juma/internal/audit"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

// State is where a version of the rules stands.
type State string

// The states of a version.
const (
	Proposed State = "proposed"
	InForce  State = "in_force"
	Replaced State = "replaced" // by a later version
	Rejected State = "rejected" // or withdrawn by who proposed it
)

// States lists them in the order of a version's life.
var States = []State{Proposed, InForce, Replaced, Rejected}

// Version is a set of rules as it was proposed and decided.
type Version struct {
	Version    int // from 1
	State      State
	Rules      Set
	Reason     string
	ProposedBy string
	ProposedAt time.Time
	DecidedBy  string
	DecidedAt  time.Time
	Note       string // of who decided
}

// Store is what the rules need from storage. Missing rows are faults of kind NotFound.
type Store interface {
	RouteVersion(ctx context.Context, version int) (Version, error)
	// RoutesIn returns the one version in a state that only one can be in: proposed or in
	// force.
	RoutesIn(ctx context.Context, state State) (Version, error)
	// RouteVersions lists versions, newest first, before the given one (0 = from the
	// newest).
	RouteVersions(ctx context.Context, before, limit int) ([]Version, error)
	UpdateRoutes(ctx context.Context, f func(Tx) error) error
	// RoutedPayments lists payments created in [from, to), by order number after the
	// given one.
	RoutedPayments(ctx context.Context, from, to time.Time, after string, limit int) ([]Past, error)
	// EnrolledAt lists the channels that a merchant can be paid through.
	EnrolledAt(ctx context.Context, merchantNo string) ([]channel.Name, error)
	// ChannelAccounts lists the further accounts at channels.
	ChannelAccounts(ctx context.Context) ([]channel.Account, error)
}

// Tx is a transaction over the rules.
type Tx interface {
	// InsertRoutes stores a proposal. Kind Conflict when that number is taken (Field
	// "version") or another proposal is open (Field "open_key").
	InsertRoutes(v Version) error
	// MoveRoutes moves a version from one state to another, with who decided.
	MoveRoutes(version int, from, to State, by string, at time.Time, note string) (moved bool, err error)
	Audit(e audit.Entry) error
}

// Service keeps the rules: changes take two people, and everything is on record.
type Service struct {
	store Store
	clock clock.Clock
	ids   *id.ULIDs

	mu    sync.Mutex
	known Version
	until time.Time // when known is read again
}

// NewService returns the service.
func NewService(store Store, clk clock.Clock, ids *id.ULIDs) (*Service, error) {
	if store == nil || clk == nil || ids == nil {
		return nil, fault.New("routing.NewService", fault.Internal, "a dependency is missing")
	}
	return &Service{store: store, clock: clk, ids: ids}, nil
}

// freshFor is how long a process goes by the rules that it has read: so long after an
// approval another process may still decide by the version before.
const freshFor = 5 * time.Second

// InForce returns the rules and their version; Direct and 0 while none were agreed.
func (s *Service) InForce(ctx context.Context) (Set, int, error) {
	now := s.clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.until) {
		return s.known.Rules, s.known.Version, nil
	}
	v, err := s.store.RoutesIn(ctx, InForce)
	if fault.Is(err, fault.NotFound) {
		var further []channel.Account
		further, err = s.store.ChannelAccounts(ctx)
		v = Version{Rules: Direct(further...)}
	}
	if err != nil {
		return Set{}, 0, fault.Wrap("routing.InForce", "", err)
	}
	s.known, s.until = v, now.Add(freshFor)
	return v.Rules, v.Version, nil
}

func (s *Service) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Time{}
}

// Versions lists versions, newest first.
func (s *Service) Versions(ctx context.Context, before, limit int) ([]Version, error) {
	return s.store.RouteVersions(ctx, before, limit)
}

// Version returns one version.
func (s *Service) Version(ctx context.Context, version int) (Version, error) {
	return s.store.RouteVersion(ctx, version)
}

// Propose stores a set for somebody else to decide on. Kinds: Invalid with the field
// of the set, Conflict while another proposal is open.
func (s *Service) Propose(ctx context.Context, set Set, by, reason string) (Version, error) {
	const op = "routing.Propose"
	if err := s.check(ctx, set); err != nil {
		return Version{}, err
	}
	if by == "" || reason == "" {
		return Version{}, fault.Field(op, "reason", "", "say why")
	}
	last, err := s.store.RouteVersions(ctx, 0, 1)
	if err != nil {
		return Version{}, fault.Wrap(op, "", err)
	}
	now := s.clock.Now()
	v := Version{Version: 1, State: Proposed, Rules: set, Reason: reason, ProposedBy: by, ProposedAt: now}
	if len(last) > 0 {
		v.Version = last[0].Version + 1
	}
	err = s.store.UpdateRoutes(ctx, func(tx Tx) error {
		if err := tx.InsertRoutes(v); err != nil {
			return err
		}
		return tx.Audit(s.entry(by, "routes.proposed", v.Version, "", fmt.Sprintf("%d rules", len(set.Rules)), reason))
	})
	return v, fault.Wrap(op, "", err)
}

// check is Set.Check, and whether the accounts that the set names are there.
func (s *Service) check(ctx context.Context, set Set) error {
	if err := set.Check(); err != nil {
		return err
	}
	further, err := s.store.ChannelAccounts(ctx)
	if err != nil {
		return err
	}
	known := channel.AllNames(further)
	for path, ch := range set.channels() {
		if !slices.Contains(known, ch) {
			return wrong(path, string(ch), "is no account of ours: the wallet configuration has none of that name")
		}
	}
	return nil
}

// Approve puts a proposal in force in place of the version before. Who proposed it
// cannot approve it: kind Forbidden.
func (s *Service) Approve(ctx context.Context, version int, by, note string) error {
	const op = "routing.Approve"
	v, err := s.store.RouteVersion(ctx, version)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	if by == "" || by == v.ProposedBy {
		return &fault.Error{Op: op, Kind: fault.Forbidden, Field: "by", Value: by, Msg: "proposed this version; another person decides"}
	}
	before, err := s.store.RoutesIn(ctx, InForce)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fault.Wrap(op, "", err)
	}
	now := s.clock.Now()
	err = s.store.UpdateRoutes(ctx, func(tx Tx) error {
		if before.Version != 0 {
			if moved, err := tx.MoveRoutes(before.Version, InForce, Replaced, before.DecidedBy, before.DecidedAt, before.Note); err != nil || !moved {
				return cmpErr(err, decided(op, version))
			}
		}
		if moved, err := tx.MoveRoutes(version, Proposed, InForce, by, now, note); err != nil || !moved {
			return cmpErr(err, decided(op, version))
		}
		return tx.Audit(s.entry(by, "routes.approved", version, fmt.Sprint(before.Version), fmt.Sprint(version), note))
	})
	s.forget()
	return fault.Wrap(op, "", err)
}

// Reject ends a proposal; who proposed it may withdraw it so.
func (s *Service) Reject(ctx context.Context, version int, by, note string) error {
	const op = "routing.Reject"
	if by == "" || note == "" {
		return fault.Field(op, "note", "", "say why")
	}
	err := s.store.UpdateRoutes(ctx, func(tx Tx) error {
		if moved, err := tx.MoveRoutes(version, Proposed, Rejected, by, s.clock.Now(), note); err != nil || !moved {
			return cmpErr(err, decided(op, version))
		}
		return tx.Audit(s.entry(by, "routes.rejected", version, string(Proposed), string(Rejected), note))
	})
	return fault.Wrap(op, "", err)
}

// cmpErr is err, or what it means that nothing moved.
func cmpErr(err, nothing error) error {
	if err != nil {
		return err
	}
	return nothing
}

func decided(op string, version int) error {
	return &fault.Error{Op: op, Kind: fault.Conflict, Field: "version", Value: fmt.Sprint(version), Msg: "was decided by somebody else; look at it again"}
}

func (s *Service) entry(by, action string, version int, before, after, reason string) audit.Entry {
	now := s.clock.Now()
	return audit.Entry{ID: s.ids.At(now), At: now, Actor: by, Action: action, Object: fmt.Sprintf("routes %d", version), Before: before, After: after, Reason: reason}
}

// ParseSet reads a set as people write it: one JSON object. Kind Invalid with Field
// "rules" for what is none; Check says the rest.
func ParseSet(text string) (Set, error) {
	var set Set
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&set); err != nil {
		return set, fault.Field("routing.ParseSet", "rules", "", "cannot be read: %v", err)
	}
	if d.More() {
		return set, fault.Field("routing.ParseSet", "rules", "", "something stands behind the object")
	}
	return set, nil
}

// Text writes a set as people read it.
func (s Set) Text() string {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic("routing: a set that cannot be written: " + err.Error()) // texts, numbers and times always marshal
	}
	return string(b)
}
