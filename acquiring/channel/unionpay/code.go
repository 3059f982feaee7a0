package unionpay

import (
	"context"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/fault"
)

var _ channel.CodePayer = (*Adapter)(nil)

// PayByCode asks for a purchase by the code that the consumer shows (被扫消费,
// 01/06). A synchronous 00 says that the request was taken, not that it was paid,
// so it is Pending until a query or a notification says more; so is a number that
// the gateway has had before.
func (a *Adapter) PayByCode(ctx context.Context, req channel.CodeRequest) (channel.PaymentResult, error) {
	const op = "unionpay.PayByCode"
	merID := a.merID(req.MerchantID)
	if err := a.checkCode(op, merID, req); err != nil {
		return channel.PaymentResult{}, err
	}
	p := a.request("01", "06", merID, req.OrderNo, req.CreatedAt)
	p["currencyCode"], p["txnAmt"] = currencyRMB, fen(req.Amount)
	p["qrNo"], p["termId"], p["backUrl"] = string(req.Code), req.TerminalNo, req.NotifyURL
	if a.cfg.AcqInsCode != "" {
		p["merCatCode"] = a.cfg.MerCatCode
		p["merName"], p["merAbbr"] = acp.Cut(req.StoreName, maxMerName), acp.Cut(req.StoreName, maxMerAbbr)
	}
	_, res, err := a.exchange(ctx, op, a.ep.back, p)
	if err != nil {
		return channel.PaymentResult{}, err
	}
	switch {
	case res.Outcome == channel.Succeeded:
		res.Outcome = channel.Pending
	case res.Code == codeDuplicate:
		res.Outcome, res.Reason = channel.Unknown, ""
	}
	return channel.PaymentResult{Result: res}, nil
}

func (a *Adapter) checkCode(op, merID string, req channel.CodeRequest) error {
	if err := acp.CheckOrder(op, "order_no", req.OrderNo, merID, req.CreatedAt); err != nil {
		return err
	}
	if err := acp.CheckAmount(op, "amount_fen", req.Amount); err != nil {
		return err
	}
	if wallet, _ := req.Code.WalletOf(); wallet != channel.UnionPayWallet {
		return fault.Field(op, "code", req.Code.String(), "want the 19 digits of a UnionPay payment code")
	}
	return acp.CheckURL(op, "notify_url", req.NotifyURL)
}

// Reverse sends a reversal (冲正, 99/01), which carries the original's number and
// time and is for results that are not known, within the clearing day. An order
// that the gateway does not know is NotFound.
func (a *Adapter) Reverse(ctx context.Context, ref channel.OrderRef) (channel.ReverseResult, error) {
	const op = "unionpay.Reverse"
	merID := a.merID(ref.MerchantID)
	if err := acp.CheckOrder(op, "order_no", ref.OrderNo, merID, ref.CreatedAt); err != nil {
		return channel.ReverseResult{}, err
	}
	_, res, err := a.exchange(ctx, op, a.ep.back, a.request("99", "01", merID, ref.OrderNo, ref.CreatedAt))
	if err != nil {
		return channel.ReverseResult{}, err
	}
	switch res.Code {
	case codeRefunded: // reversed by an earlier call whose answer was lost
		res.Outcome, res.Reason = channel.Succeeded, ""
	case codeOrigState, codeNotFound:
		return a.notReversed(ctx, ref, res)
	}
	return channel.ReverseResult{Result: res}, nil
}

// notReversed asks what the order is that could not be reversed, because one code
// stands for "no such order" and for "too late".
func (a *Adapter) notReversed(ctx context.Context, ref channel.OrderRef, refused channel.Result) (channel.ReverseResult, error) {
	now, err := a.Query(ctx, ref)
	switch {
	case err != nil:
		refused.Outcome = channel.Unknown
	case now.NotFound:
		return channel.ReverseResult{Result: refused, NotFound: true}, nil
	case now.Outcome == channel.Refused:
		refused.Outcome = channel.Succeeded // there is nothing to take back
	case now.Outcome != channel.Succeeded:
		refused.Outcome = channel.Unknown
	}
	return channel.ReverseResult{Result: refused}, nil
}
