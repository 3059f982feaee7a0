package acquiring

import (
	"context"
	"time"

	"juma/acquiring/channel"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/ledger"
	"juma/internal/money"
	"juma/merchants"
)

// Store is what acquiring needs from storage. Missing rows are faults of kind
// NotFound.
type Store interface {
	// Update runs f in one transaction that is committed, durably, when f returns
	// nil, and rolled back otherwise. f may be run more than once and must have no
	// other effects. Concurrent Updates may share one commit.
	Update(ctx context.Context, f func(Tx) error) error

	Payment(ctx context.Context, orderNo string) (Payment, error)
	PaymentByRequest(ctx context.Context, requestID string) (Payment, error)
	PaymentByResultToken(ctx context.Context, token string) (Payment, error)
	// PaymentsOf lists a merchant's payments, newest first, created before the
	// order number given ("" = from the newest), at most limit.
	PaymentsOf(ctx context.Context, merchantNo, beforeOrderNo string, limit int) ([]Payment, error)
	// PaymentsOnPlate lists a plate's payments, newest first, at most limit.
	PaymentsOnPlate(ctx context.Context, plateKey string, limit int) ([]Payment, error)
	// SoldOnPlate sums a plate's paid payments created from a day on, by day in China,
	// oldest first; days without any are left out.
	SoldOnPlate(ctx context.Context, plateKey string, from bizdate.Date) ([]DaySold, error)
	Refund(ctx context.Context, refundNo string) (Refund, error)
	RefundByRequest(ctx context.Context, requestID string) (Refund, error)
	RefundsOf(ctx context.Context, orderNo string) ([]Refund, error)
	// ClaimPayments leases payments that are open, due and held by nobody, by order
	// number, and returns them with the fencing token of this claim. Two claims never
	// get the same row as long as a lease lasts.
	ClaimPayments(ctx context.Context, claim Claim) (claimed []Payment, fence int64, err error)
	// ClaimRefunds is the same for refunds.
	ClaimRefunds(ctx context.Context, claim Claim) (claimed []Refund, fence int64, err error)
	// DueChannels lists the channels at which an open payment or refund is due,
	// leased ones included.
	DueChannels(ctx context.Context, now time.Time) ([]channel.Name, error)
	// LatePolicy is the merchant's policy; "" when none was set.
	LatePolicy(ctx context.Context, merchantNo string) (LatePolicy, error)
	Command(ctx context.Context, kind CommandKind, objectNo string) (Command, error)
	// Commands lists a page of commands, the latest change first.
	Commands(ctx context.Context, page CommandPage) ([]Command, error)
	// TakenBy sums what a plate, store or merchant was paid by payments created in
	// [from, to).
	TakenBy(ctx context.Context, by TallyOf, id string, from, to time.Time) (money.Fen, error)
	// BegunByPayer counts a payer's payments, whatever became of them, that were
	// created after since.
	BegunByPayer(ctx context.Context, w channel.Wallet, payerID string, since time.Time) (int, error)
	// IsSmall tells whether the merchant is a person without a licence (小微商户).
	IsSmall(ctx context.Context, merchantNo string) (bool, error)
	// SpentByPayer sums the payer's paid payments on static plates with the wallet,
	// by whatever channel, created in [from, to).
	SpentByPayer(ctx context.Context, w channel.Wallet, payerID string, from, to time.Time) (money.Fen, error)
	// RecordForgery counts a refused notification. problem never holds the body.
	RecordForgery(ctx context.Context, id string, ch channel.Name, problem string, at time.Time) error
}

