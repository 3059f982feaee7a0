package phone

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"juma/internal/bizdate"
)

// platesPerPage keeps the page light when a batch has thousands of plates.
const platesPerPage = 24

//go:embed static
var assets embed.FS

var pageTemplate = template.Must(template.ParseFS(assets, "static/page.html"))

// pages serves the phone's own page.
func (p *Phone) pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.index)
	mux.HandleFunc("GET /picture/{serial}", p.picture)
	mux.HandleFunc("GET /hint", p.hint)
	mux.HandleFunc("GET /code", p.code)
	mux.HandleFunc("GET "+iconPath, noIcon)
	for _, name := range []string{"phone.css", "phone.js"} {
		mux.HandleFunc("GET /"+name, func(rw http.ResponseWriter, _ *http.Request) { serveAsset(rw, name) })
	}
	return mux
}

// iconPath is what browsers ask every address for. The phone and the wallets have
// no picture of their own, and say so without an error.
const iconPath = "/favicon.ico"

func noIcon(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Cache-Control", "max-age=86400")
	rw.WriteHeader(http.StatusNoContent)
}

// serveAsset writes embedded files one after the other.
func serveAsset(rw http.ResponseWriter, names ...string) {
	var all []byte
	for _, name := range names {
		if name == "" {
			continue
		}
		b, err := assets.ReadFile("static/" + name)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		all = append(all, b...)
	}
	rw.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(names[0])))
	rw.Header().Set("Cache-Control", "no-cache")
	_, _ = rw.Write(all)
}

// plateItem is a plate as the page shows it.
type plateItem struct {
	Serial, Merchant, Store, Picture string
	Note                             string // why it cannot be paid with
	Links                            []walletLink
}

// walletLink opens a plate in a wallet.
type walletLink struct{ Wallet, Label, URL string }

// pageData is what page.html shows.
type pageData struct {
	Text                  text
	Payer, Query, Now     string
	Plates                []plateItem
	Codes                 []walletLink // each wallet's payment code
	Previous, Next, Other string
}

// index is the page of plates.
func (p *Phone) index(rw http.ResponseWriter, r *http.Request) {
	all, err := p.cfg.Plates(r.Context())
	if err != nil {
		http.Error(rw, "The plates cannot be listed: "+err.Error(), http.StatusInternalServerError)
		return
	}
	q := r.URL.Query()
	d := pageData{Text: textFor(r), Payer: cleanPayer(q.Get("payer")), Query: q.Get("q")}
	d.Now = p.cfg.Clock.Now().In(bizdate.Zone).Format("2006-01-02 15:04")
	d.Codes = p.codeLinks(d.Text, d.Payer)
	found := matching(all, d.Query)
	number, _ := strconv.Atoi(q.Get("page")) // anything else is the first page
	number = max(0, min(number, (len(found)-1)/platesPerPage))
	for _, v := range found[number*platesPerPage : min(len(found), (number+1)*platesPerPage)] {
		d.Plates = append(d.Plates, p.item(v, d))
	}
	link := func(page int, lang string) string {
		return "/?" + url.Values{"lang": {lang}, "payer": {d.Payer}, "q": {d.Query}, "page": {strconv.Itoa(page)}}.Encode()
	}
	d.Other = link(number, d.Text.OtherCode)
	if number > 0 {
		d.Previous = link(number-1, d.Text.Code)
	}
	if (number+1)*platesPerPage < len(found) {
		d.Next = link(number+1, d.Text.Code)
	}
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, d); err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	h := rw.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy())
	h.Set("Referrer-Policy", "no-referrer")
	_, _ = page.WriteTo(rw)
}

// policy allows the page nothing but itself, and the wallets in its frame.
func (p *Phone) policy() string {
	frames := "'self'"
	for _, w := range p.wallets {
		frames += " " + w.shopSite.URL() + " " + w.frontSite.URL()
	}
	return "default-src 'self'; img-src 'self' " + p.cashier.String() + "; frame-src " + frames + "; base-uri 'none'; object-src 'none'"
}

// matching keeps the plates whose serial, store, merchant or code contains the
// words.
func matching(all []PlateView, query string) []PlateView {
	query = strings.ToLower(strings.TrimSpace(query))
	var out []PlateView
	for _, v := range all {
		if strings.Contains(strings.ToLower(strings.Join([]string{v.Serial, v.Store, v.Merchant, v.URL}, " ")), query) {
			out = append(out, v)
		}
	}
	return out
}

func (p *Phone) item(v PlateView, d pageData) plateItem {
	it := plateItem{Serial: v.Serial, Merchant: v.Merchant, Store: v.Store, Picture: v.PictureURL, Note: d.Text.Notes[v.State]}
	if len(v.Picture) > 0 {
		p.pictures.keep(v)
		it.Picture = "/picture/" + url.PathEscape(v.Serial)
	}
	to, err := EntryPath(v.URL)
	if err != nil {
		return it // a code that no wallet could open has no buttons
	}
	for _, w := range p.wallets {
		query := url.Values{"to": {to}, "payer": {d.Payer}, "lang": {d.Text.Code}}.Encode()
		it.Links = append(it.Links, walletLink{w.Name(), w.label(d.Text), w.shopSite.URL() + "/__phone/open?" + query})
	}
	return it
}

// hint is what the frame shows before a wallet is opened.
func (p *Phone) hint(rw http.ResponseWriter, r *http.Request) {
	t := textFor(r)
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Content-Security-Policy", "default-src 'self'")
	fmt.Fprintf(rw, "<!doctype html><html lang=%q><head><meta charset=\"utf-8\"><title>%s</title><link rel=\"stylesheet\" href=\"/phone.css\"></head><body><div class=\"room\"><p>%s</p></div></body></html>",
		t.Code, template.HTMLEscapeString(t.Phone), template.HTMLEscapeString(t.Hint))
}
