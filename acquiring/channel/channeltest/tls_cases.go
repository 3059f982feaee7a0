package channeltest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// Rebuild makes the adapter anew from what the wallet hands out now.
func (h Harness) Rebuild(tb testing.TB) channel.Adapter {
	tb.Helper()
	return h.rebuild(tb, "", h.client)
}

// rebuild is Rebuild with the wallet at another address ("" as it is).
func (h Harness) rebuild(tb testing.TB, address string, client *http.Client) channel.Adapter {
	tb.Helper()
	credentials, err := json.Marshal(h.Wallet.Credentials())
	if err != nil {
		tb.Fatal(err)
	}
	if address != "" {
		credentials = bytes.ReplaceAll(credentials, []byte(h.Line.URL()), []byte(address))
	}
	a, err := h.kit.Adapter(credentials, h.Clock, client)
	if err != nil {
		tb.Fatalf("the adapter at %s: %v", address, err)
	}
	return a
}

// testTLS puts the wallet behind TLS. A handshake that fails carries no request, so it
// is certain that nothing happened; a connection that breaks after it may have.
func (s *suite) testTLS(t *testing.T) {
	payer := s.identify(t, "ann")
	server := overTLS(t, s.Line, nil)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	trusting := secure(t, pool)

	good := s.rebuild(t, server.URL, trusting)
	req := s.order(payer, 1234)
	if res, err := good.Prepay(t.Context(), req); err != nil || res.Outcome != channel.Succeeded {
		t.Fatalf("over TLS: %s, error %v; want succeeded, or the rest proves nothing", show(res.Result), err)
	}
	if res, err := good.Query(t.Context(), req.OrderRef); err != nil || res.Outcome != channel.Pending {
		t.Fatalf("over TLS: %s, error %v; want pending", show(res.Result), err)
	}
	cut := handshakeCut(t)
	for what, a := range map[string]channel.Adapter{
		"a certificate by nobody we know":       s.rebuild(t, server.URL, secure(t, x509.NewCertPool())),
		"a certificate for another host":        s.rebuild(t, asLocalhost(t, server.URL), trusting),
		"a handshake that is cut":               s.rebuild(t, cut, trusting),
		"a wallet that speaks no TLS at all":    s.rebuild(t, strings.Replace(s.Line.URL(), "http:", "https:", 1), trusting),
		"a wallet of an older TLS than allowed": s.rebuild(t, overTLS(t, s.Line, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}).URL, trusting),
	} {
		s.wantNothingSent(t, what, a, payer, req)
	}
	s.Line.Instead(func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, func() {
		res, err := good.Prepay(t.Context(), s.order(payer, 1234))
		wantUnknown(t, "a connection that breaks after the handshake", res.Result, err)
	})
}

// wantNothingSent makes calls that move money and calls that ask, and wants each to be
// certain that it did not go out.
func (s *suite) wantNothingSent(t *testing.T, what string, a channel.Adapter, payer channel.Payer, placed channel.PrepayRequest) {
	t.Helper()
	fresh := s.order(payer, 1234)
	reached := s.Line.Count(func() {
		_, prepay := a.Prepay(t.Context(), fresh)
		_, query := a.Query(t.Context(), placed.OrderRef)
		_, refund := a.Refund(t.Context(), s.refundOf(placed, 1))
		for call, err := range map[string]error{"prepay": prepay, "query": query, "refund": refund} {
			if !fault.Is(err, fault.Unavailable) {
				t.Errorf("%s, %s: error %v; want unavailable, for nothing was sent", what, call, err)
			}
		}
	})
	if reached != 0 {
		t.Errorf("%s: %d requests reached the wallet", what, reached)
	}
}

func secure(tb testing.TB, roots *x509.CertPool) *http.Client {
	tb.Helper()
	c := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	tb.Cleanup(c.CloseIdleConnections)
	return c
}

// asLocalhost is the same server under a name that its certificate does not have.
func asLocalhost(tb testing.TB, address string) string {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	return "https://localhost:" + u.Port()
}

// handshakeCut listens and hangs up on whoever says hello.
func handshakeCut(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed: the test is over
			}
			_, _ = c.Read(make([]byte, 64))
			_ = c.Close()
		}
	}()
	return "https://" + l.Addr().String()
}

// overTLS is the wallet behind TLS, whose complaints about handshakes nobody reads.
func overTLS(tb testing.TB, h http.Handler, config *tls.Config) *httptest.Server {
	tb.Helper()
	server := httptest.NewUnstartedServer(h)
	server.TLS, server.Config.ErrorLog = config, log.New(io.Discard, "", 0)
	server.StartTLS()
	tb.Cleanup(server.Close)
	return server
}
