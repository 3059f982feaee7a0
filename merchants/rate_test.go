package merchants_test

import (
	"testing"

	"pgregory.net/rapid"

	"juma/internal/bizdate"
	"juma/internal/money"
	"juma/merchants"
)

func TestRateFor(t *testing.T) {
	all := []merchants.Agreement{
		{ID: "any1", Channel: "unionpay", Rate: 6000, From: 20260101, Version: 1},
		{ID: "debit1", Channel: "unionpay", CardKind: merchants.Debit, Rate: 5000, Cap: 2000, From: 20260101, Version: 1},
		{ID: "debit2", Channel: "unionpay", CardKind: merchants.Debit, Rate: 4000, Cap: 1800, From: 20260301, Version: 2},
		{ID: "debit3", Channel: "unionpay", CardKind: merchants.Debit, Rate: 3900, Cap: 1800, From: 20260301, Version: 3},
		{ID: "wx-credit", Channel: "wechat", CardKind: merchants.Credit, Rate: 6000, From: 20260101, Version: 1},
		{ID: "old", Channel: "alipay", Rate: 100, From: 20260101, To: 20260131, Version: 1},
	}
	for _, c := range []struct {
		channel string
		card    merchants.CardKind
		d       bizdate.Date
		want    string
		why     map[string]merchants.RateWhy
	}{
		{"unionpay", merchants.Debit, 20260201, "debit1", map[string]merchants.RateWhy{"any1": merchants.LessExact, "debit2": merchants.NotYet, "wx-credit": merchants.OtherChannel}},
		{"unionpay", merchants.Debit, 20260301, "debit3", map[string]merchants.RateWhy{"debit1": merchants.Replaced, "debit2": merchants.Replaced}},
		{"unionpay", merchants.Credit, 20260301, "any1", map[string]merchants.RateWhy{"debit3": merchants.OtherCard}},
		{"unionpay", merchants.AnyCard, 20260301, "any1", nil},
		{"wechat", merchants.AnyCard, 20260301, "wx-credit", nil},
		{"wechat", merchants.Debit, 20260301, "", map[string]merchants.RateWhy{"wx-credit": merchants.OtherCard}},
		{"alipay", merchants.AnyCard, 20260201, "", map[string]merchants.RateWhy{"old": merchants.Over}},
	} {
		e := merchants.RateFor(all, c.channel, c.card, c.d)
		if e.Applied.ID != c.want || e.Found != (c.want != "") || len(e.Considered) != len(all) {
			t.Errorf("%s %s %s: %q, want %q", c.channel, c.card, c.d, e.Applied.ID, c.want)
		}
		for _, r := range e.Considered {
			if want, ok := c.why[r.ID]; ok && r.Why != want {
				t.Errorf("%s %s %s: %s %s, want %s", c.channel, c.card, c.d, r.ID, r.Why, want)
			}
			if (r.Why == merchants.Applies) != (r.ID == c.want) {
				t.Errorf("%s is %s", r.ID, r.Why)
			}
		}
	}
}

// TestAChangeNeverRewritesThePast: whatever is agreed from a day on, the answer
// for the days before stays.
func TestAChangeNeverRewritesThePast(t *testing.T) {
	channels, cards := []string{"wechat", "unionpay"}, []merchants.CardKind{merchants.AnyCard, merchants.Debit, merchants.Credit}
	rapid.Check(t, func(t *rapid.T) {
		var all []merchants.Agreement
		today := bizdate.Date(20260110)
		for i := range rapid.IntRange(1, 8).Draw(t, "changes") {
			before := all
			today = today.AddDays(rapid.IntRange(0, 5).Draw(t, "days"))
			all = append(append([]merchants.Agreement(nil), before...), merchants.Agreement{
				ID: string(rune('a' + i)), Channel: rapid.SampledFrom(channels).Draw(t, "channel"), CardKind: rapid.SampledFrom(cards).Draw(t, "card"),
				Rate: money.RatePPM(rapid.IntRange(0, 10_000).Draw(t, "rate")), From: today, Version: i + 1,
			})
			for d := bizdate.Date(20260105); d < today; d = d.AddDays(1) {
				for _, ch := range channels {
					for _, card := range cards {
						if was, is := merchants.RateFor(before, ch, card, d), merchants.RateFor(all, ch, card, d); was.Applied != is.Applied || was.Found != is.Found {
							t.Fatalf("%s %s on %s: %v became %v", ch, card, d, was.Applied, is.Applied)
						}
					}
				}
			}
		}
	})
}
