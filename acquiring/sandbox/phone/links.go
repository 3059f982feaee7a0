package phone

import (
	"net/url"
	"regexp"
	"strings"
)

// links turns addresses of the cashier and of the wallet into the phone's own,
// so that the browser stays inside the wallet.
type links struct {
	shop, front string          // the phone's addresses
	walletHosts map[string]bool // the hosts by which the wallet is known
	origins     map[string]string
	pattern     *regexp.Regexp
}

func newLinks(w *wallet) *links {
	l := &links{shop: w.shopSite.URL(), front: w.frontSite.URL(), walletHosts: map[string]bool{}, origins: map[string]string{}}
	l.origins[w.phone.cashier.String()] = l.shop
	l.origins[w.phone.public.String()] = l.shop
	for name, v := range w.Credentials() {
		text, _ := v.(string)
		if u, err := url.Parse(text); err == nil && strings.HasSuffix(name, "_url") && u.Host != "" {
			l.walletHosts[u.Host] = true
			l.origins[u.Scheme+"://"+u.Host] = l.front
		}
	}
	var all []string
	for from, to := range l.origins {
		all = append(all, regexp.QuoteMeta(from), regexp.QuoteMeta(escapeSlashes(from)))
		l.origins[escapeSlashes(from)] = escapeSlashes(to)
	}
	// The boundary keeps port 8080 from matching in port 80801.
	l.pattern = regexp.MustCompile(`(?:` + strings.Join(all, "|") + `)\b`)
	return l
}

// escapeSlashes writes an address as JSON inside a script may.
func escapeSlashes(s string) string { return strings.ReplaceAll(s, "/", `\/`) }

// text turns every address of cashier or wallet in a page or JSON answer.
func (l *links) text(body []byte) []byte {
	return l.pattern.ReplaceAllFunc(body, func(from []byte) []byte { return []byte(l.origins[string(from)]) })
}

// fromShop turns where the cashier sends the browser.
func (l *links) fromShop(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return location
	}
	if to, ok := l.origins[u.Scheme+"://"+u.Host]; ok {
		return moved(u, to)
	}
	return location
}

// fromFront turns where the wallet sends the browser: to itself, or back to
// whoever asked, which is the cashier by whatever name it gave.
func (l *links) fromFront(location string) string {
	u, err := url.Parse(location)
	switch {
	case err != nil || u.Host == "":
		return location
	case l.walletHosts[u.Host]:
		return moved(u, l.front)
	}
	return moved(u, l.shop)
}

// moved is u at another scheme and host, everything else byte for byte: a query
// that was signed or encoded in its own way must not be encoded anew.
func moved(u *url.URL, base string) string {
	rest := *u
	rest.Scheme, rest.Host, rest.User = "", "", nil
	text := rest.String()
	if !strings.HasPrefix(text, "/") {
		text = "/" + text
	}
	return base + text
}
