package web

import (
	"context"

	"juma/internal/audit"
	"juma/merchants"
)

// Review is what reviewers do with applications; merchants.Onboarding, which says
// what each does and fails with.
type Review interface {
	Approve(ctx context.Context, applicationID, by string, revision int, note string) (merchants.ApplicationFile, error)
	Reject(ctx context.Context, applicationID, by string, revision int, reasons []merchants.Reason) (merchants.ApplicationFile, error)
	ProposeOverride(ctx context.Context, applicationID, by, reason string) (merchants.ApplicationFile, error)
	ConfirmOverride(ctx context.Context, applicationID, by, reason string) (merchants.ApplicationFile, error)
	Changes(ctx context.Context, a merchants.ApplicationFile) ([]merchants.Change, error)
	Timeline(ctx context.Context, a merchants.ApplicationFile) ([]audit.Entry, error)
	Reveal(ctx context.Context, applicationID, path, by, reason string) (string, error)
}

// ReviewFiles reads the applications that reviewers see.
type ReviewFiles interface {
	Application(ctx context.Context, id string) (merchants.ApplicationFile, error)
	// ApplicationOfMerchant is kind NotFound for a merchant that came otherwise.
	ApplicationOfMerchant(ctx context.Context, merchantNo string) (merchants.ApplicationFile, error)
	CountApplications(ctx context.Context) (map[merchants.ApplicationState]int, error)
}
