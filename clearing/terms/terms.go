// Package terms says when and on what conditions merchants are paid: the cycle
// (T+1, D+1, T+n), the smallest amount, and what is held until a second person lets
// it go. Terms and holds are data with a history; its rules are pure, storage and time
// are given to it.
package terms

import (
	"fmt"
	"strconv"
	"time"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// Cycle says when money of a clearing date is due: "T+1" is the next working day (工作日),
// "D+1" the next calendar day (自然日), and so on up to maxDays.
type Cycle string

// Next is the usual cycle: the next working day.
const Next Cycle = "T+1"

// maxDays bounds a cycle.
const maxDays = 30

// ParseCycle reads "T+1" or "D+2". Kind Invalid names the field "cycle".
func ParseCycle(s string) (Cycle, error) {
	if _, _, ok := Cycle(s).parts(); !ok {
		return "", fault.Field("terms.ParseCycle", "cycle", s, "want T+1 to T+%d (working days) or D+1 to D+%d (calendar days)", maxDays, maxDays)
	}
	return Cycle(s), nil
}

func (c Cycle) parts() (working bool, days int, ok bool) {
	if len(c) < 3 || (c[0] != 'T' && c[0] != 'D') || c[1] != '+' {
		return false, 0, false
	}
	n, err := strconv.Atoi(string(c[2:]))
	return c[0] == 'T', n, err == nil && n >= 1 && n <= maxDays && strconv.Itoa(n) == string(c[2:])
}

// Due is the date on which money of the clearing date d is paid.
func (c Cycle) Due(calendar *bizdate.Calendar, d bizdate.Date) bizdate.Date {
	working, n, ok := c.parts()
	switch {
	case !ok:
		return calendar.NextWorkday(d)
	case !working:
		return d.AddDays(n)
	}
	for range n {
		d = calendar.NextWorkday(d)
	}
	return d
}

// Terms are a merchant's.
type Terms struct {
	Cycle   Cycle
	Minimum money.Fen // less than this is carried forward; 0: everything is paid
}

// Default are the terms of a merchant with whom nothing else was agreed.
var Default = Terms{Cycle: Next}

// maxMinimum is the largest minimum: one million yuan.
const maxMinimum = money.Fen(100_000_000)

// Check refuses what no merchant can have. Kind Invalid names the field.
func (t Terms) Check() error {
	if _, err := ParseCycle(string(t.Cycle)); err != nil {
		return err
	}
	if t.Minimum < 0 || t.Minimum > maxMinimum {
		return fault.Field("terms.Check", "minimum", strconv.FormatInt(int64(t.Minimum), 10), "want 0 to %d fen", int64(maxMinimum))
	}
	return nil
}

// String writes terms for people: "T+1, from ¥10.00".
func (t Terms) String() string {
	if t.Minimum == 0 {
		return string(t.Cycle)
	}
	return fmt.Sprintf("%s, from %s", t.Cycle, t.Minimum)
}

// State is where a change of terms stands.
type State string

// The states of a change.
const (
	Proposed State = "proposed"
	Approved State = "approved" // in force from its date, until a later one is
	Rejected State = "rejected" // or withdrawn by who proposed it
)

// States lists them.
var States = []State{Proposed, Approved, Rejected}

// Change is terms as they were proposed and decided.
type Change struct {
	ID         string // ULID
	MerchantNo string
	State      State
	Terms      Terms
	From       bizdate.Date // the first clearing date that they count for
	Reason     string
	ProposedBy string
	ProposedAt time.Time
	DecidedBy  string
	DecidedAt  time.Time
	Note       string // of who decided
}

// Scope says what a hold holds.
type Scope string

// The scopes.
const (
	OfMerchant Scope = "merchant" // nothing is credited; what settles is kept
	OfPayment  Scope = "payment"  // the payment and its refunds settle with nobody
)

// Scopes lists them.
var Scopes = []Scope{OfMerchant, OfPayment}

// Kind says why something is held.
type Kind string

// The kinds of a hold.
const (
	Ordinary Kind = "ordinary" // a dispute, a question, a court's order
	Risk     Kind = "risk"     // by the risk officers
)

// Kinds lists them.
var Kinds = []Kind{Ordinary, Risk}

// HoldState is where a hold stands.
type HoldState string

// The states of a hold.
const (
	Held  HoldState = "held"
	Ended HoldState = "ended" // by a second person
)

// Hold keeps a merchant's money or a payment back until somebody else than who put it
// ends it.
type Hold struct {
	ID         string // ULID
	Scope      Scope
	ObjectNo   string // merchant number or payment order number
	MerchantNo string
	Kind       Kind
	State      HoldState
	Reason     string
	HeldBy     string
	HeldAt     time.Time
	EndedBy    string
	EndedAt    time.Time
	EndReason  string
}

// InForce are the terms and holds that a batch is computed by.
type InForce struct {
	Terms     map[string]Terms // by merchant; who is not there has Default
	Merchants map[string]bool  // that are held
	Payments  map[string]bool  // that are held, by order number
}

// Of returns a merchant's terms.
func (f InForce) Of(merchantNo string) Terms {
	if t, ok := f.Terms[merchantNo]; ok {
		return t
	}
	return Default
}

// entry is an audit row.
func entry(id string, at time.Time, by, action, object, before, after, reason string) audit.Entry {
	return audit.Entry{ID: id, At: at, Actor: by, Action: action, Object: object, Before: before, After: after, Reason: reason}
}
