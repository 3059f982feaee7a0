package bus

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	notADir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(notADir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cfg  Config
		kind fault.Kind
		says string
	}{
		"no directory":      {Config{}, fault.Invalid, "store_dir"},
		"directory is none": {Config{StoreDir: notADir}, fault.Unavailable, notADir},
		"nobody there":      {Config{URL: "nats://u:secret@" + freeAddress(t)}, fault.Unavailable, "no NATS server answers at nats://u:xxxxx@127.0.0.1"},
		"not an address":    {Config{URL: "localhost"}, fault.Invalid, "want nats://HOST:PORT"},
		"http":              {Config{URL: "http://localhost"}, fault.Invalid, "want nats://HOST:PORT"},
		"port in use":       {Config{StoreDir: t.TempDir(), Listen: taken.Addr().String()}, fault.Unavailable, "choose another port"},
		"open to the world": {Config{StoreDir: t.TempDir(), Listen: "0.0.0.0:4222"}, fault.Invalid, "loopback only"},
		"no port":           {Config{StoreDir: t.TempDir(), Listen: "127.0.0.1"}, fault.Invalid, "HOST:PORT"},
		"port zero":         {Config{StoreDir: t.TempDir(), Listen: "127.0.0.1:0"}, fault.Invalid, "1 to 65535"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			b, err := Start(c.cfg)
			if err == nil {
				b.Close()
				t.Fatal("started")
			}
			if !fault.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v (%s), want %s that says %q", err, fault.KindOf(err), c.kind, c.says)
			}
			if took := time.Since(began); took > 4*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// bare is a nats-server without JetStream, or with a password.
func bare(t *testing.T, opts *server.Options) string {
	t.Helper()
	opts.Host, opts.Port, opts.NoLog, opts.NoSigs = "127.0.0.1", -1, true, true
	srv, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	if !srv.ReadyForConnections(5 * time.Second) {
		t.Fatal("server not ready")
	}
	t.Cleanup(func() { stopServer(srv) })
	return srv.Addr().String()
}

func TestExternalBrokerThatDoesNotSuit(t *testing.T) {
	t.Parallel()
	if _, err := Start(Config{URL: "nats://" + bare(t, &server.Options{})}); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "no JetStream") {
		t.Errorf("without JetStream: got %v", err)
	}
	locked := bare(t, &server.Options{Username: "u", Password: "p"})
	if _, err := Start(Config{URL: "nats://u:wrong@" + locked}); !fault.Is(err, fault.Forbidden) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("wrong password: got %v", err)
	}
}

// TestSeparateProcesses: the adapter in one process, its caller in another, the
// broker in a third.
func TestSeparateProcesses(t *testing.T) {
	t.Parallel()
	addr := freeAddress(t)
	start(t, func(c *Config) { c.Listen = addr })
	external := func(c *Config) { c.URL, c.StoreDir = "nats://"+addr, "" }
	adapterSide, webSide := start(t, external), start(t, external)
	stop := serve(t, adapterSide, &fake{name: channel.WeChat, query: func(context.Context, channel.OrderRef) (channel.PaymentResult, error) {
		return channel.PaymentResult{Result: channel.Result{Outcome: channel.Pending}}, nil
	}})
	for range 7 {
		if res, err := webSide.Remote(channel.WeChat).Query(context.Background(), order); err != nil || res.Outcome != channel.Pending {
			t.Fatalf("got %+v, %v", res, err)
		}
	}
	wantRequests(t, webSide, map[channel.Name]int{channel.WeChat: 7})
	members, err := webSide.Members(t.Context())
	if m := members[channel.WeChat]; err != nil || len(m) != 1 || m[0].Calls != 7 || m[0].Since.IsZero() || len(members) != 1 {
		t.Errorf("members %+v, %v", members, err)
	}
	stop()
	if members, err := webSide.Members(t.Context()); err != nil || len(members) != 0 {
		t.Errorf("after the stop: %+v, %v", members, err)
	}
	wantRequests(t, webSide, map[channel.Name]int{channel.WeChat: 7}) // as last heard
}

// TestBrokerGoneMeansNothingSent: while the broker is away a call is refused at
// once; when it is back, calls work again by themselves.
func TestBrokerGoneMeansNothingSent(t *testing.T) {
	t.Parallel()
	dir, addr := t.TempDir(), freeAddress(t)
	broker, err := Start(Config{StoreDir: dir, Listen: addr})
	if err != nil {
		t.Fatal(err)
	}
	b := start(t, func(c *Config) { c.URL, c.StoreDir = "nats://"+addr, "" })
	serve(t, b, &fake{name: channel.WeChat, close: func(context.Context, channel.OrderRef) (channel.Result, error) {
		return channel.Result{Outcome: channel.Succeeded}, nil
	}})
	broker.Close()
	eventually(t, "the loss is noticed", func() bool { return !b.Ready() })
	if _, err := b.Remote(channel.WeChat).Close(context.Background(), order); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want Unavailable", err)
	}
	broker, err = Start(Config{StoreDir: dir, Listen: addr})
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	eventually(t, "calls work again", func() bool {
		res, err := b.Remote(channel.WeChat).Close(context.Background(), order)
		return err == nil && res.Outcome == channel.Succeeded
	})
}

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	b := start(t)
	serve(t, b, &fake{name: channel.WeChat})
	b.Close()
	b.Close()
	if _, err := b.Remote(channel.WeChat).Query(context.Background(), order); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after close: got %v, want Unavailable", err)
	}
	if _, err := b.Requests(context.Background()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after close: got %v, want Unavailable", err)
	}
}

func TestStartedAgainOnItsStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for round := 1; round <= 2; round++ {
		b, err := Start(Config{StoreDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		box := &outbox{}
		box.add("payment.paid", 2*round)
		drain(t, NewRelay(b, box, simClock(), nil))
		if n := stored(t, b, "EVENTS"); n != 2*round { // ids of the first round are remembered
			t.Errorf("round %d: EVENTS hold %d, want %d", round, n, 2*round)
		}
		b.Close()
	}
}
