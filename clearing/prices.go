package clearing

import (
	"cmp"

	"juma/acquiring/channel"
	"juma/clearing/fee"
	"juma/internal/fault"
	"juma/internal/money"
	"juma/merchants"
)

// Share is a tariff's fee of a payment, positive, or what a refund gives back of it,
// negative: the fee of what was left before the refund less the fee of what is left
// after it, so that the last refund takes the remainder. It serves what channels and
// networks charge and the merchant's fee alike.
func Share(r Record, t money.Tariff) (money.Fen, error) {
	if r.Kind == channel.PaymentLine {
		return t.Fee(r.Amount)
	}
	back, err := t.Back(r.OrigAmount-r.OrigRefundedBefore, r.Amount)
	return -back, err
}

// MerchantFee is the merchant's fee of a payment by its agreement, positive, or the
// share that a refund gives back, negative.
func MerchantFee(r Record) (money.Fen, error) {
	return Share(r, merchants.Agreement{Rate: r.FeeRate, Cap: r.FeeCap}.Tariff())
}

// PriceOf is the line of the table by which a part of a record is priced: a refund
// by that of its payment, whatever it gives back.
func PriceOf(t *fee.Table, part fee.Part, r Record) (fee.Price, error) {
	q := fee.Query{Part: part, Channel: string(r.Channel.Base()), Card: fee.Card(r.Card), Class: t.Class(r.MCC), Amount: r.Amount, Date: r.Date}
	if r.Kind == channel.RefundLine {
		q.Amount, q.Date = r.OrigAmount, cmp.Or(r.OrigDate, r.Date)
	}
	return t.Find(q)
}

// CostOf is what the channel is expected to charge for a record, see Share. Without a
// table nothing is expected.
func CostOf(t *fee.Table, r Record) (money.Fen, error) {
	if t == nil {
		return 0, nil
	}
	p, err := PriceOf(t, fee.ChannelCost, r)
	if err != nil {
		return 0, err
	}
	return Share(r, p.Tariff)
}

// NetworkFeeOf is the network's part of that, see Share; 0 where there is no
// network.
func NetworkFeeOf(t *fee.Table, r Record) (money.Fen, error) {
	p, err := PriceOf(t, fee.Network, r)
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return Share(r, p.Tariff)
}
