package acquiring_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
	"juma/internal/money"
)

// invariants are conditions on the whole database, each a query that counts what
// breaks it (promises I1 to I6).
var invariants = map[string]string{
	"I1: a notice was applied and nothing posted": "SELECT COUNT(*) FROM notices n WHERE n.disposition = 'applied' AND n.event = 'payment' AND n.reason = ''" +
		" AND NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.kind = 'payment_paid' AND e.ref = n.order_no)",
	"I2: the sides of an entry differ": "SELECT COUNT(*) FROM (SELECT entry_id FROM ledger_lines GROUP BY entry_id HAVING SUM(debit_fen) <> SUM(credit_fen)) AS uneven",
	"I3: more is given back than paid": "SELECT COUNT(*) FROM payments WHERE refunded_fen > amount_fen OR refunded_fen < 0",
	"I3: reserved is not what refunds hold": "SELECT COUNT(*) FROM payments p WHERE p.refunded_fen <>" +
		" (SELECT COALESCE(SUM(r.amount_fen), 0) FROM refunds r WHERE r.order_no = p.order_no AND r.state <> 'failed' AND r.second_no = '')",
	"I5: paid, and not posted once": "SELECT COUNT(*) FROM payments p WHERE (CASE WHEN p.state = 'paid' THEN 1 ELSE 0 END) <>" +
		" (SELECT COUNT(*) FROM ledger_entries e WHERE e.kind = 'payment_paid' AND e.ref = p.order_no)",
	"I5: second successes and their cases differ": "SELECT ABS((SELECT COUNT(*) FROM ledger_entries WHERE kind = 'second_success') - (SELECT COUNT(*) FROM refunds WHERE second_no <> ''))",
	"I6: a state stands in no table":              "SELECT COUNT(*) FROM payments WHERE state NOT IN ('created', 'pending', 'unknown', 'paid', 'closed', 'refused', 'reversing', 'reversed')",
	"a refund is done, and not posted once": "SELECT COUNT(*) FROM refunds r WHERE (CASE WHEN r.state = 'succeeded' THEN 1 ELSE 0 END) <>" +
		" (SELECT COUNT(*) FROM ledger_entries e WHERE e.kind IN ('refund_succeeded', 'second_refunded') AND e.ref = r.refund_no)",
	"paid, and not told once": "SELECT COUNT(*) FROM payments p WHERE (CASE WHEN p.state = 'paid' THEN 1 ELSE 0 END) <>" +
		" (SELECT COUNT(*) FROM events e WHERE e.subject IN ('payment.paid', 'payment.late') AND e.event_key = p.order_no)",
	"a refund has no command": "SELECT COUNT(*) FROM refunds r WHERE NOT EXISTS (SELECT 1 FROM commands c WHERE c.object_no = r.refund_no)",
}

// mustHold checks the invariants.
func (b *bench) mustHold() {
	b.Helper()
	for name, query := range invariants {
		if n := b.number(query); n != 0 {
			b.Errorf("%s: %d times", name, n)
		}
	}
}

// honest is a wallet that keeps book of what it does. Its answers get lost now and
// then; what it has done stays done.
type honest struct {
	mu     sync.Mutex
	rnd    *rand.Rand
	loss   float64 // of answers
	orders map[string]*walletOrder
	placed func(channel.PrepayRequest) // told in the middle of placing; may be nil
}

type walletOrder struct {
	amount  money.Fen
	paid    bool
	closed  bool
	refunds map[string]money.Fen
}

func newHonest(seed uint64) *honest {
	return &honest{rnd: rand.New(rand.NewPCG(seed, 2)), orders: map[string]*walletOrder{}}
}

// lost decides whether an answer is. Under the lock.
func (h *honest) lost() bool { return h.rnd.Float64() < h.loss }

var lostAnswer = channel.Result{Outcome: channel.Unknown, Code: "lost"}

