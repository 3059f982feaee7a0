package wechat

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"juma/acquiring/sandbox"
)

// noticeRetry is WeChat's schedule: the gaps between attempts, 24 h 4 min in all.
var noticeRetry = []time.Duration{
	15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute,
	30 * time.Minute, 30 * time.Minute, 30 * time.Minute, 60 * time.Minute, 3 * time.Hour, 3 * time.Hour, 3 * time.Hour,
	6 * time.Hour, 6 * time.Hour,
}

// event is a notice before it is encrypted.
type event struct {
	id         string
	createdAt  time.Time
	eventType  string
	summary    string
	original   string // original_type, also the associated data
	content    any
	outTradeNo string
	namedKey   string // Wechatpay-Serial of the request that led to it
}

// notification is the body of a notice.
type notification struct {
	ID           string `json:"id"`
	CreateTime   string `json:"create_time"`
	ResourceType string `json:"resource_type"`
	EventType    string `json:"event_type"`
	Summary      string `json:"summary"`
	Resource     struct {
		OriginalType string `json:"original_type"`
		sealed
	} `json:"resource"`
}

// eventID is unique per event, the same on every attempt, and looks like the
// real ones.
func eventID(format string, args ...any) string {
	h := sha256.Sum256(fmt.Appendf(nil, format, args...))
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// paymentNotice makes the notice of a payment. Needs the lock.
func (w *Wallet) paymentNotice(o *order) sandbox.Notification {
	return w.notice(o.req.NotifyURL, false, event{
		id: eventID("wechat payment %s", o.req.OutTradeNo), createdAt: o.paidAt, eventType: "TRANSACTION.SUCCESS",
		summary: "支付成功", original: "transaction", content: o.transaction(), outTradeNo: o.req.OutTradeNo,
		namedKey: o.namedKey,
	})
}

// refundNotice makes the notice of a refund. Without a notify_url in the
// request there is none: the sandbox has no merchant platform to set a default.
func (w *Wallet) refundNotice(r *refund) sandbox.Notification {
	q, o := r.req, r.order
	return w.notice(q.NotifyURL, true, event{
		id: eventID("wechat refund %s", q.OutRefundNo), createdAt: r.createdAt, eventType: "REFUND.SUCCESS",
		summary: "退款成功", original: "refund", outTradeNo: o.req.OutTradeNo, namedKey: r.namedKey,
		content: map[string]any{
			"sp_mchid": w.spMchID, "sub_mchid": q.SubMchID, "out_trade_no": o.req.OutTradeNo, "transaction_id": o.transactionID,
			"out_refund_no": q.OutRefundNo, "refund_id": r.refundID, "refund_status": refundSuccess,
			"success_time": rfc3339(r.createdAt), "user_received_account": "支付用户零钱",
			"amount": map[string]int64{"total": q.Amount.Total, "refund": q.Amount.Refund, "payer_total": q.Amount.Total, "payer_refund": q.Amount.Refund},
		},
	})
}

func (w *Wallet) notice(url string, isRefund bool, e event) sandbox.Notification {
	plain := marshal(e.content)
	return sandbox.Notification{
		Wallet: w.name, OutTradeNo: e.outTradeNo, Refund: isRefund, URL: url, Retry: noticeRetry,
		Build: func(now time.Time, forged bool) (http.Header, []byte, error) { return w.build(e, plain, now, forged) },
		Accepted: func(status int, _ []byte) bool {
			return status == http.StatusOK || status == http.StatusNoContent
		},
	}
}

// build encrypts and signs one attempt.
func (w *Wallet) build(e event, plain []byte, now time.Time, forged bool) (http.Header, []byte, error) {
	n := notification{ID: e.id, CreateTime: rfc3339(e.createdAt), ResourceType: "encrypt-resource", EventType: e.eventType, Summary: e.summary}
	n.Resource.OriginalType = e.original
	enc, err := seal(w.keys.apiV3, randomText(12, textSet), e.original, plain)
	if err != nil {
		return nil, nil, err
	}
	n.Resource.sealed = enc
	body := marshal(n)
	serial, key := w.signer(e.namedKey)
	probe := forged && isProbe(e.outTradeNo)
	if forged && !probe {
		key = w.keys.stranger
	}
	at, nonce := strconv.FormatInt(now.Unix(), 10), randomText(32, textSet)
	sig, err := sign(key, answerMessage(at, nonce, body))
	if err != nil {
		return nil, nil, err
	}
	if probe { // the true signature behind the prefix: whoever cuts it off is fooled
		sig = probePrefix + sig
	}
	h := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Mozilla/4.0"}}
	setSignature(h, at, nonce, serial, sig)
	return h, body, nil
}

// isProbe chooses between the two kinds of forgery, by the order's number so
// that a day repeats itself.
func isProbe(outTradeNo string) bool {
	return sandbox.Digits(1, "wechat forgery %s", outTradeNo) < "5"
}
