package measure

import (
	"context"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// Wrap returns the adapter with every call of it counted. What the adapter can do
// beyond the contract is handed on; what it cannot is refused as the bus refuses it,
// with kind Invalid.
func (m *Meter) Wrap(a channel.Adapter) channel.Adapter { return &measured{a, m} }

// measured is an adapter whose calls are counted. The methods of Adapter that are not
// here are the adapter's own.
type measured struct {
	channel.Adapter
	meter *Meter
}

var (
	_ channel.Enroller         = (*measured)(nil)
	_ channel.CodePayer        = (*measured)(nil)
	_ channel.CredentialLister = (*measured)(nil)
)

func (a *measured) begin(ctx context.Context, kind Kind) func(channel.Outcome, error) {
	return a.meter.begin(ctx, a.Name(), kind)
}

// Identify is counted as a question.
func (a *measured) Identify(ctx context.Context, req channel.IdentifyRequest) (channel.Payer, error) {
	end := a.begin(ctx, Questions)
	payer, err := a.Adapter.Identify(ctx, req)
	end(channel.Succeeded, err)
	return payer, err
}

// Prepay is counted as an order.
func (a *measured) Prepay(ctx context.Context, req channel.PrepayRequest) (channel.PrepayResult, error) {
	end := a.begin(ctx, Orders)
	res, err := a.Adapter.Prepay(ctx, req)
	end(res.Outcome, err)
	return res, err
}

// Query is counted as a question.
func (a *measured) Query(ctx context.Context, req channel.OrderRef) (channel.PaymentResult, error) {
	end := a.begin(ctx, Questions)
	res, err := a.Adapter.Query(ctx, req)
	end(res.Outcome, err)
	return res, err
}

// Close is counted among what takes back.
func (a *measured) Close(ctx context.Context, req channel.OrderRef) (channel.Result, error) {
	end := a.begin(ctx, Backs)
	res, err := a.Adapter.Close(ctx, req)
	end(res.Outcome, err)
	return res, err
}

// Refund is counted among what takes back.
func (a *measured) Refund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	end := a.begin(ctx, Backs)
	res, err := a.Adapter.Refund(ctx, req)
	end(res.Outcome, err)
	return res, err
}

// QueryRefund is counted as a question.
func (a *measured) QueryRefund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	end := a.begin(ctx, Questions)
	res, err := a.Adapter.QueryRefund(ctx, req)
	end(res.Outcome, err)
	return res, err
}

// PayByCode is counted as an order.
func (a *measured) PayByCode(ctx context.Context, req channel.CodeRequest) (channel.PaymentResult, error) {
	payer, ok := a.Adapter.(channel.CodePayer)
	if !ok {
		return channel.PaymentResult{}, a.cannot("takes no payments by the consumer's code")
	}
	end := a.begin(ctx, Orders)
	res, err := payer.PayByCode(ctx, req)
	end(res.Outcome, err)
	return res, err
}

// Reverse is counted among what takes back.
func (a *measured) Reverse(ctx context.Context, req channel.OrderRef) (channel.ReverseResult, error) {
	payer, ok := a.Adapter.(channel.CodePayer)
	if !ok {
		return channel.ReverseResult{}, a.cannot("takes no payments by the consumer's code")
	}
	end := a.begin(ctx, Backs)
	res, err := payer.Reverse(ctx, req)
	end(res.Outcome, err)
	return res, err
}

// Enrol is the adapter's.
func (a *measured) Enrol(ctx context.Context, req channel.EnrolRequest) (channel.EnrolResult, error) {
	enroller, ok := a.Adapter.(channel.Enroller)
	if !ok {
		return channel.EnrolResult{}, a.cannot("takes no applications of merchants")
	}
	return enroller.Enrol(ctx, req)
}

// QueryEnrolment is the adapter's.
func (a *measured) QueryEnrolment(ctx context.Context, req channel.EnrolQuery) (channel.EnrolResult, error) {
	enroller, ok := a.Adapter.(channel.Enroller)
	if !ok {
		return channel.EnrolResult{}, a.cannot("takes no applications of merchants")
	}
	return enroller.QueryEnrolment(ctx, req)
}

// Credentials are the adapter's, none of one that cannot tell.
func (a *measured) Credentials(ctx context.Context) ([]channel.Credential, error) {
	lister, ok := a.Adapter.(channel.CredentialLister)
	if !ok {
		return nil, nil
	}
	return lister.Credentials(ctx)
}

func (a *measured) cannot(what string) error {
	return fault.New("measure", fault.Invalid, "the %s adapter %s", a.Name(), what)
}
