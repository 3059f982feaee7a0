package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/channel/around"
	"juma/internal/clock"
	"juma/internal/id"
)

// journal writes what went over the wallets' wires into the database, behind the
// payments' backs: nobody waits for it, and when it cannot keep up it drops.
type journal struct {
	store journalStore
	clock clock.Clock
	ids   *id.ULIDs // of its own, so that a replayed day draws the same numbers
	log   *slog.Logger

	queue   chan acquiring.WireMessage
	dropped atomic.Int64

	mu   sync.Mutex
	kept map[string]int // messages by order, lately
}

// journalStore keeps messages.
type journalStore interface {
	AddWire(ctx context.Context, all []acquiring.WireMessage) error
	DropWire(ctx context.Context, before time.Time, limit int) (int, error)
}

const (
	journalQueue  = 4096
	journalBatch  = 200
	journalPause  = 100 * time.Millisecond // from the first message to its commit, at most
	journalOrder  = 60                     // messages of one order; what is asked for days tells no more
	journalOrders = 20_000                 // orders that are counted
)

func newJournal(s journalStore, clk clock.Clock, log *slog.Logger) *journal {
	return &journal{store: s, clock: clk, ids: id.NewULIDs(rand.Reader), log: log, queue: make(chan acquiring.WireMessage, journalQueue), kept: map[string]int{}}
}

// KeepTape takes the messages of one call.
func (j *journal) KeepTape(c around.Call, how channel.Outcome, t channel.Tape) {
	for _, x := range t.Exchanges {
		if !j.room(c.OrderNo) {
			return
		}
		m := acquiring.WireMessage{ID: j.ids.At(j.clock.Now()), OrderNo: c.OrderNo, RefundNo: c.RefundNo, Channel: c.Channel, Method: string(c.Method), Outcome: how, Exchange: x}
		select {
		case j.queue <- m:
		default:
			j.dropped.Add(1)
		}
	}
}

// room tells whether another message of the order is kept.
func (j *journal) room(orderNo string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.kept) >= journalOrders {
		clear(j.kept)
	}
	j.kept[orderNo]++
	return j.kept[orderNo] <= journalOrder
}

// run writes until the context ends, and then what is left.
func (j *journal) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			for len(j.queue) > 0 {
				j.write(j.take(<-j.queue))
			}
			return
		case first := <-j.queue:
			pause := time.NewTimer(journalPause)
			select {
			case <-pause.C:
			case <-ctx.Done():
			}
			pause.Stop()
			j.write(j.take(first))
		}
	}
}

// take is the first message and those behind it, as many as one batch has.
func (j *journal) take(first acquiring.WireMessage) []acquiring.WireMessage {
	batch := []acquiring.WireMessage{first}
	for len(batch) < journalBatch {
		select {
		case m := <-j.queue:
			batch = append(batch, m)
		default:
			return batch
		}
	}
	return batch
}

func (j *journal) write(batch []acquiring.WireMessage) {
	if n := j.dropped.Swap(0); n > 0 {
		j.log.Warn("messages of the wallets' wires were not kept: too many at once", "count", n)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := j.store.AddWire(ctx, batch); err != nil {
		j.log.Warn("messages of the wallets' wires were not kept", "count", len(batch), "error", err)
	}
}

// sweep removes what is older than acquiring.WireKept.
func (j *journal) sweep(ctx context.Context) (int, error) {
	return j.store.DropWire(ctx, j.clock.Now().Add(-acquiring.WireKept), 1000)
}

// startJournal runs the journal until the app is closed.
func (a *App) startJournal() {
	a.journal = newJournal(a.Store, a.Clock, a.Log)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.journal.run(ctx)
	}()
	a.onClose(func() { cancel(); <-done })
}
