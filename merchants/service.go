package merchants

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/gbk"
	"juma/internal/id"
)

// Service onboards merchants and answers which rate applies.
type Service struct {
	repo  Repository
	clock clock.Clock
	ids   *id.ULIDs
}

// NewService returns the merchant service.
func NewService(repo Repository, clk clock.Clock, ids *id.ULIDs) *Service {
	return &Service{repo: repo, clock: clk, ids: ids}
}

// Application is what is needed to make a merchant payable.
type Application struct {
	Merchant   Merchant
	Stores     []ApplicationStore
	Agreements []Agreement // MerchantNo and ID are filled in
	Enrolments []Enrolment // MerchantNo is filled in
}

// ApplicationStore is a store with its terminal numbers.
type ApplicationStore struct {
	Name, Address, RegionCode string
	Terminals                 []string
}

// Onboard checks an application and stores it, all or nothing.
func (s *Service) Onboard(ctx context.Context, a Application) (Merchant, []Store, []Terminal, error) {
	const op = "merchants.Onboard"
	m := a.Merchant
	if err := checkMerchant(m); err != nil {
		return Merchant{}, nil, nil, err
	}
	m.State, m.CreatedAt = Active, s.clock.Now()
	var stores []Store
	var terminals []Terminal
	for _, as := range a.Stores {
		st := Store{ID: s.ids.At(m.CreatedAt), MerchantNo: m.No, Name: as.Name, Address: as.Address, RegionCode: as.RegionCode}
		stores = append(stores, st)
		for _, no := range as.Terminals {
			if err := id.CheckTerminalNo(no); err != nil {
				return Merchant{}, nil, nil, fault.Wrap(op, fault.Invalid, err)
			}
			terminals = append(terminals, Terminal{No: no, MerchantNo: m.No, StoreID: st.ID, TraceStart: id.TraceStart(len(terminals))})
		}
	}
	agreements := slices.Clone(a.Agreements)
	for i := range agreements {
		g := &agreements[i]
		g.ID, g.MerchantNo, g.Version = s.ids.At(m.CreatedAt), m.No, 1
		if err := checkAgreement(*g); err != nil {
			return Merchant{}, nil, nil, err
		}
	}
	enrolments := slices.Clone(a.Enrolments)
	for i := range enrolments {
		e := &enrolments[i]
		e.MerchantNo, e.State, e.UpdatedAt = m.No, EnrolAccepted, m.CreatedAt
		e.Version = 1
	}
	if err := s.repo.CreateMerchant(ctx, m, stores, terminals, agreements, enrolments); err != nil {
		return Merchant{}, nil, nil, fault.Wrap(op, "", err)
	}
	return m, stores, terminals, nil
}

func checkMerchant(m Merchant) error {
	const op = "merchants.Onboard"
	if err := id.CheckMerchantNo(m.No); err != nil {
		return fault.Wrap(op, fault.Invalid, err)
	}
	if m.Name == "" || m.ShortName == "" {
		return fault.Field(op, "name", m.Name, "the registered name and the short name must both be given")
	}
	if len(m.MCC) != 4 || strings.Trim(m.MCC, "0123456789") != "" {
		return fault.Field(op, "mcc", m.MCC, "want 4 digits")
	}
	if len(m.RegionCode) != 6 || strings.Trim(m.RegionCode, "0123456789") != "" {
		return fault.Field(op, "region_code", m.RegionCode, "want 6 digits (GB/T 2260)")
	}
	for _, f := range []struct{ name, value string }{
		{"name", m.Name}, {"bank_name", m.Account.BankName}, {"account_name", m.Account.AccountName}, {"account_no", m.Account.AccountNo},
	} {
		if _, err := gbk.Encode(f.value); err != nil { // one name that cannot be written would hold up every merchant's files
			return fault.Field(op, f.name, f.value, "%v", err)
		}
	}
	if m.SettledByWallet && m.Account == (SettlementAccount{}) {
		return nil // nothing is ever paid out to it
	}
	if err := id.CheckCNAPS(m.Account.CNAPS); err != nil {
		return fault.Field(op, "cnaps", m.Account.CNAPS, "%v", err)
	}
	return nil
}

