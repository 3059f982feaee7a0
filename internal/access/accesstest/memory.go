// Package accesstest holds what tests of accounts share: an access.Repository in
// memory, and the one suite that it and the real store must pass.
package accesstest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"juma/internal/access"
	"juma/internal/audit"
	"juma/internal/fault"
)

// tables is everything that is stored.
type tables struct {
	accounts    map[string]access.Account
	sessions    map[string]access.SessionRow
	totps       map[string]access.TOTP
	codes       map[[2]string]bool // login, hash
	passkeys    map[string]access.Passkey
	challenges  map[string]access.Challenge
	invitations map[string]access.Invitation // by id
	grants      map[string]access.Grant
	audits      []audit.Entry
}

func (t tables) clone() tables {
	return tables{
		maps.Clone(t.accounts), maps.Clone(t.sessions), maps.Clone(t.totps), maps.Clone(t.codes), maps.Clone(t.passkeys),
		maps.Clone(t.challenges), maps.Clone(t.invitations), maps.Clone(t.grants), slices.Clone(t.audits),
	}
}

// Memory is an access.Repository in memory that follows the documented SQL. It is
// safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	t       tables
	touches int
	broken  error
}

// NewMemory returns an empty one.
func NewMemory() *Memory {
	return &Memory{t: tables{
		map[string]access.Account{}, map[string]access.SessionRow{}, map[string]access.TOTP{}, map[[2]string]bool{}, map[string]access.Passkey{},
		map[string]access.Challenge{}, map[string]access.Invitation{}, map[string]access.Grant{}, nil,
	}}
}

// Break makes Account fail with the error; nil mends it.
func (m *Memory) Break(err error) { m.do(func() { m.broken = err }) }

// Touches counts the writes of TouchSession.
func (m *Memory) Touches() int { return get(m, func() int { return m.touches }) }

// SessionRows lists every session.
func (m *Memory) SessionRows() []access.SessionRow {
	return get(m, func() []access.SessionRow { return slices.Collect(maps.Values(m.t.sessions)) })
}

// Audits lists the entries' actions, oldest first.
func (m *Memory) Audits() []string {
	return get(m, func() []string {
		var actions []string
		for _, e := range m.t.audits {
			actions = append(actions, e.Action)
		}
		return actions
	})
}

// Entries lists the audit, oldest first.
func (m *Memory) Entries() []audit.Entry {
	return get(m, func() []audit.Entry { return slices.Clone(m.t.audits) })
}

// Put stores an account as it is, over one that is there.
func (m *Memory) Put(a access.Account) { m.do(func() { m.t.accounts[a.Login] = a }) }

// PutTOTP stores an authenticator app as it is.
func (m *Memory) PutTOTP(t access.TOTP) { m.do(func() { m.t.totps[t.Login] = t }) }

func (m *Memory) do(f func()) { m.mu.Lock(); defer m.mu.Unlock(); f() }

func get[T any](m *Memory, f func() T) T { m.mu.Lock(); defer m.mu.Unlock(); return f() }

// find reads a row of a table.
func find[K comparable, V any](m *Memory, rows func(tables) map[K]V, key K) (V, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return row(rows(m.t), key)
}

func row[K comparable, V any](rows map[K]V, key K) (V, error) {
	v, ok := rows[key]
	if !ok {
		return v, fault.New("memory", fault.NotFound, "no such row")
	}
	return v, nil
}

func sorted[K comparable, V any](rows map[K]V, keep func(V) bool, order func(a, b V) int) []V {
	all := slices.DeleteFunc(slices.Collect(maps.Values(rows)), func(v V) bool { return !keep(v) })
	slices.SortFunc(all, order)
	return all
}

// Account reads an account.
func (m *Memory) Account(_ context.Context, login string) (access.Account, error) {
	if err := get(m, func() error { return m.broken }); err != nil {
		return access.Account{}, err
	}
	return find(m, func(t tables) map[string]access.Account { return t.accounts }, login)
}

