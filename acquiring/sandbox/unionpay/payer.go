package unionpay

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"juma/acquiring/sandbox"
)

// codeLife is how long a userAuthCode can be exchanged ("a few minutes").
const codeLife = 5 * time.Minute

// visits remembers who is visiting which page: authorisation codes that wait to
// be exchanged, and which consumer an appUserId stands for.
type visits struct {
	mu    sync.Mutex
	codes map[string]visit
	users map[string]string // consumer by appUserId
}

type visit struct {
	consumer string
	until    time.Time
}

func newVisits() *visits {
	return &visits{codes: map[string]visit{}, users: map[string]string{}}
}

// issue makes a code for a consumer and forgets the ones that have run out.
func (v *visits) issue(consumer string, now time.Time) string {
	code := newAuthCode()
	v.mu.Lock()
	defer v.mu.Unlock()
	for old, c := range v.codes {
		if !now.Before(c.until) {
			delete(v.codes, old)
		}
	}
	v.codes[code] = visit{consumer, now.Add(codeLife)}
	return code
}

// exchange takes a code, once, and gives the consumer's appUserId.
func (v *visits) exchange(code string, now time.Time) (userID string, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	c, ok := v.codes[code]
	delete(v.codes, code)
	if !ok || !now.Before(c.until) {
		return "", false
	}
	userID = userIDOf(c.consumer)
	v.users[userID] = c.consumer
	return userID, true
}

// userIDOf is the appUserId of a consumer.
func userIDOf(consumer string) string {
	return "95516" + sandbox.Digits(19, "unionpay user %s", consumer)
}

// consumer is who an appUserId stands for; one that was never given out stands
// for a consumer of that name, so that a bare client may invent its payers.
func (v *visits) consumer(userID string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c, ok := v.users[userID]; ok {
		return c
	}
	return userID
}

// newAuthCode draws 16 bytes in Base64 and insists on a + and a /: real codes
// have them often enough to break a page that decodes its address wrongly.
func newAuthCode() string {
	var b [16]byte
	for {
		_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
		if code := base64.StdEncoding.EncodeToString(b[:]); strings.Contains(code, "+") && strings.Contains(code, "/") {
			return code
		}
	}
}

// userAuth is the silent authorisation page: it sends the consumer straight back
// with a code. The redirectUrl keeps its own query.
func (w *Wallet) userAuth(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if v := q.Get("version"); v != "1.0.0" && v != "1.0.2" {
		http.Error(rw, "version: want 1.0.0", http.StatusBadRequest)
		return
	}
	if !isWebAddress(q.Get("redirectUrl")) {
		http.Error(rw, "redirectUrl: want an absolute http or https address", http.StatusBadRequest)
		return
	}
	back, _ := url.Parse(q.Get("redirectUrl"))
	more := url.Values{"userAuthCode": {w.visit.issue(sandbox.PayerOf(r), w.core.Clock.Now())}, "respCode": {respOK}}.Encode()
	if back.RawQuery != "" {
		more = back.RawQuery + "&" + more
	}
	back.RawQuery = more
	rw.Header().Set("Cache-Control", "no-store")
	http.Redirect(rw, r, back.String(), http.StatusFound)
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// appIDShape is the User-Agent's fragment that a page sends back as
// appUpIdentifier: any app of the standard, not only 云闪付 itself.
var appIDShape = regexp.MustCompile(`^UnionPay/[\d.]+ [A-Za-z0-9]+$`)

// identify is 00/10: a userAuthCode for the consumer's appUserId.
func (w *Wallet) identify(p params) (params, *refusal) {
	if !appIDShape.MatchString(p["appUpIdentifier"]) {
		return nil, refuse(respFormat, "appUpIdentifier: want the User-Agent's part such as UnionPay/1.0 CloudPay")
	}
	userID, ok := w.visit.exchange(p["userAuthCode"], w.core.Clock.Now())
	if !ok {
		return nil, refuse(respExpired, "userAuthCode")
	}
	return params{"appUserId": userID}, nil
}

// testBIN begins every account: UnionPay's published test cards.
const testBIN = "621626"

// payType is 支付方式 as samples of the wallet carry it.
const payType = "0001"

// accountOf is a consumer's account, masked as UnionPay shows it.
func accountOf(consumer string) string {
	return testBIN + "*********" + sandbox.Digits(4, "unionpay account %s", consumer)
}

// showsAccount tells whether notices and queries carry the consumer's account:
// about half do not, and then only the statement tells it.
func showsAccount(consumer string) bool {
	return sandbox.Digits(1, "unionpay account shown %s", consumer) < "5"
}

// cardType is 01 debit or 02 credit.
func cardType(consumer string) string {
	if sandbox.Digits(1, "unionpay card %s", consumer) < "7" {
		return "01"
	}
	return "02"
}
