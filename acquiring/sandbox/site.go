package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	// maxBodyBytes bounds what any sandboxed server reads of a request.
	maxBodyBytes = 1 << 20
	// closeGrace is how long a closing server waits for requests under way; they
	// take milliseconds, but browsers also keep unused connections open.
	closeGrace = time.Second
	// loopback is where sandboxes listen unless told otherwise: they hand out
	// private keys and are nobody else's business.
	loopback = "127.0.0.1"
)

// Site is one HTTP server on a listener of its own. Listening and serving are
// two steps, because a server must know its address before it answers.
type Site struct {
	name     string
	listener net.Listener
	server   *http.Server
	done     chan struct{}
	once     sync.Once
}

// Listen opens a port for the named server: port 0 takes a free one, host ""
// is 127.0.0.1. The error names the port, and says so when it is taken.
func Listen(name, host string, port int) (*Site, error) {
	if host == "" {
		host = loopback
	}
	if port < 0 || port > 65535 {
		return nil, fmt.Errorf("port %d for %s: want 1 to 65535, or 0 for a free one", port, name)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("port %d for %s is in use: stop what holds it, choose another, or 0 for a free one", port, name)
	case err != nil:
		return nil, fmt.Errorf("listen on port %d for %s: %w", port, name, err)
	}
	return &Site{name: name, listener: l, done: make(chan struct{})}, nil
}

// URL is the site's base address, "http://127.0.0.1:4711".
func (s *Site) URL() string { return "http://" + s.listener.Addr().String() }

// Serve answers requests with h until Close. It returns at once.
func (s *Site) Serve(h http.Handler) {
	s.server = &http.Server{
		Handler:           http.MaxBytesHandler(h, maxBodyBytes),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(s.listener) // always ends with ErrServerClosed or a closed listener
	}()
}

// Close stops listening, lets requests under way end for a moment, and returns
// when nothing of the site runs any more. It may be called more than once.
func (s *Site) Close() {
	s.once.Do(func() {
		if s.server == nil {
			_ = s.listener.Close()
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
		defer cancel()
		if s.server.Shutdown(ctx) != nil {
			_ = s.server.Close()
		}
		<-s.done
	})
}
