package wechat

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"juma/acquiring/sandbox"
)

// codeLife is how long an authorisation code can be exchanged.
const codeLife = 5 * time.Minute

// grant is what an authorisation code stands for.
type grant struct {
	openid string
	until  time.Time
	used   bool
}

// openID is the name under which a consumer is known to the sandbox's app: 28
// characters beginning with o, the same at every start.
func openID(payer string) string {
	sum := sha256.Sum256([]byte(spAppID + "\n" + payer))
	return "o" + base64.RawURLEncoding.EncodeToString(sum[:])[:27]
}

// authorize is the silent authorisation page (snsapi_base): no consent is asked,
// the browser goes straight back with a code.
func (w *Wallet) authorize(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case q.Get("appid") != spAppID:
		http.Error(rw, "appid参数错误", http.StatusBadRequest)
		return
	case err != nil || (back.Scheme != "http" && back.Scheme != "https") || back.Host == "":
		http.Error(rw, "redirect_uri参数错误", http.StatusBadRequest)
		return
	case q.Get("response_type") != "code" || q.Get("scope") != "snsapi_base":
		http.Error(rw, "scope参数错误或没有scope权限", http.StatusBadRequest)
		return
	case len(q.Get("state")) > 128:
		http.Error(rw, "state参数超过128字节", http.StatusBadRequest)
		return
	}
	code := randomText(32, textSet)
	now := w.core.Clock.Now()
	w.mu.Lock()
	for old, g := range w.codes {
		// Used and expired codes are kept for one more life, to be told apart
		// from invented ones.
		if now.After(g.until.Add(codeLife)) {
			delete(w.codes, old)
		}
	}
	openid := openID(sandbox.PayerOf(r))
	w.core.Faults.Know(openid, sandbox.PayerOf(r))
	w.codes[code] = &grant{openid: openid, until: now.Add(codeLife)}
	w.mu.Unlock()
	v := back.Query()
	v.Set("code", code)
	v.Set("state", q.Get("state"))
	back.RawQuery = v.Encode()
	http.Redirect(rw, r, back.String(), http.StatusFound)
}

// oauthError is a refusal of the older interface: status 200 and an errcode.
type oauthError struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}

// Codes of the token exchange. From practice, not from a published page.
const (
	errAppID     = 40013
	errCode      = 40029
	errGrantType = 40002
	errSecret    = 40125
	errCodeUsed  = 40163
)

// accessToken exchanges a code for the openid, once.
func (w *Wallet) accessToken(rw http.ResponseWriter, r *http.Request) {
	g, refusal := w.exchange(r.URL.Query())
	if refusal != nil {
		sendPlain(rw, refusal)
		return
	}
	a := &answer{strike: "identify", payer: g.openid}
	switch {
	case w.struck(sandbox.AnswerLost, a):
		cut(rw)
	case w.struck(sandbox.AnswerError, a):
		sendPlain(rw, &oauthError{-1, "system error"})
	default:
		sendPlain(rw, map[string]any{
			"access_token": randomText(64, textSet), "expires_in": 7200, "refresh_token": randomText(64, textSet),
			"openid": g.openid, "scope": "snsapi_base",
		})
	}
}

func (w *Wallet) exchange(q url.Values) (grant, *oauthError) {
	switch {
	case q.Get("appid") != spAppID:
		return grant{}, &oauthError{errAppID, "invalid appid"}
	case q.Get("secret") != w.keys.appSecret:
		return grant{}, &oauthError{errSecret, "invalid appsecret"}
	case q.Get("grant_type") != "authorization_code":
		return grant{}, &oauthError{errGrantType, "invalid grant_type"}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.codes[q.Get("code")]
	switch {
	case g == nil:
		return grant{}, &oauthError{errCode, "invalid code"}
	case g.used:
		return grant{}, &oauthError{errCodeUsed, "code been used"}
	case w.core.Clock.Now().After(g.until):
		return grant{}, &oauthError{errCode, "invalid code"}
	}
	g.used = true
	return *g, nil
}

func sendPlain(rw http.ResponseWriter, v any) {
	rw.Header().Set("Content-Type", "text/plain") // as the real one does, though it is JSON
	_, _ = rw.Write(marshal(v))
}