// Accounts lists by login.
func (m *Memory) Accounts(_ context.Context, f access.Filter) ([]access.Account, error) {
	return get(m, func() []access.Account {
		all := sorted(m.t.accounts, func(a access.Account) bool {
			return a.MerchantNo == f.MerchantNo && a.Login > f.After && (f.Roles == nil || slices.Contains(f.Roles, a.Role))
		},
			func(a, b access.Account) int { return cmp.Compare(a.Login, b.Login) })
		return all[:min(f.Limit, len(all))]
	}), nil
}

// ChargeAttempt pays for one attempt.
func (m *Memory) ChargeAttempt(_ context.Context, login string, limit int, now, lockUntil time.Time) (bool, error) {
	return get(m, func() bool {
		a, ok := m.t.accounts[login]
		if !ok || a.LockedUntil.After(now) {
			return false
		}
		a.Failed++
		if a.Failed >= limit {
			a.Failed, a.LockedUntil = 0, lockUntil
			m.t.audits = append(m.t.audits, audit.Entry{At: now, Actor: "system", Action: "account.locked_out", Object: access.AuditObject(login)})
		}
		m.t.accounts[login] = a
		return true
	}), nil
}

// ClearFailures forgets failures.
func (m *Memory) ClearFailures(_ context.Context, login string) error {
	m.do(func() {
		if a, ok := m.t.accounts[login]; ok {
			a.Failed, a.LockedUntil = 0, time.Time{}
			m.t.accounts[login] = a
		}
	})
	return nil
}

// CreateSession stores a session.
func (m *Memory) CreateSession(_ context.Context, s access.SessionRow) error {
	m.do(func() { m.t.sessions[s.TokenHash] = s })
	return nil
}

// Session reads a session and its account.
func (m *Memory) Session(_ context.Context, hash string) (access.SessionRow, access.Account, error) {
	s, err := find(m, func(t tables) map[string]access.SessionRow { return t.sessions }, hash)
	if err != nil {
		return s, access.Account{}, err
	}
	a, err := find(m, func(t tables) map[string]access.Account { return t.accounts }, s.Login)
	return s, a, err
}

// SessionsOf lists newest first.
func (m *Memory) SessionsOf(_ context.Context, login string) ([]access.SessionRow, error) {
	return get(m, func() []access.SessionRow {
		return sorted(m.t.sessions, func(s access.SessionRow) bool { return s.Login == login },
			func(a, b access.SessionRow) int {
				return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.TokenHash, b.TokenHash))
			})
	}), nil
}

// TouchSession notes a use.
func (m *Memory) TouchSession(_ context.Context, hash string, at time.Time) error {
	m.do(func() {
		if s, ok := m.t.sessions[hash]; ok {
			s.LastSeenAt = at
			m.t.sessions[hash] = s
			m.touches++
		}
	})
	return nil
}

// DeleteSession ends a session.
func (m *Memory) DeleteSession(_ context.Context, hash string) error {
	m.do(func() { delete(m.t.sessions, hash) })
	return nil
}

// DeleteSessions removes what has ended.
func (m *Memory) DeleteSessions(_ context.Context, expiredBy, idleSince time.Time) (int, error) {
	return get(m, func() int {
		maps.DeleteFunc(m.t.challenges, func(_ string, c access.Challenge) bool { return !c.ExpiresAt.After(expiredBy) })
		before := len(m.t.sessions)
		maps.DeleteFunc(m.t.sessions, func(_ string, s access.SessionRow) bool {
			return !s.ExpiresAt.After(expiredBy) || !s.LastSeenAt.After(idleSince)
		})
		return before - len(m.t.sessions)
	}), nil
}

// TOTP reads an authenticator app.
func (m *Memory) TOTP(_ context.Context, login string) (access.TOTP, error) {
	return find(m, func(t tables) map[string]access.TOTP { return t.totps }, login)
}

