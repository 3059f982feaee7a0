package cases

import (
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/fee"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
)

// Effect is what an approved action does. It is carried out in one transaction.
type Effect struct {
	To         clearing.ItemState // the item's new state; "" when it goes on waiting, or has settled before
	Items      []clearing.Item    // new ones
	Payers     []clearing.PayerFix
	Entries    []ledger.Entry
	Adjustment *clearing.Adjustment
	Dispute    *Dispute     // to open
	Outcome    DisputeState // of the open dispute
	WaitTo     bizdate.Date
}

// Facts are what a decision rests on besides the case.
type Facts struct {
	// Record is our side; nil when there is none, or it is not final.
	Record *clearing.Record
	// Unbooked tells that the order's posting was reversed as short before.
	Unbooked bool
	// ByHand tells that we have no order to refund.
	ByHand bool
	// Adjusted is what earlier adjustments of the item came to.
	Adjusted money.Fen
	// Date is the clearing date of the next batch, on which everything is posted.
	Date  bizdate.Date
	Now   time.Time
	Costs *fee.Table
}

const opDecide = "cases.Decide"

// Decide works out the effect of a proposal on a case. It is pure: what has to be
// asked or stored is done by Service. On the channel's account the book then has
// what the statement shows for the line, whatever was decided.
func Decide(c Case, p Proposal, f Facts) (Effect, error) {
	if err := c.fits(opDecide, p.Action); err != nil {
		return Effect{}, err
	}
	d := decision{c, p, f}
	switch p.Action {
	case Wait:
		return Effect{WaitTo: p.Until}, nil
	case AcceptLate:
		return d.acceptLate()
	case SettleIt:
		return d.settle(), nil
	case Reverse:
		return Effect{To: clearing.Cleared, Entries: []ledger.Entry{d.post(ledger.Unbooked, OursMoney(c.Item))}}, nil
	case Adjust:
		return d.adjust()
	case Refund:
		return d.refund()
	case WriteOff:
		return d.writeOff(), nil
	case Disputed:
		return d.open()
	case Won:
		return d.won(), nil
	case Lost:
		return Effect{Outcome: DisputeRejected}, nil
	}
	return Effect{To: clearing.Cleared}, nil // NoMoney
}

// decision is a proposal about a case with what it rests on.
type decision struct {
	Case
	p Proposal
	f Facts
}

// post is an entry about the difference.
func (d decision) post(kind ledger.Kind, amount money.Fen) ledger.Entry {
	it := d.Item
	return ledger.Post(kind, ledger.Fact{Ref: it.ID, MerchantNo: it.MerchantNo, Channel: string(it.Channel), Date: d.f.Date, At: d.f.Now, Amount: amount})
}

// cost books what the statement charges for an item that settles after all.
func (d decision) cost() []ledger.Entry {
	it := d.Item
	if it.Class == clearing.StateDiffers { // the line that charges it is not final
		return nil
	}
	it.State = clearing.Ready
	it.Date = d.f.Date
	return clearing.Postings([]clearing.Item{it}, nil, d.f.Date, d.f.Now)
}

// explained takes the long money of the item back.
func (d decision) explained() []ledger.Entry {
	return clearing.Postings(nil, []clearing.Item{d.Item}, d.f.Date, d.f.Now)
}

// acceptLate pairs the line with the record that has become final since.
func (d decision) acceptLate() (Effect, error) {
	it, r := d.Item, d.f.Record
	if r == nil {
		return Effect{}, refuse(opDecide, d.p.Action, NotSuccessful, "the channel was asked once more and does not call %s %s successful, or it is no order of ours", it.Kind, it.OrderNo)
	}
	if r.Amount != it.TheirsAmount {
		return Effect{}, refuse(opDecide, d.p.Action, OtherAmount, "our %s %s is of %s and the line of %s; wait for the next reconciliation, which pairs them with that difference", it.Kind, it.OrderNo, r.Amount.Yuan(), it.TheirsAmount.Yuan())
	}
	out, err := clearing.Reconcile(clearing.Input{Channel: it.Channel, Date: it.Date, Ours: []clearing.Record{*r}, Pool: []clearing.Item{it}, Costs: d.f.Costs})
	if err != nil {
		return Effect{}, err
	}
	var ready []clearing.Item
	for _, pair := range out.Items {
		pair.Date = d.f.Date // of the posting
		ready = append(ready, pair)
	}
	return Effect{To: clearing.Cleared, Items: out.Items, Payers: out.Payers, Entries: clearing.Postings(ready, out.Explained, d.f.Date, d.f.Now)}, nil
}

