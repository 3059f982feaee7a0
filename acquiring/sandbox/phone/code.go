package phone

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"juma/acquiring/sandbox"
)

var codeTemplate = template.Must(template.ParseFS(assets, "static/code.html"))

// codePage is what code.html shows.
type codePage struct {
	Text                   text
	Wallet, Label, Payer   string
	Digits, Picture, Again string
}

// codePath is where a wallet shows its payment code.
func codePath(wallet, payer, lang string) string {
	return "/code?" + url.Values{"wallet": {wallet}, "payer": {payer}, "lang": {lang}}.Encode()
}

// codeLinks open each wallet's payment code.
func (p *Phone) codeLinks(t text, payer string) (links []walletLink) {
	for _, w := range p.wallets {
		if _, ok := w.Wallet.(sandbox.CodeShower); ok {
			links = append(links, walletLink{w.Name(), w.label(t), codePath(w.Name(), payer, t.Code)})
		}
	}
	return links
}

// label is the wallet's name in the page's language.
func (w *wallet) label(t text) string {
	if t.Code == english.Code {
		return w.kind.labelEN
	}
	return w.kind.labelZH
}

// code is the consumer opening the payment code for a merchant to scan. Each time
// the page is opened it is another code.
func (p *Phone) code(rw http.ResponseWriter, r *http.Request) {
	q, t := r.URL.Query(), textFor(r)
	for _, w := range p.wallets {
		shower, ok := w.Wallet.(sandbox.CodeShower)
		if !ok || w.Name() != q.Get("wallet") {
			continue
		}
		payer := cleanPayer(q.Get("payer"))
		digits := shower.ShowCode(payer)
		d := codePage{Text: t, Wallet: w.Name(), Label: w.label(t), Payer: payer, Digits: grouped(digits), Again: codePath(w.Name(), payer, t.Code)}
		if p.cfg.CodePicture != nil {
			if png, err := p.cfg.CodePicture(digits); err == nil { // the digits serve without it
				p.pictures.keep(PlateView{Serial: digits, Picture: png})
				d.Picture = "/picture/" + digits
			}
		}
		var page bytes.Buffer
		if err := codeTemplate.Execute(&page, d); err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		h := rw.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'self'")
		h.Set("Cache-Control", "no-store")
		_, _ = page.WriteTo(rw)
		return
	}
	http.NotFound(rw, r)
}

// grouped writes digits in fours, as wallets do.
func grouped(digits string) string {
	var parts []string
	for len(digits) > 4 {
		parts, digits = append(parts, digits[:4]), digits[4:]
	}
	return strings.Join(append(parts, digits), " ")
}
