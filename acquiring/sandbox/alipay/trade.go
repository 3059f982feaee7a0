package alipay

import (
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// Trade states, Alipay's words. TRADE_CLOSED is unpaid and timed out, or paid
// and wholly refunded: the time of payment tells them apart.
const (
	stateWaiting = "WAIT_BUYER_PAY"
	stateSuccess = "TRADE_SUCCESS"
	stateClosed  = "TRADE_CLOSED"
)

const (
	minAmount = 1              // fen
	maxAmount = 10_000_000_000 // fen: 100,000,000 yuan
)

// trade is an order as Alipay keeps it. The wallet's lock guards it.
type trade struct {
	outTradeNo, tradeNo       string
	merchant                  string // sub-merchant (SMID), or the provider itself
	subject, body             string
	store, terminal, operator string
	passback, notifyURL       string
	certs                     bool   // placed in certificate mode: its notices name a certificate
	buyer                     string // 2088…
	amount, fee               money.Fen
	state                     string
	cancelled                 bool // by trade.cancel, paid or not
	created, paid, closed     time.Time
	expires                   time.Time // zero: never
	stop                      func() bool
	refunds                   []refundRecord
}

// refundRecord is one refund of a trade.
type refundRecord struct {
	requestNo string
	amount    money.Fen
	feeBack   money.Fen // the part of the fee that is given back
	at        time.Time
	reason    string
}

func (t *trade) expired(now time.Time) bool {
	return t.state == stateWaiting && !t.expires.IsZero() && !now.Before(t.expires)
}

func (t *trade) stopTimer() {
	if t.stop != nil {
		t.stop()
		t.stop = nil
	}
}

func (t *trade) refunded() (sum money.Fen) {
	for _, r := range t.refunds {
		sum += r.amount
	}
	return sum
}

// undone tells whether a cancellation gave back the whole trade at once. No bill
// shows such a trade; that the real one leaves it out is an assumption, from the
// other wallets' bills.
func (t *trade) undone() bool { return t.cancelled && len(t.refunds) < 2 }

func (t *trade) order() sandbox.Order {
	o := sandbox.Order{Wallet: sandbox.Alipay, OutTradeNo: t.outTradeNo, TradeNo: t.tradeNo, MerchantID: t.merchant, Description: t.subject,
		AmountFen: int64(t.amount), Payer: t.buyer, State: t.state, CreatedAt: t.created, PaidAt: t.paid, Reversed: t.undone()}
	for _, r := range t.refunds {
		o.Refunds = append(o.Refunds, sandbox.Refund{OutRefundNo: r.requestNo, RefundNo: t.tradeNo, AmountFen: int64(r.amount), State: refundSuccess, CreatedAt: r.at})
	}
	return o
}

var (
	outTradeNoForm = regexp.MustCompile(`^\w{1,64}$`)
	amountForm     = regexp.MustCompile(`^\d{1,9}(\.\d{1,2})?$`)
)

// yuan reads an amount as Alipay takes it: more than nothing, whole fen.
func yuan(s text) (money.Fen, bool) {
	if !amountForm.MatchString(string(s)) {
		return 0, false
	}
	f, err := money.ParseYuan(string(s))
	return f, err == nil && f >= minAmount && f <= maxAmount
}

// create is alipay.trade.create. The same order again is the same trade.
func (w *Wallet) create(p url.Values, biz content) outcome {
	out := outcome{numbers: []string{string(biz.OutTradeNo)}}
	now := w.core.Clock.Now()
	t, bad := newTrade(p, biz, now)
	if bad != nil {
		out.answer = *bad
		return out
	}
	out.payers = []string{t.buyer}
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.trades[t.outTradeNo]; old != nil {
		out.answer = old.again(t, now)
		return out
	}
	if !t.expires.IsZero() && !t.expires.After(now) {
		out.answer = badParam("time_expire", "早于当前时间")
		return out
	}
	if _, ok := w.core.Faults.Strike(sandbox.Alipay, sandbox.StaticLimit, "", t.outTradeNo, t.buyer); ok {
		out.answer = errStaticLimit
		return out
	}
	w.enter(t, now)
	out.answer = t.placed()
	return out
}

// enter puts a trade into the books; a waiting one closes when its time is over.
// The caller holds the lock.
func (w *Wallet) enter(t *trade, now time.Time) {
	w.trades[t.outTradeNo], w.byNo[t.tradeNo] = t, t
	if t.state == stateWaiting && !t.expires.IsZero() {
		t.stop = w.core.Clock.AfterFunc(t.expires.Sub(now), func() { w.expire(t) })
	}
}

type createAnswer struct {
	success
	OutTradeNo string `json:"out_trade_no"`
	TradeNo    string `json:"trade_no"`
}

func (t *trade) placed() createAnswer {
	return createAnswer{success: done, OutTradeNo: t.outTradeNo, TradeNo: t.tradeNo}
}

// again answers a repeated create.
func (t *trade) again(n *trade, now time.Time) any {
	switch {
	case t.amount != n.amount || t.subject != n.subject || t.buyer != n.buyer || t.merchant != n.merchant:
		return errInconsistent
	case t.state == stateSuccess:
		return errHasSuccess
	case t.state == stateClosed || t.expired(now):
		return errHasClose
	}
	return t.placed()
}

// newTrade reads and checks an order, one refusal per field.
func newTrade(p url.Values, biz content, now time.Time) (*trade, *failure) {
	refuse := func(field, why string) (*trade, *failure) {
		f := badParam(field, why)
		return nil, &f
	}
	amount, ok := yuan(biz.TotalAmount)
	buyer := string(biz.BuyerID)
	for _, open := range []text{biz.BuyerOpenID, biz.OpBuyerOpenID} {
		if buyer == "" {
			buyer = string(open)
		}
	}
	switch {
	case !outTradeNoForm.MatchString(string(biz.OutTradeNo)):
		return refuse("out_trade_no", "1-64 位字母数字下划线")
	case !ok:
		return refuse("total_amount", "0.01-100000000，两位小数")
	case biz.Subject == "" || utf8.RuneCountInString(string(biz.Subject)) > 256:
		return refuse("subject", "1-256 个字符")
	case utf8.RuneCountInString(string(biz.Body)) > 128:
		return refuse("body", "不超过 128 个字符")
	case buyer == "":
		return refuse("buyer_id", "不能为空")
	case len(biz.StoreID) > 32:
		return refuse("store_id", "不超过 32 位")
	case len(biz.TerminalID) > 32:
		return refuse("terminal_id", "不超过 32 位")
	case len(biz.OperatorID) > 28:
		return refuse("operator_id", "不超过 28 位")
	}
	expires, ok := expiry(biz, now)
	if !ok {
		return refuse("timeout_express/time_expire", "格式不正确")
	}
	merchant := string(biz.SubMerchant.MerchantID)
	if merchant == "" {
		merchant = pid
	}
	no := string(biz.OutTradeNo)
	return &trade{
		certs:      certificateMode(p),
		outTradeNo: no, tradeNo: tradeNo(no, now),
		merchant: merchant, subject: string(biz.Subject), body: string(biz.Body), store: string(biz.StoreID), terminal: string(biz.TerminalID),
		operator: string(biz.OperatorID), passback: string(biz.PassbackParams), notifyURL: p.Get("notify_url"),
		buyer: buyer, amount: amount, state: stateWaiting, created: now, expires: expires,
	}, nil
}

// tradeNo is Alipay's number of an order placed at an instant.
func tradeNo(outTradeNo string, at time.Time) string {
	return bizdate.Of(at).Compact() + "22" + sandbox.Digits(18, "alipay trade %s", outTradeNo)
}

var expressForm = regexp.MustCompile(`^([1-9]\d{0,4})([mhd])$`)

// expiry is when an unpaid order closes: time_expire, or timeout_express from
// now (1m to 15d, or 1c: the end of the day); zero when neither is given.
func expiry(biz content, now time.Time) (time.Time, bool) {
	if s := string(biz.TimeExpire); s != "" {
		at, err := time.ParseInLocation(timeLayout, s, bizdate.Zone)
		return at, err == nil
	}
	s := string(biz.TimeoutExpress)
	if s == "" {
		return time.Time{}, true
	}
	if s == "1c" {
		return bizdate.Of(now).AddDays(1).Start(), true
	}
	if !expressForm.MatchString(s) {
		return time.Time{}, false
	}
	unit := map[byte]string{'m': "m", 'h': "h", 'd': "h"}[s[len(s)-1]]
	d, err := time.ParseDuration(s[:len(s)-1] + unit)
	if strings.HasSuffix(s, "d") {
		d *= 24
	}
	return now.Add(d), err == nil && d <= 15*24*time.Hour
}

// find returns the trade that a call names; with both numbers given they must
// be one trade's. The caller holds the lock.
func (w *Wallet) find(biz content) *trade {
	t := w.byNo[string(biz.TradeNo)]
	if biz.TradeNo == "" {
		t = w.trades[string(biz.OutTradeNo)]
	}
	if t != nil && biz.OutTradeNo != "" && t.outTradeNo != string(biz.OutTradeNo) {
		return nil
	}
	return t
}

// expire closes an order whose time is over.
func (w *Wallet) expire(t *trade) {
	w.mu.Lock()
	open := t.state == stateWaiting
	var e event
	if open {
		e = w.shut(t)
	}
	w.mu.Unlock()
	if open {
		w.send(e)
	}
}

// shut closes an unpaid trade. The caller holds the lock.
func (w *Wallet) shut(t *trade) event {
	t.stopTimer()
	t.state, t.closed = stateClosed, w.core.Clock.Now()
	return w.event(t, "close")
}
