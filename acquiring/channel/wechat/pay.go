package wechat

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"juma/acquiring/channel"
	"juma/acquiring/channel/wechat/internal/wire"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// Limits of the order's fields.
const (
	maxDescription = 127
	maxNotifyURL   = 255
	maxReason      = 80
	minDevice      = 7
	maxDevice      = 32
	maxStoreID     = 32
)

var (
	orderNo  = regexp.MustCompile(`^[0-9A-Za-z_\-|*]{6,32}$`)
	refundNo = regexp.MustCompile(`^[0-9A-Za-z_\-|*@]{1,64}$`)
)

// Prepay places a JSAPI order and signs the parameters of the payment sheet.
// An order that WeChat calls paid is Unknown, not Refused: query it.
func (a *Adapter) Prepay(ctx context.Context, req channel.PrepayRequest) (channel.PrepayResult, error) {
	const op = "wechat.Prepay"
	order, err := a.order(op, req)
	if err != nil {
		return channel.PrepayResult{}, err
	}
	ans, callErr := a.wire.PlaceJSAPI(ctx, order)
	res, ok, err := judge(op, ans, callErr)
	if slices.Contains(paidCodes, res.Code) {
		res.Outcome = channel.Unknown
	}
	if !ok || err != nil {
		return channel.PrepayResult{Result: res}, err
	}
	var placed struct {
		PrepayID string `json:"prepay_id"`
	}
	if err := ans.Decode(&placed); err != nil {
		return channel.PrepayResult{Result: unknown("", err.Error())}, nil
	}
	if placed.PrepayID == "" {
		return channel.PrepayResult{Result: unknown("", "the answer carries no prepay_id")}, nil
	}
	params, err := a.wire.PaySign(ctx, a.cfg.SPAppID, placed.PrepayID)
	if err != nil {
		return channel.PrepayResult{Result: unknown("", err.Error())}, nil // the order stands; placing it again signs again
	}
	return channel.PrepayResult{
		Result: channel.Result{Outcome: channel.Succeeded},
		Bridge: channel.Bridge{Kind: "wechat", Params: params},
	}, nil
}

func (a *Adapter) order(op string, req channel.PrepayRequest) (wire.JSAPIOrder, error) {
	sub, err := a.refer(op, req.OrderRef)
	if err != nil {
		return wire.JSAPIOrder{}, err
	}
	switch u, err := url.Parse(req.NotifyURL); {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || len(req.NotifyURL) > maxNotifyURL:
		return wire.JSAPIOrder{}, fault.Field(op, "notify_url", req.NotifyURL, "want an absolute address without query, at most %d characters", maxNotifyURL)
	case req.Amount <= 0:
		return wire.JSAPIOrder{}, fault.Field(op, "amount_fen", fmt.Sprint(int64(req.Amount)), "want a positive amount")
	case req.PayerID == "":
		return wire.JSAPIOrder{}, fault.Field(op, "payer_id", "", "is missing: identify the consumer first")
	case req.Description == "":
		return wire.JSAPIOrder{}, fault.Field(op, "description", "", "is missing")
	}
	order := wire.JSAPIOrder{
		SPAppID: a.cfg.SPAppID, SPMchID: a.cfg.SPMchID, SubMchID: sub,
		Description: clip(req.Description, maxDescription), OutTradeNo: req.OrderNo,
		Attach: req.TerminalNo, NotifyURL: req.NotifyURL,
		Amount: wire.OrderTotal{Total: int64(req.Amount), Currency: currency},
		Payer:  wire.Payer{SPOpenID: req.PayerID}, SceneInfo: scene(req),
	}
	if req.NoCredit {
		order.LimitPay = []string{wire.NoCredit}
	}
	if !req.ExpiresAt.IsZero() {
		order.TimeExpire = req.ExpiresAt.In(bizdate.Zone).Format(time.RFC3339)
	}
	return order, nil
}

// scene carries the terminal and the store into the bill. WeChat wants the
// consumer's address in every scene, so without one there is none.
func scene(req channel.PrepayRequest) *wire.SceneInfo {
	if req.ClientIP == "" {
		return nil
	}
	s := &wire.SceneInfo{PayerClientIP: req.ClientIP}
	if n := len(req.TerminalNo); n >= minDevice && n <= maxDevice {
		s.DeviceID = req.TerminalNo
	}
	if req.StoreID != "" && len(req.StoreID) <= maxStoreID {
		s.StoreInfo = &wire.StoreInfo{ID: req.StoreID, Name: clip(req.StoreName, maxDescription)}
	}
	return s
}

