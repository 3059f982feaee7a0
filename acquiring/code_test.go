package acquiring_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/risk"
	"juma/acquiring/routing"
	"juma/internal/fault"
	"juma/internal/money"
)

// wechatCode is a WeChat payment code.
const wechatCode channel.PayCode = "134567890123456789"

// scanned asks for a payment by code at the shop's counter.
func (b *bench) scanned(requestID string, amount money.Fen) acquiring.CodeInput {
	b.Helper()
	stores, err := b.store.Merchants().StoresOf(ctx, shopNo)
	must(b, err)
	return acquiring.CodeInput{MerchantNo: shopNo, StoreID: stores[0].ID, Code: wechatCode, Amount: amount, RequestID: requestID, ClientIP: "203.0.113.7", Operator: "clerk"}
}

// says makes a wallet's answer to a payment by code or to a query of it.
func says(o channel.Outcome, code string) channel.PaymentResult {
	r := channel.PaymentResult{Result: channel.Result{Outcome: o, Code: code}}
	if o == channel.Succeeded {
		r.ChannelNo, r.Payer = "w1", "oPayer"
	}
	return r
}

// dance is what a wallet says of one payment by code, and what must become of it.
type dance struct {
	name     string
	answer   func() (channel.PaymentResult, error)
	queries  []channel.PaymentResult // one after the other, the last one again and again
	reversal []channel.ReverseResult // likewise
	first    acquiring.PaymentState  // right after the code was sent
	after    time.Duration           // …
	then     acquiring.PaymentState  // … that later
	sent     int                     // reversals until then
	reason   channel.Reason
}

var (
	pending  = says(channel.Pending, "USERPAYING")
	unknown  = says(channel.Unknown, "NO_ANSWER")
	paid     = says(channel.Succeeded, "SUCCESS")
	notFound = channel.PaymentResult{Result: channel.Result{Outcome: channel.Refused, Code: "ORDER_NOT_EXIST"}, NotFound: true}
	noMoney  = channel.PaymentResult{Result: channel.Result{Outcome: channel.Refused, Code: "NOT_ENOUGH", Reason: channel.ShortOfFunds}}

	undone      = channel.ReverseResult{Result: channel.Result{Outcome: channel.Succeeded}}
	undoLost    = channel.ReverseResult{Result: channel.Result{Outcome: channel.Unknown}}
	undoRefused = channel.ReverseResult{Result: channel.Result{Outcome: channel.Refused, Code: "35"}}
	undoNothing = channel.ReverseResult{Result: channel.Result{Outcome: channel.Refused, Code: "ORDER_NOT_EXIST"}, NotFound: true}
)

func always(r channel.PaymentResult) func() (channel.PaymentResult, error) {
	return func() (channel.PaymentResult, error) { return r, nil }
}

