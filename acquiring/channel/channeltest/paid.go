package channeltest

import (
	"testing"

	"juma/acquiring/channel"
	"juma/internal/money"
)

// PaidOrder is an order that was paid, with the wallet's genuine notice of it.
type PaidOrder struct {
	channel.PrepayRequest
	Letter Letter
}

// Paid takes a consumer through placing and paying orders of the amounts: for
// tests of what stands behind the adapter. It may be called once for a harness.
func Paid(t testing.TB, h Harness, amounts ...money.Fen) []PaidOrder {
	t.Helper()
	h.Inbox.Use(h.Adapter)
	s := newSuite(h)
	orders := make([]PaidOrder, len(amounts))
	for i, amount := range amounts {
		orders[i].PrepayRequest, orders[i].Letter = s.paid(t, amount)
	}
	return orders
}
