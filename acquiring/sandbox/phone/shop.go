package phone

import (
	"bytes"
	"io"
	"log"
	"mime"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"juma/acquiring/sandbox"
)

const (
	// maxPage bounds the pages that the phone rewrites.
	maxPage = 8 << 20
	// payerCookie remembers who holds the phone.
	payerCookie = "phone_payer"
)

// shop is the cashier seen through the wallet: everything is passed on, except
// the few paths under /__phone/ that are the wallet's app itself.
func (w *wallet) shop() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /__phone/open", w.open)
	mux.HandleFunc("GET /__phone/order", w.order)
	mux.HandleFunc("POST /__phone/confirm", w.confirm)
	mux.HandleFunc("GET /__phone/bridge.js", w.bridge)
	mux.HandleFunc("GET /__phone/sheet.css", func(rw http.ResponseWriter, _ *http.Request) { serveAsset(rw, "sheet.css") })
	mux.HandleFunc("/__phone/", http.NotFound)
	mux.HandleFunc("GET "+iconPath, noIcon)
	transport := w.phone.cfg.Transport
	if transport == nil {
		transport = &http.Transport{MaxIdleConnsPerHost: 16}
	}
	mux.Handle("/", &httputil.ReverseProxy{
		Rewrite:        w.toCashier,
		ModifyResponse: w.fromCashier,
		Transport:      transport,
		ErrorHandler:   w.cashierDown,
		ErrorLog:       log.New(io.Discard, "", 0), // what fails is told to the browser
	})
	return mux
}

// open begins a scan: it hands the phone to a payer, sets its language and goes
// to a plate.
func (w *wallet) open(rw http.ResponseWriter, r *http.Request) {
	to, payer := r.URL.Query().Get("to"), cleanPayer(r.URL.Query().Get("payer"))
	if !strings.HasPrefix(to, "/q/") {
		http.Error(rw, "to: want a path such as /q/KEY", http.StatusBadRequest)
		return
	}
	remember := func(name, value string) {
		http.SetCookie(rw, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
	remember(payerCookie, payer)
	if lang := r.URL.Query().Get("lang"); lang != "" {
		remember(langCookie, textIn(lang).Code)
	}
	http.Redirect(rw, r, to, http.StatusFound)
}

// payerPattern is what a consumer may be called.
var payerPattern = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,40}$`)

// cleanPayer is the name, or the sandboxes' default for one that is not usable.
func cleanPayer(name string) string {
	if payerPattern.MatchString(name) {
		return name
	}
	return sandbox.DefaultPayer
}

// payer is who holds the phone.
func payer(r *http.Request) string {
	if c, err := r.Cookie(payerCookie); err == nil {
		return cleanPayer(c.Value)
	}
	return sandbox.DefaultPayer
}

// toCashier makes the browser's request the wallet's.
func (w *wallet) toCashier(pr *httputil.ProxyRequest) {
	pr.SetURL(w.phone.cashier)
	pr.Out.Host = w.phone.public.Host
	h := pr.Out.Header
	h.Set("User-Agent", w.kind.userAgent)
	h.Set("Accept-Encoding", "identity") // pages are rewritten
	w.outgoing(h, pr.In.Cookies())
	speak(h, pr.In)
	// The page believes to be at the cashier's own address, so does the request.
	if h.Get("Origin") == w.shopSite.URL() {
		h.Set("Origin", w.phone.public.String())
	}
	if u, err := url.Parse(h.Get("Referer")); err == nil && u.Host != "" {
		h.Set("Referer", moved(u, w.phone.public.String()))
	}
	// A wallet shows pages in a window, not in a frame of another page.
	if h.Get("Sec-Fetch-Dest") == "iframe" {
		h.Set("Sec-Fetch-Dest", "document")
		h.Set("Sec-Fetch-Site", "none")
	}
}

// fromCashier makes the cashier's answer fit the phone.
func (w *wallet) fromCashier(resp *http.Response) error {
	h := resp.Header
	w.incoming(h)
	if location := h.Get("Location"); location != "" {
		h.Set("Location", w.links.fromShop(location))
	}
	letIntoFrame(h)
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	switch kind {
	case "text/html":
		return rewriteBody(resp, func(page []byte) []byte { return w.inject(w.links.text(page)) })
	case "application/json":
		return rewriteBody(resp, w.links.text)
	}
	return nil
}

// letIntoFrame takes back what keeps a page out of the phone's frame. The
// frame stands for the wallet's window; a real one is no frame.
func letIntoFrame(h http.Header) {
	h.Del("X-Frame-Options")
	h.Del("Strict-Transport-Security")
	h.Del("Cross-Origin-Opener-Policy")
	h.Del("Cross-Origin-Resource-Policy")
	policies := h.Values("Content-Security-Policy")
	h.Del("Content-Security-Policy")
	for _, policy := range policies {
		var kept []string
		for _, directive := range strings.Split(policy, ";") {
			name, _, _ := strings.Cut(strings.TrimSpace(directive), " ")
			if name = strings.ToLower(name); name != "frame-ancestors" && name != "upgrade-insecure-requests" {
				kept = append(kept, directive)
			}
		}
		h.Add("Content-Security-Policy", strings.Join(kept, ";"))
	}
}

func rewriteBody(resp *http.Response, rewrite func([]byte) []byte) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return err
	}
	resp.Body.Close()
	if len(body) > 0 { // a HEAD or 304 has none
		body = rewrite(body)
		resp.ContentLength = int64(len(body))
		resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
		resp.Header.Del("Etag") // it named the bytes that the cashier sent
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// headTag is where the bridge goes: before any script of the page.
var headTag = regexp.MustCompile(`(?i)<head(\s[^>]*)?>`)

// bridgeTag loads the bridge from the page's own origin, which is what the
// cashier's policy for scripts allows.
const bridgeTag = `<script src="/__phone/bridge.js"></script>`

// inject adds the wallet's bridge to a page.
func (w *wallet) inject(page []byte) []byte {
	if w.kind.script == "" {
		return page
	}
	at := 0
	if m := headTag.FindIndex(page); m != nil {
		at = m[1]
	}
	return append(append(append(make([]byte, 0, len(page)+len(bridgeTag)), page[:at]...), bridgeTag...), page[at:]...)
}

// cashierDown says what a wallet's window would: the page cannot be opened.
func (w *wallet) cashierDown(rw http.ResponseWriter, _ *http.Request, err error) {
	http.Error(rw, "The cashier at "+w.phone.cashier.String()+" does not answer: "+err.Error(), http.StatusBadGateway)
}