var dances = []dance{
	{name: "paid at once", answer: always(paid), first: acquiring.Paid, then: acquiring.Paid},
	{name: "no money", answer: always(noMoney), first: acquiring.Refused, then: acquiring.Refused, reason: channel.ShortOfFunds},
	{name: "code expired", answer: always(channel.PaymentResult{Result: channel.Result{Outcome: channel.Refused, Code: "AUTH_CODE_EXPIRE", Reason: channel.CodeExpired}}),
		first: acquiring.Refused, then: acquiring.Refused, reason: channel.CodeExpired},
	{name: "wallet out of reach", answer: func() (channel.PaymentResult, error) {
		return channel.PaymentResult{}, fault.New("x", fault.Unavailable, "nobody listens")
	}, first: acquiring.Refused, then: acquiring.Refused, reason: channel.NotSent},
	{name: "password, entered", answer: always(pending), queries: []channel.PaymentResult{pending, pending, paid}, first: acquiring.Pending, after: 16 * time.Second, then: acquiring.Paid},
	{name: "password, broken off", answer: always(pending), queries: []channel.PaymentResult{pending, {Result: channel.Result{Outcome: channel.Refused, Code: "PAYERROR", Reason: channel.GivenUp}}},
		first: acquiring.Pending, after: 11 * time.Second, then: acquiring.Refused, reason: channel.GivenUp},
	{name: "answer lost, paid", answer: always(unknown), queries: []channel.PaymentResult{paid}, first: acquiring.Unknown, after: 6 * time.Second, then: acquiring.Paid},
	{name: "answer lost, still unknown", answer: always(unknown), queries: []channel.PaymentResult{unknown}, first: acquiring.Unknown, after: 59 * time.Second, then: acquiring.Unknown},
	{name: "not seen yet, then paid", answer: always(unknown), queries: []channel.PaymentResult{notFound, paid}, first: acquiring.Unknown, after: 11 * time.Second, then: acquiring.Paid},
	{name: "password never entered", answer: always(pending), queries: []channel.PaymentResult{pending}, reversal: []channel.ReverseResult{undone},
		first: acquiring.Pending, after: 65 * time.Second, then: acquiring.Reversed, sent: 1},
	{name: "unknown to the end", answer: always(unknown), queries: []channel.PaymentResult{unknown}, reversal: []channel.ReverseResult{undone},
		first: acquiring.Unknown, after: 65 * time.Second, then: acquiring.Reversed, sent: 1},
	{name: "reversal lost twice", answer: always(pending), queries: []channel.PaymentResult{pending}, reversal: []channel.ReverseResult{undoLost, undoLost, undone},
		first: acquiring.Pending, after: 90 * time.Second, then: acquiring.Reversed, sent: 3},
	{name: "reversal never answered", answer: always(pending), queries: []channel.PaymentResult{pending}, reversal: []channel.ReverseResult{undoLost},
		first: acquiring.Pending, after: 24 * time.Hour, then: acquiring.Reversing, sent: 50},
	{name: "reversal refused, paid after all", answer: always(pending), queries: append(times(12, pending), paid), reversal: []channel.ReverseResult{undoRefused},
		first: acquiring.Pending, after: 65 * time.Second, then: acquiring.Paid, sent: 1},
	{name: "reversal refused, not paid", answer: always(pending), queries: append(times(12, pending), noMoney), reversal: []channel.ReverseResult{undoRefused},
		first: acquiring.Pending, after: 65 * time.Second, then: acquiring.Reversed, sent: 1},
	{name: "never arrived, and still could", answer: always(unknown), queries: []channel.PaymentResult{notFound}, reversal: []channel.ReverseResult{undoNothing},
		first: acquiring.Unknown, after: 2 * time.Minute, then: acquiring.Reversing, sent: 4},
	{name: "never arrived, and no longer can", answer: always(unknown), queries: []channel.PaymentResult{notFound}, reversal: []channel.ReverseResult{undoNothing},
		first: acquiring.Unknown, after: 6 * time.Minute, then: acquiring.Reversed, sent: 6},
	{name: "another amount", answer: always(channel.PaymentResult{Result: succeeded, Amount: 1, ChannelNo: "w1"}), queries: []channel.PaymentResult{{Result: succeeded, Amount: 1, ChannelNo: "w1"}},
		reversal: []channel.ReverseResult{undone}, first: acquiring.Unknown, after: 65 * time.Second, then: acquiring.Reversed, sent: 1},
}

func times(n int, r channel.PaymentResult) (all []channel.PaymentResult) {
	for range n {
		all = append(all, r)
	}
	return all
}

// script plays a list, its last entry again and again.
func script[Req, Res any](list []Res) func(Req) (Res, error) {
	i := -1
	return func(Req) (Res, error) {
		i = min(i+1, len(list)-1)
		return list[i], nil
	}
}

