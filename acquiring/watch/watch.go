// Package watch looks after plates that hang in shops: it finds what a plate in
// good hands does not do, and raises an alarm for a person to look at. It stops
// nothing by itself. The rules (rules.go) are pure functions of a Window of facts
// about one plate; Service gathers the facts on its clock and keeps the alarms.
package watch

import (
	"time"

	"juma/internal/money"
)

// Kind of an alarm: what was observed.
type Kind string

// The kinds of alarms.
const (
	Silent    Kind = "silent"    // nothing sold for long in hours in which it sells
	City      Kind = "city"      // the plate, or its payers, were in another city just before
	SmallTest Kind = "small"     // many small payments, as somebody makes who tries out
	Suspended Kind = "suspended" // scanned or paid on although it is stopped
)

// Kinds lists them in the order in which they are shown.
var Kinds = []Kind{Suspended, City, SmallTest, Silent}

// State of an alarm.
type State string

// The states of an alarm. At most one alarm of a kind and a plate is not closed.
const (
	Open         State = "open"
	Acknowledged State = "acknowledged" // somebody looks into it
	Closed       State = "closed"
)

// States lists them in the order of life.
var States = []State{Open, Acknowledged, Closed}

// Alarm is a finding that a person shall look at.
type Alarm struct {
	ID         string // ULID
	Kind       Kind
	State      State
	PlateKey   string
	Serial     string
	MerchantNo string // whom the plate was bound to; "" for nobody
	StoreID    string
	Finding    Finding
	RaisedAt   time.Time
	AckedAt    time.Time
	AckedBy    string
	AckNote    string
	ClosedAt   time.Time
	ClosedBy   string
	Reason     string // why it was closed
}

// Finding is what a rule found. Which numbers mean something depends on the kind.
type Finding struct {
	// Count is how many: refused scans (Suspended), payers who were elsewhere (City;
	// 0 when the plate itself moved), small payments (SmallTest), payments that the
	// silence should have had (Silent).
	Count int
	Paid  int    // payments made although the plate was stopped, or payers of small ones
	Was   string // City: the region, GB/T 2260, of before …
	Is    string // … and the plate's now
	From  time.Time
	To    time.Time // the facts are of From to To
}

// with is what was found together with what is found now. An alarm that waits
// tells the most that was seen: the window moves on, and forgets.
func (f Finding) with(now Finding) Finding {
	now.Count, now.Paid = max(f.Count, now.Count), max(f.Paid, now.Paid)
	now.From, now.To = minTime(f.From, now.From), latest(f.To, now.To)
	return now
}

// Settings are the thresholds of the rules and how far they look back. Durations
// are of the service's clock.
type Settings struct {
	// Window is how far the rules look back on a plate that is in use.
	Window time.Duration
	// StoppedWindow is the same for payments on a stopped plate: they may be
	// confirmed long after they were made.
	StoppedWindow time.Duration
	// RefusedScans is how many refused scans of a stopped plate within Window are an
	// alarm: one customer who scans and scans again is none. A payment always is.
	RefusedScans int

	// SmallAmount is the largest payment that counts as small; SmallCount of them
	// within SmallWindow, and at least half of all then, are an alarm, …
	SmallAmount money.Fen
	SmallCount  int
	SmallWindow time.Duration
	// … unless that is the shop's trade: at least so many of a hundred payments
	// usually are small.
	SmallUsualPercent int

	// Travellers is how many payers must have paid in another city within TravelTime
	// before: one may hand on his wallet, two use a photo of the plate.
	Travellers int
	TravelTime time.Duration
	// MovedWithin is how long after a plate was bound in another city that is told.
	MovedWithin time.Duration

	// SilentExpected is how many payments a silence must have cost, by what the plate
	// sells usually in those hours of the week, …
	SilentExpected int
	SilentAtLeast  time.Duration // … and how long it must be at the least.
	// SilentWeeks is how many whole weeks a plate must have sold before its usual
	// week is believed; no more than MaxWeeks are looked at.
	SilentWeeks int
}

// MaxWeeks is how much of the past makes a usual week.
const MaxWeeks = 4

// DefaultSettings are the thresholds where nobody sets others.
func DefaultSettings() Settings {
	return Settings{
		Window: time.Hour, StoppedWindow: 24 * time.Hour, RefusedScans: 3,
		SmallAmount: 100, SmallCount: 6, SmallWindow: 10 * time.Minute, SmallUsualPercent: 20,
		Travellers: 2, TravelTime: 15 * time.Minute, MovedWithin: 24 * time.Hour,
		SilentExpected: 6, SilentAtLeast: 45 * time.Minute, SilentWeeks: 2,
	}
}

// Window is what is known of one plate at an instant.
type Window struct {
	Now      time.Time
	Plate    Plate
	Payments []Payment // of the time that the settings say, oldest first
	Refused  []Refusals
	Visits   []Visit
	Usual    Week
	LastPaid time.Time
	// Handled is when the last alarm of a kind was closed: what was before it was
	// looked at by a person and is not told again.
	Handled map[Kind]time.Time
	// Raised are the alarms that are not closed.
	Raised map[Kind]Alarm
}

// Plate is the plate of a window.
type Plate struct {
	Key, Serial string
	InUse       bool      // bound, and its store is open
	Stopped     bool      // suspended or lost
	StoppedAt   time.Time // zero when it is not stopped
	ResumedAt   time.Time // when it was last let go on; zero: never
	MerchantNo  string
	StoreID     string
	Region      string    // of the store that it is bound to, GB/T 2260
	BoundAt     time.Time // when that binding began
	Before      string    // region of the binding before; "" when there was none
}

// Payment is a payment order on the plate.
type Payment struct {
	OrderNo   string
	Payer     string // wallet and payer
	Amount    money.Fen
	CreatedAt time.Time
	PaidAt    time.Time // zero: not paid, or not known to be
}

// Refusals counts the scans of a stopped plate that were refused in an interval.
type Refusals struct {
	PlateKey string
	From     time.Time // beginning of the interval, see Interval
	Count    int
}

// Interval is what refused scans are counted by.
const Interval = 5 * time.Minute

// Visit is a payment that a payer of the plate made at another one shortly before.
type Visit struct {
	Payer  string
	Region string // of the other plate's store
	Gap    time.Duration
	At     time.Time // of the payment on this plate
}
