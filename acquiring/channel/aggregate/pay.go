package aggregate

import (
	"context"
	"encoding/json"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/fault"
)

const currencyRMB = "156"

// maxInfo is the longest description of an order, in characters.
const maxInfo = 32

// Prepay places an order by unifiedorder. A number that stands already is Refused
// when it stands for another amount, and otherwise Unknown: the order is there, but
// what opens it cannot be had again.
func (a *Adapter) Prepay(ctx context.Context, req channel.PrepayRequest) (channel.PrepayResult, error) {
	const op = "aggregate.Prepay"
	p, err := a.order(op, req)
	if err != nil {
		return channel.PrepayResult{}, err
	}
	answer, res, err := a.exchange(ctx, op, "unifiedorder", p)
	if err != nil {
		return channel.PrepayResult{}, err
	}
	out := channel.PrepayResult{Result: res}
	switch {
	case res.Code == codeDuplicate:
		out.Result = a.placedBefore(ctx, req, res)
	case res.Outcome == channel.Succeeded:
		if out.Bridge, err = bridge(req.Wallet, answer["payData"]); err != nil {
			out.Outcome, out.Message = channel.Unknown, "accepted, but "+err.Error()
		}
	}
	return out, nil
}

func (a *Adapter) order(op string, req channel.PrepayRequest) (acp.Params, error) {
	p, err := reference(op, req.OrderRef)
	if err != nil {
		return nil, err
	}
	if err := acp.CheckAmount(op, "amount_fen", req.Amount); err != nil {
		return nil, err
	}
	if err := acp.CheckURL(op, "notify_url", req.NotifyURL); err != nil {
		return nil, err
	}
	if req.PayerID == "" {
		return nil, fault.Field(op, "payer_id", "", "is missing: identify the payer first")
	}
	if req.Wallet == channel.WeChatWallet && a.cfg.SubAppID == "" {
		return nil, fault.Field(op, "sub_app_id", "", "is not configured: WeChat orders name the app that the payer's openid belongs to")
	}
	term, err := json.Marshal(map[string]string{"ip": req.ClientIP})
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	p["orderType"], p["txnAmt"], p["currencyCode"] = jsTypes[req.Wallet], fen(req.Amount), currencyRMB
	p["orderInfo"], p["userId"], p["customerIp"] = acp.Cut(req.Description, maxInfo), req.PayerID, req.ClientIP
	p["backUrl"], p["frontUrl"], p["termInfo"], p["termId"] = req.NotifyURL, req.ReturnURL, string(term), req.TerminalNo
	if req.Wallet == channel.WeChatWallet {
		p["subAppId"] = a.cfg.SubAppID
	}
	return p, nil
}

// placedBefore tells what "duplicate" means for this request.
func (a *Adapter) placedBefore(ctx context.Context, req channel.PrepayRequest, dup channel.Result) channel.Result {
	dup.Outcome = channel.Unknown
	if was, err := a.Query(ctx, req.OrderRef); err == nil && was.Amount != 0 && was.Amount != req.Amount {
		dup.Outcome, dup.Message = channel.Refused, "the order number stands for "+fen(was.Amount)+" fen"
	}
	return dup
}

// Query asks what became of an order.
func (a *Adapter) Query(ctx context.Context, req channel.OrderRef) (channel.PaymentResult, error) {
	const op = "aggregate.Query"
	answer, res, err := a.ask(ctx, op, "queryOrder", req, nil)
	if err != nil {
		return channel.PaymentResult{}, err
	}
	out := channel.PaymentResult{Result: res, NotFound: res.Outcome == channel.Refused}
	if answer == nil {
		return out, nil
	}
	code := answer["origRespCode"]
	out.Result, out.NotFound = channel.Result{Outcome: paid(code), Code: code, Message: answer["origRespMsg"]}, false
	amount, ok := acp.ParseFen(answer["txnAmt"])
	if out.Outcome == channel.Succeeded && (!ok || number(answer) == "") {
		out.Result = channel.Result{Outcome: channel.Unknown, Code: codeUnverified, Message: "paid according to the answer, but without a usable amount and number"}
		return out, nil
	}
	out.Amount, out.ChannelNo = amount, number(answer)
	if out.Outcome == channel.Succeeded {
		out.Payer = payer(answer)
		out.PaidAt, out.SettleDate = times(answer, req.CreatedAt)
	}
	return out, nil
}

// ask sends a question. The answer is nil where none came that speaks of the order;
// the result is then Refused when the channel has never seen it, and else Unknown: a
// question that was refused says nothing about the order.
func (a *Adapter) ask(ctx context.Context, op, call string, ref channel.OrderRef, more acp.Params) (acp.Params, channel.Result, error) {
	p, err := reference(op, ref)
	if err != nil {
		return nil, channel.Result{}, err
	}
	for name, value := range more {
		p[name] = value
	}
	answer, res, err := a.exchange(ctx, op, call, p)
	switch {
	case err != nil || answer == nil:
		return nil, res, err
	case res.Code == codeNotFound:
		return nil, res, nil
	case res.Outcome != channel.Succeeded:
		res.Outcome = channel.Unknown
		return nil, res, nil
	}
	return answer, res, nil
}

// Close makes an unpaid order unpayable.
func (a *Adapter) Close(ctx context.Context, req channel.OrderRef) (channel.Result, error) {
	const op = "aggregate.Close"
	p, err := reference(op, req)
	if err != nil {
		return channel.Result{}, err
	}
	_, res, err := a.exchange(ctx, op, "closeOrder", p)
	return res, err
}
