package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"juma/internal/id"
)

// chain wraps h so that the first middleware sees a request first.
func chain(h http.Handler, middleware ...func(http.Handler) http.Handler) http.Handler {
	for i := len(middleware) - 1; i >= 0; i-- {
		h = middleware[i](h)
	}
	return h
}

// contentPolicy lets a page use what this server serves and nothing else: no
// inline script or style, no frames, no foreign form target.
const contentPolicy = "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// What pages may ask the browser for: nothing, and where plates are scanned the
// camera.
const (
	nothingPermitted = "camera=(), geolocation=(), microphone=()"
	cameraPermitted  = "camera=(self), geolocation=(), microphone=()"
)

// withSecurityHeaders sets what every answer carries. The referrer policy is
// the strict one; pages with forms choose another (see route.policy).
func (s *Server) withSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY") // wallets' old web views know only this one
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", nothingPermitted)
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// withRecovery turns a panic into an answer 500 and a log line with the stack.
func (s *Server) withRecovery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			switch {
			case p == nil:
				return
			case p == http.ErrAbortHandler:
				panic(p) // the server's own way to drop a connection
			}
			s.log.ErrorContext(r.Context(), "panic", "route", routeOf(r.Context()), "request_id", requestIDOf(r.Context()),
				"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			if rec, ok := w.(*recorder); ok && rec.status != 0 {
				panic(http.ErrAbortHandler) // part of an answer is out: it must not look whole
			}
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprintf(w, "%s %s\n", http.StatusText(http.StatusInternalServerError), requestIDOf(r.Context()))
		}()
		next.ServeHTTP(w, r)
	})
}

// note is what later stages tell the access log. Paths are never logged: those
// of cashier and result pages hold keys and tokens.
type note struct {
	requestID string
	route     string
}

type noteKey struct{}

func noteRoute(ctx context.Context, route string) {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		n.route = route
	}
}

func routeOf(ctx context.Context) string {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		return n.route
	}
	return ""
}

func requestIDOf(ctx context.Context) string {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		return n.requestID
	}
	return ""
}

// withAccessLog gives the request its id and logs one line for it. Server
// errors are logged as errors, everything else at level info.
func (s *Server) withAccessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := &note{requestID: s.requestIDs.next()}
		ctx := context.WithValue(r.Context(), noteKey{}, n)
		w.Header().Set("X-Request-Id", n.requestID)
		rec := &recorder{ResponseWriter: w}
		started := s.cfg.Clock.Now()
		defer func() {
			level := slog.LevelInfo
			if rec.status >= 500 {
				level = slog.LevelError
			}
			if s.log.Enabled(ctx, level) {
				s.log.LogAttrs(ctx, level, "request", slog.String("request_id", n.requestID), slog.String("method", r.Method),
					slog.String("route", n.route), slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes),
					slog.Duration("took", s.cfg.Clock.Now().Sub(started)), slog.String("peer", r.RemoteAddr))
			}
		}()
		next.ServeHTTP(rec, r.WithContext(ctx))
	})
}

// recorder remembers status and size.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader remembers the final status.
func (r *recorder) WriteHeader(status int) {
	if status >= 200 && r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the real writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// requestIDs names requests: a prefix drawn at start and a counter.
type requestIDs struct {
	prefix string
	count  atomic.Uint64
}

func newRequestIDs(random id.Random) *requestIDs {
	return &requestIDs{prefix: strings.ToLower(id.Token(random)[:6])}
}

func (r *requestIDs) next() string { return fmt.Sprintf("%s-%06d", r.prefix, r.count.Add(1)) }
