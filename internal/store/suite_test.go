package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/ledger"
	"juma/internal/money"
	"juma/internal/store"
	"juma/merchants"
)

// The suite runs on every kind of database, see dbtest.Each.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	shop     = "999290058120001"
	terminal = "00000001"
	day      = bizdate.Date(20260310)
)

var (
	ctx  = context.Background()
	noon = day.Start().Add(12 * time.Hour)
	ids  = id.NewULIDs(id.Seeded(1, "store test"))
)

func newID() string { return ids.At(noon) }

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// get is must for a function with a result.
func get[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// wantFault checks the kind of an error and, when given, the field it names.
func wantFault(t testing.TB, err error, kind fault.Kind, field string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || (field != "" && f.Field != field) {
		t.Fatalf("got %v, want fault kind %s, field %q", err, kind, field)
	}
}

// createShop stores a merchant with one store, terminal, rate and enrolment.
func createShop(t testing.TB, s *store.Store) {
	t.Helper()
	storeID := newID()
	must(t, s.Merchants().CreateMerchant(ctx,
		merchants.Merchant{No: shop, Name: "上海某某餐饮有限公司", ShortName: "某某面馆", MCC: "5812", RegionCode: "310115", State: merchants.Active, CreatedAt: noon,
			Account: merchants.SettlementAccount{BankName: "工商银行", CNAPS: "999290000012", AccountNo: "6216261000000000018", AccountName: "某某"}},
		[]merchants.Store{{ID: storeID, MerchantNo: shop, Name: "浦东店", RegionCode: "310115"}},
		[]merchants.Terminal{{No: terminal, MerchantNo: shop, StoreID: storeID}},
		[]merchants.Agreement{{ID: newID(), MerchantNo: shop, Channel: "wechat", Rate: 3800, From: day}},
		[]merchants.Enrolment{{MerchantNo: shop, Channel: "wechat", ChannelID: "1900000109", State: merchants.EnrolAccepted}}))
}

// payment is the n-th payment of the test day, 100·n fen, not yet paid.
func payment(n int) acquiring.Payment {
	orderNo := id.OrderNo('P', day, terminal, n)
	return acquiring.Payment{
		OrderNo: orderNo, MerchantNo: shop, StoreID: "S", TerminalNo: terminal, PlateKey: "K", BindingVersion: 1,
		Wallet: channel.WeChatWallet, Channel: channel.WeChat, ChannelID: "1900000109", Trace: id.Trace(n), RRN: id.RRN(day, orderNo, 0),
		Amount: money.Fen(100 * n), State: acquiring.Created, AgreementID: "A", FeeRate: 3800,
		PayerID: "openid-1", RequestID: fmt.Sprint("request-", n), ResultToken: fmt.Sprint("token-", n),
		CreatedAt: noon.Add(time.Duration(n) * time.Second), ExpiresAt: noon.Add(time.Hour), NextQueryAt: noon.Add(time.Duration(n) * time.Second),
	}
}

// refund is the n-th refund, of an order.
func refund(n int, of acquiring.Payment, amount money.Fen) acquiring.Refund {
	refundNo := id.OrderNo('R', day, terminal, n)
	return acquiring.Refund{
		RefundNo: refundNo, OrderNo: of.OrderNo, MerchantNo: shop, TerminalNo: terminal, Channel: of.Channel, ChannelID: of.ChannelID,
		Trace: id.Trace(n), RRN: id.RRN(day, refundNo, 0), Amount: amount, State: acquiring.RefundCreated, RequestID: fmt.Sprint("refund-", n),
		CreatedAt: noon.Add(time.Hour), NextQueryAt: noon.Add(time.Hour),
	}
}

// update runs f in a transaction and fails the test on an error.
func update(t testing.TB, s *store.Store, f func(acquiring.Tx) error) {
	t.Helper()
	must(t, s.Acquiring().Update(ctx, f))
}

// insertPaid stores payments and moves them to paid on their clearing date, with
// their entries in the book.
func insertPaid(t testing.TB, s *store.Store, d bizdate.Date, payments ...acquiring.Payment) {
	t.Helper()
	update(t, s, func(tx acquiring.Tx) error {
		for _, p := range payments {
			if err := tx.InsertPayment(p); err != nil {
				return err
			}
			paidAt, no, payer := p.CreatedAt.Add(time.Minute), "wx"+p.OrderNo, "oUpF8u***"
			moved, err := tx.MovePayment(p.OrderNo, []acquiring.PaymentState{acquiring.Created}, acquiring.Paid,
				acquiring.PaymentChange{PaidAt: &paidAt, ClearingDate: &d, ChannelNo: &no, PayerAccount: &payer})
			if err != nil || !moved {
				return fmt.Errorf("moved %v: %w", moved, err)
			}
			if err := tx.Post(ledger.PostPaid(p.OrderNo, p.MerchantNo, string(p.Channel), d, paidAt, p.Amount)); err != nil {
				return err
			}
		}
		return nil
	})
}

// insertRefunded stores refunds and moves them to succeeded on a date, with
// their entries in the book. at may be zero: the channel gave no time.
func insertRefunded(t testing.TB, s *store.Store, d bizdate.Date, at time.Time, refunds ...acquiring.Refund) {
	t.Helper()
	update(t, s, func(tx acquiring.Tx) error {
		for _, r := range refunds {
			if err := tx.InsertRefund(r); err != nil {
				return err
			}
			no := "wxr" + r.RefundNo
			moved, err := tx.MoveRefund(r.RefundNo, []acquiring.RefundState{acquiring.RefundCreated}, acquiring.RefundSucceeded,
				acquiring.RefundChange{RefundedAt: &at, ClearingDate: &d, ChannelNo: &no})
			if err != nil || !moved {
				return fmt.Errorf("moved %v: %w", moved, err)
			}
			if err := tx.Post(ledger.PostRefunded(r.RefundNo, r.MerchantNo, string(r.Channel), d, noon, r.Amount)); err != nil {
				return err
			}
		}
		return nil
	})
}
