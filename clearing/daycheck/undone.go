package daycheck

import (
	"slices"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// bySecondKey gives lines whose order number the ledger does not have the number
// of the one entry with the same number at the channel; lines of institution
// files, which carry none, that of the entry with their trace number and time, or
// their trace number and amount.
func (d *day) bySecondKey(lines []clearing.Line) {
	inBill := keysOf(lines)
	byNumber, byTrace := map[string][]Entry{}, map[string][]Entry{}
	for _, e := range d.entries {
		if !inBill[clearing.Key{Kind: e.lineKind(), OrderNo: e.OrderNo}] {
			byNumber[e.ChannelNo] = append(byNumber[e.ChannelNo], e)
			byTrace[e.TraceNo] = append(byTrace[e.TraceNo], e)
		}
	}
	for i := range lines {
		l := &lines[i]
		if l.OrderNo != "" && d.has(l.Kind, l.OrderNo) {
			continue
		}
		kind := func(e Entry) bool { return e.lineKind() == l.Kind }
		found, ok := Entry{}, false
		switch {
		case d.ch == channel.Alipay && l.Kind == channel.RefundLine:
			// Every refund of a payment has that payment's number there.
		case l.OrderNo != "":
			found, ok = only(byNumber[l.ChannelNo], func(e Entry) bool { return kind(e) && e.ChannelNo != "" })
		default:
			if found, ok = only(byTrace[l.TraceNo], func(e Entry) bool { return kind(e) && e.Time.Equal(l.Time) }); !ok {
				found, ok = only(byTrace[l.TraceNo], func(e Entry) bool { return kind(e) && e.Amount == l.Amount })
			}
		}
		switch {
		case ok:
			l.OrderNo = found.OrderNo
		case l.OrderNo == "":
			l.OrderNo = l.ChannelNo // it is told by the number that it has
		}
	}
}

// only is the one entry that fits.
func only(entries []Entry, fits func(Entry) bool) (found Entry, ok bool) {
	n := 0
	for _, e := range entries {
		if fits(e) {
			found = e
			n++
		}
	}
	return found, n == 1
}

// undoneInBill takes out a payment and what undid it, where the ledger has no row
// for that: a reversal, which the statement shows under the payment's own number,
// or the cancellation of a payment that the ledger knows to have gone back. If the
// ledger still counts the payment as good, the channel's word is that no money is
// left.
func (d *day) undoneInBill(lines []clearing.Line) []clearing.Line {
	pays, entries := map[string]int{}, map[string]Entry{}
	for i, l := range lines {
		if l.Kind == channel.PaymentLine {
			pays[l.OrderNo] = i
		}
	}
	for _, e := range d.entries {
		if e.Kind == Pay {
			entries[e.OrderNo] = e
		}
	}
	gone, settled := map[int]bool{}, map[string]bool{}
	for i, back := range lines {
		pay, there := pays[back.OrigOrderNo]
		own := entries[back.OrigOrderNo]
		reversal := back.OrderNo == back.OrigOrderNo
		if back.Kind != channel.RefundLine || !there || gone[pay] || lines[pay].Amount != back.Amount || d.has(channel.RefundLine, back.OrderNo) || (!reversal && !own.undone()) {
			continue
		}
		gone[i], gone[pay], settled[back.OrigOrderNo] = true, true, true
		if own.done() {
			d.add(own.OrderNo, Short, nil, "the channel has reversed it; query channel: its final state wins")
			continue
		}
		d.add(back.OrigOrderNo, Matched, &back.Amount, "paired with what undid it; net zero")
		if !reversal {
			d.add(back.OrderNo, Matched, &back.Amount, "")
		}
	}
	d.entries = slices.DeleteFunc(slices.Clone(d.entries), func(e Entry) bool { return e.Kind == Pay && settled[e.OrderNo] })
	var out []clearing.Line
	for i, l := range lines {
		if !gone[i] {
			out = append(out, l)
		}
	}
	return out
}

func (d *day) has(kind channel.LineKind, orderNo string) bool {
	return d.keys[clearing.Key{Kind: kind, OrderNo: orderNo}]
}

// undoneInLedger takes out payments that the ledger says went back on the same
// day, and their cancellations, when the statement shows neither: a reversal may
// remove both rows from it.
func (d *day) undoneInLedger(lines []clearing.Line) {
	inBill := keysOf(lines)
	absent := func(e Entry) bool {
		return !inBill[clearing.Key{Kind: e.lineKind(), OrderNo: e.OrderNo}] && e.date() == d.date
	}
	gone := map[string]bool{}
	for _, e := range d.entries {
		if e.Kind != Pay || !e.undone() || !absent(e) {
			continue
		}
		cancel, ok := d.cancelOf(e, gone)
		if ok && !absent(cancel) {
			continue
		}
		const action = "it and its cancellation are both absent; net zero"
		gone[e.OrderNo] = true
		d.add(e.OrderNo, Matched, nil, action)
		if ok {
			gone[cancel.OrderNo] = true
			d.add(cancel.OrderNo, Matched, nil, action)
		}
	}
	d.entries = slices.DeleteFunc(slices.Clone(d.entries), func(e Entry) bool { return gone[e.OrderNo] })
}

// hasCancel tells whether the ledger has the row that undid a payment.
func (d *day) hasCancel(e Entry) bool {
	_, ok := d.cancelOf(e, nil)
	return ok
}

// undoing is what a payment and its cancellation have in common.
type undoing struct {
	merchantNo string
	amount     money.Fen
	date       bizdate.Date
}

func (e Entry) undoing() undoing { return undoing{e.MerchantNo, e.Amount, e.date()} }

// cancelOf finds the cancellation of a payment: same merchant, amount and day, of
// the same payer rather than of another.
func (d *day) cancelOf(pay Entry, taken map[string]bool) (best Entry, ok bool) {
	for _, e := range d.cancels[pay.undoing()] {
		if !taken[e.OrderNo] && (!ok || (e.Payer == pay.Payer && best.Payer != pay.Payer)) {
			best, ok = e, true
		}
	}
	return best, ok
}
