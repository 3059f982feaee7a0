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
// force that began last. ok is false when none is in force.
func AgreementAt(all []Agreement, channel string, d bizdate.Date) (a Agreement, ok bool) {
	fits := slices.DeleteFunc(slices.Clone(all), func(g Agreement) bool {
		return g.Channel != channel || g.From > d || (g.To != 0 && g.To < d)
	})
	if len(fits) == 0 {
		return Agreement{}, false
	}
	return slices.MaxFunc(fits, func(x, y Agreement) int { return cmp.Or(cmp.Compare(x.From, y.From), strings.Compare(x.ID, y.ID)) }), true
}
