package acquiring

import (
	"context"

	"juma/acquiring/risk"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// checkLimits holds a payment that is about to be made against the limits, and
// says whether it must exclude credit cards. Above a limit that refuses, the error
// is fault kind Refused and its field the rule's name.
func (s *Service) checkLimits(ctx context.Context, in PayInput) (noCredit bool, err error) {
	facts, err := s.facts(ctx, in)
	if err != nil {
		return false, err
	}
	v := s.Limits.Judge(facts)
	for _, w := range v.Warnings {
		s.Log.WarnContext(ctx, "limit of payments exceeded", "rule", w.Rule, "finding", w.String(), "wallet", in.Wallet, "merchant", in.Scan.Merchant.No)
	}
	if v.Refused == nil && v.NoCredit && !in.Wallet.CanExcludeCredit() {
		v.Refused = &risk.Finding{Rule: risk.SmallCredit, Limit: s.Limits.SmallDay.Amount, Total: in.Amount}
	}
	if v.Refused != nil {
		return false, v.Refused.Error()
	}
	return v.NoCredit, nil
}

// facts finds what the limits look at; what no limit asks for is not read.
func (s *Service) facts(ctx context.Context, in PayInput) (f risk.Facts, err error) {
	now, l := s.Clock.Now(), s.Limits
	today := bizdate.Of(now)
	from, to := today.Start(), today.AddDays(1).Start()
	on := func(limits ...risk.Limit) bool {
		for _, limit := range limits {
			if limit.Mode != risk.Off {
				return true
			}
		}
		return false
	}
	f.Amount, f.Static = in.Amount, in.Entry != ByCode
	find := func(wanted bool, into *money.Fen, read func() (money.Fen, error)) {
		if wanted && err == nil {
			*into, err = read()
		}
	}
	find(f.Static && on(l.Static), &f.PayerStatic, func() (money.Fen, error) {
		return s.Store.SpentByPayer(ctx, in.Wallet, in.PayerID, from, to)
	})
	taken := func(by TallyOf, id string) func() (money.Fen, error) {
		return func() (money.Fen, error) { return s.Store.TakenBy(ctx, by, id, from, to) }
	}
	find(f.Static && on(l.Plate), &f.Plate, taken(TallyPlate, in.Scan.Plate.Key))
	find(on(l.Store), &f.Store, taken(TallyStore, in.Scan.Store.ID))
	if err == nil && on(l.SmallDay, l.SmallMonth) {
		f.Small, err = s.Store.IsSmall(ctx, in.Scan.Merchant.No)
	}
	find(f.Small || on(l.Merchant), &f.Merchant, taken(TallyMerchant, in.Scan.Merchant.No))
	find(f.Small, &f.MerchantMonth, func() (money.Fen, error) {
		first := from.AddDate(0, 0, 1-from.Day())
		return s.Store.TakenBy(ctx, TallyMerchant, in.Scan.Merchant.No, first, to)
	})
	if err == nil && in.PayerID != "" && l.Velocity.Mode != risk.Off {
		f.Recent, err = s.Store.BegunByPayer(ctx, in.Wallet, in.PayerID, now.Add(-l.Velocity.Span()))
	}
	return f, err
}
