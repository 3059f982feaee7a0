package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"juma/acquiring/channel"
	"juma/internal/access"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/mask"
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
	Theme     string // "light", "dark", or "auto" for what the system says
	Density   string // "normal", "compact"
	User      access.User
	CSRF      string
	Path      string
	Nav       []navSection
	SearchURL string // where the search box leads, "" without one
	Query     string // what was searched for
	Toast     string // a message from the request before
	Page      any

	switches switches
}

// To is the same page with a preference chosen: .To "theme" "dark".
func (v view) To(name, value string) string { return v.switches.to(name, value) }

// newView fills what the frames show.
func (s *Server) newView(r *request, data any) view {
	v := view{
		Lang: r.lang.tag(), Theme: themePreference.of(r.Request), Density: densityPreference.of(r.Request),
		User: r.user, Path: r.URL.Path, Page: data, switches: r.switches(),
	}
	other := "en"
	if r.lang == en {
		other = "zh"
	}
	v.SwitchURL = v.To(langPreference.name, other)
	if v.Theme == "" {
		v.Theme = "auto"
	}
	if r.session != "" {
		v.CSRF = s.sealer.formToken(r.session)
		v.Nav = s.navigation(r.user.Role, r.URL.Path)
		s.countNav(r.Context(), v.Nav)
		if !r.user.Role.OfMerchant() {
			v.SearchURL = searchPath
		}
	}
	if r.URL.Path == searchPath {
		v.Query = searchedFor(r)
	}
	return v
}

// page renders a template. A template that fails is a defect of ours; the
// answer is then a plain sentence, never half a page.
func (s *Server) page(r *request, name string, status int, data any) response {
	return s.render(r, name, status, s.newView(r, data))
}

func (s *Server) render(r *request, name string, status int, v view) response {
	cookies := s.remember(r.Request)
	if r.route.policy == portalPolicy {
		if c, err := r.Cookie(toastCookie); err == nil {
			v.Toast = r.lang.toast(c.Value)
			cookies = append(cookies, s.cookie(toastCookie, "", "/", -1))
		}
	}
	var b bytes.Buffer
	b.Grow(16 << 10)
	if err := s.views.byName[name][r.lang].Execute(&b, v); err != nil {
		s.log.ErrorContext(r.Context(), "template failed", "template", name, "error", err)
		return response{status: http.StatusInternalServerError, contentType: "text/plain; charset=utf-8", body: []byte(r.lang.text("error.internal") + "\n")}
	}
	p := response{status: status, contentType: "text/html; charset=utf-8", body: b.Bytes(), cookies: cookies}
	return p.with("Content-Language", r.lang.tag())
}

// withToast shows a short message on the next page, after a redirect: the text
// "toast."+word.
func (s *Server) withToast(p response, word string) response {
	p.cookies = append(p.cookies, s.cookie(toastCookie, word, "/", toastLifetime))
	return p
}

// toastLifetime is how long a redirect may take.
const toastLifetime = time.Minute

// toast is the text of a word that came with a cookie, "" for one that is not
// ours.
func (l lang) toast(word string) string {
	if _, known := catalogue["toast."+word]; !known {
		return ""
	}
	return l.text("toast." + word)
}

func viewFuncs(l lang, st *statics) template.FuncMap {
	funcs := template.FuncMap{
		"t": l.textOf, "word": l.word, "problem": l.problem, "asset": st.address,
		"yuan": money.Fen.String, "time": showTime, "date": showDate, "count": showCount, "age": l.age, "plus": showPlus, "minus": showMinus,
		"mask": maskAccount, "masktext": mask.Text, "maskphone": mask.Phone, "maskcard": mask.Card, "maskname": mask.Name, "maskid": mask.IDNumber,
		"base":    func(name any) channel.Name { return channel.Name(fmt.Sprint(name)).Base() },
		"wallets": func() []channel.Wallet { return channel.Wallets },
	}
	maps.Copy(funcs, componentFuncs)
	return funcs
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

// age prints how long something has waited, in its two largest units.
func (l lang) age(d time.Duration) string {
	const day = 24 * time.Hour
	for _, u := range []struct {
		key         string
		large, unit time.Duration
	}{{"age.days", day, time.Hour}, {"age.hours", time.Hour, time.Minute}, {"age.minutes", time.Minute, time.Second}} {
		if d >= u.large {
			return l.text(u.key, int64(d/u.large), int64(d%u.large/u.unit))
		}
	}
	return l.text("age.seconds", int64(d/time.Second))
}

// showCount prints a number with thousands separators.
func showCount(n any) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// maskAccount masks what names a payer; "—" for an unknown one.
func maskAccount(s string) string {
	if s == "" {
		return "—"
	}
	return mask.Account(s)
}