// Query asks what became of an order.
func (a *Adapter) Query(ctx context.Context, req channel.OrderRef) (channel.PaymentResult, error) {
	const op = "wechat.Query"
	sub, err := a.refer(op, req)
	if err != nil {
		return channel.PaymentResult{}, err
	}
	ans, callErr := a.wire.QueryOrder(ctx, sub, req.OrderNo)
	res, absent, ok, err := judgeQuery(op, ans, callErr)
	if !ok || err != nil {
		return channel.PaymentResult{Result: res, NotFound: absent}, err
	}
	if ans.Code == userPaying { // status 202 with an error body
		res.Outcome = channel.Pending
		return channel.PaymentResult{Result: res}, nil
	}
	var t wire.Transaction
	if err := ans.Decode(&t); err != nil {
		return channel.PaymentResult{Result: unknown("", err.Error())}, nil
	}
	if err := a.about(t.OutTradeNo, req.OrderNo, t.SPMchID, t.SubMchID, sub); err != nil {
		return channel.PaymentResult{Result: unknown(t.TradeState, err.Error())}, nil
	}
	return payment(t), nil
}

const userPaying = "USERPAYING"

// payment translates a transaction whose order and merchant were checked.
func payment(t wire.Transaction) channel.PaymentResult {
	out := channel.PaymentResult{
		Result:    channel.Result{Outcome: tradeOutcome(t.TradeState), Code: t.TradeState, Message: t.TradeStateDesc},
		ChannelNo: t.TransactionID, Payer: t.Payer.SPOpenID,
	}
	if out.Payer == "" {
		out.Payer = t.Payer.SubOpenID
	}
	out.Reason, out.Card = reasonOf(out.Result), channel.CardKindOfWeChat(t.BankType)
	if t.Amount.Total != nil {
		out.Amount = money.Fen(*t.Amount.Total)
	}
	if out.Outcome != channel.Succeeded {
		return out
	}
	bad := func(format string, args ...any) channel.PaymentResult {
		return channel.PaymentResult{Result: unknown(t.TradeState, fmt.Sprintf(format, args...))}
	}
	switch {
	case out.Amount <= 0:
		return bad("paid, but the answer carries no amount")
	case t.Amount.Currency != currency:
		return bad("paid in currency %q, want %s", t.Amount.Currency, currency)
	case out.ChannelNo == "":
		return bad("paid, but the answer carries no transaction_id")
	}
	if t.SuccessTime != "" {
		at, err := time.Parse(time.RFC3339, t.SuccessTime)
		if err != nil {
			return bad("success_time %q: want RFC 3339", t.SuccessTime)
		}
		out.PaidAt = at
	}
	return out
}

// tradeOutcome translates WeChat's trade states; a state that is not in their
// documents proves nothing.
func tradeOutcome(state string) channel.Outcome {
	switch state {
	case "SUCCESS", "REFUND": // REFUND: paid, and some refund exists
		return channel.Succeeded
	case "NOTPAY", userPaying:
		return channel.Pending
	case "CLOSED", "REVOKED", "PAYERROR":
		return channel.Refused
	}
	return channel.Unknown
}

// Close makes an unpaid order unpayable; one that is closed already counts as
// closed.
func (a *Adapter) Close(ctx context.Context, req channel.OrderRef) (channel.Result, error) {
	const op = "wechat.Close"
	sub, err := a.refer(op, req)
	if err != nil {
		return channel.Result{}, err
	}
	ans, callErr := a.wire.CloseOrder(ctx, sub, req.OrderNo)
	res, ok, err := judge(op, ans, callErr)
	if ok || (res.Outcome == channel.Refused && slices.Contains(closedCodes, res.Code)) {
		res.Outcome = channel.Succeeded
	}
	return res, err
}

// refer checks an order's name and gives the sub-merchant's number.
func (a *Adapter) refer(op string, ref channel.OrderRef) (string, error) {
	if !orderNo.MatchString(ref.OrderNo) {
		return "", fault.Field(op, "order_no", ref.OrderNo, "want 6 to 32 letters, digits or _-|*")
	}
	if ref.MerchantID != "" {
		return ref.MerchantID, nil
	}
	if a.cfg.SubMchID == "" {
		return "", fault.Field(op, "merchant_id", "", "is missing: the merchant's sub_mchid")
	}
	return a.cfg.SubMchID, nil
}

// about proves that an answer speaks of the order that was asked for.
func (a *Adapter) about(gotNo, wantNo, gotSP, gotSub, wantSub string) error {
	switch {
	case gotNo != wantNo:
		return fmt.Errorf("the answer is about out_trade_no %q, asked was %q", gotNo, wantNo)
	case gotSP != a.cfg.SPMchID:
		return fmt.Errorf("the answer is about sp_mchid %q, ours is %q", gotSP, a.cfg.SPMchID)
	case gotSub != wantSub:
		return fmt.Errorf("the answer is about sub_mchid %q, asked was %q", gotSub, wantSub)
	}
	return nil
}

// clip shortens text to at most n bytes without cutting a character. WeChat
// counts characters in some places and bytes in others; bytes satisfy both.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
