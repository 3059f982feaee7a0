package web

import (
	"context"
	"io"

	"juma/merchants"
	"juma/qrcode"
	"juma/qrcode/bindfile"
)

// FieldPlates is what people in the field do with plates; qrcode.Service, which
// says what each does and fails with.
type FieldPlates interface {
	Recognise(ctx context.Context, text string) (qrcode.Plate, qrcode.Binding, error)
	Find(ctx context.Context, text string) (qrcode.Plate, qrcode.Binding, error)
	History(ctx context.Context, p qrcode.Plate) ([]qrcode.Event, error)
	BindFrom(ctx context.Context, seen int, to qrcode.Binding, by, reason string) (qrcode.Binding, error)
	ReplaceFrom(ctx context.Context, oldKey string, seen int, newKey, by, reason string) (qrcode.Binding, error)
}

// PhotoCodes reads the codes in a photo. What is no photo is a fault as
// merchants/picture has it; a photo without a code is one of kind Corrupt.
type PhotoCodes interface {
	Codes(ctx context.Context, r io.Reader) ([]string, error)
}

// Places reads where plates can be bound; see merchants.Repository.
type Places interface {
	Merchants
	StoresOf(ctx context.Context, merchantNo string) ([]merchants.Store, error)
	TerminalsOf(ctx context.Context, merchantNo string) ([]merchants.Terminal, error)
	Terminal(ctx context.Context, no string) (merchants.Terminal, error)
}

// PlaceSearch finds merchants, stores and terminals; merchants.Upkeep.
type PlaceSearch interface {
	Search(ctx context.Context, typed string, limit int) ([]merchants.Hit, error)
}

// BindFiles binds many plates by a file; bindfile.Office.
type BindFiles interface {
	Bind(ctx context.Context, r io.Reader, by, reason string) (bound int, problems []bindfile.Problem, err error)
	Check(ctx context.Context, r io.Reader) (fit int, problems []bindfile.Problem, err error)
}
