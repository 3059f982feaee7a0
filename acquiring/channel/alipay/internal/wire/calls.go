package wire

import (
	"context"

	"github.com/smartwalle/alipay/v3"
)

// The answers hold only the fields that are read. The SDK's structs know many
// more, and a surprise in a field that nobody reads must not make an answer
// about money unreadable.

// Create is alipay.trade.create. The SDK's own type sends its optional fields
// as empty strings; this one says only what is meant.
type Create struct {
	alipay.AuxParam
	NotifyURL    string        `json:"-"`
	OutTradeNo   string        `json:"out_trade_no"`
	TotalAmount  string        `json:"total_amount"` // yuan
	Subject      string        `json:"subject"`
	ProductCode  string        `json:"product_code"`
	OpAppID      string        `json:"op_app_id,omitempty"`
	BuyerID      string        `json:"buyer_id,omitempty"`
	BuyerOpenID  string        `json:"buyer_open_id,omitempty"`
	TimeExpire   string        `json:"time_expire,omitempty"` // TimeLayout
	StoreID      string        `json:"store_id,omitempty"`
	TerminalID   string        `json:"terminal_id,omitempty"`
	SubMerchant  SubMerchant   `json:"sub_merchant"`
	Disabled     string        `json:"disable_pay_channels,omitempty"` // CreditGroup
	ExtendParams *ExtendParams `json:"extend_params,omitempty"`
}

// CreditGroup in Disabled excludes credit cards and what is paid later. The word is
// weakly confirmed.
const CreditGroup = "credit_group"

// ExtendParams names the service provider that the trade came through.
type ExtendParams struct {
	ServiceProviderID string `json:"sys_service_provider_id"`
}

// SubMerchant names the merchant of an indirect (间连) trade.
type SubMerchant struct {
	MerchantID string `json:"merchant_id"`
}

// APIName is the method's name.
func (Create) APIName() string { return "alipay.trade.create" }

// Params are the parameters outside biz_content.
func (c Create) Params() map[string]string { return map[string]string{"notify_url": c.NotifyURL} }

// Created is the answer of Create and of Close.
type Created struct {
	TradeNo    string `json:"trade_no"`
	OutTradeNo string `json:"out_trade_no"`
}

// Create places an order.
func (c *Client) Create(ctx context.Context, p Create) (Created, Status, error) {
	return call[Created](ctx, c, p)
}

// Pay is alipay.trade.pay: an order that is paid at once by the consumer's code.
type Pay struct {
	alipay.AuxParam
	NotifyURL    string        `json:"-"`
	OutTradeNo   string        `json:"out_trade_no"`
	TotalAmount  string        `json:"total_amount"` // yuan
	Subject      string        `json:"subject"`
	Scene        string        `json:"scene"` // bar_code
	AuthCode     string        `json:"auth_code"`
	ProductCode  string        `json:"product_code"`
	TimeExpire   string        `json:"time_expire,omitempty"` // TimeLayout
	StoreID      string        `json:"store_id,omitempty"`
	TerminalID   string        `json:"terminal_id,omitempty"`
	SubMerchant  SubMerchant   `json:"sub_merchant"`
	Disabled     string        `json:"disable_pay_channels,omitempty"` // CreditGroup
	ExtendParams *ExtendParams `json:"extend_params,omitempty"`
}

// APIName is the method's name.
func (Pay) APIName() string { return "alipay.trade.pay" }

// Params are the parameters outside biz_content.
func (p Pay) Params() map[string]string { return map[string]string{"notify_url": p.NotifyURL} }

// PaidTrade is the answer of Pay.
type PaidTrade struct {
	TradeNo      string `json:"trade_no"`
	OutTradeNo   string `json:"out_trade_no"`
	TotalAmount  string `json:"total_amount"`
	GmtPayment   string `json:"gmt_payment"`
	BuyerLogonID string `json:"buyer_logon_id"`
}

// Pay takes a payment by the consumer's code.
func (c *Client) Pay(ctx context.Context, p Pay) (PaidTrade, Status, error) {
	return call[PaidTrade](ctx, c, p)
}

