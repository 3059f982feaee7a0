package phone

import (
	"net/http"
	"strings"
)

// cookiePrefix keeps the cookies of the wallets' browsers apart: all of them
// live at one host, and browsers do not tell ports apart.
func (w *wallet) cookiePrefix() string { return "phone_" + w.Name() + "_" }

// outgoing leaves a request only the cookies that the cashier set in this
// wallet, under the names that it gave them.
func (w *wallet) outgoing(h http.Header, cookies []*http.Cookie) {
	h.Del("Cookie")
	var pairs []string
	for _, c := range cookies {
		if name, ok := strings.CutPrefix(c.Name, w.cookiePrefix()); ok {
			pairs = append(pairs, name+"="+c.Value)
		}
	}
	if len(pairs) > 0 {
		h.Set("Cookie", strings.Join(pairs, "; "))
	}
}

// incoming renames the cookies that the cashier sets, and takes off what does
// not fit the phone's plain address.
func (w *wallet) incoming(h http.Header) {
	lines := h.Values("Set-Cookie")
	h.Del("Set-Cookie")
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			continue
		}
		c.Name, c.Domain, c.Secure = w.cookiePrefix()+c.Name, "", false
		if c.SameSite == http.SameSiteNoneMode {
			c.SameSite = http.SameSiteLaxMode // None needs Secure
		}
		h.Add("Set-Cookie", c.String())
	}
}
