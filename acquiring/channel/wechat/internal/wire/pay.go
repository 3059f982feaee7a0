package wire

import (
	"context"
	"net/http"
	"net/url"
)

// JSAPIOrder is the body of a partner JSAPI order.
type JSAPIOrder struct {
	SPAppID     string     `json:"sp_appid"`
	SPMchID     string     `json:"sp_mchid"`
	SubMchID    string     `json:"sub_mchid"`
	Description string     `json:"description"`
	OutTradeNo  string     `json:"out_trade_no"`
	TimeExpire  string     `json:"time_expire,omitempty"` // RFC 3339
	Attach      string     `json:"attach,omitempty"`
	NotifyURL   string     `json:"notify_url"`
	LimitPay    []string   `json:"limit_pay,omitempty"` // NoCredit
	Amount      OrderTotal `json:"amount"`
	Payer       Payer      `json:"payer"`
	SceneInfo   *SceneInfo `json:"scene_info,omitempty"`
}

// NoCredit in LimitPay excludes credit cards.
const NoCredit = "no_credit"

// OrderTotal is an order's amount in fen.
type OrderTotal struct {
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
}

// Payer names the consumer to one of the apps.
type Payer struct {
	SPOpenID  string `json:"sp_openid,omitempty"`
	SubOpenID string `json:"sub_openid,omitempty"`
}

// SceneInfo says where an order was made.
type SceneInfo struct {
	PayerClientIP string     `json:"payer_client_ip"`
	DeviceID      string     `json:"device_id,omitempty"`
	StoreInfo     *StoreInfo `json:"store_info,omitempty"`
}

// StoreInfo names the store.
type StoreInfo struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Transaction is an order as WeChat knows it: query answer and notice.
type Transaction struct {
	SPAppID        string            `json:"sp_appid"`
	SPMchID        string            `json:"sp_mchid"`
	SubMchID       string            `json:"sub_mchid"`
	OutTradeNo     string            `json:"out_trade_no"`
	TransactionID  string            `json:"transaction_id"`
	TradeType      string            `json:"trade_type"`
	TradeState     string            `json:"trade_state"`
	TradeStateDesc string            `json:"trade_state_desc"`
	SuccessTime    string            `json:"success_time"` // RFC 3339
	BankType       string            `json:"bank_type"`
	Payer          Payer             `json:"payer"`
	Amount         TransactionAmount `json:"amount"`
}

// TransactionAmount is a transaction's amount in fen. Total is nil when the
// answer carries none (an unpaid order).
type TransactionAmount struct {
	Total    *int64 `json:"total"`
	Currency string `json:"currency"`
}

// RefundOrder is the body of a refund.
type RefundOrder struct {
	SubMchID    string       `json:"sub_mchid"`
	OutTradeNo  string       `json:"out_trade_no"`
	OutRefundNo string       `json:"out_refund_no"`
	Reason      string       `json:"reason,omitempty"`
	NotifyURL   string       `json:"notify_url,omitempty"`
	Amount      RefundAmount `json:"amount"`
}

// RefundAmount is a refund's amount and its order's in fen.
type RefundAmount struct {
	Refund   int64  `json:"refund"`
	Total    int64  `json:"total"`
	Currency string `json:"currency,omitempty"`
}

// Refund is a refund as WeChat knows it: the answer (Status) and the notice
// (RefundStatus, SPMchID, SubMchID).
type Refund struct {
	SPMchID       string       `json:"sp_mchid"`
	SubMchID      string       `json:"sub_mchid"`
	RefundID      string       `json:"refund_id"`
	OutRefundNo   string       `json:"out_refund_no"`
	TransactionID string       `json:"transaction_id"`
	OutTradeNo    string       `json:"out_trade_no"`
	SuccessTime   string       `json:"success_time"` // RFC 3339
	CreateTime    string       `json:"create_time"`  // RFC 3339; acceptance
	Status        string       `json:"status"`
	RefundStatus  string       `json:"refund_status"`
	Amount        RefundAmount `json:"amount"`
}

