package store

import (
	"time"

	"juma/internal/access"
)

// accessTx is a transaction as access sees it.
type accessTx struct{ *conn }

var _ access.Tx = accessTx{}

// InsertAccount stores a new account.
func (c accessTx) InsertAccount(a access.Account) error {
	const op = "store.InsertAccount"
	if err := accounts.insert(c.conn, op, a); err != nil || a.State == access.Active || a.State == "" {
		return err
	}
	return userStates.insert(c.conn, op, stateRow{a.Login, a.State, a.CreatedAt})
}

// SetPassword changes a password hash that is still the one that was seen.
func (c accessTx) SetPassword(login, fromHash, toHash string) (bool, error) {
	return c.moved("store.SetPassword", "UPDATE users SET password_hash = ? WHERE login = ? AND password_hash = ?", toHash, login, fromHash)
}

// SetRole changes a role that is still the one that was seen.
func (c accessTx) SetRole(login string, from, to access.Role) (bool, error) {
	return c.moved("store.SetRole", "UPDATE users SET role = ? WHERE login = ? AND role = ?", to, login, from)
}

// ClearFailures forgets failures and unlocks. An account that is gone is no error.
func (c accessTx) ClearFailures(login string) error {
	_, err := c.moved("store.ClearFailures", "UPDATE users SET failed = 0, locked_until = 0 WHERE login = ?", login)
	return err
}

// SetState moves an account between states: active is no row.
func (c accessTx) SetState(login string, from, to access.AccountState, at time.Time) (bool, error) {
	const op = "store.SetState"
	switch {
	case from == to:
		return false, nil
	case from == access.Active:
		err := userStates.insert(c.conn, op, stateRow{login, to, at})
		if conflictField(err) == "login" { // another was faster
			return false, nil
		}
		return err == nil, err
	case to == access.Active:
		return c.moved(op, "DELETE FROM user_states WHERE login = ? AND state = ?", login, from)
	}
	return c.moved(op, "UPDATE user_states SET state = ?, changed_at = ? WHERE login = ? AND state = ?", to, micros(at), login, from)
}

// RotateSession gives a session another token hash, level and time of proof.
func (c accessTx) RotateSession(fromHash string, to access.SessionRow) (bool, error) {
	return c.moved("store.RotateSession", "UPDATE sessions SET token_hash = ?, level = ?, step_up_at = ? WHERE token_hash = ?",
		to.TokenHash, to.Level, micros(to.StepUpAt), fromHash)
}

// DeleteSessionsOf ends an account's sessions but one.
func (c accessTx) DeleteSessionsOf(login, keepHash string) (int, error) {
	return c.exec("store.DeleteSessionsOf", "DELETE FROM sessions WHERE login = ? AND token_hash <> ?", login, keepHash)
}

// InsertTOTP stores an authenticator app in place of one that is not confirmed.
func (c accessTx) InsertTOTP(t access.TOTP) error {
	const op = "store.InsertTOTP"
	if _, err := c.exec(op, "DELETE FROM totps WHERE login = ? AND confirmed_at = 0", t.Login); err != nil {
		return err
	}
	return totps.insert(c.conn, op, t)
}

// ConfirmTOTP makes an authenticator app count.
func (c accessTx) ConfirmTOTP(login string, step int64, at time.Time) (bool, error) {
	return c.moved("store.ConfirmTOTP", "UPDATE totps SET confirmed_at = ?, last_step = ? WHERE login = ? AND confirmed_at = 0", micros(at), step, login)
}

// UseTOTP spends a step.
func (c accessTx) UseTOTP(login string, step int64) (bool, error) {
	return c.moved("store.UseTOTP", "UPDATE totps SET last_step = ? WHERE login = ? AND confirmed_at > 0 AND last_step < ?", step, login, step)
}

// DeleteTOTP takes an authenticator app away.
func (c accessTx) DeleteTOTP(login string) (bool, error) {
	return c.moved("store.DeleteTOTP", "DELETE FROM totps WHERE login = ?", login)
}

// SetRecoveryCodes replaces an account's recovery codes.
func (c accessTx) SetRecoveryCodes(login string, hashes []string) error {
	const op = "store.SetRecoveryCodes"
	if _, err := c.exec(op, "DELETE FROM recovery_codes WHERE login = ?", login); err != nil {
		return err
	}
	rows := make([]codeRow, len(hashes))
	for i, h := range hashes {
		rows[i] = codeRow{login, h}
	}
	return recoveryCodes.insert(c.conn, op, rows...)
}

// UseRecoveryCode spends a recovery code.
func (c accessTx) UseRecoveryCode(login, hash string) (bool, error) {
	return c.moved("store.UseRecoveryCode", "DELETE FROM recovery_codes WHERE login = ? AND code_hash = ?", login, hash)
}

// InsertPasskey stores a new passkey.
func (c accessTx) InsertPasskey(p access.Passkey) error {
	return passkeys.insert(c.conn, "store.InsertPasskey", p)
}

// UsePasskey keeps what a ceremony learnt, if nobody used the passkey meanwhile.
func (c accessTx) UsePasskey(id, fromData, toData string, at time.Time) (bool, error) {
	return c.moved("store.UsePasskey", "UPDATE passkeys SET data = ?, used_at = ? WHERE id = ? AND data = ?", toData, micros(at), id, fromData)
}

// DeletePasskey takes a passkey away from its account.
func (c accessTx) DeletePasskey(login, id string) (bool, error) {
	return c.moved("store.DeletePasskey", "DELETE FROM passkeys WHERE id = ? AND login = ?", id, login)
}

// DeletePasskeysOf takes all of an account's passkeys away.
func (c accessTx) DeletePasskeysOf(login string) (int, error) {
	return c.exec("store.DeletePasskeysOf", "DELETE FROM passkeys WHERE login = ?", login)
}

// InsertChallenge keeps a ceremony under way.
func (c accessTx) InsertChallenge(ch access.Challenge) error {
	return challenges.insert(c.conn, "store.InsertChallenge", ch)
}

// Challenge returns a ceremony under way. The hash is in no fault.
func (c accessTx) Challenge(tokenHash string) (access.Challenge, error) {
	return challenges.one(c.conn, "store.Challenge", "token_hash", "", "token_hash = ?", tokenHash)
}

// DeleteChallenge uses a challenge up.
func (c accessTx) DeleteChallenge(tokenHash string) (bool, error) {
	return c.moved("store.DeleteChallenge", "DELETE FROM challenges WHERE token_hash = ?", tokenHash)
}

// InsertInvitation stores an invitation.
func (c accessTx) InsertInvitation(i access.Invitation) error {
	return invitations.insert(c.conn, "store.InsertInvitation", i)
}

// MoveInvitation moves an invitation between states.
func (c accessTx) MoveInvitation(id string, from, to access.InvitationState) (bool, error) {
	return c.moved("store.MoveInvitation", "UPDATE invitations SET state = ? WHERE id = ? AND state = ?", to, id, from)
}

// InsertGrant stores a proposed role.
func (c accessTx) InsertGrant(g access.Grant) error {
	return roleGrants.insert(c.conn, "store.InsertGrant", g)
}

// DecideGrant decides a grant that is open.
func (c accessTx) DecideGrant(id string, to access.GrantState, by string, at time.Time) (bool, error) {
	return c.moved("store.DecideGrant", "UPDATE role_grants SET state = ?, decided_by = ?, decided_at = ? WHERE id = ? AND state = ?", to, by, micros(at), id, access.GrantOpen)
}
