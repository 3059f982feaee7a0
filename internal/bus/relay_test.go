package bus

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"juma/internal/clock"
	"juma/internal/fault"
)

const lots = 3*relayBatch + 10

func simClock() *clock.Sim { return clock.NewSim(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), 1) }

// ctxSeconds ends with the test, or after so many seconds.
func ctxSeconds(t *testing.T, n int) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(n)*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func drain(t *testing.T, r *Relay) {
	t.Helper()
	if err := r.Drain(ctxSeconds(t, 5)); err != nil {
		t.Fatal(err)
	}
}

// stored is how many messages a stream holds.
func stored(t *testing.T, b *Bus, stream string) int {
	t.Helper()
	s, err := b.js.Stream(ctxSeconds(t, 5), stream)
	if err != nil {
		t.Fatal(err)
	}
	return int(s.CachedInfo().State.Msgs)
}

func run(t *testing.T, r *Relay) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func TestDrainPublishesEverythingOnce(t *testing.T) {
	t.Parallel()
	b, box := start(t), &outbox{}
	box.add("payment.paid", lots)
	box.add("refund.requested", 3)
	drain(t, NewRelay(b, box, simClock(), nil))
	if e, c, left := stored(t, b, "EVENTS"), stored(t, b, "COMMANDS"), box.unpublished(); e != lots || c != 3 || left != 0 {
		t.Errorf("EVENTS hold %d, COMMANDS %d, outbox %d; want %d, 3, 0", e, c, left, lots)
	}
}

func TestKickAndPollWakeTheRelay(t *testing.T) {
	t.Parallel()
	b, box := start(t), &outbox{}
	r := NewRelay(b, box, simClock(), nil)
	run(t, r)
	box.add("payment.paid", 1)
	began := time.Now()
	r.Kick()
	r.Kick() // never blocks
	eventually(t, "kicked event published", func() bool { return box.unpublished() == 0 })
	if took := time.Since(began); took > relayPoll {
		t.Errorf("a kick took %s, want less than the poll's %s", took, relayPoll)
	}
	box.add("payment.paid", 1)
	eventually(t, "forgotten kick found by the poll", func() bool { return box.unpublished() == 0 })
}

// TestCrashBetweenPublishAndMark: the first relay dies after JetStream had the
// events and before the outbox knew. Another one, once the lease is over,
// publishes them again under the same ids, and the stream holds each once.
func TestCrashBetweenPublishAndMark(t *testing.T) {
	t.Parallel()
	b, box, clk := start(t), &outbox{}, simClock()
	box.add("payment.paid", 20)
	box.markFault = errors.New("the process was killed here")
	dead := NewRelay(b, box, clk, nil)
	if _, err := dead.pass(context.Background()); err == nil {
		t.Fatal("the crash did not happen")
	}
	if stored(t, b, "EVENTS") != 20 || box.unpublished() != 20 {
		t.Fatal("want 20 published and none marked")
	}
	heir := NewRelay(b, box, clk, nil)
	if n, err := heir.pass(context.Background()); n != 0 || err != nil {
		t.Errorf("the lease still holds: got %d, %v", n, err)
	}
	clk.AdvanceTo(clk.Now().Add(relayLease))
	drain(t, heir)
	if n := stored(t, b, "EVENTS"); n != 20 {
		t.Errorf("EVENTS hold %d, want 20: the ids are the same", n)
	}
}

func TestMarkFaultIsTriedAgainWithTheClockStandingStill(t *testing.T) {
	t.Parallel()
	b, box := start(t), &outbox{}
	box.add("payment.paid", 5)
	box.markFault = errors.New("database is busy")
	drain(t, NewRelay(b, box, simClock(), nil))
}

func TestRelayThatLostItsLeaseLetsGo(t *testing.T) {
	t.Parallel()
	b, box, clk := start(t), &outbox{}, simClock()
	box.add("payment.paid", 5)
	box.markFault = errors.New("busy")
	slow, other := NewRelay(b, box, clk, nil), NewRelay(b, box, clk, nil)
	slow.pass(context.Background()) // holds a batch under an old token
	clk.AdvanceTo(clk.Now().Add(relayLease))
	if n, err := other.pass(context.Background()); n != 5 || err != nil {
		t.Fatalf("other relay: %d, %v", n, err)
	}
	if n, err := slow.pass(context.Background()); n != 0 || err != nil {
		t.Errorf("the stale token marked %d, %v", n, err)
	}
	if len(slow.batch) != 0 {
		t.Error("the slow relay still holds what is not its own")
	}
}

func TestEventsThatCanNeverGoDoNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	b, box := start(t), &outbox{}
	box.add("nobody.knows", 1)
	box.add("payment.paid", 5)
	box.rows[2].event.Payload = make([]byte, 2<<20)
	err := NewRelay(b, box, simClock(), nil).Drain(ctxSeconds(t, 5))
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "cannot be published") {
		t.Errorf("got %v, want Invalid that names the event", err)
	}
	if left := box.unpublished(); left != 2 || stored(t, b, "EVENTS") != 4 {
		t.Errorf("%d events are left, want the two bad ones", left)
	}
}

func TestStreamDeletedWhileRunning(t *testing.T) {
	t.Parallel()
	b, box := start(t), &outbox{}
	r := NewRelay(b, box, simClock(), nil)
	run(t, r)
	var got seen
	stop, err := b.Consume(context.Background(), Subscription{Subject: "payment.*", Durable: "pages"}, got.handle)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	box.add("payment.paid", 10)
	r.Kick()
	eventually(t, "first events consumed", func() bool { return got.count() == 10 })
	for _, d := range streams {
		if err := b.js.DeleteStream(ctxSeconds(t, 5), d.name); err != nil {
			t.Fatal(err)
		}
	}
	box.add("payment.paid", 10)
	r.Kick()
	eventually(t, "publishing went on", func() bool { return box.unpublished() == 0 })
	eventually(t, "consuming went on", func() bool { return got.count() == 20 })
}

// TestStoreWipedWhileTheBrokerIsDown: the broker dies, its whole store is
// deleted, a new one comes up at the same address.
func TestStoreWipedWhileTheBrokerIsDown(t *testing.T) {
	t.Parallel()
	dir, addr := filepath.Join(t.TempDir(), "nats"), freeAddress(t)
	broker, err := Start(Config{StoreDir: dir, Listen: addr})
	if err != nil {
		t.Fatal(err)
	}
	b := start(t, func(c *Config) { c.URL, c.StoreDir = "nats://"+addr, "" })
	box := &outbox{}
	r := NewRelay(b, box, simClock(), nil)
	run(t, r)
	var got seen
	stop, err := b.Consume(context.Background(), Subscription{Subject: "payment.*", Durable: "pages"}, got.handle)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	box.add("payment.paid", 5)
	eventually(t, "first events consumed", func() bool { return got.count() == 5 })

	broker.Close()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the loss is noticed", func() bool { return !b.Ready() })
	box.add("payment.paid", 5)
	soon, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := r.Drain(soon); !fault.Is(err, fault.Unavailable) {
		t.Errorf("draining without a broker: got %v, want Unavailable", err)
	}
	broker, err = Start(Config{StoreDir: dir, Listen: addr})
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	eventually(t, "publishing went on", func() bool { return box.unpublished() == 0 })
	eventually(t, "consuming went on", func() bool { return got.count() == 10 })
}

// TestStoreWipedUnderARunningBroker removes the files from under its feet. The
// broker goes on in files that have no name any more, until it needs a new one;
// then it refuses to write, and the stream must be replaced.
func TestStoreWipedUnderARunningBroker(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "nats")
	b := start(t, func(c *Config) { c.StoreDir, c.publishTimeout = dir, 300*time.Millisecond })
	box := &outbox{}
	r := NewRelay(b, box, simClock(), nil)
	run(t, r)
	var got seen
	stop, err := b.Consume(context.Background(), Subscription{Subject: "payment.*", Durable: "pages"}, got.handle)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	box.add("payment.paid", 5)
	eventually(t, "first events consumed", func() bool { return got.count() == 5 })
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	box.add("payment.paid", 5)
	r.Kick()
	eventually(t, "publishing went on", func() bool { return box.unpublished() == 0 })
	if err := b.js.DeleteStream(ctxSeconds(t, 5), "COMMANDS"); err != nil {
		t.Fatal(err)
	}
	s, err := b.js.Stream(ctxSeconds(t, 5), "EVENTS")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(ctxSeconds(t, 5)); err != nil { // the next message needs a new file
		t.Logf("purge: %v", err)
	}
	box.add("payment.paid", 5)
	r.Kick()
	eventually(t, "publishing went on with a new file", func() bool { return box.unpublished() == 0 })
	eventually(t, "consuming went on", func() bool { return got.count() >= 10 })
	if n := stored(t, b, "EVENTS"); n == 0 {
		t.Error("nothing is stored")
	}
}

func BenchmarkRelay(b *testing.B) {
	bus, err := Start(Config{StoreDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer bus.Close()
	r := NewRelay(bus, nil, simClock(), nil)
	box := &outbox{}
	box.add("payment.paid", relayBatch)
	events, _, _ := box.ClaimEvents(context.Background(), time.Time{}, "", 0, relayBatch)
	for i := 0; b.Loop(); i++ {
		for j := range events {
			events[j].ID = time.Duration(i*relayBatch + j).String()
		}
		if _, err := r.send(context.Background(), events); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*relayBatch)/b.Elapsed().Seconds(), "events/s")
}
