package web

import (
	"context"

	"juma/internal/audit"
	"juma/merchants"
)

// MerchantDesk finds merchants and tells what happened to them; merchants.Upkeep,
// which says what each does and fails with.
type MerchantDesk interface {
	ListMerchants(ctx context.Context, q merchants.MerchantQuery) ([]merchants.ListedMerchant, error)
	Search(ctx context.Context, typed string, limit int) ([]merchants.Hit, error)
	MerchantTimeline(ctx context.Context, merchantNo string) ([]audit.Entry, error)
	Messages(ctx context.Context, merchantNo, beforeID string, limit int) ([]merchants.Message, error)
}

// MerchantRecords reads what is on record of a merchant; see merchants.Repository.
type MerchantRecords interface {
	Merchant(ctx context.Context, no string) (merchants.Merchant, error)
	StoresOf(ctx context.Context, merchantNo string) ([]merchants.Store, error)
	TerminalsOf(ctx context.Context, merchantNo string) ([]merchants.Terminal, error)
	Agreements(ctx context.Context, merchantNo string) ([]merchants.Agreement, error)
	Enrolments(ctx context.Context, merchantNo string) ([]merchants.Enrolment, error)
}

// MerchantLife changes a merchant's state and rates; merchants.Service.
type MerchantLife interface {
	SetState(ctx context.Context, no string, to merchants.State, by, reason string) error
	ProposeRate(ctx context.Context, c merchants.RateChange, by string) (merchants.RateChange, error)
	ApproveRate(ctx context.Context, id, by, note string) (merchants.RateChange, error)
	RejectRate(ctx context.Context, id, by, reason string) (merchants.RateChange, error)
	RateChange(ctx context.Context, id string) (merchants.RateChange, error)
	RateChanges(ctx context.Context, state merchants.RateChangeState, merchantNo, afterID string, limit int) ([]merchants.RateChange, error)
	ExplainPaymentRate(ctx context.Context, p merchants.PaidFacts) (merchants.PaymentRate, error)
}

// Import is where merchants of a table go: merchants.Onboarding, see
// importfile.Sink.
type Import interface {
	Taken(ctx context.Context, all []merchants.Profile) ([]int, error)
	Import(ctx context.Context, all []merchants.Profile, by string) error
}

// Enrolments hands rejected applications in anew; merchants.EnrolmentService.
type Enrolments interface {
	Resubmit(ctx context.Context, merchantNo, channel, by, why string, corrected *merchants.Profile) (merchants.Enrolment, error)
}
