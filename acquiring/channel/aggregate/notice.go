package aggregate

import (
	"context"
	"net/http"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/bizdate"
)

// maxNotice is the most that a notification may have, in bytes.
const maxNotice = 64 << 10

// ReadNotice verifies a notification and translates it. UnionPay takes the text
// success, and nothing else, for accepted.
func (a *Adapter) ReadNotice(_ context.Context, raw channel.RawNotice) (channel.NoticeVerdict, error) {
	v := channel.NoticeVerdict{
		Ack:  channel.Reply{Status: http.StatusOK, ContentType: "text/plain;charset=UTF-8", Body: []byte("success")},
		Nack: channel.Reply{Status: http.StatusBadRequest, ContentType: "text/plain;charset=UTF-8", Body: []byte("fail")},
	}
	if len(raw.Body) > maxNotice {
		v.Problem = "longer than a notification can be"
		return v, nil
	}
	p, err := parse(raw.Body)
	if err == nil {
		err = a.verify(p)
	}
	switch {
	case err != nil:
		v.Problem = err.Error()
	case p["serProvId"] != "" && p["serProvId"] != a.cfg.SerProvID:
		v.Problem = "is for another service provider"
	default:
		v.Notice, v.Problem = a.translate(p)
	}
	v.OK = v.Problem == ""
	return v, nil
}

// translate turns a verified notification into our words, or says why not.
func (a *Adapter) translate(p acp.Params) (n channel.Notice, problem string) {
	n = channel.Notice{
		Event: channel.PaymentEvent, OrderNo: p["orderNo"], MerchantID: p["merId"], Currency: "CNY", ChannelNo: number(p), Payer: payer(p),
		Result: channel.Result{Outcome: channel.Succeeded, Code: p["respCode"], Message: p["respMsg"]},
	}
	if isRefund(p) {
		n.Event, n.OrderNo, n.RefundNo = channel.RefundEvent, p["origOrderNo"], p["orderNo"]
	}
	if c := p["currencyCode"]; c != "" && c != currencyRMB {
		n.Currency = c
	}
	if n.Result.Code != "" && n.Result.Code != codeOK { // a notice without a code is of a success: nothing else is told
		n.Result.Outcome = accepted(n.Result.Code)
	}
	amount, ok := acp.ParseFen(p["txnAmt"])
	switch {
	case p["orderNo"] == "":
		return n, "orderNo is missing"
	case !ok:
		return n, "txnAmt is missing or not an amount in fen"
	case n.ChannelNo == "":
		return n, "transIndex is missing"
	}
	n.Amount = amount
	anchor, err := time.ParseInLocation(acp.TimeLayout, p["orderTime"], bizdate.Zone)
	if err != nil {
		anchor = a.clk.Now()
	}
	n.Time, n.SettleDate = times(p, anchor)
	n.ID = strings.Join([]string{n.ChannelNo, string(n.Event), p["orderNo"], p["respCode"]}, "-")
	return n, ""
}
