package clearing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"juma/acquiring/channel"
	"juma/clearing/fee"
	"juma/clearing/terms"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// ReadyRecord is an item that may settle with the record it proves.
type ReadyRecord struct {
	Item   Item
	Record Record
}

// SettleInput is what a batch is computed from.
type SettleInput struct {
	Date  bizdate.Date
	Ready []ReadyRecord
	// PaymentSettled tells which payments were settled by earlier batches.
	PaymentSettled map[string]bool
	// Prices are what networks charge; nil: nothing.
	Prices *fee.Table
	// RefundSettled is what earlier batches gave back of these payments.
	RefundSettled map[string]money.Fen
	// Carried is what earlier batches kept of merchants: negative from suspended days,
	// which is taken back; positive from holds and small amounts, which is paid when it
	// can be.
	Carried map[string]money.Fen
	// Terms are those in force, with what is held.
	Terms terms.InForce
	// SettledByWallet names the merchants that a wallet pays itself.
	SettledByWallet map[string]bool
	// Adjustments are those that no batch has yet.
	Adjustments []Adjustment
}

// SettleOutput is a batch: what settles and what each merchant gets.
type SettleOutput struct {
	Records     []ReadyRecord // with Item.MerchantFee filled in, by merchant, kind and order number
	Settlements []Settlement  // by merchant
	Adjustments []Adjustment  // by merchant, those that this batch has
}

// Settle computes a batch. Only what is ready and not held settles, and a refund waits
// until its payment is settled, by this batch or an earlier one. The merchant's fee is
// rounded per payment by the agreement in force when it was made; a refund gives
// its share back, counted in the order in which refunds settle, which need not be
// the order in which they were made: so the shares always add up to the fee.
func Settle(in SettleInput) (SettleOutput, error) {
	settling := map[string]bool{}
	for _, r := range in.Ready {
		if r.Item.Kind == channel.PaymentLine && !in.Terms.Payments[r.Item.OrderNo] {
			settling[r.Item.OrderNo] = true
		}
	}
	var out SettleOutput
	for _, r := range in.Ready {
		if settling[r.Item.OrderNo] && r.Item.Kind == channel.PaymentLine || settling[r.Record.OrigOrderNo] || in.PaymentSettled[r.Record.OrigOrderNo] {
			out.Records = append(out.Records, r)
		}
	}
	slices.SortFunc(out.Records, func(a, b ReadyRecord) int {
		return cmp.Or(strings.Compare(a.Item.MerchantNo, b.Item.MerchantNo), compareKeys(Key{a.Item.Kind, a.Item.OrderNo}, Key{b.Item.Kind, b.Item.OrderNo}))
	})
	if err := setFees(out.Records, in.Prices, in.RefundSettled); err != nil {
		return SettleOutput{}, err
	}
	adjustments := in.adjustments()
	for i := 0; i < len(out.Records); {
		no := out.Records[i].Item.MerchantNo
		s := in.settlement(no)
		for ; i < len(out.Records) && out.Records[i].Item.MerchantNo == no; i++ {
			s.add(out.Records[i].Item)
		}
		s.adjust(adjustments[no])
		if !in.SettledByWallet[no] {
			in.payOut(&s)
		}
		out.Settlements = append(out.Settlements, s)
	}
	out.only(in, adjustments)
	return out, nil
}

// settlement begins a merchant's part.
func (in SettleInput) settlement(no string) Settlement {
	return Settlement{Date: in.Date, MerchantNo: no, Cycle: in.Terms.Of(no).Cycle}
}

// setFees computes the merchant's and the network's fee of each payment and the
// share that each refund gives back. settled is what earlier batches refunded of each
// payment.
func setFees(records []ReadyRecord, prices *fee.Table, settled map[string]money.Fen) error {
	before := maps.Clone(settled)
	if before == nil {
		before = map[string]money.Fen{}
	}
	for i := range records {
		r := &records[i]
		if r.Item.Kind == channel.RefundLine {
			r.Record.OrigRefundedBefore = before[r.Record.OrigOrderNo]
			before[r.Record.OrigOrderNo] += r.Record.Amount
		}
		own, err := MerchantFee(r.Record)
		if err != nil {
			return fmt.Errorf("merchant fee of %s: %w", r.Item.OrderNo, err)
		}
		r.Item.MerchantFee = own.Abs()
		if prices == nil {
			continue
		}
		network, err := NetworkFeeOf(prices, r.Record)
		if err != nil {
			return fmt.Errorf("network fee of %s: %w", r.Item.OrderNo, err)
		}
		r.Item.NetworkFee = network.Abs()
	}
	return nil
}

func (s *Settlement) add(it Item) {
	s.Rows++
	if it.Kind == channel.PaymentLine {
		s.Gross += it.OursAmount
		s.Fee += it.MerchantFee
		return
	}
	s.Refund += it.OursAmount
	s.Fee -= it.MerchantFee
}

// payOut turns the net and what was carried into what is credited. When the sum may be
// paid, all of what was carried is used up. Otherwise nothing is credited: what was
// carried covers as much of the day as they have opposite signs, and the rest is
// suspended with its sign, a negative day to be taken back, a positive one to be
// released.
func (in SettleInput) payOut(s *Settlement) {
	net, carried := s.Net(), in.Carried[s.MerchantNo]
	total, used := net+carried, money.Fen(0)
	pays := total > 0 && !in.Terms.Merchants[s.MerchantNo] && total >= in.Terms.Of(s.MerchantNo).Minimum
	switch {
	case pays:
		used = carried
	case net < 0 && carried > 0:
		used = min(carried, -net)
	case net > 0 && carried < 0:
		used = max(carried, -net)
	}
	s.Released, s.Replenished = max(used, 0), min(used, 0)
	if pays {
		s.Credited = total
		return
	}
	if s.Suspended = net + used; s.Suspended > 0 {
		s.Withheld = BelowMinimum
		if in.Terms.Merchants[s.MerchantNo] {
			s.Withheld = OnHold
		}
	}
}
