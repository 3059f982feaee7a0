package web

import (
	"context"

	"juma/acquiring"
	"juma/acquiring/routing"
	"juma/internal/bizdate"
)

// RouteOffice keeps the rules of routing; routing.Service, which says what each does
// and fails with.
type RouteOffice interface {
	InForce(ctx context.Context) (routing.Set, int, error)
	Versions(ctx context.Context, before, limit int) ([]routing.Version, error)
	Version(ctx context.Context, version int) (routing.Version, error)
	Propose(ctx context.Context, set routing.Set, by, reason string) (routing.Version, error)
	Approve(ctx context.Context, version int, by, note string) error
	Reject(ctx context.Context, version int, by, note string) error
	DryRun(ctx context.Context, set routing.Set, day bizdate.Date) (routing.Trial, error)
}

// RouteReasons answers why a payment went where it went.
type RouteReasons interface {
	RouteOf(ctx context.Context, orderNo string) (acquiring.Payment, routing.Record, error)
}
