package aggregate

import (
	"context"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/fault"
)

// Refund asks for a refund; 00 is done. A number that the channel has had before is
// answered by a query.
func (a *Adapter) Refund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	const op = "aggregate.Refund"
	if err := checkRefund(op, req); err != nil {
		return channel.RefundResult{}, err
	}
	p, err := refundReference(op, req)
	if err != nil {
		return channel.RefundResult{}, err
	}
	p["txnAmt"], p["origTxnAmt"], p["backUrl"] = fen(req.Amount), fen(req.Total), req.NotifyURL
	answer, res, err := a.exchange(ctx, op, "refund", p)
	switch {
	case err != nil:
		return channel.RefundResult{}, err
	case res.Code == codeDuplicate, res.Code == codeGivenBack:
		return a.refundedBefore(ctx, req, res)
	case res.Outcome != channel.Succeeded:
		return channel.RefundResult{Result: res}, nil
	}
	return refundResult(req, answer, res), nil
}

// refundedBefore tells whether a refusal meant this very refund. It was sent, so no
// error may say that it was not.
func (a *Adapter) refundedBefore(ctx context.Context, req channel.RefundRequest, refusal channel.Result) (channel.RefundResult, error) {
	known, err := a.QueryRefund(ctx, req)
	switch {
	case err == nil && known.NotFound && refusal.Code == codeGivenBack:
		return channel.RefundResult{Result: refusal}, nil // something else has used the money up
	case err != nil || known.NotFound:
		refusal.Outcome = channel.Unknown
		return channel.RefundResult{Result: refusal}, nil
	case known.Code == codeUnverified && known.Amount != 0 && known.Amount != req.Amount:
		known.Outcome, known.Message = channel.Refused, "the refund number stands for "+fen(known.Amount)+" fen"
	}
	return known, nil
}

func checkRefund(op string, req channel.RefundRequest) error {
	if err := acp.CheckAmount(op, "amount_fen", req.Amount); err != nil {
		return err
	}
	if req.Total != 0 && req.Amount > req.Total {
		return fault.Field(op, "amount_fen", fen(req.Amount), "is more than the order's total of %d fen", int64(req.Total))
	}
	return acp.CheckURL(op, "notify_url", req.NotifyURL)
}

// refundReference names a refund and its payment in a message.
func refundReference(op string, req channel.RefundRequest) (acp.Params, error) {
	p, err := reference(op, req.OrderRef)
	if err != nil {
		return nil, err
	}
	if err := acp.CheckOrder(op, "refund_no", req.RefundNo, req.MerchantID, req.RefundCreatedAt); err != nil {
		return nil, err
	}
	p["origOrderNo"], p["origOrderTime"] = p["orderNo"], p["orderTime"]
	p["orderNo"], p["orderTime"] = req.RefundNo, acp.Stamp(req.RefundCreatedAt)
	return p, nil
}

// QueryRefund asks what became of a refund.
func (a *Adapter) QueryRefund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	const op = "aggregate.QueryRefund"
	p, err := refundReference(op, req)
	if err != nil {
		return channel.RefundResult{}, err
	}
	answer, res, err := a.ask(ctx, op, "refundQuery", req.OrderRef, p)
	if err != nil {
		return channel.RefundResult{}, err
	}
	if answer == nil {
		return channel.RefundResult{Result: res, NotFound: res.Outcome == channel.Refused}, nil
	}
	code := answer["origRespCode"]
	return refundResult(req, answer, channel.Result{Outcome: refunded(code), Code: code, Message: answer["origRespMsg"]}), nil
}

// refundResult translates the answer about a refund, which must be about its amount.
func refundResult(req channel.RefundRequest, answer acp.Params, res channel.Result) channel.RefundResult {
	out := channel.RefundResult{Result: res}
	if amount, ok := acp.ParseFen(answer["txnAmt"]); (ok || res.Outcome == channel.Succeeded) && amount != req.Amount {
		out.Amount = amount
		out.Result = channel.Result{Outcome: channel.Unknown, Code: codeUnverified,
			Message: "answer speaks of " + answer["txnAmt"] + " fen, the refund is of " + fen(req.Amount)}
		return out
	}
	out.Amount, out.ChannelNo = req.Amount, number(answer)
	if res.Outcome == channel.Succeeded {
		out.RefundedAt, out.SettleDate = times(answer, req.RefundCreatedAt)
	}
	return out
}
