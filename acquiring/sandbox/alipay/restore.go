package alipay

import (
	"fmt"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
	"juma/internal/money"
)

var _ sandbox.Restorer = (*Wallet)(nil)

// Introduce lets faults name these consumers before they scan.
func (w *Wallet) Introduce(consumers []string) {
	for _, name := range consumers {
		w.core.Faults.Know(userID(name), name)
	}
}

// Restore takes orders back into the books, see sandbox.Restorer. An unpaid one
// whose time is over closes as soon as time goes on.
func (w *Wallet) Restore(past []sandbox.Past) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := sandbox.CheckAll(past, func(p sandbox.Past, _ *sandbox.PastRefund) bool { return w.trades[p.OutTradeNo] != nil })
	if err != nil {
		return fmt.Errorf("alipay sandbox: %w", err)
	}
	trades := make([]*trade, len(past))
	for i, p := range past {
		if trades[i], err = restored(p); err != nil {
			return fmt.Errorf("alipay sandbox: order %q cannot be restored: %w", p.OutTradeNo, err)
		}
	}
	now := w.core.Clock.Now()
	for _, t := range trades {
		w.enter(t, now)
	}
	return nil
}

// restored is the trade as it was kept.
func restored(p sandbox.Past) (*trade, error) {
	t := &trade{
		outTradeNo: p.OutTradeNo, tradeNo: p.TradeNo, merchant: p.MerchantID, subject: p.Description, store: p.Store, terminal: p.Terminal,
		passback: p.Attach, notifyURL: p.NotifyURL, buyer: p.Payer, amount: money.Fen(p.AmountFen),
		state: stateWaiting, created: p.CreatedAt.In(bizdate.Zone), expires: p.ExpiresAt,
	}
	if p.Consumer != "" {
		t.buyer = userID(p.Consumer)
	}
	if p.PaidAt.IsZero() {
		t.tradeNo = tradeNo(t.outTradeNo, t.created)
		return t, nil
	}
	fee, err := feeOf(t.amount)
	if err != nil {
		return nil, err
	}
	t.state, t.paid, t.fee = stateSuccess, p.PaidAt.In(bizdate.Zone), fee
	for _, r := range p.InOrder() {
		if err := t.giveBack(r.OutRefundNo, money.Fen(r.AmountFen), r.Reason, r.At.In(bizdate.Zone)); err != nil {
			return nil, err
		}
	}
	return t, nil
}
