package aggregate

import (
	"context"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// AuthURL sends the browser of UnionPay's wallet to its authorisation. WeChat and
// Alipay are asked by their own channels: kind Invalid.
func (a *Adapter) AuthURL(ctx context.Context, req channel.AuthRequest) (string, error) {
	if err := ownPayer("aggregate.AuthURL", req.Wallet); err != nil {
		return "", err
	}
	return a.acp.AuthURL(ctx, req)
}

// Identify asks UnionPay who came back from there; see AuthURL.
func (a *Adapter) Identify(ctx context.Context, req channel.IdentifyRequest) (channel.Payer, error) {
	if err := ownPayer("aggregate.Identify", req.Wallet); err != nil {
		return channel.Payer{}, err
	}
	return a.acp.Identify(ctx, req)
}

func ownPayer(op string, w channel.Wallet) error {
	if w != channel.UnionPayWallet {
		return fault.Field(op, "wallet", string(w), "says itself who pays: ask its own channel")
	}
	return nil
}

// Statement fetches one merchant's statement of one clearing date.
func (a *Adapter) Statement(ctx context.Context, req channel.StatementRequest) (channel.StatementFile, error) {
	f, err := a.acp.Statement(ctx, req)
	f.Channel = channel.UnionPayAggregate
	return f, err
}

// Enrol hands in a merchant's application.
func (a *Adapter) Enrol(ctx context.Context, req channel.EnrolRequest) (channel.EnrolResult, error) {
	return a.acp.Enrol(ctx, req)
}

// QueryEnrolment asks how an application stands.
func (a *Adapter) QueryEnrolment(ctx context.Context, q channel.EnrolQuery) (channel.EnrolResult, error) {
	return a.acp.QueryEnrolment(ctx, q)
}
