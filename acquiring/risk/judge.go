package risk

import (
	"fmt"

	"juma/internal/fault"
	"juma/internal/money"
)

// Facts are what the rules look at: this payment, and what was before it today.
// A fact whose rule is off may be left out.
type Facts struct {
	Amount money.Fen
	// Static: by a code that hangs in a shop. A code on the consumer's phone is new
	// each time.
	Static bool
	Small  bool // the merchant has no licence
	// What was paid before, on this calendar day.
	PayerStatic, Plate, Store, Merchant money.Fen
	// MerchantMonth is what the merchant took since the month's first day, today
	// included.
	MerchantMonth money.Fen
	// Recent is how many payments the payer began within Settings.Velocity's span.
	Recent int
}

// Finding is a limit that this payment would go beyond.
type Finding struct {
	Rule  Rule
	Mode  Mode
	Limit money.Fen // of amounts
	Total money.Fen // with this payment, and Open
	Open  money.Fen // of Total: orders that are not paid and still could be
	Count int       // of payments with this one, for TooFast
	Most  int
}

// String says what was found.
func (f Finding) String() string {
	if f.Rule == TooFast {
		return fmt.Sprintf("%s: %d payments, at most %d are usual", f.Rule, f.Count, f.Most)
	}
	if f.Open > 0 {
		return fmt.Sprintf("%s: %s with %s in open orders, the limit is %s", f.Rule, f.Total, f.Open, f.Limit)
	}
	return fmt.Sprintf("%s: %s, the limit is %s", f.Rule, f.Total, f.Limit)
}

// OpenOrders ends the field of a refusal that would not be one if no order were open:
// the payer may finish one of them, or wait until it expires.
const OpenOrders = "_open"

// Error is the refusal for the finding: fault kind Refused, with the rule as its
// field, and OpenOrders behind it when only open orders stand in the way.
func (f Finding) Error() *fault.Error {
	field := string(f.Rule)
	if f.Open > 0 {
		field += OpenOrders
	}
	return &fault.Error{Op: "risk.Judge", Kind: fault.Refused, Field: field, Value: f.Total.Yuan(), Msg: f.String()}
}

// Verdict is what the rules say of a payment.
type Verdict struct {
	Refused  *Finding  // nil: it may be made
	Warnings []Finding // to be logged
	// NoCredit: it may be made, but not by credit card.
	NoCredit bool
}

// Judge holds a payment against the limits. An amount that reaches a limit is
// within it; one fen more is not. Sums that no int64 holds are above every limit.
func (s Settings) Judge(f Facts) Verdict {
	var v Verdict
	find := func(l Limit, rule Rule, before money.Fen) *Finding {
		total, err := before.Add(f.Amount)
		if l.Mode == Off || (err == nil && total <= l.Amount) {
			return nil
		}
		if err != nil {
			total = l.Amount
		}
		return &Finding{Rule: rule, Mode: l.Mode, Limit: l.Amount, Total: total}
	}
	found := []*Finding{find(s.Payment, OnePayment, 0), s.tooFast(f)}
	if f.Static {
		found = append(found, find(s.Static, StaticCode, f.PayerStatic), find(s.Plate, PlateDay, f.Plate))
	}
	found = append(found, find(s.Store, StoreDay, f.Store), find(s.Merchant, MerchantDay, f.Merchant))
	for _, one := range found {
		v.take(one)
	}
	if f.Small {
		v.credit(find(s.SmallDay, SmallCredit, f.Merchant))
		v.credit(find(s.SmallMonth, SmallCredit, f.MerchantMonth))
	}
	return v
}

// Reserves tells whether payments must be held against the payer's limit in the very
// commit that makes them (Reserve).
func (s Settings) Reserves() bool { return s.Static.Mode == Refuse }

// Reserve holds a payment by a static code against the payer's limit with paid, what the
// payer has paid today, and open, what the payer's other orders could still take: two
// orders that are open at once must not exceed together what each keeps to alone. nil
// means that it may be made.
func (s Settings) Reserve(amount, paid, open money.Fen) *Finding {
	f := Finding{Rule: StaticCode, Mode: s.Static.Mode, Limit: s.Static.Amount}
	total, err := paid.Add(amount)
	if err == nil && total <= s.Static.Amount {
		f.Open = open
		total, err = total.Add(open)
	}
	switch {
	case !s.Reserves() || (err == nil && total <= s.Static.Amount):
		return nil
	case err != nil: // sums that no int64 holds are above every limit
		total = s.Static.Amount
	}
	f.Total = total
	return &f
}

func (v *Verdict) take(f *Finding) {
	switch {
	case f == nil:
	case f.Mode == Warn:
		v.Warnings = append(v.Warnings, *f)
	case v.Refused == nil:
		v.Refused = f
	}
}

// credit takes a finding that speaks of credit cards only.
func (v *Verdict) credit(f *Finding) {
	if f != nil && f.Mode == Refuse {
		v.NoCredit = true
		return
	}
	v.take(f)
}

func (s Settings) tooFast(f Facts) *Finding {
	if s.Velocity.Mode == Off || f.Recent+1 <= s.Velocity.Payments {
		return nil
	}
	return &Finding{Rule: TooFast, Mode: s.Velocity.Mode, Count: f.Recent + 1, Most: s.Velocity.Payments}
}
