package wiretap

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"juma/internal/mask"
)

// What may be seen of a message is listed here by the wallets' own names of fields;
// whatever is in no list is hidden, so a field that a wallet adds tomorrow is.
var (
	// plain fields name orders, merchants, amounts, times and outcomes.
	plain = listed(`
		amount bill_type buyer_pay_amount channel code combine_out_trade_no create_time currency discount_refund effective_time errcode event_type fund_change gmt_create
		gmt_payment gmt_refund_pay id invoice_amount mchid merchant_id mode original_type out_refund_no out_request_no out_trade_no payer_currency payer_refund
		payer_total point_amount product_code query_options reason_code receipt_amount refund refund_amount refund_fee refund_id refund_status resource_type retry_flag scene
		send_back_fee send_pay_date settlement_refund settlement_total smid sp_mchid status store_id sub_code sub_mchid success_time terminal_id time_expire timestamp total total_amount trade_no
		trade_state trade_status trade_type transaction_id type sign_type charset format method version notify_type notify_time app_id
		accessType acqInsCode bizType certId channelType currencyCode encoding exchangeDate exchangeRate merCatCode merId orderId orderNo orderTime
		orderType origOrderId origOrderNo origOrderTime origQryId origRespCode origTxnAmt origTxnTime payTimeout queryId respCode respTime
		serProvId settleAmt settleCurrencyCode settleDate settleKey signMethod subAppId termId traceNo traceTime tradeType txnAmt txnSubType
		txnTime txnType`)
	// words are sentences, in which numbers of people are masked.
	words = listed(`
		body description errmsg issue message msg origRespMsg reason refund_reason respMsg subject sub_msg summary trade_state_desc orderInfo`)
	// people name the payer: masked as on every page.
	people = listed(`
		accNo buyer_id buyer_logon_id buyer_open_id buyer_user_id open_id openid payerId sp_openid sub_openid user_id userId appUserId
		user_received_account`)
	// inside fields hold a message of their own, as an object or as text.
	inside = listed(`amount biz_content sub_merchant detail payer refund_detail resource scene_info store_info response`)
)

func listed(text string) map[string]bool {
	all := map[string]bool{}
	for _, name := range strings.Fields(text) {
		all[name] = true
	}
	return all
}

const (
	hidden  = "…"
	maxText = 4 << 10 // of a masked message, in bytes
	maxItem = 160     // of one value, in characters
	maxDeep = 6
)

// shape is what a value of a plain field looks like: a key, a signature or a body does
// not.
var shape = regexp.MustCompile(`^[\p{L}\p{N}_.:+\-/ @*]{0,64}$`)

// message masks a body, be it JSON, a form or anything else, and bounds it.
func message(body []byte) string {
	text := masked(body)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + hidden
	}
	return text
}

func masked(body []byte) string {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return ""
	case body[0] == '{' || body[0] == '[':
		if text, ok := maskedJSON(body); ok {
			return text
		}
	default:
		if form, err := url.ParseQuery(string(body)); err == nil && looksLikeForm(form) {
			return maskedForm(form)
		}
	}
	return fmt.Sprintf("(%d bytes)", len(body))
}

// looksLikeForm tells a form from a text that only parses as one.
func looksLikeForm(form url.Values) bool {
	for name, values := range form {
		if !fieldName.MatchString(name) || len(values) != 1 {
			return false
		}
	}
	return len(form) > 1
}

var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.\[\]]{0,63}$`)

func maskedForm(form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	lines := make([]string, len(names))
	for i, name := range names {
		lines[i] = name + "=" + value(name, form.Get(name), maxDeep)
	}
	return strings.Join(lines, "\n")
}

func maskedJSON(body []byte) (string, bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return "", false
	}
	b := &bytes.Buffer{}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if e.Encode(tree("", v, maxDeep)) != nil {
		return "", false
	}
	return strings.TrimSpace(b.String()), true
}

// tree masks the values of an object by the names of their fields. A list has the name
// of the field that it stands in.
func tree(name string, v any, deep int) any {
	if deep == 0 {
		return hidden
	}
	switch v := v.(type) {
	case map[string]any:
		if name != "" && !inside[name] && !strings.HasSuffix(name, "_response") {
			return hidden
		}
		out := map[string]any{}
		for field, value := range v {
			if !fieldName.MatchString(field) {
				return hidden // the names themselves say something
			}
			out[field] = tree(field, value, deep-1)
		}
		return out
	case []any:
		if len(v) > 20 {
			v = v[:20]
		}
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = tree(name, item, deep-1)
		}
		return out
	case string:
		return value(name, v, deep)
	case json.Number:
		if value(name, v.String(), deep) == v.String() {
			return v
		}
		return hidden
	case nil, bool:
		return v
	}
	return hidden
}

// value masks one text.
func value(name, text string, deep int) string {
	switch {
	case text == "":
		return ""
	case people[name]:
		return mask.Account(text)
	case inside[name] && strings.HasPrefix(text, "{") && deep > 1:
		if within, ok := maskedJSON([]byte(text)); ok {
			return within
		}
		return hidden
	case words[name]:
		return cut(mask.Text(text))
	case plain[name] && shape.MatchString(text):
		return text
	}
	return hidden
}

func cut(text string) string {
	if r := []rune(text); len(r) > maxItem {
		return string(r[:maxItem]) + hidden
	}
	return text
}

// place is an address of which the query is masked like a form.
func place(u *url.URL) string {
	out := u.Scheme + "://" + u.Host + u.EscapedPath()
	query := u.Query()
	if len(query) == 0 {
		return out
	}
	return out + "?" + strings.ReplaceAll(maskedForm(query), "\n", "&")
}