// Cancelled is the answer of Cancel.
type Cancelled struct {
	TradeNo    string `json:"trade_no"`
	OutTradeNo string `json:"out_trade_no"`
	RetryFlag  string `json:"retry_flag"` // Y: not done, call again
	Action     string `json:"action"`     // close, refund, or empty: nothing had to be done
}

// Cancel undoes a trade: closes an unpaid one, gives a paid one back in full.
func (c *Client) Cancel(ctx context.Context, outTradeNo string) (Cancelled, Status, error) {
	return call[Cancelled](ctx, c, alipay.TradeCancel{OutTradeNo: outTradeNo})
}

// Trade is the answer of Query. Amounts in yuan, times in TimeLayout.
type Trade struct {
	TradeNo      string `json:"trade_no"`
	OutTradeNo   string `json:"out_trade_no"`
	TradeStatus  string `json:"trade_status"`
	TotalAmount  string `json:"total_amount"`
	SendPayDate  string `json:"send_pay_date"`
	BuyerLogonID string `json:"buyer_logon_id"`
}

// Query asks for a trade by our number.
func (c *Client) Query(ctx context.Context, outTradeNo string) (Trade, Status, error) {
	return call[Trade](ctx, c, alipay.TradeQuery{OutTradeNo: outTradeNo})
}

// Close closes an unpaid trade.
func (c *Client) Close(ctx context.Context, outTradeNo string) (Created, Status, error) {
	return call[Created](ctx, c, alipay.TradeClose{OutTradeNo: outTradeNo})
}

// Refunded is the answer of Refund.
type Refunded struct {
	TradeNo      string `json:"trade_no"`
	OutTradeNo   string `json:"out_trade_no"`
	FundChange   string `json:"fund_change"` // Y: this call moved the money
	RefundFee    string `json:"refund_fee"`  // of the trade so far, in yuan
	GmtRefundPay string `json:"gmt_refund_pay"`
}

// Refund gives money back.
func (c *Client) Refund(ctx context.Context, p alipay.TradeRefund) (Refunded, Status, error) {
	return call[Refunded](ctx, c, p)
}

// RefundState is the answer of QueryRefund.
type RefundState struct {
	TradeNo      string `json:"trade_no"`
	OutTradeNo   string `json:"out_trade_no"`
	OutRequestNo string `json:"out_request_no"`
	TotalAmount  string `json:"total_amount"`
	RefundAmount string `json:"refund_amount"`
	RefundStatus string `json:"refund_status"` // REFUND_SUCCESS, or absent
	GmtRefundPay string `json:"gmt_refund_pay"`
}

// QueryRefund asks for one refund of a trade. gmt_refund_pay comes only when it
// is asked for.
func (c *Client) QueryRefund(ctx context.Context, outTradeNo, outRequestNo string) (RefundState, Status, error) {
	return call[RefundState](ctx, c, alipay.TradeFastPayRefundQuery{
		OutTradeNo: outTradeNo, OutRequestNo: outRequestNo, QueryOptions: []string{"gmt_refund_pay"},
	})
}

// Token is the answer of ExchangeCode: one of the two is set.
type Token struct {
	UserID string `json:"user_id"`
	OpenID string `json:"open_id"`
}

// ExchangeCode turns an authorisation code into the consumer's identity.
func (c *Client) ExchangeCode(ctx context.Context, code string) (Token, Status, error) {
	return call[Token](ctx, c, alipay.SystemOauthToken{GrantType: "authorization_code", Code: code})
}

// BillURL asks where the trade bill of a day (YYYY-MM-DD) is downloaded.
func (c *Client) BillURL(ctx context.Context, day string) (string, Status, error) {
	type answer struct {
		URL string `json:"bill_download_url"`
	}
	a, status, err := call[answer](ctx, c, alipay.BillDownloadURLQuery{BillType: "trade", BillDate: day})
	return a.URL, status, err
}

func call[T any](ctx context.Context, c *Client, p alipay.Param) (T, Status, error) {
	var answer T
	status, err := c.Call(ctx, p, &answer)
	return answer, status, err
}
