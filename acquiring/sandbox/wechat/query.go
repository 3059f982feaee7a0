package wechat

import (
	"net/url"
)

// Bank of every sandboxed payment: the wallet's own balance and small banks show
// as OTHERS.
const bankType = "OTHERS"

// transaction is an order as queries and notices show it.
type transaction struct {
	SpAppID        string    `json:"sp_appid"`
	SpMchID        string    `json:"sp_mchid"`
	SubAppID       string    `json:"sub_appid,omitempty"`
	SubMchID       string    `json:"sub_mchid"`
	OutTradeNo     string    `json:"out_trade_no"`
	TransactionID  string    `json:"transaction_id,omitempty"`
	TradeType      string    `json:"trade_type,omitempty"`
	TradeState     string    `json:"trade_state"`
	TradeStateDesc string    `json:"trade_state_desc"`
	BankType       string    `json:"bank_type,omitempty"`
	Attach         string    `json:"attach"`
	SuccessTime    string    `json:"success_time,omitempty"`
	Payer          payerInfo `json:"payer"`
	Amount         amount    `json:"amount"`
	SceneInfo      *scene    `json:"scene_info,omitempty"`
}

type payerInfo struct {
	SpOpenID  string `json:"sp_openid,omitempty"`
	SubOpenID string `json:"sub_openid,omitempty"`
}

type amount struct {
	Total         int64  `json:"total"`
	PayerTotal    int64  `json:"payer_total,omitempty"`
	Currency      string `json:"currency"`
	PayerCurrency string `json:"payer_currency,omitempty"`
}

type scene struct {
	DeviceID string `json:"device_id"`
}

// transaction prints an order. Needs the lock.
func (o *order) transaction() transaction {
	t := transaction{
		SpAppID: spAppID, SpMchID: o.req.SpMchID, SubAppID: o.req.SubAppID, SubMchID: o.req.SubMchID, OutTradeNo: o.req.OutTradeNo,
		TradeState: o.state, TradeStateDesc: stateText[o.state], Attach: o.req.Attach,
		Payer:  payerInfo{o.req.Payer.SpOpenID, o.req.Payer.SubOpenID},
		Amount: amount{Total: o.req.Amount.Total, Currency: "CNY"},
	}
	if d := o.device(); d != "" {
		t.SceneInfo = &scene{d}
	}
	if o.paid() && o.state != revoked {
		t.TransactionID, t.TradeType, t.BankType, t.SuccessTime = o.transactionID, o.tradeType, bankType, rfc3339(o.paidAt)
		t.Amount.PayerTotal, t.Amount.PayerCurrency = o.req.Amount.Total, "CNY"
	}
	return t
}

// owned checks that the query string names the provider and the order's
// sub-merchant.
func (w *Wallet) owned(o *order, q url.Values) *apiError {
	if q.Get("sp_mchid") != w.spMchID {
		return badParam("query", "sp_mchid", q.Get("sp_mchid"), "want %s", w.spMchID)
	}
	if !subMchIDForm.MatchString(q.Get("sub_mchid")) {
		return badParam("query", "sub_mchid", q.Get("sub_mchid"), "want %s", subMchIDForm)
	}
	if o == nil || o.req.SubMchID != q.Get("sub_mchid") {
		return refuse(orderNotExist, "订单不存在")
	}
	return nil
}

func (w *Wallet) queryByNumber(c *call) (*answer, *apiError) {
	return w.query(c, w.orders, c.r.PathValue("no"))
}

func (w *Wallet) queryByTransaction(c *call) (*answer, *apiError) {
	return w.query(c, w.trades, c.r.PathValue("id"))
}

func (w *Wallet) query(c *call, by map[string]*order, key string) (*answer, *apiError) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := by[key]
	if refusal := w.owned(o, c.r.URL.Query()); refusal != nil {
		return nil, refusal
	}
	return &answer{body: o.transaction(), strike: "query", payer: o.payer(), numbers: []string{o.req.OutTradeNo}}, nil
}

// closeOrder makes an unpaid order unpayable. Closing a closed order again
// changes nothing and succeeds.
func (w *Wallet) closeOrder(c *call) (*answer, *apiError) {
	var q struct {
		SpMchID  string `json:"sp_mchid"`
		SubMchID string `json:"sub_mchid"`
	}
	if refusal := decode(c.body, &q); refusal != nil {
		return nil, refusal
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.orders[c.r.PathValue("no")]
	if refusal := w.owned(o, url.Values{"sp_mchid": {q.SpMchID}, "sub_mchid": {q.SubMchID}}); refusal != nil {
		if refusal.Detail != nil {
			refusal.Detail.Location = "body"
		}
		return nil, refusal
	}
	if o.paid() {
		return nil, refuse(invalidRequest, "ORDERPAID: 该订单已支付,不能关闭")
	}
	o.state = closedWord
	return &answer{strike: "close", payer: o.payer(), numbers: []string{o.req.OutTradeNo}}, nil
}
