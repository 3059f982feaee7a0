package measure_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/measure"
	"juma/internal/clock"
	"juma/internal/fault"
)

// scripted answers every call by what the test put in.
type scripted struct {
	channel.Adapter // nil: methods that a test does not ask
	answer          func() (channel.Outcome, error)
}

func (s *scripted) Name() channel.Name { return channel.WeChat }

func (s *scripted) Prepay(context.Context, channel.PrepayRequest) (channel.PrepayResult, error) {
	how, err := s.answer()
	return channel.PrepayResult{Result: channel.Result{Outcome: how}}, err
}

func (s *scripted) Query(context.Context, channel.OrderRef) (channel.PaymentResult, error) {
	how, err := s.answer()
	return channel.PaymentResult{Result: channel.Result{Outcome: how}}, err
}

var start = time.Date(2026, 3, 10, 4, 2, 30, 0, time.UTC)

// TestCallsAreCountedByTheirEnd: each end of a call is in its own column, and what a
// caller gave up says nothing about the channel.
func TestCallsAreCountedByTheirEnd(t *testing.T) {
	clk := clock.NewSim(start, 1)
	meter := measure.New(clk, clk)
	s := &scripted{}
	a := meter.Wrap(s)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		how  channel.Outcome
		err  error
		want measure.Count
	}{
		{t.Context(), channel.Succeeded, nil, measure.Count{Succeeded: 1}},
		{t.Context(), channel.Refused, nil, measure.Count{Refused: 1}},
		{t.Context(), channel.Pending, nil, measure.Count{Pending: 1}},
		{t.Context(), channel.Unknown, nil, measure.Count{Unknown: 1}},
		{t.Context(), "", fault.New("x", fault.Unavailable, "away"), measure.Count{Unavailable: 1}},
		{t.Context(), "", fault.New("x", fault.Internal, "panicked"), measure.Count{Unavailable: 1}},
		{t.Context(), "", fault.New("x", fault.Unknown, "lost"), measure.Count{Unknown: 1}},
		{t.Context(), "", fault.New("x", fault.Refused, "no"), measure.Count{Refused: 1}},
		{gone, "", fault.New("x", fault.Unavailable, "given up"), measure.Count{}},
	} {
		before := measure.Sum(meter.Buckets(channel.WeChat)).Counts[measure.Orders]
		s.answer = func() (channel.Outcome, error) { return c.how, c.err }
		if _, err := a.Prepay(c.ctx, channel.PrepayRequest{}); err != c.err {
			t.Fatalf("the error was changed: %v", err)
		}
		after := measure.Sum(meter.Buckets(channel.WeChat)).Counts[measure.Orders]
		if want := before.Plus(c.want); after != want {
			t.Errorf("%v %v: %+v, want %+v", c.how, c.err, after, want)
		}
	}
	if q := measure.Sum(meter.Buckets(channel.WeChat)).Counts[measure.Questions]; q.All() != 0 {
		t.Errorf("orders were counted as questions: %+v", q)
	}
	if _, err := a.(channel.CodePayer).PayByCode(t.Context(), channel.CodeRequest{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an ability that is not there: %v", err)
	}
}

// TestBucketsAreBounded: a week of calls keeps a day of buckets, aligned and in order,
// and none is empty.
func TestBucketsAreBounded(t *testing.T) {
	clk := clock.NewSim(start, 1)
	meter := measure.New(clk, clk)
	a := meter.Wrap(&scripted{answer: func() (channel.Outcome, error) { return channel.Pending, nil }})
	for range 7 * 24 * 12 {
		clk.AdvanceTo(clk.Now().Add(measure.Length))
		if _, err := a.Query(t.Context(), channel.OrderRef{}); err != nil {
			t.Fatal(err)
		}
	}
	got := meter.Buckets(channel.WeChat)
	if most := int(measure.Kept / measure.Length); len(got) != most {
		t.Fatalf("%d buckets, want %d", len(got), most)
	}
	for i, b := range got {
		if !b.From.Equal(b.From.Truncate(measure.Length)) || b.Total().All() != 1 || i > 0 && b.From.Sub(got[i-1].From) != measure.Length {
			t.Fatalf("bucket %d at %v has %d calls", i, b.From, b.Total().All())
		}
	}
	clk.AdvanceTo(clk.Now().Add(measure.Kept + measure.Length))
	if old := meter.Buckets(channel.WeChat); len(old) != 0 {
		t.Errorf("%d buckets of the day before are still shown", len(old))
	}
}

// TestLatencyIsWithinATenth holds quantiles against the sorted list.
func TestLatencyIsWithinATenth(t *testing.T) {
	clk, watch := clock.NewSim(start, 1), clock.NewSim(start, 1)
	meter := measure.New(clk, watch)
	rnd := rand.New(rand.NewPCG(1, 2))
	var all []time.Duration
	s := &scripted{}
	a := meter.Wrap(s)
	for range 2000 {
		took := time.Duration(float64(time.Millisecond) * (1 + rnd.ExpFloat64()*200))
		all = append(all, took)
		s.answer = func() (channel.Outcome, error) {
			watch.AdvanceTo(watch.Now().Add(took))
			return channel.Succeeded, nil
		}
		if _, err := a.Query(t.Context(), channel.OrderRef{}); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(all)
	sum := measure.Sum(meter.Buckets(channel.WeChat))
	for _, q := range []int{500, 990, 1000} {
		exact := all[q*len(all)/1000-1]
		if got := sum.Latency(q); got < exact || float64(got) > 1.1*float64(exact)+1 {
			t.Errorf("%d of a thousand: %v, exactly %v", q, got, exact)
		}
	}
	if (measure.Bucket{}).Latency(990) != 0 {
		t.Error("nothing has a latency")
	}
}

// TestIncident: a few lost answers among many are none, and neither are two.
func TestIncident(t *testing.T) {
	for _, c := range []struct {
		count measure.Count
		want  bool
	}{
		{measure.Count{}, false}, {measure.Count{Unknown: 2}, false}, {measure.Count{Unavailable: 3}, true},
		{measure.Count{Succeeded: 97, Unknown: 3}, false}, {measure.Count{Succeeded: 40, Unknown: 2, Unavailable: 1}, true}, {measure.Count{Refused: 50}, false},
	} {
		if got := (measure.Bucket{Counts: [measure.Kinds]measure.Count{c.count}}).Incident(); got != c.want {
			t.Errorf("%+v: %v", c.count, got)
		}
	}
}

// TestManyAtOnce: no call is lost among goroutines, and readers do not disturb them.
func TestManyAtOnce(t *testing.T) {
	clk := clock.NewSim(start, 1)
	meter := measure.New(clk, clk)
	a := meter.Wrap(&scripted{answer: func() (channel.Outcome, error) { return channel.Succeeded, nil }})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				a.Query(t.Context(), channel.OrderRef{})
				meter.Buckets(channel.WeChat)
			}
		})
	}
	wg.Wait()
	if got := measure.Sum(meter.Buckets(channel.WeChat)).Total().Succeeded; got != 4000 {
		t.Errorf("%d of 4000 calls counted", got)
	}
}
