// Package payout pays merchants what released batches owe them (出款), through the
// licensed institution that holds the money: instructions out, the bank's results
// in, what fails or comes back (退票) paid again by two people. What a result does
// is pure (Judge), and so is the daily proof of payments, statement and bank credit
// (Prove); Service puts storage and the disk around them.
//
// Nothing is paid twice: a payout's number names its batch, merchant and attempt,
// an attempt replaces exactly one that failed or came back, and only what was
// instructed is sent, once.
package payout

import (
	"context"
	"fmt"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/ledger"
	"juma/internal/money"
	"juma/merchants"
)

// State is where a payout stands.
type State string

// The states of a payout.
const (
	Proposed   State = "proposed"   // to be paid again: waits for a second person
	Withdrawn  State = "withdrawn"  // a proposal that was given up
	Instructed State = "instructed" // to be sent
	Sent       State = "sent"       // in an instruction file; the bank has not answered
	Paid       State = "paid"
	Failed     State = "failed"   // the bank did not pay
	Returned   State = "returned" // the bank paid, and the money came back
)

// States lists them in the order in which they are shown.
var States = []State{Proposed, Instructed, Sent, Paid, Failed, Returned, Withdrawn}

// moves is the table of moves: from where each state is reached.
var moves = map[State][]State{
	Instructed: {Proposed},
	Withdrawn:  {Proposed},
	Sent:       {Instructed},
	Paid:       {Sent},
	Failed:     {Sent},
	Returned:   {Sent, Paid},
}

// Moves tells from which states a state is reached.
func Moves(to State) []State { return moves[to] }

// Unpaid tells that the merchant has not got the money and it is on its way no
// more: it waits to be paid again.
func (s State) Unpaid() bool { return s == Failed || s == Returned }

// OnItsWay tells that the money is between the book and the merchant.
func (s State) OnItsWay() bool { return s == Instructed || s == Sent }

// Payout is money for a merchant, as it is to be paid. Its amount, batch and account
// never change.
type Payout struct {
	No             string       // Number
	Date           bizdate.Date // clearing date of the batch
	MerchantNo     string
	Attempt        int // 1, and one more each time that it is paid again
	State          State
	Amount         money.Fen
	Account        merchants.SettlementAccount // as verified at settlement, or when it was proposed again
	SettlementDate bizdate.Date
	PayerCode      string // the licensed institution that pays …
	PayerName      string
	Replaces       string // payout that failed or came back, "" of a first attempt
	InstructionID  string // of the file that it was sent in
	MadeBy         string // who settled the batch, or proposed to pay again …
	MadeAt         time.Time
	ReleasedBy     string // … and who, being somebody else, released it
	ReleasedAt     time.Time
	ReasonCode     string // of the bank, when it failed or came back
	Reason         string
	BankRef        string
	FinishedAt     time.Time // when the bank says that it happened
	UpdatedAt      time.Time
}

// maxAttempts is what the number has room for.
const maxAttempts = 99

// Number is the number of an attempt to pay a merchant's part of a batch: 26
// characters, "O" + clearing date + merchant number + attempt.
func Number(d bizdate.Date, merchantNo string, attempt int) string {
	return fmt.Sprintf("O%s%s%02d", d.Compact(), merchantNo, attempt)
}

// IsNumber tells a payout's number from those of payments and refunds.
func IsNumber(s string) bool { return len(s) == 26 && s[0] == 'O' }

// Instruction is an instruction file (付款指令). Its content is decided when its row
// is made; the file is written after that.
type Instruction struct {
	ID        string // ULID
	Date      bizdate.Date
	Seq       int // 1, 2 … of the date
	PayerCode string
	PayerName string
	Count     int
	Amount    money.Fen
	MadeBy    string
	MadeAt    time.Time
	Name      string
	Bytes     int64
	SHA256    string // "" until the file is there
}

// Folder is where the file lies, relative to the data directory.
func (i Instruction) Folder() string { return "payouts/" + i.Date.String() }

// Result is what the bank says about a payout.
type Result struct {
	ID         string // ULID
	ImportID   string
	Line       int
	PayoutNo   string
	Amount     money.Fen
	Outcome    State // Paid, Failed or Returned
	ReasonCode string
	Reason     string
	BankRef    string
	FinishedAt time.Time
}

// ImportKind says what a bank's file is.
type ImportKind string

// The kinds of files that a bank sends.
const (
	Results ImportKind = "results"
	Credits ImportKind = "credits"
)

// Import is a bank's file that was taken in.
type Import struct {
	ID         string // ULID
	Kind       ImportKind
	Subject    string // what may come once: the digest of results; account and day of credits
	Name       string
	SHA256     string
	Count      int
	Amount     money.Fen
	ImportedBy string
	ImportedAt time.Time
}

