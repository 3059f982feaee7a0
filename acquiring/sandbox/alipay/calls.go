package alipay

import (
	"net/url"
	"slices"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/money"
)

const refundSuccess = "REFUND_SUCCESS"

type queryAnswer struct {
	success
	TradeNo        string `json:"trade_no"`
	OutTradeNo     string `json:"out_trade_no"`
	TradeStatus    string `json:"trade_status"`
	TotalAmount    string `json:"total_amount"`
	ReceiptAmount  string `json:"receipt_amount"`
	BuyerPayAmount string `json:"buyer_pay_amount"`
	PointAmount    string `json:"point_amount"`
	InvoiceAmount  string `json:"invoice_amount"`
	SendPayDate    string `json:"send_pay_date,omitempty"`
	buyerIDs
	BuyerLogonID  string     `json:"buyer_logon_id"`
	StoreID       string     `json:"store_id,omitempty"`
	TerminalID    string     `json:"terminal_id,omitempty"`
	SubMerchantID string     `json:"alipay_sub_merchant_id,omitempty"`
	FundBillList  []fundBill `json:"fund_bill_list,omitempty"`
}

// fundBill says where a payment's money came from. The notice spells the first
// field fundChannel.
type fundBill struct {
	FundChannel string `json:"fund_channel"`
	Amount      string `json:"amount"`
	RealAmount  string `json:"real_amount"`
}

func accountFunds(amount money.Fen) []fundBill {
	return []fundBill{{FundChannel: "ALIPAYACCOUNT", Amount: amount.Yuan(), RealAmount: amount.Yuan()}}
}

// query is alipay.trade.query.
func (w *Wallet) query(_ url.Values, biz content) outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.find(biz)
	out := known(t, biz)
	if t == nil {
		out.answer = errNotExist
		return out
	}
	var received money.Fen
	a := queryAnswer{success: done, TradeNo: t.tradeNo, OutTradeNo: t.outTradeNo, TradeStatus: t.state, TotalAmount: t.amount.Yuan(),
		buyerIDs: idsOf(t.buyer), BuyerLogonID: logonID(t.buyer), StoreID: t.store, TerminalID: t.terminal, PointAmount: money.Fen(0).Yuan()}
	if t.merchant != pid {
		a.SubMerchantID = t.merchant
	}
	if !t.paid.IsZero() {
		received, a.SendPayDate, a.FundBillList = t.amount, chinaTime(t.paid), accountFunds(t.amount)
	}
	a.ReceiptAmount, a.BuyerPayAmount, a.InvoiceAmount = received.Yuan(), received.Yuan(), received.Yuan()
	out.answer = a
	return out
}

// known begins the outcome of a call about a trade.
func known(t *trade, biz content) outcome {
	out := outcome{numbers: []string{string(biz.OutTradeNo)}}
	if t != nil {
		out.numbers, out.payers = []string{t.outTradeNo}, []string{t.buyer}
	}
	if biz.OutRequestNo != "" {
		out.numbers = append([]string{string(biz.OutRequestNo)}, out.numbers...)
	}
	return out
}

type closeAnswer struct {
	success
	TradeNo    string `json:"trade_no"`
	OutTradeNo string `json:"out_trade_no"`
	RetryFlag  string `json:"retry_flag,omitempty"`
	Action     string `json:"action,omitempty"`
}

// closeTrade is alipay.trade.close: unpaid trades only.
func (w *Wallet) closeTrade(_ url.Values, biz content) outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.find(biz)
	out := known(t, biz)
	switch {
	case t == nil:
		out.answer = errNotExist
	case t.state == stateWaiting:
		out.events = []event{w.shut(t)}
		out.answer = closeAnswer{success: done, TradeNo: t.tradeNo, OutTradeNo: t.outTradeNo}
	case t.state == stateClosed && t.paid.IsZero():
		out.answer = errHasClose
	default:
		out.answer = errStatus
	}
	return out
}

// cancel is alipay.trade.cancel: it closes an unpaid trade and gives a paid one
// back in full.
func (w *Wallet) cancel(_ url.Values, biz content) outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.find(biz)
	out := known(t, biz)
	if t == nil {
		out.answer = errNotExist
		return out
	}
	a := closeAnswer{success: done, TradeNo: t.tradeNo, OutTradeNo: t.outTradeNo, RetryFlag: "N"}
	switch left := t.amount - t.refunded(); {
	case t.state == stateWaiting:
		out.events, a.Action, t.cancelled = []event{w.shut(t)}, "close", true
	case t.state == stateSuccess && left > 0:
		e, err := w.giveBack(t, t.outTradeNo, left, "")
		if err != nil {
			out.answer = badParam("trade_no", err.Error())
			return out
		}
		out.events, a.Action, t.cancelled = []event{e}, "refund", true
	}
	out.answer = a
	return out
}

type refundAnswer struct {
	success
	TradeNo      string `json:"trade_no"`
	OutTradeNo   string `json:"out_trade_no"`
	BuyerLogonID string `json:"buyer_logon_id"`
	buyerIDs
	FundChange  string     `json:"fund_change"`
	RefundFee   string     `json:"refund_fee"` // all refunds of the trade together
	SendBackFee string     `json:"send_back_fee"`
	Details     []fundBill `json:"refund_detail_item_list,omitempty"`
}

