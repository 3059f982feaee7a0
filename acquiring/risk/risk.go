// Package risk holds the limits of payments: pure rules over facts about one
// payment that is about to be made. It asks no clock and no database; whoever asks
// it finds the facts. Each limit is a setting: off, warn (the payment goes on and
// a line is logged) or refuse.
package risk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"juma/internal/fault"
	"juma/internal/money"
)

// Mode is what happens above a limit.
type Mode string

// The modes. "" takes the default of the limit.
const (
	Off    Mode = "off"
	Warn   Mode = "warn"
	Refuse Mode = "refuse"
)

// Rule names a limit, in settings, logs and errors.
type Rule string

// The rules, in the order in which they are asked: the payer is told the first
// that says no.
const (
	OnePayment  Rule = "payment_limit"  // one payment, however made
	TooFast     Rule = "velocity"       // payments of one payer in a minute
	StaticCode  Rule = "static_limit"   // a payer's payments by static codes, per wallet and day
	PlateDay    Rule = "plate_limit"    // all payments by one plate in a day
	StoreDay    Rule = "store_limit"    // all payments at one store in a day
	MerchantDay Rule = "merchant_limit" // all payments to one merchant in a day
	SmallCredit Rule = "small_credit"   // credit cards at a small merchant, per day and per month
)

// Limit is an amount above which something happens.
type Limit struct {
	Mode   Mode      `json:"mode,omitempty"`
	Amount money.Fen `json:"amount_fen,omitempty"`
}

// Pace is how many payments one payer may begin in a span of time.
type Pace struct {
	Mode     Mode `json:"mode,omitempty"`
	Payments int  `json:"payments,omitempty"` // 0 means 10
	Seconds  int  `json:"seconds,omitempty"`  // 0 means 60
}

// Span is the span as a duration.
func (p Pace) Span() time.Duration { return time.Duration(p.Seconds) * time.Second }

// Settings are all limits. The zero value is the default of each.
type Settings struct {
	// Static is level D of the barcode rules (银发〔2017〕296号): what one payer may pay by
	// static codes, per institution and day. Default: refuse above 500 yuan.
	Static Limit `json:"static,omitzero"`
	// Payment is the most that one payment may be. Default: off.
	Payment Limit `json:"payment,omitzero"`
	// Plate, Store and Merchant are what each may take in a day. Default: off.
	Plate    Limit `json:"plate,omitzero"`
	Store    Limit `json:"store,omitzero"`
	Merchant Limit `json:"merchant,omitzero"`
	// SmallDay and SmallMonth are what a merchant without licence (小微商户) may take by
	// credit card in a day and a calendar month. What a payment is paid from is not
	// known before, so all of the merchant's payments count, and above the limit the
	// order excludes credit cards. Default: refuse them above 1,000 and 10,000 yuan.
	SmallDay   Limit `json:"small_credit_day,omitzero"`
	SmallMonth Limit `json:"small_credit_month,omitzero"`
	// Velocity is how fast one payer may pay. Default: warn above 10 in a minute.
	Velocity Pace `json:"velocity,omitzero"`
}

// WithDefaults fills in what is not set.
func (s Settings) WithDefaults() Settings {
	fill := func(l *Limit, mode Mode, amount money.Fen) {
		if l.Mode == "" {
			l.Mode = mode
			if l.Amount > 0 && mode == Off {
				l.Mode = Refuse // whoever names an amount wants it kept
			}
		}
		if l.Amount == 0 {
			l.Amount = amount
		}
	}
	fill(&s.Static, Refuse, 500_00)
	fill(&s.SmallDay, Refuse, 1_000_00)
	fill(&s.SmallMonth, Refuse, 10_000_00)
	for _, l := range []*Limit{&s.Payment, &s.Plate, &s.Store, &s.Merchant} {
		fill(l, Off, 0)
	}
	if s.Velocity.Mode == "" {
		s.Velocity.Mode = Warn
	}
	if s.Velocity.Payments == 0 {
		s.Velocity.Payments = 10
	}
	if s.Velocity.Seconds == 0 {
		s.Velocity.Seconds = 60
	}
	return s
}

// Check reports everything that is wrong with settings that have their defaults.
func (s Settings) Check() error {
	var problems []error
	for name, l := range map[string]Limit{"static": s.Static, "payment": s.Payment, "plate": s.Plate, "store": s.Store,
		"merchant": s.Merchant, "small_credit_day": s.SmallDay, "small_credit_month": s.SmallMonth} {
		if !known(l.Mode) {
			problems = append(problems, fmt.Errorf("%s: mode %q: want off, warn or refuse", name, l.Mode))
		}
		if l.Mode != Off && l.Amount <= 0 {
			problems = append(problems, fmt.Errorf("%s: amount_fen %d: want a positive amount", name, l.Amount))
		}
	}
	if v := s.Velocity; !known(v.Mode) || v.Payments < 1 || v.Seconds < 1 || v.Seconds > 3600 {
		problems = append(problems, fmt.Errorf("velocity: want mode off, warn or refuse, at least 1 payment and 1 to 3600 seconds"))
	}
	if len(problems) == 0 {
		return nil
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return fault.Wrap("risk.Settings", fault.Invalid, errors.Join(problems...))
}

func known(m Mode) bool { return m == Off || m == Warn || m == Refuse }

// Read reads settings from one JSON object, and refuses names that it does not
// know: a misspelt limit would be none.
func Read(r io.Reader) (Settings, error) {
	var s Settings
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Settings{}, fault.Wrap("risk.Read", fault.Invalid, err)
	}
	return s, s.WithDefaults().Check()
}
