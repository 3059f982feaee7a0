package bus

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"juma/internal/fault"
)

// The limits of our own broker: small, because it serves one machine and holds
// no truth.
const (
	serverReady     = 10 * time.Second
	serverMaxMemory = 16 << 20
	serverMaxStore  = 1 << 30
	serverMaxMsg    = 1 << 20
)

// startServer starts our own broker. Errors say what to do: no directory, an
// address that others might reach, a port in use, a store that cannot be read.
func startServer(cfg Config) (*server.Server, *serverLog, error) {
	const op = "bus.Start"
	opts, err := serverOptions(cfg)
	if err != nil {
		return nil, nil, err
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		return nil, nil, fault.Wrap(op, fault.Internal, err)
	}
	log := &serverLog{log: cfg.Log, broken: map[string]bool{}}
	srv.SetLoggerV2(log, false, false, false)
	srv.Start()
	if srv.ReadyForConnections(serverReady) && log.fatal() == "" {
		return srv, log, nil
	}
	stopServer(srv)
	why := log.fatal()
	if why == "" {
		why = fmt.Sprintf("not ready within %s", serverReady)
	}
	return nil, nil, fault.New(op, fault.Unavailable, "the built-in NATS server with store %s did not start: %s", cfg.StoreDir, why)
}

func serverOptions(cfg Config) (*server.Options, error) {
	const op = "bus.Start"
	if cfg.StoreDir == "" {
		return nil, fault.Field(op, "store_dir", "", "the built-in NATS server needs a directory")
	}
	if err := os.MkdirAll(cfg.StoreDir, 0o700); err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err)
	}
	opts := &server.Options{
		ServerName: cfg.Name, DontListen: true,
		JetStream: true, StoreDir: cfg.StoreDir, JetStreamMaxMemory: serverMaxMemory, JetStreamMaxStore: serverMaxStore,
		// Acknowledged means on disk: the default syncs every two minutes.
		SyncAlways: !cfg.lazySync,
		MaxPayload: serverMaxMsg, NoSigs: true, DisableJetStreamBanner: true,
	}
	if cfg.Listen == "" {
		return opts, nil
	}
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, fault.Field(op, "listen", cfg.Listen, "want HOST:PORT, for example 127.0.0.1:4222")
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fault.Field(op, "listen", cfg.Listen, "the built-in NATS server asks nobody for a password, so it listens on loopback only; run a nats-server for other machines")
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return nil, fault.Field(op, "listen", cfg.Listen, "the port must be 1 to 65535")
	}
	// Asked here, because the server itself would try for seconds.
	probe, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fault.New(op, fault.Unavailable, "cannot listen on %s for NATS (%v); choose another port", cfg.Listen, err)
	}
	probe.Close()
	opts.DontListen, opts.Host, opts.Port = false, host, n
	return opts, nil
}

func stopServer(srv *server.Server) {
	srv.Shutdown()
	srv.WaitForShutdown()
}

// serverLog gives the broker's words to our log. It keeps the one that is fatal,
// and notes the streams that the broker says it can no longer write.
type serverLog struct {
	log    *slog.Logger
	mu     sync.Mutex
	why    string
	broken map[string]bool
}

// writeErrorFormat is how the broker logs, with account and stream as the first
// two values, that a stream's files are gone from under it. It says so nowhere
// else for a stream without replicas: publishers just get no answer. The stream
// stays so until it is deleted. TestStoreWipedUnderARunningBroker holds this.
const writeErrorFormat = "critical write error"

func (l *serverLog) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why
}

// isBroken tells whether a stream cannot be written any more.
func (l *serverLog) isBroken(stream string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken[stream]
}

// mended forgets that a stream was broken.
func (l *serverLog) mended(stream string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.broken, stream)
}

func (l *serverLog) note(format string, v []any) {
	if !strings.Contains(format, writeErrorFormat) || len(v) < 2 {
		return
	}
	if stream, ok := v[1].(string); ok {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.broken[stream] = true
	}
}

// Noticef is for the curious.
func (l *serverLog) Noticef(format string, v ...any) {
	l.log.Debug("nats-server", "msg", fmt.Sprintf(format, v...))
}

// Warnf passes a warning on.
func (l *serverLog) Warnf(format string, v ...any) {
	l.log.Warn("nats-server", "msg", fmt.Sprintf(format, v...))
}

// Errorf passes an error on.
func (l *serverLog) Errorf(format string, v ...any) {
	l.note(format, v)
	l.log.Error("nats-server", "msg", fmt.Sprintf(format, v...))
}

// Debugf is not wanted.
func (l *serverLog) Debugf(string, ...any) {}

// Tracef is not wanted.
func (l *serverLog) Tracef(string, ...any) {}

// Fatalf does not end the process: whoever starts the broker reports it.
func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why == "" {
		l.why = fmt.Sprintf(format, v...)
	}
}
