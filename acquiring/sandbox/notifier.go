package sandbox

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"juma/internal/clock"
)

// firstNoticeAfter is how long after the event the first notice goes out.
const firstNoticeAfter = time.Second

// Notification is one notice to deliver. Body and headers are made anew for
// each attempt, because the wallets sign each attempt anew.
type Notification struct {
	Wallet     string
	OutTradeNo string // of the payment, also for a refund notice
	Refund     bool
	URL        string
	// Build makes the request's headers and body for an attempt at now. With
	// forged set it signs with a key that is not the wallet's.
	Build func(now time.Time, forged bool) (http.Header, []byte, error)
	// Accepted reads the receiver's answer by the wallet's rule.
	Accepted func(status int, body []byte) bool
	// Retry is the wallet's schedule: the gaps between attempts.
	Retry []time.Duration
}

// Notifier delivers notices and lets the fault script disturb them.
type Notifier struct {
	clock  clock.Clock
	client *http.Client
	faults *Script

	ctx    context.Context // ends with Close and takes running deliveries with it
	cancel context.CancelFunc
	busy   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	held   map[string]func() // payment notices that wait for the refund's, by wallet and order
	stats  map[string]*NoticeStats
}

func newNotifier(clk clock.Clock, client *http.Client, faults *Script) *Notifier {
	ctx, cancel := context.WithCancel(context.Background())
	return &Notifier{clock: clk, client: client, faults: faults, ctx: ctx, cancel: cancel,
		held: map[string]func(){}, stats: map[string]*NoticeStats{}}
}

// noticeClient keeps enough connections alive for a busy day and gives up as
// the wallets do.
func noticeClient() *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Close ends all delivery: what is under way is cut off and waited for, what is
// planned will not be sent. It may be called more than once.
func (n *Notifier) Close() {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.cancel()
	n.busy.Wait()
	n.client.CloseIdleConnections()
}

// after plans f, which does not run once the notifier is closed.
func (n *Notifier) after(d time.Duration, f func()) {
	n.clock.AfterFunc(d, func() {
		n.mu.Lock()
		if n.closed {
			n.mu.Unlock()
			return
		}
		n.busy.Add(1)
		n.mu.Unlock()
		defer n.busy.Done()
		f()
	})
}

// NoticeStats counts what the wallets sent.
type NoticeStats struct {
	Sent     int `json:"sent"`     // genuine deliveries attempted
	Accepted int `json:"accepted"` // of these, accepted
	Forged   int `json:"forged"`   // forged deliveries attempted
	Fooled   int `json:"fooled"`   // forged deliveries that were accepted: must stay 0
}

// Stats returns the counters of all wallets together.
func (n *Notifier) Stats() NoticeStats {
	var sum NoticeStats
	for _, s := range n.StatsByWallet() {
		sum.Sent += s.Sent
		sum.Accepted += s.Accepted
		sum.Forged += s.Forged
		sum.Fooled += s.Fooled
	}
	return sum
}

// StatsByWallet returns the counters of every wallet that sent anything.
func (n *Notifier) StatsByWallet() map[string]NoticeStats {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := make(map[string]NoticeStats, len(n.stats))
	for wallet, s := range n.stats {
		out[wallet] = *s
	}
	return out
}

// Send plans the delivery of a notice. It never blocks on the network. A notice
// without an address (the order named none) is not sent.
func (n *Notifier) Send(m Notification) {
	if m.URL == "" {
		return
	}
	strike := func(kind string) (Fault, bool) {
		return n.faults.Strike(m.Wallet, kind, "", m.OutTradeNo, "")
	}
	if m.Refund {
		n.plan(m, firstNoticeAfter, 0)
		n.release(m.Wallet + " " + m.OutTradeNo)
		return
	}
	if _, ok := strike(NoticeLost); ok {
		return
	}
	if _, ok := strike(NoticeForged); ok {
		n.after(firstNoticeAfter/2, func() { n.deliver(m, true) })
	}
	if _, ok := strike(NoticeReordered); ok {
		n.mu.Lock()
		n.held[m.Wallet+" "+m.OutTradeNo] = func() { n.plan(m, 2*firstNoticeAfter, 0) }
		n.mu.Unlock()
		return
	}
	delay, copies := firstNoticeAfter, 0
	if f, ok := strike(NoticeLate); ok {
		delay = time.Duration(f.DelaySeconds) * time.Second
	}
	if f, ok := strike(NoticeDuplicate); ok {
		copies = f.Times
	}
	n.plan(m, delay, copies)
}

func (n *Notifier) release(key string) {
	n.mu.Lock()
	f := n.held[key]
	delete(n.held, key)
	n.mu.Unlock()
	if f != nil {
		f()
	}
}

// plan schedules the attempts, and copies more deliveries after acceptance.
func (n *Notifier) plan(m Notification, delay time.Duration, copies int) {
	attempt := 0
	var try func()
	try = func() {
		switch {
		case n.deliver(m, false):
			for i := range copies {
				n.after(time.Duration(i+1)*3*time.Second, func() { n.deliver(m, false) })
			}
		case attempt < len(m.Retry):
			attempt++
			n.after(m.Retry[attempt-1], try)
		}
	}
	n.after(delay, try)
}

// deliver makes one attempt and counts it.
func (n *Notifier) deliver(m Notification, forged bool) bool {
	ok := n.attempt(m, forged)
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.stats[m.Wallet]
	if s == nil {
		s = &NoticeStats{}
		n.stats[m.Wallet] = s
	}
	switch {
	case forged && ok:
		s.Forged++
		s.Fooled++
	case forged:
		s.Forged++
	case ok:
		s.Sent++
		s.Accepted++
	default:
		s.Sent++
	}
	return ok
}

// attempt tells whether the receiver accepted the notice.
func (n *Notifier) attempt(m Notification, forged bool) bool {
	header, body, err := m.Build(n.clock.Now(), forged)
	if err != nil {
		return false
	}
	req, err := http.NewRequestWithContext(n.ctx, http.MethodPost, m.URL, bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header = header
	resp, err := n.client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return err == nil && m.Accepted(resp.StatusCode, answer)
}
