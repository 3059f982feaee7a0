package unionpay

import (
	"encoding/base64"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"juma/acquiring/sandbox"
)

// zone is China time, which every time in a message is in.
var zone = time.FixedZone("CST", 8*60*60)

// stamp is the layout of txnTime and payTimeout.
const stamp = "20060102150405"

// parseStamp reads a time of that layout; no other length passes, and no
// fraction.
func parseStamp(s string) (time.Time, bool) {
	t, err := time.ParseInLocation(stamp, s, zone)
	return t, err == nil && len(s) == len(stamp)
}

// fileHost stands for the file host in the table of services.
const fileHost = "file host"

// refusal is a code other than success, with what is wrong.
type refusal struct{ code, detail string }

func refuse(code, detail string) *refusal { return &refusal{code, detail} }

// service is one kind of transaction.
type service struct {
	paths []string // where it is accepted
	need  []string // fields beside the common ones
	call  string   // its name in the fault script
	// do does the work; what it returns is added to the answer.
	do func(w *Wallet, p params) (params, *refusal)
}

// services by txnType + "/" + txnSubType.
var services map[string]service

func init() { // a variable's own initialiser may not refer to the methods that read it
	services = map[string]service{
		"00/10": {[]string{"newAppTransReq.do"}, []string{"orderId", "userAuthCode", "appUpIdentifier"}, "identify", (*Wallet).identify},
		"01/01": {[]string{"newAppTransReq.do", "order.do", "backTransReq.do"}, []string{"orderId", "txnAmt", "currencyCode", "channelType", "backUrl", "appUserId", "tradeType"}, "prepay", (*Wallet).placeOrder},
		"01/07": {[]string{"backTransReq.do"}, []string{"orderId", "txnAmt", "currencyCode", "channelType", "backUrl"}, "prepay", (*Wallet).applyCode},
		"01/06": {[]string{"backTransReq.do"}, []string{"orderId", "txnAmt", "currencyCode", "channelType", "backUrl", "qrNo"}, "pay_code", (*Wallet).payByCode},
		"00/00": {[]string{"queryTrans.do"}, []string{"orderId"}, "query", (*Wallet).query},
		"04/00": {[]string{"backTransReq.do"}, []string{"orderId", "txnAmt", "channelType", "backUrl"}, "refund", (*Wallet).giveBack},
		"31/00": {[]string{"backTransReq.do"}, []string{"orderId", "txnAmt", "channelType", "backUrl"}, "refund", (*Wallet).giveBack},
		"99/01": {[]string{"backTransReq.do"}, []string{"orderId"}, "reverse", (*Wallet).reverse},
		"92/01": {[]string{"backTransReq.do"}, []string{"orderId", "merInfo"}, "enrol", (*Wallet).handIn},
		"92/02": {[]string{"backTransReq.do"}, []string{"orderId"}, "enrol_query", (*Wallet).askEnrolment},
		"76/01": {[]string{fileHost}, []string{"settleDate", "fileType"}, "statement", (*Wallet).statementFile},
	}
}

