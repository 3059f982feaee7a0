package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
	"juma/internal/store"
)

func TestPaymentComesBackAsItWasStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		p := payment(1)
		p.Refunded, p.State, p.FeeCap, p.PayerAccount, p.ChannelNo, p.Code = 7, acquiring.Unknown, 99, "13***@qq.com", "4200", "SYSTEMERROR"
		p.Message, p.Attempts = "系统繁忙 it's \\ \"busy\" 😀 \x00?", 3
		p.PaidAt, p.ClearingDate = noon.Add(1234567*time.Microsecond), day
		for _, at := range []*time.Time{&p.CreatedAt, &p.ExpiresAt, &p.PaidAt, &p.NextQueryAt} {
			*at = at.UTC()
		}
		update(t, s, func(tx acquiring.Tx) error {
			if err := tx.InsertPayment(p); err != nil {
				return err
			}
			if got, err := tx.Payment(p.OrderNo); err != nil || !reflect.DeepEqual(got, p) {
				t.Errorf("inside the transaction: %+v, %v", got, err)
			}
			return nil
		})
		a := s.Acquiring()
		for name, got := range map[string]acquiring.Payment{
			"by order number": get[acquiring.Payment](t)(a.Payment(ctx, p.OrderNo)),
			"by request":      get[acquiring.Payment](t)(a.PaymentByRequest(ctx, p.RequestID)),
			"by token":        get[acquiring.Payment](t)(a.PaymentByResultToken(ctx, p.ResultToken)),
		} {
			if !reflect.DeepEqual(got, p) {
				t.Errorf("%s:\n got %+v\nwant %+v", name, got, p)
			}
		}
	})
}

func TestWhatIsMissingIsNotFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		a := open().Acquiring()
		_, err := a.Payment(ctx, "P1")
		wantFault(t, err, fault.NotFound, "order_no")
		_, err = a.PaymentByRequest(ctx, "none")
		wantFault(t, err, fault.NotFound, "request_id")
		_, err = a.PaymentByResultToken(ctx, "secret-token")
		wantFault(t, err, fault.NotFound, "result_token")
		if strings.Contains(err.Error(), "secret-token") {
			t.Errorf("the fault shows the token: %v", err)
		}
		_, err = a.Refund(ctx, "R1")
		wantFault(t, err, fault.NotFound, "refund_no")
		_, err = a.RefundByRequest(ctx, "none")
		wantFault(t, err, fault.NotFound, "request_id")
		_, err = a.PaymentsOf(ctx, shop, "P1", 10)
		wantFault(t, err, fault.NotFound, "order_no")
		err = a.Update(ctx, func(tx acquiring.Tx) error { _, err := tx.NextTrace("99999999"); return err })
		wantFault(t, err, fault.NotFound, "terminal_no")
		err = a.Update(ctx, func(tx acquiring.Tx) error { return tx.ReleaseRefund("P1", 1) })
		wantFault(t, err, fault.Conflict, "order_no")
		err = a.Update(ctx, func(tx acquiring.Tx) error {
			return tx.SetDisposition(channel.WeChat, "none", acquiring.Held, "")
		})
		wantFault(t, err, fault.NotFound, "notice_id")
	})
}

func TestConflictNamesTheFieldThatIsTaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		first := payment(1)
		firstRefund := refund(1, first, 10)
		insertPaid(t, s, day, first)
		insertRefunded(t, s, day, noon, firstRefund)
		for _, row := range []struct {
			field  string
			change func(*acquiring.Payment)
		}{
			{"order_no", func(p *acquiring.Payment) { p.OrderNo = first.OrderNo }},
			{"request_id", func(p *acquiring.Payment) { p.RequestID = first.RequestID }},
			{"rrn", func(p *acquiring.Payment) { p.RRN = first.RRN }},
			{"rrn", func(p *acquiring.Payment) { p.RRN = firstRefund.RRN }}, // refunds' numbers too
			{"result_token", func(p *acquiring.Payment) { p.ResultToken = first.ResultToken }},
		} {
			p := payment(2)
			row.change(&p)
			err := s.Acquiring().Update(ctx, func(tx acquiring.Tx) error { return tx.InsertPayment(p) })
			wantFault(t, err, fault.Conflict, row.field)
			if strings.Contains(err.Error(), first.ResultToken) {
				t.Errorf("the fault shows the token: %v", err)
			}
			_, err = s.Acquiring().Payment(ctx, payment(2).OrderNo)
			wantFault(t, err, fault.NotFound, "") // nothing half stored
		}
		for _, row := range []struct {
			field  string
			change func(*acquiring.Refund)
		}{
			{"refund_no", func(r *acquiring.Refund) { r.RefundNo = firstRefund.RefundNo }},
			{"request_id", func(r *acquiring.Refund) { r.RequestID = firstRefund.RequestID }},
			{"rrn", func(r *acquiring.Refund) { r.RRN = first.RRN }},
		} {
			r := refund(2, first, 1)
			row.change(&r)
			wantFault(t, s.Acquiring().Update(ctx, func(tx acquiring.Tx) error { return tx.InsertRefund(r) }), fault.Conflict, row.field)
		}
	})
}

