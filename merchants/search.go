package merchants

import "context"

// HitKind is what kind of thing a search found.
type HitKind string

// The kinds of things that are found.
const (
	ApplicationHit HitKind = "application"
	MerchantHit    HitKind = "merchant"
	StoreHit       HitKind = "store"
	TerminalHit    HitKind = "terminal"
	PlateHit       HitKind = "plate"
	PaymentHit     HitKind = "payment"
	RefundHit      HitKind = "refund"
)

// HitBy is which identifier was typed, as a stable key.
type HitBy string

// The identifiers.
const (
	ByNumber    HitBy = "number" // the thing's own
	ByCode      HitBy = "uscc"
	ByPerson    HitBy = "id_no"
	ByPhone     HitBy = "phone"
	ByAccount   HitBy = "account"
	ByName      HitBy = "name"       // a part of it
	ByChannelID HitBy = "channel_id" // number at a channel
	BySerial    HitBy = "serial"     // of a plate
	ByKey       HitBy = "plate_key"
	ByRRN       HitBy = "rrn"
)

// Hit is one thing that a search found. Nothing in it identifies a person in full.
type Hit struct {
	Kind       HitKind
	ID         string // application, store: ULID; plate: serial; else its number
	Name       string // as lists may show it
	State      string
	MerchantNo string
	By         HitBy
}

// Exact tells that an identifier was typed in full, not a part of a name.
func (h Hit) Exact() bool { return h.By != ByName }

// Search finds applications, merchants, stores, terminals, plates and orders by
// whatever identifies them: their number, the code of the company, identity number,
// phone, account, number at a channel, reference number, a plate's serial or key,
// all exact; and by at least two letters of a name, in any place. It never reads
// through everything: each identifier has an index, blind where it is a person's.
func (u *Upkeep) Search(ctx context.Context, typed string, limit int) ([]Hit, error) {
	return u.Store.Search(ctx, typed, limit)
}
