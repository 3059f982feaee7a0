package wechat

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"juma/acquiring/sandbox"
)

// Trade states.
const (
	notPay     = "NOTPAY"
	success    = "SUCCESS"
	refunded   = "REFUND"
	closedWord = "CLOSED"
	userPaying = "USERPAYING" // by code: the consumer is asked for the password
	revoked    = "REVOKED"    // by code: reversed, paid or not
)

var stateText = map[string]string{notPay: "订单未支付", success: "支付成功", refunded: "转入退款", closedWord: "已关闭",
	userPaying: "用户支付中，需要输入密码", revoked: "已撤销"}

// Trade types.
const (
	tradeJSAPI    = "JSAPI"
	tradeMicropay = "MICROPAY"
)

// prepayLife is how long a prepay_id opens the payment sheet.
const prepayLife = 2 * time.Hour

// order is an order in the wallet's books. Guarded by Wallet.mu; req and
// namedKey never change.
type order struct {
	req           orderRequest
	namedKey      string // the platform key that its notice is signed with
	prepayID      string
	createdAt     time.Time
	expiresAt     time.Time
	tradeType     string
	codeDevice    string // the terminal that scanned the code
	state         string
	paidAt        time.Time
	transactionID string
	refunds       []*refund // in the order in which they were asked for
	refundedFen   int64
	feeBackFen    int64 // channel fee given back so far
}

// payer is the openid that the order was placed for.
func (o *order) payer() string { return cmp.Or(o.req.Payer.SpOpenID, o.req.Payer.SubOpenID) }

// paid tells whether money has come in, refunded or not.
func (o *order) paid() bool { return !o.paidAt.IsZero() }

// fee is what WeChat charges on an amount: sandbox.FeePPM, rounded half up to
// the fen.
func fee(amountFen int64) int64 {
	return (amountFen*sandbox.FeePPM[sandbox.WeChat] + 500_000) / 1_000_000
}

// Confirm is the consumer entering the password on the payment sheet. Payer is
// the consumer's name and changes nothing: the order's openid pays.
func (w *Wallet) Confirm(outTradeNo, _ string) error {
	now := w.now()
	w.mu.Lock()
	o, err := w.payable(outTradeNo, now)
	if err != nil {
		w.mu.Unlock()
		return err
	}
	w.take(o, now)
	n := w.paymentNotice(o)
	w.mu.Unlock()
	if o.tradeType == tradeJSAPI { // an order by code is told of by its answer and by queries alone
		w.core.Notices.Send(n)
	}
	return nil
}

// take moves the money. Needs the lock.
func (w *Wallet) take(o *order, now time.Time) {
	o.state, o.paidAt = success, now
	o.transactionID = "429999" + now.Format("20060102") + sandbox.Digits(14, "wechat transaction %s", o.req.OutTradeNo)
	w.trades[o.transactionID] = o
}

// payable finds an order that can be paid now. Needs the lock.
func (w *Wallet) payable(outTradeNo string, now time.Time) (*order, error) {
	o := w.orders[outTradeNo]
	switch {
	case o == nil:
		return nil, fmt.Errorf("out_trade_no %q: WeChat knows no such order", outTradeNo)
	case o.paid():
		return nil, fmt.Errorf("out_trade_no %q: paid already at %s", outTradeNo, rfc3339(o.paidAt))
	case o.state == revoked:
		return nil, fmt.Errorf("out_trade_no %q: the order is closed", outTradeNo)
	case o.state != closedWord && now.Before(o.expiresAt), w.lateWins(o):
		return o, nil
	case o.state == closedWord:
		return nil, fmt.Errorf("out_trade_no %q: the order is closed", outTradeNo)
	}
	return nil, fmt.Errorf("out_trade_no %q: the order expired at %s", outTradeNo, rfc3339(o.expiresAt))
}

// lateWins tells whether the script lets an order be paid after its end: a consumer who
// was just paying may win the race.
func (w *Wallet) lateWins(o *order) bool {
	_, wins := w.core.Faults.Strike(w.name, sandbox.PayLate, "", o.req.OutTradeNo, o.payer())
	return wins
}

// Find returns an order by out_trade_no or by prepay_id, with or without the
// prepay_id= that stands before it on the page.
func (w *Wallet) Find(token string) (sandbox.Order, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.orders[token]
	if o == nil {
		o = w.prepays[strings.TrimPrefix(token, "prepay_id=")]
	}
	if o == nil {
		return sandbox.Order{}, false
	}
	return w.view(o), true
}

// Orders lists what the wallet knows, oldest first.
func (w *Wallet) Orders() []sandbox.Order {
	w.mu.Lock()
	out := make([]sandbox.Order, 0, len(w.orders))
	for _, o := range w.orders {
		out = append(out, w.view(o))
	}
	w.mu.Unlock()
	slices.SortFunc(out, func(a, b sandbox.Order) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.OutTradeNo, b.OutTradeNo))
	})
	return out
}

// view copies an order for the control plane. Needs the lock.
func (w *Wallet) view(o *order) sandbox.Order {
	v := sandbox.Order{
		Wallet: w.name, OutTradeNo: o.req.OutTradeNo, TradeNo: o.transactionID, MerchantID: o.req.SubMchID,
		Description: o.req.Description, AmountFen: o.req.Amount.Total, Payer: o.payer(), State: o.state,
		CreatedAt: o.createdAt, PaidAt: o.paidAt, Reversed: o.state == revoked,
	}
	for _, r := range o.refunds {
		v.Refunds = append(v.Refunds, sandbox.Refund{OutRefundNo: r.req.OutRefundNo, RefundNo: r.refundID,
			AmountFen: r.req.Amount.Refund, State: refundSuccess, CreatedAt: r.createdAt})
	}
	return v
}
