// Package acquiring takes payments: it resolves a scan to a merchant, places the
// order at the wallet, believes only verified proof that it was paid, and asks
// again whatever is not known. Its rules are pure; time, randomness, storage and
// channels are given to it.
package acquiring

import (
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// PaymentState is where a payment stands.
type PaymentState string

// The states of a payment. See PaymentMoves for the table of moves.
const (
	Created PaymentState = "created" // row and trace number committed, nothing sent
	Pending PaymentState = "pending" // the wallet has the order, the consumer has not paid
	Unknown PaymentState = "unknown" // sent, answer lost: only a query or notice resolves it
	Paid    PaymentState = "paid"
	Closed  PaymentState = "closed"  // expired or abandoned, closed at the wallet
	Refused PaymentState = "refused" // the wallet said no

	// A payment by the payer's code alone has these two.
	Reversing PaymentState = "reversing" // time is up: it is to be undone, whatever it is at the wallet
	Reversed  PaymentState = "reversed"  // the wallet has undone it: nothing was paid, or all went back
)

// Entry is how the payment was begun: how the payer came to the page behind a
// plate, or that there was none.
type Entry string

// The ways to a payment.
const (
	ByScan Entry = "scan" // the code, with a camera
	ByTap  Entry = "tap"  // the tag, over NFC (碰一碰)
	ByCode Entry = "code" // none: the merchant scanned the payer's code (付款码)
)

// Payment is one payment order of ours (支付单).
type Payment struct {
	OrderNo        string // 23 characters, the number that the wallet knows
	MerchantNo     string
	StoreID        string
	TerminalNo     string
	PlateKey       string
	BindingVersion int
	Entry          Entry
	Wallet         channel.Wallet // that the payer holds
	Channel        channel.Name   // that carries the payment
	ChannelID      string         // the merchant's number at the channel
	Trace          string         // 6 digits, unique per terminal and day
	RRN            string         // 12 digits, unique per acquirer and day
	Amount         money.Fen
	Refunded       money.Fen // reserved or given back; never above Amount
	State          PaymentState
	AgreementID    string        // the agreement in force when the payment was made …
	FeeRate        money.RatePPM // … and what it said
	FeeCap         money.Fen
	PayerID        string           // who pays, as the wallet's authorisation named them
	PayerAccount   string           // account as notices and statement show it
	Card           channel.CardKind // what it is, where the channel tells
	RequestID      string           // the page's idempotency key, unique
	ResultToken    string           // opens the result page, unguessable
	CreatedAt      time.Time
	ExpiresAt      time.Time
	PaidAt         time.Time    // the channel's success time
	ClearingDate   bizdate.Date // set when paid; the channel's own date wins
	ChannelNo      string       // the wallet's number, set when paid
	Code           string       // the wallet's last code and message, for operators
	Message        string
	Reason         channel.Reason // of a refusal, "" when the wallet gave none
	Operator       string         // by code: the login of who scanned it
	NoCredit       bool           // the order excludes credit cards
	Attempts       int            // queries made by the sweep
	NextQueryAt    time.Time      // when the sweep asks next; meaningless in a final state
	Route          string         // why this channel, as JSON; "" before routing was recorded
}

// RefundState is where a refund stands.
type RefundState string

// The states of a refund. See RefundMoves for the table of moves.
const (
	RefundCreated   RefundState = "created"   // amount reserved, command on its way
	RefundUnknown   RefundState = "unknown"   // sent, answer lost or still in progress
	RefundSucceeded RefundState = "succeeded" // money went back
	RefundFailed    RefundState = "failed"    // refused; the reservation is released
)

// Refund is one refund order of ours (退款单).
type Refund struct {
	RefundNo     string
	OrderNo      string // the payment
	MerchantNo   string
	TerminalNo   string
	Channel      channel.Name
	ChannelID    string
	Trace        string
	RRN          string
	Amount       money.Fen
	State        RefundState
	Reason       string
	RequestID    string // idempotency key, unique
	RequestedBy  string
	CreatedAt    time.Time
	RefundedAt   time.Time // zero: the channel gave no time, the statement will
	ClearingDate bizdate.Date
	ChannelNo    string
	Code         string
	Message      string
	Attempts     int
	NextQueryAt  time.Time
	Way          RefundWay // of the try under way, or of the last one
	Tries        int       // from 1; more when it failed and was tried again
	TriedAt      time.Time // when this try began
	// SecondNo is the wallet's number of a second success of the order that is given
	// back, which no part of the order's own amount is; "" for a refund of the order.
	SecondNo string
}

// RefundWay is how money goes back.
type RefundWay string

// The ways.
const (
	ByRefund RefundWay = "refund" // 退货, in part or in full, for months
	ByCancel RefundWay = "cancel" // 撤销, the whole, within the clearing day of the payment
)

// NoticeRow records a verified notification, unique by channel and notice id.
type NoticeRow struct {
	ID          string // ULID
	Channel     channel.Name
	NoticeID    string
	Event       channel.Event
	OrderNo     string
	RefundNo    string
	Amount      money.Fen
	ChannelNo   string
	Disposition Disposition
	Reason      string // why held
	ReceivedAt  time.Time
	Deliveries  int // how often it came
}

// Disposition is what became of a notification.
type Disposition string

// The dispositions.
const (
	Applied Disposition = "applied" // changed the state
	Already Disposition = "already" // told us what we knew
	Held    Disposition = "held"    // contradicts our order: alarmed, never posted
)

// Event is an outbox row: a fact to be told to others after the commit.
type Event struct {
	ID      string // ULID
	Subject string // "payment.paid", "refund.succeeded", "refund.requested.wechat"
	Key     string // order or refund number
	Payload []byte // JSON
	At      time.Time
}

// DaySold is what a plate sold on a day.
type DaySold struct {
	Day    bizdate.Date
	Count  int
	Amount money.Fen
}
