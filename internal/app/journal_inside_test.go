package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/channel/around"
	"juma/internal/clock"
)

// shelf is a database that may be away.
type shelf struct {
	mu   sync.Mutex
	got  []acquiring.WireMessage
	away bool
}

func (s *shelf) AddWire(_ context.Context, all []acquiring.WireMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return errors.New("away")
	}
	s.got = append(s.got, all...)
	return nil
}

func (s *shelf) DropWire(context.Context, time.Time, int) (int, error) { return 0, nil }

// TestJournalHoldsNobodyUp: with a database that is away calls go on, what does not fit
// is dropped and said, and what waits is written at the end.
func TestJournalHoldsNobodyUp(t *testing.T) {
	var log strings.Builder
	s := &shelf{}
	j := newJournal(s, clock.Real{}, slog.New(slog.NewTextHandler(&log, nil)))
	tape := channel.Tape{Exchanges: []channel.Exchange{{}}}
	for i := range journalQueue + 100 { // nobody writes yet
		j.KeepTape(around.Call{OrderNo: string(rune(i))}, channel.Succeeded, tape)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	j.run(ctx)
	if len(s.got) != journalQueue || !strings.Contains(log.String(), "count=100") {
		t.Errorf("%d written; log: %s", len(s.got), log.String())
	}
	s.away = true
	j.KeepTape(around.Call{OrderNo: "P"}, channel.Succeeded, tape)
	j.run(ctx)
	if !strings.Contains(log.String(), "away") {
		t.Error("what could not be written is not said")
	}
	s.away, s.got = false, nil
	for range 2 * journalOrder {
		j.KeepTape(around.Call{OrderNo: "P"}, channel.Unknown, tape)
	}
	j.run(ctx)
	if len(s.got) >= journalOrder {
		t.Errorf("%d more messages of one order are kept", len(s.got))
	}
}
