package wechat

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
)

// billRow is one line of the trade bill before it is printed. Amounts in fen.
type billRow struct {
	at            time.Time // payment success, or refund acceptance
	number        string    // our merchant's number of it: order or refund
	isRefund      bool
	spMchID       string
	subMchID      string
	device        string
	transactionID string
	outTradeNo    string
	openid        string
	orderFen      int64 // payment rows only
	refundID      string
	refundFen     int64
	refundState   string
	description   string
	attach        string
	feeFen        int64 // negative: given back
}

// billRows collects what a day's bill shows, the fault script applied: payments
// on the day they were paid, refunds on the day they were asked for, sorted by
// time and number.
func (w *Wallet) billRows(day bizdate.Date) []billRow {
	var rows []billRow
	for _, r := range w.bookedRows() {
		rows = append(rows, w.disturbed(r, day)...)
	}
	for _, f := range w.core.Faults.Extras(w.name, day.String()) {
		rows = append(rows, extraRow(f, day))
	}
	for i := range rows {
		rows[i].spMchID = w.spMchID
	}
	slices.SortStableFunc(rows, func(a, b billRow) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.number, b.number))
	})
	return rows
}

// bookedRows is everything that was ever paid or refunded, as it really was.
func (w *Wallet) bookedRows() []billRow {
	w.mu.Lock()
	defer w.mu.Unlock()
	rows := make([]billRow, 0, len(w.trades)+len(w.refunds))
	for _, o := range w.trades {
		if o.state == revoked { // the bill has neither the payment nor its going back
			continue
		}
		base := billRow{
			at: o.paidAt, number: o.req.OutTradeNo, subMchID: o.req.SubMchID, device: o.device(), transactionID: o.transactionID,
			outTradeNo: o.req.OutTradeNo, openid: o.payer(), description: o.req.Description, attach: o.req.Attach,
		}
		paid := base
		paid.orderFen, paid.feeFen = o.req.Amount.Total, fee(o.req.Amount.Total)
		rows = append(rows, paid)
		for _, r := range o.refunds {
			back := base
			back.at, back.number, back.isRefund = r.createdAt, r.req.OutRefundNo, true
			back.refundID, back.refundFen, back.refundState, back.feeFen = r.refundID, r.req.Amount.Refund, refundSuccess, -r.feeBack
			rows = append(rows, back)
		}
	}
	return rows
}

// disturbed returns the rows that a booked one gives in a day's bill: usually
// one on its own day and none on others.
func (w *Wallet) disturbed(r billRow, day bizdate.Date) []billRow {
	fault := func(kind string) (sandbox.Fault, bool) { return w.core.Faults.Row(w.name, kind, r.number) }
	shown := bizdate.Of(r.at).String()
	if f, ok := fault(sandbox.RowDay); ok {
		shown = f.Date
	}
	if shown != day.String() {
		return nil
	}
	if _, ok := fault(sandbox.RowMissing); ok {
		return nil
	}
	if f, ok := fault(sandbox.RowAmount); ok {
		r.setAmount(f.AmountFen)
	}
	if _, ok := fault(sandbox.RowPayer); ok {
		r.openid = openID("somebody else than the payer of " + r.number)
	}
	if _, ok := fault(sandbox.RowFee); ok {
		if r.isRefund {
			r.feeFen-- // a fen more comes back
		} else {
			r.feeFen++
		}
	}
	if _, ok := fault(sandbox.RowState); ok && r.isRefund {
		r.refundState = "FAIL"
	}
	if _, ok := fault(sandbox.RowDuplicate); ok {
		return []billRow{r, r}
	}
	return []billRow{r}
}

// setAmount shows another amount, a fen more when the fault names none. The fee
// stays: one fault is one difference.
func (r *billRow) setAmount(fen int64) {
	target := &r.orderFen
	if r.isRefund {
		target = &r.refundFen
	}
	if fen == 0 {
		fen = *target + 1
	}
	*target = fen
}

// extraRow is a payment that nobody made.
func extraRow(f sandbox.Fault, day bizdate.Date) billRow {
	at := day.Start().Add(12 * time.Hour)
	if t, err := time.Parse(time.RFC3339, f.Time); err == nil {
		at = t.In(bizdate.Zone)
	}
	fen := max(f.AmountFen, 1)
	return billRow{
		at: at, number: f.OutTradeNo, subMchID: cmp.Or(f.MerchantID, defaultSubMchID), outTradeNo: f.OutTradeNo,
		transactionID: "429999" + day.Compact() + sandbox.Digits(14, "wechat transaction %s", f.OutTradeNo),
		openid:        openID(cmp.Or(f.Payer, "payer of "+f.OutTradeNo)), orderFen: fen, feeFen: fee(fen), description: "扫码消费",
	}
}

// plainText keeps a value from breaking the bill, which has no quoting: line
// ends and backticks are replaced.
func plainText(s string) string {
	return strings.NewReplacer("\r", " ", "\n", " ", "`", "'").Replace(s)
}
