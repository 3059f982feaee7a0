// Package around puts something around the calls to an adapter: it begins before each
// and ends with what the call came to. Every decorator of the contract is such a hook,
// so that its methods are listed once.
package around

import (
	"context"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// Method names a call of the contract that asks something of the wallet about one
// order or payer. AuthURL, Statement and Enrol have no hook, and for
// ReadNotice see Notices.
type Method string

// The methods.
const (
	Identify    Method = "identify"
	Prepay      Method = "prepay"
	Query       Method = "query"
	Close       Method = "close"
	Refund      Method = "refund"
	QueryRefund Method = "query_refund"
	PayByCode   Method = "pay_by_code"
	Reverse     Method = "reverse"
)

// Methods lists them.
var Methods = []Method{Identify, Prepay, Query, Close, Refund, QueryRefund, PayByCode, Reverse}

// Call is one call as it begins.
type Call struct {
	Channel  channel.Name
	Method   Method
	OrderNo  string // "" for Identify
	RefundNo string // "" but for refunds
}

// Hook is told of a call as it begins. It returns the context to call with, and what is
// told of the end: the part of the answer that every answer has, which it may change,
// and the error. Identify, which has no such part, shows a Succeeded of its own.
type Hook func(ctx context.Context, c Call) (context.Context, func(res *channel.Result, err error))

// Notices returns the adapter with told being told of each genuine notification that it
// has read.
func Notices(a channel.Adapter, told func(channel.RawNotice, channel.Notice)) channel.Adapter {
	return &wrapped{Adapter: a, hook: nothing, told: told}
}

func nothing(ctx context.Context, _ Call) (context.Context, func(*channel.Result, error)) {
	return ctx, func(*channel.Result, error) {}
}

// Wrap returns the adapter with a hook around its calls. What the adapter can do beyond
// the contract is handed on; what it cannot is refused as the bus refuses it, with kind
// Invalid, and has no hook.
func Wrap(a channel.Adapter, hook Hook) channel.Adapter {
	return &wrapped{Adapter: a, hook: hook, told: func(channel.RawNotice, channel.Notice) {}}
}

// wrapped has the adapter's own methods where it has none.
type wrapped struct {
	channel.Adapter
	hook Hook
	told func(channel.RawNotice, channel.Notice)
}

var (
	_ channel.Enroller         = (*wrapped)(nil)
	_ channel.CodePayer        = (*wrapped)(nil)
	_ channel.CredentialLister = (*wrapped)(nil)
)

func (a *wrapped) begin(ctx context.Context, m Method, orderNo, refundNo string) (context.Context, func(*channel.Result, error)) {
	return a.hook(ctx, Call{Channel: a.Name(), Method: m, OrderNo: orderNo, RefundNo: refundNo})
}

// Identify has the hook around it.
func (a *wrapped) Identify(ctx context.Context, req channel.IdentifyRequest) (channel.Payer, error) {
	ctx, end := a.begin(ctx, Identify, "", "")
	payer, err := a.Adapter.Identify(ctx, req)
	end(&channel.Result{Outcome: channel.Succeeded}, err)
	return payer, err
}

// Prepay has the hook around it.
func (a *wrapped) Prepay(ctx context.Context, req channel.PrepayRequest) (channel.PrepayResult, error) {
	ctx, end := a.begin(ctx, Prepay, req.OrderNo, "")
	res, err := a.Adapter.Prepay(ctx, req)
	end(&res.Result, err)
	return res, err
}

// Query has the hook around it.
func (a *wrapped) Query(ctx context.Context, req channel.OrderRef) (channel.PaymentResult, error) {
	ctx, end := a.begin(ctx, Query, req.OrderNo, "")
	res, err := a.Adapter.Query(ctx, req)
	end(&res.Result, err)
	return res, err
}

// Close has the hook around it.
func (a *wrapped) Close(ctx context.Context, req channel.OrderRef) (channel.Result, error) {
	ctx, end := a.begin(ctx, Close, req.OrderNo, "")
	res, err := a.Adapter.Close(ctx, req)
	end(&res, err)
	return res, err
}

// Refund has the hook around it.
func (a *wrapped) Refund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	ctx, end := a.begin(ctx, Refund, req.OrderNo, req.RefundNo)
	res, err := a.Adapter.Refund(ctx, req)
	end(&res.Result, err)
	return res, err
}

// QueryRefund has the hook around it.
func (a *wrapped) QueryRefund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	ctx, end := a.begin(ctx, QueryRefund, req.OrderNo, req.RefundNo)
	res, err := a.Adapter.QueryRefund(ctx, req)
	end(&res.Result, err)
	return res, err
}

// PayByCode has the hook around it.
func (a *wrapped) PayByCode(ctx context.Context, req channel.CodeRequest) (channel.PaymentResult, error) {
	payer, ok := a.Adapter.(channel.CodePayer)
	if !ok {
		return channel.PaymentResult{}, a.cannot("takes no payments by the consumer's code")
	}
	ctx, end := a.begin(ctx, PayByCode, req.OrderNo, "")
	res, err := payer.PayByCode(ctx, req)
	end(&res.Result, err)
	return res, err
}

// Reverse has the hook around it.
func (a *wrapped) Reverse(ctx context.Context, req channel.OrderRef) (channel.ReverseResult, error) {
	payer, ok := a.Adapter.(channel.CodePayer)
	if !ok {
		return channel.ReverseResult{}, a.cannot("takes no payments by the consumer's code")
	}
	ctx, end := a.begin(ctx, Reverse, req.OrderNo, "")
	res, err := payer.Reverse(ctx, req)
	end(&res.Result, err)
	return res, err
}

// ReadNotice is the adapter's; see Notices.
func (a *wrapped) ReadNotice(ctx context.Context, raw channel.RawNotice) (channel.NoticeVerdict, error) {
	verdict, err := a.Adapter.ReadNotice(ctx, raw)
	if err == nil && verdict.OK {
		a.told(raw, verdict.Notice)
	}
	return verdict, err
}

// Enrol is the adapter's.
func (a *wrapped) Enrol(ctx context.Context, req channel.EnrolRequest) (channel.EnrolResult, error) {
	enroller, ok := a.Adapter.(channel.Enroller)
	if !ok {
		return channel.EnrolResult{}, a.cannot("takes no applications of merchants")
	}
	return enroller.Enrol(ctx, req)
}

// QueryEnrolment is the adapter's.
func (a *wrapped) QueryEnrolment(ctx context.Context, req channel.EnrolQuery) (channel.EnrolResult, error) {
	enroller, ok := a.Adapter.(channel.Enroller)
	if !ok {
		return channel.EnrolResult{}, a.cannot("takes no applications of merchants")
	}
	return enroller.QueryEnrolment(ctx, req)
}

// Credentials are the adapter's, none of one that cannot tell.
func (a *wrapped) Credentials(ctx context.Context) ([]channel.Credential, error) {
	lister, ok := a.Adapter.(channel.CredentialLister)
	if !ok {
		return nil, nil
	}
	return lister.Credentials(ctx)
}

func (a *wrapped) cannot(what string) error {
	return fault.New("channel", fault.Invalid, "the %s adapter %s", a.Name(), what)
}
