package app

import (
	"context"
	"io"

	"juma/internal/fault"
	"juma/merchants"
	"juma/merchants/picture"
	"juma/qrcode"
	"juma/qrcode/bindfile"
	"juma/qrcode/scan"
)

// BindFiles binds plates by files.
func (o *PlateOffice) BindFiles() bindfile.Office { return bindFiles(o.Service, o.Store.Merchants()) }

func bindFiles(plates *qrcode.Service, m merchants.Repository) bindfile.Office {
	return bindfile.Office{Plates: plates, Terminal: func(ctx context.Context, no string) (bindfile.Terminal, error) {
		t, err := m.Terminal(ctx, no)
		if err != nil {
			return bindfile.Terminal{}, err
		}
		of, err := m.Merchant(ctx, t.MerchantNo)
		return bindfile.Terminal{
			No: t.No, StoreID: t.StoreID, MerchantNo: t.MerchantNo, Closed: !t.ClosedAt.IsZero() || of.State == merchants.Closed,
		}, err
	}}
}

// maxBindLines is the most that a page binds at once: it has a minute for it.
const maxBindLines = 5000

// bindFiles binds plates by files that a page is sent.
func (a *App) bindFiles() bindfile.Office {
	o := bindFiles(a.Plates, a.Store.Merchants())
	o.MaxLines = maxBindLines
	return o
}

// photoCodes reads codes in photos that people send. One is opened at a time: each
// may need hundreds of megabytes.
type photoCodes struct{ turn chan struct{} }

func newPhotoCodes() photoCodes { return photoCodes{make(chan struct{}, 1)} }

// Codes reads a photo. What is no photo, or too large, is a fault as picture.Read
// has it; a photo without a code is one of kind Corrupt.
func (p photoCodes) Codes(ctx context.Context, r io.Reader) ([]string, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, fault.Wrap("app.Codes", fault.Unavailable, ctx.Err())
	}
	img, err := picture.Decode(r)
	if err != nil {
		return nil, err
	}
	return scan.Photo(img)
}
