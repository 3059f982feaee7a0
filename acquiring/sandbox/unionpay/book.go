package unionpay

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"juma/acquiring/sandbox"
)

// key names a transaction.
type key struct{ merID, orderID, txnTime string }

func keyOf(p params) key { return key{p["merId"], p["orderId"], p["txnTime"]} }

// The states of an order. acp has no words for them on the wire: there it is
// origRespCode 05, 00 and others.
const (
	waiting   = "WAITING"   // not paid; past payBefore it cannot be any more
	paid      = "PAID"      // also when given back in part or in full
	cancelled = "CANCELLED" // given back whole on its own clearing day (31)
	reversed  = "REVERSED"  // taken back by a reversal (99), paid or not
)

// mark is what the switch gives a transaction when it goes through.
type mark struct {
	at      time.Time // China time, whole seconds
	trace   string    // 6 digits, unique on its clearing day
	queryID string    // 21 digits
	day     string    // clearing day, YYYY-MM-DD
}

// access is in what role a request came, which its notice repeats.
type access struct{ accessType, acqInsCode string }

func accessOf(p params) access { return access{p["accessType"], p["acqInsCode"]} }

func (a access) into(p params) {
	p["accessType"], p["acqInsCode"] = cmp.Or(a.accessType, "0"), a.acqInsCode
}

// order is a payment. It is changed only under the book's lock.
type order struct {
	key
	amount    int64 // fen
	content   string
	desc      string
	merchant  string // short or full name, "" when the order carries none
	termID    string
	subType   string
	userID    string // appUserId
	consumer  string // who holds the phone that the order was placed for
	backURL   string
	frontURL  string
	reserved  string // reqReserved
	access    access
	orderType string // of the service provider's interface; "" for an acp order
	tn        string
	createdAt time.Time
	payBefore time.Time

	state     string
	payer     string // the consumer who paid
	account   string // paid from; "" is the consumer's own
	fee       int64  // fen
	mark      mark
	givenBack int64 // fen
	feeBack   int64 // fen
	reversals []*reversal
}

// reversal is money going back: a refund (04), a cancellation (31) or a
// reversal (99).
type reversal struct {
	key
	txnType  string
	orig     *order
	amount   int64 // fen
	fee      int64 // fen, given back
	content  string
	backURL  string
	reserved string
	access   access
	mark     mark
}

// book is everything that UnionPay knows. Work under its lock is short: nothing
// is signed, verified or sent there.
type book struct {
	mu        sync.Mutex
	orders    map[key]*order
	byNumber  map[string][]*order // by orderId
	byTN      map[string]*order
	byQueryID map[string]*order
	reversals map[key]*reversal
	traces    map[string]bool // day + trace
}

func newBook() *book {
	return &book{
		orders: map[key]*order{}, byNumber: map[string][]*order{}, byTN: map[string]*order{}, byQueryID: map[string]*order{},
		reversals: map[key]*reversal{}, traces: map[string]bool{},
	}
}

// isReversal tells whether the name is that of a refund or cancellation.
func (b *book) isReversal(k key) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.reversals[k]
	return ok
}

// queryDigit ends every queryId.
const queryDigit = "8"

// stampMark gives a transaction its trace number, queryId and clearing day. The
// numbers are drawn from the transaction's name, so the same day gives the same
// statement; one that is taken on its day is drawn again.
func (b *book) stampMark(k key, now time.Time) mark {
	m := mark{at: now.In(zone).Truncate(time.Second), day: clearingDay(now)}
	for attempt := 0; ; attempt++ {
		m.trace = sandbox.Digits(6, "unionpay trace %s %s %s %d", k.merID, k.orderID, k.txnTime, attempt)
		if m.trace != "000000" && !b.traces[m.day+m.trace] {
			break
		}
	}
	b.traces[m.day+m.trace] = true
	m.queryID = m.at.Format(stamp) + m.trace + queryDigit
	return m
}

// cutHour is when UnionPay's next clearing day begins.
const cutHour = 23

// clearingDay is the day that an instant clears on: from 23:00 the next one.
func clearingDay(t time.Time) string {
	return t.In(zone).Add((24 - cutHour) * time.Hour).Format(time.DateOnly)
}

// expired tells whether an unpaid order can no longer be paid.
func (o *order) expired(now time.Time) bool {
	return o.state == waiting && !now.Before(o.payBefore)
}

