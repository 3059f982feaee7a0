package merchants_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
	"juma/merchants"
)

// order is the n-th payment of a merchant.
func order(m merchants.Merchant, n int, at time.Time) acquiring.Payment {
	no := id.OrderNo('P', bizdate.Of(at), "20000001", n)
	return acquiring.Payment{
		OrderNo: no, MerchantNo: m.No, StoreID: "S", TerminalNo: "20000001", PlateKey: "K", BindingVersion: 1, Wallet: channel.WeChatWallet, Channel: channel.WeChat, ChannelID: "1900000109",
		Trace: id.Trace(n), RRN: id.RRN(bizdate.Of(at), no, 0), Amount: money.Fen(100 * n), State: acquiring.Created, AgreementID: "A", FeeRate: 3800,
		RequestID: no, ResultToken: no, CreatedAt: at, ExpiresAt: at.Add(time.Hour), NextQueryAt: at,
	}
}

func (o *office) acquire(t *testing.T, f func(acquiring.Tx) error) {
	t.Helper()
	if err := o.s.Acquiring().Update(ctx, f); err != nil {
		t.Fatal(err)
	}
}

func (o *office) clear(t *testing.T, f func(clearing.Tx) error) {
	t.Helper()
	if err := o.s.Clearing().Update(ctx, f); err != nil {
		t.Fatal(err)
	}
}

// TestClosingLooksAtEverythingThatMayBeOpen goes through everything that may be open, one
// after the other, as a payment's life does.
func TestClosingLooksAtEverythingThatMayBeOpen(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m, now := o.merchant(t, merchants.Individual, "001"), o.clk.Now()
		p, d := order(m, 1, now), bizdate.Of(now)
		refund := acquiring.Refund{RefundNo: "R" + p.OrderNo[1:], OrderNo: p.OrderNo, MerchantNo: m.No, TerminalNo: p.TerminalNo, Channel: p.Channel,
			Trace: "000002", RRN: "600000000001", Amount: 30, State: acquiring.RefundCreated, RequestID: "r", CreatedAt: now, NextQueryAt: now}
		item := clearing.Item{ID: id.NewULIDs(id.Seeded(1, "item")).At(now), Channel: p.Channel, Date: d, Kind: channel.PaymentLine, OrderNo: p.OrderNo,
			Class: clearing.AmountDiffers, State: clearing.Waiting, MerchantNo: m.No, Ours: true, OursAmount: p.Amount, SettledOn: d}
		back := item
		back.ID, back.Kind, back.OrderNo, back.State = item.ID[:25]+"0", channel.RefundLine, refund.RefundNo, clearing.Ready
		for _, step := range []struct {
			do   func()
			want []merchants.OpenKind
		}{
			{func() { o.acquire(t, func(tx acquiring.Tx) error { return tx.InsertPayment(p) }) }, []merchants.OpenKind{merchants.OpenPayment}},
			{func() {
				o.acquire(t, func(tx acquiring.Tx) error {
					moved, err := tx.MovePayment(p.OrderNo, []acquiring.PaymentState{acquiring.Created}, acquiring.Paid, acquiring.PaymentChange{PaidAt: &now, ClearingDate: &d})
					return errors.Join(err, map[bool]error{false: errors.New("not moved")}[moved])
				})
			}, []merchants.OpenKind{merchants.OpenUnsettled}},
			{func() { o.acquire(t, func(tx acquiring.Tx) error { return tx.InsertRefund(refund) }) }, []merchants.OpenKind{merchants.OpenUnsettled, merchants.OpenRefund}},
			{func() {
				o.acquire(t, func(tx acquiring.Tx) error {
					_, err := tx.MoveRefund(refund.RefundNo, []acquiring.RefundState{acquiring.RefundCreated}, acquiring.RefundSucceeded, acquiring.RefundChange{RefundedAt: &now, ClearingDate: &d})
					return err
				})
			}, []merchants.OpenKind{merchants.OpenUnsettled, merchants.OpenRefund}},
			{func() { o.clear(t, func(tx clearing.Tx) error { return tx.InsertItems([]clearing.Item{item, back}) }) },
				[]merchants.OpenKind{merchants.OpenUnsettled, merchants.OpenRefund, merchants.OpenItem}},
			{func() {
				o.clear(t, func(tx clearing.Tx) error {
					if moved, err := tx.MoveItem(item.ID, clearing.Waiting, clearing.Ready); err != nil || !moved {
						return fmt.Errorf("moved %v: %w", moved, err)
					}
					return tx.SettleItems([]clearing.Item{item, back})
				})
			}, nil},
			{func() {
				o.clear(t, func(tx clearing.Tx) error {
					return errors.Join(tx.InsertBatch(clearing.Batch{Date: d, State: clearing.Computed, UpdatedAt: now}),
						tx.InsertSettlements([]clearing.Settlement{{Date: d, MerchantNo: m.No, Suspended: -70, Credited: 3}}))
				})
			}, []merchants.OpenKind{merchants.OpenOwed, merchants.OpenPayout}},
			{func() {
				o.clear(t, func(tx clearing.Tx) error {
					_, err := tx.MoveBatch(d, clearing.Computed, clearing.Filed, "f", now)
					return err
				})
			}, []merchants.OpenKind{merchants.OpenOwed, merchants.OpenPayout}},
			{func() {
				o.clear(t, func(tx clearing.Tx) error {
					_, err := tx.ReleaseBatch(d, "checker", now)
					return err
				})
			}, []merchants.OpenKind{merchants.OpenOwed}},
			{func() {
				o.clear(t, func(tx clearing.Tx) error {
					return tx.InsertSettlements([]clearing.Settlement{{Date: d + 1, MerchantNo: m.No, Replenished: -70, Credited: 5}})
				})
			}, nil},
		} {
			step.do()
			open, err := o.s.Merchants().OpenMoney(ctx, m.No, 20)
			var kinds []merchants.OpenKind
			for _, i := range open {
				kinds = append(kinds, i.Kind)
			}
			if err != nil || !slices.Equal(kinds, step.want) {
				t.Fatalf("open: %+v, %v; want %v", open, err, step.want)
			}
			if len(step.want) == 0 {
				continue
			}
			err = o.life.SetState(ctx, m.No, merchants.Closed, "operator", "gone")
			var blocked *merchants.OpenMoneyError
			if !errors.As(err, &blocked) || len(blocked.Items) != len(open) || !fault.Is(err, fault.Refused) {
				t.Fatalf("closing: %v", err)
			}
			if s := o.now(t, m.No).State; s != merchants.Active {
				t.Fatalf("a refused closing left the merchant %s", s)
			}
		}
		if err := o.life.SetState(ctx, m.No, merchants.Closed, "operator", "gone"); err != nil {
			t.Error(err)
		}
	})
}
