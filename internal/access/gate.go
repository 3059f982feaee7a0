package access

import (
	"sync"
	"time"

	"juma/internal/clock"
	"juma/internal/fault"
)

// The address gate slows one address that tries many accounts, which the lock of
// a single account does not see. The figure is high enough for an office behind
// one address.
const (
	addressFailures = 100
	maxAddresses    = 10_000 // memory bound; beyond it the oldest windows are forgotten

	// AddressWindow is how long an address that failed too often waits at most.
	AddressWindow = 10 * time.Minute
)

// addressGate counts failures per address in windows. It lives in memory: it is
// a brake, not a proof, and may forget.
type addressGate struct {
	clk clock.Clock
	mu  sync.Mutex
	by  map[string]*addressCount
}

type addressCount struct {
	since  time.Time
	failed int
}

func newAddressGate(clk clock.Clock) *addressGate {
	return &addressGate{clk: clk, by: map[string]*addressCount{}}
}

// admit refuses an address that has failed too often in its window.
func (g *addressGate) admit(ip string) error {
	if ip == "" {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.by[ip]
	if c == nil || c.failed < addressFailures {
		return nil
	}
	if g.clk.Now().Sub(c.since) >= AddressWindow {
		delete(g.by, ip)
		return nil
	}
	return fault.New("access.Login", fault.Refused, "too many failed logins from this address; try again in %d minutes",
		int(AddressWindow.Minutes()))
}

// failed counts a failure of the address.
func (g *addressGate) failed(ip string) {
	if ip == "" {
		return
	}
	now := g.clk.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.by[ip]
	if c == nil || now.Sub(c.since) >= AddressWindow {
		if c == nil && len(g.by) >= maxAddresses {
			g.forget(now)
		}
		c = &addressCount{since: now}
		g.by[ip] = c
	}
	c.failed++
}

// forget drops windows that are over; when none is, all of them.
func (g *addressGate) forget(now time.Time) {
	for ip, c := range g.by {
		if now.Sub(c.since) >= AddressWindow {
			delete(g.by, ip)
		}
	}
	if len(g.by) >= maxAddresses {
		clear(g.by)
	}
}
