package demo

import (
	"context"
	"fmt"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/internal/app"
)

// remindPage bounds how many orders are in memory between the database and the
// wallets.
const remindPage = 500

// remind makes a finished demo's world whole again before anything is served:
// the clock stands after whatever the books say has happened, and the wallets
// know the orders that they knew.
func (d *Demo) remind(ctx context.Context, a *app.App) error {
	latest, err := a.Store.Latest(ctx)
	if err != nil {
		return err
	}
	d.clock.AdvanceTo(latest.Truncate(time.Second).Add(time.Second))
	r := reminder{app: a, wallets: map[channel.Name]sandbox.Restorer{}, stores: map[string]string{}}
	for _, w := range d.wallets {
		if remembers, ok := w.(sandbox.Restorer); ok {
			r.wallets[channel.Name(w.Name())] = remembers
		}
	}
	r.introduce(d.cfg.Payments + scansBesides(d.cfg.Payments))
	return r.orders(ctx)
}

// reminder tells the wallets of what the database knows.
type reminder struct {
	app     *app.App
	wallets map[channel.Name]sandbox.Restorer
	stores  map[string]string // names by id
}

// introduce names the consumers of the day's visits, and whom the phone is held
// by unless another is named.
func (r *reminder) introduce(visits int) {
	names := []string{sandbox.DefaultPayer}
	for visit := 1; visit <= visits; visit++ {
		names = append(names, payerName(visit))
		if len(names) == remindPage || visit == visits {
			for _, w := range r.wallets {
				w.Introduce(names)
			}
			names = names[:0]
		}
	}
}

// remembered are the payments that a wallet has: paid ones, and those that it
// was asked for and that are not over.
var remembered = []acquiring.PaymentState{acquiring.Paid, acquiring.Pending, acquiring.Unknown}

// orders walks through the payments, a page at a time.
func (r *reminder) orders(ctx context.Context) error {
	for after := ""; ; {
		page, err := r.app.Store.PaymentsIn(ctx, remembered, after, remindPage)
		if err != nil || len(page) == 0 {
			return err
		}
		pasts := map[channel.Name][]sandbox.Past{}
		for _, p := range page {
			past, err := r.past(ctx, p)
			if err != nil {
				return err
			}
			pasts[p.Channel] = append(pasts[p.Channel], past)
			after = p.OrderNo
		}
		for name, w := range r.wallets {
			if err := w.Restore(pasts[name]); err != nil {
				return fmt.Errorf("serving the demo again: %w", err)
			}
		}
	}
}

// past is a payment as its wallet knew it.
func (r *reminder) past(ctx context.Context, p acquiring.Payment) (sandbox.Past, error) {
	past := sandbox.Past{
		OutTradeNo: p.OrderNo, MerchantID: p.ChannelID, Terminal: p.TerminalNo, AmountFen: int64(p.Amount), Payer: p.PayerID,
		PayerAccount: p.PayerAccount, NotifyURL: r.app.Acquiring.NotifyURL(p.Channel), CreatedAt: p.CreatedAt, ExpiresAt: p.ExpiresAt,
	}
	if p.State == acquiring.Paid {
		past.TradeNo, past.PaidAt = p.ChannelNo, p.PaidAt
	}
	if p.Entry == acquiring.ByCode {
		past.Consumer = r.consumer(p.RequestID)
	}
	if string(p.Wallet) != string(p.Channel) {
		past.Carried = string(p.Wallet)
	}
	var err error
	switch p.Channel { // what each adapter makes the wallet's order carry besides
	case channel.WeChat:
		past.Attach = p.TerminalNo
		past.Description, err = r.storeName(ctx, p.StoreID)
	case channel.UnionPayAggregate:
		past.Description, err = r.storeName(ctx, p.StoreID)
	case channel.Alipay:
		past.Store = p.ChannelID
		past.Description, err = r.storeName(ctx, p.StoreID)
	}
	if err != nil || p.Refunded == 0 {
		return past, err
	}
	past.Refunds, err = r.refunds(ctx, p.OrderNo)
	return past, err
}

// consumer is who showed the code of a payment: a visit's, or whoever holds the phone.
func (r *reminder) consumer(requestID string) string {
	var seed uint64
	var visit int
	if _, err := fmt.Sscanf(requestID, "demo-%06d-visit-%07d", &seed, &visit); err != nil {
		return sandbox.DefaultPayer
	}
	return payerName(visit)
}

// refunds are those that succeeded. One whose end is not known is, to the wallet
// that begins again, one that it has never seen.
func (r *reminder) refunds(ctx context.Context, orderNo string) ([]sandbox.PastRefund, error) {
	all, err := r.app.Store.Acquiring().RefundsOf(ctx, orderNo)
	var out []sandbox.PastRefund
	for _, f := range all {
		if f.State != acquiring.RefundSucceeded {
			continue
		}
		at := f.RefundedAt
		if at.IsZero() { // the channel gave no time
			at = f.CreatedAt
		}
		out = append(out, sandbox.PastRefund{OutRefundNo: f.RefundNo, RefundNo: f.ChannelNo, AmountFen: int64(f.Amount), Reason: f.Reason, RequestedAt: f.CreatedAt, At: at, Cancel: f.Way == acquiring.ByCancel})
	}
	return out, err
}

// storeName is the name of a store, which orders carry as their description.
func (r *reminder) storeName(ctx context.Context, id string) (string, error) {
	if name, ok := r.stores[id]; ok {
		return name, nil
	}
	s, err := r.app.Store.Merchants().StoreByID(ctx, id)
	if err == nil {
		r.stores[id] = s.Name
	}
	return s.Name, err
}