// serve makes a bench's wallet answer as this one.
func (h *honest) serve(w *wallet) {
	w.set(func(w *wallet) {
		w.prepay, w.query, w.close, w.refund, w.queryRefund = h.prepay, h.query, h.shut, h.giveBack, h.queryRefund
	})
}

func (h *honest) prepay(r channel.PrepayRequest) (channel.PrepayResult, error) {
	h.mu.Lock()
	if h.orders[r.OrderNo] == nil {
		h.orders[r.OrderNo] = &walletOrder{amount: r.Amount, refunds: map[string]money.Fen{}}
	}
	lost := h.lost()
	h.mu.Unlock()
	if h.placed != nil {
		h.placed(r)
	}
	if lost {
		return channel.PrepayResult{Result: lostAnswer}, nil
	}
	return channel.PrepayResult{Result: succeeded}, nil
}

// pay is the consumer confirming; false when the order can no longer be paid.
func (h *honest) pay(orderNo string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.orders[orderNo]
	if o != nil && !o.closed {
		o.paid = true
	}
	return o != nil && o.paid
}

func (h *honest) query(r channel.OrderRef) (channel.PaymentResult, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch o := h.orders[r.OrderNo]; {
	case h.lost():
		return channel.PaymentResult{Result: lostAnswer}, nil
	case o == nil:
		return channel.PaymentResult{Result: channel.Result{Outcome: channel.Refused}, NotFound: true}, nil
	case o.paid:
		return channel.PaymentResult{Result: succeeded, Amount: o.amount, ChannelNo: "w" + r.OrderNo}, nil
	case o.closed:
		return channel.PaymentResult{Result: channel.Result{Outcome: channel.Refused, Code: "CLOSED"}}, nil
	}
	return channel.PaymentResult{Result: channel.Result{Outcome: channel.Pending}}, nil
}

func (h *honest) shut(r channel.OrderRef) (channel.Result, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.orders[r.OrderNo]
	if o == nil || o.paid {
		return channel.Result{Outcome: channel.Refused, Code: "ORDERPAID"}, nil
	}
	o.closed = true
	if h.lost() {
		return lostAnswer, nil
	}
	return succeeded, nil
}

func (h *honest) giveBack(r channel.RefundRequest) (channel.RefundResult, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.orders[r.OrderNo]
	if _, known := o.refunds[r.RefundNo]; !known {
		sum := r.Amount
		for _, before := range o.refunds {
			sum += before
		}
		if sum > o.amount {
			return no, nil
		}
		o.refunds[r.RefundNo] = r.Amount
	}
	if h.lost() {
		return channel.RefundResult{Result: lostAnswer}, nil
	}
	return channel.RefundResult{Result: succeeded, Amount: r.Amount, ChannelNo: "wr" + r.RefundNo}, nil
}

func (h *honest) queryRefund(r channel.RefundRequest) (channel.RefundResult, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch amount, known := h.orders[r.OrderNo].refunds[r.RefundNo]; {
	case h.lost():
		return channel.RefundResult{Result: lostAnswer}, nil
	case !known:
		return channel.RefundResult{Result: channel.Result{Outcome: channel.Refused}, NotFound: true}, nil
	default:
		return channel.RefundResult{Result: succeeded, Amount: amount, ChannelNo: "wr" + r.RefundNo}, nil
	}
}

// race lets everything about one order overtake everything else, in an order that
// the seed and the scheduler know: the answer to placing it, the consumer, notices,
// questions, the close (its time to pay is over at once), and two refunds with
// their notices.
type race struct {
	*bench
	h   *honest
	rnd *rand.Rand
	wg  sync.WaitGroup
}

// later runs f after a moment that the seed chooses.
func (r *race) later(f func()) {
	moment := time.Duration(r.rnd.IntN(400)) * time.Microsecond
	r.wg.Go(func() {
		time.Sleep(moment)
		f()
	})
}

func (r *race) must(err error) {
	if err != nil {
		r.Error(err)
	}
}

