package cases

import (
	"juma/clearing"
	"juma/clearing/fee"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
)

// open makes a dispute: about a payment that has settled, or about a short that
// the channel is asked to pay. Fee and cost are those that its amount makes up of
// the payment's, so that what is given back never exceeds what was taken.
func (d decision) open() (Effect, error) {
	bad := func(field, value, want string) (Effect, error) {
		return Effect{}, fault.Field(opDecide, field, value, "%s", want)
	}
	forward, known := forward(d.p.Code)
	if !known {
		return bad("code", string(d.p.Code), "want one of the codes that can be opened")
	}
	if !knownReason(d.p.ReasonCode) || (d.p.ReasonCode == manualRefundReason) != (d.p.Code == manualRefundCode) {
		return bad("reason_code", d.p.ReasonCode, "want a reason code; a manual refund has 9707, and nothing else has")
	}
	if !forward && d.Item.State != clearing.Settled {
		return bad("code", string(d.p.Code), "the channel never paid this: only money can be asked for")
	}
	base, by := d.base(), d.p.Amount
	if !forward {
		by = -by
	}
	if d.p.Amount <= 0 || base+by < 0 || base+by > d.Item.OursAmount {
		return bad("amount", d.p.Amount.Yuan(), "the merchant has "+base.Yuan()+" of "+d.Item.OursAmount.Yuan()+" yuan of this payment; a dispute stays within that")
	}
	fee, err := d.feeChange(base, base+by)
	if err != nil {
		return Effect{}, err
	}
	cost, err := d.costChange(base, base+by)
	if err != nil {
		return Effect{}, err
	}
	it := d.Item
	return Effect{Dispute: &Dispute{
		ID: d.p.ID, ItemID: it.ID, MerchantNo: it.MerchantNo, Channel: it.Channel, LineKind: it.Kind, OrderNo: it.OrderNo,
		Code: d.p.Code, ReasonCode: d.p.ReasonCode, Amount: d.p.Amount, Fee: fee, Cost: cost, State: DisputeOpened, Reason: d.p.Reason,
		OpenedBy: d.p.ProposedBy, OpenedAt: d.f.Now,
	}}, nil
}

// base is what the merchant has of the payment now.
func (d decision) base() money.Fen {
	if d.Item.State != clearing.Settled {
		return 0
	}
	return d.Item.OursAmount + d.f.Adjusted
}

// costChange is what the channel's charge grows by when the amount goes from one to
// the other.
func (d decision) costChange(from, to money.Fen) (money.Fen, error) {
	price, err := clearing.PriceOf(d.f.Costs, fee.ChannelCost, *d.f.Record)
	if err != nil {
		return 0, err
	}
	was, is := *d.f.Record, *d.f.Record
	was.Amount, is.Amount = from, to
	before, err := clearing.Share(was, price.Tariff)
	if err != nil {
		return 0, err
	}
	after, err := clearing.Share(is, price.Tariff)
	return after - before, err
}

// won settles a dispute: its money and fee are an adjustment of the next batch. A
// short that the channel pays so does not settle besides.
func (d decision) won() Effect {
	x := d.Dispute
	amount := x.Amount
	if f, _ := forward(x.Code); !f {
		amount = -amount
	}
	a := d.adjustment(clearing.DisputeSettled, amount, x.Fee)
	a.Cost, a.Code, a.ReasonCode, a.Trace, a.OpenedAt = x.Cost, x.Code, x.ReasonCode, x.Trace, x.OpenedAt
	e := Effect{Outcome: DisputeAccepted, Adjustment: a}
	if d.Item.State == clearing.Waiting {
		e.To = clearing.Cleared
		e.Entries = []ledger.Entry{d.post(ledger.Unbooked, OursMoney(d.Item))}
	}
	return e
}
