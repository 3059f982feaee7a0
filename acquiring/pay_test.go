package acquiring_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/risk"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
	"juma/merchants"
	"juma/qrcode"
)

func TestPayAgainIsTheSamePayment(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		first := b.placed("wish-1", 1200)
		if first.State != acquiring.Pending || first.OrderNo != "P2026031010000001000001" || first.Trace != "000001" || first.FeeRate != 3800 ||
			first.BindingVersion != 1 || first.ChannelID != "at-wechat" || !first.ExpiresAt.Equal(noon.Add(15*time.Minute)) {
			t.Errorf("payment %+v", first)
		}
		b.clock.AdvanceTo(noon.Add(time.Minute))
		if again := b.placed("wish-1", 1200); again.OrderNo != first.OrderNo || again.ResultToken != first.ResultToken {
			t.Errorf("the same wish became %s, want %s", again.OrderNo, first.OrderNo)
		}
		if n := b.wallets[channel.WeChat].called("prepay"); n != 2 {
			t.Errorf("the wallet was asked %d times, want 2: it knows the number and answers again", n)
		}
		if other := b.placed("wish-2", 1200); other.OrderNo == first.OrderNo || other.RRN == first.RRN || other.ResultToken == first.ResultToken {
			t.Errorf("another wish shares a number with the first: %+v", other)
		}
	})
}

func TestPayAgainWithOtherContentNamesTheField(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.placed("wish-1", 1200)
		for field, change := range map[string]func(*acquiring.PayInput){
			"amount": func(in *acquiring.PayInput) { in.Amount++ },
			"plate":  func(in *acquiring.PayInput) { in.Scan.Plate.Key = "ANOTHER" },
			"wallet": func(in *acquiring.PayInput) { in.Wallet = channel.AlipayWallet },
			"payer":  func(in *acquiring.PayInput) { in.PayerID = "payer-2" },
		} {
			in := b.input("wish-1", 1200)
			change(&in)
			_, err := b.acquiring.Pay(ctx, in)
			wantFault(t, err, fault.Conflict, field)
			if field == "payer" && strings.Contains(err.Error(), "payer-1") {
				t.Errorf("the answer tells a stranger who paid: %v", err)
			}
		}
		if n := b.wallets[channel.WeChat].called("prepay") + b.wallets[channel.Alipay].called("prepay"); n != 1 {
			t.Errorf("wallets were asked %d times, want 1", n)
		}
		b.wantState(p.OrderNo, acquiring.Pending)
	})
}

// TestSamePressAtOnce: a nervous thumb, or a page in two tabs (T-D3).
func TestSamePressAtOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		numbers := make([]string, 16)
		in := b.input("wish-1", 1200)
		var wg sync.WaitGroup
		for i := range numbers {
			wg.Go(func() {
				out, err := b.acquiring.Pay(ctx, in)
				if err != nil {
					t.Error(err)
				}
				numbers[i] = out.Payment.OrderNo
			})
		}
		wg.Wait()
		for _, no := range numbers {
			if no == "" || no != numbers[0] {
				t.Fatalf("one wish became the orders %v", numbers)
			}
		}
		if n := b.number("SELECT COUNT(*) FROM payments"); n != 1 {
			t.Errorf("%d payments, want 1", n)
		}
	})
}