func TestPaymentMovesOnlyFromTheStatesExpected(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		p := payment(1)
		update(t, s, func(tx acquiring.Tx) error { return tx.InsertPayment(p) })
		attempts, message := 2, "later \xff"
		for _, row := range []struct {
			from  []acquiring.PaymentState
			to    acquiring.PaymentState
			moved bool
		}{
			{[]acquiring.PaymentState{acquiring.Pending, acquiring.Unknown}, acquiring.Paid, false},
			{[]acquiring.PaymentState{acquiring.Created}, acquiring.Created, true}, // found, nothing changed
			{[]acquiring.PaymentState{acquiring.Created, acquiring.Unknown}, acquiring.Pending, true},
			{[]acquiring.PaymentState{acquiring.Created}, acquiring.Pending, false},
			{nil, acquiring.Paid, false},
		} {
			update(t, s, func(tx acquiring.Tx) error {
				moved, err := tx.MovePayment(p.OrderNo, row.from, row.to, acquiring.PaymentChange{Attempts: &attempts, Message: &message})
				if moved != row.moved {
					t.Errorf("from %v to %s: moved %v, want %v", row.from, row.to, moved, row.moved)
				}
				return err
			})
		}
		got := get[acquiring.Payment](t)(s.Acquiring().Payment(ctx, p.OrderNo))
		if got.State != acquiring.Pending || got.Attempts != 2 || got.Message != "later \uFFFD" || !got.NextQueryAt.Equal(p.NextQueryAt) {
			t.Errorf("after the moves: %+v", got)
		}
	})
}

func TestTraceNumbersRollAndAreNeverGivenTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		createShop(t, s)
		var mu sync.Mutex
		var seen []int
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				trace := 0
				err := s.Acquiring().Update(ctx, func(tx acquiring.Tx) (err error) {
					trace, err = tx.NextTrace(terminal)
					return err
				})
				mu.Lock()
				defer mu.Unlock()
				if seen = append(seen, trace); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		slices.Sort(seen)
		for i, trace := range seen {
			if trace != i+1 {
				t.Fatalf("traces %v, want 1 to 32 once each", seen)
			}
		}
	})
}

func TestTraceRollsAfterTheLast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		createShop(t, s)
		must(t, store.SetTrace(s, terminal, id.MaxTrace-1))
		update(t, s, func(tx acquiring.Tx) error {
			for _, want := range []int{id.MaxTrace, 1, 2} {
				if got, err := tx.NextTrace(terminal); got != want || err != nil {
					t.Errorf("trace %d, %v, want %d", got, err, want)
				}
			}
			return nil
		})
	})
}

func TestRefundsSideBySideNeverExceedThePayment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		p := payment(10) // 1000 fen
		insertPaid(t, s, day, p)
		var reserved atomic.Int64
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				ok := false
				err := s.Acquiring().Update(ctx, func(tx acquiring.Tx) (err error) {
					ok, err = tx.ReserveRefund(p.OrderNo, 30)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if ok {
					reserved.Add(1)
				}
			})
		}
		wg.Wait()
		got := get[acquiring.Payment](t)(s.Acquiring().Payment(ctx, p.OrderNo))
		if reserved.Load() != 33 || got.Refunded != 990 {
			t.Errorf("%d reservations of 30 fen, %d fen reserved; want exactly 33 and 990", reserved.Load(), got.Refunded)
		}
	})
}

