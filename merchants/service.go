package merchants

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
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
			terminals = append(terminals, Terminal{No: no, MerchantNo: m.No, StoreID: st.ID})
		}
	}
	agreements := slices.Clone(a.Agreements)
	for i := range agreements {
		g := &agreements[i]
		g.ID, g.MerchantNo = s.ids.At(m.CreatedAt), m.No
		if g.Rate < 0 || g.Rate > 100_000 {
			return Merchant{}, nil, nil, fault.Field(op, "rate_ppm", g.Rate.Percent(), "want 0%% to 10%%")
		}
	}
	enrolments := slices.Clone(a.Enrolments)
	for i := range enrolments {
		enrolments[i].MerchantNo = m.No
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
	return checkCNAPS(m.Account.CNAPS)
}

// checkCNAPS proves the check digit of a payment-system bank number: ISO 7064
// MOD 11,10 over the first 11 digits (identifiers §7).
func checkCNAPS(s string) error {
	bad := func(why string) error { return fault.Field("merchants.Onboard", "cnaps", s, "%s", why) }
	if len(s) != 12 || strings.Trim(s, "0123456789") != "" {
		return bad("want 12 digits")
	}
	p := 10
	for _, c := range s[:11] {
		if p = (p + int(c-'0')) % 10; p == 0 {
			p = 10
		}
		p = 2 * p % 11
	}
	if (11-p)%10 != int(s[11]-'0') {
		return bad("the check digit does not fit, look for a typing mistake")
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