// TestDance: pay, ask every few seconds, undo when time is up, and never take
// "unknown" for an end.
func TestDance(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		rows(t, b, dances, func(d dance) string { return d.name }, func(t *testing.T, b *bench, d dance) {
			w := b.wallets[channel.WeChat]
			w.set(func(w *wallet) {
				w.code = func(channel.CodeRequest) (channel.PaymentResult, error) { return d.answer() }
				if d.queries != nil {
					w.query = script[channel.OrderRef](d.queries)
				}
				if d.reversal != nil {
					w.reverse = script[channel.OrderRef](d.reversal)
				}
			})
			p, err := b.acquiring.PayByCode(ctx, b.scanned(d.name, 1200))
			must(t, err)
			if p.State != d.first || p.Entry != acquiring.ByCode || p.Operator != "clerk" || p.PlateKey != "" {
				t.Fatalf("right after the code was sent: %+v; want %s", p, d.first)
			}
			for end := b.clock.Now().Add(d.after); b.clock.Now().Before(end); {
				b.advance(min(5*time.Second+time.Millisecond, end.Sub(b.clock.Now())))
				if d.after > time.Hour {
					b.advance(10 * time.Minute)
				}
			}
			b.wantState(p.OrderNo, d.then)
			p = b.payment(p.OrderNo)
			if p.Reason != d.reason {
				t.Errorf("reason %q, want %q", p.Reason, d.reason)
			}
			if n := w.called("reverse"); n < d.sent || d.sent < 4 && n != d.sent {
				t.Errorf("%d reversals, want %d", n, d.sent)
			}
			if n := w.called("code"); n != 1 {
				t.Errorf("the code was sent %d times", n)
			}
			booked := b.postings("payment_paid", p.OrderNo)
			if want := map[bool]int{true: 1}[d.then == acquiring.Paid]; booked != want {
				t.Errorf("%d entries of money for a payment that is %s, want %d", booked, p.State, want)
			}
			if p.State == acquiring.Paid && (p.ChannelNo != "w1" || p.PayerAccount != "oPayer") {
				t.Errorf("paid by %q %q", p.ChannelNo, p.PayerAccount)
			}
		})
	})
}

// TestSuccessAfterReversal: whenever a success comes once an order is being undone,
// it has one end: undone, and no money of it in the books.
func TestSuccessAfterReversal(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		w := b.wallets[channel.WeChat]
		lost := true
		w.set(func(w *wallet) {
			w.reverse = func(channel.OrderRef) (channel.ReverseResult, error) {
				if lost {
					return undoLost, nil
				}
				return undone, nil
			}
		})
		p, err := b.acquiring.PayByCode(ctx, b.scanned("r1", 1200))
		must(t, err)
		b.advance(61 * time.Second)
		b.wantState(p.OrderNo, acquiring.Reversing)
		during := b.notice(p)
		must(t, b.acquiring.Confirm(ctx, channel.WeChat, during))
		b.wantState(p.OrderNo, acquiring.Reversing)
		lost = false
		b.advance(time.Second) // the success made it due
		b.wantState(p.OrderNo, acquiring.Reversed)

		before := w.called("reverse")
		late := b.notice(p)
		late.ID = "late"
		must(t, b.acquiring.Confirm(ctx, channel.WeChat, late))
		b.wantState(p.OrderNo, acquiring.Reversing)
		must(t, b.acquiring.Confirm(ctx, channel.WeChat, late)) // delivered again: no news
		b.advance(time.Second)
		b.wantState(p.OrderNo, acquiring.Reversed)
		if n := w.called("reverse") - before; n != 1 {
			t.Errorf("undone %d times after the late success, want once", n)
		}
		if b.postings("payment_paid", p.OrderNo) != 0 {
			t.Error("money of an order that was undone is in the books")
		}
		must(t, b.acquiring.Ask(ctx, channel.PaymentLine, p.OrderNo))
		b.wantState(p.OrderNo, acquiring.Reversed)
	})
}

// TestCodeIsSentOnce: the same press from many tabs sends one code.
func TestCodeIsSentOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		in := b.scanned("r1", 1200)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := b.acquiring.PayByCode(ctx, in); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := b.wallets[channel.WeChat].called("code"); n != 1 {
			t.Errorf("the code was sent %d times", n)
		}
		in.Amount++
		_, err := b.acquiring.PayByCode(ctx, in)
		wantFault(t, err, fault.Conflict, "amount")
		if n := b.number("SELECT COUNT(*) FROM payments WHERE code LIKE '%4567890%' OR message LIKE '%4567890%' OR request_id LIKE '%4567890%'"); n != 0 {
			t.Error("the code is in the database")
		}
	})
}

