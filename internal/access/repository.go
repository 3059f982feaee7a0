package access

import (
	"context"
	"time"

	"juma/internal/audit"
)

// Filter chooses accounts or invitations: those of a merchant, or those that
// belong to none when MerchantNo is empty.
type Filter struct {
	MerchantNo string
	Roles      []Role // any of them; nil: all
	After      string // the login (accounts) or id (invitations) to go on after
	Limit      int
}

// Repository is what the service needs from storage. Each method is one
// transaction. A missing row is a fault of kind NotFound.
type Repository interface {
	Account(ctx context.Context, login string) (Account, error)
	// Accounts lists by login.
	Accounts(ctx context.Context, f Filter) ([]Account, error)
	// ChargeAttempt pays for one attempt to prove who one is before its result is
	// known, so that attempts side by side cannot outrun the limit. One guarded
	// update:
	//
	//	UPDATE users SET
	//	  locked_until = CASE WHEN failed+1 >= :limit THEN :lockUntil ELSE locked_until END,
	//	  failed       = CASE WHEN failed+1 >= :limit THEN 0 ELSE failed+1 END
	//	WHERE login = :login AND (locked_until IS NULL OR locked_until <= :now)
	//
	// in that order of columns, because MySQL reads already assigned values. The
	// attempt that locks leaves an audit entry. allowed is false, with no error,
	// when no row was moved: the account is locked or there is none.
	ChargeAttempt(ctx context.Context, login string, limit int, now, lockUntil time.Time) (allowed bool, err error)
	// ClearFailures sets failed to 0 and unlocks, after a whole login.
	ClearFailures(ctx context.Context, login string) error

	CreateSession(ctx context.Context, s SessionRow) error
	// Session returns a session and whose it is, as the account is now.
	Session(ctx context.Context, tokenHash string) (SessionRow, Account, error)
	// SessionsOf lists an account's sessions, newest first.
	SessionsOf(ctx context.Context, login string) ([]SessionRow, error)
	// TouchSession sets LastSeenAt; a session that is gone is no error.
	TouchSession(ctx context.Context, tokenHash string, at time.Time) error
	// DeleteSession ends a session; one that is gone is no error.
	DeleteSession(ctx context.Context, tokenHash string) error
	// DeleteSessions removes sessions with ExpiresAt ≤ expiredBy or LastSeenAt ≤
	// idleSince and challenges with ExpiresAt ≤ expiredBy, and says how many
	// sessions.
	DeleteSessions(ctx context.Context, expiredBy, idleSince time.Time) (int, error)

	TOTP(ctx context.Context, login string) (TOTP, error)
	// RecoveryCodes counts the codes that are left.
	RecoveryCodes(ctx context.Context, login string) (int, error)
	Passkey(ctx context.Context, id string) (Passkey, error)
	// PasskeysOf lists an account's passkeys, oldest first.
	PasskeysOf(ctx context.Context, login string) ([]Passkey, error)

	Invitation(ctx context.Context, tokenHash string) (Invitation, error)
	InvitationByID(ctx context.Context, id string) (Invitation, error)
	// Invitations lists those that wait or are open, by id.
	Invitations(ctx context.Context, f Filter) ([]Invitation, error)
	Grant(ctx context.Context, id string) (Grant, error)
	// OpenGrants lists the grants that wait for a decision, oldest first.
	OpenGrants(ctx context.Context) ([]Grant, error)

	// AttachMerchant gives an owner who has no merchant yet the number of the
	// approved one, once; an audit entry says who did it. The same number again
	// changes nothing. Another number, or an account that is no owner, is a fault of
	// kind Conflict with Field "merchant_no".
	AttachMerchant(ctx context.Context, login, merchantNo, actor string, at time.Time) error

	// Update runs f in one transaction, perhaps more than once, and commits when it
	// returns nil.
	Update(ctx context.Context, f func(Tx) error) error
}

// Tx changes accounts inside a transaction. What is guarded says whether a row
// was moved; false is no error.
type Tx interface {
	// InsertAccount stores a new account; a taken login is a fault of kind Conflict
	// with Field "login".
	InsertAccount(a Account) error
	SetPassword(login, fromHash, toHash string) (bool, error)
	SetRole(login string, from, to Role) (bool, error)
	// ClearFailures is Repository.ClearFailures inside the transaction.
	ClearFailures(login string) error
	// SetState moves an account between states.
	SetState(login string, from, to AccountState, at time.Time) (bool, error)

	// RotateSession gives a session another token hash, level and time of proof;
	// everything else stays.
	RotateSession(fromHash string, to SessionRow) (bool, error)
	// DeleteSessionsOf ends the account's sessions but the one to keep ("" keeps
	// none) and says how many.
	DeleteSessionsOf(login, keepHash string) (int, error)

	// InsertTOTP replaces one that is not confirmed; when there is a confirmed one
	// it is a fault of kind Conflict with Field "login".
	InsertTOTP(t TOTP) error
	// ConfirmTOTP makes an unconfirmed one count, with the step of its first code.
	ConfirmTOTP(login string, step int64, at time.Time) (bool, error)
	// UseTOTP spends a step of a confirmed one: only steps after the last one move.
	UseTOTP(login string, step int64) (bool, error)
	DeleteTOTP(login string) (bool, error)
	// SetRecoveryCodes replaces the account's codes by these hashes; none deletes.
	SetRecoveryCodes(login string, hashes []string) error
	// UseRecoveryCode spends a code.
	UseRecoveryCode(login, hash string) (bool, error)

	// InsertPasskey stores a new one; an id that is there is a fault of kind Conflict
	// with Field "id".
	InsertPasskey(p Passkey) error
	// UsePasskey keeps what the ceremony learnt, if the record is still the one that
	// the ceremony saw.
	UsePasskey(id, fromData, toData string, at time.Time) (bool, error)
	DeletePasskey(login, id string) (bool, error)
	DeletePasskeysOf(login string) (int, error)
	InsertChallenge(c Challenge) error
	// DeleteChallenge forgets a challenge: who moved it may use it.
	DeleteChallenge(tokenHash string) (bool, error)
	Challenge(tokenHash string) (Challenge, error)

	InsertInvitation(i Invitation) error
	MoveInvitation(id string, from, to InvitationState) (bool, error)
	InsertGrant(g Grant) error
	// DecideGrant moves an open grant.
	DecideGrant(id string, to GrantState, by string, at time.Time) (bool, error)

	Audit(e audit.Entry) error
}
