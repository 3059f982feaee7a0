package unionpay

import (
	"context"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/fault"
)

// currencyRMB is the only currency of these products.
const currencyRMB = "156"

// Limits of the names that an acquiring institution sends (GBK bytes, so counted
// generously in characters).
const (
	maxMerName = 20
	maxMerAbbr = 8
)

// Prepay places a JS-pay order. The bridge is a redirect to the wallet's payUrl.
// A repeated request that the wallet only answers with "duplicate" is Refused
// when the number stands for another amount, and otherwise Unknown: the order
// stands, but its payUrl cannot be had again.
func (a *Adapter) Prepay(ctx context.Context, req channel.PrepayRequest) (channel.PrepayResult, error) {
	const op = "unionpay.Prepay"
	merID := a.merID(req.MerchantID)
	if err := a.checkPrepay(op, merID, req); err != nil {
		return channel.PrepayResult{}, err
	}
	p := a.request("01", "01", merID, req.OrderNo, req.CreatedAt)
	p["tradeType"] = "mobileWeb"
	p["currencyCode"], p["txnAmt"] = currencyRMB, fen(req.Amount)
	p["appUserId"], p["termId"] = req.PayerID, req.TerminalNo
	p["backUrl"], p["frontUrl"] = req.NotifyURL, req.ReturnURL
	p["payTimeout"] = acp.Stamp(a.deadline(req))
	if a.cfg.AcqInsCode != "" {
		p["merCatCode"] = a.cfg.MerCatCode
		p["merName"], p["merAbbr"] = acp.Cut(req.StoreName, maxMerName), acp.Cut(req.StoreName, maxMerAbbr)
	}
	answer, res, err := a.exchange(ctx, op, a.ep.app, p)
	if err != nil {
		return channel.PrepayResult{}, err
	}
	out := channel.PrepayResult{Result: res}
	switch {
	case res.Code == codeDuplicate:
		out.Result = a.placedBefore(ctx, req, res)
	case res.Outcome == channel.Succeeded && answer["payUrl"] == "":
		out.Outcome, out.Message = channel.Unknown, "accepted without a payUrl"
	case res.Outcome == channel.Succeeded:
		out.Bridge = channel.Bridge{Kind: "redirect", URL: answer["payUrl"]}
	}
	return out, nil
}

// placedBefore tells what "duplicate" means for this request: a conflict, or the
// order itself, placed by an earlier request whose answer was lost.
func (a *Adapter) placedBefore(ctx context.Context, req channel.PrepayRequest, dup channel.Result) channel.Result {
	answer, _, err := a.ask(ctx, "unionpay.Prepay", a.merID(req.MerchantID), req.OrderNo, req.CreatedAt)
	dup.Outcome = channel.Unknown
	if err != nil || answer == nil {
		return dup
	}
	if was, ok := acp.ParseFen(answer["txnAmt"]); ok && was != req.Amount {
		dup.Outcome, dup.Message = channel.Refused, "the order number stands for "+fen(was)+" fen"
	}
	return dup
}

func (a *Adapter) checkPrepay(op, merID string, req channel.PrepayRequest) error {
	if err := acp.CheckOrder(op, "order_no", req.OrderNo, merID, req.CreatedAt); err != nil {
		return err
	}
	if err := acp.CheckAmount(op, "amount_fen", req.Amount); err != nil {
		return err
	}
	if req.PayerID == "" {
		return fault.Field(op, "payer_id", "", "is missing: identify the payer first")
	}
	if len(req.ReturnURL) > acp.MaxURL {
		return fault.Field(op, "return_url", req.ReturnURL, "want at most %d bytes", acp.MaxURL)
	}
	return acp.CheckURL(op, "notify_url", req.NotifyURL)
}

// deadline is the payTimeout of an order: as asked, but within the order life
// that Close relies on.
func (a *Adapter) deadline(req channel.PrepayRequest) time.Time {
	last := req.CreatedAt.Add(a.life)
	if req.ExpiresAt.IsZero() || req.ExpiresAt.After(last) {
		return last
	}
	return req.ExpiresAt
}