// TestWhatTheWalletAnswered has a row for each way in which placing an order can
// end (R7): what the payment becomes, and what pressing again gives.
func TestWhatTheWalletAnswered(t *testing.T) {
	refused := channel.Result{Outcome: channel.Refused, Code: "NOAUTH", Message: "the merchant may not"}
	type row struct {
		name   string
		result channel.PrepayResult
		err    error
		state  acquiring.PaymentState
		kind   fault.Kind // of pressing
		again  fault.Kind // of pressing once more, when the wallet is well
		field  string
		end    acquiring.PaymentState
	}
	table := []row{
		{name: "placed", result: channel.PrepayResult{Result: succeeded}, state: acquiring.Pending, end: acquiring.Pending},
		{name: "answer lost", result: channel.PrepayResult{Result: channel.Result{Outcome: channel.Unknown, Code: "timeout"}}, state: acquiring.Unknown, end: acquiring.Pending},
		{name: "wallet undecided", result: channel.PrepayResult{Result: channel.Result{Outcome: channel.Pending}}, state: acquiring.Unknown, end: acquiring.Pending},
		{name: "no outcome at all", result: channel.PrepayResult{}, state: acquiring.Unknown, end: acquiring.Pending},
		{name: "refused", result: channel.PrepayResult{Result: refused}, state: acquiring.Refused, kind: fault.Refused, again: fault.Refused, field: "order_refused", end: acquiring.Refused},
		{name: "certainly not sent", err: fault.New("bus", fault.Unavailable, "nobody serves the channel"), state: acquiring.Created, kind: fault.Unavailable, end: acquiring.Pending},
		{name: "a defect of the request", err: fault.Field("adapter", "description", "", "must be given"), state: acquiring.Created, kind: fault.Invalid, end: acquiring.Pending},
	}
	each(t, func(t *testing.T, b *bench) {
		rows(t, b, table, func(c row) string { return c.name }, func(t *testing.T, b *bench, c row) {
			w := b.wallets[channel.WeChat]
			w.set(func(w *wallet) {
				w.prepay = func(channel.PrepayRequest) (channel.PrepayResult, error) { return c.result, c.err }
			})
			out, err := b.acquiring.Pay(ctx, b.input(c.name, 1200))
			if (err == nil) != (c.kind == "") || (err != nil && !fault.Is(err, c.kind)) {
				t.Fatalf("got %v, want kind %q", err, c.kind)
			}
			if out.Payment.State != c.state {
				t.Errorf("the answer says %s, want %s", out.Payment.State, c.state)
			}
			b.wantState(out.Payment.OrderNo, c.state)
			w.set(func(w *wallet) { w.prepay = nil })
			again, err := b.acquiring.Pay(ctx, b.input(c.name, 1200))
			if c.again != "" {
				wantFault(t, err, c.again, c.field)
			} else if err != nil || again.Payment.OrderNo != out.Payment.OrderNo {
				t.Errorf("pressed again: %s, %v; want %s", again.Payment.OrderNo, err, out.Payment.OrderNo)
			}
			b.wantState(out.Payment.OrderNo, c.end)
		})
	})
}

// TestNoticeBeforePrepayReply (T-B2): the consumer paid, and the notice overtook
// the wallet's answer. The payment stays paid, and the page is told so.
func TestNoticeBeforePrepayReply(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for _, reply := range []channel.Outcome{channel.Succeeded, channel.Unknown, channel.Refused} {
			b.wallets[channel.WeChat].set(func(w *wallet) {
				w.prepay = func(r channel.PrepayRequest) (channel.PrepayResult, error) {
					must(t, b.acquiring.Confirm(ctx, channel.WeChat, b.notice(b.payment(r.OrderNo))))
					return channel.PrepayResult{Result: channel.Result{Outcome: reply}}, nil
				}
			})
			out, err := b.acquiring.Pay(ctx, b.input(string(reply), 1200))
			wantFault(t, err, fault.Conflict, "")
			if out.Payment.State != acquiring.Paid {
				t.Errorf("reply %s: the answer says %s, want paid", reply, out.Payment.State)
			}
			b.wantState(out.Payment.OrderNo, acquiring.Paid)
		}
	})
}

func TestPayRefusesWhatCannotBePaid(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for _, c := range []struct {
			name   string
			change func(*acquiring.PayInput)
			kind   fault.Kind
			field  string
		}{
			{"nothing", func(in *acquiring.PayInput) { in.Amount = 0 }, fault.Invalid, "amount"},
			{"less than nothing", func(in *acquiring.PayInput) { in.Amount = -1 }, fault.Invalid, "amount"},
			{"more than the files hold", func(in *acquiring.PayInput) { in.Amount = acquiring.MaxAmount + 1 }, fault.Invalid, "amount"},
			{"no request id", func(in *acquiring.PayInput) { in.RequestID = "" }, fault.Invalid, "request_id"},
			{"no payer", func(in *acquiring.PayInput) { in.PayerID = "" }, fault.Invalid, "request_id"},
			{"no such channel", func(in *acquiring.PayInput) { in.Wallet = "cash" }, fault.Invalid, "wallet"},
			{"not enrolled", func(in *acquiring.PayInput) { in.Scan.Merchant.No = "999290058120099" }, fault.Refused, "channel_not_enrolled"},
		} {
			in := b.input("bad "+c.name, 1200)
			c.change(&in)
			_, err := b.acquiring.Pay(ctx, in)
			wantFault(t, err, c.kind, c.field)
		}
		in := b.input("the most", acquiring.MaxAmount)
		if _, err := b.acquiring.Pay(ctx, in); err != nil {
			t.Errorf("the largest amount was refused: %v", err)
		}
		if n := b.number("SELECT COUNT(*) FROM payments"); n != 1 {
			t.Errorf("%d payments, want 1: a refusal leaves no row", n)
		}
		_, err := b.raw.Exec("UPDATE rate_agreements SET valid_to = ? WHERE channel = 'wechat'", int(day.AddDays(-1)))
		must(t, err)
		_, err = b.acquiring.Pay(ctx, b.input("no rate", 1200))
		wantFault(t, err, fault.Refused, "no_agreement")
	})
}