func (r *race) run(s *acquiring.Service, in acquiring.PayInput) {
	asks, notices, back := 1+r.rnd.IntN(2), 1+r.rnd.IntN(3), []money.Fen{money.Fen(1 + r.rnd.IntN(900)), money.Fen(1 + r.rnd.IntN(900))}
	pays, gap := r.rnd.IntN(4) > 0, time.Duration(r.rnd.IntN(300))*time.Microsecond
	out, err := s.Pay(ctx, in) // honest.placed starts the others in the middle of it
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Refused) {
		r.Error(err)
		return
	}
	no := out.Payment.OrderNo
	r.later(func() {
		if pays && r.h.pay(no) {
			n := r.notice(out.Payment)
			for range notices {
				r.must(s.Confirm(ctx, channel.WeChat, n))
			}
		}
	})
	for range asks {
		r.later(func() { r.must(s.Ask(ctx, channel.PaymentLine, no)) })
	}
	for i, amount := range back {
		r.later(func() {
			time.Sleep(gap)
			refund, err := s.RequestRefund(ctx, acquiring.RefundInput{OrderNo: no, Amount: amount, RequestID: fmt.Sprint(in.RequestID, "-back-", i), By: "owner"})
			if fault.Is(err, fault.Refused) { // not paid, or not that much left
				return
			}
			r.must(err)
			var told sync.WaitGroup
			told.Go(func() { r.must(s.CarryOut(ctx, refund.RefundNo)) })
			told.Go(func() {
				r.must(s.Ask(ctx, channel.RefundLine, refund.RefundNo))
				r.must(s.Confirm(ctx, channel.WeChat, r.told(refund)))
			})
			told.Wait()
		})
	}
	r.wg.Wait()
}

// told is the wallet's notice of a refund, if it has made it; a failure that is no
// news otherwise.
func (r *race) told(refund acquiring.Refund) channel.Notice {
	n := r.refundNotice(refund)
	r.h.mu.Lock()
	defer r.h.mu.Unlock()
	if _, made := r.h.orders[refund.OrderNo].refunds[refund.RefundNo]; !made {
		n.ID, n.Result = n.ID+"-pending", channel.Result{Outcome: channel.Pending}
	}
	return n
}

// TestTB2Races: success before the answer to placing, refund notice before the
// refund's reply, close against pay. In the end the books say what the wallet did,
// and the invariants hold.
func TestTB2Races(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		h := newHonest(2)
		h.loss = 0.15
		h.placed = func(r channel.PrepayRequest) {
			if r.Amount%7 < 3 && h.pay(r.OrderNo) && r.Amount%7 < 2 { // the success overtakes the answer
				must(b, b.acquiring.Confirm(ctx, channel.WeChat, b.notice(acquiring.Payment{OrderNo: r.OrderNo, ChannelID: r.MerchantID, Amount: r.Amount, CreatedAt: r.CreatedAt})))
			}
		}
		h.serve(b.wallets[channel.WeChat])
		cfg := b.acquiring.Config
		cfg.Expiry = time.Nanosecond
		s, err := acquiring.NewService(cfg)
		must(t, err)
		scan := b.input("", 1).Scan
		seeds := make(chan uint64)
		var workers sync.WaitGroup
		for range 8 {
			workers.Go(func() {
				for seed := range seeds {
					in := acquiring.PayInput{Scan: scan, Wallet: channel.WeChatWallet, PayerID: fmt.Sprint("payer-", seed), Amount: money.Fen(1000 + seed%7), RequestID: fmt.Sprint("race-", seed),
						ReturnURL: func(string) string { return "" }}
					(&race{bench: b, h: h, rnd: rand.New(rand.NewPCG(seed, 1))}).run(s, in)
				}
			})
		}
		for seed := range uint64(racesRun) {
			seeds <- seed
		}
		close(seeds)
		workers.Wait()
		b.mustHold()
		h.mu.Lock()
		h.loss = 0
		h.mu.Unlock()
		for range 12 { // until everything is known
			b.clock.AdvanceTo(b.clock.Now().Add(10 * time.Minute))
			_, err := s.Sweep(ctx)
			must(t, err)
		}
		b.mustHold()
		b.agrees(h)
	})
}

