// Package calendar keeps the business calendar as data with versions: the published one
// is version 0, a later one is proposed by one person and approved by another, whole or
// as one emergency day. A batch records the version by which it is due.
package calendar

import (
	"context"
	"fmt"
	"strings"
	"time"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

// State is where a version of the calendar stands.
type State string

// The states of a version.
const (
	Proposed State = "proposed"
	InForce  State = "in_force"
	Replaced State = "replaced" // by a later version
	Rejected State = "rejected" // or withdrawn by who proposed it
)

// Version is a calendar as it was proposed and decided.
type Version struct {
	Version    int // from 1; 0 is the published one
	State      State
	Days       string // lines "off DATE[..DATE]" and "work DATE[..DATE]", later ones win
	Reason     string
	ProposedBy string
	ProposedAt time.Time
	DecidedBy  string
	DecidedAt  time.Time
	Note       string // of who decided
}

// Store is what the calendar needs from storage. Missing rows are faults of kind NotFound.
type Store interface {
	CalendarVersion(ctx context.Context, version int) (Version, error)
	// CalendarIn returns the one version in a state that only one can be in: proposed or
	// in force.
	CalendarIn(ctx context.Context, state State) (Version, error)
	Calendars(ctx context.Context, limit int) ([]Version, error) // newest first
	UpdateCalendar(ctx context.Context, f func(Tx) error) error
}

// Tx is a transaction over the calendar.
type Tx interface {
	// InsertCalendar stores a proposal. Kind Conflict when that number is taken or another
	// proposal is open (Field "open_key").
	InsertCalendar(v Version) error
	// MoveCalendar moves a version from one state to another, with who decided.
	MoveCalendar(v Version, to State) (moved bool, err error)
	Audit(e audit.Entry) error
}

// Service keeps the calendar.
type Service struct {
	store Store
	clock clock.Clock
	ids   *id.ULIDs
}

// NewService returns the service.
func NewService(store Store, clk clock.Clock, ids *id.ULIDs) *Service {
	return &Service{store, clk, ids}
}

// current is the version in force: the published one while nothing else was agreed.
func (s *Service) current(ctx context.Context) (Version, error) {
	v, err := s.store.CalendarIn(ctx, InForce)
	if fault.Is(err, fault.NotFound) {
		return Version{State: InForce, Days: bizdate.Published()}, nil
	}
	return v, err
}

// InForce returns the calendar in force and its version.
func (s *Service) InForce(ctx context.Context) (*bizdate.Calendar, int, error) {
	v, err := s.current(ctx)
	if err != nil {
		return nil, 0, err
	}
	c, err := bizdate.ParseCalendar(v.Days)
	if err != nil {
		return nil, 0, fault.New("calendar.InForce", fault.Corrupt, "version %d of the calendar cannot be read: %v", v.Version, err)
	}
	return c, v.Version, nil
}

// Versions lists versions, newest first; the published one has no row.
func (s *Service) Versions(ctx context.Context, limit int) ([]Version, error) {
	return s.store.Calendars(ctx, limit)
}

// Propose stores a whole calendar for somebody else to decide on. Kinds: Invalid with the
// line that cannot be read, Conflict while another proposal is open.
func (s *Service) Propose(ctx context.Context, days, by, reason string) (Version, error) {
	const op = "calendar.Propose"
	if _, err := bizdate.ParseCalendar(days); err != nil {
		return Version{}, fault.Field(op, "days", "", "%v", err)
	}
	if by == "" || reason == "" {
		return Version{}, fault.Field(op, "reason", "", "say who asks and why")
	}
	last, err := s.store.Calendars(ctx, 1)
	if err != nil {
		return Version{}, err
	}
	now := s.clock.Now()
	v := Version{Version: 1, State: Proposed, Days: days, Reason: reason, ProposedBy: by, ProposedAt: now}
	if len(last) > 0 {
		v.Version = last[0].Version + 1
	}
	return v, s.store.UpdateCalendar(ctx, func(tx Tx) error {
		if err := tx.InsertCalendar(v); err != nil {
			return err
		}
		return tx.Audit(s.entry(by, "calendar.proposed", v.Version, "", fmt.Sprintf("%d lines", strings.Count(days, "\n")), reason))
	})
}

// Emergency proposes the calendar in force with one day that is off, or worked, against
// what was published: a typhoon, an order of the authorities. The day must not lie behind.
func (s *Service) Emergency(ctx context.Context, d bizdate.Date, off bool, by, reason string) (Version, error) {
	if today := bizdate.Of(s.clock.Now()); d < today {
		return Version{}, fault.Field("calendar.Emergency", "date", d.String(), "lies behind: what was due then is done")
	}
	v, err := s.current(ctx)
	if err != nil {
		return Version{}, err
	}
	return s.Propose(ctx, strings.TrimRight(v.Days, "\n")+"\n"+map[bool]string{true: "off ", false: "work "}[off]+d.String()+"\n", by, reason)
}

// Approve puts a proposal in force in place of the version before. Who proposed it
// cannot: kind Forbidden. Kind Conflict when it was decided meanwhile.
func (s *Service) Approve(ctx context.Context, version int, by, note string) error {
	const op = "calendar.Approve"
	v, err := s.store.CalendarVersion(ctx, version)
	if err != nil {
		return err
	}
	if by == "" || by == v.ProposedBy {
		return &fault.Error{Op: op, Kind: fault.Forbidden, Field: "by", Value: by, Msg: "proposed this calendar; another person decides"}
	}
	before, err := s.current(ctx)
	if err != nil {
		return err
	}
	v.DecidedBy, v.DecidedAt, v.Note = by, s.clock.Now(), note
	return s.store.UpdateCalendar(ctx, func(tx Tx) error {
		if before.Version != 0 {
			if err := s.move(tx, before, InForce, Replaced); err != nil {
				return err
			}
		}
		if err := s.move(tx, v, Proposed, InForce); err != nil {
			return err
		}
		return tx.Audit(s.entry(by, "calendar.approved", version, fmt.Sprint(before.Version), fmt.Sprint(version), note))
	})
}

// Reject ends a proposal; who proposed it may withdraw it so.
func (s *Service) Reject(ctx context.Context, version int, by, note string) error {
	if by == "" || note == "" {
		return fault.Field("calendar.Reject", "note", "", "say why")
	}
	v, err := s.store.CalendarVersion(ctx, version)
	if err != nil {
		return err
	}
	v.DecidedBy, v.DecidedAt, v.Note = by, s.clock.Now(), note
	return s.store.UpdateCalendar(ctx, func(tx Tx) error {
		if err := s.move(tx, v, Proposed, Rejected); err != nil {
			return err
		}
		return tx.Audit(s.entry(by, "calendar.rejected", version, string(Proposed), string(Rejected), note))
	})
}

func (s *Service) move(tx Tx, v Version, from, to State) error {
	v.State = from
	moved, err := tx.MoveCalendar(v, to)
	if err == nil && !moved {
		err = &fault.Error{Op: "calendar.move", Kind: fault.Conflict, Field: "version", Value: fmt.Sprint(v.Version), Msg: "was decided by somebody else; look at it again"}
	}
	return err
}

func (s *Service) entry(by, action string, version int, before, after, reason string) audit.Entry {
	now := s.clock.Now()
	return audit.Entry{ID: s.ids.At(now), At: now, Actor: by, Action: action, Object: fmt.Sprintf("calendar %d", version), Before: before, After: after, Reason: reason}
}
