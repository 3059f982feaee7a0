package web

import (
	"context"
	"io"

	"juma/acquiring"
	"juma/internal/bizdate"
	"juma/qrcode"
)

// PlateOffice orders plates and moves them; qrcode.Service, which says what each
// does and fails with.
type PlateOffice interface {
	Find(ctx context.Context, text string) (qrcode.Plate, qrcode.Binding, error)
	Suspend(ctx context.Context, key, by, reason string) error
	Resume(ctx context.Context, key, by, reason string) error
	Lose(ctx context.Context, key, by, reason string) error
	Void(ctx context.Context, key, by, reason string) error
	Request(ctx context.Context, o qrcode.Order) (qrcode.Batch, error)
	Approve(ctx context.Context, batchID, by, reason string) (qrcode.Batch, error)
	Reject(ctx context.Context, batchID, by, reason string) (qrcode.Batch, error)
	Generate(ctx context.Context, batchID string, progress func(done, total int)) (qrcode.Batch, error)
}

// PlateRecords reads plates and batches; see qrcode.Repository.
type PlateRecords interface {
	PlateBySerial(ctx context.Context, serial string) (qrcode.Plate, qrcode.Binding, error)
	FindPlates(ctx context.Context, f qrcode.Filter, afterSerial string, limit int) ([]qrcode.Plate, []qrcode.Binding, error)
	Bindings(ctx context.Context, key string) ([]qrcode.Binding, error)
	History(ctx context.Context, p qrcode.Plate) ([]qrcode.Event, error)
	Batch(ctx context.Context, id string) (qrcode.Batch, error)
	// LatestBatches lists the newest first, before the given one ("" = from the
	// newest).
	LatestBatches(ctx context.Context, beforeID string, limit int) ([]qrcode.Batch, error)
}

// PlateSales reads what plates sold; see acquiring.Store.
type PlateSales interface {
	PaymentsOnPlate(ctx context.Context, plateKey string, limit int) ([]acquiring.Payment, error)
	SoldOnPlate(ctx context.Context, plateKey string, from bizdate.Date) ([]acquiring.DaySold, error)
}

// Press makes what a printer gets.
type Press interface {
	// Archive writes a batch as a ZIP file with manifest, signature and pictures of
	// the product, and has it on record who got it before the first byte is written.
	// It needs little memory, however large the batch.
	Archive(ctx context.Context, w io.Writer, batchID, product, by string) error
}
