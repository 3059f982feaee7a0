package web

import (
	"context"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/audit"
	"juma/internal/ledger"
)

// PaymentDesk reads the payments of all merchants and all that became of them; see
// store.Desk.
type PaymentDesk interface {
	Payment(ctx context.Context, orderNo string) (acquiring.Payment, error)
	Refund(ctx context.Context, refundNo string) (acquiring.Refund, error)
	RefundsOf(ctx context.Context, orderNo string) ([]acquiring.Refund, error)
	FindPayments(ctx context.Context, q acquiring.PaymentQuery) ([]acquiring.Payment, error)
	SearchPayments(ctx context.Context, typed string, limit int) ([]acquiring.FoundPayment, error)
	WireOf(ctx context.Context, orderNo string, limit int) ([]acquiring.WireMessage, error)
	NoticesOf(ctx context.Context, orderNo string) ([]acquiring.NoticeRow, error)
	EntriesOf(ctx context.Context, refs ...string) ([]ledger.Entry, error)
	ItemsOf(ctx context.Context, orderNos ...string) ([]clearing.Item, error)
	AuditOf(ctx context.Context, object, afterID string, limit int) ([]audit.Entry, error)
	OpenOrders(ctx context.Context, q acquiring.OpenQuery) ([]acquiring.OpenOrder, error)
	// CountOpen counts the payments and refunds that are not final and were created
	// up to a time.
	CountOpen(ctx context.Context, until time.Time) (int, error)
}

// PaymentOffice does what people do about a payment; acquiring.Service, which says
// what each fails with.
type PaymentOffice interface {
	AskAgain(ctx context.Context, kind channel.LineKind, no, by, reason string) error
	Resend(ctx context.Context, kind channel.LineKind, no, by, reason string) error
	RetryRefund(ctx context.Context, refundNo, by, reason string) (acquiring.Refund, error)
}
