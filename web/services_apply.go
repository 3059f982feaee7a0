package web

import (
	"context"
	"io"

	"juma/internal/audit"
	"juma/internal/money"
	"juma/merchants"
)

// Onboarding is what applicants do; merchants.Onboarding, which says what each
// does and fails with.
type Onboarding interface {
	Start(ctx context.Context, login string, p merchants.Profile) (merchants.ApplicationFile, error)
	Own(ctx context.Context, applicationID, login string) (merchants.ApplicationFile, error)
	Save(ctx context.Context, applicationID, login string, revision int, p merchants.Profile) (merchants.ApplicationFile, error)
	Submit(ctx context.Context, applicationID, login string, revision int) (merchants.ApplicationFile, error)
	Withdraw(ctx context.Context, applicationID, login, reason string) (merchants.ApplicationFile, error)
	ConfirmTransfer(ctx context.Context, applicationID, by string, amount money.Fen) error
	Timeline(ctx context.Context, a merchants.ApplicationFile) ([]audit.Entry, error)
}

// Applications reads what is stored of applications.
type Applications interface {
	Applications(ctx context.Context, q merchants.ApplicationQuery) ([]merchants.ApplicationFile, error)
	ReasonsOf(ctx context.Context, applicationID string, submission int) ([]merchants.Reason, error)
	VerificationsOf(ctx context.Context, applicationID string) ([]merchants.Verification, error)
}

// Uploads keeps pictures; merchants.Uploads.
type Uploads interface {
	Put(ctx context.Context, owner string, kind merchants.PictureKind, r io.Reader, by string) (merchants.Upload, error)
	Open(ctx context.Context, id string) (merchants.Upload, []byte, error)
}
