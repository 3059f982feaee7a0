// Package clearing proves a business day and settles it: statements in, every
// line of both sides in exactly one class, only what is matched settles, T+1 by
// the calendar, files that balance with the ledger or no files. Reconcile and the
// settlement computation are pure; Service puts storage, channels and the disk
// around them. Every step can be run again and then changes nothing.
package clearing

import (
	"context"
	"time"

	"juma/acquiring/channel"
	"juma/clearing/terms"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/ledger"
	"juma/internal/money"
)

// Record is a final payment or refund of ours, as clearing sees it.
type Record struct {
	Kind               channel.LineKind
	OrderNo            string // payment order number, or refund number of a refund
	OrigOrderNo        string // of a refund: the payment's
	Channel            channel.Name
	ChannelID          string // the merchant's number at the channel
	ChannelNo          string // the wallet's number
	MerchantNo         string
	TerminalNo         string
	Trace              string
	RRN                string
	Amount             money.Fen
	PayerID            string        // who paid, as the wallet's authorisation named them; of a refund, who paid its payment
	Payer              string        // account as we know it; may be empty
	Time               time.Time     // success time; zero when only the statement knows it
	Date               bizdate.Date  // clearing date as we know it
	FeeRate            money.RatePPM // of the payment; for a refund, of its payment
	FeeCap             money.Fen
	AgreementID        string           // that they are from
	Card               channel.CardKind // that paid, where the channel tells
	MCC                string           // the merchant's
	OrigAmount         money.Fen        // of a refund: the payment's amount …
	OrigDate           bizdate.Date     // … clearing date …
	OrigTrace          string           // … trace …
	OrigTime           time.Time        // … success time …
	OrigChannelNo      string           // … wallet's number …
	OrigRefundedBefore money.Fen        // … and what earlier refunds of it (by refund number) gave back, succeeded ones only
	// SecondNo is set on the refund of a second success: the channel's number of what
	// it gives back. It is no money of the merchant's and never settles.
	SecondNo string
}

// Key names a record or line within a channel.
type Key struct {
	Kind    channel.LineKind
	OrderNo string
}

// Class is where reconciliation puts a line: Matched, or the kind of the
// discrepancy. A kind states what was observed.
type Class string

// The classes.
const (
	Matched       Class = "matched"
	MissingOurs   Class = "missing_ours"   // the statement has it, we do not (long)
	MissingTheirs Class = "missing_theirs" // we have it, the statement does not (short)
	AmountDiffers Class = "amount"
	StateDiffers  Class = "state"
	FeeDiffers    Class = "fee"   // settles: the channel's fee is the cost
	PayerDiffers  Class = "payer" // settles: the channel's value wins
	Spill         Class = "spill" // same number, another clearing date
	Duplicate     Class = "duplicate"
)

// Kinds lists the discrepancy kinds in the order in which they are shown.
var Kinds = []Class{MissingOurs, MissingTheirs, AmountDiffers, StateDiffers, FeeDiffers, PayerDiffers, Spill, Duplicate}

// ItemState says what happens with a reconciled item.
type ItemState string

// The states of an item.
const (
	Ready   ItemState = "ready"   // may settle
	Waiting ItemState = "waiting" // waits for its other half or for people; in no file
	Settled ItemState = "settled" // in a settlement batch
	Cleared ItemState = "cleared" // explained without settling (a duplicate row, a pool entry whose other half came)
)

// Item is one reconciled line or pair.
type Item struct {
	ID           string // ULID
	Channel      channel.Name
	Date         bizdate.Date // the clearing date being proved
	Kind         channel.LineKind
	OrderNo      string
	Class        Class
	State        ItemState
	MerchantNo   string // "" when no record of ours is known
	Ours         bool   // our side is present
	Theirs       bool   // the statement's side is present
	OursAmount   money.Fen
	TheirsAmount money.Fen
	OursDate     bizdate.Date
	OursCost     money.Fen // channel cost by our table
	TheirsFee    money.Fen // channel cost by the statement
	OursPayer    string
	TheirsPayer  string
	TheirsTime   time.Time
	ChannelNo    string
	TraceNo      string
	File         string       // statement file …
	LineNo       int          // … and line
	Note         string       // one sentence for people
	SettledOn    bizdate.Date // clearing date of the batch it settled in
	MerchantFee  money.Fen    // D positive on payments; on refunds the fee given back
	NetworkFee   money.Fen    // likewise
}

// DayState is where a channel's clearing day stands.
type DayState string

// The states of a channel's day, in order.
const (
	Open       DayState = "open"
	CutOff     DayState = "cut_off"
	Fetched    DayState = "fetched"
	Reconciled DayState = "reconciled"
)

// Day is one channel's clearing day.
type Day struct {
	Channel     channel.Name
	Date        bizdate.Date
	State       DayState
	TheirsLines int // statement lines read
	UpdatedAt   time.Time
}

