package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/audit"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
	"juma/internal/store"
)

func notice(noticeID string) acquiring.NoticeRow {
	return acquiring.NoticeRow{ID: newID(), Channel: channel.WeChat, NoticeID: noticeID, Event: channel.PaymentEvent,
		OrderNo: payment(1).OrderNo, Amount: 100, ChannelNo: "4200", Disposition: acquiring.Applied, ReceivedAt: noon}
}

func TestNoticeIsFreshOnceAndCountsItsDeliveries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		first, second := open(), open() // two instances of the program
		var fresh atomic.Int64
		var wg sync.WaitGroup
		for i := range 16 {
			s := first
			if i%2 == 1 {
				s = second
			}
			wg.Go(func() {
				var isFresh bool
				n := notice("EV-1")
				if err := s.Acquiring().Update(ctx, func(tx acquiring.Tx) (err error) {
					isFresh, err = tx.RecordNotice(n)
					return err
				}); err != nil {
					t.Error(err)
				}
				if isFresh {
					fresh.Add(1)
				}
			})
		}
		wg.Wait()
		must(t, first.Acquiring().RecordForgery(ctx, newID(), channel.Alipay, "signature does not fit \xff", noon))
		totals := get[clearing.Totals](t)(second.Clearing().Totals(ctx))
		want := clearing.NoticeTotals{Received: 17, Duplicates: 15, ForgedRefused: 1}
		if fresh.Load() != 1 || totals.Notices != want {
			t.Errorf("%d fresh, totals %+v; want 1 and %+v", fresh.Load(), totals.Notices, want)
		}
	})
}

func TestNoticeIsUniqueByChannelAndID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		alipay := notice("EV-1")
		alipay.Channel = channel.Alipay
		sameRow := notice("EV-2")
		sameRow.ID = alipay.ID
		update(t, s, func(tx acquiring.Tx) error {
			for i, n := range []acquiring.NoticeRow{notice("EV-1"), alipay, notice("EV-1")} {
				if fresh, err := tx.RecordNotice(n); fresh != (i < 2) || err != nil {
					t.Errorf("notice %d: fresh %v, %v", i, fresh, err)
				}
			}
			return tx.SetDisposition(channel.WeChat, "EV-1", acquiring.Held, "wrong amount")
		})
		wantFault(t, s.Acquiring().Update(ctx, func(tx acquiring.Tx) error { _, err := tx.RecordNotice(sameRow); return err }), fault.Conflict, "id")
		got, err := s.Column("SELECT CONCAT(disposition, ' ', reason, ' ', deliveries) FROM notices WHERE channel = 'wechat'")
		if fmt.Sprint(got, err) != "[held wrong amount 2] <nil>" {
			t.Errorf("stored: %v, %v", got, err)
		}
	})
}

func TestTheBookRefusesWhatIsPostedOrDoesNotProve(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		post := func(entries ...ledger.Entry) error {
			return s.Clearing().Update(ctx, func(tx clearing.Tx) error { return tx.PostAll(entries) })
		}
		paid := ledger.PostPaid("P1", shop, "wechat", day, noon, 100)
		must(t, post(paid, ledger.PostFee("P1", shop, day, noon, 1), ledger.PostFee("P2", shop, day, noon, 0)))
		wantFault(t, post(paid), fault.Conflict, "ref")
		wantFault(t, s.Acquiring().Update(ctx, func(tx acquiring.Tx) error { return tx.Post(paid) }), fault.Conflict, "ref")
		wantFault(t, post(ledger.PostPaid("P3", shop, "wechat", day, noon, 5), paid), fault.Conflict, "ref")

		crooked := ledger.PostPaid("P4", shop, "wechat", day, noon, 100)
		crooked.Lines[0].Debit = 99
		wantFault(t, post(ledger.PostPaid("P5", shop, "wechat", day, noon, 5), crooked), fault.Internal, "")
		must(t, post())

		totals := get[clearing.Totals](t)(s.Clearing().Totals(ctx))
		if totals.Debit != 101 || totals.Credit != 101 {
			t.Errorf("debit %d, credit %d; want 101 each: nothing of a refused posting stays", totals.Debit, totals.Credit)
		}
	})
}

func TestManyEntriesAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		var all []ledger.Entry
		for i := range 1100 {
			all = append(all, ledger.PostCost(fmt.Sprint("P", i), shop, "wechat", day, noon, 2))
		}
		must(t, s.Clearing().Update(ctx, func(tx clearing.Tx) error { return tx.PostAll(all) }))
		if totals := get[clearing.Totals](t)(s.Clearing().Totals(ctx)); totals.Debit != money.Fen(2200) || totals.Credit != 2200 {
			t.Errorf("debit %d, credit %d; want 2200 each", totals.Debit, totals.Credit)
		}
	})
}

func TestAuditRowsAreKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		update(t, s, func(tx acquiring.Tx) error {
			return tx.Audit(audit.Entry{At: noon, Actor: "wechat", Action: "payment.payer_corrected", Object: "payment P1", Before: "a", After: "b", Reason: "statement"})
		})
		got, err := s.Column("SELECT CONCAT(actor, ' ', action, ' ', value_before, ' ', value_after, ' ', LENGTH(id)) FROM audit WHERE object = 'payment P1'")
		if fmt.Sprint(got, err) != "[wechat payment.payer_corrected a b 26] <nil>" {
			t.Errorf("stored: %v, %v", got, err)
		}
	})
}
