package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"juma/acquiring/channel"
	"juma/internal/access"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

//go:embed templates
var templateFiles embed.FS

// frames are what stands around a page, frames/<name>.html. A page's file stands
// in the directory named after its frame, and its name, without ".html", is
// what handlers call it; names are unique on the whole site. What several pages
// share is in parts/ and known to all.
//
// public is light, for pages behind a plate; mobile is one column with forms,
// for people without a session; portal is the console and the merchant portal.
var frames = []string{"public", "mobile", "portal"}

// views are the parsed templates, one set for each language, because the text
// function is bound when a template is parsed.
type views struct {
	byName  map[string][2]*template.Template
	statics *statics
}

// sharedViews parses what is built into the binary, once for all servers.
var sharedViews = sync.OnceValues(func() (*views, error) {
	st, err := loadStatics()
	if err != nil {
		return nil, err
	}
	return loadViews(st)
})

func loadViews(st *statics) (*views, error) {
	v := &views{byName: make(map[string][2]*template.Template), statics: st}
	for _, frame := range frames {
		for _, l := range langs {
			if err := v.loadFrame(frame, l); err != nil {
				return nil, fault.Wrap("web.loadViews", fault.Internal, err)
			}
		}
	}
	return v, nil
}

// loadFrame parses the pages of one frame in one language.
func (v *views) loadFrame(frame string, l lang) error {
	base, err := template.New(frame+".html").Funcs(viewFuncs(l, v.statics)).
		ParseFS(templateFiles, "templates/frames/"+frame+".html", "templates/parts/*.html")
	if err != nil {
		return err
	}
	files, err := fs.Glob(templateFiles, "templates/"+frame+"/*.html")
	if err != nil {
		return err
	}
	for _, file := range files {
		t, err := base.Clone()
		if err != nil {
			return err
		}
		if t, err = t.ParseFS(templateFiles, file); err != nil {
			return err
		}
		name := strings.TrimSuffix(path.Base(file), ".html")
		both := v.byName[name]
		if both[l] != nil {
			return fmt.Errorf("two pages are called %s", name)
		}
		both[l] = t
		v.byName[name] = both
	}
	return nil
}

// view is what every template sees; Page is its own part.
type view struct {
	Lang      string // "zh-CN", "en"
	SwitchURL string // the same page in the other language
	User      access.User
	CSRF      string
	Path      string
	Page      any
}

// page renders a template. A template that fails is a defect of ours; the
// answer is then a plain sentence, never half a page.
func (s *Server) page(r *request, name string, status int, data any) response {
	v := view{Lang: r.lang.tag(), SwitchURL: switchURL(r), User: r.user, Path: r.URL.Path, Page: data}
	if r.session != "" {
		v.CSRF = s.sealer.formToken(r.session)
	}
	return s.render(r, name, status, v)
}

func (s *Server) render(r *request, name string, status int, v view) response {
	var b bytes.Buffer
	b.Grow(8 << 10)
	if err := s.views.byName[name][r.lang].Execute(&b, v); err != nil {
		s.log.ErrorContext(r.Context(), "template failed", "template", name, "error", err)
		return response{status: http.StatusInternalServerError, contentType: "text/plain; charset=utf-8", body: []byte(r.lang.text("error.internal") + "\n")}
	}
	p := response{status: status, contentType: "text/html; charset=utf-8", body: b.Bytes()}.with("Content-Language", r.lang.tag())
	if r.URL.RawQuery != "" && r.URL.Query().Get("lang") != "" {
		p.cookies = append(p.cookies, s.cookie(langCookie, r.lang.tag(), "/", langLifetime))
	}
	return p
}

// switchURL is the address of the same page in the other language.
func switchURL(r *request) string {
	q := r.URL.Query()
	q.Set("lang", "en")
	if r.lang == en {
		q.Set("lang", "zh")
	}
	return "?" + q.Encode()
}

func viewFuncs(l lang, st *statics) template.FuncMap {
	return template.FuncMap{
		"t":       l.textOf,
		"asset":   st.address,
		"yuan":    money.Fen.String,
		"time":    showTime,
		"date":    showDate,
		"wallets": func() []channel.Name { return channel.Names },
		"mask":    maskAccount,
		"count":   showCount,
		"plus":    showPlus,
		"minus":   showMinus,
	}
}

// showTime prints Beijing time, as everybody reads it; "—" for an unknown one.
func showTime(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(bizdate.Zone).Format("2006-01-02 15:04:05")
}

func showDate(d bizdate.Date) string {
	if d == 0 {
		return "—"
	}
	return d.String()
}

// showPlus prints what is added in a sum, with its sign apart: "+ ¥2.00".
func showPlus(f money.Fen) string {
	if f < 0 {
		return "− " + f.Abs().String()
	}
	return "+ " + f.String()
}

// showMinus prints what is taken off: "− ¥2.00", and "+ ¥2.00" for −2.00.
func showMinus(f money.Fen) string {
	if f < 0 {
		return "+ " + f.Abs().String()
	}
	return "− " + f.String()
}

// showCount prints a number with thousands separators.
func showCount(n any) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// maskAccount hides the middle of what names a payer: 138****5678,
// 6222****1234, oUpF****x9kQ. What a wallet has masked already stays as it is.
func maskAccount(s string) string {
	r := []rune(s)
	switch {
	case s == "":
		return "—"
	case strings.Contains(s, "*"):
		return s
	case len(r) <= 2:
		return "**"
	case len(r) < 8:
		return string(r[:1]) + "****" + string(r[len(r)-1:])
	case len(r) == 11:
		return string(r[:3]) + "****" + string(r[7:])
	}
	return string(r[:4]) + "****" + string(r[len(r)-4:])
}

// maskName hides the middle of a registered name, so that a payer can check
// whom they pay and a passer-by learns little: 张*三, 杭州****有限公司.
func maskName(s string) string {
	r := []rune(strings.TrimSpace(s))
	switch n := len(r); {
	case n == 0:
		return ""
	case n == 1:
		return "*"
	case n == 2:
		return string(r[:1]) + "*"
	case n <= 4:
		return string(r[:1]) + strings.Repeat("*", n-2) + string(r[n-1:])
	case n <= 8:
		return string(r[:2]) + "**" + string(r[n-2:])
	}
	return string(r[:2]) + "****" + string(r[len(r)-4:])
}
