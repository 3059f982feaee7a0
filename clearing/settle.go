package clearing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"juma/acquiring/channel"
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
	// RefundSettled is what earlier batches gave back of these payments.
	RefundSettled map[string]money.Fen
	// Owed is what merchants owe from suspended days (negative fen).
	Owed map[string]money.Fen
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

// Settle computes a batch. Only what is ready settles, and a refund waits until
// its payment is settled, by this batch or an earlier one. The merchant's fee is
// rounded per payment by the agreement in force when it was made; a refund gives
// its share back, counted in the order in which refunds settle, which need not be
// the order in which they were made: so the shares always add up to the fee.
func Settle(in SettleInput) (SettleOutput, error) {
	settling := map[string]bool{}
	for _, r := range in.Ready {
		if r.Item.Kind == channel.PaymentLine {
			settling[r.Item.OrderNo] = true
		}
	}
	var out SettleOutput
	for _, r := range in.Ready {
		if r.Item.Kind == channel.PaymentLine || settling[r.Record.OrigOrderNo] || in.PaymentSettled[r.Record.OrigOrderNo] {
			out.Records = append(out.Records, r)
		}
	}
	slices.SortFunc(out.Records, func(a, b ReadyRecord) int {
		return cmp.Or(strings.Compare(a.Item.MerchantNo, b.Item.MerchantNo), compareKeys(Key{a.Item.Kind, a.Item.OrderNo}, Key{b.Item.Kind, b.Item.OrderNo}))
	})
	if err := setMerchantFees(out.Records, in.RefundSettled); err != nil {
		return SettleOutput{}, err
	}
	adjustments := in.adjustments()
	for i := 0; i < len(out.Records); {
		no := out.Records[i].Item.MerchantNo
		s := Settlement{Date: in.Date, MerchantNo: no}
		for ; i < len(out.Records) && out.Records[i].Item.MerchantNo == no; i++ {
			s.add(out.Records[i].Item)
		}
		s.adjust(adjustments[no])
		if !in.SettledByWallet[no] {
			s.payOut(in.Owed[no])
		}
		out.Settlements = append(out.Settlements, s)
	}
	out.only(in, adjustments)
	return out, nil
}

// setMerchantFees computes the fee of each payment and the share that each refund
// gives back. settled is what earlier batches refunded of each payment.
func setMerchantFees(records []ReadyRecord, settled map[string]money.Fen) error {
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
		fee, err := MerchantFee(r.Record)
		if err != nil {
			return fmt.Errorf("merchant fee of %s: %w", r.Item.OrderNo, err)
		}
		r.Item.MerchantFee = fee.Abs()
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

// payOut turns the net into what is credited: a negative day is suspended, and
// a positive one first takes back what is owed (negative fen) from suspended
// days.
func (s *Settlement) payOut(owed money.Fen) {
	net := s.Net()
	if net < 0 {
		s.Suspended = net
	} else {
		s.Replenished = max(owed, -net)
	}
	s.Credited = net + s.Replenished - s.Suspended
}