// TestLook: a page that waits takes its payment on, no faster than every few
// seconds, and no other payment.
func TestLook(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		w := b.wallets[channel.WeChat]
		p, err := b.acquiring.PayByCode(ctx, b.scanned("r1", 1200))
		must(t, err)
		for range 3 {
			_, err := b.acquiring.Look(ctx, p.OrderNo)
			must(t, err)
		}
		if n := w.called("query"); n != 0 {
			t.Errorf("asked %d times within no time", n)
		}
		b.clock.AdvanceTo(noon.Add(5 * time.Second))
		w.set(func(w *wallet) { w.query = func(channel.OrderRef) (channel.PaymentResult, error) { return paid, nil } })
		if p, err = b.acquiring.Look(ctx, p.OrderNo); err != nil || p.State != acquiring.Paid {
			t.Errorf("five seconds later: %s, %v", p.State, err)
		}
		plate := b.placed("r2", 1200)
		b.clock.AdvanceTo(noon.Add(time.Minute))
		if got, err := b.acquiring.Look(ctx, plate.OrderNo); err != nil || got.State != acquiring.Pending {
			t.Errorf("a plate's payment: %s, %v", got.State, err)
		}
	})
}

// TestCrashBeforeSending: a row whose code was never sent ends closed, and nothing
// is asked of the wallet.
func TestCrashBeforeSending(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p, err := b.acquiring.PayByCode(ctx, b.scanned("r1", 1200))
		must(t, err)
		_, err = b.raw.Exec("UPDATE payments SET state = 'created' WHERE order_no = ?", p.OrderNo)
		must(t, err)
		b.advance(30 * time.Second)
		b.wantState(p.OrderNo, acquiring.Created)
		b.advance(31 * time.Second)
		b.wantState(p.OrderNo, acquiring.Closed)
		if w := b.wallets[channel.WeChat]; w.called("query")+w.called("reverse") != 0 {
			t.Error("the wallet was asked about an order that it never got")
		}
	})
}

func TestCodeRefusals(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for name, c := range map[string]struct {
			change func(*acquiring.CodeInput)
			kind   fault.Kind
			field  string
		}{
			"a foreign code":     {func(in *acquiring.CodeInput) { in.Code = "4000123412341234" }, fault.Invalid, "code"},
			"an address":         {func(in *acquiring.CodeInput) { in.Code = "https://qr.example/1" }, fault.Invalid, "code"},
			"no amount":          {func(in *acquiring.CodeInput) { in.Amount = 0 }, fault.Invalid, "amount"},
			"no request":         {func(in *acquiring.CodeInput) { in.RequestID = "" }, fault.Invalid, "request_id"},
			"no such store":      {func(in *acquiring.CodeInput) { in.StoreID = "nowhere" }, fault.NotFound, ""},
			"no such merchant":   {func(in *acquiring.CodeInput) { in.MerchantNo = "999290058129999" }, fault.NotFound, ""},
			"no wallet's number": {func(in *acquiring.CodeInput) { in.Code = "" }, fault.Invalid, "code"},
		} {
			in := b.scanned(name, 1200)
			c.change(&in)
			_, err := b.acquiring.PayByCode(ctx, in)
			wantFault(t, err, c.kind, c.field)
			if err != nil && strings.Contains(err.Error(), "4000123412341234") {
				t.Errorf("%s: the error repeats the code", name)
			}
		}
		must(t, b.merchants.SetState(ctx, shopNo, "suspended", "test", "test"))
		_, err := b.acquiring.PayByCode(ctx, b.scanned("suspended", 1200))
		if _, ok := err.(*acquiring.PlateError); !ok && !strings.Contains(err.Error(), "merchant") {
			t.Errorf("a suspended merchant: %v", err)
		}
		if n := b.wallets[channel.WeChat].called("code"); n != 0 {
			t.Errorf("%d codes were sent", n)
		}
	})
}

