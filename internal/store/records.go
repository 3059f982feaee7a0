package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// clearingStore is the Store as clearing sees it.
type clearingStore struct{ *Store }

// clearingTx is a transaction as clearing sees it.
type clearingTx struct{ *conn }

var (
	_ clearing.Store = clearingStore{}
	_ clearing.Tx    = clearingTx{}
)

// Update runs f in a transaction, see clearing.Store.
func (s clearingStore) Update(ctx context.Context, f func(clearing.Tx) error) error {
	return s.update(ctx, func(c *conn) error { return f(clearingTx{c}) })
}

// paidRecord reads a paid payment as clearing sees it.
func paidRecord(r *clearing.Record) []field {
	r.Kind = channel.PaymentLine
	return []field{
		{"p.order_no", &r.OrderNo},
		{"p.channel", &r.Channel},
		{"p.channel_id", &r.ChannelID},
		{"p.channel_no", &r.ChannelNo},
		{"p.merchant_no", &r.MerchantNo},
		{"p.terminal_no", &r.TerminalNo},
		{"p.trace", &r.Trace},
		{"p.rrn", &r.RRN},
		{"p.amount_fen", &r.Amount},
		{"p.payer_id", &r.PayerID},
		{"p.payer_account", &r.Payer},
		{"p.paid_at", at(&r.Time)},
		{"p.clearing_date", &r.Date},
		{"p.fee_rate_ppm", &r.FeeRate},
		{"p.fee_cap_fen", &r.FeeCap},
		{"p.agreement_id", &r.AgreementID},
		{"p.card_kind", &r.Card},
		{mccOf, &r.MCC},
	}
}

// refundedBefore is what earlier refunds of the same payment gave back.
const refundedBefore = "(SELECT COALESCE(SUM(e.amount_fen), 0) FROM refunds e WHERE e.order_no = r.order_no AND e.refund_no < r.refund_no AND e.state = 'succeeded' AND e.second_no = '')"

// mccOf is what the payment's merchant sells.
const mccOf = "COALESCE((SELECT m.mcc FROM merchants m WHERE m.merchant_no = p.merchant_no), '')"

// refundRecord reads a succeeded refund with its payment.
func refundRecord(r *clearing.Record) []field {
	r.Kind = channel.RefundLine
	return []field{
		{"r.refund_no", &r.OrderNo},
		{"r.order_no", &r.OrigOrderNo},
		{"r.channel", &r.Channel},
		{"r.channel_id", &r.ChannelID},
		{"r.channel_no", &r.ChannelNo},
		{"r.merchant_no", &r.MerchantNo},
		{"r.terminal_no", &r.TerminalNo},
		{"r.trace", &r.Trace},
		{"r.rrn", &r.RRN},
		{"r.amount_fen", &r.Amount},
		{"p.payer_id", &r.PayerID},
		{"p.payer_account", &r.Payer},
		{"r.refunded_at", at(&r.Time)},
		{"r.clearing_date", &r.Date},
		{"p.fee_rate_ppm", &r.FeeRate},
		{"p.fee_cap_fen", &r.FeeCap},
		{"p.agreement_id", &r.AgreementID},
		{"p.card_kind", &r.Card},
		{mccOf, &r.MCC},
		{"p.clearing_date", &r.OrigDate},
		{"p.amount_fen", &r.OrigAmount},
		{"p.trace", &r.OrigTrace},
		{"p.paid_at", at(&r.OrigTime)},
		{"p.channel_no", &r.OrigChannelNo},
		{refundedBefore, &r.OrigRefundedBefore},
		{"r.second_no", &r.SecondNo},
	}
}

// The two views are not tables: they are only read.
var (
	paidRecords   = table[clearing.Record]{"payments p", paidRecord}
	refundRecords = table[clearing.Record]{"refunds r JOIN payments p ON p.order_no = r.order_no", refundRecord}
)