// serve answers one request: read, verify, do, disturb as scripted, sign.
func (w *Wallet) serve(rw http.ResponseWriter, r *http.Request, path string) {
	p, err := readForm(r)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	answer := echo(p)
	s, bad := w.admit(p, path)
	if bad == nil {
		var more params
		if more, bad = s.do(w, p); bad == nil {
			for name, value := range more {
				answer[name] = value
			}
		}
		if w.disturb(s.call, p, answer) { // whatever was done stays done
			answer, bad = echo(p), refuse(respUnclear, "")
			if s.call == "query" {
				bad = refuse(respTimeout, "")
			}
		}
	}
	if bad == nil {
		bad = refuse(respOK, "")
	}
	answer["respCode"], answer["respMsg"] = bad.code, respMsg(bad.code, bad.detail)
	if err := answer.sign(w.signer()); err != nil {
		http.Error(rw, "the answer cannot be signed", http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	_, _ = io.WriteString(rw, answer.text()) // the asker hung up: nobody to tell
}

// echo is the part of a request that an answer repeats, less what would break
// the answer's text apart.
func echo(p params) params {
	out := params{}
	for _, name := range []string{"txnType", "txnSubType", "bizType", "accessType", "acqInsCode", "merId", "orderId", "txnTime", "reqReserved"} {
		if p[name] != "" && !strings.ContainsAny(p[name], "&{}[]") {
			out[name] = p[name]
		}
	}
	return out
}

var (
	merIDShape   = regexp.MustCompile(`^[0-9A-Z]{15}$`)
	orderIDShape = regexp.MustCompile(`^[0-9A-Za-z]{8,40}$`)
	amountShape  = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)
	termIDShape  = regexp.MustCompile(`^[0-9A-Za-z]{8}$`)
)

// admit finds the service of a request and refuses what is not in order: the
// signature first, then what is missing, then what is malformed.
func (w *Wallet) admit(p params, path string) (service, *refusal) {
	for name, want := range map[string]string{"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01"} {
		if p[name] != want {
			return service{}, refuse(respFormat, name+" is not "+want)
		}
	}
	if p["certId"] != w.keys.acquirer.serial() {
		return service{}, refuse(respSignature, "certId is not the acquirer's")
	}
	if p.verify(&w.keys.acquirer.key.PublicKey) != nil {
		return service{}, refuse(respSignature, "")
	}
	s, ok := services[p["txnType"]+"/"+p["txnSubType"]]
	if !ok || !slices.Contains(s.paths, path) {
		return service{}, refuse(respNoRight, "txnType/txnSubType is not served here")
	}
	for _, name := range append([]string{"merId", "txnTime", "bizType", "accessType"}, s.need...) {
		if p[name] == "" {
			return service{}, refuse(respMissing, name)
		}
	}
	return s, checkFormat(p)
}

// checkFormat checks every field that is present.
func checkFormat(p params) *refusal {
	for name, shape := range map[string]*regexp.Regexp{
		"merId": merIDShape, "orderId": orderIDShape, "origOrderId": orderIDShape, "txnAmt": amountShape, "termId": termIDShape,
	} {
		if v := p[name]; v != "" && !shape.MatchString(v) {
			return refuse(respFormat, name)
		}
	}
	for _, name := range []string{"txnTime", "origTxnTime", "payTimeout"} {
		if v := p[name]; v != "" {
			if _, ok := parseStamp(v); !ok {
				return refuse(respFormat, name)
			}
		}
	}
	for name, allowed := range map[string][]string{
		"bizType": {"000000"}, "accessType": {"0", "1", "2"}, "channelType": {"07", "08"}, "currencyCode": {"156"}, "tradeType": {"mobileWeb"},
	} {
		if v := p[name]; v != "" && !slices.Contains(allowed, v) {
			return refuse(respFormat, name)
		}
	}
	for _, name := range []string{"backUrl", "frontUrl"} {
		if v := p[name]; v != "" && (len(v) > 256 || !isWebAddress(v)) {
			return refuse(respFormat, name)
		}
	}
	// Anything may be carried back as Base64; plain text may not hold the
	// characters that messages are taken apart by.
	if v := p["reqReserved"]; strings.ContainsAny(v, "&={}") {
		if _, err := base64.StdEncoding.DecodeString(v); err != nil {
			return refuse(respFormat, "reqReserved")
		}
	}
	return nil
}

// disturb applies the fault script to an answer: true for "result unclear"; a
// lost answer ends the request here, with the connection cut. The script may
// name the payer by appUserId or by the consumer's name.
func (w *Wallet) disturb(call string, p, answer params) bool {
	if call == "query" && p["txnTime"] != "" && w.book.isReversal(keyOf(p)) {
		call = "refund_query"
	}
	payers := []string{""}
	for _, user := range []string{answer["appUserId"], p["appUserId"]} {
		if user != "" {
			payers = []string{user, w.visit.consumer(user)}
		}
	}
	for _, payer := range payers {
		if _, ok := w.core.Faults.Strike(w.name, sandbox.AnswerLost, call, p["orderId"], payer); ok {
			panic(http.ErrAbortHandler)
		}
		if _, ok := w.core.Faults.Strike(w.name, sandbox.AnswerError, call, p["orderId"], payer); ok {
			return true
		}
	}
	return false
}
