package merchants

import (
	"context"
	"errors"
	"time"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

// Upkeep looks after merchants that exist: their stores and terminals, their
// settlement account, the messages that they get, and how they are found again.
// (Their state and their rates are the Service's.) Every change is audited in its
// own transaction. It is safe for concurrent use; any number of processes may run
// side by side.
//
// Who may do what is the caller's to demand; Upkeep demands that two people are
// two people.
type Upkeep struct {
	UpkeepConfig
}

// UpkeepConfig is what an Upkeep is made of. Fields without a stated default must
// be given.
type UpkeepConfig struct {
	Store    UpkeepStore
	Identity IdentityProvider
	Clock    clock.Clock
	IDs      *id.ULIDs
	Random   id.Random // amounts of small transfers
	// Check finds what is wrong with a profile; a new settlement account is held to
	// what it says of fields that begin with "account.".
	Check func(Profile, bizdate.Date) []Problem
	// CoolingPeriod is how long an approved account waits before it is paid to, so
	// that the holder of the old one can object; 0 takes DefaultCooling.
	CoolingPeriod time.Duration
	// Notifier sends messages to the people they name; nil leaves them in the portal.
	Notifier Notifier
}

// DefaultCooling is the wait before a new settlement account is paid to.
const DefaultCooling = 24 * time.Hour

// NewUpkeep checks the configuration and returns the service.
func NewUpkeep(cfg UpkeepConfig) (*Upkeep, error) {
	if cfg.Store == nil || cfg.Identity == nil || cfg.Clock == nil || cfg.IDs == nil || cfg.Random == nil || cfg.Check == nil {
		return nil, fault.New("merchants.NewUpkeep", fault.Internal, "a dependency is missing")
	}
	if cfg.CoolingPeriod == 0 {
		cfg.CoolingPeriod = DefaultCooling
	}
	return &Upkeep{cfg}, nil
}

// UpkeepStore is what the upkeep needs from storage.
type UpkeepStore interface {
	UpdateUpkeep(ctx context.Context, f func(UpkeepTx) error) error
	Merchant(ctx context.Context, no string) (Merchant, error)
	StoreByID(ctx context.Context, id string) (Store, error)
	Terminal(ctx context.Context, no string) (Terminal, error)
	TerminalsOf(ctx context.Context, merchantNo string) ([]Terminal, error)
	// ApplicationOfMerchant is kind NotFound for a merchant that came otherwise.
	ApplicationOfMerchant(ctx context.Context, merchantNo string) (ApplicationFile, error)

	AccountChange(ctx context.Context, id string) (AccountChange, error)
	AccountChanges(ctx context.Context, q ChangeQuery) ([]AccountChange, error)
	// DueAccountChanges lists those to be asked about or to come into force, by id
	// after the given one.
	DueAccountChanges(ctx context.Context, now time.Time, afterID string, limit int) ([]AccountChange, error)

	// Messages lists a merchant's, newest first, before the given one.
	Messages(ctx context.Context, merchantNo, beforeID string, limit int) ([]Message, error)
	CountUnread(ctx context.Context, merchantNo string) (int, error)
	// UnsentMessages lists those with NextAt ≤ now, oldest first.
	UnsentMessages(ctx context.Context, now time.Time, limit int) ([]Message, error)

	Search(ctx context.Context, typed string, limit int) ([]Hit, error)
	// ListMerchants lists by number.
	ListMerchants(ctx context.Context, q MerchantQuery) ([]ListedMerchant, error)
	// AuditOf lists entries about an object, oldest first, after the given one.
	AuditOf(ctx context.Context, object, afterID string, limit int) ([]audit.Entry, error)
}

// ChangeQuery selects changes of settlement accounts, newest first.
type ChangeQuery struct {
	MerchantNo  string       // "" : everybody's
	Open        bool         // only those that wait for somebody
	State       AccountState // "" : every state
	OldestFirst bool         // as a queue is worked through
	AfterID     string       // the last one of the page before, in the order asked for
	Limit       int
}

// UpkeepTx is a transaction of the upkeep. Every move says whether it found the
// row as expected.
type UpkeepTx interface {
	Merchant(no string) (Merchant, error)
	SetAccount(merchantNo string, a SettlementAccount) error

	InsertStore(s Store) error
	RenameStore(id, from, to string) (moved bool, err error)
	InsertTerminal(t Terminal) error
	// ClosePlace closes a store or terminal; fresh is false when it is closed.
	ClosePlace(p ClosedPlace) (fresh bool, err error)
	// NextNumber takes the next number of a series, from 1.
	NextNumber(series string) (int, error)

	InsertAccountChange(c AccountChange) error
	AccountChange(id string) (AccountChange, error)
	// SaveAccountChange writes the row if it still has the revision and state.
	SaveAccountChange(c AccountChange, revision int, from AccountState) (moved bool, err error)

	InsertMessage(m Message) error
	// SaveMessage writes the row if nobody tried to send it since.
	SaveMessage(m Message, attempts int) (moved bool, err error)
	// ReadMessages marks a merchant's messages up to the id as read.
	ReadMessages(merchantNo, upToID, by string, at time.Time) error

	Audit(e audit.Entry) error
}

func today(clk clock.Clock) bizdate.Date { return bizdate.Of(clk.Now()) }

// record is an audit entry of a merchant.
func (u *Upkeep) record(by, action, merchantNo, before, after, reason string) audit.Entry {
	return audit.Entry{At: u.Clock.Now(), Actor: by, Action: action, Object: MerchantObject(merchantNo), Before: before, After: after, Reason: reason}
}

// wantReason refuses a change without a reason.
func wantReason(op, reason string) error {
	if reason == "" || len(reason) > maxReason {
		return fault.Field(op, "reason", reason, "say why in at most %d bytes", maxReason)
	}
	return nil
}

const maxReason = 500

// elsewhere is a change of another merchant than the caller's: for the caller it
// does not exist. "" is the platform, which may see all.
func elsewhere(op, callersMerchant, merchantNo string) error {
	if callersMerchant != "" && callersMerchant != merchantNo {
		return fault.New(op, fault.NotFound, "no such change")
	}
	return nil
}

// isField tells whether an error is a conflict about a field.
func isField(err error, field string) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Kind == fault.Conflict && f.Field == field
}

// decidedBefore says who was faster.
func decidedBefore(op, field, state, by string, at time.Time) error {
	return &fault.Error{Op: op, Kind: fault.Conflict, Field: field, Value: state,
		Msg: "was decided by " + by + " on " + at.In(bizdate.Zone).Format(time.DateTime) + "; look at it again"}
}
