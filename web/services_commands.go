package web

import (
	"context"

	"juma/acquiring"
)

// Commands does something about refunds whose commands were given up or refused;
// acquiring.Service, which says what each fails with.
type Commands interface {
	Redrive(ctx context.Context, refundNo, by, reason string) (acquiring.Command, error)
	RetryRefund(ctx context.Context, refundNo, by, reason string) (acquiring.Refund, error)
}

// CommandRecords reads commands and the refunds that they carry; see
// acquiring.Store.
type CommandRecords interface {
	Command(ctx context.Context, kind acquiring.CommandKind, objectNo string) (acquiring.Command, error)
	Commands(ctx context.Context, page acquiring.CommandPage) ([]acquiring.Command, error)
	Refund(ctx context.Context, refundNo string) (acquiring.Refund, error)
}
