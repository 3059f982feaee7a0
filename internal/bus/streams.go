package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"juma/internal/fault"
)

// recreateGrace is how long a stream that has disappeared is left alone before
// it is made anew: the broker forgets a deleted stream's name before it moves
// its directory away, and would take the new stream's directory instead.
const recreateGrace = 500 * time.Millisecond

// ensureStreams creates the streams that are missing and replaces those that can
// no longer be written. The first time, at the start, it also brings the others
// up to date with the table. It is run again whenever publishing or consuming
// finds that something is wrong.
func (b *Bus) ensureStreams(ctx context.Context) error {
	b.streamsMu.Lock()
	defer b.streamsMu.Unlock()
	for _, d := range streams {
		err := b.ensureStream(ctx, d)
		if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) || errors.Is(err, nats.ErrNoResponders) {
			return fault.New("bus.streams", fault.Unavailable, "the NATS server has no JetStream; start it with JetStream on (nats-server -js)")
		}
		if err != nil {
			return &fault.Error{Op: "bus.streams", Kind: fault.Unavailable, Field: "stream", Value: d.name, Msg: "cannot be made ready", Err: err}
		}
		b.seen[d.name] = true
	}
	return nil
}

func (b *Bus) ensureStream(ctx context.Context, d streamDef) error {
	if err := b.dropBroken(ctx, d.name); err != nil {
		return err
	}
	replicas := max(1, b.cfg.Replicas)
	there, err := b.js.Stream(ctx, d.name)
	switch {
	case err == nil && b.seen[d.name]:
		return nil
	case err == nil && b.cfg.Replicas == 0:
		replicas = there.CachedInfo().Config.Replicas
	case errors.Is(err, jetstream.ErrStreamNotFound) && b.seen[d.name]:
		b.log.Warn("stream is gone, making it anew; the outbox has what was not yet published", "stream", d.name)
		if !sleep(ctx, recreateGrace) {
			return ctx.Err()
		}
	case err != nil && !errors.Is(err, jetstream.ErrStreamNotFound):
		return err
	}
	_, err = b.js.CreateOrUpdateStream(ctx, d.config(replicas))
	return err
}

// ensureConsumer creates a consumer or brings it up to date. It takes turns with
// ensureStreams, because the broker does not like a stream to be changed while a
// consumer is added to it.
func (b *Bus) ensureConsumer(ctx context.Context, stream string, cfg jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	b.streamsMu.Lock()
	defer b.streamsMu.Unlock()
	return b.js.CreateOrUpdateConsumer(ctx, stream, cfg)
}

// dropBroken deletes a stream of our own broker that can no longer be written.
// What it held is lost, as it is when the store is wiped: the database knows,
// and the sweep asks about what is still open. A stream of an external broker
// is never deleted from here.
func (b *Bus) dropBroken(ctx context.Context, stream string) error {
	if b.srvLog == nil || !b.srvLog.isBroken(stream) {
		return nil
	}
	b.log.Error("stream can no longer be written, replacing it", "stream", stream)
	err := b.js.DeleteStream(ctx, stream)
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return err
	}
	b.srvLog.mended(stream)
	return nil
}
