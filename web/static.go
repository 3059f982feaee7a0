package web

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"path"

	"juma/internal/fault"
)

//go:embed static
var staticFiles embed.FS

// statics are the style sheet, scripts and pictures, read once. Pages name them
// with a digest, so browsers may keep them for ever.
type statics struct {
	files map[string]staticFile
}

type staticFile struct {
	body        []byte
	contentType string
	version     string
}

func loadStatics() (*statics, error) {
	const op = "web.loadStatics"
	entries, err := staticFiles.ReadDir("static")
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	types := map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}
	st := &statics{files: make(map[string]staticFile)}
	for _, e := range entries {
		body, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			return nil, fault.Wrap(op, fault.Internal, err)
		}
		sum := sha256.Sum256(body)
		contentType := types[path.Ext(e.Name())]
		if contentType == "" {
			contentType = mime.TypeByExtension(path.Ext(e.Name()))
		}
		st.files[e.Name()] = staticFile{body: body, contentType: contentType, version: hex.EncodeToString(sum[:6])}
	}
	return st, nil
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