// refund is alipay.trade.refund. The same request number and amount again is the
// same refund, and moves no money.
func (w *Wallet) refund(_ url.Values, biz content) outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.find(biz)
	out := known(t, biz)
	if t == nil {
		out.answer = errNotExist
		return out
	}
	requestNo, amount, repeated, bad := t.checkRefund(biz)
	if bad != nil {
		out.answer = *bad
		return out
	}
	change := "N"
	if !repeated {
		e, err := w.giveBack(t, requestNo, amount, string(biz.RefundReason))
		if err != nil {
			out.answer = badParam("refund_amount", err.Error())
			return out
		}
		out.events, change = []event{e}, "Y"
	}
	a := refundAnswer{success: done, TradeNo: t.tradeNo, OutTradeNo: t.outTradeNo, BuyerLogonID: logonID(t.buyer), buyerIDs: idsOf(t.buyer),
		FundChange: change, RefundFee: t.refunded().Yuan(), SendBackFee: amount.Yuan()}
	if slices.Contains(biz.QueryOptions, "refund_detail_item_list") {
		a.Details = accountFunds(amount)
	}
	out.answer = a
	return out
}

// checkRefund reads a refund of t and says whether it was made before, or why
// it cannot be made. Without a request number it is the whole trade's, known
// by the order's number.
func (t *trade) checkRefund(biz content) (requestNo string, amount money.Fen, repeated bool, _ *failure) {
	refuse := func(f failure) (string, money.Fen, bool, *failure) { return "", 0, false, &f }
	amount, ok := yuan(biz.RefundAmount)
	switch {
	case !ok:
		return refuse(badParam("refund_amount", "0.01 以上，两位小数"))
	case biz.OutRequestNo == "" && amount != t.amount:
		return refuse(badParam("out_request_no", "部分退款必传"))
	case len(biz.OutRequestNo) > 64:
		return refuse(badParam("out_request_no", "不超过 64 位"))
	}
	if requestNo = string(biz.OutRequestNo); requestNo == "" {
		requestNo = t.outTradeNo
	}
	switch old := t.refundBy(requestNo); {
	case old != nil && old.amount != amount:
		return refuse(errRepeat)
	case old != nil:
		return requestNo, amount, true, nil
	case t.state != stateSuccess:
		return refuse(errStatus)
	case t.refunded()+amount > t.amount:
		return refuse(errTooMuch)
	}
	return requestNo, amount, false, nil
}

func (t *trade) refundBy(requestNo string) *refundRecord {
	for i := range t.refunds {
		if t.refunds[i].requestNo == requestNo {
			return &t.refunds[i]
		}
	}
	return nil
}

// giveBack books a refund that happens now. The caller holds the lock.
func (w *Wallet) giveBack(t *trade, requestNo string, amount money.Fen, reason string) (event, error) {
	if err := t.giveBack(requestNo, amount, reason, w.core.Clock.Now()); err != nil {
		return event{}, err
	}
	return w.event(t, "refund "+requestNo), nil
}

// feeOf is what Alipay charges on an amount.
func feeOf(amount money.Fen) (money.Fen, error) {
	return money.RatePPM(sandbox.FeePPM[sandbox.Alipay]).Of(amount)
}

// giveBack books a refund: of the fee, what the fee of the rest is less. A
// trade that is given back whole is closed.
func (t *trade) giveBack(requestNo string, amount money.Fen, reason string, at time.Time) error {
	restFee, err := feeOf(t.amount - t.refunded() - amount)
	if err != nil {
		return err
	}
	back := t.fee - restFee
	for _, r := range t.refunds {
		back -= r.feeBack
	}
	t.refunds = append(t.refunds, refundRecord{requestNo: requestNo, amount: amount, feeBack: back, at: at, reason: reason})
	if t.refunded() == t.amount {
		t.state, t.closed = stateClosed, at
	}
	return nil
}

type refundQueryAnswer struct {
	success
	TradeNo      string `json:"trade_no,omitempty"`
	OutTradeNo   string `json:"out_trade_no,omitempty"`
	OutRequestNo string `json:"out_request_no,omitempty"`
	TotalAmount  string `json:"total_amount,omitempty"`
	RefundAmount string `json:"refund_amount,omitempty"`
	RefundStatus string `json:"refund_status,omitempty"`
	RefundReason string `json:"refund_reason,omitempty"`
	GmtRefundPay string `json:"gmt_refund_pay,omitempty"`
	SendBackFee  string `json:"send_back_fee,omitempty"`

	Details []fundBill `json:"refund_detail_item_list,omitempty"`
}

// refundQuery is alipay.trade.fastpay.refund.query. A refund that does not
// exist is an answer of success without refund_status.
func (w *Wallet) refundQuery(_ url.Values, biz content) outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.find(biz)
	out := known(t, biz)
	if t == nil {
		out.answer = errNotExist
		return out
	}
	requestNo := string(biz.OutRequestNo)
	if requestNo == "" {
		requestNo = t.outTradeNo
	}
	r := t.refundBy(requestNo)
	if r == nil {
		out.answer = refundQueryAnswer{success: done}
		return out
	}
	a := refundQueryAnswer{success: done, TradeNo: t.tradeNo, OutTradeNo: t.outTradeNo, OutRequestNo: r.requestNo, TotalAmount: t.amount.Yuan(),
		RefundAmount: r.amount.Yuan(), RefundStatus: refundSuccess, RefundReason: r.reason, GmtRefundPay: chinaTime(r.at), SendBackFee: r.amount.Yuan()}
	if slices.Contains(biz.QueryOptions, "refund_detail_item_list") {
		a.Details = accountFunds(r.amount)
	}
	out.answer = a
	return out
}
