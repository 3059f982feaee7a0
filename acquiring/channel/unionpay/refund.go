package unionpay

import (
	"context"
	"strings"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/fault"
)

// Refund asks for a refund (退货, 04/00) or a cancellation (撤销, 31/00). The wallet
// accepts it and tells the result later: an accepted one is Pending. A refund number that the wallet has
// had before is answered by a query.
func (a *Adapter) Refund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	const op = "unionpay.Refund"
	merID := a.merID(req.MerchantID)
	if err := a.checkRefund(op, merID, req); err != nil {
		return channel.RefundResult{}, err
	}
	txnType := noticeRefund
	if req.Cancel {
		txnType = noticeCancel
	}
	p := a.request(txnType, "00", merID, req.RefundNo, req.RefundCreatedAt)
	p["currencyCode"], p["txnAmt"], p["backUrl"] = currencyRMB, fen(req.Amount), req.NotifyURL
	if req.ChannelNo != "" {
		p["origQryId"] = req.ChannelNo
	} else {
		p["origOrderId"], p["origTxnTime"] = req.OrderNo, acp.Stamp(req.CreatedAt)
	}
	answer, res, err := a.exchange(ctx, op, a.ep.back, p)
	if err != nil {
		return channel.RefundResult{}, err
	}
	if res.Code == codeDuplicate || res.Code == codeRefunded {
		return a.refundedBefore(ctx, req, res)
	}
	out := channel.RefundResult{Result: res}
	if res.Outcome == channel.Succeeded {
		out.Outcome, out.Amount, out.ChannelNo = channel.Pending, req.Amount, answer["queryId"]
	}
	return out, nil
}

// refundedBefore tells whether a refusal meant this very refund, asked for
// before. The refund itself was sent, so no error may say that it was not.
func (a *Adapter) refundedBefore(ctx context.Context, req channel.RefundRequest, refusal channel.Result) (channel.RefundResult, error) {
	out := channel.RefundResult{Result: refusal}
	answer, res, err := a.ask(ctx, "unionpay.Refund", a.merID(req.MerchantID), req.RefundNo, req.RefundCreatedAt)
	switch {
	case err == nil && answer == nil && notFound(res) && refusal.Code == codeRefunded:
		return out, nil // something else has used the money up
	case err != nil || answer == nil:
		out.Outcome = channel.Unknown
		return out, nil
	}
	if was, ok := acp.ParseFen(answer["txnAmt"]); ok && was != req.Amount {
		out.Outcome, out.Message = channel.Refused, "the refund number stands for "+fen(was)+" fen"
		return out, nil
	}
	return refundResult(req, answer, res), nil
}

func (a *Adapter) checkRefund(op, merID string, req channel.RefundRequest) error {
	if err := acp.CheckOrder(op, "refund_no", req.RefundNo, merID, req.RefundCreatedAt); err != nil {
		return err
	}
	if err := acp.CheckAmount(op, "amount_fen", req.Amount); err != nil {
		return err
	}
	if req.Cancel && req.Amount != req.Total {
		return fault.Field(op, "amount_fen", fen(req.Amount), "a cancellation takes back the whole of %d fen", int64(req.Total))
	}
	if req.Total != 0 && req.Amount > req.Total {
		return fault.Field(op, "amount_fen", fen(req.Amount), "is more than the order's total of %d fen", int64(req.Total))
	}
	if req.ChannelNo == "" {
		if err := acp.CheckOrder(op, "order_no", req.OrderNo, merID, req.CreatedAt); err != nil {
			return err
		}
	} else if len(req.ChannelNo) > 21 || strings.Trim(req.ChannelNo, "0123456789") != "" {
		return fault.Field(op, "channel_no", req.ChannelNo, "want the payment's queryId, at most 21 digits")
	}
	return acp.CheckURL(op, "notify_url", req.NotifyURL)
}

// QueryRefund asks what became of a refund, which the wallet knows as an order
// of its own.
func (a *Adapter) QueryRefund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	const op = "unionpay.QueryRefund"
	answer, res, err := a.ask(ctx, op, a.merID(req.MerchantID), req.RefundNo, req.RefundCreatedAt)
	if err != nil {
		return channel.RefundResult{}, err
	}
	out := channel.RefundResult{Result: res}
	if answer == nil {
		out.NotFound = notFound(res)
		return out, nil
	}
	return refundResult(req, answer, res), nil
}

// refundResult translates the answer about a refund, which must be about its
// amount.
func refundResult(req channel.RefundRequest, answer acp.Params, res channel.Result) channel.RefundResult {
	out := channel.RefundResult{Result: res}
	if amount, ok := acp.ParseFen(answer["txnAmt"]); (ok || res.Outcome == channel.Succeeded) && amount != req.Amount {
		out.Result = channel.Result{Outcome: channel.Unknown, Code: codeUnverified,
			Message: "answer speaks of " + answer["txnAmt"] + " fen, the refund is of " + fen(req.Amount)}
		return out
	}
	out.Amount, out.ChannelNo = req.Amount, answer["queryId"]
	if res.Outcome == channel.Succeeded {
		out.RefundedAt = acp.Nearest(answer["traceTime"], req.RefundCreatedAt)
		out.SettleDate = acp.NearestDate(answer["settleDate"], req.RefundCreatedAt)
	}
	return out
}
