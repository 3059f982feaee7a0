package web

import (
	"context"

	"juma/acquiring"
)

// CodeScans takes payments by the code on the payer's phone; acquiring.Service,
// which says what each does and fails with.
type CodeScans interface {
	PayByCode(ctx context.Context, in acquiring.CodeInput) (acquiring.Payment, error)
	Look(ctx context.Context, orderNo string) (acquiring.Payment, error)
}