func checkAgreement(g Agreement) error {
	const op = "merchants.Onboard"
	switch {
	case g.Rate < 0 || g.Rate > 100_000:
		return fault.Field(op, "rate_ppm", g.Rate.Percent(), "want 0%% to 10%%")
	case g.Cap < 0:
		return fault.Field(op, "cap_fen", g.Cap.Yuan(), "want 0 for no cap, or more")
	case g.From == 0:
		return fault.Field(op, "valid_from", "", "say from which day the rate is valid")
	case g.To != 0 && g.To < g.From:
		return fault.Field(op, "valid_to", g.To.String(), "lies before the first day, %s", g.From)
	}
	return nil
}

// AgreementAt picks the agreement that applies to a channel on a day: the one in
// force that began last, of two that began on a day the later version. ok is false
// when none is in force. See RateFor for a card kind and for the reasons.
func AgreementAt(all []Agreement, channel string, d bizdate.Date) (a Agreement, ok bool) {
	e := RateFor(all, channel, AnyCard, d)
	return e.Applied, e.Found
}

// RateWhy says why an agreement applied or did not, as a stable key.
type RateWhy string

// The reasons, in the order in which they are looked at.
const (
	OtherChannel RateWhy = "other_channel"
	OtherCard    RateWhy = "other_card"
	NotYet       RateWhy = "not_yet"    // begins later
	Over         RateWhy = "over"       // ended before
	LessExact    RateWhy = "less_exact" // another is for this very card kind
	Replaced     RateWhy = "replaced"   // another in force began later, or is its later version
	Applies      RateWhy = "applies"
)

// RateExplanation answers which rate applied and why: every agreement that was
// considered, with its reason.
type RateExplanation struct {
	Applied    Agreement
	Found      bool
	Considered []ConsideredRate
}

// ConsideredRate is an agreement with why it applied or did not.
type ConsideredRate struct {
	Agreement
	Why RateWhy
}

// RateFor picks the agreement for a payment at a channel from a card kind on a day
// of Asia/Shanghai. The rate of the very card kind goes before the rate of any; a
// payment whose card kind is not known takes the rate of any, and where there is
// none the credit rate, so that no payment is charged too little.
func RateFor(all []Agreement, channel string, card CardKind, d bizdate.Date) RateExplanation {
	e := RateExplanation{Considered: make([]ConsideredRate, len(all))}
	best := -1
	for i, a := range all {
		e.Considered[i] = ConsideredRate{a, whyNot(a, channel, card, d)}
		if e.Considered[i].Why != Applies {
			continue
		}
		if best >= 0 {
			winner, why := better(all[best], a, card)
			loser := best
			if winner == 0 {
				loser = i
			}
			e.Considered[loser].Why = why
			if winner == 0 {
				continue
			}
		}
		best = i
	}
	if best >= 0 {
		e.Applied, e.Found = all[best], true
	}
	return e
}

func whyNot(a Agreement, channel string, card CardKind, d bizdate.Date) RateWhy {
	switch {
	case a.Channel != channel:
		return OtherChannel
	case a.CardKind != AnyCard && a.CardKind != card && (card != AnyCard || a.CardKind != Credit):
		return OtherCard
	case a.From > d:
		return NotYet
	case a.To != 0 && a.To < d:
		return Over
	}
	return Applies
}

// better tells which of two that fit goes first (0 or 1), and why the other does
// not.
func better(a, b Agreement, card CardKind) (winner int, why RateWhy) {
	if exactA, exactB := a.CardKind == card, b.CardKind == card; exactA != exactB {
		if exactA {
			return 0, LessExact
		}
		return 1, LessExact
	}
	if cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Version, b.Version), strings.Compare(a.ID, b.ID)) > 0 {
		return 0, Replaced
	}
	return 1, Replaced
}
