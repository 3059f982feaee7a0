package web

import (
	"sync"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/clock"
)

const (
	// authLifetime is how long a wallet authorisation may take; the wallets' own
	// codes live as long (wallet detection §2, §5).
	authLifetime = 5 * time.Minute
	// maxAuthStates bounds the memory that strangers can make us use: about
	// 30 MB. Beyond it the oldest authorisation is forgotten, whose browser then
	// starts again.
	maxAuthStates = 100_000
)

// AuthState is what must still be true when the browser comes back from the
// wallet's authorisation.
type AuthState struct {
	PlateKey string
	Entry    acquiring.Entry // how the payer came, for when the browser is back
	Wallet   channel.Wallet
	// Browser is the SHA-256 of the cookie of the browser that was sent away, so
	// that nobody can finish in another's browser what he began in his own.
	Browser [32]byte
	Expires time.Time
}

// AuthStates keeps authorisations that are under way, by state token. Several
// instances need one that they share.
type AuthStates interface {
	// Put keeps a state until it expires.
	Put(token string, s AuthState)
	// Take returns the state and forgets it: a token works once. ok is false for
	// an unknown, used or expired token.
	Take(token string) (s AuthState, ok bool)
}

// memoryStates is AuthStates in this process. All states live equally long, so
// the order of arrival is the order of expiry.
type memoryStates struct {
	clock  clock.Clock
	mu     sync.Mutex
	byID   map[string]AuthState
	queue  []string // oldest first; may name tokens that were taken
	newest int      // limit, smaller in tests
}

// NewAuthStates returns AuthStates for a single instance.
func NewAuthStates(clk clock.Clock) AuthStates {
	return &memoryStates{clock: clk, byID: make(map[string]AuthState), newest: maxAuthStates}
}

// Put keeps the state and forgets what has expired.
func (m *memoryStates) Put(token string, s AuthState) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	for len(m.queue) > 0 {
		oldest, kept := m.byID[m.queue[0]]
		if kept && now.Before(oldest.Expires) && len(m.queue) < m.newest {
			break
		}
		delete(m.byID, m.queue[0])
		m.queue = m.queue[1:]
	}
	m.byID[token] = s
	m.queue = append(m.queue, token)
}

// Take returns the state once.
func (m *memoryStates) Take(token string) (AuthState, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.byID[token]
	delete(m.byID, token)
	return s, ok && m.clock.Now().Before(s.Expires)
}
