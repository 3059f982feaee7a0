package alipay

import (
	"encoding/json"
	"strings"
)

// errorRoot names the answer of a call that was not admitted.
const errorRoot = "error_response"

// success begins every answer of success.
type success struct {
	Code string `json:"code"`
	Msg  string `json:"msg"`
}

var done = success{Code: "10000", Msg: "Success"}

// failure is an answer of failure.
type failure struct {
	Code    string `json:"code"`
	Msg     string `json:"msg"`
	SubCode string `json:"sub_code,omitempty"`
	SubMsg  string `json:"sub_msg,omitempty"`
}

func missing(param string) *failure {
	sub := map[string]string{"sign": "signature", "sign_type": "signature-type"}[param]
	if sub == "" {
		sub = strings.ReplaceAll(param, "_", "-")
	}
	return &failure{Code: "40001", Msg: "Missing Required Arguments", SubCode: "isv.missing-" + sub, SubMsg: "缺少参数 " + param}
}

func invalid(what string) *failure {
	msg := "参数无效 " + what
	if what == "signature" {
		msg = "验签出错，请检查应用私钥与待签名字符串"
	}
	return &failure{Code: "40002", Msg: "Invalid Arguments", SubCode: "isv.invalid-" + what, SubMsg: msg}
}

// Business refusals. The full list of sub codes is not confirmed [M]; those
// that the documents name are used where they fit.
var (
	errNotExist     = business("ACQ.TRADE_NOT_EXIST", "交易不存在")
	errHasSuccess   = business("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
	errHasClose     = business("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
	errStatus       = business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
	errInconsistent = business("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改：商户订单号已用于另一笔交易")
	errRepeat       = business("ACQ.DISCORDANT_REPEAT_REQUEST", "不一致的请求：退款请求号已用于另一金额")
	errTooMuch      = business("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
	errCode         = business("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付失败，获取顾客账户信息失败，请顾客刷新付款码后重新收款")
	errFunds        = business("ACQ.BUYER_BALANCE_NOT_ENOUGH", "支付失败，顾客余额不足")
	errStaticLimit  = business("ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "静态码当日付款额度已用完，请出示付款码由商家扫码")
	errNoBill       = business("isp.bill_not_exist", "账单不存在")
)

func business(sub, msg string) failure {
	return failure{Code: "40004", Msg: "Business Failed", SubCode: sub, SubMsg: msg}
}

func badParam(field, why string) failure {
	return business("ACQ.INVALID_PARAMETER", "参数无效："+field+" "+why)
}

// content is biz_content of every call: each reads its own part.
type content struct {
	Scene          text `json:"scene"`
	AuthCode       text `json:"auth_code"`
	OutTradeNo     text `json:"out_trade_no"`
	TradeNo        text `json:"trade_no"`
	TotalAmount    text `json:"total_amount"`
	Subject        text `json:"subject"`
	Body           text `json:"body"`
	BuyerID        text `json:"buyer_id"`
	BuyerOpenID    text `json:"buyer_open_id"`
	OpBuyerOpenID  text `json:"op_buyer_open_id"`
	StoreID        text `json:"store_id"`
	TerminalID     text `json:"terminal_id"`
	OperatorID     text `json:"operator_id"`
	TimeoutExpress text `json:"timeout_express"`
	TimeExpire     text `json:"time_expire"`
	PassbackParams text `json:"passback_params"`
	SubMerchant    struct {
		MerchantID text `json:"merchant_id"`
	} `json:"sub_merchant"`
	RefundAmount text     `json:"refund_amount"`
	RefundReason text     `json:"refund_reason"`
	OutRequestNo text     `json:"out_request_no"`
	QueryOptions []string `json:"query_options"`
	AlipayCertSN text     `json:"alipay_cert_sn"`
	BillType     text     `json:"bill_type"`
	BillDate     text     `json:"bill_date"`
}

// text takes a JSON string or number: Alipay accepts amounts as either.
type text string

// UnmarshalJSON reads a string, a number or null.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err == nil {
		*t = text(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*t = text(n.String())
	return nil
}
