package wechat

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"juma/acquiring/sandbox"
)

// maxBody is the most that a request may have, in bytes.
const maxBody = 1 << 20

// noUserAgent is how a request without User-Agent is refused. Not confirmed by a
// public source: only that it is refused.
const noUserAgent = noAuth

// call is a request whose signature has been verified.
type call struct {
	r    *http.Request
	body []byte
}

// answer is a successful answer.
type answer struct {
	body any // JSON, or []byte sent raw and unsigned; nil is 204
	// strike is what an answer fault is matched with: the name of the call, the
	// payer and the numbers that it was about.
	strike  string
	payer   string
	numbers []string
}

// api wraps a v3 call: read, verify, do, sign. Answer faults strike after the
// work was done.
func (w *Wallet) api(do func(*call) (*answer, *apiError)) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Request-Id", randomText(32, digitSet)+"-0")
		if r.UserAgent() == "" {
			w.refuse(rw, r, refuse(noUserAgent, "Http头缺少User-Agent"))
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
		if err != nil {
			w.refuse(rw, r, refuse(paramError, "请求体无法读取或超过 %d 字节", maxBody))
			return
		}
		if err := w.checkRequest(r, body); err != nil {
			w.refuse(rw, r, refuse(signError, "签名错误: %v", err))
			return
		}
		a, refusal := do(&call{r, body})
		switch {
		case refusal != nil:
			w.refuse(rw, r, refusal)
		case w.struck(sandbox.AnswerLost, a):
			cut(rw)
		case w.struck(sandbox.AnswerError, a):
			w.refuse(rw, r, refuse(systemError, "系统异常,请用相同参数重新调用"))
		default:
			w.reply(rw, r, a)
		}
	})
}

// struck takes an answer fault off the script if one fits.
func (w *Wallet) struck(kind string, a *answer) bool {
	if a.strike == "" {
		return false
	}
	numbers := a.numbers
	if len(numbers) == 0 {
		numbers = []string{""}
	}
	for _, n := range numbers {
		if _, ok := w.core.Faults.Strike(w.name, kind, a.strike, n, a.payer); ok {
			return true
		}
	}
	return false
}

// cut ends the connection within the first line of an answer. Were it cut
// before, the client of Go (and others) would repeat a GET by itself, and the
// fault would strike without being felt.
func cut(rw http.ResponseWriter) {
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // no socket to cut: the server drops the exchange
	}
	_, _ = conn.Write([]byte("HTTP/1.1 "))
	_ = conn.Close() // nobody is left to tell
}

func (w *Wallet) reply(rw http.ResponseWriter, r *http.Request, a *answer) {
	status := http.StatusOK
	var body []byte
	switch v := a.body.(type) {
	case nil:
		status = http.StatusNoContent
	case []byte: // a bill: the raw stream, not signed
		rw.Header().Set("Content-Type", "application/octet-stream")
		_, _ = rw.Write(v) // a client that went away asks again
		return
	default:
		body = marshal(v)
	}
	w.send(rw, r, status, body)
}

// refuse answers with an error. A refused signature is answered unsigned.
func (w *Wallet) refuse(rw http.ResponseWriter, r *http.Request, e *apiError) {
	body := marshal(e)
	if e.status == http.StatusUnauthorized {
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
		rw.WriteHeader(e.status)
		_, _ = rw.Write(body)
		return
	}
	w.send(rw, r, e.status, body)
}

func (w *Wallet) send(rw http.ResponseWriter, r *http.Request, status int, body []byte) {
	if err := w.signHeader(rw.Header(), r.Header.Get("Wechatpay-Serial"), body); err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	if status != http.StatusNoContent {
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	rw.WriteHeader(status)
	_, _ = rw.Write(body) // a client that went away asks again
}

// marshal prints JSON as WeChat does, without escaping <, > and &.
func marshal(v any) []byte {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("wechat sandbox: " + err.Error()) // our own types always print
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// decode reads a JSON body; fields that the sandbox does not know are passed
// over, as WeChat does. What is refused is told in JSON's words. The documents
// ask for Content-Type application/json and do not say how another one is
// refused, so none is.
func decode(body []byte, into any) *apiError {
	err := json.Unmarshal(body, into)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return badParam("body", cmp.Or(wrong.Field, "body"), wrong.Value, "want %s", sandbox.JSONKind(wrong.Type))
	}
	return refuse(paramError, "请求体不是完整的 JSON")
}

// certificates answers with the platform's certificates, encrypted.
func (w *Wallet) certificates(*call) (*answer, *apiError) {
	var data []any
	for _, p := range w.platformCerts() {
		enc, err := seal(w.keys.apiV3, randomText(12, textSet), "certificate", []byte(p.pem))
		if err != nil {
			return nil, refuse(systemError, "%v", err)
		}
		data = append(data, map[string]any{
			"serial_no": p.serial, "effective_time": rfc3339(p.from), "expire_time": rfc3339(p.to), "encrypt_certificate": enc,
		})
	}
	return &answer{body: map[string]any{"data": data}}, nil
}
