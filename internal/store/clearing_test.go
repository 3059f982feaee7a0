package store_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
	"juma/internal/store"
)

// clear runs f in a transaction of clearing.
func clear(t testing.TB, s *store.Store, f func(clearing.Tx) error) {
	t.Helper()
	must(t, s.Clearing().Update(ctx, f))
}

// item is a matched, ready item of a payment or refund.
func item(kind channel.LineKind, orderNo string, amount money.Fen) clearing.Item {
	return clearing.Item{ID: newID(), Channel: channel.WeChat, Date: day, Kind: kind, OrderNo: orderNo, Class: clearing.Matched, State: clearing.Ready,
		MerchantNo: shop, Ours: true, Theirs: true, OursAmount: amount, TheirsAmount: amount, OursDate: day, OursCost: 1, TheirsFee: 1,
		OursPayer: "a", TheirsPayer: "b", TheirsTime: noon.UTC(), ChannelNo: "wx", TraceNo: "1", File: "f.csv", LineNo: 6, Note: "matched"}
}

func TestRecordsOfADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		p, next, unpaid := payment(10), payment(11), payment(12)
		insertPaid(t, s, day, p)
		insertPaid(t, s, day.AddDays(1), next)
		update(t, s, func(tx acquiring.Tx) error { return tx.InsertPayment(unpaid) })
		first, second, third := refund(21, p, 300), refund(22, p, 200), refund(23, p, 100)
		insertRefunded(t, s, day, noon.Add(2*time.Hour), first)
		update(t, s, func(tx acquiring.Tx) error { return tx.InsertRefund(second) }) // did not succeed: gives nothing back
		insertRefunded(t, s, day, time.Time{}, third)

		paidAt := p.CreatedAt.Add(time.Minute).UTC()
		wantPaid := clearing.Record{Kind: channel.PaymentLine, OrderNo: p.OrderNo, Channel: p.Channel, ChannelID: p.ChannelID, ChannelNo: "wx" + p.OrderNo,
			MerchantNo: shop, TerminalNo: terminal, Trace: p.Trace, RRN: p.RRN, Amount: 1000, PayerID: "openid-1", Payer: "oUpF8u***", Time: paidAt, Date: day, FeeRate: 3800, AgreementID: "A"}
		wantRefund := func(r acquiring.Refund, at time.Time, before money.Fen) clearing.Record {
			return clearing.Record{Kind: channel.RefundLine, OrderNo: r.RefundNo, OrigOrderNo: p.OrderNo, Channel: p.Channel, ChannelID: p.ChannelID, ChannelNo: "wxr" + r.RefundNo,
				MerchantNo: shop, TerminalNo: terminal, Trace: r.Trace, RRN: r.RRN, Amount: r.Amount, PayerID: "openid-1", Payer: "oUpF8u***", Time: at, Date: day, FeeRate: 3800, AgreementID: "A",
				OrigAmount: 1000, OrigDate: day, OrigTrace: p.Trace, OrigTime: paidAt, OrigChannelNo: "wx" + p.OrderNo, OrigRefundedBefore: before}
		}
		want := []clearing.Record{wantPaid, wantRefund(first, noon.Add(2*time.Hour).UTC(), 0), wantRefund(third, time.Time{}, 300)}
		got := get[[]clearing.Record](t)(s.Clearing().Records(ctx, channel.WeChat, day))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("records:\n got %+v\nwant %+v", got, want)
		}
		if got := get[[]clearing.Record](t)(s.Clearing().Records(ctx, channel.Alipay, day)); len(got) != 0 {
			t.Errorf("records of another channel: %+v", got)
		}

		keys := []clearing.Key{{Kind: channel.RefundLine, OrderNo: third.RefundNo}, {Kind: channel.PaymentLine, OrderNo: next.OrderNo}, {Kind: channel.PaymentLine, OrderNo: unpaid.OrderNo}, {Kind: channel.RefundLine, OrderNo: p.OrderNo}, {Kind: channel.PaymentLine, OrderNo: "none"}}
		var found []string
		for _, r := range get[[]clearing.Record](t)(s.Clearing().RecordsByKey(ctx, channel.WeChat, keys)) {
			found = append(found, string(r.Kind)+" "+r.Trace)
		}
		if strings.Join(found, ", ") != "payment 000011, refund 000023" {
			t.Errorf("records by key: %v", found)
		}
	})
}

func TestItemsMoveAndSettleOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		a, b, waits := item(channel.PaymentLine, "P1", 100), item(channel.RefundLine, "R1", 50), item(channel.PaymentLine, "P2", 70)
		waits.State, waits.Class, waits.Theirs, waits.MerchantNo = clearing.Waiting, clearing.MissingTheirs, false, ""
		clear(t, s, func(tx clearing.Tx) error { return tx.InsertItems([]clearing.Item{b, waits, a}) })
		c := s.Clearing()
		if got := get[[]clearing.Item](t)(c.Items(ctx, day)); !reflect.DeepEqual(got, []clearing.Item{a, waits, b}) {
			t.Errorf("items of the day:\n got %+v\nwant %+v", got, []clearing.Item{a, waits, b})
		}
		if got := get[[]clearing.Item](t)(c.WaitingItems(ctx, channel.WeChat, day)); len(got) != 0 {
			t.Errorf("waiting before the day: %+v", got)
		}
		if got := get[[]clearing.Item](t)(c.WaitingItems(ctx, channel.WeChat, day.AddDays(1))); len(got) != 1 || got[0].ID != waits.ID {
			t.Errorf("waiting: %+v", got)
		}
		clear(t, s, func(tx clearing.Tx) error {
			for _, row := range []struct {
				from, to clearing.ItemState
				moved    bool
			}{{clearing.Ready, clearing.Cleared, false}, {clearing.Waiting, clearing.Ready, true}, {clearing.Waiting, clearing.Ready, false}} {
				if moved, err := tx.MoveItem(waits.ID, row.from, row.to); moved != row.moved || err != nil {
					t.Errorf("move %s to %s: %v, %v; want %v", row.from, row.to, moved, err, row.moved)
				}
			}
			_, err := tx.MoveItem(waits.ID, clearing.Ready, clearing.Settled)
			wantFault(t, err, fault.Invalid, "state")
			return nil
		})
		a.SettledOn, a.MerchantFee, b.SettledOn, b.MerchantFee = day, 3, day, -1
		clear(t, s, func(tx clearing.Tx) error { return tx.SettleItems([]clearing.Item{a, b}) })
		a.State, b.State = clearing.Settled, clearing.Settled
		if got := get[[]clearing.Item](t)(c.SettledItems(ctx, day)); !reflect.DeepEqual(got, []clearing.Item{a, b}) {
			t.Errorf("settled:\n got %+v\nwant %+v", got, []clearing.Item{a, b})
		}
		if got := get[[]clearing.Item](t)(c.ReadyItems(ctx, day)); len(got) != 1 || got[0].ID != waits.ID {
			t.Errorf("ready: %+v", got)
		}
		settled := get[map[string]bool](t)(c.PaymentSettled(ctx, []string{"P1", "P2", "R1"}))
		if !reflect.DeepEqual(settled, map[string]bool{"P1": true}) {
			t.Errorf("settled payments: %v", settled)
		}
		wantFault(t, c.Update(ctx, func(tx clearing.Tx) error { return tx.SettleItems([]clearing.Item{waits, a}) }), fault.Conflict, "id")
		again := item(channel.PaymentLine, "P1", 100) // the same payment found ready once more
		again.SettledOn = day.AddDays(1)
		clear(t, s, func(tx clearing.Tx) error { return tx.InsertItems([]clearing.Item{again}) })
		wantFault(t, c.Update(ctx, func(tx clearing.Tx) error { return tx.SettleItems([]clearing.Item{again}) }), fault.Conflict, "order_no")
		if got := get[[]clearing.Item](t)(c.ReadyItems(ctx, day)); len(got) != 2 {
			t.Errorf("%d ready, want 2: nothing of a refused settlement stays", len(got))
		}
	})
}

func TestManyItemsSettle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		var all []clearing.Item
		for i := range 401 {
			it := item(channel.PaymentLine, fmt.Sprintf("P%04d", i), 100)
			it.SettledOn, it.MerchantFee = day, money.Fen(i)
			all = append(all, it)
		}
		clear(t, s, func(tx clearing.Tx) error { return tx.InsertItems(all) })
		clear(t, s, func(tx clearing.Tx) error { return tx.SettleItems(all) })
		got := get[[]clearing.Item](t)(s.Clearing().SettledItems(ctx, day))
		if len(got) != 401 || got[400].MerchantFee != 400 || got[400].OrderNo != "P0400" {
			t.Errorf("%d settled, last %+v", len(got), got[len(got)-1])
		}
	})
}