// settle lets the item settle as it is; what was reversed before is booked again.
func (d decision) settle() Effect {
	entries := d.cost()
	if d.f.Unbooked {
		entries = append(entries, d.post(ledger.Rebooked, OursMoney(d.Item)))
	}
	return Effect{To: clearing.Ready, Entries: entries}
}

// adjust settles the item by the approved amount: as it is booked, with an
// adjustment beside it. Where that is not what the channel pays, the rest is its
// cost.
func (d decision) adjust() (Effect, error) {
	it := d.Item
	if d.p.Amount < 0 || d.p.Amount > max(it.OursAmount, it.TheirsAmount) {
		return Effect{}, fault.Field(opDecide, "amount", d.p.Amount.Yuan(), "want 0 to %s, the larger of the two sides", max(it.OursAmount, it.TheirsAmount).Yuan())
	}
	approved := d.p.Amount
	if it.Kind == channel.RefundLine {
		approved = -approved
	}
	e := d.settle()
	e.Entries = append(e.Entries, d.post(ledger.DifferenceCost, approved-TheirsMoney(it)))
	by := approved - OursMoney(it)
	if by == 0 {
		return e, nil
	}
	fee, err := d.feeChange(it.OursAmount, d.p.Amount)
	if err != nil {
		return Effect{}, err
	}
	e.Adjustment = d.adjustment(clearing.AmountAdjusted, by, fee)
	return e, nil
}

// feeChange is what the merchant's fee falls by when the amount goes from one to
// the other.
func (d decision) feeChange(from, to money.Fen) (money.Fen, error) {
	if d.f.Record == nil {
		return 0, fault.New(opDecide, fault.Corrupt, "the %s %s of the difference is gone", d.Item.Kind, d.Item.OrderNo)
	}
	was, is := *d.f.Record, *d.f.Record
	was.Amount, is.Amount = from, to
	before, err := clearing.MerchantFee(was)
	if err != nil {
		return 0, err
	}
	after, err := clearing.MerchantFee(is)
	return before - after, err
}

func (d decision) adjustment(kind clearing.AdjustmentKind, amount, fee money.Fen) *clearing.Adjustment {
	it := d.Item
	return &clearing.Adjustment{
		ItemID: it.ID, ProposalID: d.p.ID, MerchantNo: it.MerchantNo, Channel: it.Channel, Kind: kind, LineKind: it.Kind, OrderNo: it.OrderNo,
		Amount: amount, Fee: fee, Reason: d.p.Reason, EffectiveDate: d.f.Date, CreatedAt: d.f.Now,
	}
}

// refund lets the money go back to its payer: by a refund of the payment that it
// has become, by one that the wallet was told of, or by hand.
func (d decision) refund() (Effect, error) {
	it := d.Item
	switch {
	case !d.f.ByHand && it.Class == clearing.Duplicate:
		return Effect{To: clearing.Cleared}, nil // acquiring has booked it, and books its refund
	case !d.f.ByHand:
		return d.acceptLate()
	}
	entries := []ledger.Entry{d.post(ledger.Repaid, TheirsMoney(it))}
	if it.Class == clearing.Duplicate { // the reconciliation books no duplicate
		entries = append([]ledger.Entry{ledger.PostLong(it.ID, string(it.Channel), d.f.Date, d.f.Now, TheirsMoney(it))}, entries...)
	}
	return Effect{To: clearing.Cleared, Entries: entries}, nil
}

// writeOff makes the difference the channel's cost. What we booked settles.
func (d decision) writeOff() Effect {
	by := d.post(ledger.DifferenceCost, -Difference(d.Item))
	switch {
	case d.Item.Ours:
		e := d.settle()
		e.Entries = append(e.Entries, by)
		return e
	case d.Item.Class == clearing.MissingOurs:
		return Effect{To: clearing.Cleared, Entries: append(d.explained(), by)}
	}
	return Effect{To: clearing.Cleared, Entries: []ledger.Entry{by}}
}
