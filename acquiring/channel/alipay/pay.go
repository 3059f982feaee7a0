package alipay

import (
	"context"
	"regexp"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay/internal/wire"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

const (
	// productCode is what a trade that the page itself opens is created under.
	productCode = "JSAPI_PAY"
	// maxSubject is the longest subject, in characters.
	maxSubject = 256
	// maxAmount is the largest order: 100,000,000 yuan.
	maxAmount money.Fen = 100_000_000_00
)

// storeID is our convention for the bill: what an order carries as store_id
// comes back in the bill's column 门店编号, so it carries the SMID and the bill
// tells which merchant each row belongs to. The statement reader relies on it.
func storeID(smid string) string { return smid }

var orderNoShape = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)

func checkOrder(op string, ref channel.OrderRef) error {
	if !orderNoShape.MatchString(ref.OrderNo) {
		return fault.Field(op, "order_no", ref.OrderNo, "want 1 to 64 letters, digits or underscores")
	}
	return nil
}

func (a *Adapter) checkPrepay(op string, req channel.PrepayRequest) error {
	if err := checkOrder(op, req.OrderRef); err != nil {
		return err
	}
	switch {
	case req.Amount <= 0 || req.Amount > maxAmount:
		return fault.Field(op, "amount_fen", req.Amount.Yuan(), "want 0.01 to %s yuan", maxAmount.Yuan())
	case req.MerchantID == "":
		return fault.Field(op, "merchant_id", "", "want the merchant's SMID")
	case req.PayerID == "":
		return fault.Field(op, "payer_id", "", "want the payer that Identify gave")
	case req.Description == "":
		return fault.Field(op, "description", "", "want what the consumer is to read as the order's subject")
	}
	if _, err := absoluteURL(req.NotifyURL); err != nil {
		return fault.Field(op, "notify_url", req.NotifyURL, "want an absolute http or https address")
	}
	return nil
}

// Prepay creates the trade. The same order again gives the same trade. A trade
// that is paid already gives Unknown: its query tells the amount and time.
func (a *Adapter) Prepay(ctx context.Context, req channel.PrepayRequest) (channel.PrepayResult, error) {
	const op = "alipay.Prepay"
	if err := a.checkPrepay(op, req); err != nil {
		return channel.PrepayResult{}, err
	}
	created, status, err := a.wire.Create(ctx, a.createOf(req))
	result, err := settle(op, status, err)
	if err != nil {
		return channel.PrepayResult{}, err
	}
	if result.Code == subHasSuccess {
		result.Outcome = channel.Unknown // Refused would call a paid order unpaid
	}
	if result.Outcome != channel.Succeeded {
		return channel.PrepayResult{Result: result}, nil
	}
	if created.OutTradeNo != req.OrderNo {
		return channel.PrepayResult{Result: mismatch("out_trade_no", created.OutTradeNo, req.OrderNo)}, nil
	}
	if created.TradeNo == "" {
		return channel.PrepayResult{Result: mismatch("trade_no", "", "a trade number")}, nil
	}
	return channel.PrepayResult{
		Result: result,
		Bridge: channel.Bridge{Kind: "alipay", Params: map[string]string{"tradeNO": created.TradeNo}},
	}, nil
}

func (a *Adapter) createOf(req channel.PrepayRequest) wire.Create {
	subject := []rune(req.Description)
	p := wire.Create{
		NotifyURL:   req.NotifyURL,
		OutTradeNo:  req.OrderNo,
		TotalAmount: req.Amount.Yuan(),
		Subject:     string(subject[:min(len(subject), maxSubject)]),
		ProductCode: productCode,
		OpAppID:     a.appID,
		StoreID:     storeID(req.MerchantID),
		TerminalID:  req.TerminalNo,
		SubMerchant: wire.SubMerchant{MerchantID: req.MerchantID},
	}
	if isUserID(req.PayerID) {
		p.BuyerID = req.PayerID
	} else {
		p.BuyerOpenID = req.PayerID
	}
	if !req.ExpiresAt.IsZero() {
		p.TimeExpire = req.ExpiresAt.In(bizdate.Zone).Format(wire.TimeLayout)
	}
	if req.NoCredit {
		p.Disabled = wire.CreditGroup
	}
	if a.pid != "" {
		p.ExtendParams = &wire.ExtendParams{ServiceProviderID: a.pid}
	}
	return p
}

