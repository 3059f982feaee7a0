package unionpay

import (
	"net/http"
	"time"

	"juma/acquiring/sandbox"
)

// noticeRetry is the resending schedule: up to five times, after 1, 2, 4 and 5
// minutes (the gap before the fifth is an assumption).
var noticeRetry = []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute}

// paymentNotice is built under the book's lock and carries nothing that changes
// later.
func (w *Wallet) paymentNotice(o *order) sandbox.Notification {
	if o.orderType != "" {
		return w.partnerNotice(o, nil)
	}
	fields := o.money()
	fields["txnType"], fields["txnSubType"] = "01", o.subType
	o.key.into(fields)
	o.access.into(fields)
	fields["reqReserved"] = o.reserved
	return w.notification(o.orderID, o.backURL, false, fields)
}

// reversalNotice is the notice of a refund or cancellation.
func (w *Wallet) reversalNotice(r *reversal) sandbox.Notification {
	if r.orig.orderType != "" {
		return w.partnerNotice(r.orig, r)
	}
	fields := r.money()
	fields["txnType"], fields["txnSubType"] = r.txnType, "00"
	r.key.into(fields)
	r.access.into(fields)
	fields["reqReserved"] = r.reserved
	return w.notification(r.orig.orderID, r.backURL, true, fields)
}

func (k key) into(p params) {
	p["merId"], p["orderId"], p["txnTime"] = k.merID, k.orderID, k.txnTime
}

func (w *Wallet) notification(orderID, backURL string, refund bool, fields params) sandbox.Notification {
	fields["bizType"] = "000000"
	fields["respCode"], fields["respMsg"] = respOK, respMsg(respOK, "")
	return sandbox.Notification{
		Wallet: w.name, OutTradeNo: orderID, Refund: refund, URL: backURL, Retry: noticeRetry,
		Accepted: func(status int, _ []byte) bool { return status == http.StatusOK },
		Build: func(_ time.Time, forged bool) (http.Header, []byte, error) {
			p := params{}
			for name, value := range fields {
				p[name] = value
			}
			err := p.sign(w.signer())
			if forged {
				err = w.forge(p, orderID)
			}
			header := http.Header{"Content-Type": {"application/x-www-form-urlencoded;charset=UTF-8"}}
			return header, []byte(p.form()), err
		},
	}
}

// forge signs as an impostor: with a certificate of UnionPay's name that no CA of
// the chain signed, or with UnionPay's true certificate and another key. Which
// of the two depends on the order, so that a day brings both.
func (w *Wallet) forge(p params, orderID string) error {
	cert := w.keys.impostor.signPubKeyCert()
	if sandbox.Digits(1, "unionpay forgery %s", orderID) < "5" {
		cert = w.signer().signPubKeyCert()
	}
	return p.signAs(cert, w.keys.impostor.key)
}
