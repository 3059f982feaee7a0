package bus

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"juma/acquiring"
	"juma/internal/fault"
)

// Subscription says which events a consumer wants and how patient it is.
type Subscription struct {
	// Subject, "refund.requested", or a filter, "payment.*". It must lie in one of
	// the streams of subjects.go.
	Subject string
	// Durable is the consumer's name: processes that give the same name share the
	// work, and what came while none ran is delivered later. Empty: this process
	// alone, from now on, forgotten when it goes; for pages and caches, and for
	// facts only.
	Durable string
	// Workers is how many events are handled side by side; 8 when 0.
	Workers int
	// AckWait is how long one handling may take before the event is delivered
	// again; 60 s when 0. The handler's context ends a little earlier.
	AckWait time.Duration
	// MaxDeliver is how often an event is delivered before it goes to
	// dead.<subject>; 10 when 0.
	MaxDeliver int
	// Backoff is the pause after the first, second … failure; the last one repeats.
	// 1 s, 2 s, 5 s, 10 s, 30 s, 60 s when nil.
	Backoff []time.Duration
	// GiveUp is told of an event before it goes to dead.<subject>: how often it was
	// delivered and what the last failure was. An error has the event delivered once
	// more. It may be told twice; nil: nobody is told.
	GiveUp func(ctx context.Context, e acquiring.Event, deliveries int, why error) error
}

func (s Subscription) withDefaults() Subscription {
	if s.Workers == 0 {
		s.Workers = 8
	}
	if s.AckWait == 0 {
		s.AckWait = time.Minute
	}
	if s.MaxDeliver == 0 {
		s.MaxDeliver = 10
	}
	if len(s.Backoff) == 0 {
		s.Backoff = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute}
	}
	return s
}

func (s Subscription) check() error {
	const op = "bus.Consume"
	if _, ok := streamFor(s.Subject); !ok {
		return fault.Field(op, "subject", s.Subject, "no stream holds it; see the table in internal/bus/subjects.go")
	}
	if s.Durable != "" && !token.MatchString(s.Durable) {
		return fault.Field(op, "durable", s.Durable, "a consumer's name is made of letters, digits, '-' and '_'")
	}
	if s.Workers < 0 || s.MaxDeliver < 0 || s.AckWait < 0 {
		return fault.Field(op, "subject", s.Subject, "workers, deliveries and times must not be negative")
	}
	return nil
}

// Handler does what an event asks for. It must bear the same event more than
// once. An error has the event delivered again later.
type Handler func(ctx context.Context, e acquiring.Event) error

const (
	pullHeartbeat = 500 * time.Millisecond // silence of two: the consumer is gone, look after it
	pullExpiry    = 10 * time.Second
	giveBackTime  = time.Second
	reopenPause   = 250 * time.Millisecond // grows to relayBackoff
)

// Consume hands events to h until ctx ends, stop is called or the bus is closed.
// An event is acknowledged after h has returned nil; a failure or panic has it
// delivered again; after MaxDeliver deliveries it goes to dead.<subject>, with
// the reason. A stream or consumer that disappears is made anew. stop waits for
// running handlers (10 s, then their context ends).
func (b *Bus) Consume(ctx context.Context, sub Subscription, h Handler) (stop func(), err error) {
	sub = sub.withDefaults()
	if err := sub.check(); err != nil {
		return nil, err
	}
	c := &consumer{bus: b, sub: sub, handle: h, places: make(chan struct{}, sub.Workers)}
	cons, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	c.work, c.abort = context.WithCancel(context.WithoutCancel(ctx))
	pulling, stopPulling := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.run(pulling, cons)
	}()
	stopNow := b.onClose(func() {
		stopPulling()
		<-done
	})
	detach := context.AfterFunc(ctx, stopNow)
	return func() { detach(); stopNow() }, nil
}

type consumer struct {
	bus     *Bus
	sub     Subscription
	handle  Handler
	places  chan struct{}
	running sync.WaitGroup
	work    context.Context // of handlers; outlives pulling by the grace
	abort   context.CancelFunc
}

// open makes sure of stream and consumer.
func (c *consumer) open(ctx context.Context) (jetstream.Consumer, error) {
	if err := c.bus.ensureStreams(ctx); err != nil {
		return nil, err
	}
	stream, _ := streamFor(c.sub.Subject)
	cfg := jetstream.ConsumerConfig{
		Durable: c.sub.Durable, FilterSubject: c.sub.Subject, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: c.sub.AckWait, MaxAckPending: 4 * c.sub.Workers,
		MaxDeliver: -1, // we count ourselves: an event may not vanish between two crashes
	}
	if c.sub.Durable == "" {
		cfg.DeliverPolicy, cfg.InactiveThreshold = jetstream.DeliverNewPolicy, time.Minute
	}
	cons, err := c.bus.ensureConsumer(ctx, stream.name, cfg)
	if err != nil {
		return nil, &fault.Error{Op: "bus.Consume", Kind: fault.Unavailable, Field: "subject", Value: c.sub.Subject, Msg: "cannot make its consumer ready", Err: err}
	}
	return cons, nil
}

