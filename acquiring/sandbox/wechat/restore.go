package wechat

import (
	"fmt"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
)

var _ sandbox.Restorer = (*Wallet)(nil)

// Introduce lets faults name these consumers before they scan.
func (w *Wallet) Introduce(consumers []string) {
	for _, name := range consumers {
		w.core.Faults.Know(openID(name), name)
	}
}

// Restore takes orders back into the books, see sandbox.Restorer.
func (w *Wallet) Restore(past []sandbox.Past) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := sandbox.CheckAll(past, func(p sandbox.Past, r *sandbox.PastRefund) bool {
		if r != nil {
			return w.refunds[r.OutRefundNo] != nil
		}
		return w.orders[p.OutTradeNo] != nil
	})
	if err != nil {
		return fmt.Errorf("wechat sandbox: %w", err)
	}
	for _, p := range past {
		w.enter(w.restored(p))
	}
	return nil
}

// enter puts a restored order into the books. Needs the lock.
func (w *Wallet) enter(o *order) {
	w.orders[o.req.OutTradeNo], w.prepays[o.prepayID] = o, o
	if o.paid() {
		w.trades[o.transactionID] = o
	}
	for _, r := range o.refunds {
		w.refunds[r.req.OutRefundNo] = r
	}
}

// wholeSeconds is an instant as WeChat stores it.
func wholeSeconds(t time.Time) time.Time { return t.In(bizdate.Zone).Truncate(time.Second) }

// restored is the order as it was booked. The platform key that its notices are
// signed with is the default one: what the merchant named was of keys that are
// gone.
func (w *Wallet) restored(p sandbox.Past) *order {
	q := orderRequest{
		SpAppID: spAppID, SpMchID: w.spMchID, SubMchID: p.MerchantID, Description: p.Description, OutTradeNo: p.OutTradeNo,
		Attach: p.Attach, NotifyURL: p.NotifyURL,
	}
	q.Amount.Total, q.Amount.Currency = p.AmountFen, "CNY"
	if q.Payer.SpOpenID = p.Payer; p.Consumer != "" {
		q.Payer.SpOpenID = openID(p.Consumer)
	}
	if p.Terminal != "" {
		made(&q.SceneInfo).DeviceID = p.Terminal
	}
	o := newOrder(q, "", wholeSeconds(p.CreatedAt), p.ExpiresAt)
	if !p.ExpiresAt.IsZero() { // as the merchant would write it when it places the order again
		o.req.TimeExpire = rfc3339(p.ExpiresAt)
	}
	if p.Consumer != "" {
		o.tradeType, o.codeDevice = tradeMicropay, p.Terminal
	}
	if p.PaidAt.IsZero() {
		return o
	}
	o.state, o.paidAt, o.transactionID = success, wholeSeconds(p.PaidAt), p.TradeNo
	for _, past := range p.InOrder() {
		q := refundRequest{SubMchID: p.MerchantID, OutTradeNo: p.OutTradeNo, OutRefundNo: past.OutRefundNo, Reason: past.Reason, NotifyURL: p.NotifyURL}
		q.Amount.Refund, q.Amount.Total, q.Amount.Currency = past.AmountFen, p.AmountFen, "CNY"
		o.giveBack(&refund{req: q, refundID: past.RefundNo, createdAt: wholeSeconds(past.At)})
	}
	return o
}

// made gives a nil pointer something to point to.
func made[T any](p **T) *T {
	*p = new(T)
	return *p
}
