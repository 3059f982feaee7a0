package unionpay

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"juma/acquiring/sandbox"
)

var _ sandbox.Restorer = (*Wallet)(nil)

// Introduce makes the consumers' appUserIds lead back to them, as their
// authorisation once did: accounts and kinds of cards derive from the name.
func (w *Wallet) Introduce(consumers []string) {
	w.visit.mu.Lock()
	defer w.visit.mu.Unlock()
	for _, name := range consumers {
		w.visit.users[userIDOf(name)] = name
	}
}

// jsPay is txnSubType of an order that a page placed.
const jsPay = "01"

// Restore takes orders back into the books, see sandbox.Restorer. The times of
// creation and of a refund's request are the txnTime that name them; trace
// number, time and clearing day are read out of the queryId.
func (w *Wallet) Restore(past []sandbox.Past) error {
	b := w.book
	b.mu.Lock()
	defer b.mu.Unlock()
	err := sandbox.CheckAll(past, func(p sandbox.Past, r *sandbox.PastRefund) bool {
		if r != nil {
			return b.reversals[nameOf(p.MerchantID, r.OutRefundNo, r.RequestedAt)] != nil
		}
		return b.orders[nameOf(p.MerchantID, p.OutTradeNo, p.CreatedAt)] != nil
	})
	if err != nil {
		return fmt.Errorf("unionpay sandbox: %w", err)
	}
	orders := make([]*order, len(past))
	for i, p := range past {
		if orders[i], err = w.restored(p); err != nil {
			return fmt.Errorf("unionpay sandbox: order %q cannot be restored: %w", p.OutTradeNo, err)
		}
	}
	for _, o := range orders {
		b.remember(o)
	}
	return nil
}

// remember puts a restored order into the books. Needs the lock.
func (b *book) remember(o *order) {
	b.orders[o.key], b.byTN[o.tn] = o, o
	b.byNumber[o.orderID] = append(b.byNumber[o.orderID], o)
	if o.mark.queryID != "" {
		b.byQueryID[o.mark.queryID] = o
		b.traces[o.mark.day+o.mark.trace] = true
	}
	for _, r := range o.reversals {
		b.reversals[r.key] = r
		b.traces[r.mark.day+r.mark.trace] = true
	}
}

func nameOf(merID, orderID string, at time.Time) key {
	return key{merID, orderID, at.In(zone).Format(stamp)}
}

// restored is the order as it was kept.
func (w *Wallet) restored(p sandbox.Past) (*order, error) {
	o := w.newOrder(params{
		"merId": p.MerchantID, "orderId": p.OutTradeNo, "txnTime": p.CreatedAt.In(zone).Format(stamp), "txnAmt": strconv.FormatInt(p.AmountFen, 10),
		"orderDesc": p.Description, "termId": p.Terminal, "txnSubType": jsPay, "appUserId": p.Payer, "backUrl": p.NotifyURL, "reqReserved": p.Attach,
		"orderType": w.orderTypeOf(p),
	}, p.CreatedAt.In(zone))
	if p.Consumer != "" {
		o.consumer, o.subType = p.Consumer, byCode
	}
	if !p.ExpiresAt.IsZero() {
		o.payBefore = p.ExpiresAt
	}
	if o.consumer == o.userID { // nobody has introduced who this is
		o.account = p.PayerAccount
	}
	if p.PaidAt.IsZero() {
		return o, nil
	}
	var err error
	if o.mark, err = readMark(p.TradeNo); err != nil {
		return nil, err
	}
	o.state, o.payer, o.fee = paid, o.consumer, feeOf(o.amount)
	for _, past := range p.InOrder() {
		amount, txnType := strconv.FormatInt(past.AmountFen, 10), refundType
		if past.Cancel {
			txnType, o.state = cancelType, cancelled
		}
		r := &reversal{
			key: nameOf(p.MerchantID, past.OutRefundNo, past.RequestedAt), txnType: txnType, orig: o, amount: past.AmountFen, backURL: p.NotifyURL,
			content: reversalContent(params{"txnType": txnType, "txnAmt": amount, "origQryId": p.TradeNo}),
		}
		if r.mark, err = readMark(past.RefundNo); err != nil {
			return nil, err
		}
		o.giveBack(r)
	}
	return o, nil
}

// byCode is txnSubType of an order by the consumer's code.
const byCode = "06"

// orderTypeOf is how a service provider's order was placed, "" at acp.
func (w *Wallet) orderTypeOf(p sandbox.Past) string {
	if w.name != sandbox.UnionPayAggregate {
		return ""
	}
	for js, wallet := range jsTypes {
		if wallet == cmp.Or(p.Carried, "unionpay") {
			return js
		}
	}
	return ""
}

// txnType of a refund and of a cancellation.
const (
	refundType = "04"
	cancelType = "31"
)

// readMark takes a queryId apart: fourteen digits of time, six of the trace
// number, and a digit.
func readMark(queryID string) (mark, error) {
	if len(queryID) != len(stamp)+6+len(queryDigit) {
		return mark{}, fmt.Errorf("queryId %q: want 21 digits", queryID)
	}
	at, ok := parseStamp(queryID[:len(stamp)])
	trace := queryID[len(stamp) : len(stamp)+6]
	if _, err := strconv.ParseUint(trace, 10, 32); err != nil || !ok {
		return mark{}, fmt.Errorf("queryId %q: want a time and a trace number", queryID)
	}
	return mark{at: at, trace: trace, queryID: queryID, day: clearingDay(at)}, nil
}

// shownAccount is the account that an order was paid from.
func (o *order) shownAccount() string { return cmp.Or(o.account, accountOf(o.payer)) }
