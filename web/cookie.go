package web

import (
	"crypto/sha256"
	"net/http"
	"time"

	"juma/acquiring/channel"
	"juma/internal/id"
)

const (
	// payerLifetime is how long a wallet's answer "this is the payer" is believed.
	payerLifetime = 2 * time.Hour
	// loginFormLifetime is how long a login page may stay open before it is sent.
	loginFormLifetime = time.Hour
)

// payerSession is what the sealed cookie of a scanned plate holds.
type payerSession struct {
	PayerID string `json:"p"`
	Expires int64  `json:"e"` // Unix seconds
}

// payerCookie names the cookie of a wallet; its path is the plate, so sessions
// of two plates or two wallets never meet.
func payerCookie(w channel.Wallet) string { return "juma_payer_" + string(w) }

// payerPurpose ties a sealed session to plate and wallet: copied to another
// plate it does not open.
func payerPurpose(w channel.Wallet, plateKey string) string {
	return "payer " + string(w) + " " + plateKey
}

func (s *Server) setPayer(w channel.Wallet, plateKey, payerID string) (*http.Cookie, error) {
	sealed, err := s.sealer.seal(payerPurpose(w, plateKey), payerSession{
		PayerID: payerID, Expires: s.cfg.Clock.Now().Add(payerLifetime).Unix(),
	})
	if err != nil {
		return nil, err
	}
	return s.cookie(payerCookie(w), sealed, "/q/"+plateKey, payerLifetime), nil
}

// payer returns who is scanning, "" when nobody is known yet.
func (s *Server) payer(r *request, w channel.Wallet, plateKey string) string {
	c, err := r.Cookie(payerCookie(w))
	if err != nil {
		return ""
	}
	var p payerSession
	if !s.sealer.open(payerPurpose(w, plateKey), c.Value, &p) || s.cfg.Clock.Now().Unix() >= p.Expires {
		return ""
	}
	return p.PayerID
}

// authCookie binds an authorisation under way to the browser.
func authCookie(w channel.Wallet) string { return "juma_auth_" + string(w) }

// newBrowserSecret makes the cookie and the digest that the state keeps of it.
func (s *Server) newBrowserSecret(w channel.Wallet, plateKey string) (*http.Cookie, [32]byte) {
	secret := id.Token(s.cfg.Random)
	return s.cookie(authCookie(w), secret, "/q/"+plateKey, authLifetime), sha256.Sum256([]byte(secret))
}

// sessionCookie names the login cookie. The __Host- prefix, which browsers
// accept only over TLS, keeps sub-domains from planting one.
func (s *Server) sessionCookie() string {
	if s.secure {
		return "__Host-juma"
	}
	return "juma_session"
}

// loginFormCookie names the cookie that a login form's token belongs to.
func (s *Server) loginFormCookie() string {
	if s.secure {
		return "__Host-juma_form"
	}
	return "juma_form"
}

// toastCookie carries a short message to the next page.
const toastCookie = "juma_toast"

// cookie makes a cookie for this site only; life 0 ends with the browser, a
// negative one deletes.
func (s *Server) cookie(name, value, path string, life time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: name, Value: value, Path: path, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(life / time.Second),
	}
	if life < 0 {
		c.MaxAge = -1
	}
	return c
}
