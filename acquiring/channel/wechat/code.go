package wechat

import (
	"context"
	"fmt"
	"slices"

	"juma/acquiring/channel"
	"juma/acquiring/channel/wechat/internal/wire"
	"juma/internal/fault"
)

var _ channel.CodePayer = (*Adapter)(nil)

// PayByCode takes a payment by the code that the consumer shows. An order that
// WeChat calls paid is Unknown, not Refused: query it.
func (a *Adapter) PayByCode(ctx context.Context, req channel.CodeRequest) (channel.PaymentResult, error) {
	const op = "wechat.PayByCode"
	order, err := a.codeOrder(op, req)
	if err != nil {
		return channel.PaymentResult{}, err
	}
	ans, callErr := a.wire.PayByCode(ctx, order)
	res, ok, err := judge(op, ans, callErr)
	if err != nil {
		return channel.PaymentResult{}, err
	}
	switch {
	case ans.Code == userPaying: // 202 with an error body; 4xx in older texts
		return channel.PaymentResult{Result: channel.Result{Outcome: channel.Pending, Code: ans.Code, Message: ans.Message}}, nil
	case slices.Contains(paidCodes, res.Code), res.Code == "OUT_TRADE_NO_USED":
		return channel.PaymentResult{Result: unknown(res.Code, res.Message)}, nil // Refused would call a paid order unpaid
	case !ok:
		return channel.PaymentResult{Result: res}, nil
	}
	var t wire.Transaction
	if err := ans.Decode(&t); err != nil {
		return channel.PaymentResult{Result: unknown("", err.Error())}, nil
	}
	if err := a.about(t.OutTradeNo, req.OrderNo, t.SPMchID, t.SubMchID, order.SubMchID); err != nil {
		return channel.PaymentResult{Result: unknown(t.TradeState, err.Error())}, nil
	}
	return payment(t), nil
}

func (a *Adapter) codeOrder(op string, req channel.CodeRequest) (wire.CodeOrder, error) {
	sub, err := a.refer(op, req.OrderRef)
	if err != nil {
		return wire.CodeOrder{}, err
	}
	wallet, _ := req.Code.WalletOf()
	switch {
	case wallet != channel.WeChatWallet:
		return wire.CodeOrder{}, fault.Field(op, "code", req.Code.String(), "want the 18 digits of a WeChat payment code")
	case req.Amount <= 0:
		return wire.CodeOrder{}, fault.Field(op, "amount_fen", fmt.Sprint(int64(req.Amount)), "want a positive amount")
	case req.Description == "":
		return wire.CodeOrder{}, fault.Field(op, "description", "", "is missing")
	}
	order := wire.CodeOrder{
		SPAppID: a.cfg.SPAppID, SPMchID: a.cfg.SPMchID, SubMchID: sub,
		Description: clip(req.Description, maxDescription), OutTradeNo: req.OrderNo, Attach: req.TerminalNo,
		Amount:    wire.OrderTotal{Total: int64(req.Amount), Currency: currency},
		Payer:     wire.CodeHolder{AuthCode: string(req.Code)},
		SceneInfo: wire.CodeScene{DeviceIP: req.ClientIP},
	}
	if req.NoCredit {
		order.LimitPay = []string{wire.NoCredit}
	}
	if n := len(req.TerminalNo); n >= minDevice && n <= maxDevice {
		order.SceneInfo.DeviceID = req.TerminalNo
	}
	if req.StoreID != "" && len(req.StoreID) <= maxStoreID {
		order.SceneInfo.StoreInfo = &wire.CodeStore{OutID: req.StoreID}
	}
	return order, nil
}

// Reverse makes an unpaid order unpayable and gives a paid one back; one that is
// reversed already counts as reversed. What cannot be reversed and is not absent
// needs a look at Query, so every other refusal is one. WeChat does not say
// whether money went back.
func (a *Adapter) Reverse(ctx context.Context, req channel.OrderRef) (channel.ReverseResult, error) {
	const op = "wechat.Reverse"
	sub, err := a.refer(op, req)
	if err != nil {
		return channel.ReverseResult{}, err
	}
	ans, callErr := a.wire.ReverseOrder(ctx, sub, req.OrderNo)
	res, ok, err := judge(op, ans, callErr)
	if err != nil {
		return channel.ReverseResult{}, err
	}
	out := channel.ReverseResult{Result: res}
	switch {
	case ok, slices.Contains(closedCodes, res.Code), slices.Contains(reversedCodes, res.Code):
		out.Outcome = channel.Succeeded
	case ans.Code == userPaying: // not now: once the password is typed or the sheet is gone
		out.Outcome = channel.Pending
	case slices.Contains(absentCodes, res.Code):
		out.Outcome, out.NotFound = channel.Refused, true
	}
	return out, nil
}

// reversedCodes: the order has been reversed before.
var reversedCodes = []string{"ORDERREVERSED", "ORDER_REVERSED"}
