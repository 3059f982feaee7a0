package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"juma/acquiring"
	"juma/internal/clock"
	"juma/internal/fault"
)

// Outbox is where events wait that were written with the rows they tell of. Each
// method is one transaction.
type Outbox interface {
	// ClaimEvents leases at most limit unpublished events, oldest first, that
	// nobody else holds at now, and returns them with the fencing token of this
	// claim.
	ClaimEvents(ctx context.Context, now time.Time, owner string, lease time.Duration, limit int) ([]acquiring.Event, int64, error)
	// MarkPublished marks those of the events that are still leased under the
	// token and says how many they were.
	MarkPublished(ctx context.Context, ids []string, fence int64, at time.Time) (int, error)
	// UnpublishedEvents counts events that are not marked, leased ones included.
	UnpublishedEvents(ctx context.Context) (int, error)
}

const (
	relayBatch   = 256
	relayLease   = 30 * time.Second
	relayPoll    = 250 * time.Millisecond // finds what nobody kicked for
	relayBackoff = 2 * time.Second        // at most, after a fault
	drainPause   = 5 * time.Millisecond   // between two looks at what is left
	headerRoom   = 1 << 10                // of a message, beside the payload
)

const (
	headerKey = "Juma-Key" // order or refund number
	headerAt  = "Juma-At"  // when the event was written, RFC 3339
)

// Relay publishes the outbox to JetStream: at least once, in order of the claim,
// each event under its own id. It may run in any number of processes.
type Relay struct {
	bus    *Bus
	outbox Outbox
	clk    clock.Clock
	log    *slog.Logger
	owner  string
	kick   chan struct{}

	mu    sync.Mutex // one pass at a time
	batch []acquiring.Event
	fence int64            // batch is what we hold under this token: claimed and not yet marked
	never map[string]error // by event id: what no waiting will help
}

// NewRelay returns a relay; Run or Drain sets it to work. clk dates leases and
// marks; log may be nil.
func NewRelay(b *Bus, outbox Outbox, clk clock.Clock, log *slog.Logger) *Relay {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Relay{bus: b, outbox: outbox, clk: clk, log: log, owner: "relay-" + nuid.Next(), kick: make(chan struct{}, 1), never: map[string]error{}}
}

// Kick wakes Run: call it after a commit that wrote an event. It never blocks.
func (r *Relay) Kick() {
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

// Run publishes until ctx ends. Faults are logged and tried again; nothing is
// lost meanwhile, it waits in the outbox.
func (r *Relay) Run(ctx context.Context) {
	poll := time.NewTicker(relayPoll)
	defer poll.Stop()
	faults, last := 0, ""
	for {
		n, err := r.pass(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if err.Error() != last {
				r.log.Error("outbox relay", "err", err)
			}
			faults, last = faults+1, err.Error()
			if !sleep(ctx, min(relayBackoff, time.Duration(faults)*relayPoll)) {
				return
			}
			continue
		case n > 0:
			faults, last = 0, ""
			continue // more may be waiting
		}
		faults, last = 0, ""
		select {
		case <-ctx.Done():
			return
		case <-r.kick:
		case <-poll.C:
		}
	}
}

// Drain publishes until the outbox is empty. The error says what is still in the
// way: a fault of the last pass, or that ctx ended first.
func (r *Relay) Drain(ctx context.Context) error {
	for {
		_, err := r.pass(ctx)
		left, countErr := r.outbox.UnpublishedEvents(ctx)
		if countErr != nil {
			return fault.Wrap("bus.Drain", "", countErr)
		}
		if left == 0 {
			return nil
		}
		if stuck := r.stuck(left); stuck != nil {
			return stuck
		}
		if err == nil {
			err = errors.New("another relay may hold them")
		}
		if !sleep(ctx, drainPause) {
			return fault.New("bus.Drain", fault.Unavailable, "%d events are still unpublished: %v", left, err)
		}
	}
}

// stuck is the reason when nothing is left but events that can never go.
func (r *Relay) stuck(left int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.batch) > 0 || len(r.never) < left {
		return nil
	}
	for _, why := range r.never {
		return fault.Wrap("bus.Drain", fault.Invalid, why)
	}
	return nil
}

