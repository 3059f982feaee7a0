package accesstest

import (
	"maps"
	"time"

	"juma/internal/access"
	"juma/internal/audit"
	"juma/internal/fault"
)

// memoryTx is an access.Tx on a copy of the tables.
type memoryTx struct{ t *tables }

func taken(field, value string) error {
	return &fault.Error{Op: "memory", Kind: fault.Conflict, Field: field, Value: value, Msg: "is taken"}
}

// move changes a row if it is as expected.
func move[K comparable, V any](rows map[K]V, key K, expected func(V) bool, change func(*V)) bool {
	v, ok := rows[key]
	if !ok || !expected(v) {
		return false
	}
	change(&v)
	rows[key] = v
	return true
}

func remove[K comparable, V any](rows map[K]V, gone func(K, V) bool) int {
	before := len(rows)
	maps.DeleteFunc(rows, gone)
	return before - len(rows)
}

func (x *memoryTx) InsertAccount(a access.Account) error {
	if _, there := x.t.accounts[a.Login]; there {
		return taken("login", a.Login)
	}
	x.t.accounts[a.Login] = a
	return nil
}

func (x *memoryTx) SetPassword(login, from, to string) (bool, error) {
	return move(x.t.accounts, login, func(a access.Account) bool { return a.PasswordHash == from }, func(a *access.Account) { a.PasswordHash = to }), nil
}

func (x *memoryTx) SetRole(login string, from, to access.Role) (bool, error) {
	return move(x.t.accounts, login, func(a access.Account) bool { return a.Role == from }, func(a *access.Account) { a.Role = to }), nil
}

func (x *memoryTx) ClearFailures(login string) error {
	move(x.t.accounts, login, func(access.Account) bool { return true }, func(a *access.Account) { a.Failed, a.LockedUntil = 0, time.Time{} })
	return nil
}

func (x *memoryTx) SetState(login string, from, to access.AccountState, _ time.Time) (bool, error) {
	return move(x.t.accounts, login, func(a access.Account) bool { return a.State == from }, func(a *access.Account) { a.State = to }), nil
}

func (x *memoryTx) RotateSession(from string, to access.SessionRow) (bool, error) {
	s, ok := x.t.sessions[from]
	if !ok {
		return false, nil
	}
	delete(x.t.sessions, from)
	s.TokenHash, s.Level, s.StepUpAt = to.TokenHash, to.Level, to.StepUpAt
	x.t.sessions[s.TokenHash] = s
	return true, nil
}

func (x *memoryTx) DeleteSessionsOf(login, keep string) (int, error) {
	return remove(x.t.sessions, func(h string, s access.SessionRow) bool { return s.Login == login && h != keep }), nil
}

func (x *memoryTx) InsertTOTP(t access.TOTP) error {
	if old, there := x.t.totps[t.Login]; there && !old.ConfirmedAt.IsZero() {
		return taken("login", t.Login)
	}
	x.t.totps[t.Login] = t
	return nil
}

func (x *memoryTx) ConfirmTOTP(login string, step int64, at time.Time) (bool, error) {
	return move(x.t.totps, login, func(t access.TOTP) bool { return t.ConfirmedAt.IsZero() }, func(t *access.TOTP) { t.ConfirmedAt, t.LastStep = at, step }), nil
}

func (x *memoryTx) UseTOTP(login string, step int64) (bool, error) {
	return move(x.t.totps, login, func(t access.TOTP) bool { return !t.ConfirmedAt.IsZero() && t.LastStep < step }, func(t *access.TOTP) { t.LastStep = step }), nil
}

func (x *memoryTx) DeleteTOTP(login string) (bool, error) {
	return remove(x.t.totps, func(l string, _ access.TOTP) bool { return l == login }) == 1, nil
}

func (x *memoryTx) SetRecoveryCodes(login string, hashes []string) error {
	remove(x.t.codes, func(k [2]string, _ bool) bool { return k[0] == login })
	for _, h := range hashes {
		x.t.codes[[2]string{login, h}] = true
	}
	return nil
}

func (x *memoryTx) UseRecoveryCode(login, hash string) (bool, error) {
	return remove(x.t.codes, func(k [2]string, _ bool) bool { return k == [2]string{login, hash} }) == 1, nil
}

func (x *memoryTx) InsertPasskey(p access.Passkey) error {
	if _, there := x.t.passkeys[p.ID]; there {
		return taken("id", p.ID)
	}
	x.t.passkeys[p.ID] = p
	return nil
}

func (x *memoryTx) UsePasskey(id, from, to string, at time.Time) (bool, error) {
	return move(x.t.passkeys, id, func(p access.Passkey) bool { return p.Data == from }, func(p *access.Passkey) { p.Data, p.UsedAt = to, at }), nil
}

func (x *memoryTx) DeletePasskey(login, id string) (bool, error) {
	return remove(x.t.passkeys, func(_ string, p access.Passkey) bool { return p.Login == login && p.ID == id }) == 1, nil
}

func (x *memoryTx) DeletePasskeysOf(login string) (int, error) {
	return remove(x.t.passkeys, func(_ string, p access.Passkey) bool { return p.Login == login }), nil
}

func (x *memoryTx) InsertChallenge(c access.Challenge) error {
	x.t.challenges[c.TokenHash] = c
	return nil
}

func (x *memoryTx) DeleteChallenge(hash string) (bool, error) {
	return remove(x.t.challenges, func(h string, _ access.Challenge) bool { return h == hash }) == 1, nil
}

func (x *memoryTx) Challenge(hash string) (access.Challenge, error) { return row(x.t.challenges, hash) }

func (x *memoryTx) InsertInvitation(i access.Invitation) error {
	x.t.invitations[i.ID] = i
	return nil
}

func (x *memoryTx) MoveInvitation(id string, from, to access.InvitationState) (bool, error) {
	return move(x.t.invitations, id, func(i access.Invitation) bool { return i.State == from }, func(i *access.Invitation) { i.State = to }), nil
}

func (x *memoryTx) InsertGrant(g access.Grant) error {
	x.t.grants[g.ID] = g
	return nil
}

func (x *memoryTx) DecideGrant(id string, to access.GrantState, by string, at time.Time) (bool, error) {
	return move(x.t.grants, id, func(g access.Grant) bool { return g.State == access.GrantOpen }, func(g *access.Grant) { g.State, g.DecidedBy, g.DecidedAt = to, by, at }), nil
}

func (x *memoryTx) Audit(e audit.Entry) error {
	x.t.audits = append(x.t.audits, e)
	return nil
}
