package alipay

import (
	"net/url"
	"regexp"

	"juma/acquiring/sandbox"
)

var authCodeForm = regexp.MustCompile(`^(2[5-9]|30)[0-9]{14,22}$`)

// waitingForBuyer begins the answer of a payment that the consumer is asked for a password
// for.
var waitingForBuyer = success{Code: "10003", Msg: "order success pay inprocess"}

// payAnswer is the answer of alipay.trade.pay.
type payAnswer struct {
	success
	TradeNo        string `json:"trade_no"`
	OutTradeNo     string `json:"out_trade_no"`
	BuyerLogonID   string `json:"buyer_logon_id"`
	TotalAmount    string `json:"total_amount"`
	ReceiptAmount  string `json:"receipt_amount,omitempty"`
	BuyerPayAmount string `json:"buyer_pay_amount,omitempty"`
	GmtPayment     string `json:"gmt_payment,omitempty"`
	buyerIDs
	FundBillList []fundBill `json:"fund_bill_list,omitempty"`
}

// ShowCode is the consumer opening the payment code.
func (w *Wallet) ShowCode(payer string) string { return w.payCodes.Show(payer, w.core.Clock.Now()) }

// payByCode is alipay.trade.pay: it takes the money of whoever shows the code, or
// asks for a password.
func (w *Wallet) payByCode(p url.Values, biz content) outcome {
	out := outcome{numbers: []string{string(biz.OutTradeNo)}}
	refuse := func(f failure) outcome { out.answer = f; return out }
	switch {
	case biz.Scene != "bar_code":
		return refuse(badParam("scene", "bar_code"))
	case !authCodeForm.MatchString(string(biz.AuthCode)):
		return refuse(badParam("auth_code", "25-30 开头的 16-24 位数字"))
	}
	now := w.core.Clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.trades[string(biz.OutTradeNo)]; old != nil {
		return refuse(old.payAgain())
	}
	payer, good := w.payCodes.Take(string(biz.AuthCode), now)
	biz.BuyerID = text(userID(payer))
	t, bad := newTrade(p, biz, now)
	if bad != nil {
		return refuse(*bad)
	}
	w.core.Faults.Know(t.buyer, payer)
	out.payers = []string{t.buyer}
	fate := w.core.Faults.CodeFate(sandbox.Alipay, t.outTradeNo, t.buyer)
	switch {
	case !good || fate.Expired:
		return refuse(errCode)
	case fate.Funds:
		return refuse(errFunds)
	}
	w.enter(t, now)
	if fate.Password {
		if fate.After > 0 {
			w.core.Clock.AfterFunc(fate.After, func() { _ = w.Confirm(t.outTradeNo, "") }) // cancelled meanwhile: nothing to pay
		}
		a := t.payAnswer()
		a.success = waitingForBuyer
		out.answer = a
		return out
	}
	e, err := w.take(t, now)
	if err != nil {
		return refuse(badParam("total_amount", err.Error()))
	}
	out.events, out.answer = []event{e}, t.payAnswer()
	return out
}

// payAgain answers a number that was used before: the code of then is spent.
func (t *trade) payAgain() failure {
	switch t.state {
	case stateSuccess:
		return errHasSuccess
	case stateClosed:
		return errHasClose
	}
	return errInconsistent
}

func (t *trade) payAnswer() payAnswer {
	a := payAnswer{success: done, TradeNo: t.tradeNo, OutTradeNo: t.outTradeNo, BuyerLogonID: logonID(t.buyer), TotalAmount: t.amount.Yuan(), buyerIDs: idsOf(t.buyer)}
	if !t.paid.IsZero() {
		a.ReceiptAmount, a.BuyerPayAmount, a.GmtPayment = t.amount.Yuan(), t.amount.Yuan(), chinaTime(t.paid)
		a.FundBillList = accountFunds(t.amount)
	}
	return a
}
