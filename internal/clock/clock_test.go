package clock

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)

func TestAdvanceRunsInOrder(t *testing.T) {
	c := NewSim(start, 4)
	var got []time.Duration
	note := func() { got = append(got, c.Now().Sub(start)) }
	c.AfterFunc(3*time.Second, note)
	c.AfterFunc(time.Second, func() {
		note()
		c.AfterFunc(time.Second, note) // planned on the way, due on the way
	})
	stop := c.AfterFunc(2*time.Second, func() { t.Error("a stopped function ran") })
	if !stop() || stop() {
		t.Error("stop must answer true once")
	}
	c.AfterFunc(time.Minute, func() { t.Error("ran before it was due") })
	c.AdvanceTo(start.Add(10 * time.Second))
	if want := []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}; !slices.Equal(got, want) {
		t.Errorf("ran at %v, want %v", got, want)
	}
	if !c.Now().Equal(start.Add(10 * time.Second)) {
		t.Errorf("now is %s", c.Now())
	}
	c.AdvanceTo(start) // never backwards
	if !c.Now().Equal(start.Add(10 * time.Second)) {
		t.Errorf("time went back to %s", c.Now())
	}
}

func TestSimultaneousFunctionsRunSideBySide(t *testing.T) {
	c := NewSim(start, 4)
	var running, most atomic.Int32
	var gate sync.WaitGroup
	gate.Add(4)
	for range 4 {
		c.AfterFunc(time.Second, func() {
			most.Store(max(most.Load(), running.Add(1)))
			gate.Done()
			gate.Wait() // only passes when all four run at once
			running.Add(-1)
		})
	}
	c.AdvanceTo(start.Add(time.Second))
	if running.Load() != 0 {
		t.Error("AdvanceTo returned before all functions had ended")
	}
}

func TestGoLive(t *testing.T) {
	c := NewSim(start, 1)
	ran := make(chan struct{})
	c.AfterFunc(time.Millisecond, func() { close(ran) })
	c.GoLive()
	c.GoLive() // twice is once
	<-ran
	if c.Now().Before(start.Add(time.Millisecond)) {
		t.Errorf("now is %s", c.Now())
	}
}
