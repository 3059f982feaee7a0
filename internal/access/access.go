// Package access says who may do what: accounts, roles, passwords, sessions and
// the table of routes. Its rules are pure; storage, time and randomness are
// given to it.
//
// What it promises: a password is only ever stored as an Argon2id hash; a session
// token has 256 bits and is stored as its SHA-256 hash; a session ends after 15
// idle minutes and after 12 hours in any case; ten wrong passwords lock an
// account for 30 minutes; and neither the text nor the time of an answer tells
// whether an account exists.
package access

import (
	"context"
	"slices"
	"time"
)

// Role is what an account may be.
type Role string

// The roles. The first three work for one merchant, the others for the platform.
const (
	Owner              Role = "owner"
	Manager            Role = "manager"
	Clerk              Role = "clerk"
	Operator           Role = "operator"
	OnboardingReviewer Role = "onboarding_reviewer"
	ClearingOperator   Role = "clearing_operator" // makes
	ClearingApprover   Role = "clearing_approver" // checks what another made
	Risk               Role = "risk"
	Auditor            Role = "auditor" // reads everything, changes nothing
	Administrator      Role = "administrator"
)

// Roles lists every role in the order in which they are shown.
var Roles = []Role{
	Owner, Manager, Clerk,
	Operator, OnboardingReviewer, ClearingOperator, ClearingApprover, Risk, Auditor, Administrator,
}

// OfMerchant tells whether the role belongs to a merchant's own staff.
func (r Role) OfMerchant() bool { return r == Owner || r == Manager || r == Clerk }

// Valid tells whether the role is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// User is who somebody is once they have logged in. It holds no secret.
type User struct {
	Login      string // lower case, unique
	Name       string // shown on pages
	Role       Role
	MerchantNo string // set exactly when the role is a merchant's
	CreatedAt  time.Time
}

// Account is a stored user with what logging in needs.
type Account struct {
	User
	PasswordHash string    // Argon2id in PHC form
	Failed       int       // wrong passwords since the last right one or the last lock
	LockedUntil  time.Time // zero: never locked
}

// SessionRow is a stored session. The token itself is nowhere on our side.
type SessionRow struct {
	TokenHash  string // SHA-256 of the token, 64 lower-case hex digits
	Login      string
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time // the absolute end; idleness ends it earlier
}

// Repository is what the service needs from storage. Each method is one
// transaction. A missing row is a fault of kind NotFound; a taken login one of
// kind Conflict with Field "login".
type Repository interface {
	// CreateAccount stores a new account.
	CreateAccount(ctx context.Context, a Account) error
	Account(ctx context.Context, login string) (Account, error)
	// ChargeAttempt pays for one login attempt before its result is known, so
	// that attempts side by side cannot outrun the limit. One guarded update:
	//
	//	UPDATE users SET
	//	  locked_until = CASE WHEN failed+1 >= :limit THEN :lockUntil ELSE locked_until END,
	//	  failed       = CASE WHEN failed+1 >= :limit THEN 0 ELSE failed+1 END
	//	WHERE login = :login AND (locked_until IS NULL OR locked_until <= :now)
	//
	// in that order of columns, because MySQL reads already assigned values.
	// allowed is false, with no error, when no row was moved: the account is
	// locked or there is none.
	ChargeAttempt(ctx context.Context, login string, limit int, now, lockUntil time.Time) (allowed bool, err error)
	// ClearFailures sets failed to 0 and unlocks, after a right password.
	ClearFailures(ctx context.Context, login string) error
	CreateSession(ctx context.Context, s SessionRow) error
	// Session returns a session and whose it is, as the account is now.
	Session(ctx context.Context, tokenHash string) (SessionRow, User, error)
	// TouchSession sets LastSeenAt; a session that is gone is no error.
	TouchSession(ctx context.Context, tokenHash string, at time.Time) error
	// DeleteSession ends a session; one that is gone is no error.
	DeleteSession(ctx context.Context, tokenHash string) error
	// DeleteSessions removes sessions with ExpiresAt ≤ expiredBy or LastSeenAt ≤
	// idleSince and says how many.
	DeleteSessions(ctx context.Context, expiredBy, idleSince time.Time) (int, error)
}
