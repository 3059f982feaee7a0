package clearing

import (
	"context"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/merchants"
)

// Settle computes the batch of a date from what is ready and commits it with its
// fees and payouts in one transaction. All channels must be reconciled. by is who
// makes it: somebody else has to release it.
func (s *Service) Settle(ctx context.Context, d bizdate.Date, by string) error {
	if by == "" {
		return fault.Field("clearing.Settle", "by", by, "say who settles")
	}
	if _, err := s.Store.Batch(ctx, d); !fault.Is(err, fault.NotFound) {
		return err
	}
	batch, out, err := s.compute(ctx, d)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	batch.SettledBy, batch.SettledAt, batch.UpdatedAt = by, now, now
	items := make([]Item, len(out.Records))
	for i, r := range out.Records {
		items[i] = r.Item
		items[i].SettledOn = d
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		if err := tx.InsertBatch(batch); err != nil {
			return err
		}
		if err := tx.SettleItems(items); err != nil {
			return err
		}
		if err := tx.InsertSettlements(out.Settlements); err != nil {
			return err
		}
		if err := tx.SettleAdjustments(out.Adjustments); err != nil {
			return err
		}
		if err := tx.PostAll(s.settleEntries(d, items, out.Settlements, now)); err != nil {
			return err
		}
		return tx.Audit(s.step(by, "batch.settled", d, "", string(Computed)))
	})
}

// compute says what the batch of a date would be. Nothing is written.
func (s *Service) compute(ctx context.Context, d bizdate.Date) (Batch, SettleOutput, error) {
	names, err := s.Names(ctx, d)
	if err != nil {
		return Batch{}, SettleOutput{}, err
	}
	for _, ch := range names {
		day, err := s.Store.Day(ctx, ch, d)
		if err != nil {
			return Batch{}, SettleOutput{}, err
		}
		if day.State != Reconciled {
			return Batch{}, SettleOutput{}, fault.New("clearing.Settle", fault.NotReady, "%s's day %s is %s; all channels must be reconciled first", ch, d, day.State)
		}
	}
	in, err := s.settleInput(ctx, d)
	if err != nil {
		return Batch{}, SettleOutput{}, err
	}
	out, err := Settle(in)
	if err != nil {
		return Batch{}, SettleOutput{}, err
	}
	days, version := s.Calendar, 0
	if s.Calendars != nil {
		if days, version, err = s.Calendars.InForce(ctx); err != nil {
			return Batch{}, SettleOutput{}, err
		}
	}
	for i := range out.Settlements {
		s.address(&out.Settlements[i], days, in)
	}
	return Batch{Date: d, SettlementDate: days.NextWorkday(d), State: Computed, CalendarVersion: version}, out, nil
}

// address says when a merchant's part is due and who pays it.
func (s *Service) address(st *Settlement, days *bizdate.Calendar, in SettleInput) {
	st.SettlementDate = st.Cycle.Due(days, st.Date)
	st.PayerCode, st.PayerName = s.Payer.Code, s.Payer.Name
	if in.SettledByWallet[st.MerchantNo] {
		st.PayerCode, st.PayerName = PaidByWallet, ""
	}
}

func (s *Service) settleInput(ctx context.Context, d bizdate.Date) (SettleInput, error) {
	items, err := s.Store.ReadyItems(ctx, d)
	if err != nil {
		return SettleInput{}, err
	}
	in := SettleInput{Date: d, Prices: s.Costs, SettledByWallet: map[string]bool{}}
	records, err := s.recordsOf(ctx, items)
	if err != nil {
		return SettleInput{}, err
	}
	var originals []string
	for _, it := range items {
		r, ok := records[string(it.Channel)+string(it.Kind)+it.OrderNo]
		if !ok {
			return SettleInput{}, fault.New("clearing.Settle", fault.Corrupt, "item %s is ready, and its %s %s is gone", it.ID, it.Kind, it.OrderNo)
		}
		if it.Kind == channel.RefundLine {
			originals = append(originals, r.OrigOrderNo)
		}
		in.Ready = append(in.Ready, ReadyRecord{it, r})
	}
	if in.PaymentSettled, err = s.Store.PaymentSettled(ctx, originals); err != nil {
		return SettleInput{}, err
	}
	if in.RefundSettled, err = s.Store.RefundSettled(ctx, originals); err != nil {
		return SettleInput{}, err
	}
	if in.Carried, err = s.Store.Carried(ctx, d); err != nil {
		return SettleInput{}, err
	}
	if s.Terms != nil {
		if in.Terms, err = s.Terms.InForce(ctx, d); err != nil {
			return SettleInput{}, err
		}
	}
	if in.Adjustments, err = s.Store.PendingAdjustments(ctx, d); err != nil {
		return SettleInput{}, err
	}
	all, err := s.merchants(ctx)
	for no, m := range all {
		in.SettledByWallet[no] = m.SettledByWallet
	}
	return in, err
}

// recordsOf finds the records of items, by channel + kind + order number.
func (s *Service) recordsOf(ctx context.Context, items []Item) (map[string]Record, error) {
	found := map[string]Record{}
	of := map[channel.Name][]Key{}
	for _, it := range items {
		of[it.Channel] = append(of[it.Channel], Key{it.Kind, it.OrderNo})
	}
	for ch, keys := range of {
		records, err := s.Store.RecordsByKey(ctx, ch, keys)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			found[string(ch)+string(r.Kind)+r.OrderNo] = r
		}
	}
	return found, nil
}

func (s *Service) merchants(ctx context.Context) (map[string]merchants.Merchant, error) {
	all := map[string]merchants.Merchant{}
	for after := ""; ; {
		page, err := s.Merchants.Merchants(ctx, after, 500)
		if err != nil || len(page) == 0 {
			return all, err
		}
		for _, m := range page {
			all[m.No], after = m, m.No
		}
	}
}

func (s *Service) settleEntries(d bizdate.Date, items []Item, settlements []Settlement, now time.Time) []ledger.Entry {
	var entries []ledger.Entry
	add := func(e ledger.Entry) {
		if len(e.Lines) > 0 {
			e.ID = s.IDs.At(now)
			entries = append(entries, e)
		}
	}
	for _, it := range items {
		if it.Kind == channel.PaymentLine {
			add(ledger.PostFee(it.OrderNo, it.MerchantNo, d, now, it.MerchantFee))
		} else {
			add(ledger.PostFeeBack(it.OrderNo, it.MerchantNo, d, now, it.MerchantFee))
		}
	}
	for _, st := range settlements {
		add(ledger.PostSettlement(d.String()+"/"+st.MerchantNo, st.MerchantNo, d, now, st.Credited))
	}
	return entries
}
