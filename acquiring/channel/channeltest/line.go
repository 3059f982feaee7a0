package channeltest

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Line is the wire between an adapter and its wallet. Left alone it only
// counts; the suite cuts it, or lets it answer something that the wallet did
// not say.
type Line struct {
	wallet http.Handler
	addr   string
	forget func() // lets the adapter's client forget its connections

	mu     sync.Mutex
	server *http.Server
	count  int
	alter  func(n int, r *http.Request, answer *httptest.ResponseRecorder)
	refuse http.Handler
}

// newLine opens the wallet's address; Restore lets it answer.
func newLine(tb testing.TB, wallet http.Handler, forget func()) *Line {
	tb.Helper()
	l := &Line{wallet: wallet, addr: "127.0.0.1:0", forget: forget}
	if err := l.open(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.close() })
	return l
}

func (l *Line) open() error {
	listener, err := net.Listen("tcp", l.addr)
	if err != nil {
		return err
	}
	l.addr = listener.Addr().String()
	server := &http.Server{Handler: l}
	l.mu.Lock()
	l.server = server
	l.mu.Unlock()
	go func() { _ = server.Serve(listener) }() // ends with close
	return nil
}

func (l *Line) close() {
	l.mu.Lock()
	server := l.server
	l.mu.Unlock()
	_ = server.Close()
	l.forget()
}

// URL is the wallet's base address.
func (l *Line) URL() string { return "http://" + l.addr }

// Down runs f while nothing listens at the wallet's address.
func (l *Line) Down(tb testing.TB, f func()) {
	tb.Helper()
	l.close()
	f()
	if err := l.open(); err != nil {
		tb.Fatalf("the wallet does not come up again: %v", err)
	}
}

// Alter runs f while every answer passes through alter; n counts the requests
// from 1.
func (l *Line) Alter(f func(), alter func(n int, r *http.Request, answer *httptest.ResponseRecorder)) {
	l.set(alter, nil)
	f()
	l.set(nil, nil)
}

// Instead runs f while h answers in the wallet's place, which hears nothing.
func (l *Line) Instead(h http.HandlerFunc, f func()) {
	l.set(nil, h)
	f()
	l.set(nil, nil)
}

// Count runs f and tells how many requests reached the wallet meanwhile.
func (l *Line) Count(f func()) int {
	l.set(nil, nil)
	f()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

func (l *Line) set(alter func(int, *http.Request, *httptest.ResponseRecorder), refuse http.Handler) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.alter, l.refuse, l.count = alter, refuse, 0
}

// ServeHTTP hands a request to the wallet.
func (l *Line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.count++
	n, alter, refuse := l.count, l.alter, l.refuse
	l.mu.Unlock()
	switch {
	case refuse != nil:
		refuse.ServeHTTP(w, r)
	case alter != nil:
		answer := httptest.NewRecorder()
		l.wallet.ServeHTTP(answer, r)
		alter(n, r, answer)
		copyAnswer(w, answer)
	default:
		l.wallet.ServeHTTP(w, r) // untouched, so that the wallet can cut the connection
	}
}

func copyHeader(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for k, v := range answer.Header() {
		if k != "Content-Length" { // it may have changed
			w.Header()[k] = v
		}
	}
}

func copyAnswer(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	copyHeader(w, answer)
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// flipByte changes one byte in the middle of what is signed in an answer's body: the
// number of Alipay's certificate, which stands behind it, is not.
func flipByte(answer *httptest.ResponseRecorder) {
	b := bytes.Clone(answer.Body.Bytes())
	signed, _, _ := bytes.Cut(b, []byte(`"alipay_cert_sn"`))
	if len(b) > 0 {
		b[len(signed)/2] ^= 1
	}
	answer.Body = bytes.NewBuffer(b)
}