// agrees holds our books to the wallet's.
func (b *bench) agrees(h *honest) {
	b.Helper()
	paid := 0
	for no, o := range h.orders {
		p := b.payment(no)
		if (p.State == acquiring.Paid) != o.paid || (p.State != acquiring.Paid && p.State != acquiring.Closed) {
			b.Errorf("order %s is %s here; paid there: %v, closed there: %v", no, p.State, o.paid, o.closed)
		}
		if o.paid {
			paid++
		}
		var sum money.Fen
		for _, amount := range o.refunds {
			sum += amount
		}
		if p.Refunded != sum {
			b.Errorf("order %s: %d fen given back here, %d there", no, p.Refunded, sum)
		}
	}
	if open := b.number("SELECT COUNT(*) FROM refunds WHERE state IN ('created', 'unknown')"); open != 0 {
		b.Errorf("%d refunds are still open", open)
	}
	if paid == 0 || paid == len(h.orders) {
		b.Errorf("%d of %d orders were paid: the races are all alike", paid, len(h.orders))
	}
}

// TestTB4NoNoticeEverComes: the wallets' notices are lost for good, and some
// answers, too. 99.9 % of orders are final within 30 seconds of the end of their
// time to pay, in virtual time, and all in the end.
func TestTB4NoNoticeEverComes(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		h := newHonest(4)
		h.loss = 0.02
		h.serve(b.wallets[channel.WeChat])
		rnd := rand.New(rand.NewPCG(4, 4))
		scan := b.input("", 1).Scan
		payAt := map[string]time.Time{}
		const span, tick = 20 * time.Minute, 5 * time.Second
		made, late := 0, map[string]bool{}
		for now := noon; now.Before(noon.Add(span + 20*time.Minute)); now = now.Add(tick) {
			b.clock.AdvanceTo(now)
			for ; made < ordersUnnoticed*int(now.Sub(noon))/int(span) && made < ordersUnnoticed; made++ {
				out, err := b.acquiring.Pay(ctx, acquiring.PayInput{Scan: scan, Wallet: channel.WeChatWallet, PayerID: "p", Amount: 1000, RequestID: fmt.Sprint("wish-", made),
					ReturnURL: func(string) string { return "" }})
				must(t, err)
				switch fate := rnd.IntN(10); {
				case fate < 6: // pays some time
					payAt[out.Payment.OrderNo] = now.Add(time.Duration(rnd.IntN(15*60)) * time.Second)
				case fate < 7: // pays in the last moment
					payAt[out.Payment.OrderNo] = now.Add(15*time.Minute - time.Duration(rnd.IntN(10))*time.Second)
				}
			}
			for no, at := range payAt {
				if !at.After(now) {
					h.pay(no)
					delete(payAt, no)
				}
			}
			_, err := b.acquiring.Sweep(ctx)
			must(t, err)
			for _, no := range b.texts("SELECT order_no FROM payments WHERE state IN ('created', 'pending', 'unknown') AND expires_at <= ?", now.Add(-30*time.Second).UnixMicro()) {
				late[no] = true
			}
		}
		if made != ordersUnnoticed || len(late)*1000 > made {
			t.Errorf("%d of %d orders were not final 30 s after the end of their time", len(late), made)
		}
		b.mustHold()
		b.agrees(h)
	})
}

// texts reads one column.
func (b *bench) texts(query string, args ...any) (all []string) {
	b.Helper()
	rows, err := b.raw.Query(query, args...)
	must(b, err)
	defer rows.Close()
	for rows.Next() {
		var s string
		must(b, rows.Scan(&s))
		all = append(all, s)
	}
	must(b, rows.Err())
	return all
}
