package wechat

import (
	"context"
	"fmt"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/wechat/internal/wire"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// Refund gives money back from the sub-merchant's balance. Accepted and not
// yet arrived is Pending.
func (a *Adapter) Refund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	const op = "wechat.Refund"
	sub, err := a.referRefund(op, req)
	if err != nil {
		return channel.RefundResult{}, err
	}
	if req.Amount <= 0 || req.Amount > req.Total {
		return channel.RefundResult{}, fault.Field(op, "amount_fen", fmt.Sprint(int64(req.Amount)), "want more than 0 and at most the order's %d", int64(req.Total))
	}
	ans, callErr := a.wire.PlaceRefund(ctx, wire.RefundOrder{
		SubMchID: sub, OutTradeNo: req.OrderNo, OutRefundNo: req.RefundNo,
		Reason: clip(req.Reason, maxReason), NotifyURL: req.NotifyURL,
		Amount: wire.RefundAmount{Refund: int64(req.Amount), Total: int64(req.Total), Currency: currency},
	})
	res, ok, err := judge(op, ans, callErr)
	if !ok || err != nil {
		return channel.RefundResult{Result: res}, err
	}
	return readRefund(ans, req), nil
}

// QueryRefund asks what became of a refund.
func (a *Adapter) QueryRefund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	const op = "wechat.QueryRefund"
	sub, err := a.referRefund(op, req)
	if err != nil {
		return channel.RefundResult{}, err
	}
	ans, callErr := a.wire.QueryRefund(ctx, sub, req.RefundNo)
	res, absent, ok, err := judgeQuery(op, ans, callErr)
	if !ok || err != nil {
		return channel.RefundResult{Result: res, NotFound: absent}, err
	}
	return readRefund(ans, req), nil
}

func (a *Adapter) referRefund(op string, req channel.RefundRequest) (string, error) {
	if !refundNo.MatchString(req.RefundNo) {
		return "", fault.Field(op, "refund_no", req.RefundNo, "want 1 to 64 letters, digits or _-|*@")
	}
	return a.refer(op, req.OrderRef)
}

// readRefund reads a refund and proves that it is the one of req. The answer
// names no merchant; the refund number is the merchant's own.
func readRefund(ans wire.Answer, req channel.RefundRequest) channel.RefundResult {
	var r wire.Refund
	if err := ans.Decode(&r); err != nil {
		return channel.RefundResult{Result: unknown("", err.Error())}
	}
	bad := func(format string, args ...any) channel.RefundResult {
		return channel.RefundResult{Result: unknown(r.Status, fmt.Sprintf(format, args...))}
	}
	switch {
	case r.OutRefundNo != req.RefundNo:
		return bad("the answer is about out_refund_no %q, asked was %q", r.OutRefundNo, req.RefundNo)
	case r.OutTradeNo != req.OrderNo:
		return bad("the answer is about out_trade_no %q, asked was %q", r.OutTradeNo, req.OrderNo)
	case req.Amount != 0 && r.Amount.Refund != int64(req.Amount):
		return bad("the answer speaks of %d fen, asked was %d", r.Amount.Refund, int64(req.Amount))
	case req.Total != 0 && r.Amount.Total != int64(req.Total):
		return bad("the answer speaks of an order of %d fen, asked was %d", r.Amount.Total, int64(req.Total))
	}
	out := channel.RefundResult{
		Result: channel.Result{Outcome: refundOutcome(r.Status), Code: r.Status},
		Amount: money.Fen(r.Amount.Refund), ChannelNo: r.RefundID,
	}
	if r.CreateTime != "" {
		at, err := time.Parse(time.RFC3339, r.CreateTime)
		if err != nil {
			return bad("create_time %q: want RFC 3339", r.CreateTime)
		}
		// The bill shows a refund on the day of its acceptance, however long the
		// money takes.
		out.SettleDate = bizdate.Of(at)
	}
	if r.SuccessTime != "" {
		at, err := time.Parse(time.RFC3339, r.SuccessTime)
		if err != nil {
			return bad("success_time %q: want RFC 3339", r.SuccessTime)
		}
		out.RefundedAt = at
	}
	return out
}

// refundOutcome translates WeChat's refund states.
func refundOutcome(status string) channel.Outcome {
	switch status {
	case "SUCCESS":
		return channel.Succeeded
	case "PROCESSING", "ABNORMAL": // ABNORMAL: the card would not take it; WeChat still has the money
		return channel.Pending
	case "CLOSED":
		return channel.Refused
	}
	return channel.Unknown
}
