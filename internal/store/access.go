package store

import (
	"context"
	"time"

	"juma/internal/access"
)

// accessStore is the Store as access sees it.
type accessStore struct{ *Store }

var _ access.Repository = accessStore{}

var accounts = table[access.Account]{"users", func(a *access.Account) []field {
	return []field{
		{"login", &a.Login},
		{"name", &a.Name},
		{"role", &a.Role},
		{"merchant_no", &a.MerchantNo},
		{"password_hash", &a.PasswordHash},
		{"failed", &a.Failed},
		{"locked_until", at(&a.LockedUntil)},
		{"created_at", at(&a.CreatedAt)},
	}
}}

var sessions = table[access.SessionRow]{"sessions", func(s *access.SessionRow) []field {
	return []field{
		{"token_hash", &s.TokenHash},
		{"login", &s.Login},
		{"created_at", at(&s.CreatedAt)},
		{"last_seen_at", at(&s.LastSeenAt)},
		{"expires_at", at(&s.ExpiresAt)},
	}
}}

// CreateAccount stores a new account.
func (s accessStore) CreateAccount(ctx context.Context, a access.Account) error {
	return s.update(ctx, func(c *conn) error { return accounts.insert(c, "store.CreateAccount", a) })
}

// Account returns an account by its login.
func (s accessStore) Account(ctx context.Context, login string) (access.Account, error) {
	return accounts.one(s.reader(ctx), "store.Account", "login", login, "login = ?", login)
}

// ChargeAttempt pays for one login attempt before its result is known. The
// columns are set in this order because MySQL reads values already assigned.
func (s accessStore) ChargeAttempt(ctx context.Context, login string, limit int, now, lockUntil time.Time) (allowed bool, err error) {
	err = s.update(ctx, func(c *conn) (err error) {
		allowed, err = c.moved("store.ChargeAttempt", "UPDATE users SET"+
			" locked_until = CASE WHEN failed + 1 >= ? THEN ? ELSE locked_until END,"+
			" failed = CASE WHEN failed + 1 >= ? THEN 0 ELSE failed + 1 END"+
			" WHERE login = ? AND locked_until <= ?",
			limit, micros(lockUntil), limit, login, micros(now))
		return err
	})
	return allowed && err == nil, err
}

// ClearFailures forgets wrong passwords and unlocks. An account that is gone is
// no error.
func (s accessStore) ClearFailures(ctx context.Context, login string) error {
	return s.update(ctx, func(c *conn) error {
		_, err := c.moved("store.ClearFailures", "UPDATE users SET failed = 0, locked_until = 0 WHERE login = ?", login)
		return err
	})
}

// CreateSession stores a session.
func (s accessStore) CreateSession(ctx context.Context, row access.SessionRow) error {
	return s.update(ctx, func(c *conn) error { return sessions.insert(c, "store.CreateSession", row) })
}

// Session returns a session and whose it is. The hash is in no fault.
func (s accessStore) Session(ctx context.Context, tokenHash string) (access.SessionRow, access.User, error) {
	const op = "store.Session"
	c := s.reader(ctx)
	row, err := sessions.one(c, op, "token_hash", "", "token_hash = ?", tokenHash)
	if err != nil {
		return access.SessionRow{}, access.User{}, err
	}
	a, err := accounts.one(c, op, "login", row.Login, "login = ?", row.Login)
	if err != nil {
		return access.SessionRow{}, access.User{}, err
	}
	return row, a.User, nil
}

// TouchSession sets when the session was last used, never back.
func (s accessStore) TouchSession(ctx context.Context, tokenHash string, at time.Time) error {
	return s.update(ctx, func(c *conn) error {
		_, err := c.moved("store.TouchSession", "UPDATE sessions SET last_seen_at = ? WHERE token_hash = ? AND last_seen_at < ?", micros(at), tokenHash, micros(at))
		return err
	})
}

// DeleteSession ends a session.
func (s accessStore) DeleteSession(ctx context.Context, tokenHash string) error {
	return s.update(ctx, func(c *conn) error {
		_, err := c.moved("store.DeleteSession", "DELETE FROM sessions WHERE token_hash = ?", tokenHash)
		return err
	})
}

// DeleteSessions removes sessions that have ended.
func (s accessStore) DeleteSessions(ctx context.Context, expiredBy, idleSince time.Time) (removed int, err error) {
	err = s.update(ctx, func(c *conn) (err error) {
		removed, err = c.exec("store.DeleteSessions", "DELETE FROM sessions WHERE expires_at <= ? OR last_seen_at <= ?", micros(expiredBy), micros(idleSince))
		return err
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}