func (c *conn) paid() *gorm.DB {
	return c.from(paidRecords.name).Where("p.state = ?", acquiring.Paid).Order("p.order_no")
}

func (c *conn) refunded() *gorm.DB {
	return c.from(refundRecords.name).Where("r.state = ?", acquiring.RefundSucceeded).Order("r.refund_no")
}

// lateDays is how far back Records looks for records that became final only
// after their date was reconciled. A wallet decides an order within days.
const lateDays = 31

// late is the condition on a record of an earlier, reconciled date that no proof
// has seen.
func late(alias, number string, kind channel.LineKind) string {
	return fmt.Sprintf("%[1]s.channel = ? AND %[1]s.clearing_date >= ? AND %[1]s.clearing_date < ?"+
		" AND EXISTS (SELECT 1 FROM clearing_days d WHERE d.channel = %[1]s.channel AND d.clearing_date = %[1]s.clearing_date AND d.state = 'reconciled')"+
		" AND NOT EXISTS (SELECT 1 FROM clearing_items i WHERE i.order_no = %[1]s.%[2]s AND i.kind = '%[3]s' AND i.ours = 1)", alias, number, kind)
}

// Records returns the channel's final records of a clearing date, and the late
// ones of dates before.
func (s clearingStore) Records(ctx context.Context, ch channel.Name, d bizdate.Date) ([]clearing.Record, error) {
	const op = "store.Records"
	c := s.reader(ctx)
	var all []clearing.Record
	for _, part := range []struct {
		view  table[clearing.Record]
		query *gorm.DB
	}{
		{paidRecords, c.paid().Where("p.channel = ? AND p.clearing_date = ?", ch, d)},
		{refundRecords, c.refunded().Where("r.channel = ? AND r.clearing_date = ?", ch, d)},
		{paidRecords, c.paid().Where(late("p", "order_no", channel.PaymentLine), ch, d.AddDays(-lateDays), d)},
		{refundRecords, c.refunded().Where(late("r", "refund_no", channel.RefundLine), ch, d.AddDays(-lateDays), d)},
	} {
		found, err := part.view.list(c, op, part.query)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// RecordsByKey returns final records by their keys, by kind and order number;
// keys without a record are left out.
func (s clearingStore) RecordsByKey(ctx context.Context, ch channel.Name, keys []clearing.Key) ([]clearing.Record, error) {
	const op = "store.RecordsByKey"
	numbers := map[channel.LineKind][]string{}
	for _, k := range keys {
		numbers[k.Kind] = append(numbers[k.Kind], k.OrderNo)
	}
	c := s.reader(ctx)
	var all []clearing.Record
	for _, part := range chunks(numbers[channel.PaymentLine], maxParams/2) {
		found, err := paidRecords.list(c, op, c.paid().Where("p.channel = ? AND p.order_no IN ?", ch, part))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	for _, part := range chunks(numbers[channel.RefundLine], maxParams/2) {
		found, err := refundRecords.list(c, op, c.refunded().Where("r.channel = ? AND r.refund_no IN ?", ch, part))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	sortRecords(all)
	return all, nil
}

// CorrectPayer sets the payer account of a payment.
func (c clearingTx) CorrectPayer(orderNo, payer string) error {
	const op = "store.CorrectPayer"
	moved, err := c.moved(op, "UPDATE payments SET payer_account = ? WHERE order_no = ?", text(&payer), orderNo)
	if err == nil && !moved {
		err = &fault.Error{Op: op, Kind: fault.NotFound, Field: "order_no", Value: orderNo, Msg: "is not in payments; check the number"}
	}
	return err
}

// FillRefundTime sets the time of a refund that has none.
func (c clearingTx) FillRefundTime(refundNo string, t time.Time) (bool, error) {
	return c.moved("store.FillRefundTime", "UPDATE refunds SET refunded_at = ? WHERE refund_no = ? AND refunded_at = 0", micros(t), refundNo)
}
