package web

import (
	"context"

	"juma/clearing"
	"juma/clearing/intake"
	"juma/internal/bizdate"
)

// StatementOffice takes statement files in and clears those in quarantine;
// clearing.Service, which says what each does and fails with.
type StatementOffice interface {
	StatementDay(ctx context.Context, d bizdate.Date) ([]clearing.ChannelFiles, error)
	StatementFiles(ctx context.Context, d bizdate.Date) ([]clearing.StatementRow, error)
	Quarantine(ctx context.Context, limit int) ([]clearing.StatementRow, error)
	StatementFile(ctx context.Context, id string) (clearing.StatementRow, []clearing.Clearance, error)
	KnownMap(ctx context.Context, row clearing.StatementRow) (string, error)
	Import(ctx context.Context, f intake.File, actor string) ([]clearing.Taken, error)
	Propose(ctx context.Context, w clearing.Wish) (clearing.Clearance, error)
	Decide(ctx context.Context, id string, approve bool, by, note string) (clearing.Taken, error)
}
