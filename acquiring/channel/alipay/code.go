package alipay

import (
	"context"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay/internal/wire"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

const (
	// codeProduct is what a trade is paid under whose code the merchant scans.
	codeProduct = "FACE_TO_FACE_PAYMENT"
	// codeScene is the only scene of those that we serve: a code on a screen.
	codeScene = "bar_code"
)

var _ channel.CodePayer = (*Adapter)(nil)

// PayByCode takes a payment by the code that the consumer shows. A trade that is
// paid already gives Unknown: its query tells the amount and time.
func (a *Adapter) PayByCode(ctx context.Context, req channel.CodeRequest) (channel.PaymentResult, error) {
	const op = "alipay.PayByCode"
	if err := a.checkCode(op, req); err != nil {
		return channel.PaymentResult{}, err
	}
	paid, status, err := a.wire.Pay(ctx, a.payOf(req))
	result, err := settle(op, status, err)
	if err != nil {
		return channel.PaymentResult{}, err
	}
	if result.Code == subHasSuccess || result.Code == subInconsistent {
		result.Outcome, result.Reason = channel.Unknown, "" // Refused would call a paid order unpaid
	}
	if result.Outcome != channel.Succeeded {
		return channel.PaymentResult{Result: result}, nil
	}
	return readPaid(req, paid), nil
}

func (a *Adapter) checkCode(op string, req channel.CodeRequest) error {
	if err := checkOrder(op, req.OrderRef); err != nil {
		return err
	}
	wallet, _ := req.Code.WalletOf()
	switch {
	case wallet != channel.AlipayWallet:
		return fault.Field(op, "code", req.Code.String(), "want the 16 to 24 digits of an Alipay payment code")
	case req.Amount <= 0 || req.Amount > maxAmount:
		return fault.Field(op, "amount_fen", req.Amount.Yuan(), "want 0.01 to %s yuan", maxAmount.Yuan())
	case req.MerchantID == "":
		return fault.Field(op, "merchant_id", "", "want the merchant's SMID")
	case req.Description == "":
		return fault.Field(op, "description", "", "want what the consumer is to read as the order's subject")
	}
	if _, err := absoluteURL(req.NotifyURL); err != nil {
		return fault.Field(op, "notify_url", req.NotifyURL, "want an absolute http or https address")
	}
	return nil
}

func (a *Adapter) payOf(req channel.CodeRequest) wire.Pay {
	subject := []rune(req.Description)
	p := wire.Pay{
		NotifyURL: req.NotifyURL, OutTradeNo: req.OrderNo, TotalAmount: req.Amount.Yuan(),
		Subject: string(subject[:min(len(subject), maxSubject)]),
		Scene:   codeScene, AuthCode: string(req.Code), ProductCode: codeProduct,
		StoreID: storeID(req.MerchantID), TerminalID: req.TerminalNo,
		SubMerchant: wire.SubMerchant{MerchantID: req.MerchantID},
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

// readPaid judges an answer that calls the trade paid.
func readPaid(req channel.CodeRequest, paid wire.PaidTrade) channel.PaymentResult {
	unsure := func(field, got, want string) channel.PaymentResult {
		return channel.PaymentResult{Result: mismatch(field, got, want)}
	}
	if paid.OutTradeNo != req.OrderNo {
		return unsure("out_trade_no", paid.OutTradeNo, req.OrderNo)
	}
	if paid.TradeNo == "" {
		return unsure("trade_no", "", "a trade number")
	}
	amount, err := money.ParseYuan(paid.TotalAmount)
	if err != nil || amount != req.Amount {
		return unsure("total_amount", paid.TotalAmount, req.Amount.Yuan())
	}
	at, err := parseTime(paid.GmtPayment)
	if err != nil {
		return unsure("gmt_payment", paid.GmtPayment, wire.TimeLayout)
	}
	return channel.PaymentResult{
		Result: channel.Result{Outcome: channel.Succeeded, Code: codeDone},
		Amount: amount, ChannelNo: paid.TradeNo, Payer: paid.BuyerLogonID, PaidAt: at,
	}
}

// Reverse cancels a trade: an unpaid one is closed, a paid one given back. An
// answer with retry_flag Y is Unknown: call again.
func (a *Adapter) Reverse(ctx context.Context, ref channel.OrderRef) (channel.ReverseResult, error) {
	const op = "alipay.Reverse"
	if err := checkOrder(op, ref); err != nil {
		return channel.ReverseResult{}, err
	}
	done, status, err := a.wire.Cancel(ctx, ref.OrderNo)
	result, err := settle(op, status, err)
	if err != nil {
		return channel.ReverseResult{}, err
	}
	out := channel.ReverseResult{Result: result, NotFound: isNotFound(result)}
	switch {
	case result.Outcome == channel.Succeeded && done.OutTradeNo != ref.OrderNo:
		out.Result = mismatch("out_trade_no", done.OutTradeNo, ref.OrderNo)
	case done.RetryFlag == "Y":
		out.Outcome = channel.Unknown
	case result.Outcome == channel.Succeeded:
		out.GaveBack = done.Action == "refund"
	case result.Code == subHasClose:
		out.Outcome = channel.Succeeded
	}
	return out, nil
}
