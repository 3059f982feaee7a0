package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"

	"juma/internal/fault"
)

//go:embed static styles
var staticFiles embed.FS

// statics are the style sheets, scripts and pictures, read once. Pages name them
// with a digest, so browsers may keep them for ever.
//
// The one style sheet is written in parts, styles/NN-<what>.css, and served
// twice: whole as app.css, and as cashier.css, which is the parts below 50 and
// light enough for the page that a plate opens.
type statics struct {
	files map[string]staticFile
}

type staticFile struct {
	body        []byte
	contentType string
	version     string
}

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
}

func loadStatics() (*statics, error) {
	st := &statics{files: make(map[string]staticFile)}
	err := fs.WalkDir(staticFiles, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := staticFiles.ReadFile(name)
		st.add(path.Base(name), body)
		return err
	})
	if err == nil {
		err = st.addStyles()
	}
	if err != nil {
		return nil, fault.Wrap("web.loadStatics", fault.Internal, err)
	}
	return st, nil
}

// addStyles puts the parts of the style sheet together, in the order of their
// names.
func (st *statics) addStyles() error {
	parts, err := fs.Glob(staticFiles, "styles/*.css")
	if err != nil {
		return err
	}
	var all, light []byte
	for _, name := range parts {
		body, err := staticFiles.ReadFile(name)
		if err != nil {
			return err
		}
		if path.Base(name) == darkTokens {
			body = darkStyle(body)
		}
		all = append(all, body...)
		if path.Base(name) < "50" {
			light = append(light, body...)
		}
	}
	st.add("app.css", all)
	st.add("cashier.css", light)
	return nil
}

// darkTokens are the custom properties of the dark theme, written once. They
// hold where the person chose dark, and where the system is dark and the person
// did not choose light.
const darkTokens = "01-dark.css"

func darkStyle(tokens []byte) []byte {
	return fmt.Appendf(nil, "@media (prefers-color-scheme:dark){:root:not([data-theme=light]){%[1]s}}\n:root[data-theme=dark]{%[1]s}\n", bytes.TrimSpace(tokens))
}

func (st *statics) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	st.files[name] = staticFile{body: body, contentType: contentTypes[path.Ext(name)], version: hex.EncodeToString(sum[:6])}
}

// address is where a page finds a file: "/static/app.css?v=1a2b…".
func (st *statics) address(name string) (string, error) {
	f, ok := st.files[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return "/static/" + name + "?v=" + f.version, nil
}

// static serves one file.
func (s *Server) static(_ context.Context, r *request) (response, error) {
	f, ok := s.views.statics.files[r.param("name")]
	if !ok {
		return response{}, fault.New("web.static", fault.NotFound, "no such file")
	}
	cache := "no-cache"
	if r.URL.Query().Get("v") == f.version {
		cache = "public, max-age=31536000, immutable"
	}
	return response{contentType: f.contentType, body: f.body}.with("Cache-Control", cache), nil
}
