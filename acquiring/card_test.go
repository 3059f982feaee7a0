package acquiring_test

import (
	"testing"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/money"
)

// TestTheCardThatPaidDecidesTheRate: before a payment is made nobody knows the card;
// the notice names it, and what is agreed for that very kind counts.
func TestTheCardThatPaidDecidesTheRate(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.placed("wish-any", 1200)
		for _, row := range []struct {
			id, card string
			rate     money.RatePPM
			cap      money.Fen
			from     int
		}{{"debit-now", "debit", 5000, 1800, int(day)}, {"debit-later", "debit", 100, 0, int(day.AddDays(1))}, {"any-later", "", 9000, 0, int(day)}} {
			_, err := b.raw.Exec("INSERT INTO rate_agreements (id, merchant_no, channel, card_kind, rate_ppm, cap_fen, valid_from, valid_to, version, contract, reason, made_by, checked_by)"+
				" VALUES (?, ?, 'wechat', ?, ?, ?, ?, 0, ?, '', '', '', '')", row.id, p.MerchantNo, row.card, int64(row.rate), int64(row.cap), row.from, 50+len(row.id))
			must(t, err)
		}
		for _, c := range []struct {
			card     channel.CardKind
			rate     money.RatePPM
			cap      money.Fen
			switched bool
		}{
			{channel.DebitCard, 5000, 1800, true},
			{channel.CreditCard, 3800, 0, false}, // nothing is agreed for it
			{channel.OtherCard, 3800, 0, false},
			{channel.UnknownCard, 3800, 0, false},
		} {
			q := p
			if c.card != channel.DebitCard {
				q = b.placed("wish-"+string(c.card), 1200)
				must(t, b.store.Acquiring().Update(ctx, func(tx acquiring.Tx) error { // made by the rate of before
					_, err := tx.MovePayment(q.OrderNo, []acquiring.PaymentState{acquiring.Pending}, acquiring.Pending, acquiring.PaymentChange{AgreementID: &p.AgreementID, FeeRate: &p.FeeRate, FeeCap: &p.FeeCap})
					return err
				}))
			}
			n := b.notice(q)
			n.Card = c.card
			must(t, b.acquiring.Confirm(ctx, channel.WeChat, n))
			got := b.payment(q.OrderNo)
			if got.State != acquiring.Paid || got.Card != c.card || got.FeeRate != c.rate || got.FeeCap != c.cap || (got.AgreementID == "debit-now") != c.switched {
				t.Errorf("%q: %s by %s, %d ppm, cap %d", c.card, got.Card, got.AgreementID, got.FeeRate, got.FeeCap)
			}
		}
	})
}
