package clearing_test

import (
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/clearing/file"
	"juma/merchants"
)

// TestFilesNameTheAccountInForceAtSettlement: an account that comes into force
// between settlement and filing is not paid that day's money; the next day's goes
// there.
func TestFilesNameTheAccountInForceAtSettlement(t *testing.T) {
	const before, after = "6216261000000000018", "6216261000000000356"
	each(t, func(t *testing.T, b *bench) {
		b.threeDays()
		for _, ch := range channel.Names {
			must(t, b.clearing.CutOff(ctx, ch, day1))
			must(t, b.clearing.Fetch(ctx, ch, day1))
			must(t, b.clearing.Reconcile(ctx, ch, day1))
		}
		must(t, b.clearing.Settle(ctx, day1, "maker"))
		b.clock.AdvanceTo(b.clock.Now().Add(time.Minute))
		must(t, b.store.Upkeep().UpdateUpkeep(ctx, func(tx merchants.UpkeepTx) error {
			m, err := tx.Merchant(diner)
			if err != nil {
				return err
			}
			old := m.Account
			m.Account.AccountNo = after
			if err := tx.SetAccount(diner, m.Account); err != nil {
				return err
			}
			return tx.InsertAccountChange(merchants.AccountChange{ID: "CHANGE", MerchantNo: diner, State: merchants.AccountEffective, Before: old, EndedAt: b.clock.Now()})
		}))
		must(t, b.clearing.WriteFiles(ctx, day1))
		zpsum := b.files(day1)[file.ZPSUMName(day1)]
		if strings.Contains(zpsum, after) || !strings.Contains(zpsum, before) {
			t.Errorf("the day's payout file:\n%s", zpsum)
		}
		b.clock.AdvanceTo(day3.Start().Add(10 * time.Hour))
		_, err := b.clearing.CloseDay(ctx, day2, "maker")
		must(t, err)
		if zpsum := b.files(day2)[file.ZPSUMName(day2)]; !strings.Contains(zpsum, after) {
			t.Errorf("the next day's payout file:\n%s", zpsum)
		}
	})
}