// TestStaticLimit: 500 yuan a day from one payer on static codes.
func TestStaticLimit(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		with := func(mode risk.Mode) *acquiring.Service {
			cfg := b.acquiring.Config
			cfg.Limits = risk.Settings{Static: risk.Limit{Mode: mode}}
			s, err := acquiring.NewService(cfg)
			must(t, err)
			return s
		}
		pay := func(s *acquiring.Service, request, payer string, ch channel.Name, amount money.Fen) error {
			in := b.input(request, amount)
			in.PayerID, in.Wallet = payer, channel.Wallet(ch)
			_, err := s.Pay(ctx, in)
			return err
		}
		refuse := with("")
		must(t, pay(refuse, "r1", "p", channel.WeChat, 50_000)) // pressed, not paid: spends nothing
		b.paid("r2", 30_000)                                    // by payer-1
		for _, c := range []struct {
			name, payer string
			ch          channel.Name
			amount      money.Fen
			refused     bool
		}{
			{"what is left", "payer-1", channel.WeChat, 20_000, false},
			{"one fen more", "payer-1", channel.WeChat, 20_001, true},
			{"another payer", "payer-2", channel.WeChat, 50_000, false},
			{"another institution", "payer-1", channel.Alipay, 50_000, false},
			{"at once too much", "payer-3", channel.WeChat, 50_001, true},
		} {
			err := pay(refuse, c.name, c.payer, c.ch, c.amount)
			if c.refused {
				wantFault(t, err, fault.Refused, "static_limit")
			} else if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		for _, mode := range []risk.Mode{risk.Warn, risk.Off} {
			if err := pay(with(mode), string(mode), "payer-1", channel.WeChat, 40_000); err != nil {
				t.Errorf("mode %s: %v", mode, err)
			}
		}
		b.clock.AdvanceTo(day.AddDays(1).Start())
		if err := pay(refuse, "tomorrow", "payer-1", channel.WeChat, 50_000); err != nil {
			t.Errorf("a new day: %v", err)
		}
		cfg := b.acquiring.Config
		cfg.Limits.Static.Mode = "sometimes"
		_, err := acquiring.NewService(cfg)
		wantFault(t, err, fault.Invalid, "")
	})
}

// TestRRNTaken: the eight drawn digits may be taken; the next draw is used and
// no number is lost.
func TestRRNTaken(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		next := id.OrderNo('P', day, terminal, 1)
		for attempt := range 3 {
			_, err := b.raw.Exec("INSERT INTO rrns (rrn, order_no, merchant_no) VALUES (?, ?, ?)", id.RRN(day, next, attempt), fmt.Sprint("other-", attempt), shopNo)
			must(t, err)
		}
		p := b.placed("wish-1", 1200)
		if p.OrderNo != next || p.RRN != id.RRN(day, next, 3) {
			t.Errorf("order %s with RRN %s, want %s with the fourth draw %s", p.OrderNo, p.RRN, next, id.RRN(day, next, 3))
		}
		must(t, b.acquiring.Confirm(ctx, channel.WeChat, b.notice(p)))
		refundNo := id.OrderNo('R', day, terminal, 2)
		_, err := b.raw.Exec("INSERT INTO rrns (rrn, order_no, merchant_no) VALUES (?, 'other', ?)", id.RRN(day, refundNo, 0), shopNo)
		must(t, err)
		r, err := b.acquiring.RequestRefund(ctx, acquiring.RefundInput{OrderNo: p.OrderNo, Amount: 1, RequestID: "back-1", By: "owner"})
		if err != nil || r.RefundNo != refundNo || r.RRN != id.RRN(day, refundNo, 1) {
			t.Errorf("refund %+v, %v", r, err)
		}
		if got := b.payment(p.OrderNo).Refunded; got != 1 {
			t.Errorf("%d fen reserved, want 1: the failed try must not reserve", got)
		}
	})
}

