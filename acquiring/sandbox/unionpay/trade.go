package unionpay

import (
	"cmp"
	"maps"
	"strconv"
	"time"

	"juma/acquiring/sandbox"
)

const (
	// payWindow is how long an order without payTimeout can be paid. UnionPay's
	// own default is not documented.
	payWindow = 24 * time.Hour
	// clockTolerance is how far txnTime of an order may be from now ("near the
	// current time" is all that is documented).
	clockTolerance = 24 * time.Hour
	// refundMonths is how long a payment can be refunded.
	refundMonths = 11
	// codePrefix begins the text of a code that a shop shows.
	codePrefix = "https://qr.95516.com/00010000/62"
)

// placeOrder is 01/01: a JS-pay order, answered with tn and payUrl. The same
// order again gives the same tn as long as it can still be paid.
func (w *Wallet) placeOrder(p params) (params, *refusal) {
	o, bad := w.newlyPlaced(p)
	if bad != nil {
		return nil, bad
	}
	base, _ := w.urls()
	return params{"tn": o.tn, "payUrl": base + payPath + "?tn=" + o.tn, "txnAmt": p["txnAmt"], "currencyCode": "156"}, nil
}

// applyCode is 01/07: an order whose code the shop shows and any consumer scans.
// Our own adapter has no use for it; other clients of the gateway begin with it.
func (w *Wallet) applyCode(p params) (params, *refusal) {
	p = maps.Clone(p)
	delete(p, "appUserId") // the code is for whoever scans it
	o, bad := w.newlyPlaced(p)
	if bad != nil {
		return nil, bad
	}
	return params{"qrCode": codePrefix + sandbox.Digits(24, "unionpay code %s", o.tn), "txnAmt": p["txnAmt"], "currencyCode": "156"}, nil
}

// newlyPlaced books an order that a consumer is to pay, or finds the one that the
// same request placed before.
func (w *Wallet) newlyPlaced(p params) (*order, *refusal) {
	now := w.core.Clock.Now()
	at, _ := parseStamp(p["txnTime"]) // the shape was checked
	if d := now.Sub(at); d > clockTolerance || d < -clockTolerance {
		return nil, refuse(respFormat, "txnTime is not near the current time")
	}
	o := w.newOrder(p, now)
	if o.expired(now) {
		return nil, refuse(respFormat, "payTimeout has passed")
	}
	b := w.book
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reversals[o.key] != nil {
		return nil, refuse(respDuplicate, "")
	}
	if old := b.orders[o.key]; old == nil {
		if _, ok := w.core.Faults.Strike(w.name, sandbox.StaticLimit, "", o.orderID, o.userID); ok {
			return nil, refuse(respTooMuch, "静态码当日付款额度已用完")
		}
		b.place(o)
	} else if old.content != o.content || payable(old, old.orderID, now) != nil {
		return nil, refuse(respDuplicate, "")
	}
	return b.orders[o.key], nil
}

// place books a new order. Needs the lock.
func (b *book) place(o *order) {
	b.orders[o.key], b.byTN[o.tn] = o, o
	b.byNumber[o.orderID] = append(b.byNumber[o.orderID], o)
}

func (w *Wallet) newOrder(p params, now time.Time) *order {
	k := keyOf(p)
	amount, _ := strconv.ParseInt(p["txnAmt"], 10, 64) // the shape was checked
	o := &order{
		key: k, amount: amount, desc: p["orderDesc"], merchant: cmp.Or(p["merAbbr"], p["merName"]), termID: p["termId"], subType: p["txnSubType"], userID: p["appUserId"],
		consumer: w.visit.consumer(p["appUserId"]), backURL: p["backUrl"], frontURL: p["frontUrl"], reserved: p["reqReserved"], access: accessOf(p),
		orderType: p["orderType"],
		tn:        now.In(zone).Format("20060102") + sandbox.Digits(13, "unionpay tn %s %s %s", k.merID, k.orderID, k.txnTime),
		createdAt: now, payBefore: now.Add(payWindow), state: waiting,
		content: params{"txnAmt": p["txnAmt"], "appUserId": p["appUserId"], "backUrl": p["backUrl"], "termId": p["termId"]}.signText(),
	}
	if v := p["payTimeout"]; v != "" {
		o.payBefore, _ = parseStamp(v)
	}
	return o
}

// query is 00/00: what became of an order, refund or cancellation.
func (w *Wallet) query(p params) (params, *refusal) {
	now := w.core.Clock.Now()
	b := w.book
	b.mu.Lock()
	defer b.mu.Unlock()
	if o := b.orders[keyOf(p)]; o != nil {
		return o.told(now), nil
	}
	if r := b.reversals[keyOf(p)]; r != nil {
		out := r.money()
		out["origRespCode"], out["origRespMsg"] = respOK, respMsg(respOK, "")
		out["traceTime"] = r.mark.at.Format("0102150405")
		return out, nil
	}
	return nil, refuse(respNotFound, "")
}

// told is an order as a query tells of it. An order that was never paid and no
// longer can be is a failed one.
func (o *order) told(now time.Time) params {
	out := params{"txnAmt": strconv.FormatInt(o.amount, 10), "currencyCode": "156"}
	code := respOK
	switch {
	case o.state == reversed:
		code = respGivenBack
	case o.expired(now):
		code = respPayLate
	case o.state == waiting:
		code = respAccepted
	}
	if o.mark.queryID != "" {
		out = o.money()
	}
	out["origRespCode"], out["origRespMsg"] = code, respMsg(code, "")
	return out
}

