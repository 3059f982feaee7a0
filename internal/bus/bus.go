package bus

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"juma/internal/fault"
)

// Config says which broker to use.
type Config struct {
	// URL of an external broker, "nats://host:4222" or several with commas. Empty:
	// a broker of our own in this process.
	URL string
	// StoreDir is the directory of our own broker's JetStream; needed when URL is
	// empty, ignored otherwise.
	StoreDir string
	// Listen lets our own broker take connections of other processes, for example
	// "127.0.0.1:4222". Only loopback addresses: our own broker asks nobody for a
	// password. Empty: in process only.
	Listen string
	// Name is how this process is called in the broker's lists; "juma" when empty.
	Name string
	// Replicas of each stream: 1 for a single broker, 3 for a cluster. 0 leaves
	// existing streams as they are and makes new ones with 1.
	Replicas int
	// CallTimeout is how long a call of the channel contract may take when the
	// context says nothing shorter; 15 s when 0.
	CallTimeout time.Duration
	// StatementTimeout is the same for fetching a statement; 5 min when 0.
	StatementTimeout time.Duration
	// Log takes warnings of broker and bus; discarded when nil.
	Log *slog.Logger

	publishTimeout time.Duration // from publishing to JetStream's acknowledgement; 5 s when 0
	lazySync       bool          // only in tests that are not about the disk
}

const (
	connectTimeout  = 3 * time.Second
	apiTimeout      = 5 * time.Second // one question to JetStream
	drainTimeout    = 5 * time.Second
	maxAsyncPending = 1024
)

// Bus is a connection to a broker, with the broker itself when it is our own.
type Bus struct {
	cfg    Config
	log    *slog.Logger
	srv    *server.Server // nil: external
	srvLog *serverLog
	nc     *nats.Conn
	js     jetstream.JetStream
	closed chan struct{} // closed when the connection is

	streamsMu sync.Mutex      // one rebuilding at a time
	seen      map[string]bool // streams that have been there

	mu       sync.Mutex
	closers  []*closer
	services []*service
	counts   map[string]servedCount // by member; what is known of adapters, gone ones included
}

type closer struct{ stop func() }

// Start connects to a broker, or starts our own, and makes sure of the streams.
// An unreachable broker is a fault of kind Unavailable, within some 3 seconds;
// later interruptions are waited out for ever.
func Start(cfg Config) (*Bus, error) {
	cfg = cfg.withDefaults()
	b := &Bus{cfg: cfg, log: cfg.Log, closed: make(chan struct{}), seen: map[string]bool{}, counts: map[string]servedCount{}}
	if err := b.connect(); err != nil {
		return nil, err
	}
	js, err := jetstream.New(b.nc, jetstream.WithPublishAsyncTimeout(cfg.publishTimeout),
		jetstream.WithPublishAsyncMaxPending(maxAsyncPending), jetstream.WithDefaultTimeout(apiTimeout))
	if err != nil {
		b.Close()
		return nil, fault.Wrap("bus.Start", fault.Internal, err)
	}
	b.js = js
	ctx, cancel := context.WithTimeout(context.Background(), 2*apiTimeout)
	defer cancel()
	if err := b.ensureStreams(ctx); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func (c Config) withDefaults() Config {
	if c.Name == "" {
		c.Name = "juma"
	}
	if c.CallTimeout == 0 {
		c.CallTimeout = 15 * time.Second
	}
	if c.StatementTimeout == 0 {
		c.StatementTimeout = 5 * time.Minute
	}
	if c.publishTimeout == 0 {
		c.publishTimeout = 5 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func (b *Bus) connect() error {
	const op = "bus.Start"
	opts := []nats.Option{
		nats.Name(b.cfg.Name), nats.Timeout(connectTimeout), nats.DrainTimeout(drainTimeout),
		nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
		// Nothing is kept for later while the broker is away: a call either was sent
		// or certainly was not.
		nats.ReconnectBufSize(-1),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { b.log.Warn("nats", "err", err) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				b.log.Warn("nats connection lost, reconnecting", "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { b.log.Info("nats connection is back") }),
		nats.ClosedHandler(func(*nats.Conn) { close(b.closed) }),
	}
	target := b.cfg.URL
	if target == "" {
		srv, log, err := startServer(b.cfg)
		if err != nil {
			return err
		}
		b.srv, b.srvLog = srv, log
		opts = append(opts, nats.InProcessServer(srv))
	} else if err := checkURL(target); err != nil {
		return err
	}
	nc, err := nats.Connect(target, opts...)
	if err == nil {
		b.nc = nc
		return nil
	}
	if b.srv != nil {
		stopServer(b.srv)
		return fault.Wrap(op, fault.Internal, err)
	}
	if errors.Is(err, nats.ErrAuthorization) {
		return fault.New(op, fault.Forbidden, "the NATS server at %s refuses this user; check user and password in the address", redact(target))
	}
	return fault.New(op, fault.Unavailable, "no NATS server answers at %s (%v); start one there, or give no address to use the built-in one", redact(target), err)
}

func checkURL(target string) error {
	for one := range strings.SplitSeq(target, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
			return fault.Field("bus.Start", "nats", redact(target), "want nats://HOST:PORT or tls://HOST:PORT")
		}
	}
	return nil
}

// redact takes passwords out of addresses.
func redact(target string) string {
	parts := strings.Split(target, ",")
	for i, one := range parts {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil {
			parts[i] = "(unreadable address)"
			continue
		}
		parts[i] = u.Redacted()
	}
	return strings.Join(parts, ",")
}

// Ready tells whether the broker can be reached right now.
func (b *Bus) Ready() bool { return b.nc.IsConnected() }

// onClose has Close call stop first, in reverse order. The function that comes
// back takes the promise back and calls stop itself.
func (b *Bus) onClose(stop func()) (stopNow func()) {
	c := &closer{stop: sync.OnceFunc(stop)}
	b.mu.Lock()
	b.closers = append(b.closers, c)
	b.mu.Unlock()
	return func() {
		b.mu.Lock()
		for i, other := range b.closers {
			if other == c {
				b.closers = append(b.closers[:i], b.closers[i+1:]...)
				break
			}
		}
		b.mu.Unlock()
		c.stop()
	}
}

// Close stops what Serve and Consume started, lets running work end, drains the
// connection and stops our own broker. It may be called twice.
func (b *Bus) Close() {
	b.mu.Lock()
	closers := b.closers
	b.closers = nil
	b.mu.Unlock()
	for i := len(closers) - 1; i >= 0; i-- {
		closers[i].stop()
	}
	if err := b.nc.Drain(); err != nil {
		b.nc.Close() // not connected: nothing to drain
	}
	select {
	case <-b.closed:
	case <-time.After(drainTimeout + time.Second):
		b.nc.Close()
		<-b.closed
	}
	if b.srv != nil {
		stopServer(b.srv)
	}
}