// Query asks what became of a trade. A closed trade that was paid before (and
// given back in full since) is Succeeded: the payment did take place.
func (a *Adapter) Query(ctx context.Context, ref channel.OrderRef) (channel.PaymentResult, error) {
	const op = "alipay.Query"
	if err := checkOrder(op, ref); err != nil {
		return channel.PaymentResult{}, err
	}
	trade, status, err := a.wire.Query(ctx, ref.OrderNo)
	result, err := settle(op, status, err)
	if err != nil {
		return channel.PaymentResult{}, err
	}
	if result.Outcome != channel.Succeeded {
		return channel.PaymentResult{Result: result, NotFound: isNotFound(result)}, nil
	}
	return readTrade(ref, trade), nil
}

func isNotFound(r channel.Result) bool {
	return r.Outcome == channel.Refused && r.Code == subNotExist
}

// readTrade judges a trade that Alipay told of.
func readTrade(ref channel.OrderRef, trade wire.Trade) channel.PaymentResult {
	unsure := func(r channel.Result) channel.PaymentResult { return channel.PaymentResult{Result: r} }
	if trade.OutTradeNo != ref.OrderNo {
		return unsure(mismatch("out_trade_no", trade.OutTradeNo, ref.OrderNo))
	}
	if ref.ChannelNo != "" && trade.TradeNo != ref.ChannelNo {
		return unsure(mismatch("trade_no", trade.TradeNo, ref.ChannelNo))
	}
	amount, err := money.ParseYuan(trade.TotalAmount)
	if err != nil || amount <= 0 {
		return unsure(mismatch("total_amount", trade.TotalAmount, "yuan such as 12.30"))
	}
	paidAt, err := parseTime(trade.SendPayDate)
	if err != nil {
		return unsure(mismatch("send_pay_date", trade.SendPayDate, wire.TimeLayout))
	}
	return channel.PaymentResult{
		Result:    tradeResult(trade.TradeStatus, paidAt),
		Amount:    amount,
		ChannelNo: trade.TradeNo,
		Payer:     trade.BuyerLogonID,
		PaidAt:    paidAt,
	}
}

// tradeResult translates a trade_status; paidAt is zero for a trade that never
// was paid.
func tradeResult(status string, paidAt time.Time) channel.Result {
	r := channel.Result{Code: status, Outcome: channel.Unknown}
	switch status {
	case "WAIT_BUYER_PAY":
		r.Outcome = channel.Pending
	case "TRADE_SUCCESS", "TRADE_FINISHED":
		r.Outcome = channel.Succeeded
	case "TRADE_CLOSED":
		r.Outcome = channel.Refused
		if !paidAt.IsZero() {
			r.Outcome = channel.Succeeded
		}
	default:
		r.Message = "a trade_status that this version does not know"
	}
	return r
}

// Close closes an unpaid trade. Closing a closed one again is Succeeded. A trade
// that Alipay does not know is Refused: nothing was closed, and a create that is
// still under way could yet arrive; query it.
func (a *Adapter) Close(ctx context.Context, ref channel.OrderRef) (channel.Result, error) {
	const op = "alipay.Close"
	if err := checkOrder(op, ref); err != nil {
		return channel.Result{}, err
	}
	closed, status, err := a.wire.Close(ctx, ref.OrderNo)
	result, err := settle(op, status, err)
	if err != nil {
		return channel.Result{}, err
	}
	switch {
	case result.Outcome == channel.Succeeded && closed.OutTradeNo != ref.OrderNo:
		return mismatch("out_trade_no", closed.OutTradeNo, ref.OrderNo), nil
	case result.Code == subHasClose:
		result.Outcome = channel.Succeeded
	case result.Code == subStatusError:
		return a.closedMeanwhile(ctx, ref, result)
	}
	return result, nil
}

// closedMeanwhile asks whether a trade that cannot be closed is closed already:
// Alipay says "wrong state" for that as it does for a paid one.
func (a *Adapter) closedMeanwhile(ctx context.Context, ref channel.OrderRef, refused channel.Result) (channel.Result, error) {
	now, err := a.Query(ctx, ref)
	if err != nil {
		return refused, nil // certainly not closed by this call; the caller queries
	}
	if now.Outcome == channel.Refused && !now.NotFound {
		refused.Outcome = channel.Succeeded
	}
	return refused, nil
}
