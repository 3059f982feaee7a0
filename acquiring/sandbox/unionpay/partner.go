package unionpay

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"juma/acquiring/sandbox"
)

// The service provider's interface (partner.95516.com): JSON bodies, signed as acp
// 5.1.0 signs, less acp's own parameters. What is served here beyond what
// integrations of it show is said in place.
const partnerPath = "/gateway/api/pay/"

// The service provider and its app at WeChat, in Credentials. SubAppID is the app
// of the WeChat sandbox, so that both may be used together.
const (
	SerProvID = "99982900SP01"
	SubAppID  = "wx99990000aaaabbbb"
)

// The types of orders a page can place, with the wallet's name in the other calls.
var jsTypes = map[string]string{"wechatJs": "wechat", "alipayJs": "alipay", "upJs": "unionpay"}

// What became of an order, by origRespCode of a query.
const (
	partnerPaid       = "00"
	partnerGivenBack  = "01"
	partnerUnpaid     = "02"
	partnerClosed     = "03"
	partnerRefundDone = "00"
	partnerGeneral    = "99"
)

// partnerCall is one call of the interface.
type partnerCall struct {
	need []string
	call string // its name in the fault script
	do   func(w *Wallet, p params) (params, *refusal)
}

var partnerCalls map[string]partnerCall

func init() {
	partnerCalls = map[string]partnerCall{
		"unifiedorder": {[]string{"orderType", "orderTime", "txnAmt", "backUrl"}, "prepay", (*Wallet).partnerOrder},
		"queryOrder":   {nil, "query", (*Wallet).partnerQuery},
		"closeOrder":   {nil, "close", (*Wallet).partnerClose},
		"refund":       {[]string{"origOrderNo", "txnAmt", "orderTime"}, "refund", (*Wallet).partnerRefund},
		"refundQuery":  {[]string{"origOrderNo"}, "refund_query", (*Wallet).partnerRefundQuery},
	}
}

func (w *Wallet) partnerCredentials(base string, acp map[string]any) map[string]any {
	return map[string]any{
		"gateway_url": base, "ser_prov_id": SerProvID, "sub_app_id": SubAppID, "private_key_pem": w.keys.acquirer.privatePEM(),
		"unionpay_public_key_pem": w.publicKeys(),
		"acp":                     acp,
	}
}

