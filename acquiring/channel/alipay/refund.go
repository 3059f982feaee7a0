package alipay

import (
	"context"

	"github.com/smartwalle/alipay/v3"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay/internal/wire"
	"juma/internal/fault"
	"juma/internal/money"
)

// maxReason is the longest refund reason that is sent, in characters.
const maxReason = 256

func checkRefund(op string, req channel.RefundRequest) error {
	if err := checkOrder(op, req.OrderRef); err != nil {
		return err
	}
	switch {
	case !orderNoShape.MatchString(req.RefundNo):
		return fault.Field(op, "refund_no", req.RefundNo, "want 1 to 64 letters, digits or underscores")
	case req.Amount <= 0 || req.Amount > maxAmount:
		return fault.Field(op, "amount_fen", req.Amount.Yuan(), "want 0.01 to %s yuan", maxAmount.Yuan())
	case req.Total != 0 && req.Amount > req.Total:
		return fault.Field(op, "amount_fen", req.Amount.Yuan(), "more than the payment's %s yuan", req.Total.Yuan())
	}
	return nil
}

// Refund gives money back; out_request_no is the refund's number and makes a
// repeat harmless. Alipay's "no money moved by this call" (fund_change N) is a
// repeat or not done yet, so the refund itself is asked about.
func (a *Adapter) Refund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	const op = "alipay.Refund"
	if err := checkRefund(op, req); err != nil {
		return channel.RefundResult{}, err
	}
	reason := []rune(req.Reason)
	done, status, err := a.wire.Refund(ctx, alipay.TradeRefund{
		OutTradeNo:   req.OrderNo,
		RefundAmount: req.Amount.Yuan(),
		OutRequestNo: req.RefundNo,
		RefundReason: string(reason[:min(len(reason), maxReason)]),
	})
	result, err := settle(op, status, err)
	if err != nil {
		return channel.RefundResult{}, err
	}
	if result.Outcome != channel.Succeeded {
		return channel.RefundResult{Result: result, NotFound: isNotFound(result)}, nil
	}
	if bad, ok := contradicts(req, done); ok {
		return channel.RefundResult{Result: bad}, nil
	}
	if done.FundChange != "Y" {
		return a.refundMeanwhile(ctx, req)
	}
	refundedAt, err := parseTime(done.GmtRefundPay)
	if err != nil {
		return channel.RefundResult{Result: mismatch("gmt_refund_pay", done.GmtRefundPay, wire.TimeLayout)}, nil
	}
	return channel.RefundResult{Result: result, Amount: req.Amount, ChannelNo: done.TradeNo, RefundedAt: refundedAt}, nil
}

// contradicts compares a refund's answer with its request. refund_fee is the
// sum given back of the trade so far, so it can only be bounded.
func contradicts(req channel.RefundRequest, done wire.Refunded) (channel.Result, bool) {
	if done.OutTradeNo != req.OrderNo {
		return mismatch("out_trade_no", done.OutTradeNo, req.OrderNo), true
	}
	sum, err := money.ParseYuan(done.RefundFee)
	if err != nil || sum < req.Amount || (req.Total > 0 && sum > req.Total) {
		return mismatch("refund_fee", done.RefundFee, "at least "+req.Amount.Yuan()), true
	}
	return channel.Result{}, false
}

// refundMeanwhile asks about a refund that Alipay accepted without moving money
// in that very call. "Not found" would contradict the acceptance: Unknown.
func (a *Adapter) refundMeanwhile(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	state, err := a.QueryRefund(ctx, req)
	switch {
	case err != nil:
		return channel.RefundResult{Result: channel.Result{Outcome: channel.Unknown, Message: err.Error()}}, nil
	case state.Outcome == channel.Refused:
		state.Outcome, state.NotFound = channel.Unknown, false
	}
	return state, nil
}

// QueryRefund asks what became of a refund. Alipay leaves refund_status out for
// a request that it never received, that failed, or that is not done: told
// nothing of the refund at all, the result is Refused and NotFound, and the same
// refund may be sent again; told its amount, Pending.
func (a *Adapter) QueryRefund(ctx context.Context, req channel.RefundRequest) (channel.RefundResult, error) {
	const op = "alipay.QueryRefund"
	if err := checkRefund(op, req); err != nil {
		return channel.RefundResult{}, err
	}
	state, status, err := a.wire.QueryRefund(ctx, req.OrderNo, req.RefundNo)
	result, err := settle(op, status, err)
	if err != nil {
		return channel.RefundResult{}, err
	}
	if result.Outcome != channel.Succeeded {
		return channel.RefundResult{Result: result, NotFound: isNotFound(result)}, nil
	}
	return readRefund(req, state), nil
}

// readRefund judges a refund that Alipay told of.
func readRefund(req channel.RefundRequest, state wire.RefundState) channel.RefundResult {
	unsure := func(r channel.Result) channel.RefundResult { return channel.RefundResult{Result: r} }
	if state.RefundStatus == "" && state.RefundAmount == "" {
		return channel.RefundResult{NotFound: true, Result: channel.Result{
			Outcome: channel.Refused, Code: codeDone, Message: "Alipay knows of no such refund",
		}}
	}
	if state.OutTradeNo != req.OrderNo {
		return unsure(mismatch("out_trade_no", state.OutTradeNo, req.OrderNo))
	}
	if state.OutRequestNo != req.RefundNo {
		return unsure(mismatch("out_request_no", state.OutRequestNo, req.RefundNo))
	}
	amount, err := money.ParseYuan(state.RefundAmount)
	if err != nil || amount != req.Amount {
		return unsure(mismatch("refund_amount", state.RefundAmount, req.Amount.Yuan()))
	}
	if state.TotalAmount != "" && req.Total > 0 {
		if total, err := money.ParseYuan(state.TotalAmount); err != nil || total != req.Total {
			return unsure(mismatch("total_amount", state.TotalAmount, req.Total.Yuan()))
		}
	}
	refundedAt, err := parseTime(state.GmtRefundPay)
	if err != nil {
		return unsure(mismatch("gmt_refund_pay", state.GmtRefundPay, wire.TimeLayout))
	}
	result := channel.Result{Outcome: channel.Pending, Code: state.RefundStatus}
	if state.RefundStatus == "REFUND_SUCCESS" {
		result.Outcome = channel.Succeeded
	}
	return channel.RefundResult{Result: result, Amount: amount, ChannelNo: state.TradeNo, RefundedAt: refundedAt}
}
