package demo

import (
	"context"
	"fmt"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// Drill tells how the day's drill ended. Each part counts what the books say of the
// visits that it was planned for.
type Drill struct {
	// Outage is the channel that was out of reach and who carried its payments; nil in a
	// day too small for one.
	Outage *OutageTold `json:"outage,omitempty"`
	// Asked are payments whose notice never came, or that waited for a password: asking
	// the wallet found them.
	Asked clearing.Sum `json:"found_by_asking"`
	// Open are orders that nobody knows the end of, when the day is over.
	Open int `json:"left_open"`
	// ByCode are payments by the consumer's code; Passwords of them asked for one.
	ByCode    clearing.Sum `json:"by_code"`
	Passwords int          `json:"passwords"`
	// Storm are the refunds of one instant.
	Storm clearing.Sum `json:"refund_storm"`
	// LateAccepted and LateRefunded are payments that came after the order's end.
	LateAccepted clearing.Sum `json:"late_accepted"`
	LateRefunded clearing.Sum `json:"late_refunded"`
}

// OutageTold is an hour without a channel.
type OutageTold struct {
	Channel channel.Name `json:"channel"`
	Carrier channel.Name `json:"carried_by"`
	From    string       `json:"from"` // HH:MM
	Until   string       `json:"until"`
	Carried clearing.Sum `json:"carried"`
}

// tellDrill asks the books what became of the drill's visits.
func (d *Demo) tellDrill(ctx context.Context) (Drill, error) {
	var t Drill
	open, err := d.app.Store.PaymentsIn(ctx, acquiring.PaymentMoves.Open(), "", 1000)
	if err != nil {
		return t, err
	}
	t.Open = len(open)
	if o := d.plan.Outage; !o.From.IsZero() {
		at := o.From.In(bizdate.Zone)
		t.Outage = &OutageTold{Channel: outageChannel, Carrier: outageCarrier, From: at.Format("15:04"), Until: o.Until.In(bizdate.Zone).Format("15:04")}
	}
	for _, v := range d.plan.drilled(func(v Visit) bool { return v.special() || v.Notice == sandbox.NoticeLost }) {
		p, err := d.app.Store.Acquiring().Payment(ctx, d.orders[v.No])
		if err != nil {
			return t, fmt.Errorf("visit %d: %w", v.No, err)
		}
		if p.State == acquiring.Paid {
			t.count(v, p)
		}
	}
	return t, nil
}

// count puts a paid visit into the parts that it belongs to.
func (t *Drill) count(v Visit, p acquiring.Payment) {
	add := func(when bool, s *clearing.Sum, amount money.Fen) {
		if when {
			s.Count++
			s.Amount += amount
		}
	}
	if t.Outage != nil {
		add(v.Down && p.Channel == outageCarrier, &t.Outage.Carried, p.Amount)
	}
	add(v.Notice == sandbox.NoticeLost || v.Password, &t.Asked, p.Amount)
	add(v.ByCode && p.Entry == acquiring.ByCode, &t.ByCode, p.Amount)
	add(v.Storm && p.Refunded == p.Amount, &t.Storm, p.Refunded)
	add(v.Late == acquiring.AcceptLate && p.Refunded == 0, &t.LateAccepted, p.Amount)
	add(v.Late == acquiring.RefundLate && p.Refunded == p.Amount, &t.LateRefunded, p.Refunded)
	if v.ByCode && v.Password {
		t.Passwords++
	}
}

// proveDrill holds what the books say of the drill against its plan.
func (d *Demo) proveDrill(t Drill) error {
	planned := func(about func(Visit) bool) clearing.Sum {
		all := d.plan.drilled(about)
		return clearing.Sum{Count: len(all), Amount: amountOf(all)}
	}
	if t.Open > 0 {
		return fmt.Errorf("%d orders are open when the day is over", t.Open)
	}
	var carried clearing.Sum
	if t.Outage != nil {
		carried = t.Outage.Carried
	}
	for _, part := range []struct {
		what string
		told clearing.Sum
		plan clearing.Sum
	}{
		{"payments carried by another route", carried, planned(func(v Visit) bool { return v.Down })},
		{"payments found by asking", t.Asked, planned(func(v Visit) bool { return v.Notice == sandbox.NoticeLost || v.Password })},
		{"payments by the consumer's code", t.ByCode, planned(func(v Visit) bool { return v.ByCode })},
		{"refunds of the storm", t.Storm, planned(func(v Visit) bool { return v.Storm })},
		{"late payments accepted", t.LateAccepted, planned(func(v Visit) bool { return v.Late == acquiring.AcceptLate })},
		{"late payments refunded", t.LateRefunded, planned(func(v Visit) bool { return v.Late == acquiring.RefundLate })},
	} {
		if part.told != part.plan {
			return fmt.Errorf("%s: %d of %s are in the books, %d of %s were planned", part.what, part.told.Count, part.told.Amount, part.plan.Count, part.plan.Amount)
		}
	}
	return nil
}

// print is the drill's section of the statement.
func (t Drill) print(out *sheet) {
	if t.Outage == nil {
		return
	}
	out.head("TROUBLE 演练", "count", "amount")
	o := t.Outage
	out.row(string(o.Channel)+" out of reach", o.From+"-"+o.Until)
	out.row("by "+string(o.Carrier), o.Carried.Count, o.Carried.Amount)
	out.row("found by asking", t.Asked.Count, t.Asked.Amount)
	out.row("left open", t.Open)
	out.row("by consumer's code", t.ByCode.Count, t.ByCode.Amount)
	out.row("refund storm", t.Storm.Count, t.Storm.Amount)
	out.row("late, accepted", t.LateAccepted.Count, t.LateAccepted.Amount)
	out.row("late, refunded", t.LateRefunded.Count, t.LateRefunded.Amount)
}