// money is what a paid order's notice and query have in common.
func (o *order) money() params {
	p := o.mark.fields(o.amount)
	p["traceTime"] = o.mark.at.Format("0102150405")
	p["payCardType"], p["payType"] = cardType(o.payer), payType
	if showsAccount(o.payer) {
		p["accNo"] = o.shownAccount()
	}
	return p
}

// money is what a reversal's notice and query have in common. The trace time is
// not among it: notices of money going back lack it (the statement has it).
func (r *reversal) money() params {
	p := r.mark.fields(r.amount)
	p["origQryId"] = r.orig.mark.queryID
	return p
}

func (m mark) fields(amount int64) params {
	fen := strconv.FormatInt(amount, 10)
	return params{
		"txnAmt": fen, "currencyCode": "156", "settleAmt": fen, "settleCurrencyCode": "156",
		"settleDate": m.day[5:7] + m.day[8:], "queryId": m.queryID, "traceNo": m.trace,
	}
}

// giveBack is 04/00 (refund) and 31/00 (cancellation). The same one again gives
// the same answer; other content under the same name is a duplicate.
func (w *Wallet) giveBack(p params) (params, *refusal) {
	now := w.core.Clock.Now()
	r := &reversal{
		key: keyOf(p), txnType: p["txnType"], backURL: p["backUrl"], reserved: p["reqReserved"], access: accessOf(p),
		content: reversalContent(p),
	}
	r.amount, _ = strconv.ParseInt(p["txnAmt"], 10, 64) // the shape was checked
	b := w.book
	b.mu.Lock()
	defer b.mu.Unlock()
	if old := b.reversals[r.key]; old != nil && old.content == r.content {
		return old.money(), nil
	}
	if b.reversals[r.key] != nil || b.orders[r.key] != nil {
		return nil, refuse(respDuplicate, "")
	}
	if bad := b.checkReversal(r, p, now); bad != nil {
		return nil, bad
	}
	b.enter(r, now)
	w.core.Notices.Send(w.reversalNotice(r)) // only plans: nothing is signed or sent yet
	return r.money(), nil
}

// reversalContent is what makes a repeated request the same one.
func reversalContent(p params) string {
	return params{"txnType": p["txnType"], "txnAmt": p["txnAmt"], "origQryId": p["origQryId"],
		"origOrderId": p["origOrderId"], "origTxnTime": p["origTxnTime"]}.signText()
}

// checkReversal finds the original and says whether this much may go back.
func (b *book) checkReversal(r *reversal, p params, now time.Time) *refusal {
	if p["origQryId"] == "" && (p["origOrderId"] == "" || p["origTxnTime"] == "") {
		return refuse(respMissing, "origQryId, or origOrderId with origTxnTime")
	}
	o := b.byQueryID[p["origQryId"]]
	if p["origQryId"] == "" {
		o = b.orders[key{p["merId"], p["origOrderId"], p["origTxnTime"]}]
	}
	switch {
	case o == nil || o.merID != r.merID || o.mark.queryID == "":
		return refuse(respState, "")
	case p["origOrderId"] != "" && p["origOrderId"] != o.orderID, p["origTxnTime"] != "" && p["origTxnTime"] != o.txnTime:
		return refuse(respDiffers, "")
	case o.state != paid:
		return refuse(respGivenBack, "")
	case r.txnType == "31" && clearingDay(now) != o.mark.day:
		return refuse(respState, "the clearing day is over, refund instead")
	case r.txnType == "31" && (r.amount != o.amount || o.givenBack > 0):
		return refuse(respDiffers, "a cancellation takes the full amount")
	case r.txnType == "04" && now.After(o.mark.at.AddDate(0, refundMonths, 0)):
		return refuse(respState, "too old to be refunded")
	case r.amount > o.amount-o.givenBack:
		return refuse(respTooMuch, "more than is left of the payment")
	}
	r.orig = o
	return nil
}

// giveBack enters a reversal of the order. The fee goes back in step: the fee of
// the whole less the fee of what remains, less what went back before.
func (o *order) giveBack(r *reversal) {
	o.givenBack += r.amount
	r.fee = o.fee - feeOf(o.amount-o.givenBack) - o.feeBack
	o.feeBack += r.fee
	o.reversals = append(o.reversals, r)
}

// enter books a reversal that was found in order.
func (b *book) enter(r *reversal, now time.Time) {
	r.mark = b.stampMark(key{r.merID, r.orderID + " " + r.txnType, r.txnTime}, now)
	r.orig.giveBack(r)
	if r.txnType == "31" {
		r.orig.state = cancelled
	}
	if r.txnType != "99" { // a reversal has the name of the order that it takes back
		b.reversals[r.key] = r
	}
}

// reverse is 99/01: an order whose result is unknown to its merchant is taken
// back, on its own clearing day only. An unpaid one cannot be paid afterwards.
// The answer is final; there is no notice.
func (w *Wallet) reverse(p params) (params, *refusal) {
	now := w.core.Clock.Now()
	b := w.book
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.orders[keyOf(p)]
	switch {
	case o == nil:
		return nil, refuse(respState, "")
	case o.state == reversed, o.expired(now):
		return params{}, nil // again, or nothing to take back
	case o.state == waiting:
		o.state = reversed
		return params{}, nil
	case o.state == cancelled || o.givenBack > 0:
		return nil, refuse(respGivenBack, "")
	case clearingDay(now) != o.mark.day:
		return nil, refuse(respState, "the clearing day is over")
	case p["txnAmt"] != "" && p["txnAmt"] != strconv.FormatInt(o.amount, 10):
		return nil, refuse(respDiffers, "txnAmt")
	}
	b.enter(&reversal{key: o.key, txnType: "99", orig: o, amount: o.amount}, now)
	o.state = reversed
	return params{}, nil
}
