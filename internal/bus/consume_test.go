package bus

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"juma/acquiring"
	"juma/internal/fault"
)

var impatient = Subscription{Subject: "refund.requested", Durable: "refunds", MaxDeliver: 4, Backoff: []time.Duration{time.Millisecond}}

func consume(t *testing.T, b *Bus, s Subscription, h Handler) (stop func()) {
	t.Helper()
	stop, err := b.Consume(context.Background(), s, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return stop
}

func publish(t *testing.T, b *Bus, subject string, n int) *outbox {
	t.Helper()
	box := &outbox{}
	box.add(subject, n)
	drain(t, NewRelay(b, box, simClock(), nil))
	return box
}

func TestEventArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	b := start(t)
	var got seen
	box := publish(t, b, "refund.requested", 1) // before anybody listens: a durable consumer gets it all the same
	consume(t, b, impatient, got.handle)
	eventually(t, "the event", func() bool { return got.count() == 1 })
	want := box.rows[0].event
	if e := got.last; e.ID != want.ID || e.Subject != want.Subject || e.Key != want.Key || string(e.Payload) != string(want.Payload) || !e.At.Equal(want.At) {
		t.Errorf("got %+v, want %+v", e, want)
	}
	eventually(t, "the command is done and gone", func() bool { return stored(t, b, "COMMANDS") == 0 })
}

func TestFailedEventComesAgain(t *testing.T) {
	t.Parallel()
	b := start(t)
	var calls atomic.Int32
	consume(t, b, impatient, func(context.Context, acquiring.Event) error {
		switch calls.Add(1) {
		case 1:
			return errors.New("not now")
		case 2:
			panic("not now either")
		}
		return nil
	})
	publish(t, b, "refund.requested", 1)
	eventually(t, "third time done", func() bool { return calls.Load() == 3 && stored(t, b, "COMMANDS") == 0 })
	if n := stored(t, b, "DEAD"); n != 0 {
		t.Errorf("DEAD holds %d, want 0", n)
	}
}

func TestHopelessEventGoesToTheDeadLetters(t *testing.T) {
	t.Parallel()
	b := start(t)
	var bad, good atomic.Int32
	consume(t, b, impatient, func(_ context.Context, e acquiring.Event) error {
		if e.ID == "EVENT00002" {
			bad.Add(1)
			return fault.New("x", fault.Invalid, "no such\nrefund")
		}
		good.Add(1)
		return nil
	})
	publish(t, b, "refund.requested", 5)
	eventually(t, "one dead letter, no command left", func() bool { return stored(t, b, "DEAD") == 1 && stored(t, b, "COMMANDS") == 0 })
	if bad.Load() != 4 || good.Load() != 4 {
		t.Errorf("the bad event was handled %d times and the others %d, want 4 and 4", bad.Load(), good.Load())
	}
	s, err := b.js.Stream(ctxSeconds(t, 5), "DEAD")
	if err != nil {
		t.Fatal(err)
	}
	dead, err := s.GetLastMsgForSubject(ctxSeconds(t, 5), "dead.refund.requested")
	if err != nil {
		t.Fatal(err)
	}
	if h := dead.Header; h.Get("Juma-Reason") != "x: no such refund" || h.Get("Juma-Key") != "PEVENT00002" || h.Get("Juma-Deliveries") != "4" {
		t.Errorf("the dead letter says %v", h)
	}
}

func TestWorkersAreBounded(t *testing.T) {
	t.Parallel()
	b := start(t)
	sub := impatient
	sub.Workers = 3
	release := make(chan struct{})
	var now, most, done atomic.Int32
	consume(t, b, sub, func(context.Context, acquiring.Event) error {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		<-release
		now.Add(-1)
		done.Add(1)
		return nil
	})
	publish(t, b, "refund.requested", 12)
	eventually(t, "all workers busy", func() bool { return now.Load() == 3 })
	close(release)
	eventually(t, "all done", func() bool { return done.Load() == 12 })
	if most.Load() != 3 {
		t.Errorf("%d handlers ran side by side, want 3", most.Load())
	}
}

// TestStopHandsOverAtOnce: what was fetched ahead by a process that stops is
// given to the other one without waiting for the acknowledgement time.
func TestStopHandsOverAtOnce(t *testing.T) {
	t.Parallel()
	b := start(t)
	sub := impatient
	sub.Workers = 2
	entered, release := make(chan struct{}, 9), make(chan struct{})
	var first atomic.Int32
	stop := consume(t, b, sub, func(context.Context, acquiring.Event) error {
		first.Add(1)
		entered <- struct{}{}
		<-release
		return nil
	})
	publish(t, b, "refund.requested", 9)
	<-entered
	<-entered
	go func() { time.Sleep(20 * time.Millisecond); close(release) }()
	stop()
	ranFirst := first.Load()
	var got seen
	consume(t, b, sub, got.handle)
	eventually(t, "the rest, done by the other", func() bool { return got.count() == 9-int(ranFirst) && stored(t, b, "COMMANDS") == 0 })
	if ranFirst > 4 {
		t.Errorf("the stopping consumer began %d events", ranFirst)
	}
}

func TestListenerWithoutNameHearsFromNowOn(t *testing.T) {
	t.Parallel()
	b := start(t)
	publish(t, b, "payment.paid", 3)
	var one, two seen
	consume(t, b, Subscription{Subject: "payment.*"}, one.handle)
	consume(t, b, Subscription{Subject: "payment.*"}, two.handle)
	box := &outbox{rows: make([]*outboxRow, 0, 5)}
	box.add("payment.paid", 5)
	for i, r := range box.rows {
		r.event.ID = "LATER" + string(rune('A'+i))
	}
	drain(t, NewRelay(b, box, simClock(), nil))
	eventually(t, "both heard the five that came later", func() bool { return one.count() == 5 && two.count() == 5 })
}

func TestConsumerDeletedWhileRunning(t *testing.T) {
	t.Parallel()
	b := start(t)
	var got seen
	consume(t, b, impatient, got.handle)
	if err := b.js.DeleteConsumer(ctxSeconds(t, 5), "COMMANDS", "refunds"); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		t.Fatal(err)
	}
	publish(t, b, "refund.requested", 2)
	eventually(t, "consuming went on", func() bool { return got.count() == 2 })
}

func TestConsumeRefuses(t *testing.T) {
	t.Parallel()
	b := start(t)
	for name, s := range map[string]Subscription{
		"no stream":        {Subject: "nobody.knows", Durable: "x"},
		"too wide":         {Subject: "refund.*", Durable: "x"},
		"everything":       {Subject: ">", Durable: "x"},
		"no subject":       {Durable: "x"},
		"name with a dot":  {Subject: "payment.*", Durable: "a.b"},
		"negative workers": {Subject: "payment.*", Workers: -1},
	} {
		if _, err := b.Consume(context.Background(), s, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want Invalid", name, err)
		}
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, filter string
		want            bool
	}{
		{"payment.*", "payment.paid", true},
		{"payment.*", "payment.*", true},
		{"payment.*", "payment", false},
		{"payment.*", "payment.paid.late", false},
		{"payment.*", "payment.>", false},
		{"dead.>", "dead.refund.requested", true},
		{"dead.>", "dead.>", true},
		{"dead.>", "dead", false},
		{"refund.succeeded", "refund.*", false},
		{"refund.succeeded", "refund.succeeded", true},
		{"payment.*", "payment.", false},
	} {
		if got := covers(c.pattern, c.filter); got != c.want {
			t.Errorf("%s covers %s: %v, want %v", c.pattern, c.filter, got, c.want)
		}
	}
}
