package merchants

import (
	"context"
	"slices"

	"juma/internal/audit"
	"juma/internal/fault"
	"juma/internal/mask"
)

// States lists the states of a merchant in the order in which they are shown.
var States = []State{Active, Suspended, Closed}

// MerchantQuery selects merchants for a list, by number.
type MerchantQuery struct {
	State   State  // "" : every state
	Kind    Kind   // "" : every kind, and those whose kind is not known
	AfterNo string // key of the page before
	Limit   int
}

// ListedMerchant is a merchant as a list needs it. Kind is "" for one that came
// without an application.
type ListedMerchant struct {
	Merchant
	Kind Kind
}

// ShownName is the registered name, masked where it may be a person's.
func (m ListedMerchant) ShownName() string {
	if m.Kind == Enterprise || m.Kind == Individual {
		return m.Name
	}
	return mask.Name(m.Name)
}

// ListMerchants lists merchants by number.
func (u *Upkeep) ListMerchants(ctx context.Context, q MerchantQuery) ([]ListedMerchant, error) {
	return u.Store.ListMerchants(ctx, q)
}

// MerchantTimeline is everything that happened to a merchant and to the application
// that it came from, oldest first. Kind NotFound when there is no such merchant.
func (u *Upkeep) MerchantTimeline(ctx context.Context, merchantNo string) ([]audit.Entry, error) {
	const op = "merchants.MerchantTimeline"
	if _, err := u.Store.Merchant(ctx, merchantNo); err != nil {
		return nil, fault.Wrap(op, "", err)
	}
	all, err := u.auditOf(ctx, MerchantObject(merchantNo))
	if err != nil {
		return nil, fault.Wrap(op, "", err)
	}
	a, err := u.Store.ApplicationOfMerchant(ctx, merchantNo)
	if fault.Is(err, fault.NotFound) {
		return all, nil
	}
	if err != nil {
		return nil, fault.Wrap(op, "", err)
	}
	before, err := u.auditOf(ctx, a.object())
	all = append(before, all...)
	slices.SortStableFunc(all, func(x, y audit.Entry) int { return x.At.Compare(y.At) })
	return all, fault.Wrap(op, "", err)
}

// auditOf reads every entry about an object.
func (u *Upkeep) auditOf(ctx context.Context, object string) ([]audit.Entry, error) {
	var all []audit.Entry
	for after := ""; ; {
		page, err := u.Store.AuditOf(ctx, object, after, timelineRows)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < timelineRows {
			return all, nil
		}
		after = page[len(page)-1].ID
	}
}
