// Package cases is the work on differences (差错处理). Every line that the
// reconciliation leaves waiting is a case: somebody takes it, says what is to be
// done, and another person approves it. What an action does to the item, the book
// and the next settlement is pure (Decide); Service puts storage and the wallets
// around it. Nothing edits a row: an effect is a guarded move, new entries, an
// adjustment, and an audit row.
package cases

import (
	"context"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/file"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/ledger"
	"juma/internal/money"
)

// Case is a difference with what people do about it. Its id is the item's.
type Case struct {
	Item clearing.Item
	// OursTime is when our side happened, zero when it is not known.
	OursTime time.Time
	Owner    string       // login of who works on it, "" for nobody
	WaitTo   bizdate.Date // it was decided to wait up to this day; 0: it was not
	EndedBy  Action       // what ended it; "" while it waits, and when its other half came by itself
	EndedAt  time.Time
	Proposal *Proposal // that waits for a decision
	Dispute  *Dispute  // that has no outcome yet
}

// ProposalState is what has become of a proposal.
type ProposalState string

// The states of a proposal.
const (
	Open      ProposalState = "open"
	Approved  ProposalState = "approved"
	Rejected  ProposalState = "rejected"
	Withdrawn ProposalState = "withdrawn"
)

// ProposalStates lists them in the order in which they are shown.
var ProposalStates = []ProposalState{Open, Approved, Rejected, Withdrawn}

// Proposal is what one person wants done about a difference; another one decides.
type Proposal struct {
	ID         string // ULID
	ItemID     string
	MerchantNo string
	Action     Action
	State      ProposalState
	Amount     money.Fen        // Adjust: what is to settle; Disputed: what it is about
	Until      bizdate.Date     // Wait
	Code       file.DisputeCode // Disputed
	ReasonCode string           // Disputed, 4 digits
	Reference  string           // Refund without an order: how the money goes back
	Reason     string
	ProposedBy string
	ProposedAt time.Time
	DecidedBy  string
	DecidedAt  time.Time
	Note       string // of who decided
}

// DisputeState is what has become of a dispute.
type DisputeState string

// The states of a dispute. An accepted one settles in the next batch.
const (
	DisputeOpened   DisputeState = "opened"
	DisputeAccepted DisputeState = "accepted"
	DisputeRejected DisputeState = "rejected"
)

// DisputeStates lists them in the order in which they are shown.
var DisputeStates = []DisputeState{DisputeOpened, DisputeAccepted, DisputeRejected}

// Dispute is a dispute (差错) at the channel about a payment. Amount is positive;
// Code says which way the money goes.
type Dispute struct {
	ID         string // of the proposal that opened it
	ItemID     string
	MerchantNo string
	Channel    channel.Name
	LineKind   channel.LineKind
	OrderNo    string
	Code       file.DisputeCode
	ReasonCode string
	Amount     money.Fen
	Fee        money.Fen // as the merchant sees it
	Cost       money.Fen // what the channel charges for it; negative: gives back
	Trace      int
	State      DisputeState
	Reason     string
	OpenedBy   string
	OpenedAt   time.Time
	EndedBy    string
	EndedAt    time.Time
}

// EventKind says what happened to a case.
type EventKind string

// The events.
const (
	Taken          EventKind = "taken"
	HandedOver     EventKind = "handed_over"
	Commented      EventKind = "commented"
	Proposed       EventKind = "proposed"
	WasApproved    EventKind = "approved"
	WasRejected    EventKind = "rejected"
	WasWithdrawn   EventKind = "withdrawn"
	FoundTheirHalf EventKind = "found" // derived: the other half came by itself
)

// EventKinds lists them.
var EventKinds = []EventKind{Taken, HandedOver, Commented, Proposed, WasApproved, WasRejected, WasWithdrawn, FoundTheirHalf}

// Event is a line of a case's story.
type Event struct {
	ID     string // ULID
	ItemID string
	Kind   EventKind
	Actor  string
	At     time.Time
	Detail string // an action's word, or who it was handed to
	Note   string // what the person wrote
}

// Store is what cases need from storage.
type Store interface {
	// UpdateCases runs f in one transaction.
	UpdateCases(ctx context.Context, f func(Tx) error) error
	// OpenCases returns the cases whose item waits, or that have an open proposal or
	// dispute, by date, channel and order number.
	OpenCases(ctx context.Context) ([]Case, error)
	// CountWaiting is how many items wait.
	CountWaiting(ctx context.Context) (int, error)
	// Case returns the case of an item, whatever the item's state; NotFound when
	// there is no such item.
	Case(ctx context.Context, itemID string) (Case, error)
	// ItemsOf returns the items of an order or refund number, newest date first.
	ItemsOf(ctx context.Context, number string) ([]clearing.Item, error)
	// OrderKnown tells whether we made such an order or refund.
	OrderKnown(ctx context.Context, kind channel.LineKind, number string) (bool, error)
	// Unbooked tells whether an order's posting was reversed as short.
	Unbooked(ctx context.Context, kind channel.LineKind, number string) (bool, error)
	Events(ctx context.Context, itemID string) ([]Event, error)       // oldest first
	Proposals(ctx context.Context, itemID string) ([]Proposal, error) // newest first
	Proposal(ctx context.Context, id string) (Proposal, error)        // NotFound
	Disputes(ctx context.Context, itemID string) ([]Dispute, error)   // newest first
	AdjustmentsOf(ctx context.Context, itemID string) ([]clearing.Adjustment, error)
}

// Tx is a transaction of cases.
type Tx interface {
	// Touch makes the case's row when it has none.
	Touch(itemID, merchantNo string, at time.Time) error
	// SetOwner changes the owner if it is still from.
	SetOwner(itemID, from, to string, at time.Time) (moved bool, err error)
	SetWait(itemID string, until bizdate.Date, at time.Time) error
	EndCase(itemID string, by Action, at time.Time) error
	InsertEvent(e Event) error
	InsertProposal(p Proposal) error // Conflict, Field "open_key": one waits already
	// DecideProposal moves an open proposal.
	DecideProposal(id string, to ProposalState, by string, at time.Time, note string) (moved bool, err error)
	InsertDispute(d Dispute) error // Conflict, Field "open_key": one is open already
	EndDispute(id string, to DisputeState, by string, at time.Time) (moved bool, err error)
	// MoveItem moves an item if it is in state from.
	MoveItem(id string, from, to clearing.ItemState) (moved bool, err error)
	InsertItems(items []clearing.Item) error
	CorrectPayer(orderNo, payer string) error
	// InsertAdjustment stores an adjustment and posts it.
	InsertAdjustment(a clearing.Adjustment) error
	NextTrace(terminalNo string) (int, error)
	PostAll(e []ledger.Entry) error
	Audit(a audit.Entry) error
}
