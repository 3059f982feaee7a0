package sandbox

import (
	"bytes"
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

	mu    sync.Mutex
	held  map[string]func() // payment notices that wait for the refund's, by wallet and order
	stats NoticeStats
}

// NoticeStats counts what the wallets sent.
type NoticeStats struct {
	Sent     int `json:"sent"`     // genuine deliveries attempted
	Accepted int `json:"accepted"` // of these, accepted
	Forged   int `json:"forged"`   // forged deliveries attempted
	Fooled   int `json:"fooled"`   // forged deliveries that were accepted: must stay 0
}

// Stats returns the counters.
func (n *Notifier) Stats() NoticeStats {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.stats
}

// Send plans the delivery of a notice. It never blocks on the network.
func (n *Notifier) Send(m Notification) {
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
		n.clock.AfterFunc(firstNoticeAfter/2, func() { n.deliver(m, true) })
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
				n.clock.AfterFunc(time.Duration(i+1)*3*time.Second, func() { n.deliver(m, false) })
			}
		case attempt < len(m.Retry):
			attempt++
			n.clock.AfterFunc(m.Retry[attempt-1], try)
		}
	}
	n.clock.AfterFunc(delay, try)
}

func (n *Notifier) deliver(m Notification, forged bool) bool {
	header, body, err := m.Build(n.clock.Now(), forged)
	if err != nil {
		return false
	}
	req, err := http.NewRequest(http.MethodPost, m.URL, bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header = header
	ok := false
	if resp, err := n.client.Do(req); err == nil {
		answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		resp.Body.Close()
		ok = err == nil && m.Accepted(resp.StatusCode, answer)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case forged && ok:
		n.stats.Forged++
		n.stats.Fooled++
	case forged:
		n.stats.Forged++
	case ok:
		n.stats.Sent++
		n.stats.Accepted++
	default:
		n.stats.Sent++
	}
	return ok
}