// RecoveryCodes counts.
func (m *Memory) RecoveryCodes(_ context.Context, login string) (int, error) {
	return get(m, func() int {
		n := 0
		for k := range m.t.codes {
			if k[0] == login {
				n++
			}
		}
		return n
	}), nil
}

// Passkey reads a passkey.
func (m *Memory) Passkey(_ context.Context, id string) (access.Passkey, error) {
	return find(m, func(t tables) map[string]access.Passkey { return t.passkeys }, id)
}

// PasskeysOf lists oldest first.
func (m *Memory) PasskeysOf(_ context.Context, login string) ([]access.Passkey, error) {
	return get(m, func() []access.Passkey {
		return sorted(m.t.passkeys, func(p access.Passkey) bool { return p.Login == login },
			func(a, b access.Passkey) int {
				return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
			})
	}), nil
}

// Invitation finds by the link's hash.
func (m *Memory) Invitation(_ context.Context, tokenHash string) (access.Invitation, error) {
	found := get(m, func() []access.Invitation {
		return sorted(m.t.invitations, func(i access.Invitation) bool { return i.TokenHash == tokenHash }, func(a, b access.Invitation) int { return 0 })
	})
	if len(found) == 0 {
		return access.Invitation{}, fault.New("memory", fault.NotFound, "no invitation")
	}
	return found[0], nil
}

// InvitationByID reads an invitation.
func (m *Memory) InvitationByID(_ context.Context, id string) (access.Invitation, error) {
	return find(m, func(t tables) map[string]access.Invitation { return t.invitations }, id)
}

// Invitations lists those that wait or are open.
func (m *Memory) Invitations(_ context.Context, f access.Filter) ([]access.Invitation, error) {
	return get(m, func() []access.Invitation {
		all := sorted(m.t.invitations, func(i access.Invitation) bool {
			return i.MerchantNo == f.MerchantNo && i.ID > f.After && (f.Roles == nil || slices.Contains(f.Roles, i.Role)) && (i.State == access.InvitationOpen || i.State == access.InvitationWaiting)
		}, func(a, b access.Invitation) int { return cmp.Compare(a.ID, b.ID) })
		return all[:min(f.Limit, len(all))]
	}), nil
}

// Grant reads a grant.
func (m *Memory) Grant(_ context.Context, id string) (access.Grant, error) {
	return find(m, func(t tables) map[string]access.Grant { return t.grants }, id)
}

// OpenGrants lists oldest first.
func (m *Memory) OpenGrants(context.Context) ([]access.Grant, error) {
	return get(m, func() []access.Grant {
		return sorted(m.t.grants, func(g access.Grant) bool { return g.State == access.GrantOpen }, func(a, b access.Grant) int { return cmp.Compare(a.ID, b.ID) })
	}), nil
}

// AttachMerchant gives an owner a merchant, once.
func (m *Memory) AttachMerchant(_ context.Context, login, merchantNo, actor string, at time.Time) error {
	return get(m, func() error {
		a, err := row(m.t.accounts, login)
		switch {
		case err != nil:
			return err
		case a.MerchantNo == merchantNo:
			return nil
		case a.MerchantNo != "" || a.Role != access.Owner:
			return &fault.Error{Op: "memory", Kind: fault.Conflict, Field: "merchant_no", Value: a.MerchantNo}
		}
		a.MerchantNo = merchantNo
		m.t.accounts[login] = a
		m.t.audits = append(m.t.audits, audit.Entry{At: at, Actor: actor, Action: "account.merchant_attached", Object: access.AuditObject(login), After: merchantNo})
		return nil
	})
}

// Update runs f on a copy and keeps it when f returns nil.
func (m *Memory) Update(_ context.Context, f func(access.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.t.clone()
	if err := f(&memoryTx{t: &t}); err != nil {
		return err
	}
	m.t = t
	return nil
}
