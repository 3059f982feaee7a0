// Package check tells whether what a merchant writes about itself can be true:
// numbers by their check digits, codes by the national tables, texts by what a
// settlement file can carry. It is pure; whether a number exists and belongs to
// whom it should is asked elsewhere (identity verification).
//
// One value is checked by its What, as the wizard does while it is typed:
//
//	err := check.USCC.Check("91310115XXXX000199", today)
//
// and a whole profile by Profile, which finds all faults at once.
package check

import (
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/mask"
)

// What is a kind of value that has rules of its own.
type What string

// The kinds of value.
const (
	Kind             What = "kind"         // enterprise, individual or micro
	USCC             What = "uscc"         // 统一社会信用代码 (GB 32100)
	IDNo             What = "id_no"        // identity number (GB 11643)
	Card             What = "card"         // bank card of a person
	CorporateAccount What = "corporate"    // account of a company
	AccountKind      What = "account_kind" // corporate or personal
	CNAPS            What = "cnaps"        // 联行号
	Phone            What = "phone"        // mobile phone in the mainland
	Email            What = "email"
	MCC              What = "mcc"    // merchant category code
	Region           What = "region" // GB/T 2260
	PersonName       What = "person_name"
	HolderName       What = "holder_name" // of an account: a person or a company
	BusinessName     What = "business_name"
	ShortName        What = "short_name" // what the consumer reads
	Address          What = "address"
	Rate             What = "rate_ppm" // as text: 0 to 100000
)

// trait is how one kind of value is checked and shown.
type trait struct {
	rule func(value string, today bizdate.Date) Rule
	mask func(string) string // nil: shown as it is
}

var traits = map[What]trait{
	Kind:             {rule: timeless(kindRule)},
	USCC:             {rule: timeless(usccRule)},
	IDNo:             {rule: idRule, mask: mask.IDNumber},
	Card:             {rule: timeless(cardRule), mask: mask.Card},
	CorporateAccount: {rule: timeless(corporateRule), mask: mask.Card},
	AccountKind:      {rule: timeless(accountKindRule)},
	CNAPS:            {rule: timeless(cnapsRule)},
	Phone:            {rule: timeless(phoneRule), mask: mask.Phone},
	Email:            {rule: timeless(emailRule), mask: mask.Account},
	MCC:              {rule: timeless(mccRule)},
	Region:           {rule: timeless(regionRule)},
	PersonName:       {rule: textRule(2, 25), mask: mask.Name},
	HolderName:       {rule: textRule(2, 60), mask: mask.Name},
	BusinessName:     {rule: textRule(2, 60)},
	ShortName:        {rule: textRule(1, 30)},
	Address:          {rule: textRule(2, 120)},
	Rate:             {rule: timeless(rateRule)},
}

func timeless(f func(string) Rule) func(string, bizdate.Date) Rule {
	return func(v string, _ bizdate.Date) Rule { return f(v) }
}

// Rule is the first rule that the value breaks, "" when it breaks none. today is
// what "not in the future" is measured by.
func (w What) Rule(value string, today bizdate.Date) Rule {
	if value == "" {
		return Required
	}
	return traits[w].rule(value, today)
}

// Check is Rule as a fault of kind Invalid that names the field, holds the value
// masked, and says what to do.
func (w What) Check(value string, today bizdate.Date) error {
	if r := w.Rule(value, today); r != "" {
		return fault.Field("check", string(w), w.Shown(value, today), "%s", r.Text())
	}
	return nil
}

// Mask is the value as it may be shown: what identifies a person is masked.
func (w What) Mask(value string) string {
	if m := traits[w].mask; m != nil {
		return m(value)
	}
	return value
}

// Shown is Mask for a value that may stand in the wrong place: an identity
// number, a card or a phone is masked wherever it was typed.
func (w What) Shown(value string, today bizdate.Date) string {
	if traits[w].mask == nil {
		for _, other := range []What{IDNo, Card, Phone} {
			if other.Rule(value, today) == "" {
				return other.Mask(value)
			}
		}
	}
	return w.Mask(value)
}
