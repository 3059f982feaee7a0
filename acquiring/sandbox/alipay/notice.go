package alipay

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// retry is Alipay's schedule: the gaps between attempts when the answer is not
// "success".
var retry = []time.Duration{4 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour}

// event is a notice about a trade as it stood when it happened; each attempt
// adds its own time and signature.
type event struct {
	outTradeNo string
	refund     bool
	certs      bool // in certificate mode
	url        string
	params     url.Values
}

// event takes the notice of what just happened to t. what makes the notice's
// number unique. The caller holds the lock.
func (w *Wallet) event(t *trade, what string) event {
	p := url.Values{}
	set := func(name, value string) {
		if value != "" {
			p.Set(name, value)
		}
	}
	for name, value := range map[string]string{
		"notify_type": "trade_status_sync", "app_id": appID, "auth_app_id": appID, "charset": "utf-8", "version": "1.0", "sign_type": "RSA2",
		"notify_id": bizdate.Of(w.core.Clock.Now()).Compact() + sandbox.Digits(26, "alipay notify %s %s", t.outTradeNo, what),
		"trade_no":  t.tradeNo, "out_trade_no": t.outTradeNo, "trade_status": t.state, "seller_id": t.merchant,
		"buyer_id": idsOf(t.buyer).UserID, "buyer_open_id": idsOf(t.buyer).OpenID, "buyer_logon_id": logonID(t.buyer), "subject": t.subject, "body": t.body, "passback_params": t.passback,
		"total_amount": t.amount.Yuan(), "gmt_create": chinaTime(t.created),
	} {
		set(name, value)
	}
	if !t.paid.IsZero() {
		for _, name := range []string{"receipt_amount", "invoice_amount", "buyer_pay_amount"} {
			set(name, t.amount.Yuan())
		}
		set("point_amount", money.Fen(0).Yuan())
		set("gmt_payment", chinaTime(t.paid))
		set("fund_bill_list", `[{"amount":"`+t.amount.Yuan()+`","fundChannel":"ALIPAYACCOUNT"}]`)
	}
	if !t.closed.IsZero() {
		set("gmt_close", chinaTime(t.closed))
	}
	refund := strings.HasPrefix(what, "refund ")
	if refund {
		r := t.refunds[len(t.refunds)-1]
		set("gmt_refund", r.at.In(bizdate.Zone).Format(millisLayout))
		set("refund_fee", t.refunded().Yuan()) // all refunds together, as in the refund's answer
		set("refund_amount", r.amount.Yuan())
		set("refund_reason", r.reason)
		set("out_biz_no", r.requestNo)
	}
	return event{outTradeNo: t.outTradeNo, certs: t.certs, refund: refund, url: t.notifyURL, params: p}
}

// send hands a notice to the notifier; an order without notify_url has none.
func (w *Wallet) send(e event) {
	if e.url == "" {
		return
	}
	w.core.Notices.Send(sandbox.Notification{
		Wallet: sandbox.Alipay, OutTradeNo: e.outTradeNo, Refund: e.refund, URL: e.url, Retry: retry,
		Build:    func(now time.Time, forged bool) (http.Header, []byte, error) { return w.buildNotice(e, now, forged) },
		Accepted: func(status int, body []byte) bool { return status == http.StatusOK && string(body) == "success" },
	})
}

func (w *Wallet) buildNotice(e event, now time.Time, forged bool) (http.Header, []byte, error) {
	p := make(url.Values, len(e.params)+2)
	for name, values := range e.params {
		p[name] = values
	}
	p.Set("notify_time", chinaTime(now))
	by, named := w.signing(e.certs)
	if named {
		p.Set("alipay_cert_sn", certSN(by.cert))
	}
	key := by.key
	if forged {
		var err error
		if key, err = w.keys.stranger(); err != nil {
			return nil, nil, err
		}
	}
	sign, err := signRSA2(key, []byte(noticeText(p)))
	if err != nil {
		return nil, nil, err
	}
	p.Set("sign", sign)
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}, []byte(p.Encode()), nil
}
