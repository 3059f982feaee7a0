package wechat

import (
	"strconv"
	"time"

	"juma/acquiring/sandbox"
)

const (
	refundSuccess = "SUCCESS"
	maxRefunds    = 50 // partial refunds of one order
	refundWithin  = 365 * 24 * time.Hour
)

// refundRequest is the body of a refund.
type refundRequest struct {
	SubMchID      string `json:"sub_mchid"`
	TransactionID string `json:"transaction_id"`
	OutTradeNo    string `json:"out_trade_no"`
	OutRefundNo   string `json:"out_refund_no"`
	Reason        string `json:"reason"`
	NotifyURL     string `json:"notify_url"`
	Amount        struct {
		Refund   int64  `json:"refund"`
		Total    int64  `json:"total"`
		Currency string `json:"currency"`
	} `json:"amount"`
}

// refund is a refund in the wallet's books. It is done at once: the sandbox's
// consumers all pay from their balance.
type refund struct {
	req       refundRequest
	namedKey  string // the platform key that its notice is signed with
	order     *order
	refundID  string
	createdAt time.Time
	feeBack   int64 // channel fee given back with it, fen
}

func (q *refundRequest) check() *apiError {
	var c checks
	c.form("sub_mchid", q.SubMchID, subMchIDForm)
	c.require(q.TransactionID != "" || q.OutTradeNo != "", "transaction_id", "", "want transaction_id or out_trade_no")
	c.form("out_refund_no", q.OutRefundNo, outRefundNoForm)
	c.text("reason", q.Reason, 0, 80)
	if q.NotifyURL != "" {
		c.address("notify_url", q.NotifyURL)
	}
	c.fen("amount.refund", q.Amount.Refund)
	c.fen("amount.total", q.Amount.Total)
	c.require(q.Amount.Currency == "CNY", "amount.currency", q.Amount.Currency, "want CNY")
	return c.fault
}

// differs names the first field in which a repeated refund is another one.
func (r *refund) differs(q *refundRequest) string {
	switch {
	case q.SubMchID != r.req.SubMchID:
		return "sub_mchid"
	case !r.order.isMeant(q):
		return "out_trade_no"
	case q.Amount.Refund != r.req.Amount.Refund:
		return "amount.refund"
	case q.Amount.Total != r.req.Amount.Total:
		return "amount.total"
	}
	return ""
}

// isMeant tells whether a refund's numbers, one or both, are this order's.
func (o *order) isMeant(q *refundRequest) bool {
	return (q.TransactionID == "" || q.TransactionID == o.transactionID) && (q.OutTradeNo == "" || q.OutTradeNo == o.req.OutTradeNo)
}

// placeRefund gives money back, or finds the same refund again.
func (w *Wallet) placeRefund(c *call) (*answer, *apiError) {
	var q refundRequest
	if refusal := decode(c.body, &q); refusal != nil {
		return nil, refusal
	}
	if refusal := q.check(); refusal != nil {
		return nil, refusal
	}
	r, isNew, refusal := w.bookRefund(&q, c.namedKey())
	if refusal != nil {
		return nil, refusal
	}
	if isNew {
		w.core.Notices.Send(w.refundNotice(r))
	}
	return r.answer("refund"), nil
}

// bookRefund enters a refund under the lock.
func (w *Wallet) bookRefund(q *refundRequest, namedKey string) (r *refund, isNew bool, refusal *apiError) {
	now := w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.refunds[q.OutRefundNo]; r != nil {
		if field := r.differs(q); field != "" {
			return nil, false, refuse(invalidRequest, "商户退款单号重复: %s 与原退款不一致", field)
		}
		return r, false, nil
	}
	o := w.orders[q.OutTradeNo]
	if q.TransactionID != "" {
		o = w.trades[q.TransactionID]
	}
	if refusal := o.refundable(q, now); refusal != nil {
		return nil, false, refusal
	}
	r = &refund{req: *q, namedKey: namedKey, createdAt: now,
		refundID: "529999" + now.Format("20060102") + sandbox.Digits(14, "wechat refund %s", q.OutRefundNo)}
	o.giveBack(r)
	w.refunds[q.OutRefundNo] = r
	return r, true, nil
}

