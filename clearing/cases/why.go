package cases

import (
	"errors"
	"fmt"

	"juma/internal/fault"
)

// Why says why an action is refused, for pages that say it in other words.
type Why string

// The reasons of a refusal.
const (
	NoFit         Why = "no_fit"         // the action does not fit this difference
	HasEnded      Why = "has_ended"      // nothing is left to do
	TooLarge      Why = "too_large"      // more than may be written off
	DayToCome     Why = "day_to_come"    // it is released by itself on its own day
	NoOrder       Why = "no_order"       // it is no order of ours
	Repeats       Why = "repeats"        // the statement repeats the payment itself
	WalletPays    Why = "wallet_pays"    // we do not settle with this merchant
	NotSuccessful Why = "not_successful" // the channel does not call it successful
	OtherAmount   Why = "other_amount"   // our order is of another amount
)

// Whys lists them.
var Whys = []Why{NoFit, HasEnded, TooLarge, DayToCome, NoOrder, Repeats, WalletPays, NotSuccessful, OtherAmount}

// refusal is a fault of kind Refused about an action, with its reason.
type refusal struct {
	error
	why Why
}

// Unwrap is the fault.
func (r refusal) Unwrap() error { return r.error }

// refuse says in a sentence why an action cannot be done.
func refuse(op string, a Action, why Why, format string, args ...any) error {
	return refusal{&fault.Error{Op: op, Kind: fault.Refused, Field: "action", Value: string(a), Msg: fmt.Sprintf(format, args...)}, why}
}

// WhyOf finds the reason of a refusal in an error, "" when there is none.
func WhyOf(err error) Why {
	var r refusal
	if errors.As(err, &r) {
		return r.why
	}
	return ""
}