// TestCodesFollowTheRules: a payment by code goes where the rules say, past channels
// that take none, and the payment tells why.
func TestCodesFollowTheRules(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		set := routing.Direct()
		transfer := routing.Rule{Priority: 1, Name: "all by transfer", Wallet: channel.WeChatWallet, Targets: []routing.Target{{Channel: channel.UnionPayAggregate, Weight: 1}}}
		set.Rules = append(set.Rules, transfer)
		p, err := b.routed(fixed(set), routing.DefaultBreaker).PayByCode(ctx, b.scanned("past the transfer", 1200))
		must(t, err)
		_, record, err := b.acquiring.RouteOf(ctx, p.OrderNo)
		must(t, err)
		want := routing.Passed{Channel: channel.UnionPayAggregate, Rule: "all by transfer", Why: routing.NoCodes}
		if p.Channel != channel.WeChat || record.Version != 7 || !slices.Contains(record.Passed, want) {
			t.Errorf("at %s, version %d, passed %v; want wechat, 7, %v", p.Channel, record.Version, record.Passed, want)
		}

		set.Paused = []routing.Pause{{Channel: channel.WeChat, Why: "an incident"}}
		_, err = b.routed(fixed(set), routing.DefaultBreaker).PayByCode(ctx, b.scanned("paused", 1200))
		wantFault(t, err, fault.Unavailable, "channel")

		set.Paused, set.Rules = nil, []routing.Rule{transfer}
		_, err = b.routed(fixed(set), routing.DefaultBreaker).PayByCode(ctx, b.scanned("by transfer only", 1200))
		wantFault(t, err, fault.Refused, "no_code_pay")
		if n := b.wallets[channel.WeChat].called("code"); n != 1 {
			t.Errorf("%d codes were sent, want one", n)
		}
	})
}

// TestUnsentCodeIsWrittenDown: what never went out stands in the payment's route, and
// the breaker hears of it.
func TestUnsentCodeIsWrittenDown(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.wallets[channel.WeChat].set(func(w *wallet) {
			w.code = func(channel.CodeRequest) (channel.PaymentResult, error) { return channel.PaymentResult{}, unsent }
		})
		s := b.routed(fixed(routing.Direct()), routing.BreakerSettings{Failures: 2, Window: time.Minute, Rest: time.Minute, MaxRest: time.Minute})
		for i := range 2 {
			p, err := s.PayByCode(ctx, b.scanned(fmt.Sprint("unsent ", i), 1200))
			must(t, err)
			_, record, err := s.RouteOf(ctx, p.OrderNo)
			must(t, err)
			if p.State != acquiring.Refused || p.Reason != channel.NotSent || len(record.Tries) != 1 || record.Tries[0].Result != routing.NotSent {
				t.Errorf("%s for %q, tries %+v", p.State, p.Reason, record.Tries)
			}
		}
		_, err := s.PayByCode(ctx, b.scanned("the breaker is open", 1200))
		wantFault(t, err, fault.Unavailable, "channel")
	})
}

// TestLimitsInTheService: each limit finds its facts, on each side of midnight.
func TestLimitsInTheService(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		with := func(l risk.Settings) *acquiring.Service {
			l.Velocity.Mode = risk.Off
			cfg := b.acquiring.Config
			cfg.Limits = l
			s, err := acquiring.NewService(cfg)
			must(t, err)
			return s
		}
		b.paid("before", 30_000)
		code := with(risk.Settings{})
		in := b.scanned("above 500 by the payer's code", 90_000)
		p, err := code.PayByCode(ctx, in)
		if err != nil || p.State != acquiring.Pending {
			t.Errorf("the payer's own code has no static limit: %s, %v", p.State, err)
		}
		limit := risk.Limit{Mode: risk.Refuse, Amount: 40_000}
		for rule, l := range map[risk.Rule]risk.Settings{
			risk.OnePayment: {Payment: risk.Limit{Amount: 10_000}}, risk.StaticCode: {Static: limit}, risk.PlateDay: {Plate: limit}, risk.StoreDay: {Store: limit}, risk.MerchantDay: {Merchant: limit},
		} {
			s := with(l)
			_, err := s.Pay(ctx, b.input("exactly "+string(rule), 10_000))
			must(t, err)
			_, err = s.Pay(ctx, b.input("above "+string(rule), 10_001))
			wantFault(t, err, fault.Refused, string(rule))
			b.clock.AdvanceTo(b.clock.Now().Add(s.Expiry + time.Second)) // what is open counts for the payer
		}
		fast := b.acquiring.Config
		fast.Limits = risk.Settings{Velocity: risk.Pace{Mode: risk.Refuse, Payments: 1, Seconds: 60}, Static: risk.Limit{Mode: risk.Off}}
		s, err := acquiring.NewService(fast)
		must(t, err)
		b.placed("just before", 1)
		_, err = s.Pay(ctx, b.input("too fast", 1))
		wantFault(t, err, fault.Refused, "velocity")
		b.clock.AdvanceTo(b.clock.Now().Add(time.Minute))
		_, err = s.Pay(ctx, b.input("a minute later", 1))
		must(t, err)

		_, err = with(risk.Settings{Merchant: limit}).PayByCode(ctx, b.scanned("merchant by code", 10_001))
		wantFault(t, err, fault.Refused, "merchant_limit")
		b.clock.AdvanceTo(day.AddDays(1).Start())
		_, err = with(risk.Settings{Merchant: limit}).PayByCode(ctx, b.scanned("the next day", 40_000))
		must(t, err)
	})
}