func TestDayMovesThroughItsStates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		if got := get[clearing.Day](t)(s.Clearing().Day(ctx, channel.WeChat, day)); got != (clearing.Day{Channel: channel.WeChat, Date: day, State: clearing.Open}) {
			t.Errorf("an unknown day: %+v", got)
		}
		for _, row := range []struct {
			from, to clearing.DayState
			moved    bool
		}{
			{clearing.CutOff, clearing.Fetched, false}, // not there yet
			{clearing.Open, clearing.CutOff, true},
			{clearing.Open, clearing.CutOff, false}, // a second time
			{clearing.CutOff, clearing.Fetched, true},
			{clearing.CutOff, clearing.Fetched, false},
		} {
			clear(t, s, func(tx clearing.Tx) error {
				moved, err := tx.MoveDay(channel.WeChat, day, row.from, row.to, 12, noon)
				if moved != row.moved {
					t.Errorf("%s to %s: %v, want %v", row.from, row.to, moved, row.moved)
				}
				return err
			})
		}
		if got := get[clearing.Day](t)(s.Clearing().Day(ctx, channel.WeChat, day)); got.State != clearing.Fetched || got.TheirsLines != 12 || !got.UpdatedAt.Equal(noon) {
			t.Errorf("the day: %+v", got)
		}
	})
}

func TestBatchAndItsFiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		c := s.Clearing()
		_, err := c.Batch(ctx, day)
		wantFault(t, err, fault.NotFound, "clearing_date")
		batch := clearing.Batch{Date: day, SettlementDate: day.AddDays(1), State: clearing.Computed, UpdatedAt: noon.UTC(), SettledBy: "maker", SettledAt: noon.UTC(), CalendarVersion: 3}
		rows := []clearing.Settlement{
			{Date: day, MerchantNo: shop, Rows: 3, Gross: 1000, Refund: 300, Fee: 4, ErrCount: 1, ErrAmt: -5, ErrFeeBack: 1, OtherAmt: 2, Suspended: -9, Replenished: -3, Credited: 8},
			{Date: day, MerchantNo: "999581054110002", Suspended: -20},
		}
		file := clearing.FileRow{ID: newID(), Date: day, Folder: "settlement/2026-03-10", Name: "IND26031032ACOMA", Bytes: 5718, Lines: 10, SHA256: strings.Repeat("a", 64), CreatedAt: noon.UTC()}
		clear(t, s, func(tx clearing.Tx) error {
			if err := tx.InsertBatch(batch); err != nil {
				return err
			}
			if err := tx.InsertSettlements(rows); err != nil {
				return err
			}
			return tx.InsertFiles([]clearing.FileRow{file})
		})
		wantFault(t, c.Update(ctx, func(tx clearing.Tx) error { return tx.InsertBatch(batch) }), fault.Conflict, "clearing_date")
		wantFault(t, c.Update(ctx, func(tx clearing.Tx) error { return tx.InsertSettlements(rows[:1]) }), fault.Conflict, "merchant_no")
		for _, want := range []bool{true, false} {
			clear(t, s, func(tx clearing.Tx) error {
				moved, err := tx.MoveBatch(day, clearing.Computed, clearing.Filed, "settlement/2026-03-10", noon)
				if moved != want {
					t.Errorf("moved %v, want %v", moved, want)
				}
				return err
			})
		}
		next := batch
		next.Date = day.AddDays(1)
		clear(t, s, func(tx clearing.Tx) error {
			if err := tx.InsertSettlements([]clearing.Settlement{{Date: next.Date, MerchantNo: shop, Replenished: -6}}); err != nil {
				return err
			}
			return tx.InsertBatch(next)
		})
		batch.State, batch.Folder = clearing.Filed, "settlement/2026-03-10"
		if got := get[[]clearing.Batch](t)(c.Batches(ctx)); !reflect.DeepEqual(got, []clearing.Batch{next, batch}) {
			t.Errorf("batches: %+v", got)
		}
		for _, try := range []struct {
			day   bizdate.Date
			by    string
			moved bool
		}{{day, "maker", false}, {next.Date, "checker", false}, {day, "checker", true}, {day, "other", false}} { // the maker; not filed; once
			clear(t, s, func(tx clearing.Tx) error {
				moved, err := tx.ReleaseBatch(try.day, try.by, noon.Add(time.Hour))
				if moved != try.moved {
					t.Errorf("%s releases %s: moved %v", try.by, try.day, moved)
				}
				return err
			})
		}
		batch.State, batch.ReleasedBy, batch.ReleasedAt, batch.UpdatedAt = clearing.Released, "checker", noon.UTC().Add(time.Hour), noon.UTC().Add(time.Hour)
		if got := get[clearing.Batch](t)(c.Batch(ctx, day)); !reflect.DeepEqual(got, batch) {
			t.Errorf("released: %+v, want %+v", got, batch)
		}
		if got := get[[]clearing.Settlement](t)(c.Settlements(ctx, day)); !reflect.DeepEqual(got, rows) {
			t.Errorf("settlements: %+v", got)
		}
		if got := get[[]clearing.Settlement](t)(c.SettlementsOf(ctx, shop)); len(got) != 2 || got[0].Date != next.Date || got[1] != rows[0] {
			t.Errorf("settlements of the merchant: %+v", got)
		}
		if got := get[clearing.FileRow](t)(c.File(ctx, file.ID)); got != file {
			t.Errorf("file: %+v", got)
		}
		if got := get[[]clearing.FileRow](t)(c.Files(ctx, day)); len(got) != 1 {
			t.Errorf("files: %+v", got)
		}
		_, err = c.File(ctx, "none")
		wantFault(t, err, fault.NotFound, "id")
		must(t, c.LogDownload(ctx, clearing.Download{ID: newID(), FileID: file.ID, User: "operator", IP: "127.0.0.1", At: noon}))

		// Carried: 9 and 20 were suspended; 3 and then 6 were taken back of the 9.
		for _, row := range []struct {
			before bizdate.Date
			want   map[string]money.Fen
		}{
			{day, map[string]money.Fen{}},
			{day.AddDays(1), map[string]money.Fen{shop: -6, "999581054110002": -20}},
			{day.AddDays(2), map[string]money.Fen{"999581054110002": -20}},
		} {
			if got := get[map[string]money.Fen](t)(c.Carried(ctx, row.before)); !reflect.DeepEqual(got, row.want) {
				t.Errorf("carried before %s: %v, want %v", row.before, got, row.want)
			}
		}
	})
}

