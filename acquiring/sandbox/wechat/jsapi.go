package wechat

import (
	"strconv"
	"time"

	"juma/acquiring/sandbox"
)

// orderRequest is the body of a JSAPI order.
type orderRequest struct {
	SpAppID     string `json:"sp_appid"`
	SpMchID     string `json:"sp_mchid"`
	SubAppID    string `json:"sub_appid"`
	SubMchID    string `json:"sub_mchid"`
	Description string `json:"description"`
	OutTradeNo  string `json:"out_trade_no"`
	TimeExpire  string `json:"time_expire"`
	Attach      string `json:"attach"`
	NotifyURL   string `json:"notify_url"`
	Amount      struct {
		Total    int64  `json:"total"`
		Currency string `json:"currency"`
	} `json:"amount"`
	Payer struct {
		SpOpenID  string `json:"sp_openid"`
		SubOpenID string `json:"sub_openid"`
	} `json:"payer"`
	SceneInfo *struct {
		PayerClientIP string `json:"payer_client_ip"`
		DeviceID      string `json:"device_id"`
		StoreInfo     *struct {
			ID string `json:"id"`
		} `json:"store_info"`
	} `json:"scene_info"`
}

// check validates the body field by field, in the order of the documentation.
func (q *orderRequest) check(now time.Time) (expires time.Time, refusal *apiError) {
	var c checks
	c.form("sub_mchid", q.SubMchID, subMchIDForm)
	c.text("description", q.Description, 1, 127)
	c.form("out_trade_no", q.OutTradeNo, outTradeNoForm)
	expires = c.future("time_expire", q.TimeExpire, now)
	c.text("attach", q.Attach, 0, 128)
	c.address("notify_url", q.NotifyURL)
	c.fen("amount.total", q.Amount.Total)
	c.currency("amount.currency", q.Amount.Currency)
	c.require((q.Payer.SpOpenID == "") != (q.Payer.SubOpenID == ""), "payer", "", "want either sp_openid or sub_openid")
	c.require(q.Payer.SubOpenID == "" || q.SubAppID != "", "sub_appid", "", "is missing: sub_openid belongs to it")
	c.text("payer.sp_openid", q.Payer.SpOpenID, 0, 128)
	c.text("payer.sub_openid", q.Payer.SubOpenID, 0, 128)
	if s := q.SceneInfo; s != nil {
		c.ip("scene_info.payer_client_ip", s.PayerClientIP)
		c.require(s.DeviceID == "" || len(s.DeviceID) >= 7 && len(s.DeviceID) <= 32, "scene_info.device_id", s.DeviceID, "want 7 to 32 characters")
		c.require(s.StoreInfo == nil || s.StoreInfo.ID != "", "scene_info.store_info.id", "", "is missing")
	}
	return expires, c.fault
}

// device is the terminal that the bill names.
func (q *orderRequest) device() string {
	if q.SceneInfo == nil {
		return ""
	}
	return q.SceneInfo.DeviceID
}

// differs names the first field in which a repeated order is another one. Scene
// and device are not part of the order's identity: a page loaded twice may come
// from another address.
func (q *orderRequest) differs(p *orderRequest) string {
	for _, f := range []struct{ name, a, b string }{
		{"sub_mchid", q.SubMchID, p.SubMchID},
		{"sub_appid", q.SubAppID, p.SubAppID},
		{"description", q.Description, p.Description},
		{"time_expire", q.TimeExpire, p.TimeExpire},
		{"attach", q.Attach, p.Attach},
		{"notify_url", q.NotifyURL, p.NotifyURL},
		{"amount.total", strconv.FormatInt(q.Amount.Total, 10), strconv.FormatInt(p.Amount.Total, 10)},
		{"payer.sp_openid", q.Payer.SpOpenID, p.Payer.SpOpenID},
		{"payer.sub_openid", q.Payer.SubOpenID, p.Payer.SubOpenID},
	} {
		if f.a != f.b {
			return f.name
		}
	}
	return ""
}

// placeOrder makes an order, or finds the same one again.
func (w *Wallet) placeOrder(c *call) (*answer, *apiError) {
	var q orderRequest
	if refusal := decode(c.body, &q); refusal != nil {
		return nil, refusal
	}
	if q.SpAppID != spAppID || q.SpMchID != w.spMchID {
		return nil, refuse(appMchNotMatch, "sp_appid %q 与 sp_mchid %q 不匹配", q.SpAppID, q.SpMchID)
	}
	now := w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.orders[q.OutTradeNo]
	if o == nil {
		expires, refusal := q.check(now)
		if refusal != nil {
			return nil, refusal
		}
		if _, ok := w.core.Faults.Strike(w.name, sandbox.StaticLimit, "", q.OutTradeNo, q.Payer.SpOpenID); ok {
			return nil, refuse(ruleLimit, "该用户当日静态码支付已达限额，请出示付款码由商家扫码")
		}
		o = w.book(q, c.namedKey(), now, expires)
	} else if refusal := o.again(&q); refusal != nil {
		return nil, refusal
	}
	return &answer{body: map[string]string{"prepay_id": o.prepayID}, strike: "prepay", payer: o.payer(), numbers: []string{q.OutTradeNo}}, nil
}

// again tells whether a repeated request is this order.
func (o *order) again(q *orderRequest) *apiError {
	switch field := o.req.differs(q); {
	case field != "":
		return refuse(outTradeNoUsed, "商户订单号重复: %s 与原订单不一致", field)
	case o.paid():
		return refuse(invalidRequest, "ORDERPAID: 该订单已支付")
	case o.state == closedWord:
		return refuse(orderClosed, "该订单已关闭")
	}
	return nil
}

// book enters a new order. Needs the lock.
func (w *Wallet) book(q orderRequest, namedKey string, now, expires time.Time) *order {
	o := newOrder(q, namedKey, now, expires)
	w.orders[q.OutTradeNo], w.prepays[o.prepayID] = o, o
	return o
}

// newOrder is an order that waits to be paid. A zero expires is WeChat's own
// limit, which no other may exceed.
func newOrder(q orderRequest, namedKey string, now, expires time.Time) *order {
	if last := now.Add(prepayLife); expires.IsZero() || expires.After(last) {
		expires = last
	}
	return &order{req: q, namedKey: namedKey, createdAt: now, expiresAt: expires, tradeType: tradeJSAPI, state: notPay,
		prepayID: "wx" + now.Format("20060102150405") + sandbox.Digits(20, "wechat prepay %s", q.OutTradeNo)}
}
