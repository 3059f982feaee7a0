package wechat

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/wechat/internal/wire"
	"juma/internal/money"
)

// The replies that WeChat knows: any 200 or 204 without body accepts; any 4xx
// or 5xx makes it send again.
var (
	ack = channel.Reply{Status: http.StatusNoContent}

	nackStatus = http.StatusBadRequest
)

// ReadNotice verifies and opens a notification. What is not OK is refused with
// a sentence that gives nothing away; Problem has the reason for our log.
func (a *Adapter) ReadNotice(ctx context.Context, raw channel.RawNotice) (channel.NoticeVerdict, error) {
	refuse := func(err error) (channel.NoticeVerdict, error) {
		return channel.NoticeVerdict{Problem: err.Error(), Ack: ack, Nack: nack("notification not accepted")}, nil
	}
	envelope, plain, err := a.wire.OpenNotice(ctx, raw.Header, raw.Body)
	if err != nil {
		return refuse(err)
	}
	if envelope.ID == "" {
		return refuse(fmt.Errorf("the notification carries no id"))
	}
	var n channel.Notice
	switch envelope.EventType {
	case "TRANSACTION.SUCCESS":
		n, err = a.paymentNotice(plain)
	case "REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED":
		n, err = a.refundNotice(plain)
	default:
		err = fmt.Errorf("event_type %q is not one that we asked for", envelope.EventType)
	}
	if err != nil {
		return refuse(err)
	}
	n.ID = envelope.ID
	return channel.NoticeVerdict{OK: true, Notice: n, Ack: ack, Nack: nack("not recorded, send it again")}, nil
}

func (a *Adapter) paymentNotice(plain []byte) (channel.Notice, error) {
	var t wire.Transaction
	if err := json.Unmarshal(plain, &t); err != nil {
		return channel.Notice{}, fmt.Errorf("the sealed content is not a transaction")
	}
	if err := a.ours(t.SPMchID, t.SubMchID, t.OutTradeNo); err != nil {
		return channel.Notice{}, err
	}
	p := payment(t)
	if p.Outcome == channel.Unknown {
		return channel.Notice{}, fmt.Errorf("transaction of order %s: %s", t.OutTradeNo, p.Message)
	}
	return channel.Notice{
		Event: channel.PaymentEvent, OrderNo: t.OutTradeNo, MerchantID: t.SubMchID, Currency: t.Amount.Currency,
		Amount: p.Amount, ChannelNo: p.ChannelNo, Payer: p.Payer, Card: p.Card, Time: p.PaidAt, Result: p.Result,
	}, nil
}

func (a *Adapter) refundNotice(plain []byte) (channel.Notice, error) {
	var r wire.Refund
	if err := json.Unmarshal(plain, &r); err != nil {
		return channel.Notice{}, fmt.Errorf("the sealed content is not a refund")
	}
	if err := a.ours(r.SPMchID, r.SubMchID, r.OutTradeNo); err != nil {
		return channel.Notice{}, err
	}
	outcome := refundOutcome(r.RefundStatus)
	switch {
	case outcome == channel.Unknown:
		return channel.Notice{}, fmt.Errorf("refund_status %q is not in WeChat's documents", r.RefundStatus)
	case r.OutRefundNo == "":
		return channel.Notice{}, fmt.Errorf("the notification carries no out_refund_no")
	case r.Amount.Refund <= 0:
		return channel.Notice{}, fmt.Errorf("refund %s: the notification carries no amount", r.OutRefundNo)
	case r.Amount.Currency != "" && r.Amount.Currency != currency:
		return channel.Notice{}, fmt.Errorf("refund %s: currency %q, want %s", r.OutRefundNo, r.Amount.Currency, currency)
	}
	n := channel.Notice{
		Event: channel.RefundEvent, OrderNo: r.OutTradeNo, RefundNo: r.OutRefundNo, MerchantID: r.SubMchID,
		Currency: currency, // refunds carry none: always that of the order
		Amount:   money.Fen(r.Amount.Refund), ChannelNo: r.RefundID,
		Result: channel.Result{Outcome: outcome, Code: r.RefundStatus},
	}
	if r.SuccessTime != "" {
		at, err := time.Parse(time.RFC3339, r.SuccessTime)
		if err != nil {
			return channel.Notice{}, fmt.Errorf("refund %s: success_time %q: want RFC 3339", r.OutRefundNo, r.SuccessTime)
		}
		n.Time = at
	}
	return n, nil
}

// ours proves that a notice is about one of our merchants' orders.
func (a *Adapter) ours(spMchID, subMchID, outTradeNo string) error {
	switch {
	case spMchID != a.cfg.SPMchID:
		return fmt.Errorf("the notification is for sp_mchid %q, ours is %q", spMchID, a.cfg.SPMchID)
	case subMchID == "":
		return fmt.Errorf("the notification carries no sub_mchid")
	case outTradeNo == "":
		return fmt.Errorf("the notification carries no out_trade_no")
	}
	return nil
}

func nack(message string) channel.Reply {
	body, _ := json.Marshal(struct { // two strings always marshal
		Code    string `json:"code"`
		Message string `json:"message"`
	}{"FAIL", message})
	return channel.Reply{Status: nackStatus, ContentType: "application/json", Body: body}
}
