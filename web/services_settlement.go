package web

import (
	"context"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
)

// Clearing reads settlement and records downloads; see clearing.Store.
type Clearing interface {
	Day(ctx context.Context, ch channel.Name, d bizdate.Date) (clearing.Day, error)
	Days(ctx context.Context, since bizdate.Date) ([]clearing.Day, error)
	Jobs(ctx context.Context, since bizdate.Date) ([]clearing.Job, error)
	Items(ctx context.Context, d bizdate.Date) ([]clearing.Item, error)
	ChannelAccounts(ctx context.Context) ([]channel.Account, error)
	Batch(ctx context.Context, d bizdate.Date) (clearing.Batch, error)
	Batches(ctx context.Context) ([]clearing.Batch, error)
	Settlements(ctx context.Context, d bizdate.Date) ([]clearing.Settlement, error)
	SettlementsOf(ctx context.Context, merchantNo string) ([]clearing.Settlement, error)
	Unsettled(ctx context.Context, d bizdate.Date) (held, nextDay, refundsHeld, refundsNextDay clearing.Sum, err error)
	Files(ctx context.Context, d bizdate.Date) ([]clearing.FileRow, error)
	File(ctx context.Context, id string) (clearing.FileRow, error)
	LogDownload(ctx context.Context, d clearing.Download) error
}

// ClearingOffice computes, settles, files and releases days; clearing.Service, which
// says what each does and fails with.
type ClearingOffice interface {
	PreviewSettlement(ctx context.Context, d bizdate.Date) (clearing.Preview, error)
	Settle(ctx context.Context, d bizdate.Date, by string) error
	WriteFiles(ctx context.Context, d bizdate.Date) error
	Release(ctx context.Context, d bizdate.Date, by string) (clearing.Batch, error)
}