// Query asks what became of an order.
func (a *Adapter) Query(ctx context.Context, req channel.OrderRef) (channel.PaymentResult, error) {
	const op = "unionpay.Query"
	answer, res, err := a.ask(ctx, op, a.merID(req.MerchantID), req.OrderNo, req.CreatedAt)
	if err != nil {
		return channel.PaymentResult{}, err
	}
	out := channel.PaymentResult{Result: res, NotFound: notFound(res)}
	if answer == nil {
		return out, nil
	}
	amount, ok := acp.ParseFen(answer["txnAmt"])
	if res.Outcome == channel.Succeeded && !ok {
		out.Result = channel.Result{Outcome: channel.Unknown, Code: codeUnverified, Message: "paid according to the answer, but without a usable txnAmt"}
		return out, nil
	}
	out.Amount, out.ChannelNo = amount, answer["queryId"]
	if res.Outcome == channel.Succeeded {
		out.Payer, out.Card = answer["accNo"], channel.CardKindOfUnionPay(answer["payCardType"])
		out.PaidAt = acp.Nearest(answer["traceTime"], req.CreatedAt)
		out.SettleDate = acp.NearestDate(answer["settleDate"], req.CreatedAt)
	}
	return out, nil
}

// ask queries an order (payment or refund) and returns the answer, when it
// speaks of the order at all, and the order's own result.
func (a *Adapter) ask(ctx context.Context, op, merID, orderNo string, at time.Time) (acp.Params, channel.Result, error) {
	if err := acp.CheckOrder(op, "order_no", orderNo, merID, at); err != nil {
		return nil, channel.Result{}, err
	}
	answer, res, err := a.exchange(ctx, op, a.ep.query, a.request("00", "00", merID, orderNo, at))
	switch {
	case err != nil || answer == nil:
		return nil, res, err
	case res.Code == codeNotFound: // the query's own answer about the order
		return nil, res, nil
	case res.Outcome != channel.Succeeded:
		// The query was not answered; that says nothing about the order.
		res.Outcome = channel.Unknown
		return nil, res, nil
	}
	code := answer["origRespCode"]
	res = channel.Result{Outcome: final(code), Code: code, Message: answer["origRespMsg"]}
	res.Reason = acp.ReasonOf(res)
	return answer, res, nil
}

// notFound tells whether the result of ask is that the wallet has no such order.
// The same code as origRespCode would come with an answer and mean otherwise.
func notFound(res channel.Result) bool {
	return res.Code == codeNotFound && res.Outcome == channel.Refused
}

// closeGrace is how long after the payTimeout a payment that was begun in time
// may still come through. Not published; a margin of ours.
const closeGrace = time.Minute

// Close answers by a query, because acp cannot close: Refused when the order is
// paid, Succeeded when it failed or its time to pay is over, otherwise Pending.
func (a *Adapter) Close(ctx context.Context, req channel.OrderRef) (channel.Result, error) {
	r, err := a.Query(ctx, req)
	if err != nil {
		return channel.Result{}, err
	}
	dead := req.CreatedAt.Add(a.life + closeGrace)
	over := a.clk.Now().After(dead)
	switch {
	case r.Outcome == channel.Succeeded:
		return channel.Result{Outcome: channel.Refused, Code: r.Code, Message: "the order is paid"}, nil
	case r.Outcome == channel.Unknown:
		return r.Result, nil
	case over, r.Outcome == channel.Refused && !r.NotFound:
		return channel.Result{Outcome: channel.Succeeded, Code: r.Code, Message: r.Message}, nil
	}
	return channel.Result{Outcome: channel.Pending, Code: r.Code,
		Message: "UnionPay cannot close an order: it can be paid until its payTimeout, at the latest " + acp.Stamp(dead)}, nil
}
