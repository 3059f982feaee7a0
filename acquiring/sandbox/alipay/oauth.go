package alipay

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"time"

	"juma/acquiring/sandbox"
)

const (
	authorizePath = "/oauth2/publicAppAuthorize.htm"
	grantLife     = 24 * time.Hour // how long an auth_code lives [M]
	tokenSeconds  = 3600
)

// grant is an auth_code that was given out: good for one exchange.
type grant struct {
	payer   string
	expires time.Time
}

// authorize is the silent authorisation: it sends the browser straight back
// with a code for the consumer that holds the phone.
func (w *Wallet) authorize(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case q.Get("app_id") != appID:
		http.Error(rw, "app_id: unknown app", http.StatusBadRequest)
		return
	case q.Get("scope") != "auth_base":
		http.Error(rw, "scope: only auth_base is served, the other asks the consumer", http.StatusBadRequest)
		return
	case err != nil || (back.Scheme != "http" && back.Scheme != "https") || back.Host == "":
		http.Error(rw, "redirect_uri: want an absolute address", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	now := w.core.Clock.Now()
	w.core.Faults.Know(userID(sandbox.PayerOf(r)), sandbox.PayerOf(r))
	w.mu.Lock()
	w.grants[code] = grant{payer: sandbox.PayerOf(r), expires: now.Add(grantLife)}
	w.mu.Unlock()
	if back.RawQuery != "" {
		back.RawQuery += "&"
	}
	back.RawQuery += "app_id=" + appID + "&scope=auth_base&auth_code=" + code + "&state=" + url.QueryEscape(q.Get("state"))
	http.Redirect(rw, r, back.String(), http.StatusFound)
}

// token is the answer of a code's exchange; it carries no code of success.
type token struct {
	UserID       string `json:"user_id"`
	AccessToken  string `json:"access_token"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token"`
	ReExpiresIn  int    `json:"re_expires_in"`
	AuthStart    string `json:"auth_start"`
}

// oauthToken is alipay.system.oauth.token: its parameters stand outside
// biz_content.
func (w *Wallet) oauthToken(p url.Values, _ content) outcome {
	if p.Get("grant_type") != "authorization_code" {
		return outcome{root: errorRoot, answer: invalid("grant-type")}
	}
	now := w.core.Clock.Now()
	w.mu.Lock()
	g, ok := w.grants[p.Get("code")]
	delete(w.grants, p.Get("code"))
	w.mu.Unlock()
	if !ok || !now.Before(g.expires) {
		return outcome{root: errorRoot, answer: failure{Code: "40002", Msg: "Invalid Arguments", SubCode: "isv.code-invalid", SubMsg: "授权码code无效"}}
	}
	return outcome{
		payers: []string{userID(g.payer), g.payer},
		answer: token{UserID: userID(g.payer), AccessToken: "authbseB" + rand.Text(), ExpiresIn: tokenSeconds,
			RefreshToken: "authbseB" + rand.Text(), ReExpiresIn: tokenSeconds, AuthStart: chinaTime(now)},
	}
}