// servePartner answers one call: read, verify, do, disturb as scripted, sign.
func (w *Wallet) servePartner(rw http.ResponseWriter, r *http.Request) {
	asked, err := readJSON(r)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	answer := params{"serProvId": SerProvID}
	for _, name := range []string{"merId", "orderNo", "orderTime", "orderType", "origOrderNo"} {
		answer[name] = asked[name]
	}
	c, bad := w.admitPartner(asked, r.PathValue("call"))
	if bad == nil {
		var more params
		if more, bad = c.do(w, asked); bad == nil {
			for name, value := range more {
				answer[name] = value
			}
		}
		// The script speaks of orders in acp's words.
		if w.disturb(c.call, params{"orderId": asked["orderNo"], "appUserId": asked["userId"]}, params{}) {
			answer, bad = params{"serProvId": SerProvID, "merId": asked["merId"], "orderNo": asked["orderNo"]}, refuse(partnerGeneral, "")
		}
	}
	if bad == nil {
		bad = refuse(respOK, "")
	}
	answer["respCode"], answer["respMsg"] = bad.code, respMsg(bad.code, bad.detail)
	body, err := answer.signedJSON(w.signer())
	if err != nil {
		http.Error(rw, "the answer cannot be signed", http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_, _ = rw.Write(body) // the asker hung up: nobody to tell
}

// admitPartner refuses what is not in order: the signature first.
func (w *Wallet) admitPartner(p params, name string) (partnerCall, *refusal) {
	c, ok := partnerCalls[name]
	switch {
	case p["serProvId"] != SerProvID:
		return c, refuse(respNoRight, "serProvId")
	case p.verify(&w.keys.acquirer.key.PublicKey) != nil:
		return c, refuse(respSignature, "")
	case !ok:
		return c, refuse(respNoRight, "no such call")
	}
	for _, name := range append([]string{"merId", "orderNo"}, c.need...) {
		if p[name] == "" {
			return c, refuse(respMissing, name)
		}
	}
	return c, checkFormat(p.acp())
}

// acp is a message in acp's names, which the books are kept in.
func (p params) acp() params {
	return params{
		"merId": p["merId"], "orderId": p["orderNo"], "txnTime": p["orderTime"], "txnAmt": p["txnAmt"], "currencyCode": p["currencyCode"],
		"appUserId": p["userId"], "backUrl": p["backUrl"], "frontUrl": p["frontUrl"], "termId": p["termId"], "orderDesc": p["orderInfo"],
		"origOrderId": p["origOrderNo"], "origTxnTime": p["origOrderTime"],
	}
}

// partnerOrder is unifiedorder: payData is what the page needs to open the wallet.
func (w *Wallet) partnerOrder(p params) (params, *refusal) {
	if jsTypes[p["orderType"]] == "" {
		return nil, refuse(respFormat, "orderType")
	}
	if p["userId"] == "" && p["orderType"] != "upJs" {
		return nil, refuse(respMissing, "userId")
	}
	if p["orderType"] == "wechatJs" && p["subAppId"] != SubAppID {
		return nil, refuse(respFormat, "subAppId is no app of this service provider")
	}
	asked := p.acp()
	asked["orderType"], asked["txnSubType"] = p["orderType"], jsPay
	placed, bad := w.placeOrder(asked)
	if bad != nil {
		return nil, bad
	}
	return params{"txnAmt": p["txnAmt"], "payData": w.payData(p, placed)}, nil
}

// payData is by type: WeChat's parameters, Alipay's trade number, or an address.
func (w *Wallet) payData(p, placed params) string {
	content := map[string]string{"tradeNO": placed["tn"]}
	switch p["orderType"] {
	case "upJs":
		return placed["payUrl"]
	case "wechatJs":
		now := strconv.FormatInt(w.core.Clock.Now().Unix(), 10)
		content = map[string]string{
			"appId": p["subAppId"], "timeStamp": now, "nonceStr": sandbox.Digits(16, "unionpay nonce %s", placed["tn"]),
			"package": "prepay_id=" + placed["tn"], "signType": "RSA", "paySign": sandbox.Digits(32, "unionpay paySign %s", placed["tn"]),
		}
	}
	text, err := json.Marshal(content)
	if err != nil {
		panic("unionpay sandbox: payData: " + err.Error()) // strings always marshal
	}
	return string(text)
}

// partnerFind finds the order that a call names, under the book's lock.
func (b *book) partnerFind(merID, orderNo, orderTime, orderType string) *order {
	for _, o := range b.byNumber[orderNo] {
		if o.merID == merID && (orderTime == "" || o.txnTime == orderTime) && (orderType == "" || jsTypes[o.orderType] == orderType) {
			return o
		}
	}
	return nil
}

func (w *Wallet) partnerQuery(p params) (params, *refusal) {
	now := w.core.Clock.Now()
	b := w.book
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.partnerFind(p["merId"], p["orderNo"], p["orderTime"], p["orderType"])
	if o == nil {
		return nil, refuse(respNotFound, "")
	}
	out, code := params{"txnAmt": strconv.FormatInt(o.amount, 10)}, partnerUnpaid
	switch {
	case o.mark.queryID != "" && o.givenBack > 0:
		out, code = o.partnerMoney(), partnerGivenBack
	case o.mark.queryID != "":
		out, code = o.partnerMoney(), partnerPaid
	case o.state == reversed, o.expired(now):
		code = partnerClosed
	}
	out["origRespCode"], out["origRespMsg"] = code, map[string]string{
		partnerPaid: "支付成功", partnerGivenBack: "转入退款", partnerUnpaid: "未支付", partnerClosed: "已关闭"}[code]
	return out, nil
}

// partnerMoney is what a paid order's notice and query have in common. settleDate
// and traceTime are as in acp, which is assumed.
func (o *order) partnerMoney() params { return partnerFields(o.money()) }

func partnerFields(p params) params {
	return params{"txnAmt": p["txnAmt"], "currencyCode": p["currencyCode"], "transIndex": p["queryId"], "settleDate": p["settleDate"],
		"traceTime": p["traceTime"], "accNo": p["accNo"]}
}

func (w *Wallet) partnerClose(p params) (params, *refusal) {
	b := w.book
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.partnerFind(p["merId"], p["orderNo"], p["orderTime"], p["orderType"])
	switch {
	case o == nil:
		return nil, refuse(respNotFound, "")
	case o.mark.queryID != "":
		return nil, refuse(respState, "the order is paid")
	}
	o.state = reversed // again, or an unpaid one
	return params{}, nil
}

// partnerRefund is done when it is answered.
func (w *Wallet) partnerRefund(p params) (params, *refusal) {
	asked := p.acp()
	asked["txnType"] = refundType
	if asked["origTxnTime"] == "" {
		w.book.mu.Lock()
		if o := w.book.partnerFind(p["merId"], p["origOrderNo"], "", p["orderType"]); o != nil {
			asked["origTxnTime"] = o.txnTime
		}
		w.book.mu.Unlock()
	}
	done, bad := w.giveBack(asked)
	if bad != nil {
		return nil, bad
	}
	return partnerFields(done), nil
}

func (w *Wallet) partnerRefundQuery(p params) (params, *refusal) {
	b := w.book
	b.mu.Lock()
	defer b.mu.Unlock()
	for k, r := range b.reversals {
		if k.merID == p["merId"] && k.orderID == p["orderNo"] && r.orig.orderID == p["origOrderNo"] {
			out := partnerFields(r.money())
			out["traceTime"] = r.mark.at.Format("0102150405")
			out["origRespCode"], out["origRespMsg"] = partnerRefundDone, "退款成功"
			return out, nil
		}
	}
	return nil, refuse(respNotFound, "")
}

// partnerNotice tells of a payment or, with r, of a refund. That refunds are told
// of at all is assumed; nobody needs it, for the answer to refund is final.
func (w *Wallet) partnerNotice(o *order, r *reversal) sandbox.Notification {
	fields, to := o.partnerMoney(), o.backURL
	fields["merId"], fields["orderNo"], fields["orderTime"] = o.merID, o.orderID, o.txnTime
	if r != nil {
		fields, to = partnerFields(r.money()), r.backURL
		fields["merId"], fields["orderNo"], fields["orderTime"], fields["origOrderNo"] = r.merID, r.orderID, r.txnTime, o.orderID
	}
	fields["serProvId"], fields["orderType"], fields["respCode"] = SerProvID, jsTypes[o.orderType], respOK
	return sandbox.Notification{
		Wallet: w.name, OutTradeNo: o.orderID, Refund: r != nil, URL: to, Retry: noticeRetry,
		Accepted: func(status int, body []byte) bool {
			return status == http.StatusOK && strings.TrimSpace(string(body)) == "success"
		},
		Build: func(_ time.Time, forged bool) (http.Header, []byte, error) {
			by := w.signer()
			if forged {
				by = w.keys.impostor
			}
			body, err := fields.signedJSON(by)
			return http.Header{"Content-Type": {"application/json;charset=UTF-8"}}, body, err
		},
	}
}

// signedJSON is a message as the interface writes it: one flat object of texts,
// signed without acp's own parameters.
func (p params) signedJSON(by identity) ([]byte, error) {
	signed := params{}
	for name, value := range p {
		if value != "" {
			signed[name] = value
		}
	}
	if err := signed.signBare(by.key); err != nil {
		return nil, err
	}
	return json.Marshal(signed)
}

// readJSON reads a posted object of texts and whole numbers.
func readJSON(r *http.Request) (params, error) {
	if ct := r.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
		return nil, fmt.Errorf("Content-Type %q: want application/json", ct)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil || len(body) > maxRequest {
		return nil, fmt.Errorf("a body of at most %d bytes is wanted", maxRequest)
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return nil, errors.New("the body is no JSON object")
	}
	p := params{}
	for name, raw := range fields {
		var text string
		switch {
		case json.Unmarshal(raw, &text) == nil:
		case slices.Contains([]byte("-0123456789"), raw[0]):
			text = string(raw)
		default:
			return nil, fmt.Errorf("%s: want a text or a number", name)
		}
		p[cmp.Or(name, "?")] = text
	}
	return p, nil
}
