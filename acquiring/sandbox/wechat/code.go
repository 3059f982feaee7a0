package wechat

import (
	"cmp"
	"net/url"
	"regexp"
	"time"
)

// codeOrderLife is how long the consumer may take to enter the password. Not
// published; the older documents speak of 30 to 60 seconds of asking.
const codeOrderLife = 3 * time.Minute

var authCodeForm = regexp.MustCompile(`^1[0-5][0-9]{16}$`)

// codeRequest is the body of an order that is paid by the consumer's code.
type codeRequest struct {
	SpAppID     string `json:"sp_appid"`
	SpMchID     string `json:"sp_mchid"`
	SubAppID    string `json:"sub_appid"`
	SubMchID    string `json:"sub_mchid"`
	Description string `json:"description"`
	OutTradeNo  string `json:"out_trade_no"`
	Attach      string `json:"attach"`
	Amount      struct {
		Total    int64  `json:"total"`
		Currency string `json:"currency"`
	} `json:"amount"`
	Payer struct {
		AuthCode string `json:"auth_code"`
	} `json:"payer"`
	SceneInfo *struct {
		DeviceID  string `json:"device_id"`
		DeviceIP  string `json:"device_ip"`
		StoreInfo *struct {
			ID    string `json:"id"`
			OutID string `json:"out_id"`
		} `json:"store_info"`
	} `json:"scene_info"`
}

func (q *codeRequest) check() *apiError {
	var c checks
	c.form("sub_mchid", q.SubMchID, subMchIDForm)
	c.text("description", q.Description, 1, 127)
	c.form("out_trade_no", q.OutTradeNo, outTradeNoForm)
	c.text("attach", q.Attach, 0, 128)
	c.fen("amount.total", q.Amount.Total)
	c.currency("amount.currency", q.Amount.Currency)
	c.form("payer.auth_code", q.Payer.AuthCode, authCodeForm)
	c.require(q.SceneInfo != nil, "scene_info", "", "is missing")
	if s := q.SceneInfo; s != nil {
		c.require(s.DeviceID != "" || s.StoreInfo != nil, "scene_info", "", "want device_id or store_info")
		if s.DeviceIP != "" {
			c.ip("scene_info.device_ip", s.DeviceIP)
		}
	}
	return c.fault
}

// order is the request as the books keep it; the payer is whoever showed the code.
func (q *codeRequest) order(openid string) orderRequest {
	o := orderRequest{SpAppID: q.SpAppID, SpMchID: q.SpMchID, SubAppID: q.SubAppID, SubMchID: q.SubMchID,
		Description: q.Description, OutTradeNo: q.OutTradeNo, Attach: q.Attach, Amount: q.Amount}
	o.Payer.SpOpenID = openid
	return o
}

// ShowCode is the consumer opening the payment code.
func (w *Wallet) ShowCode(payer string) string { return w.payCodes.Show(payer, w.core.Clock.Now()) }

// payByCode takes the money of whoever shows the code, or asks for a password.
func (w *Wallet) payByCode(c *call) (*answer, *apiError) {
	var q codeRequest
	if refusal := decode(c.body, &q); refusal != nil {
		return nil, refusal
	}
	if q.SpAppID != spAppID || q.SpMchID != w.spMchID {
		return nil, refuse(appMchNotMatch, "sp_appid %q 与 sp_mchid %q 不匹配", q.SpAppID, q.SpMchID)
	}
	if refusal := q.check(); refusal != nil {
		return nil, refusal
	}
	now := w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if o := w.orders[q.OutTradeNo]; o != nil {
		return nil, o.codeAgain()
	}
	payer, good := w.payCodes.Take(q.Payer.AuthCode, now)
	openid := openID(payer)
	w.core.Faults.Know(openid, payer)
	fate := w.core.Faults.CodeFate(w.name, q.OutTradeNo, openid)
	switch {
	case !good || fate.Expired:
		return nil, refuse(authCodeExpired, "二维码已过期，请用户在微信上刷新后再试")
	case fate.Funds:
		return nil, refuse(notEnough, "用户余额不足，请换其他卡支付")
	}
	o := w.book(q.order(openid), c.namedKey(), now, now.Add(codeOrderLife))
	o.tradeType = tradeMicropay
	if q.SceneInfo.DeviceID != "" {
		o.codeDevice = q.SceneInfo.DeviceID
	}
	if fate.Password {
		o.state = userPaying
		if fate.After > 0 {
			w.core.Clock.AfterFunc(fate.After, func() { _ = w.Confirm(q.OutTradeNo, "") }) // reversed meanwhile: nothing to pay
		}
		return nil, refuse(userPaying, "需要用户输入支付密码")
	}
	w.take(o, now)
	return &answer{body: o.transaction(), strike: "pay_code", payer: openid, numbers: []string{q.OutTradeNo}}, nil
}

// codeAgain refuses a number that was used before.
func (o *order) codeAgain() *apiError {
	switch {
	case o.state == userPaying:
		return refuse(userPaying, "需要用户输入支付密码")
	case o.paid() && o.state != revoked:
		return refuse(invalidRequest, "ORDERPAID: 该订单已支付")
	}
	return refuse(outTradeNoUsed, "商户订单号重复")
}

// reverse undoes an order by code: an unpaid one cannot be paid any more, a paid
// one is given back. Reversing again changes nothing and succeeds.
func (w *Wallet) reverse(c *call) (*answer, *apiError) {
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
		return nil, refusal
	}
	if o.tradeType != tradeMicropay || len(o.refunds) > 0 {
		return nil, refuse(tradeError, "该订单不支持撤销")
	}
	o.state = revoked
	return &answer{strike: "reverse", payer: o.payer(), numbers: []string{o.req.OutTradeNo}}, nil
}

// device is the terminal that the order's bill names.
func (o *order) device() string { return cmp.Or(o.codeDevice, o.req.device()) }