// PlaceJSAPI places an order; a successful answer has a prepay_id.
func (c *Client) PlaceJSAPI(ctx context.Context, order JSAPIOrder) (Answer, error) {
	return c.call(ctx, http.MethodPost, "/v3/pay/partner/transactions/jsapi", order)
}

// CodeOrder is the body of a partner order that is paid by the consumer's code.
// WeChat sends no notice about such an order.
type CodeOrder struct {
	SPAppID     string     `json:"sp_appid"`
	SPMchID     string     `json:"sp_mchid"`
	SubMchID    string     `json:"sub_mchid"`
	Description string     `json:"description"`
	OutTradeNo  string     `json:"out_trade_no"`
	Attach      string     `json:"attach,omitempty"`
	LimitPay    []string   `json:"limit_pay,omitempty"` // NoCredit
	Amount      OrderTotal `json:"amount"`
	Payer       CodeHolder `json:"payer"`
	SceneInfo   CodeScene  `json:"scene_info"`
}

// CodeHolder is the consumer, known by the code alone.
type CodeHolder struct {
	AuthCode string `json:"auth_code"`
}

// CodeScene says where the code was scanned; the address is the merchant's.
type CodeScene struct {
	DeviceID  string     `json:"device_id,omitempty"`
	DeviceIP  string     `json:"device_ip,omitempty"`
	StoreInfo *CodeStore `json:"store_info,omitempty"`
}

// CodeStore names the store by our number.
type CodeStore struct {
	OutID string `json:"out_id"`
}

// PayByCode places an order and takes the money; a successful answer is a
// Transaction.
func (c *Client) PayByCode(ctx context.Context, order CodeOrder) (Answer, error) {
	return c.call(ctx, http.MethodPost, "/v3/pay/partner/transactions/codepay", order)
}

// ReverseOrder undoes an order that was paid by code.
func (c *Client) ReverseOrder(ctx context.Context, subMchID, outTradeNo string) (Answer, error) {
	return c.call(ctx, http.MethodPost, orderPath(outTradeNo)+"/reverse", struct {
		SPMchID  string `json:"sp_mchid"`
		SubMchID string `json:"sub_mchid"`
	}{c.opt.MchID, subMchID})
}

// QueryOrder asks for the Transaction of an order.
func (c *Client) QueryOrder(ctx context.Context, subMchID, outTradeNo string) (Answer, error) {
	return c.call(ctx, http.MethodGet, orderPath(outTradeNo)+
		"?sp_mchid="+url.QueryEscape(c.opt.MchID)+"&sub_mchid="+url.QueryEscape(subMchID), nil)
}

// CloseOrder closes an unpaid order; success has no body.
func (c *Client) CloseOrder(ctx context.Context, subMchID, outTradeNo string) (Answer, error) {
	return c.call(ctx, http.MethodPost, orderPath(outTradeNo)+"/close", struct {
		SPMchID  string `json:"sp_mchid"`
		SubMchID string `json:"sub_mchid"`
	}{c.opt.MchID, subMchID})
}

func orderPath(outTradeNo string) string {
	return "/v3/pay/partner/transactions/out-trade-no/" + url.PathEscape(outTradeNo)
}

// PlaceRefund asks for a refund; a successful answer is a Refund.
func (c *Client) PlaceRefund(ctx context.Context, order RefundOrder) (Answer, error) {
	return c.call(ctx, http.MethodPost, "/v3/refund/domestic/refunds", order)
}

// QueryRefund asks for a Refund.
func (c *Client) QueryRefund(ctx context.Context, subMchID, outRefundNo string) (Answer, error) {
	return c.call(ctx, http.MethodGet, "/v3/refund/domestic/refunds/"+url.PathEscape(outRefundNo)+
		"?sub_mchid="+url.QueryEscape(subMchID), nil)
}