// sleep waits in real time; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// pass publishes one batch and marks what JetStream has acknowledged; n says how
// many. What a fault leaves over is kept and tried first in the next pass: with
// a simulated clock that stands still our own lease would never run out.
func (r *Relay) pass(ctx context.Context) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.batch) == 0 {
		r.batch, r.fence, err = r.outbox.ClaimEvents(ctx, r.clk.Now(), r.owner, relayLease, relayBatch)
		if err != nil {
			r.batch = nil
			return 0, fault.Wrap("bus.relay", "", err)
		}
	}
	if len(r.batch) == 0 {
		return 0, nil
	}
	if err := r.sortOut(); err != nil {
		return 0, err
	}
	acked, pubErr := r.publish(ctx, r.batch)
	if len(acked) == 0 {
		return 0, pubErr
	}
	marked, err := r.outbox.MarkPublished(ctx, acked, r.fence, r.clk.Now())
	if err != nil {
		return 0, errors.Join(fault.Wrap("bus.relay", "", err), pubErr)
	}
	if marked < len(acked) {
		// The lease ran out meanwhile and somebody else has the events: they will be
		// published once more, which consumers bear.
		r.batch = nil
		return marked, pubErr
	}
	r.batch = without(r.batch, acked)
	return marked, pubErr
}

func without(batch []acquiring.Event, ids []string) []acquiring.Event {
	gone := make(map[string]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	var left []acquiring.Event
	for _, e := range batch {
		if !gone[e.ID] {
			left = append(left, e)
		}
	}
	return left
}

// sortOut takes events out of the batch that no waiting will help: they stay in
// the outbox, where they are counted, and do not hold up the others.
func (r *Relay) sortOut() error {
	var bad error
	var good []acquiring.Event
	for _, e := range r.batch {
		why := ""
		if _, known := streamFor(e.Subject); !known {
			why = "no stream takes it, add it to the table in internal/bus/subjects.go"
		} else if most := r.bus.nc.MaxPayload(); int64(len(e.Payload)+headerRoom) > most && most > 0 {
			why = fmt.Sprintf("its payload has %d bytes and a message takes %d, headers included", len(e.Payload), most)
		}
		if why == "" {
			good = append(good, e)
			continue
		}
		bad = &fault.Error{Op: "bus.relay", Kind: fault.Invalid, Field: "subject", Value: e.Subject, Msg: "event " + e.ID + " cannot be published: " + why}
		r.never[e.ID] = bad
	}
	r.batch = good
	return bad
}

// publish sends a batch and collects the ids that were acknowledged. When any
// was not, the streams are looked after and the rest is sent once more.
func (r *Relay) publish(ctx context.Context, batch []acquiring.Event) ([]string, error) {
	acked, err := r.send(ctx, batch)
	rest := without(batch, acked)
	if len(rest) == 0 || ctx.Err() != nil {
		return acked, err
	}
	if err := r.bus.ensureStreams(ctx); err != nil {
		return acked, err
	}
	more, err := r.send(ctx, rest)
	return append(acked, more...), err
}

func (r *Relay) send(ctx context.Context, batch []acquiring.Event) (acked []string, err error) {
	futures := make([]jetstream.PubAckFuture, len(batch))
	var faults []error
	for i, e := range batch {
		stream, _ := streamFor(e.Subject)
		futures[i], err = r.bus.js.PublishMsgAsync(message(e), jetstream.WithMsgID(e.ID),
			jetstream.WithExpectStream(stream.name), jetstream.WithRetryAttempts(0))
		if err != nil {
			faults = append(faults, notPublished(e, err))
		}
	}
	for i, f := range futures {
		if f == nil {
			continue
		}
		select {
		case <-f.Ok():
			acked = append(acked, batch[i].ID)
		case err := <-f.Err():
			faults = append(faults, notPublished(batch[i], err))
		case <-ctx.Done():
			return acked, fault.Wrap("bus.relay", fault.Unavailable, ctx.Err())
		}
	}
	return acked, summary(faults)
}

func notPublished(e acquiring.Event, err error) error {
	return &fault.Error{Op: "bus.relay", Kind: fault.Unavailable, Field: "event", Value: e.ID, Msg: "not acknowledged, stays in the outbox", Err: err}
}

// summary is the first fault and how many there were.
func summary(faults []error) error {
	if len(faults) < 2 {
		return errors.Join(faults...)
	}
	return fmt.Errorf("%w (and %d more like it)", faults[0], len(faults)-1)
}

func message(e acquiring.Event) *nats.Msg {
	return &nats.Msg{Subject: e.Subject, Data: e.Payload, Header: nats.Header{
		headerKey: {e.Key}, headerAt: {e.At.UTC().Format(time.RFC3339Nano)},
	}}
}
