package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/merchants"
)

// lifeTx is a transaction as the changes of a merchant's life see it.
type lifeTx struct{ *conn }

var _ merchants.LifeTx = lifeTx{}

// rateChangeRow is a change with the key that only one open change may have.
type rateChangeRow struct {
	merchants.RateChange
	openKey string
}

var rateChanges = table[rateChangeRow]{"rate_changes", func(r *rateChangeRow) []field {
	return []field{
		{"id", &r.ID},
		{"merchant_no", &r.MerchantNo},
		{"channel", &r.Channel},
		{"card_kind", &r.CardKind},
		{"rate_ppm", &r.Rate},
		{"cap_fen", &r.Cap},
		{"valid_from", &r.From},
		{"contract", &r.Contract},
		{"reason", text(&r.Reason)},
		{"state", &r.State},
		{"proposed_by", &r.ProposedBy},
		{"proposed_at", at(&r.ProposedAt)},
		{"decided_by", &r.DecidedBy},
		{"decided_at", at(&r.DecidedAt)},
		{"note", text(&r.Note)},
		{"agreement_id", &r.AgreementID},
		{"open_key", orNull(&r.openKey)},
	}
}}

// UpdateLife runs f in a transaction of its own.
func (s merchantStore) UpdateLife(ctx context.Context, f func(merchants.LifeTx) error) error {
	return s.updateAlone(ctx, func(c *conn) error { return f(lifeTx{c}) })
}

// OpenMoney lists what is under way for a merchant.
func (s merchantStore) OpenMoney(ctx context.Context, merchantNo string, limit int) ([]merchants.OpenMoney, error) {
	return lifeTx{s.reader(ctx)}.OpenMoney(merchantNo, limit)
}

// RateChange returns a change by its id.
func (s merchantStore) RateChange(ctx context.Context, id string) (merchants.RateChange, error) {
	r, err := rateChanges.one(s.reader(ctx), "store.RateChange", "id", id, "id = ?", id)
	return r.RateChange, err
}

// RateChanges lists by id, of a state, of a merchant, or of all.
func (s merchantStore) RateChanges(ctx context.Context, state merchants.RateChangeState, merchantNo, afterID string, limit int) ([]merchants.RateChange, error) {
	c := s.reader(ctx)
	q := c.from(rateChanges.name).Where("id > ?", afterID).Order("id").Limit(limit)
	if state != "" {
		q = q.Where("state = ?", state)
	}
	if merchantNo != "" {
		q = q.Where("merchant_no = ?", merchantNo)
	}
	rows, err := rateChanges.list(c, "store.RateChanges", q)
	all := make([]merchants.RateChange, len(rows))
	for i, r := range rows {
		all[i] = r.RateChange
	}
	return all, err
}

// Merchant reads the merchant inside the transaction.
func (c lifeTx) Merchant(no string) (merchants.Merchant, error) {
	return c.merchant("store.Merchant", no)
}

// MoveMerchant moves a merchant from one state to another, if it is there.
func (c lifeTx) MoveMerchant(no string, from, to merchants.State) (bool, error) {
	return c.moved("store.MoveMerchant", "UPDATE merchants SET state = ? WHERE merchant_no = ? AND state = ?", to, no, from)
}

// Agreements lists a merchant's rates inside the transaction.
func (c lifeTx) Agreements(merchantNo string) ([]merchants.Agreement, error) {
	return c.agreements(merchantNo)
}

// Agreements lists a merchant's agreements, see acquiring.Tx.
func (c acquiringTx) Agreements(merchantNo string) ([]merchants.Agreement, error) {
	return c.agreements(merchantNo)
}

func (c *conn) agreements(merchantNo string) ([]merchants.Agreement, error) {
	return c.agreementsOf(merchantNo)
}

// InsertAgreement adds a version.
func (c lifeTx) InsertAgreement(a merchants.Agreement) error {
	return agreements.insert(c.conn, "store.InsertAgreement", a)
}

