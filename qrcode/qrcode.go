// Package qrcode knows plates (码牌): their keys, payloads, life cycle and
// binding history. It knows nothing of merchants' affairs or payments; a binding
// carries their numbers as text.
package qrcode

import (
	"context"
	"time"
)

// State of a plate.
type State string

// The states of a plate. Blank plates are bound; a bound one may be suspended
// and resumed; void is final and its key is never issued again.
const (
	Blank     State = "blank"
	Bound     State = "bound"
	Suspended State = "suspended"
	Void      State = "void"
)

// Grammar of a plate's payload.
type Grammar string

// The payload grammars.
const (
	// Own is https://HOST/q/KEY.
	Own Grammar = "own"
	// UnionPay is https://qr.95516.com/IIIIRRRR/KEY.
	UnionPay Grammar = "unionpay"
)

// Plate is one printed code.
type Plate struct {
	Key       string
	Serial    string // printed below the code, e.g. "26031000001"; not a secret
	BatchID   string
	Grammar   Grammar
	Payload   string // exactly what the picture holds
	State     State
	CreatedAt time.Time
}

// Batch is an order of plates.
type Batch struct {
	ID          string // ULID
	Grammar     Grammar
	Institution string // 8 digits, for UnionPay payloads
	Count       int
	CreatedAt   time.Time
	CreatedBy   string
}

// Binding ties a plate to a terminal at a store of a merchant for a time.
// Versions of one plate count from 1; their times never overlap.
type Binding struct {
	PlateKey   string
	Version    int
	MerchantNo string
	StoreID    string
	TerminalNo string
	From       time.Time
	To         time.Time // zero: in force
	BoundBy    string
}

// Repository is what the service needs from storage. Each method is one
// transaction.
type Repository interface {
	// CreateBatch stores a batch with its plates, all or nothing.
	CreateBatch(ctx context.Context, b Batch, plates []Plate) error
	// Plate returns a plate and its binding in force (zero Binding when none);
	// fault kind NotFound when there is no such plate.
	Plate(ctx context.Context, key string) (Plate, Binding, error)
	// Plates lists by serial, after the given one, at most limit, each with its
	// binding in force.
	Plates(ctx context.Context, afterSerial string, limit int) ([]Plate, []Binding, error)
	// CountPlates counts plates by state.
	CountPlates(ctx context.Context) (map[State]int, error)
	// Bind moves the plate from blank to bound and stores the binding; moved is
	// false when the plate was not blank.
	Bind(ctx context.Context, b Binding) (moved bool, err error)
	// SetPlateState moves the plate if it is in one of the states from.
	SetPlateState(ctx context.Context, key string, from []State, to State, by, reason string, at time.Time) (moved bool, err error)
	// Bindings is the binding history of a plate, oldest first.
	Bindings(ctx context.Context, key string) ([]Binding, error)
}
