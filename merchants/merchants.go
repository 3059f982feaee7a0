// Package merchants knows who may be paid: the merchant, its stores and
// terminals, the rates agreed with it and its number at each channel. It knows
// nothing of plates or payments.
package merchants

import (
	"context"
	"time"

	"juma/internal/bizdate"
	"juma/internal/money"
)

// State of a merchant.
type State string

// The states of a merchant.
const (
	Active    State = "active"
	Suspended State = "suspended"
	Closed    State = "closed"
)

// Merchant is a business that is paid through Juma. No is its 15-digit number
// (F42), which is also its number at UnionPay.
type Merchant struct {
	No         string
	Name       string // full registered name, 商户全称
	ShortName  string // shown to the consumer
	MCC        string
	RegionCode string // GB/T 2260, 6 digits
	Account    SettlementAccount
	// SettledByWallet: a wallet pays this merchant itself, so it is in no payout
	// file of ours.
	SettledByWallet bool
	State           State
	CreatedAt       time.Time
}

// SettlementAccount is where a merchant is paid.
type SettlementAccount struct {
	BankName    string // 开户行名称
	CNAPS       string // 12 digits with check digit
	ClearingNo  string // 清算号, may be empty
	AccountNo   string
	AccountName string
}

// Store is a place of business.
type Store struct {
	ID         string // ULID
	MerchantNo string
	Name       string
	Address    string
	RegionCode string // GB/T 2260
	// ClosedAt is when it was closed; zero: open. It is not written with the store.
	ClosedAt time.Time
}

// Terminal is the 8-digit terminal number (F41) that a plate is bound to.
type Terminal struct {
	No         string
	MerchantNo string
	StoreID    string
	// TraceStart is where a new terminal's trace counter begins (id.TraceStart);
	// it is written once and not read back.
	TraceStart int
	// ClosedAt is when it was disabled; zero: in use. It is not written with the
	// terminal.
	ClosedAt time.Time
}

// Agreement is a rate agreed with a merchant for one channel and card kind, valid
// from a day until a day. A change is a new agreement with the next version: the
// past is never rewritten.
type Agreement struct {
	ID         string // ULID
	MerchantNo string
	Channel    string
	CardKind   CardKind // AnyCard: whatever is not agreed for its own kind
	Rate       money.RatePPM
	Cap        money.Fen    // per payment, after rounding; 0 = no cap
	From       bizdate.Date // first day
	To         bizdate.Date // last day; 0 = open
	Version    int          // from 1, by channel and card kind
	Contract   string       // version of the contract that it belongs to
	Reason     string       // why it was changed
	MadeBy     string       // who proposed the change …
	CheckedBy  string       // … and who let it be
}

// Tariff is how the agreement takes its fee.
func (a Agreement) Tariff() money.Tariff { return money.Tariff{Rate: a.Rate, Cap: a.Cap} }

// Fee is the merchant's fee for a payment: the rate, half up, then the cap.
func (a Agreement) Fee(amount money.Fen) (money.Fen, error) { return a.Tariff().Fee(amount) }

// EnrolmentState is where an enrolment (进件) at a channel stands.
type EnrolmentState string

// The states of an enrolment. A lost answer leaves it where it is: it is asked
// again.
const (
	EnrolRequested EnrolmentState = "requested" // to be sent
	EnrolPending   EnrolmentState = "pending"   // sent; the channel looks at it
	EnrolAccepted  EnrolmentState = "accepted"  // ChannelID is the merchant's number there
	EnrolRejected  EnrolmentState = "rejected"  // with reasons; may be sent again with the next version
)

// EnrolmentStates lists the states in the order in which they are shown.
var EnrolmentStates = []EnrolmentState{EnrolRequested, EnrolPending, EnrolAccepted, EnrolRejected}

// Enrolment is a merchant's registration at a channel. Only an accepted one can be
// paid through; its ChannelID is the merchant's number there: sub_mchid, SMID or
// merId.
type Enrolment struct {
	MerchantNo   string
	Channel      string
	ChannelID    string // "" until accepted
	State        EnrolmentState
	BusinessCode string   // our number of the request, the same for each try of a version
	Version      int      // from 1, counts what was sent anew after a rejection
	Reasons      []Reason // of a rejection, by field
	Message      string   // the channel's own word
	Attempts     int
	NextAt       time.Time // when it is sent or asked about next
	UpdatedAt    time.Time
}

// Store interface ------------------------------------------------------------

// Repository is what the service needs from storage. Each method is one
// transaction. A missing row is a fault of kind NotFound; a taken number one of
// kind Conflict.
type Repository interface {
	LifeStore
	// CreateMerchant stores a merchant with everything that makes it payable.
	CreateMerchant(ctx context.Context, m Merchant, stores []Store, terminals []Terminal, agreements []Agreement, enrolments []Enrolment) error
	Merchant(ctx context.Context, no string) (Merchant, error)
	// Merchants lists by number, after the given one, at most limit.
	Merchants(ctx context.Context, afterNo string, limit int) ([]Merchant, error)
	StoresOf(ctx context.Context, merchantNo string) ([]Store, error)
	StoreByID(ctx context.Context, id string) (Store, error)
	TerminalsOf(ctx context.Context, merchantNo string) ([]Terminal, error)
	Terminal(ctx context.Context, no string) (Terminal, error)
	Agreements(ctx context.Context, merchantNo string) ([]Agreement, error)
	Enrolments(ctx context.Context, merchantNo string) ([]Enrolment, error)
	// AccountsAt are the settlement accounts that were in force at an instant, of the
	// merchants whose account has changed since, by merchant number.
	AccountsAt(ctx context.Context, at time.Time) (map[string]SettlementAccount, error)
	// MerchantNoAt finds the merchant behind a channel's number.
	MerchantNoAt(ctx context.Context, channel, channelID string) (string, error)
}
