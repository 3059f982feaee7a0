package bus

import (
	"context"
	"flag"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"juma/acquiring"
	"juma/acquiring/channel"
)

// TestMain: most tests wait more than they compute, so many run at a time; in the
// end nothing may be left running.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// start runs a broker of the test's own.
func start(t *testing.T, change ...func(*Config)) *Bus {
	t.Helper()
	cfg := Config{StoreDir: t.TempDir(), lazySync: true}
	for _, c := range change {
		c(&cfg)
	}
	b, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// quick makes calls give up soon.
func quick(c *Config) { c.CallTimeout, c.StatementTimeout = 150*time.Millisecond, 2*time.Second }

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func serve(t *testing.T, b *Bus, a channel.Adapter) (stop func()) {
	t.Helper()
	stop, err := b.Serve(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return stop
}

// eventually waits for a condition, for ten seconds at most.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if cond() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited 10 s in vain for: %s", what)
		}
	}
}

// fake is an adapter made of functions; what is nil panics, which is a test too.
type fake struct {
	name        channel.Name
	authURL     func(context.Context, channel.AuthRequest) (string, error)
	identify    func(context.Context, channel.IdentifyRequest) (channel.Payer, error)
	prepay      func(context.Context, channel.PrepayRequest) (channel.PrepayResult, error)
	query       func(context.Context, channel.OrderRef) (channel.PaymentResult, error)
	close       func(context.Context, channel.OrderRef) (channel.Result, error)
	refund      func(context.Context, channel.RefundRequest) (channel.RefundResult, error)
	queryRefund func(context.Context, channel.RefundRequest) (channel.RefundResult, error)
	readNotice  func(context.Context, channel.RawNotice) (channel.NoticeVerdict, error)
	statement   func(context.Context, channel.StatementRequest) (channel.StatementFile, error)
}

func (f *fake) Name() channel.Name { return f.name }
func (f *fake) AuthURL(ctx context.Context, r channel.AuthRequest) (string, error) {
	return f.authURL(ctx, r)
}
func (f *fake) Identify(ctx context.Context, r channel.IdentifyRequest) (channel.Payer, error) {
	return f.identify(ctx, r)
}
func (f *fake) Prepay(ctx context.Context, r channel.PrepayRequest) (channel.PrepayResult, error) {
	return f.prepay(ctx, r)
}
func (f *fake) Query(ctx context.Context, r channel.OrderRef) (channel.PaymentResult, error) {
	return f.query(ctx, r)
}
func (f *fake) Close(ctx context.Context, r channel.OrderRef) (channel.Result, error) {
	return f.close(ctx, r)
}
func (f *fake) Refund(ctx context.Context, r channel.RefundRequest) (channel.RefundResult, error) {
	return f.refund(ctx, r)
}
func (f *fake) QueryRefund(ctx context.Context, r channel.RefundRequest) (channel.RefundResult, error) {
	return f.queryRefund(ctx, r)
}
func (f *fake) ReadNotice(ctx context.Context, r channel.RawNotice) (channel.NoticeVerdict, error) {
	return f.readNotice(ctx, r)
}
func (f *fake) Statement(ctx context.Context, r channel.StatementRequest) (channel.StatementFile, error) {
	return f.statement(ctx, r)
}

// outbox is an Outbox in memory with leases and fences, as storage has them.
type outbox struct {
	mu        sync.Mutex
	rows      []*outboxRow
	fence     int64
	markFault error // returned by the next MarkPublished, which marks nothing
}

type outboxRow struct {
	event      acquiring.Event
	published  bool
	fence      int64
	leaseUntil time.Time
}

func (o *outbox) add(subject string, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for range n {
		id := fmt.Sprintf("EVENT%05d", len(o.rows)+1)
		o.rows = append(o.rows, &outboxRow{event: acquiring.Event{
			ID: id, Subject: subject, Key: "P" + id, Payload: fmt.Appendf(nil, `{"order_no":"P%s"}`, id),
			At: time.Date(2026, 3, 10, 12, 0, 0, 5, time.UTC),
		}})
	}
}

func (o *outbox) ClaimEvents(_ context.Context, now time.Time, _ string, lease time.Duration, limit int) ([]acquiring.Event, int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fence++
	var got []acquiring.Event
	for _, r := range o.rows {
		if len(got) < limit && !r.published && !r.leaseUntil.After(now) {
			r.fence, r.leaseUntil = o.fence, now.Add(lease)
			got = append(got, r.event)
		}
	}
	return got, o.fence, nil
}

func (o *outbox) MarkPublished(_ context.Context, ids []string, fence int64, _ time.Time) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.markFault; err != nil {
		o.markFault = nil
		return 0, err
	}
	n := 0
	for _, id := range ids {
		for _, r := range o.rows {
			if r.event.ID == id && r.fence == fence && !r.published {
				r.published = true
				n++
			}
		}
	}
	return n, nil
}

func (o *outbox) UnpublishedEvents(context.Context) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, r := range o.rows {
		if !r.published {
			n++
		}
	}
	return n, nil
}

func (o *outbox) unpublished() int {
	n, _ := o.UnpublishedEvents(context.Background())
	return n
}

// seen collects what a consumer was given.
type seen struct {
	mu     sync.Mutex
	events map[string]int
	last   acquiring.Event
}

func (s *seen) handle(_ context.Context, e acquiring.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.events == nil {
		s.events = map[string]int{}
	}
	s.events[e.ID]++
	s.last = e
	return nil
}

func (s *seen) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.events)
}
