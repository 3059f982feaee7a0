package web

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"juma/internal/clock"
)

// Limits are rates per minute. 0 takes the default, a negative value switches
// the limit off (a simulated day sends thousands of scans from one address).
type Limits struct {
	PlateMisses int // unknown plates per address; default 20
	PageViews   int // scans and other views of the cashier per address; default 60
	Orders      int // orders per payer; default 10
	Logins      int // attempts to prove who one is per account, and four times as many per address; default 5
	Joins       int // new accounts per address; default 5
	Checks      int // values that an applicant has checked while typing, per account; default 120
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		value *int
		other int
	}{{&l.PlateMisses, 20}, {&l.PageViews, 60}, {&l.Orders, 10}, {&l.Logins, 5}, {&l.Joins, 5}, {&l.Checks, 120}} {
		if *f.value == 0 {
			*f.value = f.other
		}
	}
	return l
}

// limiters is one limiter for each rule.
type limiters struct {
	misses, views, orders, logins, loginAddresses, joins, checks *limiter
}

func newLimiters(l Limits, clk clock.Clock) *limiters {
	return &limiters{
		misses: newLimiter(l.PlateMisses, clk), views: newLimiter(l.PageViews, clk), orders: newLimiter(l.Orders, clk),
		logins: newLimiter(l.Logins, clk), loginAddresses: newLimiter(4*l.Logins, clk),
		joins: newLimiter(l.Joins, clk), checks: newLimiter(l.Checks, clk),
	}
}

// maxBuckets bounds a limiter's memory. When it is full, full buckets are
// dropped first: a full bucket and no bucket are the same.
const maxBuckets = 50_000

// limiter is a token bucket for each key: n at once, refilled over a minute.
type limiter struct {
	clock   clock.Clock
	perMin  int // ≤ 0: no limit
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newLimiter(perMin int, clk clock.Clock) *limiter {
	return &limiter{clock: clk, perMin: perMin, buckets: make(map[string]*rate.Limiter)}
}

// take spends one token of the key; when there is none it says how long until
// the next.
func (l *limiter) take(key string) (ok bool, retryAfter time.Duration) { return l.spend(key, 1) }

// empty tells whether the key has no token left, and spends nothing.
func (l *limiter) empty(key string) (empty bool, retryAfter time.Duration) {
	if l.perMin <= 0 {
		return false, 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b, known := l.buckets[key]
	if !known {
		return false, 0
	}
	missing := 1 - b.TokensAt(l.clock.Now())
	if missing <= 0 {
		return false, 0
	}
	return true, time.Duration(missing * float64(time.Minute) / float64(l.perMin))
}

func (l *limiter) spend(key string, n int) (bool, time.Duration) {
	if l.perMin <= 0 {
		return true, 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	b, known := l.buckets[key]
	if !known {
		l.makeRoom(now)
		b = rate.NewLimiter(rate.Every(time.Minute/time.Duration(l.perMin)), l.perMin)
		l.buckets[key] = b
	}
	reservation := b.ReserveN(now, n)
	if wait := reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return false, wait
	}
	return true, 0
}

func (l *limiter) makeRoom(now time.Time) {
	if len(l.buckets) < maxBuckets {
		return
	}
	for key, b := range l.buckets {
		if b.TokensAt(now) >= float64(b.Burst()) {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) < maxBuckets*3/4 {
		return
	}
	for key := range l.buckets { // an attack from everywhere: forget any quarter, stay alive
		if len(l.buckets) < maxBuckets*3/4 {
			return
		}
		delete(l.buckets, key)
	}
}

// addressKey is what an address is counted by: an IPv4 address, or the /64 that
// one IPv6 subscriber owns.
func addressKey(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return p.String()
}
