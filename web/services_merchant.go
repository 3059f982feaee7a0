package web

import (
	"context"

	"juma/acquiring"
	"juma/merchants"
)

// Refunds gives money back on a merchant's word.
type Refunds interface {
	RequestRefund(ctx context.Context, in acquiring.RefundInput) (acquiring.Refund, error)
}

// Payments reads payments and refunds; see acquiring.Store.
type Payments interface {
	Payment(ctx context.Context, orderNo string) (acquiring.Payment, error)
	PaymentsOf(ctx context.Context, merchantNo, beforeOrderNo string, limit int) ([]acquiring.Payment, error)
	RefundsOf(ctx context.Context, orderNo string) ([]acquiring.Refund, error)
}

// Merchants reads who is who; see merchants.Repository.
type Merchants interface {
	Merchant(ctx context.Context, no string) (merchants.Merchant, error)
	StoreByID(ctx context.Context, id string) (merchants.Store, error)
}
