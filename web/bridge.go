package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"juma/internal/access"
	"juma/internal/clock"
	"juma/internal/fault"
)

// handler answers a request. It never sees the framework.
type handler func(ctx context.Context, r *request) (response, error)

// request is an HTTP request with what the bridge found out about it.
type request struct {
	*http.Request
	route   route
	param   func(name string) string // path parameter, decoded
	ip      string                   // of the peer; no header is believed
	lang    lang
	user    access.User    // zero on public routes
	login   access.Session // of user: what it lacks, when it was proved last
	session string         // login session token, "" on public routes
}

// response is an answer. The zero status means 200.
type response struct {
	status      int
	contentType string
	header      http.Header
	cookies     []*http.Cookie
	body        []byte
	// stream, when set, is copied after body and closed.
	stream io.ReadCloser
	// write, when set, writes what follows body, however long that takes. When it
	// fails, the connection is cut: what arrived must not look whole.
	write func(io.Writer) error
}

// with returns the response with one more header.
func (p response) with(name, value string) response {
	if p.header == nil {
		p.header = make(http.Header)
	}
	p.header.Set(name, value)
	return p
}

// redirect sends the browser on with GET.
func redirect(status int, to string, cookies ...*http.Cookie) response {
	return response{status: status, cookies: cookies}.with("Location", to)
}

// jsonResponse encodes v; our own types always encode.
func jsonResponse(status int, v any) response {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(true)
	if err := enc.Encode(v); err != nil {
		panic("web: encode answer: " + err.Error())
	}
	return response{status: status, contentType: "application/json; charset=utf-8", body: b.Bytes()}
}

// newEcho builds the router from the route table. The framework's own error
// pages, binder and logger are not used.
func (s *Server) newEcho() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard)
	e.IPExtractor = echo.ExtractIPDirect()
	for _, rt := range s.table {
		e.Add(rt.rule.Method, rt.rule.Path, s.bridge(rt))
	}
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if c.Response().Committed {
			return
		}
		r := s.newRequest(c, route{rule: access.Rule{Path: "(none)"}})
		s.send(c, r, s.failure(c.Request().Context(), r, routerFault(err)))
	}
	return e
}

// routerFault translates what the router itself complains about.
func routerFault(err error) error {
	var he *echo.HTTPError
	if errors.As(err, &he) {
		switch he.Code {
		case http.StatusNotFound:
			return fault.New("web", fault.NotFound, "no such page")
		case http.StatusMethodNotAllowed:
			return &httpFault{status: http.StatusMethodNotAllowed, code: "method"}
		}
	}
	return err
}

// bridge is the only place where a handler meets the framework.
func (s *Server) bridge(rt route) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := s.newRequest(c, rt)
		r.Body = http.MaxBytesReader(c.Response(), r.Body, rt.maxBody())
		if rt.upload { // a photo over a phone's network takes longer than a form
			err := http.NewResponseController(c.Response()).SetReadDeadline(clock.Real{}.Now().Add(uploadTime))
			if err != nil && !errors.Is(err, http.ErrNotSupported) {
				s.log.WarnContext(r.Context(), "no longer deadline for an upload", "error", err)
			}
		}
		if rt.patience > 0 {
			err := http.NewResponseController(c.Response()).SetWriteDeadline(clock.Real{}.Now().Add(rt.patience))
			if err != nil && !errors.Is(err, http.ErrNotSupported) {
				s.log.WarnContext(r.Context(), "no longer deadline for an answer", "error", err)
			}
		}
		resp, err := s.admitted(c.Request().Context(), r)
		if err != nil {
			resp = s.failure(c.Request().Context(), r, err)
		}
		s.send(c, r, resp)
		return nil
	}
}

func (s *Server) newRequest(c echo.Context, rt route) *request {
	hr := c.Request()
	noteRoute(hr.Context(), rt.rule.Path)
	return &request{Request: hr, route: rt, param: c.Param, ip: c.RealIP(), lang: langOf(hr)}
}

// admitted runs the handler when the route's rule and the cross-site check let
// the request through.
func (s *Server) admitted(ctx context.Context, r *request) (response, error) {
	if !r.route.foreign {
		if err := s.crossSite.Check(r.Request); err != nil {
			return response{}, fault.New("web", fault.Forbidden, "the request came from another site")
		}
	}
	if r.route.as == asJSON && r.Method == http.MethodPost {
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
			return response{}, &httpFault{status: http.StatusUnsupportedMediaType, code: "content_type"}
		}
	}
	if err := s.authorise(ctx, r); err != nil {
		return response{}, err
	}
	return r.route.handle(ctx, r)
}

// send writes the response. After the header is out, an error can only be
// logged: the client sees a body that is too short.
func (s *Server) send(c echo.Context, r *request, p response) {
	w := c.Response()
	h := w.Header()
	for name, values := range p.header {
		h[name] = values
	}
	for _, cookie := range p.cookies {
		http.SetCookie(w, cookie)
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	if p.contentType != "" {
		h.Set("Content-Type", p.contentType)
	}
	if r.route.policy != "" {
		h.Set("Referrer-Policy", r.route.policy)
	}
	if r.route.camera {
		h.Set("Permissions-Policy", cameraPermitted)
	}
	if p.status == 0 {
		p.status = http.StatusOK
	}
	w.WriteHeader(p.status)
	_, err := w.Write(p.body)
	if p.stream != nil {
		if err == nil {
			_, err = io.Copy(w, p.stream)
		}
		err = errors.Join(err, p.stream.Close())
	}
	if p.write != nil && err == nil {
		err = p.write(patient{w, http.NewResponseController(w)})
	}
	if err != nil {
		s.log.WarnContext(r.Context(), "answer not delivered", "route", r.route.rule.Path, "error", err)
	}
	if p.write != nil && err != nil {
		panic(http.ErrAbortHandler) // the server cuts the connection
	}
}

// patience is how long a client may take for one piece of a long answer.
const patience = time.Minute

// patient gives each piece of a long answer its own time, where the server's would
// end the whole.
type patient struct {
	http.ResponseWriter
	*http.ResponseController
}

// Write writes a piece.
func (p patient) Write(b []byte) (int, error) {
	if err := p.SetWriteDeadline(clock.Real{}.Now().Add(patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.ResponseWriter.Write(b)
}
