package clearing

import (
	"context"

	"juma/acquiring/channel"
	"juma/clearing/fee"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
	"juma/merchants"
)

// Worked is how one fee of a payment or refund came about. Of a payment After is
// zero; what a refund gives back is the fee of what was left Before it less the fee
// of what is left After it, so Fee is negative.
type Worked struct {
	Before, After money.Working
	Fee           money.Fen
}

// WorkedPrice is a fee by a line of the table of prices; Found is false where the
// table has none.
type WorkedPrice struct {
	Worked
	Price fee.Price
	Found bool
}

// FeeExplanation says by what each fee of a payment or refund was worked out.
type FeeExplanation struct {
	Agreement merchants.Agreement // the merchant's, as the payment keeps it
	Merchant  Worked
	Class     fee.Class   // the merchant's class of prices, by its MCC
	Cost      WorkedPrice // what the channel is expected to charge; its statement wins
	Network   WorkedPrice
}

// ExplainFees works every fee of a record out again and tells each step: agreement
// or line of the table, band, rate, exact figure, rounding, minimum and cap. It is
// pure, and uses what settles: the figures are those of the batch and the files.
// Of a refund, r.OrigRefundedBefore says what went back before it.
func ExplainFees(r Record, a merchants.Agreement, t *fee.Table) (FeeExplanation, error) {
	a.Rate, a.Cap = r.FeeRate, r.FeeCap
	x := FeeExplanation{Agreement: a, Class: t.Class(r.MCC)}
	var err error
	if x.Merchant, err = work(r, a.Tariff()); err != nil {
		return x, err
	}
	for _, part := range []struct {
		into *WorkedPrice
		part fee.Part
	}{{&x.Cost, fee.ChannelCost}, {&x.Network, fee.Network}} {
		p, err := PriceOf(t, part.part, r)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return x, err
		}
		part.into.Price, part.into.Found = p, true
		if part.into.Worked, err = work(r, p.Tariff); err != nil {
			return x, err
		}
	}
	return x, nil
}

func work(r Record, t money.Tariff) (w Worked, err error) {
	if r.Kind == channel.PaymentLine {
		w.Before, err = t.Explain(r.Amount)
		w.Fee = w.Before.Fee
		return w, err
	}
	left := r.OrigAmount - r.OrigRefundedBefore
	if w.Before, err = t.Explain(left); err != nil {
		return w, err
	}
	w.After, err = t.Explain(left - r.Amount)
	w.Fee = w.After.Fee - w.Before.Fee
	return w, err
}

// Explanation is all that became of a payment or refund on its way to the merchant.
type Explanation struct {
	Record
	Fees FeeExplanation
	// Items are what reconciliation made of it, by day; Settled is the one that is in
	// a batch, which Batch is; zero when none is.
	Items   []Item
	Settled Item
	Batch   Batch
}

// Explainer finds what explains a payment or refund.
type Explainer struct {
	Store interface {
		RecordsByKey(ctx context.Context, ch channel.Name, keys []Key) ([]Record, error)
		// ItemsOf lists what reconciliation made of orders.
		ItemsOf(ctx context.Context, orderNos ...string) ([]Item, error)
		// RefundedBefore sums the refunds of a payment that settled before an item, a
		// refund of it, did.
		RefundedBefore(ctx context.Context, orderNo string, it Item) (money.Fen, error)
		Batch(ctx context.Context, d bizdate.Date) (Batch, error)
		ChannelAccounts(ctx context.Context) ([]channel.Account, error)
	}
	Merchants interface {
		Agreements(ctx context.Context, merchantNo string) ([]merchants.Agreement, error)
	}
	Prices *fee.Table
}

// Explain explains a paid payment or a succeeded refund by its number; anything else
// is fault kind NotFound.
func (e Explainer) Explain(ctx context.Context, no string) (Explanation, error) {
	var x Explanation
	var err error
	if x.Record, err = e.record(ctx, no); err != nil {
		return x, err
	}
	if x.Items, err = e.Store.ItemsOf(ctx, no); err != nil {
		return x, err
	}
	for _, it := range x.Items {
		if it.State == Settled && it.Kind == x.Kind {
			x.Settled = it
		}
	}
	if x.Settled.ID != "" {
		if x.Batch, err = e.Store.Batch(ctx, x.Settled.SettledOn); err != nil {
			return x, err
		}
		if x.Kind == channel.RefundLine { // refunds give fees back in the order in which they settle
			if x.OrigRefundedBefore, err = e.Store.RefundedBefore(ctx, x.OrigOrderNo, x.Settled); err != nil {
				return x, err
			}
		}
	}
	agreed, err := e.agreement(ctx, x.Record)
	if err != nil {
		return x, err
	}
	x.Fees, err = ExplainFees(x.Record, agreed, e.Prices)
	return x, err
}

func (e Explainer) record(ctx context.Context, no string) (Record, error) {
	accounts, err := e.Store.ChannelAccounts(ctx)
	if err != nil {
		return Record{}, err
	}
	for _, ch := range channel.AllNames(accounts) {
		found, err := e.Store.RecordsByKey(ctx, ch, []Key{{channel.PaymentLine, no}, {channel.RefundLine, no}})
		if err != nil {
			return Record{}, err
		}
		if len(found) > 0 {
			return found[0], nil
		}
	}
	return Record{}, &fault.Error{Op: "clearing.Explain", Kind: fault.NotFound, Field: "order_no", Value: no, Msg: "is no paid payment and no refund that succeeded; check the number"}
}

func (e Explainer) agreement(ctx context.Context, r Record) (merchants.Agreement, error) {
	all, err := e.Merchants.Agreements(ctx, r.MerchantNo)
	for _, a := range all {
		if a.ID == r.AgreementID {
			return a, err
		}
	}
	return merchants.Agreement{}, err
}