// Tx is a transaction. Every move says whether it found the row in the state
// that was expected: false is an answer, not an error.
type Tx interface {
	// NextTrace takes the terminal's next trace number.
	NextTrace(terminalNo string) (int, error)
	// PayerStatic sums the payer's payments on static plates with the wallet that were
	// created in [from, to): what is paid, and what is open and not expired at now. The
	// payer is the caller's until the commit: nobody else sums for the same one.
	PayerStatic(w channel.Wallet, payerID string, from, to, now time.Time) (paid, open money.Fen, err error)
	// InsertPayment stores a new payment; fault kind Conflict with Field set to
	// "request_id", "order_no" or "rrn" when that number is taken.
	InsertPayment(p Payment) error
	Payment(orderNo string) (Payment, error)
	// Agreements lists what was ever agreed with a merchant.
	Agreements(merchantNo string) ([]merchants.Agreement, error)
	// MovePayment sets the state and the other given fields if the payment is in
	// one of the states from. A move that PaymentMoves does not list is fault kind
	// Internal and undoes the transaction; so it is for refunds and commands.
	MovePayment(orderNo string, from []PaymentState, to PaymentState, set PaymentChange) (moved bool, err error)
	// Reroute writes the payment's route and where it goes, if its route is still was
	// and its state one of from.
	Reroute(orderNo, was string, from []PaymentState, to Rerouted) (moved bool, err error)
	// ReserveRefund adds amount to Refunded if the payment is paid and the sum
	// stays within its amount.
	ReserveRefund(orderNo string, amount money.Fen) (reserved bool, err error)
	// ReleaseRefund takes a reservation back.
	ReleaseRefund(orderNo string, amount money.Fen) error
	// InsertRefund is like InsertPayment.
	InsertRefund(r Refund) error
	Refund(refundNo string) (Refund, error)
	MoveRefund(refundNo string, from []RefundState, to RefundState, set RefundChange) (moved bool, err error)
	// EndPaymentLease gives a lease back; held is false when it was lost to a later
	// claim, whose holder knows better: then nothing may be changed.
	EndPaymentLease(orderNo string, fence int64) (held bool, err error)
	// EndRefundLease is the same for refunds.
	EndRefundLease(refundNo string, fence int64) (held bool, err error)
	LatePolicy(merchantNo string) (LatePolicy, error)
	SetLatePolicy(merchantNo string, policy LatePolicy, by string, at time.Time) error
	// InsertCommand stores a new command; fault kind Conflict when its object has one.
	InsertCommand(c Command) error
	Command(kind CommandKind, objectNo string) (Command, error)
	MoveCommand(kind CommandKind, objectNo string, from []CommandState, to CommandState, set CommandChange) (moved bool, err error)
	// RecordNotice stores the row if its channel and notice id are new, and
	// otherwise counts one more delivery of the stored one; fresh says which.
	RecordNotice(n NoticeRow) (fresh bool, err error)
	// SetDisposition completes a notice row.
	SetDisposition(ch channel.Name, noticeID string, d Disposition, reason string) error
	// Post adds an entry to the book; an entry of the same kind and ref that is
	// there already is a fault of kind Conflict. Entries without lines are
	// ignored, entries that do not prove are refused.
	Post(e ledger.Entry) error
	// Emit puts an event into the outbox.
	Emit(e Event) error
	Audit(a audit.Entry) error
}

// Claim asks for rows that are due at a channel.
type Claim struct {
	Channel channel.Name
	Now     time.Time
	Lease   time.Duration // from Now: how long the rows are the claimer's
	After   string        // only rows with a greater number
	Limit   int
}

// Rerouted is where a payment goes now, and the record of its route (see
// routing.Record).
type Rerouted struct {
	Channel   channel.Name
	ChannelID string
	Route     string
}

// PaymentChange lists what may change with a payment's state; nil stays.
type PaymentChange struct {
	PaidAt       *time.Time
	ClearingDate *bizdate.Date
	ChannelNo    *string
	PayerAccount *string
	Card         *channel.CardKind
	AgreementID  *string // with the rate and cap that follow from it
	FeeRate      *money.RatePPM
	FeeCap       *money.Fen
	Code         *string
	Message      *string
	Reason       *channel.Reason
	Attempts     *int
	NextQueryAt  *time.Time
}

// TallyOf is what sums of payments are made by.
type TallyOf string

// The tallies.
const (
	TallyPlate    TallyOf = "plate"
	TallyStore    TallyOf = "store"
	TallyMerchant TallyOf = "merchant"
)

// RefundChange lists what may change with a refund's state; nil stays.
type RefundChange struct {
	RefundedAt   *time.Time
	ClearingDate *bizdate.Date
	ChannelNo    *string
	Code         *string
	Message      *string
	Attempts     *int
	NextQueryAt  *time.Time
	// OfTry guards the move: only while this try is under way. 0: whichever.
	OfTry   int
	Way     *RefundWay
	Tries   *int
	TriedAt *time.Time
}
