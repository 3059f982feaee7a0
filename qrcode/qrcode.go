// Package qrcode knows plates (码牌): their keys, payloads, life cycle and
// binding history. It knows nothing of merchants' affairs or payments; a binding
// carries their numbers as text.
package qrcode

import (
	"context"
	"time"

	"juma/internal/bizdate"
)

// Grammar of a plate's payload.
type Grammar string

// The payload grammars.
const (
	// Own is https://HOST/q/KEY.
	Own Grammar = "own"
	// UnionPay is https://qr.95516.com/IIIIRRRR/KEY.
	UnionPay Grammar = "unionpay"
	// EMV is an EMVCo merchant-presented code with a template of ours.
	EMV Grammar = "emvco"
)

// Source of a batch's codes.
type Source string

// The sources of a batch.
const (
	// Issued codes have keys that we drew.
	Issued Source = "issued"
	// Imported codes were applied for at UnionPay and came in its allocation file.
	Imported Source = "imported"
)

// Plate is one printed code.
type Plate struct {
	Key       string
	Serial    string // printed below the code, see Serial; not a secret
	BatchID   string
	Grammar   Grammar
	Payload   string // exactly what the picture holds
	State     State
	Holder    string // branch or agent that has it in stock; "" = nobody yet
	CreatedAt time.Time
}

// Batch is an order of plates.
type Batch struct {
	ID          string // ULID
	State       BatchState
	Source      Source
	Grammar     Grammar
	Institution string       // 8 digits, for UnionPay payloads
	Host        string       // of own payloads, and of what a tap opens
	Issuer      Issuer       // for EMVCo payloads
	Count       int          // plates ordered
	Made        int          // of them stored
	SerialDay   bizdate.Date // the serials are those of this day …
	SerialFrom  int          // … from this number
	Shape       string       // of imported keys, see shape
	Reason      string       // what the order is for
	CreatedAt   time.Time
	CreatedBy   string
	ApprovedBy  string
	Manifest    string // SHA-256 of the last exported manifest, hex
}

// Issuer is who an EMVCo code names as long as no merchant is bound: printable
// ASCII, a name of up to 25 characters and a city of up to 15.
type Issuer struct {
	Name, City string
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
	Reason     string
}

// Event is a line of history: what happened to a plate, or to a batch and with
// it to all or some of its plates.
type Event struct {
	ID       string // ULID
	BatchID  string
	PlateKey string // "" for a batch's event
	// Serials of the plates that a batch's event is about; "" for all.
	FromSerial, ToSerial string
	Action               string // "bind", see Moves
	Before, After        string // states, or holders
	At                   time.Time
	By                   string
	Reason               string
}

// Filter chooses plates; empty fields choose all.
type Filter struct {
	State      State
	BatchID    string
	MerchantNo string // bound to it now
	Holder     string
}

// Range chooses plates of stock: by batch, by serials, or both.
type Range struct {
	BatchID              string
	FromSerial, ToSerial string // both inclusive; "" is open
}

// Change is who changes something, when and why.
type Change struct {
	By, Reason string
	At         time.Time
}

// Repository is what the service needs from storage. Each method is one
// transaction. A move that finds its plate or batch in another state changes
// nothing and says moved = false; every move that happens leaves an event and an
// audit entry.
type Repository interface {
	// RequestBatch stores a batch and draws its serial numbers. The same ID again
	// returns what is stored.
	RequestBatch(ctx context.Context, b Batch) (Batch, error)
	// Batch returns a batch; fault kind NotFound when there is none.
	Batch(ctx context.Context, id string) (Batch, error)
	// Batches lists by ID, after the given one, at most limit.
	Batches(ctx context.Context, afterID string, limit int) ([]Batch, error)
	// LatestBatches lists the newest first, before the given one ("" = from the
	// newest), at most limit.
	LatestBatches(ctx context.Context, beforeID string, limit int) ([]Batch, error)
	// MoveBatch moves a batch along m. An approval remembers who gave it, an export
	// its manifest's digest.
	MoveBatch(ctx context.Context, id string, m BatchMove, manifest string, c Change) (moved bool, err error)
	// AddPlates stores the next plates of an approved batch that has made of them
	// already; with the last of them the batch is generated.
	AddPlates(ctx context.Context, b Batch, made int, plates []Plate, at time.Time) (moved bool, err error)
	// ImportBatch stores a batch with all plates that next gives until it gives
	// none, all or nothing.
	ImportBatch(ctx context.Context, b Batch, next func(Batch) ([]Plate, error)) (Batch, error)
	// Taken tells which of the keys are plates already.
	Taken(ctx context.Context, keys []string) (map[string]bool, error)
	// Shapes lists the shapes of imported keys.
	Shapes(ctx context.Context) ([]string, error)

	// Plate returns a plate and its binding in force (zero Binding when none);
	// fault kind NotFound when there is no such plate.
	Plate(ctx context.Context, key string) (Plate, Binding, error)
	// PlateBySerial is Plate by the printed number.
	PlateBySerial(ctx context.Context, serial string) (Plate, Binding, error)
	// Plates lists by serial, after the given one, at most limit, each with its
	// binding in force.
	Plates(ctx context.Context, afterSerial string, limit int) ([]Plate, []Binding, error)
	// FindPlates is Plates for those that the filter chooses.
	FindPlates(ctx context.Context, f Filter, afterSerial string, limit int) ([]Plate, []Binding, error)
	// CountPlates counts plates by state.
	CountPlates(ctx context.Context) (map[State]int, error)

	// Bind moves blank plates to bound and stores the bindings, all or nothing:
	// taken lists those that were not blank. Version 0 is the plate's next. The
	// times stored are returned: none begins before the one before it ended.
	Bind(ctx context.Context, all ...Binding) (stored []Binding, taken []int, err error)
	// Rebind ends the binding of that version and begins b in the same instant.
	Rebind(ctx context.Context, version int, b Binding) (stored Binding, moved bool, err error)
	// Replace ends the old plate and its binding of that version, and binds the
	// new, blank one to the same terminal.
	Replace(ctx context.Context, version int, oldKey string, b Binding) (stored Binding, moved bool, err error)
	// Move moves a plate along m, which binds nothing.
	Move(ctx context.Context, key string, m Move, c Change) (moved bool, err error)
	// Stock gives blank plates of exported batches to a holder and says how many.
	Stock(ctx context.Context, r Range, holder string, c Change) (n int, err error)

	// Bindings is the binding history of a plate, oldest first.
	Bindings(ctx context.Context, key string) ([]Binding, error)
	// BindingAt is the binding that was in force at the instant; NotFound when
	// none was.
	BindingAt(ctx context.Context, key string, at time.Time) (Binding, error)
	// History lists what happened to a plate and to its batch, oldest first.
	History(ctx context.Context, p Plate) ([]Event, error)
}
