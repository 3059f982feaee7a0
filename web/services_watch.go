package web

import (
	"context"

	"juma/acquiring/watch"
)

// Alarms are those about plates; watch.Service, which says what each does and
// fails with.
type Alarms interface {
	Alarms(ctx context.Context, q watch.Query) ([]watch.Alarm, error)
	Alarm(ctx context.Context, id string) (watch.Alarm, error)
	CountAlarms(ctx context.Context) (map[watch.Kind]int, error)
	Acknowledge(ctx context.Context, id, by, note string) (watch.Alarm, error)
	Close(ctx context.Context, id, by, reason string) (watch.Alarm, error)
}