// TestSmallMerchant: above what a person without licence may take by credit card,
// orders exclude credit cards where the wallet can, and are refused where it cannot.
func TestSmallMerchant(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		var sent []bool
		b.wallets[channel.WeChat].set(func(w *wallet) {
			w.prepay = func(r channel.PrepayRequest) (channel.PrepayResult, error) {
				sent = append(sent, r.NoCredit)
				return channel.PrepayResult{Result: succeeded}, nil
			}
		})
		pay := func(request string, w channel.Wallet, amount money.Fen) error {
			in := b.input(request, amount)
			in.Wallet = w
			_, err := b.acquiring.Pay(ctx, in)
			return err
		}
		must(t, pay("a company", channel.WeChatWallet, 100_001))
		b.makeSmall()
		must(t, pay("small, 1000.00", channel.WeChatWallet, 100_000))
		must(t, pay("small, 1000.01", channel.WeChatWallet, 100_001))
		must(t, pay("small, 1000.01", channel.WeChatWallet, 100_001)) // placed again: as before
		want := []bool{false, false, true, true}
		if len(sent) != 4 || sent[0] != want[0] || sent[1] != want[1] || sent[2] != want[2] || sent[3] != want[3] {
			t.Errorf("credit excluded: %v, want %v", sent, want)
		}
		wantFault(t, pay("by UnionPay", channel.UnionPayWallet, 100_001), fault.Refused, "small_credit")
		must(t, pay("by UnionPay within", channel.UnionPayWallet, 100_000))
	})
}

// TestWalletsOwnStaticLimit: the wallet's refusal for the same limit is told by the
// same name, so that the payer reads the same next step.
func TestWalletsOwnStaticLimit(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.wallets[channel.WeChat].set(func(w *wallet) {
			w.prepay = func(channel.PrepayRequest) (channel.PrepayResult, error) {
				return channel.PrepayResult{Result: channel.Result{Outcome: channel.Refused, Code: "RULE_LIMIT", Reason: channel.StaticLimit}}, nil
			}
		})
		out, err := b.acquiring.Pay(ctx, b.input("r1", 1200))
		wantFault(t, err, fault.Refused, "static_limit")
		if p := b.payment(out.Payment.OrderNo); p.State != acquiring.Refused || p.Reason != channel.StaticLimit {
			t.Errorf("%s, reason %q", p.State, p.Reason)
		}
	})
}

// makeSmall lets the shop have come in as a person without licence.
func (b *bench) makeSmall() {
	b.Helper()
	_, err := b.raw.Exec(`INSERT INTO applications (id, login, source, state, revision, submission, profile, uscc, id_index, phone_index, account_index, risks,
		first_by, first_at, override_by, merchant_no, created_at, updated_at, updated_by, submitted_at, kind)
		VALUES ('a1', 'x', 'self', 'approved', 1, 1, '', '', '', '', '', '', '', 0, '', ?, 1, 1, '', 1, 'micro')`, shopNo)
	must(b, err)
}
