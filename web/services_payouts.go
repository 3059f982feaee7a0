package web

import (
	"context"

	"juma/clearing/payout"
	"juma/internal/bizdate"
)

// PayoutRecords reads what merchants are paid and what the bank says about it; see
// payout.Store.
type PayoutRecords interface {
	Sums(ctx context.Context) ([]payout.DaySum, error)
	PayoutsOn(ctx context.Context, d bizdate.Date) ([]payout.Payout, error)
	PayoutsOf(ctx context.Context, merchantNo string) ([]payout.Payout, error)
	Unpaid(ctx context.Context) ([]payout.Payout, error)
	Instructions(ctx context.Context, d bizdate.Date) ([]payout.Instruction, error)
	Proofs(ctx context.Context, d bizdate.Date) ([]payout.Proof, error)
}

// PayoutOffice pays again what failed or came back, and reads instruction files;
// payout.Service, which says what each does and fails with.
type PayoutOffice interface {
	ProposeAgain(ctx context.Context, no, by, reason string) (payout.Payout, error)
	ReleaseAgain(ctx context.Context, no, by string) error
	WithdrawAgain(ctx context.Context, no, by string) error
	File(ctx context.Context, id string) (payout.Instruction, []byte, error)
}
