package bus

import (
	"context"
	"errors"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// codeNoAnswer is the Code of a Result that this package made up because no
// answer came.
const codeNoAnswer = "NO_ANSWER"

// Remote is the adapter of a wallet, wherever it runs; it is a channel.Enroller, a
// channel.CodePayer and a channel.CredentialLister, too. It keeps the contract's promise about time-outs:
// every method with a Result gives Outcome Unknown and no error when the answer
// did not arrive; every method gives a fault of kind Unavailable when it is
// certain that nobody got the request.
func (b *Bus) Remote(name channel.Name) channel.Adapter { return &remote{bus: b, name: name} }

var (
	_ channel.Enroller  = (*remote)(nil)
	_ channel.CodePayer = (*remote)(nil)

	_ channel.CredentialLister = (*remote)(nil)
)

type remote struct {
	bus  *Bus
	name channel.Name
}

// Name is the channel.
func (r *remote) Name() channel.Name { return r.name }

// AuthURL moves nothing at the wallet: a lost answer is Unavailable, ask again.
func (r *remote) AuthURL(ctx context.Context, req channel.AuthRequest) (string, error) {
	return ask[string](ctx, r, methodAuthURL, req, harmless)
}

// Identify uses up the wallet's code, so a lost answer is kind Unknown: asking
// again with the same code may be refused.
func (r *remote) Identify(ctx context.Context, req channel.IdentifyRequest) (channel.Payer, error) {
	return ask[channel.Payer](ctx, r, methodIdentify, req, plainly)
}

// Prepay places the order.
func (r *remote) Prepay(ctx context.Context, req channel.PrepayRequest) (channel.PrepayResult, error) {
	var res channel.PrepayResult
	err := orUnknown(r.call(ctx, methodPrepay, req, &res), &res, &res.Result)
	return res, err
}

// Query asks what became of an order.
func (r *remote) Query(ctx context.Context, req channel.OrderRef) (channel.PaymentResult, error) {
	var res channel.PaymentResult
	err := orUnknown(r.call(ctx, methodQuery, req, &res), &res, &res.Result)
	return res, err
}

// Close makes an unpaid order unpayable.
func (r *remote) Close(ctx context.Context, req channel.OrderRef) (channel.Result, error) {
	var res channel.Result
	err := orUnknown(r.call(ctx, methodClose, req, &res), &res, &res)
	return res, err
}

// Refund gives money back.
func (r *remote) Refund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	var res channel.RefundResult
	err := orUnknown(r.call(ctx, methodRefund, req, &res), &res, &res.Result)
	return res, err
}

// QueryRefund asks what became of a refund.
func (r *remote) QueryRefund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	var res channel.RefundResult
	err := orUnknown(r.call(ctx, methodQueryRefund, req, &res), &res, &res.Result)
	return res, err
}

// PayByCode takes a payment by the consumer's code. It travels by plain request
// and reply, which no stream keeps: the code is as good as money.
func (r *remote) PayByCode(ctx context.Context, req channel.CodeRequest) (channel.PaymentResult, error) {
	var res channel.PaymentResult
	err := orUnknown(r.call(ctx, methodPayByCode, req, &res), &res, &res.Result)
	return res, err
}

// Reverse undoes an order that was paid by code.
func (r *remote) Reverse(ctx context.Context, req channel.OrderRef) (channel.ReverseResult, error) {
	var res channel.ReverseResult
	err := orUnknown(r.call(ctx, methodReverse, req, &res), &res, &res.Result)
	return res, err
}

// Enrol hands in a merchant's application. It travels by plain request and reply,
// which no stream keeps: an application holds personal data.
func (r *remote) Enrol(ctx context.Context, req channel.EnrolRequest) (channel.EnrolResult, error) {
	var res channel.EnrolResult
	err := orUnknown(r.call(ctx, methodEnrol, req, &res), &res, &res.Result)
	return res, err
}

// QueryEnrolment asks what became of an application.
func (r *remote) QueryEnrolment(ctx context.Context, req channel.EnrolQuery) (channel.EnrolResult, error) {
	var res channel.EnrolResult
	err := orUnknown(r.call(ctx, methodQueryEnrolment, req, &res), &res, &res.Result)
	return res, err
}

// Credentials moves nothing: a lost answer is Unavailable, ask again. Where several
// processes serve the channel, one of them answers.
func (r *remote) Credentials(ctx context.Context) ([]channel.Credential, error) {
	return ask[[]channel.Credential](ctx, r, methodCredentials, struct{}{}, harmless)
}

// ReadNotice moves nothing: a lost answer is Unavailable, and the wallet will
// send its notice again.
func (r *remote) ReadNotice(ctx context.Context, raw channel.RawNotice) (channel.NoticeVerdict, error) {
	return ask[channel.NoticeVerdict](ctx, r, methodReadNotice, raw, harmless)
}

// ask makes a call whose lost answer is an error, as said puts it. With an error
// comes nothing else, not even half an answer.
func ask[Res any](ctx context.Context, r *remote, m method, req any, said func(error) error) (Res, error) {
	var res, blank Res
	if err := r.call(ctx, m, req, &res); err != nil {
		return blank, said(err)
	}
	return res, nil
}

// plainly says what happened: a lost answer is of kind Unknown.
func plainly(err error) error { return err }

// orUnknown turns a lost answer into Outcome Unknown. res is emptied first, so
// that nothing of half an answer is believed.
func orUnknown[Res any](err error, res *Res, part *channel.Result) error {
	var lost *lostAnswer
	switch {
	case errors.As(err, &lost):
		err = nil
	case err == nil && part.Outcome == "":
		lost = lostf("the adapter's answer names no outcome")
	case err == nil:
		return nil
	}
	var blank Res
	*res = blank
	if lost != nil {
		*part = channel.Result{Outcome: channel.Unknown, Code: codeNoAnswer, Message: lost.fault.Msg}
	}
	return err
}

// harmless makes a lost answer of a method without effects Unavailable.
func harmless(err error) error {
	var lost *lostAnswer
	if errors.As(err, &lost) {
		return fault.New(lost.fault.Op, fault.Unavailable, "%s; ask again", lost.fault.Msg)
	}
	return err
}
