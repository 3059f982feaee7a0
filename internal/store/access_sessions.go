package store

import (
	"context"
	"time"

	"juma/internal/access"
)

var sessions = table[access.SessionRow]{"sessions", func(s *access.SessionRow) []field {
	return []field{
		{"token_hash", &s.TokenHash},
		{"login", &s.Login},
		{"level", &s.Level},
		{"ip", &s.IP},
		{"created_at", at(&s.CreatedAt)},
		{"last_seen_at", at(&s.LastSeenAt)},
		{"expires_at", at(&s.ExpiresAt)},
		{"step_up_at", at(&s.StepUpAt)},
	}
}}

// CreateSession stores a session.
func (s accessStore) CreateSession(ctx context.Context, row access.SessionRow) error {
	return s.update(ctx, func(c *conn) error { return sessions.insert(c, "store.CreateSession", row) })
}

// Session returns a session and whose it is. The hash is in no fault.
func (s accessStore) Session(ctx context.Context, tokenHash string) (access.SessionRow, access.Account, error) {
	const op = "store.Session"
	c := s.reader(ctx)
	row, err := sessions.one(c, op, "token_hash", "", "token_hash = ?", tokenHash)
	if err != nil {
		return access.SessionRow{}, access.Account{}, err
	}
	a, err := c.account(op, row.Login)
	if err != nil {
		return access.SessionRow{}, access.Account{}, err
	}
	return row, a, nil
}

// SessionsOf lists newest first.
func (s accessStore) SessionsOf(ctx context.Context, login string) ([]access.SessionRow, error) {
	c := s.reader(ctx)
	return sessions.list(c, "store.SessionsOf", c.from("sessions").Where("login = ?", login).Order("created_at DESC, token_hash"))
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

// DeleteSessions removes sessions and challenges that have ended.
func (s accessStore) DeleteSessions(ctx context.Context, expiredBy, idleSince time.Time) (removed int, err error) {
	const op = "store.DeleteSessions"
	err = s.update(ctx, func(c *conn) (err error) {
		if _, err = c.exec(op, "DELETE FROM challenges WHERE expires_at <= ?", micros(expiredBy)); err != nil {
			return err
		}
		removed, err = c.exec(op, "DELETE FROM sessions WHERE expires_at <= ? OR last_seen_at <= ?", micros(expiredBy), micros(idleSince))
		return err
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}
