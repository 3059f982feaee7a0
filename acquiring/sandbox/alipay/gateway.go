package alipay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
)

const (
	gatewayPath = "/gateway.do"
	maxRequest  = 1 << 20
)

// outcome is a call's work, done: what to answer, and what the fault script
// knows the call by.
type outcome struct {
	answer any
	// root overrides the answer's name ("error_response"); "" = by the method.
	root    string
	numbers []string // out_request_no, out_trade_no: the more special first
	payers  []string
	events  []event // to send once the work is done
}

// method is one call of the gateway: its name in the fault script and its work.
type method struct {
	call string
	run  func(w *Wallet, p url.Values, biz content) outcome
	// plain calls have their parameters outside biz_content.
	plain bool
}

var methods = map[string]method{
	"alipay.system.oauth.token":                      {call: "identify", run: (*Wallet).oauthToken, plain: true},
	"alipay.trade.create":                            {call: "prepay", run: (*Wallet).create},
	"alipay.trade.query":                             {call: "query", run: (*Wallet).query},
	"alipay.trade.close":                             {call: "close", run: (*Wallet).closeTrade},
	"alipay.trade.pay":                               {call: "pay_code", run: (*Wallet).payByCode},
	"alipay.trade.cancel":                            {call: "reverse", run: (*Wallet).cancel},
	"alipay.trade.refund":                            {call: "refund", run: (*Wallet).refund},
	"alipay.trade.fastpay.refund.query":              {call: "refund_query", run: (*Wallet).refundQuery},
	"alipay.data.dataservice.bill.downloadurl.query": {call: "statement", run: (*Wallet).billURL},
	"ant.merchant.expand.indirect.zft.create":        {call: "enrol", run: (*Wallet).createMerchant},
	"ant.merchant.expand.indirect.zftorder.query":    {call: "enrol_query", run: (*Wallet).queryMerchant},
	"alipay.open.app.alipaycert.download":            {run: (*Wallet).certificate},
}

// gateway serves POST /gateway.do: verify, work, sign.
func (w *Wallet) gateway(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxRequest)
	if err := r.ParseForm(); err != nil {
		http.Error(rw, "the form cannot be read", http.StatusBadRequest)
		return
	}
	p := r.Form
	m, biz, bad := w.admit(p)
	if bad != nil {
		w.write(rw, p, errorRoot, *bad)
		return
	}
	done := m.run(w, p, biz)
	for _, e := range done.events {
		w.send(e)
	}
	if w.strike(sandbox.AnswerLost, m.call, done) {
		cut(rw)
		return
	}
	root := done.root
	if root == "" {
		root = strings.ReplaceAll(p.Get("method"), ".", "_") + "_response"
	}
	if w.strike(sandbox.AnswerError, m.call, done) {
		w.write(rw, p, root, failure{Code: "20000", Msg: "Service Currently Unavailable", SubCode: "ACQ.SYSTEM_ERROR", SubMsg: "系统错误"})
		return
	}
	w.write(rw, p, root, done.answer)
}

// admit checks the common parameters in the order of Alipay's table, and the
// signature, and reads biz_content.
func (w *Wallet) admit(p url.Values) (method, content, *failure) {
	for _, name := range []string{"app_id", "method", "sign_type", "sign", "timestamp", "version", "charset"} {
		if p.Get(name) == "" {
			return method{}, content{}, missing(name)
		}
	}
	m, known := methods[p.Get("method")]
	_, timeErr := time.ParseInLocation(timeLayout, p.Get("timestamp"), bizdate.Zone)
	switch {
	case p.Get("app_id") != appID:
		return m, content{}, invalid("app-id")
	case !known:
		return m, content{}, invalid("method")
	case p.Get("sign_type") != "RSA2":
		return m, content{}, invalid("signature-type")
	case !strings.EqualFold(p.Get("charset"), "utf-8"):
		return m, content{}, invalid("charset")
	case p.Get("version") != "1.0":
		return m, content{}, invalid("version")
	case p.Get("format") != "" && !strings.EqualFold(p.Get("format"), "JSON"):
		return m, content{}, invalid("format")
	case timeErr != nil:
		return m, content{}, invalid("timestamp")
	case !verifyRSA2(w.keys.app, requestText(p), p.Get("sign")):
		return m, content{}, invalid("signature")
	case w.checkCerts(p) != nil:
		return m, content{}, invalid("cert-sn") // how it is refused is not confirmed
	}
	var biz content
	text := p.Get("biz_content")
	if text == "" && !m.plain {
		return m, content{}, missing("biz_content")
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &biz); err != nil {
			return m, content{}, invalid("arguments")
		}
	}
	return m, biz, nil
}

// strike takes an answer fault for a call off the script, by any of the numbers
// and payers that the call is known by.
func (w *Wallet) strike(kind, call string, done outcome) bool {
	numbers, payers := done.numbers, done.payers
	if len(numbers) == 0 {
		numbers = []string{""}
	}
	if len(payers) == 0 {
		payers = []string{""}
	}
	for _, no := range numbers {
		for _, payer := range payers {
			if _, ok := w.core.Faults.Strike(sandbox.Alipay, kind, call, no, payer); ok {
				return true
			}
		}
	}
	return false
}

// cut drops the connection without an answer.
func cut(rw http.ResponseWriter) {
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // not an HTTP/1 connection: the server drops it by this
	}
	conn.Close()
}

// write signs and sends an answer. The signature covers exactly the bytes of
// the inner object as they are sent; slashes are escaped there, as Alipay does,
// so a client that signs a re-encoded object is found out.
func (w *Wallet) write(rw http.ResponseWriter, p url.Values, root string, answer any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(answer); err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	raw := bytes.ReplaceAll(bytes.TrimSpace(b.Bytes()), []byte("/"), []byte(`\/`))
	by, named := w.signing(certificateMode(p))
	sign, err := signRSA2(by.key, raw)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "text/html;charset=utf-8")
	sn := ""
	if named {
		sn = fmt.Sprintf(`"alipay_cert_sn":"%s",`, certSN(by.cert))
	}
	fmt.Fprintf(rw, `{"%s":%s,%s"sign":"%s"}`, root, raw, sn, sign)
}