// TestTraceNumbersAreNeverShared: terminals side by side, and one terminal in a
// hurry.
func TestTraceNumbersAreNeverShared(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		var wg sync.WaitGroup
		in := b.input("", 100)
		for i := range 40 {
			wg.Go(func() {
				in := in
				in.RequestID = fmt.Sprint("wish-", i)
				in.Scan.Binding.TerminalNo = []string{terminal, "10000002"}[i%2]
				if _, err := b.acquiring.Pay(ctx, in); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, query := range []string{"SELECT COUNT(DISTINCT order_no) FROM payments", "SELECT COUNT(DISTINCT rrn) FROM payments", "SELECT SUM(n) FROM (SELECT COUNT(DISTINCT trace) AS n FROM payments GROUP BY terminal_no) AS by_terminal"} {
			if n := b.number(query); n != 40 {
				t.Errorf("%s: %d, want 40", query, n)
			}
		}
	})
}

// TestPlatesThatCannotBePaidOn (T-Q2): each state has an answer of its own.
func TestPlatesThatCannotBePaidOn(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		_, blank, err := b.plates.Issue(ctx, qrcode.Order{Grammar: qrcode.Own, Count: 1, By: "test"})
		must(t, err)
		var told []qrcode.State // who watches is told of the plate's own state, and of no guess
		b.acquiring.Refused = func(p qrcode.Plate) { told = append(told, p.State) }
		wantPlate := func(key, state string) {
			t.Helper()
			_, err := b.acquiring.Resolve(ctx, key)
			var pe *acquiring.PlateError
			if !errors.As(err, &pe) || pe.State != state {
				t.Errorf("got %v, want a plate that is %s", err, state)
			}
		}
		wantPlate(blank[0].Key, "blank")
		must(t, b.plates.Suspend(ctx, b.plate.Key, "risk", "odd place"))
		wantPlate(b.plate.Key, "suspended")
		must(t, b.plates.Resume(ctx, b.plate.Key, "risk", "explained"))
		must(t, b.merchants.SetState(ctx, shopNo, merchants.Suspended, "risk", "a complaint"))
		wantPlate(b.plate.Key, "merchant")
		must(t, b.plates.Lose(ctx, b.plate.Key, "risk", "not on its counter"))
		wantPlate(b.plate.Key, "lost")
		_, err = b.plates.Replace(ctx, b.plate.Key, blank[0].Key, "agent", "lost")
		must(t, err)
		wantPlate(b.plate.Key, "replaced")
		wantPlate(blank[0].Key, "merchant")
		must(t, b.plates.Void(ctx, b.plate.Key, "risk", "found in a bin"))
		wantPlate(b.plate.Key, "void")
		for _, key := range []string{b.ring.New(id.Seeded(9, "unknown")), blank[0].Key[:21] + "?", "", "../etc/passwd"} {
			_, err := b.acquiring.Resolve(ctx, key)
			wantFault(t, err, fault.NotFound, "")
		}
		if want := []qrcode.State{qrcode.Blank, qrcode.Suspended, qrcode.Lost, qrcode.Replaced, qrcode.Void}; !slices.Equal(told, want) {
			t.Errorf("told of %v, want %v", told, want)
		}
	})
}

// TestClosedPlacesTakeNoPayments: a plate of a closed store or a disabled terminal
// says so.
func TestClosedPlacesTakeNoPayments(t *testing.T) {
	for _, place := range []merchants.Place{merchants.StorePlace, merchants.TerminalPlace} {
		t.Run(string(place), func(t *testing.T) {
			each(t, func(t *testing.T, b *bench) {
				scan, err := b.acquiring.Resolve(ctx, b.plate.Key)
				must(t, err)
				placeID := map[merchants.Place]string{merchants.StorePlace: scan.Store.ID, merchants.TerminalPlace: scan.Binding.TerminalNo}[place]
				must(t, b.store.Upkeep().UpdateUpkeep(ctx, func(tx merchants.UpkeepTx) error {
					fresh, err := tx.ClosePlace(merchants.ClosedPlace{Place: place, ID: placeID, MerchantNo: shopNo, At: b.clock.Now(), By: "owner", Reason: "moved"})
					if err == nil && !fresh {
						err = errors.New("it was closed before")
					}
					return err
				}))
				_, err = b.acquiring.Resolve(ctx, b.plate.Key)
				var pe *acquiring.PlateError
				if !errors.As(err, &pe) || pe.State != "place" {
					t.Errorf("got %v, want a closed place", err)
				}
			})
		})
	}
}
