package web

import (
	"context"
	"fmt"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/id"
)

// Refunds that every yard has: one whose command was given up, and one that the
// wallet has refused.
const (
	deadRefundNo   = "R2026031000000001000901"
	failedRefundNo = "R2026031000000001000902"
)

// window is the real commands over the yard's store.
type window struct{ *yard }

// newOffice is acquiring over the yard's store; it sends nothing.
func (y *yard) newOffice() (*acquiring.Service, error) {
	return acquiring.NewService(acquiring.Config{
		Store: y.store.Acquiring(), Plates: y.plates, Merchants: y.store.Merchants(), Clock: y.clk, IDs: id.NewULIDs(id.Seeded(6, "commands")), Random: id.Seeded(6, "tokens"),
		NotifyURL: func(channel.Name) string { return "" },
	})
}

// refunds puts two refunds of the yard's sales into its store.
func (y *yard) refunds(ctx context.Context) error {
	return y.store.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
		for i, r := range []acquiring.Refund{
			{RefundNo: deadRefundNo, State: acquiring.RefundCreated, Way: acquiring.ByCancel},
			{RefundNo: failedRefundNo, State: acquiring.RefundFailed, Way: acquiring.ByRefund, Code: "NOT_ENOUGH", Message: "余额不足"},
		} {
			r.OrderNo, r.MerchantNo, r.TerminalNo, r.Channel, r.Amount = fmt.Sprintf("P2026031000000001%07d", i), merchantA, "00000001", channel.Names[i], 300
			r.RRN, r.RequestID, r.CreatedAt, r.TriedAt, r.Tries = fmt.Sprintf("9%011d", i), fmt.Sprint("yard-back-", i), y.clk.Now(), y.clk.Now(), 1
			c := acquiring.Command{Kind: acquiring.RefundCommand, ObjectNo: r.RefundNo, MerchantNo: r.MerchantNo, Channel: r.Channel, State: acquiring.CommandDone, CreatedAt: r.CreatedAt, ChangedAt: r.CreatedAt}
			if r.State == acquiring.RefundCreated {
				c.State, c.Deliveries, c.Reason = acquiring.CommandDead, 10, "bus.call: unavailable: nobody serves this channel"
			}
			if err := tx.InsertRefund(r); err != nil {
				return err
			}
			if err := tx.InsertCommand(c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w window) Redrive(ctx context.Context, refundNo, by, reason string) (acquiring.Command, error) {
	return w.open().office.Redrive(ctx, refundNo, by, reason)
}

func (w window) RetryRefund(ctx context.Context, refundNo, by, reason string) (acquiring.Refund, error) {
	return w.open().office.RetryRefund(ctx, refundNo, by, reason)
}

func (w window) Command(ctx context.Context, kind acquiring.CommandKind, no string) (acquiring.Command, error) {
	return w.open().store.Acquiring().Command(ctx, kind, no)
}

// Commands is asked by every page for its count; it opens nothing for those of
// other areas.
func (w window) Commands(ctx context.Context, page acquiring.CommandPage) ([]acquiring.Command, error) {
	if !w.opened && page.Limit == deadCounted {
		return make([]acquiring.Command, 1), nil
	}
	return w.open().store.Acquiring().Commands(ctx, page)
}

func (w window) Refund(ctx context.Context, no string) (acquiring.Refund, error) {
	return w.open().store.Acquiring().Refund(ctx, no)
}
