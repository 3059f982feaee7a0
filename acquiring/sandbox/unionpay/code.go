package unionpay

import (
	"regexp"
	"strconv"
	"time"

	"juma/acquiring/sandbox"
)

// codeWindow is how long the consumer may take to enter the password. Not
// documented.
const codeWindow = 3 * time.Minute

var qrNoShape = regexp.MustCompile(`^62[0-9]{17}$`)

// ShowCode is the consumer opening the payment code.
func (w *Wallet) ShowCode(payer string) string { return w.payCodes.Show(payer, w.core.Clock.Now()) }

// payByCode is 01/06: a purchase by the code that the consumer shows. The answer
// says that the request was taken; a notice and queries say whether it was paid.
func (w *Wallet) payByCode(p params) (params, *refusal) {
	if !qrNoShape.MatchString(p["qrNo"]) {
		return nil, refuse(respFormat, "qrNo")
	}
	now := w.core.Clock.Now()
	at, _ := parseStamp(p["txnTime"]) // the shape was checked
	if d := now.Sub(at); d > clockTolerance || d < -clockTolerance {
		return nil, refuse(respFormat, "txnTime is not near the current time")
	}
	b := w.book
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.orders[keyOf(p)] != nil || b.reversals[keyOf(p)] != nil {
		return nil, refuse(respDuplicate, "")
	}
	payer, good := w.payCodes.Take(p["qrNo"], now)
	fate := w.core.Faults.CodeFate(sandbox.UnionPay, p["orderId"], payer)
	switch {
	case !good || fate.Expired:
		return nil, refuse(respExpired, "付款码")
	case fate.Funds:
		return nil, refuse(respNoBalance, "")
	}
	o := w.newOrder(p, now)
	o.consumer, o.payer, o.payBefore = payer, payer, now.Add(codeWindow)
	b.place(o)
	switch {
	case !fate.Password:
		b.take(o, now)
		w.core.Notices.Send(w.paymentNotice(o)) // only plans: nothing is signed or sent yet
	case fate.After > 0:
		w.core.Clock.AfterFunc(fate.After, func() { _ = w.Confirm(o.tn, "") }) // reversed meanwhile: nothing to pay
	}
	return params{"txnAmt": strconv.FormatInt(o.amount, 10), "currencyCode": "156"}, nil
}