func TestTotalsComeFromTheBook(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		c := s.Clearing()
		p1, p2, p3 := payment(10), payment(20), payment(30) // 1000, 2000, 3000 fen
		insertPaid(t, s, day, p1, p2)
		insertPaid(t, s, day.AddDays(1), p3)
		r1, r2 := refund(41, p1, 400), refund(42, p2, 500)
		insertRefunded(t, s, day, noon, r1)
		insertRefunded(t, s, day.AddDays(1), noon, r2)
		a, b := item(channel.PaymentLine, p1.OrderNo, 777), item(channel.RefundLine, r1.RefundNo, 777) // the items' own amounts are not asked
		a.SettledOn, b.SettledOn = day, day
		clear(t, s, func(tx clearing.Tx) error {
			if err := tx.InsertItems([]clearing.Item{a, b, item(channel.PaymentLine, p2.OrderNo, 2000)}); err != nil {
				return err
			}
			if err := tx.PostAll([]ledger.Entry{
				ledger.PostFee(p1.OrderNo, shop, day, noon, 6), ledger.PostFeeBack(r1.RefundNo, shop, day, noon, 2),
				ledger.PostCost(p1.OrderNo, shop, "wechat", day, noon, 3), ledger.PostSettlement("20260310"+shop, shop, day, noon, 596),
				ledger.PostFee(p2.OrderNo, shop, day, noon, 9), // not in the batch
			}); err != nil {
				return err
			}
			return tx.SettleItems([]clearing.Item{a, b})
		})
		if got, want := get[map[string]clearing.LedgerTotals](t)(c.LedgerTotals(ctx, day)), (map[string]clearing.LedgerTotals{shop: {Gross: 1000, Refund: 400, Fee: 4}}); !reflect.DeepEqual(got, want) {
			t.Errorf("ledger totals %v, want %v", got, want)
		}
		if got := get[map[string]clearing.LedgerTotals](t)(c.LedgerTotals(ctx, day.AddDays(1))); len(got) != 0 {
			t.Errorf("ledger totals of a day without batch: %v", got)
		}
		totals := get[clearing.Totals](t)(c.Totals(ctx))
		if totals.Paid[channel.WeChat] != (clearing.Sum{Count: 3, Amount: 6000}) || totals.Paid[channel.Alipay] != (clearing.Sum{}) || len(totals.Paid) != len(channel.Names) ||
			totals.Refunds != (clearing.Sum{Count: 2, Amount: 900}) || totals.Debit != totals.Credit || totals.Debit != 6000+900+6+2+3+596+9 {
			t.Errorf("totals %+v", totals)
		}
		back := get[map[string]money.Fen](t)(c.RefundSettled(ctx, []string{p1.OrderNo, p2.OrderNo, p3.OrderNo}))
		if !reflect.DeepEqual(back, map[string]money.Fen{p1.OrderNo: 400}) { // r2 is in no batch
			t.Errorf("settled refunds: %v", back)
		}
		held, next, refundsHeld, refundsNext, err := c.Unsettled(ctx, day)
		must(t, err)
		for name, row := range map[string]struct{ got, want clearing.Sum }{
			"held":         {held, clearing.Sum{Count: 1, Amount: 2000}},
			"next":         {next, clearing.Sum{Count: 1, Amount: 3000}},
			"refunds held": {refundsHeld, clearing.Sum{}},
			"refunds next": {refundsNext, clearing.Sum{Count: 1, Amount: 500}},
		} {
			if row.got != row.want {
				t.Errorf("%s: %+v, want %+v", name, row.got, row.want)
			}
		}
	})
}

func TestEmptyBookIsZero(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		c := open().Clearing()
		totals := get[clearing.Totals](t)(c.Totals(ctx))
		if totals.Refunds != (clearing.Sum{}) || totals.Debit != 0 || totals.Notices != (clearing.NoticeTotals{}) {
			t.Errorf("totals of nothing: %+v", totals)
		}
		if _, _, _, _, err := c.Unsettled(ctx, day); err != nil {
			t.Error(err)
		}
		if got := get[[]clearing.Record](t)(c.RecordsByKey(ctx, channel.WeChat, nil)); len(got) != 0 {
			t.Errorf("records of no keys: %v", got)
		}
		if got := get[map[string]bool](t)(c.PaymentSettled(ctx, nil)); len(got) != 0 {
			t.Errorf("settled of none: %v", got)
		}
	})
}

func TestCorrectionsFromTheStatement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		p := payment(1)
		r := refund(2, p, 10)
		insertPaid(t, s, day, p)
		insertRefunded(t, s, day, time.Time{}, r)
		clear(t, s, func(tx clearing.Tx) error {
			for _, want := range []bool{true, false} {
				if filled, err := tx.FillRefundTime(r.RefundNo, noon); filled != want || err != nil {
					t.Errorf("filled %v, %v; want %v", filled, err, want)
				}
			}
			if err := tx.Audit(audit.Entry{ID: newID(), At: noon, Actor: "clearing", Action: "payment.payer_corrected", Object: "payment " + p.OrderNo}); err != nil {
				return err
			}
			return tx.CorrectPayer(p.OrderNo, "13***@qq.com")
		})
		if got := get[acquiring.Payment](t)(s.Acquiring().Payment(ctx, p.OrderNo)); got.PayerAccount != "13***@qq.com" {
			t.Errorf("payer %q", got.PayerAccount)
		}
		if got := get[acquiring.Refund](t)(s.Acquiring().Refund(ctx, r.RefundNo)); !got.RefundedAt.Equal(noon) {
			t.Errorf("refunded at %v", got.RefundedAt)
		}
		wantFault(t, s.Clearing().Update(ctx, func(tx clearing.Tx) error { return tx.CorrectPayer("none", "x") }), fault.NotFound, "order_no")
	})
}
