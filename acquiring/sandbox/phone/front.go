package phone

import (
	"bytes"
	"errors"
	"io"
	"log"
	"mime"
	"net/http"
	"net/http/httputil"
	"net/url"

	"juma/acquiring/sandbox"
)

// front is the wallet's own pages, opened as the consumer who holds the phone.
// The sandbox is called in this process: it may listen nowhere.
func (w *wallet) front() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+iconPath, noIcon)
	mux.Handle("/", &httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL.Scheme, pr.Out.URL.Host = "http", w.frontHost()
			pr.Out.Host = w.frontHost()
			h := pr.Out.Header
			h.Set("User-Agent", w.kind.userAgent)
			h.Set("Cookie", sandbox.PayerCookie+"="+payer(pr.In))
			speak(h, pr.In)
			h.Del("Accept-Encoding")
			h.Del("Origin")
			h.Del("Referer")
		},
		ModifyResponse: func(resp *http.Response) error {
			if location := resp.Header.Get("Location"); location != "" {
				resp.Header.Set("Location", w.links.fromFront(location))
			}
			resp.Header.Del("Set-Cookie") // the wallet knows its consumer already
			letIntoFrame(resp.Header)
			if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/html" {
				return rewriteBody(resp, w.links.text)
			}
			return nil
		},
		Transport: inProcess{w.Handler()},
		ErrorHandler: func(rw http.ResponseWriter, _ *http.Request, err error) {
			http.Error(rw, "The wallet does not answer: "+err.Error(), http.StatusBadGateway)
		},
		ErrorLog: log.New(io.Discard, "", 0),
	})
	return mux
}

// frontHost is the host by which the wallet knows itself.
func (w *wallet) frontHost() string {
	for host := range w.links.walletHosts {
		return host
	}
	u, _ := url.Parse(w.frontSite.URL())
	return u.Host
}

// inProcess is an http.RoundTripper that calls a handler.
type inProcess struct{ handler http.Handler }

// RoundTrip serves the request and returns what was written. A handler that
// aborts gives the error that a cut connection would.
func (t inProcess) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	defer func() {
		if v := recover(); v != nil {
			if v != http.ErrAbortHandler {
				panic(v)
			}
			resp, err = nil, errors.New("the wallet cut the connection")
		}
	}()
	rec := &recorder{header: http.Header{}}
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	t.handler.ServeHTTP(rec, in)
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	return &http.Response{
		StatusCode: rec.status, Status: http.StatusText(rec.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rec.header, Body: io.NopCloser(&rec.body), ContentLength: int64(rec.body.Len()), Request: r,
	}, nil
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the answer's header.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader keeps the first status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write keeps the body, and its kind when the handler named none.
func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	if r.header.Get("Content-Type") == "" {
		r.header.Set("Content-Type", http.DetectContentType(b))
	}
	return r.body.Write(b)
}
