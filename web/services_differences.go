package web

import (
	"context"

	"juma/clearing/cases"
)

// Differences is the work on what the reconciliation leaves waiting; cases.Service,
// which says what each does and fails with.
type Differences interface {
	Waiting(ctx context.Context) (int, error)
	Queue(ctx context.Context, f cases.Filter) (cases.Queue, error)
	File(ctx context.Context, itemID string) (cases.File, error)
	SettledItem(ctx context.Context, orderNo string) (string, error)
	Take(ctx context.Context, itemIDs []string, by string) (int, []cases.Refusal, error)
	HandOver(ctx context.Context, itemID, to, by, note string) error
	Comment(ctx context.Context, itemIDs []string, by, text string) (int, []cases.Refusal, error)
	Propose(ctx context.Context, itemIDs []string, p cases.Proposal, by string) (int, []cases.Refusal, error)
	Approve(ctx context.Context, proposalID, by, note string) error
	Reject(ctx context.Context, proposalID, by, note string) error
}
