package web

import (
	"context"

	"juma/clearing/terms"
	"juma/internal/bizdate"
)

// TermOffice keeps settlement terms and holds; terms.Service, which says what each does
// and fails with.
type TermOffice interface {
	Changes(ctx context.Context, merchantNo string, state terms.State, limit int) ([]terms.Change, error)
	Holds(ctx context.Context, merchantNo string, state terms.HoldState, limit int) ([]terms.Hold, error)
	Propose(ctx context.Context, merchantNo string, t terms.Terms, from bizdate.Date, by, reason string) (terms.Change, error)
	Approve(ctx context.Context, id, by, note string) error
	Reject(ctx context.Context, id, by, note string) error
	Put(ctx context.Context, scope terms.Scope, objectNo string, kind terms.Kind, by, reason string) (terms.Hold, error)
	End(ctx context.Context, id, by, reason string) error
}
