package clearing

import (
	"context"
	"time"

	"juma/acquiring/channel"
	"juma/clearing/intake"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// StatementRow registers a file that came in, whatever became of it. The raw file is
// kept with it.
type StatementRow struct {
	ID string // ULID
	// Channel, MerchantID, Date and Kind say what the file is of: a day has one file in
	// use of each. Zero values where nobody could tell (a file that was refused).
	Channel    channel.Name
	MerchantID string // "" for one statement of the whole provider; a bank account for credits
	Date       bizdate.Date
	Kind       intake.Kind
	Layout     string
	Name       string
	Empty      bool // the wallet said that the day has no trade
	Bytes      int
	SHA256     string
	// Fingerprint is the digest of what the file says, whatever form it came in.
	Fingerprint string
	Path        string // where the raw file is kept, relative to the data directory
	State       intake.State
	Version     int // from 1, among the files of the same; 0: never used
	Rows        int
	Totals      intake.Totals
	Origin      Origin
	Actor       string // who brought it
	Findings    Findings
	CameAt      time.Time
}

// Origin is how a file came in.
type Origin string

// The origins.
const (
	FromChannel Origin = "fetched"  // asked for at the channel
	FromPerson  Origin = "uploaded" // brought by a person
)

// Findings is what was found about a file, step by step.
type Findings struct {
	Steps   []intake.Step      `json:"steps,omitempty"`
	Problem *intake.Problem    `json:"problem,omitempty"`
	Unknown *intake.Difference `json:"unknown,omitempty"` // of a quarantined file: its header against the nearest known one
	Sealed  bool               `json:"sealed,omitempty"`  // its bytes were proved to be whole
}

// Clearance is what one person proposes about a quarantined file, and another decides:
// where its columns belong, and what the channel's own page shows as count and sum.
type Clearance struct {
	ID         string // ULID
	FileID     string
	Channel    channel.Name
	MerchantID string
	Date       bizdate.Date
	Signature  string // of the header that the map is for; "" without a map
	Version    int    // of the channel's map, from 1; 0 without a map
	Map        string // YAML; "" for a file of a known layout, of which only count and sum are missing
	Rows       int
	Sum        money.Fen // refunds negative
	State      ClearanceState
	Reason     string
	ProposedBy string
	ProposedAt time.Time
	DecidedBy  string
	DecidedAt  time.Time
	Note       string
}

// ClearanceState is where a proposal stands.
type ClearanceState string

// The states of a proposal.
const (
	Proposed ClearanceState = "proposed"
	Approved ClearanceState = "approved"
	Rejected ClearanceState = "rejected"
)

// StatementStore is what the intake needs from storage.
type StatementStore interface {
	// Statements lists the files of a channel's day, by merchant, kind and age.
	Statements(ctx context.Context, ch channel.Name, d bizdate.Date) ([]StatementRow, error)
	// StatementsOf lists those of one account and kind that have a version, oldest first.
	StatementsOf(ctx context.Context, ch channel.Name, merchantID string, d bizdate.Date, kind intake.Kind) ([]StatementRow, error)
	// StatementsOn lists those of all channels, and of none.
	StatementsOn(ctx context.Context, d bizdate.Date) ([]StatementRow, error)
	// StatementsIn lists the latest files in a state, newest first.
	StatementsIn(ctx context.Context, state intake.State, limit int) ([]StatementRow, error)
	// StatementsWith lists files by the digest of their bytes, oldest first.
	StatementsWith(ctx context.Context, sha256 string) ([]StatementRow, error)
	Statement(ctx context.Context, id string) (StatementRow, error) // NotFound
	Clearances(ctx context.Context, fileID string) ([]Clearance, error)
	Clearance(ctx context.Context, id string) (Clearance, error) // NotFound
	// Maps lists the approved maps, newest version first.
	Maps(ctx context.Context) ([]Clearance, error)
	// MapVersion is the highest version of a channel's maps, 0 without any.
	MapVersion(ctx context.Context, ch channel.Name) (int, error)
}

// StatementTx is what the intake changes.
type StatementTx interface {
	// SaveStatement registers a file; fresh is false when the same bytes are there
	// already with the same channel, merchant, date and kind. Conflict when another
	// file of the same is in use, or has its version.
	SaveStatement(r StatementRow) (fresh bool, err error)
	// ChangeStatement writes a file's row anew if it is in state from.
	ChangeStatement(r StatementRow, from intake.State) (moved bool, err error)
	InsertClearance(p Clearance) error // Conflict when the file has an open one
	// DecideClearance writes the decision if the proposal is open and somebody else's.
	DecideClearance(p Clearance) (moved bool, err error)
}
