package access

import (
	"context"
	"sync"
	"time"

	"juma/internal/fault"
)

// memory is a Repository in memory that follows the documented SQL.
type memory struct {
	mu       sync.Mutex
	accounts map[string]Account
	sessions map[string]SessionRow
	touches  int
	broken   error // returned by Account when set
}

func newMemory() *memory {
	return &memory{accounts: map[string]Account{}, sessions: map[string]SessionRow{}}
}

func (m *memory) CreateAccount(_ context.Context, a Account) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.accounts[a.Login]; taken {
		return &fault.Error{Op: "memory", Kind: fault.Conflict, Field: "login", Value: a.Login, Msg: "is taken"}
	}
	m.accounts[a.Login] = a
	return nil
}

func (m *memory) Account(_ context.Context, login string) (Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return Account{}, m.broken
	}
	a, ok := m.accounts[login]
	if !ok {
		return Account{}, fault.New("memory", fault.NotFound, "no account")
	}
	return a, nil
}

func (m *memory) ChargeAttempt(_ context.Context, login string, limit int, now, lockUntil time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.accounts[login]
	if !ok || a.LockedUntil.After(now) {
		return false, nil
	}
	a.Failed++
	if a.Failed >= limit {
		a.Failed, a.LockedUntil = 0, lockUntil
	}
	m.accounts[login] = a
	return true, nil
}

func (m *memory) ClearFailures(_ context.Context, login string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.accounts[login]
	a.Failed, a.LockedUntil = 0, time.Time{}
	m.accounts[login] = a
	return nil
}

func (m *memory) CreateSession(_ context.Context, s SessionRow) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[s.TokenHash] = s
	return nil
}

func (m *memory) Session(_ context.Context, hash string) (SessionRow, User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[hash]
	if !ok {
		return SessionRow{}, User{}, fault.New("memory", fault.NotFound, "no session")
	}
	return s, m.accounts[s.Login].User, nil
}

func (m *memory) TouchSession(_ context.Context, hash string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.sessions[hash]; ok {
		s.LastSeenAt = at
		m.sessions[hash] = s
		m.touches++
	}
	return nil
}

func (m *memory) DeleteSession(_ context.Context, hash string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, hash)
	return nil
}

func (m *memory) DeleteSessions(_ context.Context, expiredBy, idleSince time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for hash, s := range m.sessions {
		if !s.ExpiresAt.After(expiredBy) || !s.LastSeenAt.After(idleSince) {
			delete(m.sessions, hash)
			n++
		}
	}
	return n, nil
}