// InsertRateChange files a change.
func (c lifeTx) InsertRateChange(r merchants.RateChange) error {
	return rateChanges.insert(c.conn, "store.InsertRateChange", rateChangeRow{r, r.OpenKey()})
}

// SaveRateChange stores a decision, if the change is still proposed.
func (c lifeTx) SaveRateChange(r merchants.RateChange) (bool, error) {
	return rateChanges.save(c.conn, "store.SaveRateChange", rateChangeRow{r, r.OpenKey()}, "id = ? AND state = ?", r.ID, merchants.RateProposed)
}

// OpenMoney lists what is under way inside the transaction.
func (c lifeTx) OpenMoney(no string, limit int) ([]merchants.OpenMoney, error) {
	const op = "store.OpenMoney"
	var all []merchants.OpenMoney
	for _, q := range c.openMoney(no) {
		if len(all) >= limit {
			break
		}
		rows, err := scanAll(c.conn, op, q.query.Limit(limit-len(all)), func(o *merchants.OpenMoney) []field {
			return []field{{"ref", &o.Ref}, {"amount", &o.Amount}}
		})
		if err != nil {
			return nil, err
		}
		for _, o := range rows {
			o.Kind = q.kind
			all = append(all, o)
		}
	}
	return all, nil
}

type openQuery struct {
	kind  merchants.OpenKind
	query *gorm.DB
}

// openMoney are the queries of what keeps a merchant from being closed, each with
// a reference and an amount.
func (c *conn) openMoney(no string) []openQuery {
	of := func(kind merchants.OpenKind, table, columns, condition, order string, args ...any) openQuery {
		return openQuery{kind, c.from(table).Select(columns).Where("t.merchant_no = ?", no).Where(condition, args...).Order(order)}
	}
	return []openQuery{
		of(merchants.OpenPayment, "payments t", "t.order_no, t.amount_fen", "t.state IN ?", "t.order_no",
			acquiring.PaymentMoves.Open()),
		of(merchants.OpenUnsettled, "payments t", "t.order_no, t.amount_fen", "t.state = ? AND "+unsettled("t.order_no", channel.PaymentLine), "t.order_no", acquiring.Paid),
		of(merchants.OpenRefund, "refunds t", "t.refund_no, t.amount_fen", "(t.state IN ? OR t.state = ? AND "+unsettled("t.refund_no", channel.RefundLine)+")", "t.refund_no",
			[]acquiring.RefundState{acquiring.RefundCreated, acquiring.RefundUnknown}, acquiring.RefundSucceeded),
		of(merchants.OpenItem, "clearing_items t", "t.id, CASE WHEN t.ours = 1 THEN t.ours_amount_fen ELSE t.theirs_amount_fen END", "t.state = ?", "t.id", clearing.Waiting),
		{merchants.OpenOwed, c.from("settlements t").Select("t.merchant_no, "+carriedSum).Where("t.merchant_no = ?", no).Group("t.merchant_no").Having(carriedSum + " < 0")},
		{merchants.OpenKept, c.from("settlements t").Select("t.merchant_no, "+carriedSum).Where("t.merchant_no = ?", no).Group("t.merchant_no").Having(carriedSum + " > 0")},
		of(merchants.OpenPayout, "settlements t JOIN settlement_batches b ON b.clearing_date = t.clearing_date", "t.clearing_date, t.credited_fen", "b.state <> ? AND t.credited_fen > 0", "t.clearing_date", clearing.Released),
	}
}

// unsettled is the condition on an order or refund that is in no batch yet: no item
// of it is settled or explained away, or one is still to settle.
func unsettled(number string, kind channel.LineKind) string {
	const item = "EXISTS (SELECT 1 FROM clearing_items i WHERE i.order_no = %s AND i.kind = '%s' AND i.state IN (%s))"
	return "(NOT " + fmt.Sprintf(item, number, kind, "'settled', 'cleared'") + " OR " + fmt.Sprintf(item, number, kind, "'ready'") + ")"
}