// run pulls and reopens until ctx ends, then waits for the handlers.
func (c *consumer) run(ctx context.Context, cons jetstream.Consumer) {
	defer c.finish()
	pause := reopenPause
	for ctx.Err() == nil {
		if cons != nil {
			began := time.Now()
			err := c.pull(ctx, cons)
			if ctx.Err() != nil {
				return
			}
			c.bus.log.Warn("consumer interrupted, reopening", "subject", c.sub.Subject, "err", err)
			if time.Since(began) > relayBackoff {
				pause = reopenPause
			}
		}
		var err error
		if cons, err = c.open(ctx); err != nil && ctx.Err() == nil {
			c.bus.log.Error("consumer", "subject", c.sub.Subject, "err", err)
			cons = nil
		}
		if cons == nil {
			sleep(ctx, pause)
			pause = min(2*pause, relayBackoff)
		}
	}
}

// finish lets running handlers end, by themselves or cancelled.
func (c *consumer) finish() {
	ended := make(chan struct{})
	go func() { c.running.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(stopGrace):
	}
	c.abort()
	select {
	case <-ended:
	case <-time.After(stopGrace):
		c.bus.log.Error("event handler ignores that it was cancelled; leaving it behind", "subject", c.sub.Subject)
	}
}

// pull hands out events until the consumer breaks or ctx ends.
func (c *consumer) pull(ctx context.Context, cons jetstream.Consumer) error {
	it, err := cons.Messages(jetstream.PullMaxMessages(c.sub.Workers),
		jetstream.PullExpiry(pullExpiry), jetstream.PullHeartbeat(pullHeartbeat))
	if err != nil {
		return err
	}
	defer giveBack(it)
	for {
		msg, err := it.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		select {
		case c.places <- struct{}{}:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), msg.Nak())
		}
		c.running.Go(func() {
			defer func() { <-c.places }()
			c.deliver(msg)
		})
	}
}

// giveBack returns what was fetched ahead, so that others need not wait for it.
// With the broker away there is nobody to give it back to.
func giveBack(it jetstream.MessagesContext) {
	defer it.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), giveBackTime)
	defer cancel()
	it.Drain()
	for {
		msg, err := it.Next(jetstream.NextContext(ctx))
		if err != nil || msg.Nak() != nil {
			return
		}
	}
}

// deliver handles one event and says to JetStream what became of it.
func (c *consumer) deliver(msg jetstream.Msg) {
	log := c.bus.log.With("subject", msg.Subject(), "durable", c.sub.Durable)
	meta, err := msg.Metadata()
	if err != nil {
		log.Error("event without metadata", "err", err)
		return
	}
	attempt := int(meta.NumDelivered)
	event := readEvent(msg)
	err = c.guarded(event)
	switch {
	case err == nil:
		err = msg.Ack()
	case attempt >= c.sub.MaxDeliver:
		log.Error("event given up", "id", event.ID, "deliveries", attempt, "err", err)
		err = c.bury(msg, event, attempt, err)
	default:
		log.Warn("event will be delivered again", "id", event.ID, "deliveries", attempt, "err", err)
		err = msg.NakWithDelay(c.backoff(attempt))
	}
	if err != nil {
		log.Warn("event not acknowledged, it will come again", "id", event.ID, "err", err)
	}
}

func (c *consumer) backoff(attempt int) time.Duration {
	return c.sub.Backoff[min(attempt, len(c.sub.Backoff))-1]
}

// guarded calls the handler with a time limit and makes its panic an error.
func (c *consumer) guarded(e acquiring.Event) (err error) {
	ctx, cancel := context.WithTimeout(c.work, c.sub.AckWait*9/10)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			c.bus.log.Error("event handler panicked", "id", e.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fault.New("bus.Consume", fault.Internal, "the handler panicked: %v", p)
		}
	}()
	return c.handle(ctx, e)
}

// bury moves an event to the dead letters: first there, then out of here.
func (c *consumer) bury(msg jetstream.Msg, e acquiring.Event, attempt int, why error) error {
	dead := message(e)
	dead.Subject = deadPrefix + msg.Subject()
	dead.Header.Set("Juma-Reason", oneLine(why.Error()))
	dead.Header.Set("Juma-Deliveries", fmt.Sprint(attempt))
	dead.Header.Set("Juma-Consumer", c.sub.Durable)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.work), c.bus.cfg.publishTimeout)
	defer cancel()
	if c.sub.GiveUp != nil {
		if err := c.sub.GiveUp(ctx, e, attempt, why); err != nil {
			return errors.Join(err, msg.NakWithDelay(c.backoff(attempt)))
		}
	}
	if _, err := c.bus.js.PublishMsg(ctx, dead, jetstream.WithMsgID("dead-"+c.sub.Durable+"-"+e.ID)); err != nil {
		return errors.Join(err, msg.NakWithDelay(c.backoff(attempt)))
	}
	return msg.TermWithReason("moved to " + dead.Subject)
}

// oneLine makes a sentence fit for a header.
func oneLine(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r < ' ' {
			out[i] = ' '
		}
	}
	return string(out[:min(len(out), 500)])
}

// readEvent is the inverse of message.
func readEvent(msg jetstream.Msg) acquiring.Event {
	h := msg.Headers()
	at, _ := time.Parse(time.RFC3339Nano, h.Get(headerAt)) // zero when somebody else published it
	return acquiring.Event{ID: h.Get(nats.MsgIdHdr), Subject: msg.Subject(), Key: h.Get(headerKey), Payload: msg.Data(), At: at}
}