// Credit is money that a channel paid into the reserve, as the bank advises.
type Credit struct {
	ID         string // ULID
	ImportID   string
	CreditDate bizdate.Date
	Channel    channel.Name // "" when the row names none
	Date       bizdate.Date // the clearing date that it pays; 0 when the row names none
	Amount     money.Fen
	Reference  string
	Payer      string
}

// DaySum sums up the payouts of a date in a state.
type DaySum struct {
	Date   bizdate.Date
	State  State
	Count  int
	Amount money.Fen
}

// Outcome is what a move writes beside the state.
type Outcome struct {
	ReasonCode, Reason, BankRef string
	FinishedAt                  time.Time
}

// Store is what payouts need from storage.
type Store interface {
	// UpdatePayouts runs f in one transaction of its own.
	UpdatePayouts(ctx context.Context, f func(Tx) error) error
	Payout(ctx context.Context, no string) (Payout, error)              // NotFound
	PayoutsOn(ctx context.Context, d bizdate.Date) ([]Payout, error)    // by number
	PayoutsOf(ctx context.Context, merchantNo string) ([]Payout, error) // newest batch first, then by attempt
	// Unpaid returns what failed or came back and is not paid again, and the proposals
	// to pay again, oldest first.
	Unpaid(ctx context.Context) ([]Payout, error)
	// Sums sums up by date, newest first, and state.
	Sums(ctx context.Context) ([]DaySum, error)
	ResultsOf(ctx context.Context, payoutNos []string) ([]Result, error) // by payout and id

	Instructions(ctx context.Context, d bizdate.Date) ([]Instruction, error) // by seq
	Instruction(ctx context.Context, id string) (Instruction, error)         // NotFound
	PayoutsIn(ctx context.Context, instructionID string) ([]Payout, error)   // by number

	// ImportOf returns the import of a kind that is about a subject; NotFound.
	ImportOf(ctx context.Context, kind ImportKind, subject string) (Import, error)
	Imports(ctx context.Context, limit int) ([]Import, error) // newest first

	CreditsFor(ctx context.Context, d bizdate.Date) ([]Credit, error) // of a clearing date, by channel and id
	// StrayCredits returns those that name no channel or date, newest first.
	StrayCredits(ctx context.Context, limit int) ([]Credit, error)
	// LineSums sums up the items of a date that its statements show. A line that an
	// earlier date's statement showed counts there.
	LineSums(ctx context.Context, d bizdate.Date) ([]LineSum, error)
	Proofs(ctx context.Context, d bizdate.Date) ([]Proof, error)

	// ItemsOfPart returns a merchant's items in the batch of date d, by kind and order
	// number, and AdjustmentsOfPart its adjustments.
	ItemsOfPart(ctx context.Context, d bizdate.Date, merchantNo string) ([]clearing.Item, error)
	AdjustmentsOfPart(ctx context.Context, d bizdate.Date, merchantNo string) ([]clearing.Adjustment, error)
}

// Tx is a transaction of payouts.
type Tx interface {
	// InsertPayouts fails with kind Conflict when a number, or what one replaces, is
	// taken.
	InsertPayouts(all []Payout) error
	// MovePayout moves a payout if it is in state from; o is written when it is not the
	// zero value.
	MovePayout(no string, from, to State, o Outcome, at time.Time) (moved bool, err error)
	// ReleasePayout releases a proposal of somebody else.
	ReleasePayout(no, by string, settlementDate bizdate.Date, at time.Time) (moved bool, err error)
	// WithdrawPayout gives a proposal up, so that another can be made.
	WithdrawPayout(no, by string, at time.Time) (moved bool, err error)
	// Assign puts the instructed payouts of a date and payer that are in no file into
	// an instruction, and sums them up.
	Assign(instructionID string, d bizdate.Date, payerCode string) (count int, amount money.Fen, err error)
	InsertInstruction(i Instruction) error // Conflict when the date has that seq
	// FinishInstruction registers the file of an instruction that has none yet, and
	// SendPayouts moves its payouts.
	FinishInstruction(i Instruction) (moved bool, err error)
	SendPayouts(instructionID string, at time.Time) (moved int, err error)
	InsertImport(i Import) error // Conflict when there is one of its kind and subject
	InsertResults(all []Result) error
	InsertCredits(all []Credit) error
	// SaveProofs stores the proofs of a date in place of the earlier ones.
	SaveProofs(d bizdate.Date, all []Proof) error
	PostAll(e []ledger.Entry) error
	Audit(a audit.Entry) error
}
