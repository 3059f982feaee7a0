package store_test

import (
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/file"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
)

// adjusts stores adjustments in a transaction.
func adjusts(t testing.TB, s *store.Store, all ...clearing.Adjustment) error {
	t.Helper()
	return s.Clearing().Update(ctx, func(tx clearing.Tx) error {
		for _, a := range all {
			if err := tx.(interface {
				InsertAdjustment(clearing.Adjustment) error
			}).InsertAdjustment(a); err != nil {
				return err
			}
		}
		return nil
	})
}

func adjustment(proposal string) clearing.Adjustment {
	return clearing.Adjustment{ID: newID(), ItemID: "I", ProposalID: proposal, MerchantNo: shop, Channel: channel.WeChat, Kind: clearing.AmountAdjusted, LineKind: channel.PaymentLine,
		OrderNo: "P1", Amount: -1000, Fee: 4, Reason: "the amount differs", EffectiveDate: day, CreatedAt: noon.UTC()}
}

// TestAdjustmentsSettleOnce: an approval gives one adjustment, a batch takes it
// once, and the book has it as it is.
func TestAdjustmentsSettleOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		c := s.Clearing()
		other, dispute, later := adjustment("p1"), adjustment("p2"), adjustment("p3")
		dispute.Kind, dispute.Amount, dispute.Fee, dispute.Cost, dispute.Code, dispute.ReasonCode, dispute.Trace, dispute.OpenedAt = clearing.DisputeSettled, 500, -2, 1, file.DebitAdjustment, "4507", 7, noon.UTC()
		later.EffectiveDate = day.AddDays(1)
		must(t, adjusts(t, s, other, dispute, later))
		wantFault(t, adjusts(t, s, adjustment("p1")), fault.Conflict, "proposal_id")
		pending := get[[]clearing.Adjustment](t)(c.PendingAdjustments(ctx, day))
		if len(pending) != 2 || pending[0] != other || pending[1] != dispute {
			t.Errorf("pending %+v", pending)
		}
		for i := range pending {
			pending[i].SettledOn = day
		}
		settle := func() error {
			return c.Update(ctx, func(tx clearing.Tx) error { return tx.SettleAdjustments(pending) })
		}
		must(t, settle())
		wantFault(t, settle(), fault.Conflict, "id")
		if got := get[[]clearing.Adjustment](t)(c.SettledAdjustments(ctx, day)); len(got) != 2 || got[1].SettledOn != day {
			t.Errorf("settled %+v", got)
		}
		if got := get[map[string]clearing.LedgerTotals](t)(c.LedgerTotals(ctx, day))[shop]; got != (clearing.LedgerTotals{Adjusted: -498}) {
			t.Errorf("the book has %+v", got)
		}
		n, wrong, err := s.VerifyAdjustments(ctx)
		if err != nil || n != 3 || !strings.Contains(wrong, "adjustments settled on 2026-03-10") {
			t.Errorf("without a settlement: %d, %q, %v", n, wrong, err)
		}
		clear(t, s, func(tx clearing.Tx) error {
			return tx.InsertSettlements([]clearing.Settlement{{Date: day, MerchantNo: shop, ErrCount: 1, ErrAmt: 500, ErrFeeBack: -2, OtherAmt: -996}})
		})
		if _, wrong, err := s.VerifyAdjustments(ctx); err != nil || wrong != "" {
			t.Errorf("all is well, and it says %q, %v", wrong, err)
		}
		clear(t, s, func(tx clearing.Tx) error {
			return tx.InsertSettlements([]clearing.Settlement{{Date: day.AddDays(1), MerchantNo: shop, OtherAmt: 1}})
		})
		if _, wrong, err := s.VerifyAdjustments(ctx); err != nil || !strings.Contains(wrong, "settlement of 2026-03-11") {
			t.Errorf("a figure without adjustment: %q, %v", wrong, err)
		}
	})
}