// shownState is the order's state in words, for people.
func (o *order) shownState(now time.Time) string {
	if o.expired(now) {
		return "EXPIRED"
	}
	return o.state
}

// feeOf is what UnionPay charges on an amount, rounded half up to the fen. It is
// the same by whichever interface an order came.
func feeOf(amount int64) int64 {
	return (amount*sandbox.FeePPM[sandbox.UnionPay] + 500_000) / 1_000_000
}

// Confirm is the consumer pressing pay. outTradeNo is the orderId or the tn; of
// several orders with the same orderId the newest that can be paid is meant.
// payer is a consumer's name or appUserId; "" is the consumer that the order was
// placed for.
func (w *Wallet) Confirm(outTradeNo, payer string) error {
	now := w.core.Clock.Now()
	b := w.book
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.find(outTradeNo, now)
	if err := payable(o, outTradeNo, now); err != nil {
		return err
	}
	o.payer = o.consumer
	if payer != "" {
		o.payer = w.visit.consumer(payer)
	}
	b.take(o, now)
	w.core.Notices.Send(w.paymentNotice(o)) // only plans: nothing is signed or sent yet
	return nil
}

// take moves the money. Needs the lock.
func (b *book) take(o *order, now time.Time) {
	o.state, o.mark, o.fee = paid, b.stampMark(o.key, now), feeOf(o.amount)
	b.byQueryID[o.mark.queryID] = o
}

func payable(o *order, number string, now time.Time) error {
	switch {
	case o == nil:
		return fmt.Errorf("order %s: UnionPay knows no such order", number)
	case o.expired(now):
		return fmt.Errorf("order %s: its time to pay ended at %s", number, o.payBefore.In(zone).Format(time.DateTime))
	case o.state == reversed:
		return fmt.Errorf("order %s: it was reversed and cannot be paid", number)
	case o.state != waiting:
		return fmt.Errorf("order %s: it is paid already", number)
	}
	return nil
}

// find returns an order by tn or orderId, one that can be paid before others,
// and the newest of equals. Nil when there is none.
func (b *book) find(token string, now time.Time) *order {
	if o := b.byTN[token]; o != nil {
		return o
	}
	var best *order
	for _, o := range b.byNumber[token] {
		if best == nil || payable(best, token, now) != nil || payable(o, token, now) == nil {
			best = o
		}
	}
	return best
}

// Find returns an order by orderId or tn.
func (w *Wallet) Find(token string) (sandbox.Order, bool) {
	now := w.core.Clock.Now()
	w.book.mu.Lock()
	defer w.book.mu.Unlock()
	o := w.book.find(token, now)
	if o == nil {
		return sandbox.Order{}, false
	}
	return w.shown(o, now), true
}

// Orders lists all orders, oldest first.
func (w *Wallet) Orders() []sandbox.Order {
	now := w.core.Clock.Now()
	w.book.mu.Lock()
	out := make([]sandbox.Order, 0, len(w.book.orders))
	for _, o := range w.book.orders {
		out = append(out, w.shown(o, now))
	}
	w.book.mu.Unlock()
	slices.SortFunc(out, func(a, b sandbox.Order) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.OutTradeNo, b.OutTradeNo), cmp.Compare(a.MerchantID, b.MerchantID))
	})
	return out
}

// shown is an order for the control plane. TradeNo is the queryId once there is
// one, before that the tn.
func (w *Wallet) shown(o *order, now time.Time) sandbox.Order {
	s := sandbox.Order{
		Wallet: w.name, OutTradeNo: o.orderID, TradeNo: o.tn, MerchantID: o.merID, Description: o.desc,
		AmountFen: o.amount, Payer: o.consumer, State: o.shownState(now), CreatedAt: o.createdAt, PaidAt: o.mark.at,
		Reversed: o.state == reversed,
	}
	if o.mark.queryID != "" {
		s.TradeNo, s.Payer = o.mark.queryID, o.payer
	}
	for _, r := range o.reversals {
		s.Refunds = append(s.Refunds, sandbox.Refund{
			OutRefundNo: r.orderID, RefundNo: r.mark.queryID, AmountFen: r.amount, State: "SUCCESS", CreatedAt: r.mark.at,
		})
	}
	return s
}