// giveBack enters a refund of the order. Of the fee it returns a part in
// proportion, the last refund the remainder. Needs the lock.
func (o *order) giveBack(r *refund) {
	r.order = o
	o.refundedFen += r.req.Amount.Refund
	r.feeBack = fee(o.req.Amount.Total) - fee(o.req.Amount.Total-o.refundedFen) - o.feeBackFen
	o.feeBackFen += r.feeBack
	o.refunds, o.state = append(o.refunds, r), refunded
}

// refundable checks a refund against its order, which may be nil. Needs the
// lock.
func (o *order) refundable(q *refundRequest, now time.Time) *apiError {
	switch {
	case o == nil || o.req.SubMchID != q.SubMchID || !o.isMeant(q):
		return refuse(resourceMissing, "订单不存在")
	case !o.paid():
		return refuse(tradeError, "订单未支付,不能退款")
	case q.Amount.Total != o.req.Amount.Total:
		return badParam("body", "amount.total", strconv.FormatInt(q.Amount.Total, 10), "want the order's total of %d fen", o.req.Amount.Total)
	case o.refundedFen+q.Amount.Refund > o.req.Amount.Total:
		return refuse(invalidRequest, "退款金额 %d 大于可退金额 %d", q.Amount.Refund, o.req.Amount.Total-o.refundedFen)
	case len(o.refunds) >= maxRefunds:
		return refuse(ruleLimit, "一笔订单最多退款 %d 次", maxRefunds)
	case now.Sub(o.paidAt) > refundWithin:
		return refuse(ruleLimit, "交易时间超过一年的订单无法退款")
	}
	return nil
}

// queryRefund shows a refund.
func (w *Wallet) queryRefund(c *call) (*answer, *apiError) {
	sub := c.r.URL.Query().Get("sub_mchid")
	if !subMchIDForm.MatchString(sub) {
		return nil, badParam("query", "sub_mchid", sub, "want %s", subMchIDForm)
	}
	w.mu.Lock()
	r := w.refunds[c.r.PathValue("no")]
	w.mu.Unlock()
	if r == nil || r.req.SubMchID != sub {
		return nil, refuse(resourceMissing, "退款单不存在")
	}
	return r.answer("refund_query"), nil
}

// refundAmount is the money part of a refund; no coupons exist here, so payer
// and settlement amounts are the plain ones.
type refundAmount struct {
	Total            int64  `json:"total"`
	Refund           int64  `json:"refund"`
	PayerTotal       int64  `json:"payer_total"`
	PayerRefund      int64  `json:"payer_refund"`
	SettlementTotal  int64  `json:"settlement_total"`
	SettlementRefund int64  `json:"settlement_refund"`
	DiscountRefund   int64  `json:"discount_refund"`
	Currency         string `json:"currency"`
}

// answer prints a refund. What it reads of the order no longer changes once the
// order is paid, so no lock is needed.
func (r *refund) answer(strike string) *answer {
	q, o := r.req, r.order
	return &answer{
		strike: strike, payer: o.payer(), numbers: []string{q.OutRefundNo, o.req.OutTradeNo},
		body: map[string]any{
			"refund_id": r.refundID, "out_refund_no": q.OutRefundNo, "transaction_id": o.transactionID,
			"out_trade_no": o.req.OutTradeNo, "channel": "ORIGINAL", "user_received_account": "支付用户零钱",
			"success_time": rfc3339(r.createdAt), "create_time": rfc3339(r.createdAt), "status": refundSuccess,
			"funds_account": "AVAILABLE",
			"amount": refundAmount{Total: q.Amount.Total, Refund: q.Amount.Refund, PayerTotal: q.Amount.Total, PayerRefund: q.Amount.Refund,
				SettlementTotal: q.Amount.Total, SettlementRefund: q.Amount.Refund, Currency: "CNY"},
		},
	}
}
