package alipay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"juma/acquiring/channel"
	"juma/internal/money"
)

// The exact replies: anything but the seven characters "success" makes Alipay
// send the notification again.
var (
	ack  = channel.Reply{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte("success")}
	nack = channel.Reply{Status: http.StatusBadRequest, ContentType: "text/plain; charset=utf-8", Body: []byte("fail")}
)

// ReadNotice verifies a notification and translates it. Alipay has no
// notification of its own for refunds: it sends the trade's again with
// gmt_refund and out_biz_no (the refund's number), and that is a RefundEvent.
//
// A refund's Amount is the notice's refund_amount; where only the trade's sum so
// far (refund_fee) is carried it is left 0, which says "not told". MerchantID is
// the seller when that is not the service provider itself, otherwise empty: an
// indirect trade's notice does not carry the SMID.
func (a *Adapter) ReadNotice(ctx context.Context, raw channel.RawNotice) (channel.NoticeVerdict, error) {
	verdict := channel.NoticeVerdict{Ack: ack, Nack: nack}
	form, err := a.wire.ReadNotice(ctx, raw.Body)
	if err != nil {
		verdict.Problem = err.Error()
		return verdict, nil
	}
	if verdict.Notice, err = a.translate(form); err != nil {
		verdict.Notice, verdict.Problem = channel.Notice{}, err.Error()
		return verdict, nil
	}
	verdict.OK = true
	return verdict, nil
}

func (a *Adapter) translate(form url.Values) (channel.Notice, error) {
	n := channel.Notice{
		ID:        form.Get("notify_id"),
		Event:     channel.PaymentEvent,
		OrderNo:   form.Get("out_trade_no"),
		Currency:  "CNY",
		ChannelNo: form.Get("trade_no"),
		Payer:     form.Get("buyer_logon_id"),
	}
	for _, field := range []string{"notify_id", "out_trade_no", "trade_no", "trade_status"} {
		if form.Get(field) == "" {
			return n, fmt.Errorf("%s is missing", field)
		}
	}
	if seller := form.Get("seller_id"); a.pid != "" && seller != a.pid {
		n.MerchantID = seller
	}
	if form.Get("gmt_refund") != "" || form.Get("out_biz_no") != "" {
		return n, readRefundNotice(form, &n)
	}
	return n, readPaymentNotice(form, &n)
}

func readPaymentNotice(form url.Values, n *channel.Notice) error {
	amount, err := money.ParseYuan(form.Get("total_amount"))
	if err != nil || amount <= 0 {
		return fmt.Errorf("total_amount %q: want yuan such as 12.30", form.Get("total_amount"))
	}
	paidAt, err := parseTime(form.Get("gmt_payment"))
	if err != nil {
		return fmt.Errorf("gmt_payment %q: want YYYY-MM-DD hh:mm:ss", form.Get("gmt_payment"))
	}
	n.Amount, n.Time, n.Result = amount, paidAt, tradeResult(form.Get("trade_status"), paidAt)
	return nil
}

func readRefundNotice(form url.Values, n *channel.Notice) error {
	n.Event = channel.RefundEvent
	n.RefundNo = firstOf(form, "out_biz_no", "out_request_no")
	if n.RefundNo == "" {
		n.RefundNo = n.OrderNo // documented: a refund that was sent without a number has the order's
	}
	refundedAt, err := parseTime(form.Get("gmt_refund"))
	if err != nil {
		return fmt.Errorf("gmt_refund %q: want YYYY-MM-DD hh:mm:ss", form.Get("gmt_refund"))
	}
	if text := form.Get("refund_amount"); text != "" {
		if n.Amount, err = money.ParseYuan(text); err != nil || n.Amount <= 0 {
			return errors.New("refund_amount: want yuan such as 12.30")
		}
	}
	n.Time = refundedAt
	n.Result = channel.Result{Outcome: channel.Succeeded, Code: firstOf(form, "refund_status", "trade_status")}
	// Money moved: that is what the repeated notice says, by its time or its sum.
	// With neither, or with another state, only a query decides.
	told := !refundedAt.IsZero() || firstOf(form, "refund_fee", "refund_amount") != ""
	if status := form.Get("refund_status"); !told || (status != "" && status != "REFUND_SUCCESS") {
		n.Result.Outcome = channel.Unknown
	}
	return nil
}

func firstOf(form url.Values, names ...string) string {
	for _, name := range names {
		if v := form.Get(name); v != "" {
			return v
		}
	}
	return ""
}
