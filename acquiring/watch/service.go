package watch

import (
	"context"
	"log/slog"
	"time"

	"juma/internal/audit"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

// Store is what the watch needs from storage. Missing rows are faults of kind
// NotFound.
type Store interface {
	// AddRefusals adds to the counters.
	AddRefusals(ctx context.Context, all []Refusals) error
	// ForgetRefusals removes counters of intervals before a time.
	ForgetRefusals(ctx context.Context, before time.Time) error

	// Suspects names the plates that a rule other than Silence may have something to
	// say about. It asks indexes only, so that a sweep costs what happened lately and
	// not what hangs in shops.
	Suspects(ctx context.Context, now time.Time, s Settings) ([]string, error)
	// Windows returns the facts about the plates, without LastPaid; keys that are no
	// plates are left out.
	Windows(ctx context.Context, now time.Time, keys []string, s Settings) (map[string]Window, error)

	// Looks lists the plates whose silence is to be looked at by now, longest due
	// first.
	Looks(ctx context.Context, now time.Time, limit int) ([]Look, error)
	// SaveLook stores when to look next, if nobody else did meanwhile.
	SaveLook(ctx context.Context, l Look, was time.Time) error
	// Hours counts what a plate sold since a time, by the hour, oldest first.
	Hours(ctx context.Context, plateKey string, from time.Time, s Settings) ([]Hour, error)
	// LastPaid is when the plate last sold something since a time; zero: not at all.
	LastPaid(ctx context.Context, plateKey string, since time.Time) (time.Time, error)

	// Raise stores an alarm unless one of its kind and plate is not closed; then it
	// brings that one's finding up to date and says raised = false.
	Raise(ctx context.Context, a Alarm, e audit.Entry) (raised bool, err error)
	// SaveAlarm stores an alarm if it still is in the state seen.
	SaveAlarm(ctx context.Context, a Alarm, seen State, e audit.Entry) (moved bool, err error)
	Alarm(ctx context.Context, id string) (Alarm, error)
	Alarms(ctx context.Context, q Query) ([]Alarm, error)
	// CountAlarms counts the alarms that are not closed, by kind.
	CountAlarms(ctx context.Context) (map[Kind]int, error)
}

// Query chooses alarms, newest first; zero fields choose all.
type Query struct {
	States   []State
	Kind     Kind
	PlateKey string
	BeforeID string
	Limit    int
}

// Look is when a plate's silence is looked at next, and what it usually sells.
type Look struct {
	PlateKey  string
	At        time.Time
	LearnedAt time.Time
	Usual     Week
}

// Config is what a Service is made of. Fields without a stated default must be
// given.
type Config struct {
	Store    Store
	Clock    clock.Clock
	IDs      *id.ULIDs
	Settings Settings     // zero takes DefaultSettings
	Log      *slog.Logger // nil: discard
}

// Service watches. Several may run side by side, one in each process.
type Service struct {
	Config
	refused counter
}

// NewService returns the service.
func NewService(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Clock == nil || cfg.IDs == nil {
		return nil, fault.New("watch.NewService", fault.Internal, "a dependency is missing")
	}
	if cfg.Settings == (Settings{}) {
		cfg.Settings = DefaultSettings()
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{Config: cfg}, nil
}

// Alarms lists alarms, newest first.
func (s *Service) Alarms(ctx context.Context, q Query) ([]Alarm, error) {
	all, err := s.Store.Alarms(ctx, q)
	return all, fault.Wrap("watch.Alarms", "", err)
}

// Alarm returns an alarm.
func (s *Service) Alarm(ctx context.Context, id string) (Alarm, error) {
	a, err := s.Store.Alarm(ctx, id)
	return a, fault.Wrap("watch.Alarm", "", err)
}

// CountAlarms counts the alarms that are not closed, by kind.
func (s *Service) CountAlarms(ctx context.Context) (map[Kind]int, error) {
	n, err := s.Store.CountAlarms(ctx)
	return n, fault.Wrap("watch.CountAlarms", "", err)
}

// Acknowledge says that somebody looks into an open alarm. One that is not open is
// fault kind Conflict, and the alarm returned says who was faster.
func (s *Service) Acknowledge(ctx context.Context, id, by, note string) (Alarm, error) {
	return s.move(ctx, "watch.Acknowledge", id, by, note, func(a *Alarm, now time.Time) bool {
		if a.State != Open {
			return false
		}
		a.State, a.AckedAt, a.AckedBy, a.AckNote = Acknowledged, now, by, note
		return true
	})
}

// Close ends an alarm, with the reason. What was before is not told again; one that
// is closed is fault kind Conflict.
func (s *Service) Close(ctx context.Context, id, by, reason string) (Alarm, error) {
	if reason == "" {
		return Alarm{}, fault.Field("watch.Close", "reason", "", "say what was found out")
	}
	return s.move(ctx, "watch.Close", id, by, reason, func(a *Alarm, now time.Time) bool {
		if a.State == Closed {
			return false
		}
		a.State, a.ClosedAt, a.ClosedBy, a.Reason = Closed, now, by, reason
		return true
	})
}

// maxReason is how many bytes of a reason are kept.
const maxReason = 512

func (s *Service) move(ctx context.Context, op, id, by, reason string, change func(*Alarm, time.Time) bool) (Alarm, error) {
	switch {
	case by == "" || len(by) > 64:
		return Alarm{}, fault.Field(op, "by", by, "say in 1 to 64 bytes who does this")
	case len(reason) > maxReason:
		return Alarm{}, fault.Field(op, "reason", reason, "has %d bytes, at most %d are kept", len(reason), maxReason)
	}
	seen, err := s.Store.Alarm(ctx, id)
	if err != nil {
		return Alarm{}, fault.Wrap(op, "", err)
	}
	a, now := seen, s.Clock.Now()
	moved := change(&a, now)
	if moved {
		moved, err = s.Store.SaveAlarm(ctx, a, seen.State, s.entry(a, by, string(seen.State), reason, now))
	}
	switch {
	case err != nil:
		return Alarm{}, fault.Wrap(op, "", err)
	case moved:
		return a, nil
	}
	if a, err = s.Store.Alarm(ctx, id); err != nil {
		return Alarm{}, fault.Wrap(op, "", err)
	}
	return a, fault.New(op, fault.Conflict, "the alarm is %s: somebody else was faster", a.State)
}

// entry is the audit's line of an alarm.
func (s *Service) entry(a Alarm, by, before, reason string, now time.Time) audit.Entry {
	return audit.Entry{
		ID: s.IDs.At(now), At: now, Actor: by, Action: "alarm." + string(a.State), Object: "alarm " + a.ID,
		Before: before, After: string(a.Kind) + " of plate " + a.Serial, Reason: reason,
	}
}