// Batch is the settlement of a clearing date.
type Batch struct {
	Date           bizdate.Date
	SettlementDate bizdate.Date // T+1 by the calendar
	State          BatchState
	Folder         string // of the files, relative to the data directory
	UpdatedAt      time.Time
	SettledBy      string // who made it …
	SettledAt      time.Time
	ReleasedBy     string // … and who, being somebody else, let it go
	ReleasedAt     time.Time
	// CalendarVersion is the calendar's by which it is due; 0 is the published one.
	CalendarVersion int
}

// BatchState is where a settlement batch stands.
type BatchState string

// The states of a batch.
const (
	Computed BatchState = "computed" // posted to the ledger
	Filed    BatchState = "filed"    // files written and registered
	Released BatchState = "released" // by a second person: files go out, merchants are paid
)

// Settlement is one merchant's part of a batch. All amounts are signed fen.
type Settlement struct {
	Date        bizdate.Date
	MerchantNo  string
	Rows        int // settled items
	Gross       money.Fen
	Refund      money.Fen
	Fee         money.Fen // fees less fees given back
	ErrCount    int
	ErrAmt      money.Fen
	ErrFeeBack  money.Fen
	OtherAmt    money.Fen
	Suspended   money.Fen // negative: a negative day that is suspended; positive: kept by Withheld
	Replenished money.Fen // negative: a negative day taken back
	Released    money.Fen // positive: kept by an earlier batch and paid or used up now
	Credited    money.Fen

	Withheld       Withheld     // why Suspended is positive
	Cycle          terms.Cycle  // the terms that it was settled by …
	SettlementDate bizdate.Date // … and when it is due by them
	PayerCode      string       // the licensed institution that pays …
	PayerName      string       // … with its name; of who is settled by the wallet, that
}

// Withheld says why a merchant's money is kept.
type Withheld string

// The reasons.
const (
	OnHold       Withheld = "hold"
	BelowMinimum Withheld = "minimum"
)

// Net is gross − refund − fee + adjustments: what settles before suspension.
func (s Settlement) Net() money.Fen {
	return s.Gross - s.Refund - s.Fee + s.ErrAmt + s.ErrFeeBack + s.OtherAmt
}

// FileRow registers a settlement file. Files are served by ID, never by name.
type FileRow struct {
	ID        string // ULID
	Date      bizdate.Date
	Folder    string // relative to the data directory
	Name      string
	Bytes     int64
	Lines     int
	SHA256    string
	CreatedAt time.Time
}

// Download records who fetched a file.
type Download struct {
	ID     string // ULID
	FileID string
	User   string
	IP     string
	At     time.Time
}

// LedgerTotals is what the book says about one merchant's part of a batch.
type LedgerTotals struct {
	Gross, Refund, Fee money.Fen
	Adjusted           money.Fen // by the adjustments of the batch; positive: money for the merchant
}

// Totals is what the books call successful, all clearing dates.
type Totals struct {
	Paid    map[channel.Name]Sum
	Refunds Sum
	Notices NoticeTotals
	Debit   money.Fen // ledger, whole book
	Credit  money.Fen
}

// Sum is a count and an amount.
type Sum struct {
	Count  int       `json:"count"`
	Amount money.Fen `json:"amount_fen"`
}

// NoticeTotals counts notifications.
type NoticeTotals struct {
	Received      int `json:"received"`       // all that came in, forged ones too
	Duplicates    int `json:"duplicates"`     // deliveries of an event that had come before
	ForgedRefused int `json:"forged_refused"` // refused for their signature
}

