package web

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"

	"juma/acquiring"
	"juma/internal/bizdate"
	"juma/qrcode"
	"juma/qrcode/delivery"
	"juma/qrcode/render"
)

// Serials of plates that every yard has, and the batch that waits for approval.
const (
	usedSerial    = "2603100000001"
	stoppedSerial = "2603100000002"
	stockSerial   = "2603100000003"
	waitingBatch  = "01JQBATCH00000000000000002" // of 101 plates, ordered by somebody else
	readyBatch    = "01JQBATCH00000000000000001"
)

func (y *yard) Find(ctx context.Context, text string) (qrcode.Plate, qrcode.Binding, error) {
	return y.open().plates.Find(ctx, text)
}

func (y *yard) Suspend(ctx context.Context, key, by, reason string) error {
	return y.open().plates.Suspend(ctx, key, by, reason)
}

func (y *yard) Resume(ctx context.Context, key, by, reason string) error {
	return y.open().plates.Resume(ctx, key, by, reason)
}

func (y *yard) Lose(ctx context.Context, key, by, reason string) error {
	return y.open().plates.Lose(ctx, key, by, reason)
}

func (y *yard) Void(ctx context.Context, key, by, reason string) error {
	return y.open().plates.Void(ctx, key, by, reason)
}

func (y *yard) Request(ctx context.Context, o qrcode.Order) (qrcode.Batch, error) {
	return y.open().plates.Request(ctx, o)
}

func (y *yard) Approve(ctx context.Context, id, by, reason string) (qrcode.Batch, error) {
	return y.open().plates.Approve(ctx, id, by, reason)
}

func (y *yard) Reject(ctx context.Context, id, by, reason string) (qrcode.Batch, error) {
	return y.open().plates.Reject(ctx, id, by, reason)
}

func (y *yard) Generate(ctx context.Context, id string, progress func(done, total int)) (qrcode.Batch, error) {
	return y.open().plates.Generate(ctx, id, progress)
}

func (y *yard) PlateBySerial(ctx context.Context, serial string) (qrcode.Plate, qrcode.Binding, error) {
	return y.open().store.Plates().PlateBySerial(ctx, serial)
}

func (y *yard) FindPlates(ctx context.Context, f qrcode.Filter, after string, limit int) ([]qrcode.Plate, []qrcode.Binding, error) {
	return y.open().store.Plates().FindPlates(ctx, f, after, limit)
}

func (y *yard) Bindings(ctx context.Context, key string) ([]qrcode.Binding, error) {
	return y.open().store.Plates().Bindings(ctx, key)
}

func (y *yard) History(ctx context.Context, p qrcode.Plate) ([]qrcode.Event, error) {
	return y.open().store.Plates().History(ctx, p)
}

func (y *yard) Batch(ctx context.Context, id string) (qrcode.Batch, error) {
	return y.open().store.Plates().Batch(ctx, id)
}

func (y *yard) LatestBatches(ctx context.Context, before string, limit int) ([]qrcode.Batch, error) {
	return y.open().store.Plates().LatestBatches(ctx, before, limit)
}

func (y *yard) PaymentsOnPlate(ctx context.Context, key string, limit int) ([]acquiring.Payment, error) {
	return y.open().store.Acquiring().PaymentsOnPlate(ctx, key, limit)
}

func (y *yard) SoldOnPlate(ctx context.Context, key string, from bizdate.Date) ([]acquiring.DaySold, error) {
	return y.open().store.Acquiring().SoldOnPlate(ctx, key, from)
}

// pressKey signs what this press makes.
var pressKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))

// Archive prints bare codes, and breaks off in the middle when it is told to.
func (y *yard) Archive(ctx context.Context, w io.Writer, batchID, product, by string) error {
	b, err := y.Batch(ctx, batchID)
	if err != nil {
		return err
	}
	y.printed = append(y.printed, product+" for "+by)
	a := delivery.Archive{Batch: b, Key: pressKey, Plates: func(ctx context.Context, after string, limit int) ([]qrcode.Plate, error) {
		plates, _, err := y.FindPlates(ctx, qrcode.Filter{BatchID: batchID}, after, limit)
		return plates, err
	}}
	if product != "" {
		a.Pictures = delivery.Pictures{Ext: "png", Each: 1, Draw: func(plates []qrcode.Plate) ([]byte, error) {
			var b bytes.Buffer
			err := render.Code(&b, render.FormatPNG, plates[0].Payload, render.Options{})
			return b.Bytes(), err
		}}
	}
	if y.breaks != nil {
		a.Plates = func(context.Context, string, int) ([]qrcode.Plate, error) { return nil, y.breaks }
	}
	_, err = a.Write(ctx, w)
	return err
}
