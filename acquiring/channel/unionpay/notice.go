package unionpay

import (
	"context"
	"net/http"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/bizdate"
)

// Notification transaction types. At least one public library has the last two
// the wrong way round: 04 is the refund, 31 the cancellation.
const (
	noticePayment = "01"
	noticeRefund  = "04"
	noticeCancel  = "31"
)

// maxNotice is the most that a notification may have, in bytes.
const maxNotice = 64 << 10

// ReadNotice verifies a notification and translates it. A cancellation (撤销) is
// a refund of the whole amount in our words. The ID is the wallet's queryId with
// transaction type and result, which is the same however often it is sent.
func (a *Adapter) ReadNotice(_ context.Context, raw channel.RawNotice) (channel.NoticeVerdict, error) {
	v := channel.NoticeVerdict{
		Ack:  channel.Reply{Status: http.StatusOK, ContentType: "text/plain;charset=UTF-8", Body: []byte("ok")},
		Nack: channel.Reply{Status: http.StatusBadRequest, ContentType: "text/plain;charset=UTF-8", Body: []byte("fail")},
	}
	if len(raw.Body) > maxNotice {
		v.Problem = "longer than a notification can be"
		return v, nil
	}
	p, err := acp.ParseForm(raw.Body)
	if err == nil {
		err = a.wire.Verify(p)
	}
	if err != nil {
		v.Problem = err.Error()
		return v, nil
	}
	v.Notice, v.Problem = translate(p, a.clk.Now())
	v.OK = v.Problem == ""
	return v, nil
}

// translate turns a verified notification into our words, or says why not.
func translate(p acp.Params, now time.Time) (n channel.Notice, problem string) {
	n = channel.Notice{
		MerchantID: p["merId"], Currency: currency(p), ChannelNo: p["queryId"], Payer: p["accNo"],
		Card:   channel.CardKindOfUnionPay(p["payCardType"]),
		Result: channel.Result{Outcome: final(p["respCode"]), Code: p["respCode"], Message: p["respMsg"]},
	}
	switch p["txnType"] {
	case noticePayment:
		n.Event, n.OrderNo = channel.PaymentEvent, p["orderId"]
	case noticeRefund, noticeCancel:
		n.Event, n.OrderNo, n.RefundNo = channel.RefundEvent, p["origOrderId"], p["orderId"]
	default:
		return n, "txnType is neither a payment, a refund nor a cancellation"
	}
	if p["orderId"] == "" || p["merId"] == "" {
		return n, "orderId or merId is missing"
	}
	if p["respCode"] == "" {
		return n, "respCode is missing"
	}
	if n.ChannelNo == "" && n.Result.Outcome == channel.Succeeded {
		return n, "queryId is missing"
	}
	amount, ok := acp.ParseFen(p["txnAmt"])
	if !ok {
		return n, "txnAmt is missing or not an amount in fen"
	}
	n.Amount = amount
	// Our own txnTime carries the year that the wallet's times lack.
	anchor, err := time.ParseInLocation(acp.TimeLayout, p["txnTime"], bizdate.Zone)
	if err != nil {
		anchor = now
	}
	n.Time, n.SettleDate = acp.Nearest(p["traceTime"], anchor), acp.NearestDate(p["settleDate"], anchor)
	n.ID = noticeID(p)
	return n, ""
}

// noticeID names the event. queryId is one per transaction; without it, the
// three parameters that name a transaction do.
func noticeID(p acp.Params) string {
	if p["queryId"] == "" {
		return strings.Join([]string{p["merId"], p["orderId"], p["txnTime"], p["txnType"], p["respCode"]}, "-")
	}
	return strings.Join([]string{p["queryId"], p["txnType"], p["respCode"]}, "-")
}

// currency translates the numeric code. Refund notices are known to come with
// little else than the amount; the order was placed in renminbi.
func currency(p acp.Params) string {
	switch c := p["currencyCode"]; c {
	case currencyRMB, "":
		return "CNY"
	default:
		return c
	}
}