// Store is what clearing needs from storage.
type Store interface {
	// Update runs f in one transaction, see acquiring.Store.
	Update(ctx context.Context, f func(Tx) error) error

	// Records returns the channel's final records (paid payments, succeeded
	// refunds) of a clearing date by kind and order number, and after them the late
	// ones: of the weeks before, final only after their own date was reconciled.
	Records(ctx context.Context, ch channel.Name, d bizdate.Date) ([]Record, error)
	// ChannelAccounts lists the further accounts at channels.
	ChannelAccounts(ctx context.Context) ([]channel.Account, error)
	// RecordsByKey returns final records by their keys, whatever their date.
	RecordsByKey(ctx context.Context, ch channel.Name, keys []Key) ([]Record, error)
	// WaitingItems returns the channel's items in state Waiting of dates before d.
	WaitingItems(ctx context.Context, ch channel.Name, before bizdate.Date) ([]Item, error)
	// Items returns the items proved on date d, by channel, kind and order number.
	Items(ctx context.Context, d bizdate.Date) ([]Item, error)
	// ReadyItems returns items in state Ready with date ≤ d, by merchant, kind and order number.
	ReadyItems(ctx context.Context, d bizdate.Date) ([]Item, error)
	// SettledItems returns the items of the batch of date d, by merchant, kind and order number.
	SettledItems(ctx context.Context, d bizdate.Date) ([]Item, error)
	// PaymentSettled tells which of these payments' items are in state Settled.
	PaymentSettled(ctx context.Context, orderNos []string) (map[string]bool, error)
	// RefundSettled sums, for each of these payments, the refunds whose items are in
	// state Settled.
	RefundSettled(ctx context.Context, orderNos []string) (map[string]money.Fen, error)

	Day(ctx context.Context, ch channel.Name, d bizdate.Date) (Day, error) // an unknown day is Open
	// Days lists the clearing days since a date that something was done about, newest
	// first, then by channel.
	Days(ctx context.Context, since bizdate.Date) ([]Day, error)
	// FirstClearingDate is the first that anything was paid on; 0: nothing was.
	FirstClearingDate(ctx context.Context) (bizdate.Date, error)
	// Jobs lists what processes do by themselves since a date, newest first.
	Jobs(ctx context.Context, since bizdate.Date) ([]Job, error)
	// ClaimJob leases a job that is due and nobody's, under a new fence.
	ClaimJob(ctx context.Context, ch channel.Name, d bizdate.Date, now, until time.Time) (Job, bool, error)
	StatementStore
	// Batch returns fault kind NotFound when the date has none.
	Batch(ctx context.Context, d bizdate.Date) (Batch, error)
	Batches(ctx context.Context) ([]Batch, error) // newest first
	Settlements(ctx context.Context, d bizdate.Date) ([]Settlement, error)
	SettlementsOf(ctx context.Context, merchantNo string) ([]Settlement, error) // newest first
	// Carried returns, for each merchant of whom batches before d kept something that is
	// neither taken back nor released yet, the amount with its sign: Σ suspended −
	// Σ replenished − Σ released.
	Carried(ctx context.Context, before bizdate.Date) (map[string]money.Fen, error)
	// PendingAdjustments returns adjustments that no batch has, with an effective
	// date ≤ d, by merchant and id; SettledAdjustments those of the batch of date d.
	PendingAdjustments(ctx context.Context, d bizdate.Date) ([]Adjustment, error)
	SettledAdjustments(ctx context.Context, d bizdate.Date) ([]Adjustment, error)
	// LedgerTotals asks the book, entry by entry, about the items and adjustments
	// settled in the batch of date d.
	LedgerTotals(ctx context.Context, d bizdate.Date) (map[string]LedgerTotals, error)
	Files(ctx context.Context, d bizdate.Date) ([]FileRow, error)
	File(ctx context.Context, id string) (FileRow, error)
	LogDownload(ctx context.Context, d Download) error
	// SealBook closes the ledger of a clearing date and seals it, once; see
	// ledger.Seal. What is booked for the date later goes to the next open one.
	SealBook(ctx context.Context, d bizdate.Date, at time.Time, by string) (ledger.Seal, error)
	Totals(ctx context.Context) (Totals, error)
	// Unsettled sums paid payments that are in no batch: clearing date up to d
	// (held) and after d (next day). Refunds likewise. Of a date with a batch it
	// says what stood outside when the batch was made, whatever came later.
	Unsettled(ctx context.Context, d bizdate.Date) (held, nextDay, refundsHeld, refundsNextDay Sum, err error)
}

// Tx is a transaction of clearing.
type Tx interface {
	// MoveDay moves the channel's day (an unknown one is Open).
	MoveDay(ch channel.Name, d bizdate.Date, from, to DayState, theirsLines int, at time.Time) (moved bool, err error)
	StatementTx
	InsertItems(items []Item) error
	// MoveItem moves an item if it is in state from.
	MoveItem(id string, from, to ItemState) (moved bool, err error)
	// SettleItems moves ready items into the batch and sets SettledOn and
	// its fees; it fails with kind Conflict when one was not ready.
	SettleItems(items []Item) error
	// CorrectPayer sets the payer account of a payment.
	CorrectPayer(orderNo, payer string) error
	// FillRefundTime sets the time of a refund that has none.
	FillRefundTime(refundNo string, t time.Time) (filled bool, err error)
	// KeepJob extends a job's lease if it is held under its fence; EndJob gives it back
	// with what came of it.
	KeepJob(j Job, until time.Time) (held bool, err error)
	EndJob(j Job) (held bool, err error)
	InsertBatch(b Batch) error // Conflict when the date has one
	MoveBatch(d bizdate.Date, from, to BatchState, folder string, at time.Time) (moved bool, err error)
	// ReleaseBatch releases a filed batch that somebody else settled.
	ReleaseBatch(d bizdate.Date, by string, at time.Time) (moved bool, err error)
	InsertSettlements(s []Settlement) error
	// SettleAdjustments puts adjustments into the batch of their SettledOn; it fails
	// with kind Conflict when one is in a batch already.
	SettleAdjustments(all []Adjustment) error
	InsertFiles(f []FileRow) error
	Post(e ledger.Entry) error
	// PostAll is Post for many entries at once.
	PostAll(e []ledger.Entry) error
	Audit(a audit.Entry) error
}
