// Package health puts together how the channels are: what their calls came to, where
// their breakers stand, which certificates end soon, who serves them and what waits.
// It changes nothing. Calls and breakers are those of this process.
package health

import (
	"context"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/measure"
	"juma/acquiring/routing"
	"juma/internal/clock"
	"juma/internal/fault"
)

// Config is what a Service is made of; every field must be given.
type Config struct {
	Channels []channel.Name // that are configured, in the order in which they are shown
	Adapters map[channel.Name]channel.Adapter
	Meter    *measure.Meter
	Breakers *routing.Breakers
	Members  Members
	Backlogs Backlogs
	Clock    clock.Clock
}

// Members tells which processes serve a channel; the bus. Since is by their own clocks.
type Members interface {
	ChannelMembers(ctx context.Context) (map[channel.Name][]Member, error)
}

// Member is a process that serves a channel.
type Member struct {
	ID    string // drawn anew at each start
	Since time.Time
	Calls int
}

// Backlogs counts what waits, by channel; the database.
type Backlogs interface {
	Backlogs(ctx context.Context, now time.Time) (map[channel.Name]Backlog, error)
}

// BacklogAges bound the ages by which a backlog is counted.
var BacklogAges = [...]time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 24 * time.Hour}

// Backlog is what waits at a channel.
type Backlog struct {
	// Open counts payments and refunds that are not final: younger than the first of
	// BacklogAges, between two of them, and older than the last.
	Open [len(BacklogAges) + 1]int
	// Oldest is when the oldest of them was created; zero for none.
	Oldest time.Time
	// Waiting commands are on their way to the channel; Dead ones were given up.
	Waiting, Dead int
}

// Overdue is how many should have been final long ago: half an hour and older.
func (b Backlog) Overdue() int { return b.Open[3] + b.Open[4] }

// All is how many are open.
func (b Backlog) All() int {
	n := 0
	for _, k := range b.Open {
		n += k
	}
	return n
}

// Channel is how one channel is.
type Channel struct {
	Name    channel.Name
	Buckets []measure.Bucket // of the last day, oldest first, none empty
	// Hour and Day sum the calls of the last hour and of the last day up.
	Hour, Day   measure.Bucket
	Breaker     routing.BreakerReport
	Credentials []channel.Credential
	// NoCredentials says that the adapter could not be asked for them.
	NoCredentials bool
	Members       []Member
	Backlog       Backlog
	Warnings      []Warning // the worst first
}

// Report is how all are.
type Report struct {
	At       time.Time
	Since    time.Time // when this process began to count calls
	Channels []Channel
}

// Service makes reports.
type Service struct{ cfg Config }

// NewService returns the service.
func NewService(cfg Config) (*Service, error) {
	if cfg.Meter == nil || cfg.Breakers == nil || cfg.Members == nil || cfg.Backlogs == nil || cfg.Clock == nil {
		return nil, fault.New("health.NewService", fault.Internal, "a dependency is missing")
	}
	return &Service{cfg}, nil
}

// Report looks at every channel. Kind Unavailable when the message bus or the database
// cannot be asked; one adapter that cannot is part of the report.
func (s *Service) Report(ctx context.Context) (Report, error) {
	const op = "health.Report"
	now := s.cfg.Clock.Now()
	r := Report{At: now, Since: s.cfg.Meter.Since()}
	members, err := s.cfg.Members.ChannelMembers(ctx)
	if err != nil {
		return r, fault.Wrap(op, "", err)
	}
	backlogs, err := s.cfg.Backlogs.Backlogs(ctx, now)
	if err != nil {
		return r, fault.Wrap(op, "", err)
	}
	for _, name := range s.cfg.Channels {
		c := Channel{Name: name, Buckets: s.cfg.Meter.Buckets(name), Breaker: s.cfg.Breakers.Report(name, now), Members: members[name], Backlog: backlogs[name]}
		c.Day, c.Hour = measure.Sum(c.Buckets), measure.Sum(since(c.Buckets, now.Add(-time.Hour)))
		if len(c.Members) > 0 {
			c.Credentials, c.NoCredentials = s.credentials(ctx, name)
		}
		c.Warnings = c.warnings(now)
		r.Channels = append(r.Channels, c)
	}
	return r, nil
}

func (s *Service) credentials(ctx context.Context, name channel.Name) (all []channel.Credential, unknown bool) {
	lister, ok := s.cfg.Adapters[name].(channel.CredentialLister)
	if !ok {
		return nil, false
	}
	all, err := lister.Credentials(ctx)
	return all, err != nil
}

// since are the buckets that ended after a time.
func since(buckets []measure.Bucket, t time.Time) []measure.Bucket {
	for i, b := range buckets {
		if b.From.Add(measure.Length).After(t) {
			return buckets[i:]
		}
	}
	return nil
}