func TestReservationsOfRefunds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		paid, unpaid := payment(1), payment(2)
		insertPaid(t, s, day, paid)
		update(t, s, func(tx acquiring.Tx) error { return tx.InsertPayment(unpaid) })
		for _, row := range []struct {
			orderNo  string
			amount   money.Fen
			reserved bool
		}{
			{unpaid.OrderNo, 1, false},
			{"none", 1, false},
			{paid.OrderNo, 101, false},
			{paid.OrderNo, 1<<63 - 1, false},
			{paid.OrderNo, 40, true},
			{paid.OrderNo, 61, false},
			{paid.OrderNo, 60, true},
			{paid.OrderNo, 1, false},
		} {
			update(t, s, func(tx acquiring.Tx) error {
				ok, err := tx.ReserveRefund(row.orderNo, row.amount)
				if ok != row.reserved {
					t.Errorf("reserve %d of %s: %v, want %v", row.amount, row.orderNo, ok, row.reserved)
				}
				return err
			})
		}
		for _, amount := range []money.Fen{0, -1} {
			err := s.Acquiring().Update(ctx, func(tx acquiring.Tx) error { _, err := tx.ReserveRefund(paid.OrderNo, amount); return err })
			wantFault(t, err, fault.Invalid, "amount")
			wantFault(t, s.Acquiring().Update(ctx, func(tx acquiring.Tx) error { return tx.ReleaseRefund(paid.OrderNo, amount) }), fault.Invalid, "amount")
		}
		update(t, s, func(tx acquiring.Tx) error { return tx.ReleaseRefund(paid.OrderNo, 60) })
		wantFault(t, s.Acquiring().Update(ctx, func(tx acquiring.Tx) error { return tx.ReleaseRefund(paid.OrderNo, 41) }), fault.Conflict, "order_no")
	})
}

func TestRefundComesBackAndMoves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		p := payment(1)
		r := refund(1, p, 50)
		r.Reason, r.RequestedBy, r.CreatedAt, r.NextQueryAt = "退货", "clerk", r.CreatedAt.UTC(), r.NextQueryAt.UTC()
		update(t, s, func(tx acquiring.Tx) error { return tx.InsertRefund(r) })
		if got := get[acquiring.Refund](t)(s.Acquiring().RefundByRequest(ctx, r.RequestID)); !reflect.DeepEqual(got, r) {
			t.Errorf("got %+v, want %+v", got, r)
		}
		code, next := "FAIL", noon
		update(t, s, func(tx acquiring.Tx) error {
			if moved, err := tx.MoveRefund(r.RefundNo, []acquiring.RefundState{acquiring.RefundUnknown}, acquiring.RefundFailed, acquiring.RefundChange{}); moved || err != nil {
				t.Errorf("moved from a state it is not in: %v, %v", moved, err)
			}
			moved, err := tx.MoveRefund(r.RefundNo, []acquiring.RefundState{acquiring.RefundCreated}, acquiring.RefundUnknown, acquiring.RefundChange{Code: &code, NextQueryAt: &next})
			if !moved {
				t.Error("did not move")
			}
			if got, err := tx.Refund(r.RefundNo); err != nil || got.State != acquiring.RefundUnknown || got.Code != "FAIL" {
				t.Errorf("inside the transaction: %+v, %v", got, err)
			}
			return err
		})
		if got := get[[]acquiring.Refund](t)(s.Acquiring().RefundsOf(ctx, p.OrderNo)); len(got) != 1 || !got[0].NextQueryAt.Equal(noon) {
			t.Errorf("refunds of the payment: %+v", got)
		}
		claim := func(now time.Time, ch channel.Name, after string) int {
			claimed, _, err := s.Acquiring().ClaimRefunds(ctx, acquiring.Claim{Channel: ch, Now: now, Lease: time.Minute, After: after, Limit: 10})
			must(t, err)
			return len(claimed)
		}
		for _, row := range []struct {
			name  string
			now   time.Time
			ch    channel.Name
			after string
			want  int
		}{
			{"early", noon.Add(-time.Second), r.Channel, "", 0}, {"after it", noon, r.Channel, r.RefundNo, 0}, {"another channel's", noon, "other", "", 0},
			{"due", noon, r.Channel, "", 1}, {"leased", noon.Add(59 * time.Second), r.Channel, "", 0}, {"lease over", noon.Add(time.Minute), r.Channel, "", 1},
		} {
			if got := claim(row.now, row.ch, row.after); got != row.want {
				t.Errorf("%s: %d claimed, want %d", row.name, got, row.want)
			}
		}
	})
}

func TestListsPageByKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		other := payment(9)
		other.MerchantNo = "999581054110002"
		update(t, s, func(tx acquiring.Tx) error {
			for n := 1; n <= 7; n++ {
				p := payment(n)
				if n >= 6 { // two of the same instant: the order number decides
					p.CreatedAt = payment(5).CreatedAt
				}
				if err := tx.InsertPayment(p); err != nil {
					return err
				}
			}
			return tx.InsertPayment(other)
		})
		page := func(before string) (numbers []string) {
			for _, p := range get[[]acquiring.Payment](t)(s.Acquiring().PaymentsOf(ctx, shop, before, 3)) {
				numbers = append(numbers, strings.TrimLeft(p.Trace, "0"))
			}
			return numbers
		}
		last := func(n int) string { return payment(n).OrderNo }
		for _, row := range []struct{ before, want string }{{"", "[7 6 5]"}, {last(5), "[4 3 2]"}, {last(2), "[1]"}, {last(1), "[]"}} {
			if got := fmt.Sprint(page(row.before)); got != row.want {
				t.Errorf("page before %q: %s, want %s", row.before, got, row.want)
			}
		}
		_, err := s.Acquiring().PaymentsOf(ctx, shop, other.OrderNo, 3)
		wantFault(t, err, fault.NotFound, "order_no") // another merchant's number tells nothing

		var due []string
		for after := ""; ; {
			part, _, err := s.Acquiring().ClaimPayments(ctx, acquiring.Claim{Channel: payment(1).Channel, Now: noon.Add(4 * time.Second), Lease: time.Minute, After: after, Limit: 3})
			must(t, err)
			if len(part) == 0 {
				break
			}
			for _, p := range part {
				due = append(due, p.Trace)
			}
			after = part[len(part)-1].OrderNo
		}
		if fmt.Sprint(due) != "[000001 000002 000003 000004]" {
			t.Errorf("due payments %v", due)
		}
	})
}

func TestSpentByPayerCountsOnlyPaidOnPlates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		noPlate, otherPayer, otherWallet, tooLate := payment(2), payment(3), payment(4), payment(5)
		noPlate.PlateKey, otherPayer.PayerID, otherWallet.Wallet = "", "openid-2", channel.AlipayWallet
		byUnionPay := payment(8)
		byUnionPay.Channel = channel.UnionPayAggregate // the wallet counts, not who carries the payment
		tooLate.CreatedAt = day.AddDays(1).Start()
		insertPaid(t, s, day, payment(1), noPlate, otherPayer, otherWallet, tooLate, payment(6), byUnionPay)
		update(t, s, func(tx acquiring.Tx) error { return tx.InsertPayment(payment(7)) }) // not paid
		from, to := day.Start(), day.AddDays(1).Start()
		if got := get[money.Fen](t)(s.Acquiring().SpentByPayer(ctx, channel.WeChatWallet, "openid-1", from, to)); got != 1500 {
			t.Errorf("spent %d, want 100 + 600 + 800", got)
		}
		if got := get[money.Fen](t)(s.Acquiring().SpentByPayer(ctx, channel.UnionPayWallet, "openid-1", from, to)); got != 0 {
			t.Errorf("spent %d at another wallet, want 0", got)
		}
	})
}

// A plate's day begins at midnight in China, wherever the database stands.
func TestPlateSellsByTheDayInChina(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		createShop(t, s)
		midnight := day.AddDays(1).Start()
		var all []acquiring.Payment
		for i, at := range []time.Time{day.AddDays(-3).Start(), midnight.Add(-time.Microsecond), midnight, midnight.Add(23 * time.Hour)} {
			p := payment(i + 1)
			p.CreatedAt = at
			all = append(all, p)
		}
		insertPaid(t, s, day, all...)
		waits, other := payment(8), payment(9)
		waits.CreatedAt, other.CreatedAt, other.PlateKey = midnight.Add(time.Hour), midnight, "another"
		update(t, s, func(tx acquiring.Tx) error { return errors.Join(tx.InsertPayment(waits), tx.InsertPayment(other)) })
		got := get[[]acquiring.DaySold](t)(s.Acquiring().SoldOnPlate(ctx, "K", day.AddDays(-2)))
		if want := []acquiring.DaySold{{Day: day, Count: 1, Amount: 200}, {Day: day.AddDays(1), Count: 2, Amount: 700}}; !slices.Equal(got, want) {
			t.Errorf("sold %v, want %v", got, want)
		}
		last := get[[]acquiring.Payment](t)(s.Acquiring().PaymentsOnPlate(ctx, "K", 2))
		if len(last) != 2 || last[0].OrderNo != all[3].OrderNo || last[1].OrderNo != waits.OrderNo {
			t.Errorf("last payments %+v", last)
		}
	})
}
